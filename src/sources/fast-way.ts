/**
 * The fast way: the engine reads the file itself. Its reader loses lines in ways it doesn't report, so every line is accounted for:
 * rows + the lines it rejected must be the file's non-empty lines. Rejected lines are read again one by one;
 * when the account doesn't balance, the whole file goes the exact way.
 */
import type { Engine } from '../store/engine.js'
import type { Layout } from './layout.js'
import type { Input } from './open-input.js'
import type { Located } from './read-entries.js'
import { LONGEST_LINE } from './read-lines.js'
import { findLineNumber, readAt, type Scan } from './scan-file.js'

/** Lines that the engine rejected, with their numbers; null when they can't all be located. */
export async function locateRejects(engine: Engine, input: Input, scan: Scan): Promise<Located[] | null> {
  const rejects = await engine.all<{ position: number; text: string | null }>(
    `SELECT line_byte_position AS position, any_value(csv_line) AS text FROM reject_errors GROUP BY ALL ORDER BY position`,
  )
  const located: Located[] = []
  for (const { position, text } of rejects) {
    if (text === null) return null
    // The engine replaces bytes that are no UTF-8, so the bytes themselves are read again: as many lines as it took for one.
    const wanted = text.split('\n').length
    const start = await startOfLine(input.file, position)
    const bytes = await readAt(input.file, start, Math.min(text.length * 4 + 16, LONGEST_LINE))
    const lines = bytes.toString('utf8').split('\n')
    if (lines.length <= wanted && start + bytes.length < input.size) return null
    const first = await findLineNumber(input.file, scan, start)
    for (const [i, line] of lines.slice(0, wanted).entries()) {
      const whole = line.endsWith('\r') ? line.slice(0, -1) : line
      if (whole !== '') located.push({ line: first + i, entry: whole, text: whole })
    }
  }
  return located
}

/** The engine counts bytes from 1: a line begins behind a newline, or at 0. */
async function startOfLine(file: string, position: number): Promise<number> {
  if (position === 0) return 0
  const [before] = await readAt(file, position - 1, 1)
  return before === 10 ? position : position - 1
}

/** Whether the engine's reader can take this file at all. */
export function isFast(layout: Layout, head: string): boolean {
  return layout.fast !== undefined && !head.includes('\0') && !head.includes('\r')
}

/** Whether every non-empty line is either a row or a located reject. */
export function isBalanced(scan: Scan, rows: number, rejected: Located[]): boolean {
  const numbers = new Set(rejected.map(reject => reject.line))
  return numbers.size === rejected.length && rows + rejected.length === scan.lines
}
