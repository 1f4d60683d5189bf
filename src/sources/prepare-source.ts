/** A piece that was read becomes a source that can be committed: what it holds, what it was counted as, and how to go on from it. */
import path from 'node:path'
import { type Move, type Source, type Tail, writeSourceFile } from '../store/catalog.js'
import { countCurrencies, countIds, describeFiles } from '../store/open-store.js'
import type { Kind } from '../store/schema.js'
import type { ExactResult } from './exact-way.js'
import type { Piece } from './grown-file.js'
import type { ImportOptions } from './import-file.js'
import type { Doubt } from './layout.js'
import { type Job, type RowFile, rejectsFile, workFile } from './read-rows.js'
import type { KnownContent } from './scan-file.js'

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

export interface Reading {
  counts: ExactResult
  /** Of the last line, when it has no end. */
  tail: (ExactResult & Pick<Tail, 'hash' | 'bytes' | 'files' | 'also'>) | null
  /** How the piece begins: see `readOpening`. */
  opening: string
  /** Ids of sources whose rows it holds. */
  replaces: string[]
}

/** `content` is all of the input up to where the piece ends. */
export async function prepareSource(
  job: Job,
  content: KnownContent,
  reading: Reading,
  { dataDir, now, identity, unit }: Pick<ImportOptions, 'dataDir' | 'now' | 'identity' | 'unit'>,
): Promise<Prepared> {
  const { engine, input, layout, rowFiles } = job
  const counts = reading.tail ? addCounts(reading.counts, reading.tail) : reading.counts
  const { kind, format } = layout
  const id = content.hash.slice(0, 12)
  const ofKind = (wanted: Kind) => rowFiles.filter(one => one.kind === wanted)
  const moves = rowFiles.map(one => {
    const i = ofKind(one.kind).indexOf(one)
    const name = i === 0 ? `${id}.parquet` : `${id}-${i}.parquet`
    return { from: one.file, to: path.join(dataDir, one.kind, name) }
  })
  const describe = async (wanted: Kind) => {
    const files = ofKind(wanted).map(one => one.file)
    return files.length === 0
      ? { from: null, to: null, weighted: false }
      : describeFiles(engine, wanted, files)
  }
  const further = [...new Set(rowFiles.map(one => one.kind))].filter(other => other !== kind)
  const source: Source = {
    id,
    file: input.name,
    kind,
    format,
    rows: counts.rows,
    rejected: counts.rejected,
    skipped: sum(counts.skipped),
    ...(await describe(kind)),
    ...content,
    importedAt: now.toISOString(),
    reading: { logFormat: layout.logFormat ?? null, unit: unit ?? null },
    files: moves.map(move => path.relative(dataDir, move.to)),
    ...describePiece(input, reading),
  }
  if (further.length > 0) source.also = countAlso(rowFiles, kind)
  for (const other of further) source.weighted ||= (await describe(other)).weighted
  const requests = ofKind('requests').map(one => one.file)
  if (requests.length > 0) {
    Object.assign(source, await countIds(engine, requests))
    if (identity !== undefined) source.identity = identity
  }
  const accounts = ofKind('accounts').map(one => one.file)
  const currencies = accounts.length > 0 ? await countCurrencies(engine, accounts) : {}
  if (Object.keys(currencies).length > 0) source.currencies = currencies
  const sourceFile = workFile(job, 'source.parquet')
  await writeSourceFile(engine, source, counts.rejected > 0 ? rejectsFile(job) : null, sourceFile)
  const doubts = layout.doubts ?? []
  return { source, sourceFile, moves, templates: job.templates, skippedByKind: counts.skipped, doubts }
}

/** Rows of other kinds than the source's own. */
export function countAlso(rowFiles: readonly RowFile[], own: Kind): NonNullable<Source['also']> {
  const counts: NonNullable<Source['also']> = {}
  for (const { kind, rows } of rowFiles) if (kind !== own) counts[kind] = (counts[kind] ?? 0) + rows
  return counts
}

function addCounts(one: ExactResult, other: ExactResult): ExactResult {
  const skipped = { ...one.skipped }
  for (const [kind, count] of Object.entries(other.skipped)) skipped[kind] = (skipped[kind] ?? 0) + count
  return { rows: one.rows + other.rows, rejected: one.rejected + other.rejected, skipped }
}

/** What the next import must know so that it can go on from here. */
function describePiece(
  { after }: Piece,
  { tail, opening, replaces }: Reading,
): Pick<Source, 'after' | 'tail' | 'opening' | 'replaces'> {
  return {
    ...(after && after.bytes > 0 ? { after } : {}),
    ...(tail ? { tail: { ...tail, skipped: sum(tail.skipped) } } : {}),
    opening,
    ...(replaces.length > 0 ? { replaces } : {}),
  }
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
