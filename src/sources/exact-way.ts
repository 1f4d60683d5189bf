/**
 * The exact way: every entry is split and checked by itself, and what passes is written as clean delimited text
 * that the engine then can't misread. Slower than the engine's own reader, and never wrong about a line.
 */
import { open } from 'node:fs/promises'
import { fitFields, type Layout } from './layout.js'
import type { Located } from './read-entries.js'

export interface ExactResult {
  rows: number
  rejected: number
  /** Lines that are no entries and no loss, by kind. */
  skipped: Record<string, number>
}

export interface CleanFiles {
  /** One row a good entry: the layout's fields, then `overflow`. */
  rows: string
  /** NDJSON: line, reason, text. Added to. */
  rejects: string
}

/** Splits all entries into clean rows and located rejects. */
export async function writeCleanRows(
  batches: AsyncIterable<Located[]>,
  layout: Layout,
  files: CleanFiles,
  onEntries?: (count: number) => void,
): Promise<ExactResult> {
  const result: ExactResult = { rows: 0, rejected: 0, skipped: {} }
  const rows = await open(files.rows, 'w')
  const rejects = await open(files.rejects, 'a')
  try {
    for await (const batch of batches) {
      const good: string[] = []
      const bad: string[] = []
      for (const located of layout.unfold ? batch.flatMap(one => unfold(one, layout)) : batch) {
        const outcome = splitEntry(located, layout)
        // It belongs to what was read before, and only says how the others are to be read.
        if (located.line === 0) continue
        if ('values' in outcome) good.push(cleanRow(outcome.values))
        else if ('reject' in outcome) bad.push(rejectRow(located, outcome.reject))
        else result.skipped[outcome.skip] = (result.skipped[outcome.skip] ?? 0) + 1
      }
      if (good.length > 0) await rows.appendFile(good.join(''))
      if (bad.length > 0) await rejects.appendFile(bad.join(''))
      result.rows += good.length
      result.rejected += bad.length
      onEntries?.(batch.length)
    }
  } finally {
    await rows.close()
    await rejects.close()
  }
  return result
}

function splitEntry(located: Located, layout: Layout) {
  if (!('entry' in located)) return located
  if (typeof located.entry === 'string' && located.entry.trim() === '') return { skip: 'blank' }
  const split = layout.split(located.entry)
  return 'values' in split ? fitFields(layout.fields, split.values) : split
}

/** Each entry of a record by itself, at the record's line. */
function unfold(located: Located, layout: Layout): Located[] {
  if (!('entry' in located) || typeof located.entry === 'string') return [located]
  const { line, text } = located
  return layout.unfold!(located.entry).map(one => ({ line, text: 'entry' in one ? '' : text, ...one }))
}

/** Null is nothing, an empty text is `""`. */
function cleanRow(values: (string | null)[]): string {
  const cells = values.map(value => (value === null ? '' : `"${showNul(value).replaceAll('"', '""')}"`))
  return `${cells.join(',')}\n`
}

function rejectRow(located: Located, reason: string): string {
  const { line } = located
  // One of several entries of a line shows itself.
  const text = 'entry' in located && located.text === '' ? JSON.stringify(located.entry) : located.text
  const clean = (dirty: string) => showNul(dirty).toWellFormed()
  return `${JSON.stringify({ line, reason: clean(reason), text: clean(text.slice(0, 200)) })}\n`
}

/** The engine ends a text at a NUL. */
function showNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\\x00') : text
}
