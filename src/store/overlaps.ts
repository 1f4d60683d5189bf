/**
 * Sources that overlap: what one of them says of the others, so that one rename settles which rows count. A killed process can
 * leave a source beside those that it replaces; it never leaves a line that counts twice.
 */
import type { Source } from './catalog.js'

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

/** The last line was imported before it had its end, and is read again, whole, by the source that goes on from there. */
function dropTail(source: Source): Source {
  const tail = source.tail!
  return {
    ...source,
    rows: source.rows - tail.rows,
    rejected: source.rejected - tail.rejected,
    skipped: source.skipped - tail.skipped,
    files: source.files.slice(0, source.files.length - tail.rows),
    tail: { ...tail, rows: 0, rejected: 0, skipped: 0 },
  }
}
