/** The lines of one piece of a file become rows: by the engine's own reader where every line can be accounted for, else one by one. */
import { rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Engine, isDiskFull, PARQUET, sqlText } from '../store/engine.js'
import { STATES } from '../store/overlaps.js'
import type { Kind } from '../store/schema.js'
import type { IdentifyRule } from '../workbook/config.js'
import { readClean, readFast, refuseUnsound, selectColumns } from './columns-sql.js'
import { type ExactResult, writeCleanRows } from './exact-way.js'
import { isBalanced, locateRejects } from './fast-way.js'
import { numberLines, type Piece } from './grown-file.js'
import { keepSound, locateUnsound, readJsonLines, soundJson, strictly } from './json-way.js'
import type { Layout } from './layout.js'
import { type Located, readEntries } from './read-entries.js'
import type { Scan } from './scan-file.js'

export interface Job {
  engine: Engine
  input: Piece
  layout: Layout
  /** Path templates that routes follow. */
  templates: string[]
  options: { identify: IdentifyRule[]; workDir: string; signal?: AbortSignal | undefined }
  /** Data files written so far. */
  rowFiles: RowFile[]
  /** Part of the exact way that is done, 0 to 1. */
  exactShare: number
}

export interface RowFile {
  file: string
  kind: Kind
  rows: number
}

export interface FastResult {
  file: string
  rows: number
}

/** Null when the engine can't read the file, or takes something for a time or a number that is none. */
export async function readFastWay(job: Job): Promise<FastResult | null> {
  const file = dataFile(job, 'rows')
  try {
    const name = await nameForEngine(job)
    if (job.layout.json)
      return { file, rows: (await readStrictly(job, name, file)) ?? (await readObjects(job, name, file)) }
    return { file, rows: await write(job, readFast(job.layout, name), file, refuseUnsound) }
  } catch (error) {
    if (isDiskFull(error)) throw error
    return null
  }
}

/** Null where a line isn't as all lines of the sample. */
async function readStrictly(job: Job, name: string, file: string): Promise<number | null> {
  const { layout, options, templates } = job
  if (!layout.json!.strict) return null
  const template = workFile(job, 'template.json')
  await writeFile(template, `${layout.json!.strict.template}\n`)
  const strict = strictly(layout, template, name)
  const further = { sound: layout.json!.sound }
  const select = selectColumns(strict.layout, strict.from, { identify: options.identify, templates }, further)
  try {
    return await withThreads(job.engine, STRICT_THREADS, () =>
      copyUnmoved(job, keepSound(layout, select), file),
    )
  } catch (error) {
    if (isDiskFull(error) || /interrupt/i.test(String((error as Error).message))) throw error
    return null
  }
}

/** The engine's threads share a file only while there are fewer files than threads; the template is a file too. */
const STRICT_THREADS = 3

async function withThreads<T>(engine: Engine, least: number, work: () => Promise<T>): Promise<T> {
  const [{ threads } = { threads: least }] = await engine.all<{ threads: number }>(
    `SELECT current_setting('threads')::INTEGER AS threads`,
  )
  if (threads >= least) return work()
  await engine.run(`SET threads = ${least}`)
  try {
    return await work()
  } finally {
    await engine.run(`SET threads = ${threads}`)
  }
}

function readObjects(job: Job, name: string, file: string): Promise<number> {
  return copyUnmoved(job, keepSound(job.layout, flagSound(job, name)), file)
}

/** A filter must not work out again, further down, what it looks at. */
async function copyUnmoved(job: Job, select: string, file: string): Promise<number> {
  await job.engine.run(`SET disabled_optimizers = 'filter_pushdown'`)
  try {
    return await copy(job, select, file)
  } finally {
    await job.engine.run(`SET disabled_optimizers = ''`)
  }
}

