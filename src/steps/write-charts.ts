/** What `--svg` and `--html` name: a result as a picture and as a page, beside what the command prints. */
import { access, constants, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { Chart } from '../reports/charts/chart.js'
import type { ResultPage } from '../reports/result-page.js'
import { PLAIN, type Style } from '../reports/style.js'
import { quote } from '../stories/describe-evidence.js'
import { explainWriteError, writeFileAtomic } from '../workbook/write-file.js'
import { fingerprintFile } from './list-origins.js'

/** Absolute; what isn't asked for is absent. */
export interface ChartFiles {
  svg?: string
  html?: string
}

/** A result as data, with the files that were written beside it, and why one was not. */
export type WithCharts<T> = T & { files?: ChartFiles; failures?: Record<string, unknown>[] }

const EXTENSIONS = { svg: ['.svg'], html: ['.html', '.htm'] }

/** Before anything is measured: whether the files could be written. */
export async function planChartFiles(
  flags: { svg?: string | undefined; html?: string | undefined },
  cwd: string,
): Promise<ChartFiles> {
  const files: ChartFiles = {}
  for (const kind of ['svg', 'html'] as const) {
    const name = flags[kind]
    if (name !== undefined) files[kind] = await planFile(name, { kind, flag: `--${kind}`, cwd })
  }
  return files
}

/** Absolute. Only names of their own kind are taken, so that no log or profile is written over by a slip. */
export async function planFile(
  name: string,
  { kind, flag, cwd }: { kind: 'svg' | 'html'; flag: string; cwd: string },
): Promise<string> {
  if (!EXTENSIONS[kind].includes(path.extname(name).toLowerCase()))
    throw new WhyslowError(`Expected a name that ends in .${kind}, found “${name}”.`, {
      next: [`${flag} ${path.basename(name, path.extname(name)) || 'charts'}.${kind}`],
    })
  const file = path.resolve(cwd, name)
  const found = await stat(path.dirname(file)).catch(() => null)
  if (!found?.isDirectory())
    throw new WhyslowError(`The folder of ${name} is not there.`, {
      next: [`mkdir -p ${path.dirname(name)}`],
    })
  // What a link points to is what is replaced.
  const target = await realpath(file).catch(() => file)
  const there = await stat(target).catch(() => null)
  if (there?.isDirectory())
    throw new WhyslowError(`${name} can’t be written: there is a folder of that name.`, {
      next: [`${flag} ${path.join(name, `charts.${kind}`)}`],
    })
  await access(path.dirname(target), constants.W_OK | constants.X_OK).catch(error => {
    throw explainWriteError(file, error)
  })
  return file
}

/** What draws the charts of each result: see `chart-results.ts`. */
export type Drawers = typeof import('../reports/charts/chart-results.js')

export interface ChartedResult extends Omit<ResultPage, 'charts' | 'command' | 'text'> {
  /** The id of the command, and what was typed behind it. */
  typed: readonly [id: string, ...argv: string[]]
  draw: (charts: Drawers) => Chart[]
  /** Files that were read, where no sources of a workbook were. */
  data?: readonly string[]
  /** As for a terminal of this style. */
  text: (style: Style) => string
}

export interface WrittenCharts {
  /** No picture where there is nothing to draw. */
  files: ChartFiles
  /** Why one was not written, and none after it. */
  failure: Error | null
}

/** Plot is loaded here and not before. Never rejects: the result is there without its charts. */
export async function writeCharts(
  files: ChartFiles,
  { draw, text, data, typed, ...page }: ChartedResult,
): Promise<WrittenCharts> {
  const { svg, html } = files
  const written: ChartFiles = {}
  try {
    const charts = draw(await import('../reports/charts/chart-results.js'))
    if (svg !== undefined && charts.length > 0) {
      const { standaloneSvg } = await import('../reports/charts/standalone.js')
      await writeFileAtomic(svg, standaloneSvg(charts, page.title))
      written.svg = svg
    }
    if (html !== undefined) {
      const made = {
        command: nameCommand(...typed),
        fingerprint: data === undefined ? page.fingerprint : await nameFiles(data),
      }
      const { renderResultPage } = await import('../reports/result-page.js')
      await writeFileAtomic(html, renderResultPage({ ...page, ...made, charts, text: text(PLAIN) }))
      written.html = html
    }
    return { files: written, failure: null }
  } catch (error) {
    return { files: written, failure: error as Error }
  }
}

async function nameFiles(files: readonly string[]): Promise<string> {
  const named = files.map(async file => `${path.basename(file)} ${await fingerprintFile(file)}`)
  return (await Promise.all(named)).join(', ')
}

/** What was typed, but for where pictures, reports and data go. */
export function nameCommand(id: string, ...argv: readonly string[]): string {
  const kept: string[] = []
  for (let i = 0; i < argv.length; i += 1) {
    const arg = argv[i]!
    if (arg === '--json' || /^--(?:svg|html|workbook|summary|junit|annotations)=/.test(arg)) continue
    if (/^--(?:svg|html|workbook|summary|junit|annotations)$/.test(arg)) i += 1
    else kept.push(/^[\w./:=@%+,-]+$/.test(arg) ? arg : quote(arg))
  }
  return ['whyslow', ...id.split(':'), ...kept].join(' ')
}
