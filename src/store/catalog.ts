/**
 * Which sources there are. A source is committed by its file in `sources/`, renamed into place last;
 * data files without one are leftovers of a killed import and are never read.
 */
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import type { Engine } from './engine.js'
import { openEngine, PARQUET, readParquet, sqlText } from './engine.js'
import { withoutOverlaps } from './overlaps.js'
import { rememberFiles } from './remember-files.js'
import { KINDS, type Kind } from './schema.js'

/** One imported file. Shown by `sources`; stored as metadata of its file in `sources/`. */
export interface Source {
  /** First 12 digits of `hash`. */
  id: string
  /** The file's name as it was given. */
  file: string
  kind: Kind
  format: string
  rows: number
  /** Rows of further kinds that the same lines gave. */
  also?: Partial<Record<Kind, number>>
  rejected: number
  /** Comments, headers and the like, by kind of line. */
  skipped: number
  /** ISO 8601, UTC; null where the kind has no time. */
  from: string | null
  to: string | null
  /** SHA-256 of the decompressed content. */
  hash: string
  bytes: number
  importedAt: string
  /** Whether any row stands for more than one request. */
  weighted: boolean
  /** Rows of requests without an account; absent for a source without requests, and for old ones. */
  withoutAccount?: number
  /** Rows of requests with the id of a trace; absent as above. */
  traced?: number
  /** Prices of accounts by the currency that is said with them; absent where none is. */
  currencies?: Record<string, number>
  /** The `identify` rules that told the accounts: see `identityOf`. Absent when there were none. */
  identity?: string
  /** What was said of how to read it, null for what wasn't; absent for old ones. */
  reading?: Reading
  /** Data files, relative to the data folder, each in the folder of its kind. */
  files: string[]
  /** What stands before its lines in the file, when that was imported already; absent for a whole file. */
  after?: Part
  /** The last line, when it had no end yet. It counts until another source goes on from where it begins. */
  tail?: Tail
  /** Its first bytes, at most 256, base64: two that begin alike may overlap. */
  opening?: string
  /** Sources whose rows it holds, so that they count no more. */
  replaces?: string[]
}

export interface Reading {
  /** As nginx or Apache writes it, from the command line or from the workbook. */
  logFormat: string | null
  unit: string | null
}

/** A file's content up to an offset. */
export interface Part {
  /** SHA-256, hexadecimal. */
  hash: string
  bytes: number
  /** Newlines in it. */
  newlines: number
}

/** A last line without an end: what stands before it, and what it counts for. */
export interface Tail {
  hash: string
  bytes: number
  rows: number
  also?: Source['also']
  rejected: number
  skipped: number
  /** How many of the data files hold its rows: the last ones. */
  files: number
}

export interface RejectedLine {
  line: number
  reason: string
  /** The first 200 characters. */
  text: string
}

/** A file in a work folder and where it belongs. */
export interface Move {
  from: string
  to: string
}

const METADATA_KEY = 'whyslow'

export function sourceFile(dataDir: string, id: string): string {
  return path.join(dataDir, 'sources', `${id}.parquet`)
}

/** Committed sources that count, oldest import first. An `engine` that isn't sealed yet saves the start of one. */
export async function listSources(dataDir: string, engine?: Engine): Promise<Source[]> {
  const folder = path.join(dataDir, 'sources')
  const names = await readFolder(folder)
  try {
    return await readSources(dataDir, names, engine)
  } catch (error) {
    // A process that follows a log may have merged some just now.
    if ((await readFolder(folder)).join() === names.join()) throw error
    return listSources(dataDir, engine)
  }
}

async function readSources(dataDir: string, names: string[], engine: Engine | undefined): Promise<Source[]> {
  const files = names
    .filter(name => name.endsWith('.parquet'))
    .map(name => path.join(dataDir, 'sources', name))
  const found = await recallSources(files, unread =>
    engine ? readMetadata(engine, unread) : readMetadataAlone(dataDir, unread),
  )
  const sources = withoutOverlaps(found.filter(source => source !== undefined))
  return sources.sort((a, b) => a.importedAt.localeCompare(b.importedAt) || a.id.localeCompare(b.id))
}

const MOST_KNOWN = 100_000
const recallSources = rememberFiles<Source>(MOST_KNOWN, () => 1)

async function readMetadataAlone(dataDir: string, files: string[]): Promise<Map<string, Source>> {
  const engine = await openEngine({ sealedTo: files, spillDir: path.join(dataDir, 'tmp') })
  try {
    return await readMetadata(engine, files)
  } finally {
    engine.close()
  }
}

