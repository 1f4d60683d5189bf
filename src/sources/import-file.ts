/** One input becomes one source: told, read, checked line by line, written, and handed back ready to be committed. */
import { WhyslowError } from '../errors.js'
import type { Source } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { inferTemplates } from '../store/infer-templates.js'
import { isAllTail, STATES } from '../store/overlaps.js'
import type { IdentifyRule } from '../workbook/config.js'
import { detectFormat, takeSample } from './detect-format.js'

import type { ExactResult } from './exact-way.js'
import { isFast } from './fast-way.js'
import {
  beginAlike,
  findKnown,
  knownContents,
  type Piece,
  readOpening,
  takeLines,
  takeRest,
  takeTail,
} from './grown-file.js'
import { type Layout, type LayoutOptions, type Sample, STATUS } from './layout.js'

import type { Input } from './open-input.js'
import { countAlso, type Prepared, prepareSource, type Reading } from './prepare-source.js'
import { completeFastWay, type FastResult, type Job, readExactWay, readFastWay } from './read-rows.js'
import { refuseOtherReading } from './refuse-other-reading.js'
import { type Scan, scanFile } from './scan-file.js'

export interface ImportOptions extends LayoutOptions {
  as?: string | undefined
  identify: IdentifyRule[]
  /** Of these rules: see `identityOf`. */
  identity?: string | undefined
  templates: readonly string[]
  workDir: string
  dataDir: string
  /** What is there already: an input that begins with it gives only its rest. */
  known?: readonly Source[]
  /** Lines by which the format is told, where the input has too few of them. */
  sample?: Sample
  /** A last line without an end isn't read: what follows the file takes it when it has one. */
  leavesTail?: boolean
  /** Of a piece: see `readOpening`. */
  opening?: string
  /** Sources that a piece stands in for. */
  replaces?: string[]
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

/** Reads an input, or a piece of one. Returns the source that holds the same content already, or a new one that is not committed yet. */
export async function importFile(
  engine: Engine,
  input: Input | Piece,
  options: ImportOptions,
): Promise<{ known: Source } | { prepared: Prepared }> {
  const { signal, workDir, known = [] } = options
  const sample = options.sample ?? (await takeSample(input))
  const layout = detectFormat(sample, options)
  const templates =
    layout.kind === 'requests' ? inferTemplates(samplePaths(layout, sample), options.templates) : []
  const grows = !STATES.has(layout.kind) && layout.entries !== 'json'
  const canBeFast = isFast(layout, sample.head)
  const whole = isPiece(input)
    ? input
    : grows
      ? await takeLines(input, workDir, canBeFast)
      : { ...input, ...IN_FULL }
  const piece = options.leavesTail ? { ...whole, tail: IN_FULL.tail } : whole
  const beginning = await readOpening(piece, 0)
  const job: Job = { engine, input: piece, layout, templates, options, rowFiles: [], exactShare: 0 }
  const scanning = input.scan
    ? Promise.resolve(input.scan)
    : scanFile(input.file, input.size, { signal, known: grows ? knownContents(known) : [] })
  const knowing = scanning.then(scan => (isPiece(input) ? null : findKnown(known, scan)))
  const interrupt = () => engine.interrupt()
  // The engine needn't read on what is there already. Whoever needs the scan awaits it; its failure must not end the process before.
  const watching = knowing.then(found => found && interrupt()).catch(() => undefined)
  signal?.addEventListener('abort', interrupt, { once: true })
  const stopReporting = reportProgress(job, scanning, options.onProgress)
  try {
    // Whether it is known comes first where it is likely: what the engine reads till then is for nothing.
    const isLikelyKnown = input.scan !== null || mayBeKnown(known, beginning)
    const fast = canBeFast && !isLikelyKnown ? await readFastWay(job) : null
    signal?.throwIfAborted()
    const scan = await scanning
    const found = await knowing
    await watching
    if (found && 'same' in found) {
      refuseOtherReading(found.same, layout, options)
      return { known: found.same }
    }
    const begins = grows && found ? found.begins : null
    if (begins) refuseOtherReading(begins.source, layout, options)
    const rest = begins && (await takeRest(piece, begins.part, layout, workDir))
    if (begins && !rest) return { known: begins.source }
    job.input = rest ?? piece
    const lines = rest?.scan ?? { ...scan, lines: scan.lines - countLine(whole.tail) }
    // What the engine couldn't read of the whole would be taken for what it couldn't read of the rest.
    const again = canBeFast && isLikelyKnown ? await readFastWay(job) : null
    const counts = await readPiece(job, lines, rest ? again : (again ?? fast))
    const tail = await readTail(job, scan, piece)
    signal?.throwIfAborted()
    if (counts.rows + (tail?.rows ?? 0) === 0 && job.input.after === null)
      throw nothingReadable(job, sample, scan)
    const opening = options.opening ?? (await readOpening(piece, rest ? begins!.part.bytes : 0))
    const replaces = options.replaces ?? (begins && isAllTail(begins.source) ? [begins.source.id] : [])
    const { hash, bytes } = options.leavesTail ? scan.complete : { hash: scan.hash, bytes: input.size }
    const content = { hash, bytes, ...job.input.whole }
    return { prepared: await prepareSource(job, content, { counts, tail, opening, replaces }, options) }
  } finally {
    stopReporting()
    signal?.removeEventListener('abort', interrupt)
    await knowing.catch(() => undefined)
  }
}

const IN_FULL = { after: null, preamble: 0, tail: Buffer.alloc(0), whole: null }

function isPiece(input: Input | Piece): input is Piece {
  return 'after' in input
}

/** Whether some source begins like it. */
function mayBeKnown(known: readonly Source[], opening: string): boolean {
  return known.some(source => !source.after && source.opening && beginAlike(source.opening, opening))
}

function countLine(tail: Buffer): number {
  return tail.length > 1 || (tail.length === 1 && tail[0] !== 13) ? 1 : 0
}

async function readPiece(job: Job, scan: Scan, fast: FastResult | null): Promise<ExactResult> {
  return (fast && (await completeFastWay(job, fast, scan))) ?? (await readExactWay(job, scan))
}

/** The last line, when it has no end. */
async function readTail(job: Job, scan: Scan, { file }: Piece): Promise<Reading['tail']> {
  if (job.input.tail.length === 0) return null
  const { complete } = scan
  const input = await takeTail(job.input, { file, before: complete }, job.layout, job.options.workDir)
  const before = job.rowFiles.length
  const counts = await readExactWay({ ...job, input }, scan, 'tail')
  const { hash, bytes } = complete
  const files = job.rowFiles.slice(before)
  return { ...counts, also: countAlso(files, job.layout.kind), hash, bytes, files: files.length }
}

function reportProgress(
  job: Job,
  scanning: Promise<Scan>,
  onProgress: ImportOptions['onProgress'],
): () => void {
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

function nothingReadable({ layout, input }: Job, { head }: Sample, scan: Scan): WhyslowError {
  return new WhyslowError(`None of the ${scan.lines} lines could be read as ${layout.format}.`, {
    place: { file: input.name, line: 1 },
    next: [
      `The file begins: ${JSON.stringify(head.slice(0, 80).toWellFormed())}`,
      'Say which format it is: --as FORMAT',
    ],
  })
}

/** Paths of the sample, so that most routes are right when they are first written. Strangers' guesses at paths are no routes. */
function samplePaths(layout: Layout, sample: Sample): [string, number][] {
  const targetOf = layout.targetOf ?? targetInRequest(layout)
  const paths = new Map<string, number>()
  for (const line of targetOf ? sample.lines : []) {
    const { target = '', status } = targetOf!(line) ?? {}
    const path = /^(?:[a-z]+:\/\/[^/\s]*)?(\/[^\s?]*)/.exec(target)?.[1]
    if (path !== undefined && !status?.startsWith('4')) paths.set(path, (paths.get(path) ?? 0) + 1)
  }
  return [...paths]
}

function targetInRequest({ entries, fields, split }: Layout): Layout['targetOf'] {
  const request = fields.findIndex(field => field.name === 'request')
  const status = fields.findIndex(field => field.pattern === STATUS)
  if (entries !== 'lines' || request === -1) return undefined
  return line => {
    const found = split(line)
    if (!('values' in found)) return null
    const target = /^[A-Z]+ (\S+)/.exec(found.values[request] ?? '')?.[1]
    return target === undefined ? null : { target, status: found.values[status] ?? null }
  }
}
