/**
 * Sources that overlap: what one of them says of the others, so that one rename settles which rows count. A killed process can
 * leave a source beside those that it replaces; it never leaves a line that counts twice.
 */
import path from 'node:path'
import type { Move, Source } from './catalog.js'
import { type Engine, readParquet, sqlName } from './engine.js'
import { filesOf } from './kinds.js'
import { COLUMNS, type Kind } from './schema.js'

/** Kinds in which of several rows with the same id the newest one counts: their files replace each other, and don't grow. */
export const STATES: ReadonlySet<Kind> = new Set<Kind>(['accounts', 'tickets'])

/** The sources whose rows count, each without what another one has taken over. */
export function withoutOverlaps(sources: readonly Source[]): Source[] {
  const replaced = new Set(sources.flatMap(source => source.replaces ?? []))
  const goneOnFrom = new Set(sources.flatMap(source => source.after?.hash ?? []))
  return sources
    .filter(source => !replaced.has(source.id))
    .map(source =>
      source.tail && !isAllTail(source) && goneOnFrom.has(source.tail.hash) ? dropTail(source) : source,
    )
}

/** Whether the source is one line without an end, and nothing else: who goes on replaces it. */
export function isAllTail({ tail, after }: Source): boolean {
  return tail !== undefined && tail.bytes === (after?.bytes ?? 0)
}

/** What goes on from a source, and from what does, each behind what it goes on from. */
export function goOnFrom(sources: readonly Source[], source: Source): Source[] {
  const found = [source]
  for (const one of found) found.push(...sources.filter(other => goesOnFrom(other, one)))
  return found.slice(1)
}

/** Whether a source's lines begin where another one's end. */
function goesOnFrom({ after }: Source, other: Source): boolean {
  return (
    after !== undefined &&
    (other.hash === after.hash || (other.tail?.hash === after.hash && !isAllTail(other)))
  )
}

/** Whether what stands before a source's lines is there. */
export function hasBeginning(sources: readonly Source[], source: Source): boolean {
  return source.after === undefined || sources.some(other => goesOnFrom(source, other))
}

/** The pieces of the log that a source is one of, from the first on. */
export function piecesOf(sources: readonly Source[], source: Source): Source[] {
  for (let first = source; ; ) {
    const before = sources.find(other => goesOnFrom(first, other))
    if (!before) return [first, ...goOnFrom(sources, first)]
    first = before
  }
}

/** The last line was imported before it had its end, and is read again, whole, by the source that goes on from there. */
function dropTail(source: Source): Source {
  const tail = source.tail!
  return {
    ...source,
    rows: source.rows - tail.rows,
    ...(source.also ? { also: subtract(source.also, tail.also) } : {}),
    rejected: source.rejected - tail.rejected,
    skipped: source.skipped - tail.skipped,
    files: source.files.slice(0, source.files.length - tail.files),
    tail: { ...tail, rows: 0, also: {}, rejected: 0, skipped: 0, files: 0 },
  }
}

function subtract(
  counts: NonNullable<Source['also']>,
  other: Source['also'] = {},
): NonNullable<Source['also']> {
  const kinds = Object.keys(counts) as Kind[]
  return Object.fromEntries(kinds.map(kind => [kind, counts[kind]! - (other[kind] ?? 0)]))
}

/**
 * Whether a source has all rows of files that aren't committed: an earlier, shorter copy of the same log. Routes and accounts may
 * have been told by other rules since.
 */
export async function holdsRows(
  engine: Engine,
  dataDir: string,
  source: Source,
  moves: readonly Move[],
): Promise<boolean> {
  const own = moves
    .filter(move => path.basename(path.dirname(move.to)) === source.kind)
    .map(move => move.from)
  const theirs = filesOf(source, source.kind)
  if (own.length === 0 || theirs.length === 0) return false
  const columns = Object.keys(COLUMNS[source.kind]).filter(name => name !== 'route' && name !== 'account')
  const count = (files: string[]) =>
    `SELECT hash(${columns.map(sqlName).join(', ')}) AS h, count(*) AS n FROM ${readParquet(files)} GROUP BY ALL`
  const [row] = await engine.all<{ missing: number }>(
    `SELECT count(*) AS missing FROM (${count(own)}) own
       LEFT JOIN (${count(theirs.map(file => path.join(dataDir, file)))}) theirs USING (h)
     WHERE coalesce(theirs.n, 0) < own.n`,
  )
  return row!.missing === 0
}
