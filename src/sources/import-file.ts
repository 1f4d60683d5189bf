/** One input becomes one source: told, read, checked line by line, written, and handed back ready to be committed. */
import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { listSources, type Move, type Source, writeSourceFile } from '../store/catalog.js'
import { type Engine, isDiskFull, sqlText } from '../store/engine.js'
import { inferTemplates } from '../store/infer-templates.js'
import { describeFiles } from '../store/open-store.js'
import type { Kind } from '../store/schema.js'
import type { IdentifyRule } from '../workbook/config.js'
import { readClean, readFast, refuseUnsound, selectColumns } from './columns-sql.js'
import { detectFormat, takeSample } from './detect-format.js'
import { type ExactResult, writeCleanRows } from './exact-way.js'
import { isBalanced, isFast, locateRejects } from './fast-way.js'
import { refuseGrown } from './grown-file.js'
import { keepSound, locateUnsound, readJsonLines, soundJson } from './json-way.js'
import { type Doubt, type Layout, type LayoutOptions, type Sample, STATUS } from './layout.js'
import type { Input } from './open-input.js'
import { type Located, readEntries } from './read-entries.js'
import { type KnownContent, type Scan, scanFile } from './scan-file.js'

export interface ImportOptions extends LayoutOptions {
  as?: string | undefined
  identify: IdentifyRule[]
  templates: readonly string[]
  workDir: string
  dataDir: string
  /** Content that the input may begin with; for an input that was scanned already, see `openInput`. */
  known?: readonly KnownContent[]
  now: Date
  signal?: AbortSignal | undefined
  onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  /** 0 to 1. */
  done: number
  bytes: number
  /** Lines so far; absent until it is known how many there are. */
  rows?: number
}

export interface Prepared {
  source: Source
  /** The source's own file in the work folder. */
  sourceFile: string
  moves: Move[]
  /** Path templates that its routes follow. */
  templates: string[]
  skippedByKind: Record<string, number>
  doubts: Doubt[]
}

interface Job {
  engine: Engine
  input: Input
  layout: Layout
  /** The file's beginning. */
  head: string
  templates: string[]
  options: ImportOptions
  /** Data files written so far. */
  rowFiles: RowFile[]
  /** Part of the exact way that is done, 0 to 1. */
  exactShare: number
}

interface RowFile {
  file: string
  kind: Kind
  rows: number
}

/** Of several rows with the same id the last one of a file counts. */
const STATES: ReadonlySet<Kind> = new Set<Kind>(['accounts', 'tickets'])

/** Reads an input. Returns the source that holds the same content already, or a new one that is not committed yet. */
export async function importFile(
  engine: Engine,
  input: Input,
  options: ImportOptions,
): Promise<{ known: Source } | { prepared: Prepared }> {
  const { signal } = options
  const sample = await takeSample(input)
  const layout = detectFormat(sample, options)
  const templates =
    layout.kind === 'requests' ? inferTemplates(samplePaths(layout, sample), options.templates) : []
  const job: Job = {
    engine,
    input,
    layout,
    head: sample.head,
    templates,
    options,
    rowFiles: [],
    exactShare: 0,
  }
  const scanning = input.scan
    ? Promise.resolve(input.scan)
    : scanFile(input.file, input.size, { signal, known: options.known ?? [] })
  const knowing = scanning.then(scan => findKnown(options.dataDir, scan))
  const interrupt = () => engine.interrupt()
  // The engine needn't read on what is there already. Whoever needs the scan awaits it; its failure must not end the process before.
  knowing.then(known => known && interrupt()).catch(() => undefined)
  signal?.addEventListener('abort', interrupt, { once: true })
  const stopReporting = reportProgress(job, scanning)
  try {
    if (input.scan) await knowing
    const fast = isFast(layout, job.head) ? await readFastWay(job) : null
    signal?.throwIfAborted()
    const known = await knowing
    if (known?.hash === (await scanning).hash) return { known }
    if (known) throw refuseGrown(input, layout, known)
    const scan = await scanning
    const counts = (fast && (await completeFastWay(job, fast, scan))) ?? (await readExactWay(job, scan))
    signal?.throwIfAborted()
    return { prepared: await prepare(job, scan, counts) }
  } finally {
    stopReporting()
    signal?.removeEventListener('abort', interrupt)
    await knowing.catch(() => undefined)
  }
}

/** The source of the same content, or else of its beginning. */
async function findKnown(dataDir: string, scan: Scan): Promise<Source | null> {
  const sources = await listSources(dataDir)
  const find = (hash: string | null) => sources.find(source => source.hash === hash)
  return find(scan.hash) ?? find(scan.begins) ?? null
}

function reportProgress(job: Job, scanning: Promise<Scan>): () => void {
  const { onProgress } = job.options
  if (!onProgress) return () => undefined
  let lines: number | null = null
  scanning.then(
    scan => (lines = scan.lines),
    () => undefined,
  )
  const timer = setInterval(() => {
    const done = Math.min(Math.max(job.engine.progress(), job.exactShare, 0), 1)
    onProgress({ done, bytes: job.input.size, ...(lines === null ? {} : { rows: Math.round(lines * done) }) })
  }, 100)
  return () => clearInterval(timer)
}

interface FastResult {
  file: string
  rows: number
}

/** Null when the engine can't read the file, or takes something for a time or a number that is none. */
async function readFastWay(job: Job): Promise<FastResult | null> {
  const file = dataFile(job, 'rows')
  try {
    const name = await nameForEngine(job)
    if (job.layout.json)
      return { file, rows: await copyUnmoved(job, keepSound(job.layout, flagSound(job, name)), file) }
    return { file, rows: await write(job, readFast(job.layout, name), file, refuseUnsound) }
  } catch (error) {
    if (isDiskFull(error)) throw error
    return null
  }
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
  if (!existsSync(link)) await symlink(path.resolve(input.file), link)
  return link
}