async function readMetadata(engine: Engine, files: string[]): Promise<Map<string, Source>> {
  const rows = await engine.all<{ file: string; value: string }>(
    `SELECT file_name AS file, decode(value) AS value FROM parquet_kv_metadata([${files.map(sqlText).join(', ')}])
     WHERE decode(key) = ${sqlText(METADATA_KEY)}`,
  )
  return new Map(rows.map(({ file, value }) => [file, JSON.parse(value) as Source]))
}

/** The first `limit` rejected lines, by number. */
export async function readRejects(dataDir: string, id: string, limit?: number): Promise<RejectedLine[]> {
  const file = sourceFile(dataDir, id)
  const engine = await openEngine({ sealedTo: [file], spillDir: path.join(dataDir, 'tmp') })
  try {
    return await engine.all<RejectedLine>(
      `SELECT line, reason, text FROM ${readParquet([file])} ORDER BY line ${limit === undefined ? '' : `LIMIT ${limit}`}`,
    )
  } finally {
    engine.close()
  }
}

/**
 * Writes a source's rejects with its metadata beside them. They come from NDJSON with `line`, `reason`, `text`, from another
 * such file (`.parquet`), or are none. Not committed yet: see `commitSource`.
 */
export async function writeSourceFile(
  engine: Engine,
  source: Source,
  rejectsFile: string | null,
  target: string,
): Promise<void> {
  const columns = `{line: 'BIGINT', reason: 'VARCHAR', text: 'VARCHAR'}`
  const rows =
    rejectsFile === null
      ? `SELECT 0::BIGINT AS line, '' AS reason, '' AS text WHERE false`
      : rejectsFile.endsWith('.parquet')
        ? `SELECT line, reason, text FROM ${readParquet([rejectsFile])}`
        : `SELECT line, reason, text FROM read_json(${sqlText(rejectsFile)}, format = 'newline_delimited', columns = ${columns})`
  await engine.run(
    `COPY (${rows} ORDER BY line) TO ${sqlText(target)}
     (${PARQUET}, KV_METADATA {${METADATA_KEY}: ${sqlText(JSON.stringify(source))}})`,
  )
}

/** Renames data files into place and the source's own file last. From then on, and only then, questions see it. */
export async function commitSource(
  dataDir: string,
  moves: readonly Move[],
  source: { from: string; id: string },
): Promise<void> {
  for (const move of [...moves, { from: source.from, to: sourceFile(dataDir, source.id) }]) {
    await mkdir(path.dirname(move.to), { recursive: true })
    await flush(move.from)
    await rename(move.from, move.to)
  }
}

/**
 * Takes sources out, each at once; those that go on from another one must stand before it. What runs meanwhile goes on with their data
 * files, which `sweepOrphans` removes. Call it under the workbook's lock.
 */
export async function removeSources(dataDir: string, sources: readonly Source[]): Promise<void> {
  for (const { id, files, replaces = [] } of sources) {
    await keepSuperseded(files.map(file => path.join(dataDir, file)))
    // Left by a process that was killed; what hides them is about to go.
    for (const one of [...replaces, id]) await rm(sourceFile(dataDir, one), { force: true })
  }
}

/** Removes the work folders of imports that are no longer running. `isAlive` tells whether a process id is. */
export async function sweepLeftovers(dataDir: string, isAlive: (pid: number) => boolean): Promise<void> {
  const folder = path.join(dataDir, 'tmp')
  for (const name of await readFolder(folder)) {
    const pid = /^import-(\d+)-/.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) await rm(path.join(folder, name), { recursive: true, force: true })
  }
}

/** A running command may still read what a rewrite of routes has superseded. */
const GRACE_MS = 3_600_000

/** Lets the hour of files that a rewrite supersedes begin now: they may be as old as their import. */
export async function keepSuperseded(files: readonly string[]): Promise<void> {
  const now = new Date()
  for (const file of files) {
    await utimes(file, now, now).catch(error => {
      if (systemErrorCode(error) !== 'ENOENT') throw error
    })
  }
}

/** Removes data files that no source names, once they are an hour old (superseded ones: since they are). Call it under the workbook's lock. */
export async function sweepOrphans(dataDir: string, sources: readonly Source[], now: Date): Promise<void> {
  const named = new Set(sources.flatMap(source => source.files))
  for (const kind of KINDS) {
    for (const name of await readFolder(path.join(dataDir, kind))) {
      const file = path.join(dataDir, kind, name)
      if (named.has(path.join(kind, name)) || !name.endsWith('.parquet')) continue
      if (now.getTime() - (await stat(file)).mtimeMs > GRACE_MS) await rm(file, { force: true })
    }
  }
}

/** The names in a folder; none where it isn't there yet. */
async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw new WhyslowError(`The folder can't be read: ${(error as Error).message}.`, {
      place: { file: folder },
      next: [`ls -ld '${folder}'`],
      cause: error,
    })
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync()
  await handle.close()
}
