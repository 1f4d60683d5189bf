/** What `--svg` and `--html` name: a result as a picture and as a page, beside what the command prints. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { Chart } from '../reports/charts/chart.js'
import type { ResultPage } from '../reports/result-page.js'
import { PLAIN, type Style } from '../reports/style.js'
import { quote } from '../stories/describe-evidence.js'
import { writeFileAtomic } from '../workbook/write-file.js'

/** Absolute; what isn't asked for is absent. */
export interface ChartFiles {
  svg?: string
  html?: string
}

/** A result as data, with the files that were written beside it. */
export type WithCharts<T> = T & { files?: ChartFiles }

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
  return file
}

/** What draws the charts of each result: see `chart-results.ts`. */
export type Drawers = typeof import('../reports/charts/chart-results.js')

export interface ChartedResult extends Omit<ResultPage, 'charts' | 'text'> {
  draw: (charts: Drawers) => Chart[]
  /** Files that were read, where no sources of a workbook were. */
  data?: readonly string[]
  /** As for a terminal of this style. */
  text: (style: Style) => string
}

/** Returns what was written: no picture where there is nothing to draw. Plot is loaded here and not before. */
export async function writeCharts(
  files: ChartFiles,
  { draw, text, data, ...page }: ChartedResult,
): Promise<ChartFiles> {
  const { svg, html } = files
  if (svg === undefined && html === undefined) return {}
  const charts = draw(await import('../reports/charts/chart-results.js'))
  const written: ChartFiles = {}
  if (svg !== undefined && charts.length > 0) {
    const { standaloneSvg } = await import('../reports/charts/standalone.js')
    await writeFileAtomic(svg, standaloneSvg(charts, page.title))
    written.svg = svg
  }
  if (html !== undefined) {
    const fingerprint = data === undefined ? page.fingerprint : await hashFiles(data)
    const { renderResultPage } = await import('../reports/result-page.js')
    await writeFileAtomic(html, renderResultPage({ ...page, fingerprint, charts, text: text(PLAIN) }))
    written.html = html
  }
  return written
}

async function hashFiles(files: readonly string[]): Promise<string> {
  const hashed = files.map(async file => {
    const hash = createHash('sha256').update(await readFile(file))
    return `${path.basename(file)} ${hash.digest('hex').slice(0, 12)}`
  })
  return (await Promise.all(hashed)).join(', ')
}

/** What was typed, but for where pictures and data go. */
export function nameCommand(id: string, argv: readonly string[]): string {
  const kept: string[] = []
  for (let i = 0; i < argv.length; i += 1) {
    const arg = argv[i]!
    if (arg === '--json' || /^--(?:svg|html|workbook)=/.test(arg)) continue
    if (/^--(?:svg|html|workbook)$/.test(arg)) i += 1
    else kept.push(/^[\w./:=@%+,-]+$/.test(arg) ? arg : quote(arg))
  }
  return ['whyslow', ...id.split(':'), ...kept].join(' ')
}