/** Null when the engine's reader can't account for every line. */
async function completeFastWay(job: Job, fast: FastResult, scan: Scan): Promise<ExactResult | null> {
  const { engine, input, layout } = job
  const rejects = layout.json
    ? await locateUnsound(engine, input, scan, {
        layout,
        select: flagSound(job, await nameForEngine(job), true),
        rows: fast.rows,
      })
    : await locateRejects(engine, input, scan)
  if (rejects === null || !isBalanced(scan, fast.rows, rejects)) return null
  if (rejects.some(({ text }) => job.layout.turns?.(text))) return null
  job.rowFiles.push({ file: fast.file, kind: job.layout.kind, rows: fast.rows })
  const mended = await readBatches(job, toBatches(rejects), 'mended')
  return { ...mended, rows: fast.rows + mended.rows }
}

async function readExactWay(job: Job, scan: Scan): Promise<ExactResult> {
  let entries = 0
  return readBatches(job, readEntries(job.input, job.layout), 'exact', count => {
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
  const result = await writeCleanRows(batches, layout, { rows: clean, rejects: rejectsFile(job) }, onEntries)
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
  return engine.copy(`COPY (${select}) TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`)
}

/** The columns of every object of a file, with a flag for those that are requests beyond doubt and, where wanted, their number. */
function flagSound({ layout, options, templates }: Job, file: string, isNumbered = false): string {
  const from = readJsonLines(layout, file, isNumbered)
  const further = { sound: soundJson(layout), ...(isNumbered && { n: 'n' }) }
  return selectColumns(layout, from, { identify: options.identify, templates }, further)
}

async function prepare(job: Job, scan: Scan, counts: ExactResult): Promise<Prepared> {
  const { engine, input, layout, options, rowFiles } = job
  if (counts.rows === 0) throw nothingReadable(job, scan)
  const { kind, format } = layout
  const id = scan.hash.slice(0, 12)
  const ofKind = (wanted: Kind) => rowFiles.filter(one => one.kind === wanted)
  const moves = rowFiles.map(one => {
    const i = ofKind(one.kind).indexOf(one)
    const name = i === 0 ? `${id}.parquet` : `${id}-${i}.parquet`
    return { from: one.file, to: path.join(options.dataDir, one.kind, name) }
  })
  const describe = (wanted: Kind) =>
    describeFiles(
      engine,
      wanted,
      ofKind(wanted).map(one => one.file),
    )
  const further = [...new Set(rowFiles.map(one => one.kind))].filter(other => other !== kind)
  const source: Source = {
    id,
    file: input.name,
    kind,
    format,
    rows: counts.rows,
    rejected: counts.rejected,
    skipped: Object.values(counts.skipped).reduce((sum, count) => sum + count, 0),
    ...(await describe(kind)),
    hash: scan.hash,
    bytes: input.size,
    importedAt: options.now.toISOString(),
    files: moves.map(move => path.relative(options.dataDir, move.to)),
  }
  for (const other of further) {
    source.also = { ...source.also, [other]: ofKind(other).reduce((sum, { rows }) => sum + rows, 0) }
    source.weighted ||= (await describe(other)).weighted
  }
  const sourceFile = workFile(job, 'source.parquet')
  await writeSourceFile(engine, source, counts.rejected > 0 ? rejectsFile(job) : null, sourceFile)
  const doubts = layout.doubts ?? []
  return { source, sourceFile, moves, templates: job.templates, skippedByKind: counts.skipped, doubts }
}

function nothingReadable({ layout, input, head }: Job, scan: Scan): WhyslowError {
  return new WhyslowError(`None of the ${scan.lines} lines could be read as ${layout.format}.`, {
    place: { file: input.name, line: 1 },
    next: [
      `The file begins: ${JSON.stringify(head.slice(0, 80).toWellFormed())}`,
      'Say which format it is: --as FORMAT',
    ],
  })
}

function rejectsFile(job: Job): string {
  return workFile(job, 'rejects.ndjson')
}

function dataFile(job: Job, name: string): string {
  return workFile(job, `${name}.parquet`)
}

function workFile({ options }: Job, name: string): string {
  return path.join(options.workDir, name)
}

/** Paths of the sample, so that most routes are right when they are first written. Strangers' guesses at paths are no routes. */
function samplePaths(layout: Layout, sample: Sample): [string, number][] {
  const request = layout.fields.findIndex(field => field.name === 'request')
  const status = layout.fields.findIndex(field => field.pattern === STATUS)
  const paths = new Map<string, number>()
  const add = (path: string | undefined) => path !== undefined && paths.set(path, (paths.get(path) ?? 0) + 1)
  for (const line of layout.targetOf ? sample.lines : []) {
    const asked = layout.targetOf!(line)
    if (asked && !asked.status?.startsWith('4'))
      add(/^(?:[a-z]+:\/\/[^/\s]*)?(\/[^\s?]*)/.exec(asked.target)?.[1])
  }
  for (const line of layout.entries === 'lines' && request !== -1 ? sample.lines : []) {
    const split = layout.split(line)
    if (!('values' in split) || split.values[status]?.startsWith('4')) continue
    const path = /^[A-Z]+ (?:[a-z]+:\/\/[^/\s]*)?(\/[^\s?]*)/.exec(split.values[request] ?? '')?.[1]
    add(path)
  }
  return [...paths]
}

async function* toBatches(located: Located[]): AsyncGenerator<Located[]> {
  for (let i = 0; i < located.length; i += 5000) yield located.slice(i, i + 5000)
}