/** A name with `*`, `?` or `[` in it is a pattern to the engine, and may be another file's. */
async function nameForEngine({ input, options }: Job): Promise<string> {
  if (!/[*?[]/.test(input.file)) return input.file
  const link = path.join(options.workDir, 'link')
  await rm(link, { force: true })
  await symlink(path.resolve(input.file), link)
  return link
}

/** Null when the engine's reader can't account for every line. */
export async function completeFastWay(job: Job, fast: FastResult, scan: Scan): Promise<ExactResult | null> {
  const { engine, input, layout } = job
  const rejects = layout.json
    ? await locateUnsound(engine, input, scan, {
        layout,
        ...(await numbered(job)),
        rows: fast.rows,
      })
    : await locateRejects(engine, input, scan)
  if (rejects === null || !isBalanced(scan, fast.rows, rejects)) return null
  if (rejects.some(({ text }) => job.layout.turns?.(text))) return null
  job.rowFiles.push({ file: fast.file, kind: job.layout.kind, rows: fast.rows })
  const mended = await readBatches(job, toBatches(rejects), 'mended')
  return { ...mended, rows: fast.rows + mended.rows }
}

export async function readExactWay(job: Job, scan: Scan, name = 'exact'): Promise<ExactResult> {
  let entries = 0
  return readBatches(job, readEntries(job.input, job.layout), name, count => {
    entries += count
    job.exactShare = Math.min(0.9, (entries / Math.max(scan.lines, 1)) * 0.9)
    job.options.signal?.throwIfAborted()
  })
}

async function readBatches(
  job: Job,
  batches: AsyncIterable<Located[]>,
  name: string,
  onEntries?: (count: number) => void,
): Promise<ExactResult> {
  const clean = workFile(job, `${name}.csv`)
  const layout = job.layout.exact?.() ?? job.layout
  const result = await writeCleanRows(
    numberLines(batches, job.input),
    layout,
    { rows: clean, rejects: rejectsFile(job) },
    onEntries,
  )
  if (result.rows === 0) return result
  const target = dataFile(job, name)
  const from = readClean(layout, clean)
  const written = await write({ ...job, layout }, from, target)
  if (written !== result.rows) {
    throw new Error(
      `${result.rows} rows were read of ${job.input.name}, but ${written} written; this is a bug`,
    )
  }
  job.rowFiles.push({ file: target, kind: job.layout.kind, rows: written })
  await writeAlso(job, from, name)
  return result
}

/** The rows that are of another kind as well, if there are any. */
async function writeAlso(job: Job, from: string, name: string): Promise<void> {
  const { also } = job.layout
  if (!also) return
  const { kind } = also.layout
  const file = dataFile(job, `${name}-${kind}`)
  const rows = await write({ ...job, layout: also.layout }, also.from(from), file)
  if (rows > 0) job.rowFiles.push({ file, kind, rows })
}

async function write(
  { engine, layout, options, templates }: Job,
  from: string,
  target: string,
  check = (_layout: Layout, select: string) => select,
): Promise<number> {
  const select = check(layout, selectColumns(layout, from, { identify: options.identify, templates }))
  if (STATES.has(layout.kind)) await engine.run('SET preserve_insertion_order = true')
  return copy({ engine }, select, target)
}

function copy({ engine }: Pick<Job, 'engine'>, select: string, target: string): Promise<number> {
  return engine.copy(`COPY (${select}) TO ${sqlText(target)} (${PARQUET})`)
}

async function numbered(job: Job): Promise<{ file: string; select: string }> {
  const file = await nameForEngine(job)
  return { file, select: flagSound(job, file, true) }
}

/** The columns of every object of a file, with a flag for those that are requests beyond doubt and, where wanted, their number. */
function flagSound({ layout, options, templates }: Job, file: string, isNumbered = false): string {
  const from = readJsonLines(layout, file, isNumbered)
  const further = { sound: soundJson(layout), ...(isNumbered && { n: 'n' }) }
  return selectColumns(layout, from, { identify: options.identify, templates }, further)
}

export function rejectsFile(job: Job): string {
  return workFile(job, 'rejects.ndjson')
}

function dataFile(job: Job, name: string): string {
  return workFile(job, `${name}.parquet`)
}

export function workFile({ options }: Job, name: string): string {
  return path.join(options.workDir, name)
}

async function* toBatches(located: Located[]): AsyncGenerator<Located[]> {
  for (let i = 0; i < located.length; i += 5000) yield located.slice(i, i + 5000)
}
