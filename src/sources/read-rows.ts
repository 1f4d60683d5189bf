/** The lines of one piece of a file become rows: by the engine's own reader where every line can be accounted for, else one by one. */
import { rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { type Engine, isDiskFull, sqlText } from '../store/engine.js'
import { STATES } from '../store/overlaps.js'
import type { Kind } from '../store/schema.js'
import type { IdentifyRule } from '../workbook/config.js'
import { readClean, readFast, refuseUnsound, selectColumns } from './columns-sql.js'
import { type ExactResult, writeCleanRows } from './exact-way.js'
import { isBalanced, locateRejects } from './fast-way.js'
import { numberLines, type Piece } from './grown-file.js'
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
    const from = readFast(job.layout, await nameForEngine(job))
    return { file, rows: await write(job, from, file, refuseUnsound) }
  } catch (error) {
    if (isDiskFull(error)) throw error
    return null
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
  const rejects = await locateRejects(job.engine, job.input, scan)
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
  return engine.copy(`COPY (${select}) TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`)
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
