/**
 * The exact way: every entry is split and checked by itself, and what passes is written as clean delimited text
 * that the engine then can't misread. Slower than the engine's own reader, and never wrong about a line.
 */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { findMisfit, type Layout } from './layout.js'
import type { Located } from './read-entries.js'

export interface ExactResult {
  rows: number
  rejected: number
  skipped: Record<string, number>
}

export interface CleanFiles {
  /** One row a good entry: the layout's fields, then `overflow`. */
  rows: string
  /** NDJSON: line, reason, text. */
  rejects: string
}

/** Splits all entries into clean rows and located rejects. */
export async function writeCleanRows(
  batches: AsyncIterable<Located[]>,
  layout: Layout,
  files: CleanFiles,
  onEntries?: (count: number) => void,
): Promise<ExactResult> {
  const rows = createWriteStream(files.rows)
  const rejects = createWriteStream(files.rejects, { flags: 'a' })
  const result: ExactResult = { rows: 0, rejected: 0, skipped: {} }
  for await (const batch of batches) {
    let good = ''
    let bad = ''
    for (const located of batch) {
      const outcome = splitEntry(located, layout)
      if ('values' in outcome) {
        good += cleanRow(outcome.values)
        result.rows += 1
      } else if ('skip' in outcome) {
        result.skipped[outcome.skip] = (result.skipped[outcome.skip] ?? 0) + 1
      } else {
        bad += rejectRow(located.line, outcome.reject, located.text)
        result.rejected += 1
      }
    }
    if (good !== '' && !rows.write(good)) await once(rows, 'drain')
    if (bad !== '' && !rejects.write(bad)) await once(rejects, 'drain')
    onEntries?.(batch.length)
  }
  rows.end()
  rejects.end()
  await Promise.all([finished(rows), finished(rejects)])
  return result
}

function splitEntry(located: Located, layout: Layout) {
  if ('reject' in located) return { reject: located.reject }
  if (typeof located.entry === 'string' && located.entry.trim() === '') return { skip: 'blank' }
  const split = layout.split(located.entry)
  if (!('values' in split)) return split
  const misfit = findMisfit(layout.fields, split.values)
  return misfit === null ? split : { reject: misfit }
}

/** Null is nothing, an empty text is `""`. */
function cleanRow(values: (string | null)[]): string {
  return `${values.map(value => (value === null ? '' : `"${value.replaceAll('"', '""').replaceAll('\0', '\\x00')}"`)).join(',')}\n`
}

function rejectRow(line: number, reason: string, text: string): string {
  return `${JSON.stringify({ line, reason, text: text.slice(0, 200).replaceAll('\0', '\\x00') })}\n`
}
