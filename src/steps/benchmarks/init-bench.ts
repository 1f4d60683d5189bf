/** The files with which benchmarks begin: an example scenario, and a workflow for CI. What is there already is never changed. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemErrorCode, WhyslowError } from '../../errors.js'
import {
  EXAMPLE_WISH,
  type ExampleWish,
  renderExampleScenario,
} from '../../experiments/benchmarks/example-scenario.js'
import { explainWriteError } from '../../workbook/write-file.js'
import { BENCH_FOLDER } from './find-scenario.js'

export const CI_SYSTEMS = ['github', 'gitlab'] as const
export type CiSystem = (typeof CI_SYSTEMS)[number]

export interface BenchFile {
  /** Relative to the folder that the command was run in. */
  file: string
  what: 'scenario' | 'workflow' | 'include'
  /** False when it was there already, and stays as it is. */
  isNew: boolean
}

export interface InitBenchWish extends Partial<ExampleWish> {
  /** Of the scenario; null: that of the folder, where there is no scenario yet. */
  name: string | null
  ci: CiSystem | null
}

const TEMPLATES = fileURLToPath(new URL('../../../templates/ci/', import.meta.url))

/** All is checked before anything is written. */
export async function initBench(wish: InitBenchWish, cwd: string): Promise<BenchFile[]> {
  const plans = [await planScenario(wish, cwd), ...(wish.ci === null ? [] : await planWorkflow(wish.ci, cwd))]
  const made: BenchFile[] = []
  for (const { file, text, what } of plans)
    made.push({
      file: path.relative(cwd, file),
      what,
      isNew: text !== null && (await writeNew(file, text)),
    })
  return made
}

interface PlannedFile extends Pick<BenchFile, 'what'> {
  /** Absolute. */
  file: string
  /** Null where it is there already. */
  text: string | null
}

async function planScenario({ name, command, url }: InitBenchWish, cwd: string): Promise<PlannedFile> {
  const folder = path.join(cwd, BENCH_FOLDER)
  if (name === null) {
    const names = await readdir(folder).catch(() => [])
    const there = names.filter(file => /\.ya?ml$/.test(file)).sort()
    if (there.length > 0) return { file: path.join(folder, there[0]!), text: null, what: 'scenario' }
  }
  const file = path.join(folder, `${name === null ? nameOfFolder(cwd) : checkName(name)}.yaml`)
  const wish = { command: command ?? EXAMPLE_WISH.command, url: url ?? EXAMPLE_WISH.url }
  const text = renderExampleScenario(wish, path.relative(cwd, file))
  return { file, text: (await isThere(file)) ? null : text, what: 'scenario' }
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/

/** It names files, artefacts of CI and tests: so it is kept simple. */
function checkName(name: string): string {
  const bare = name.replace(/\.ya?ml$/, '')
  if (NAME.test(bare)) return bare
  const simple = toName(bare)
  throw new WhyslowError(
    `Expected a name of letters, digits, dots, - and _ (100 at most) for the scenario, found “${name}”.`,
    { next: [`--name ${simple === '' ? 'orders' : simple}`] },
  )
}

function nameOfFolder(cwd: string): string {
  return toName(path.basename(cwd)) || 'service'
}

function toName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
}

const WORKFLOWS: Record<CiSystem, string> = {
  github: '.github/workflows/whyslow.yml',
  gitlab: '.gitlab-ci.whyslow.yml',
}

/** At the top of the repository, where the CI system looks; the jobs work in the folder of the scenarios. */
async function planWorkflow(ci: CiSystem, cwd: string): Promise<PlannedFile[]> {
  const top = await findTop(cwd)
  const folder = path.relative(top, cwd).split(path.sep).join('/') || '.'
  if (!/^[\w./-]+$/.test(folder))
    throw new WhyslowError(
      `The folder “${folder}” can’t be named in a workflow: expected letters, digits, dots, / - and _ only.`,
      { next: ['Rename it, or run this at the top of the repository'] },
    )
  const template = await readFile(path.join(TEMPLATES, `${ci}.yml`), 'utf8')
  const workflow = template
    .replaceAll('{folder}/', folder === '.' ? '' : `${folder}/`)
    .replaceAll('{folder}', folder)
  const files: PlannedFile[] = [await planFile(path.join(top, WORKFLOWS[ci]), workflow, 'workflow')]
  if (ci === 'gitlab')
    files.push(
      await planFile(
        path.join(top, '.gitlab-ci.yml'),
        `include:\n  - local: /${WORKFLOWS.gitlab}\n`,
        'include',
      ),
    )
  return files
}

async function planFile(file: string, text: string, what: BenchFile['what']): Promise<PlannedFile> {
  return { file, text: (await isThere(file)) ? null : text, what }
}

/** Of the git repository; outside of one, the folder itself. */
async function findTop(cwd: string): Promise<string> {
  for (let dir = path.resolve(cwd); ; dir = path.dirname(dir)) {
    if (await isThere(path.join(dir, '.git'))) return dir
    if (dir === path.dirname(dir)) return path.resolve(cwd)
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

/** False where somebody else was faster. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw explainWriteError(file, error)
  }
}
