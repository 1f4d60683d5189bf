/**
 * The fast way: the engine reads the file itself. Its reader loses lines in ways it doesn't report, so every line is accounted for:
 * rows + the lines it rejected must be the file's non-empty lines. Rejected lines are read again one by one;
 * when the account doesn't balance, the whole file goes the exact way.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Engine } from '../store/engine.js'
import type { Layout } from './layout.js'
import type { Input } from './open-input.js'
import type { Located } from './read-entries.js'
import { decodeLine, LONGEST_LINE } from './read-lines.js'
import type { Scan } from './scan-file.js'

/** Lines that the engine rejected, with their numbers; null when they can't all be located. */
export async function locateRejects(engine: Engine, input: Input, scan: Scan): Promise<Located[] | null> {
  const rejects = await engine.all<{ position: number; text: string | null }>(
    `SELECT line_byte_position AS position, any_value(csv_line) AS text FROM reject_errors GROUP BY ALL ORDER BY position`,
  )
  const located: Located[] = []
  const handle = await open(input.file, 'r')
  try {
    const blocks = new MarkedBlocks(handle, scan, input.size)
    for (const { position, text } of rejects) {
      if (text === null) return null
      // The engine replaces bytes that are no UTF-8, so the bytes themselves are read again: as many lines as it took for one.
      // Where lines end in CRLF, it begins one with the newline of the line before.
      const wanted = text.replace(/^\n/, '').split('\n').length
      const start = await startOfLine(blocks, position)
      const bytes = await blocks.read(start, Math.min(text.length * 4 + 16, LONGEST_LINE, input.size - start))
      const ends = findLineEnds(bytes, wanted, start + bytes.length === input.size)
      if (ends === null) return null
      const first = await blocks.numberOf(start)
      for (const [i, end] of ends.entries()) {
        const line = decodeLine(bytes.subarray(i === 0 ? 0 : ends[i - 1]! + 1, end), start === 0 && i === 0)
        if (line !== '') located.push({ line: first + i, entry: line, text: line })
      }
    }
  } finally {
    await handle.close()
  }
  return located
}

/** The engine counts bytes from 1: a line begins behind a newline, or at 0. */
async function startOfLine(blocks: MarkedBlocks, position: number): Promise<number> {
  if (position === 0) return 0
  const [before] = await blocks.read(position - 1, 1)
  return before === 10 ? position : position - 1
}

/** Where the first lines end; null when not all of them are there. */
function findLineEnds(bytes: Buffer, wanted: number, isEndOfFile: boolean): number[] | null {
  const ends: number[] = []
  for (let from = 0; ends.length < wanted; from = ends.at(-1)! + 1) {
    const end = bytes.indexOf(10, from)
    if (end === -1) return isEndOfFile ? [...ends, bytes.length] : null
    ends.push(end)
  }
  return ends
}

/** A file by the blocks that its scan marked, each read once while the places that are asked for ascend. */
class MarkedBlocks {
  private next = 0
  private start = 0
  private block: Buffer = Buffer.alloc(0)
  private memory = Buffer.alloc(0)
  /** Newlines before `counted`, a place in the block. */
  private newlines = 0
  private counted = 0

  constructor(
    private readonly handle: FileHandle,
    private readonly scan: Scan,
    private readonly size: number,
  ) {}

  /** Valid until the next call. */
  async read(position: number, length: number): Promise<Buffer> {
    await this.enter(position)
    const at = position - this.start
    if (at >= 0 && at + length <= this.block.length) return this.block.subarray(at, at + length)
    return this.readInto(Buffer.alloc(length), position, length)
  }

  /** The number, from 1, of the line that begins there. */
  async numberOf(position: number): Promise<number> {
    await this.enter(position)
    const { block, start } = this
    for (let end = block.indexOf(10, this.counted); end !== -1 && start + end < position; ) {
      this.newlines += 1
      this.counted = end + 1
      end = block.indexOf(10, this.counted)
    }
    return this.newlines + 1
  }

  private async enter(position: number): Promise<void> {
    if (position < this.start + this.block.length) return
    const { marks } = this.scan
    while (this.next < marks.length && marks[this.next]!.offset <= position) this.next += 1
    const { offset, newlines } = marks[this.next - 1] ?? { offset: 0, newlines: 0 }
    const length = (marks[this.next]?.offset ?? this.size) - offset
    if (this.memory.length < length) this.memory = Buffer.allocUnsafeSlow(length)
    this.block = await this.readInto(this.memory, offset, length)
    this.start = offset
    this.counted = 0
    this.newlines = newlines
  }

  private async readInto(memory: Buffer, position: number, length: number): Promise<Buffer> {
    const { bytesRead } = await this.handle.read(memory, 0, length, position)
    return memory.subarray(0, bytesRead)
  }
}

/** Whether the engine's reader can take this file at all. Of lines that end in CRLF all must; it fails at one that doesn't. */
export function isFast(layout: Layout, head: string): boolean {
  if (head.includes('\0')) return false
  if (!head.includes('\r')) return layout.fast !== undefined || layout.json !== undefined
  return layout.fast !== undefined && !/(?<!\r)\n|\r(?!\n|$)/.test(head)
}

/** Whether every non-empty line is either a row or a located reject. */
export function isBalanced(scan: Scan, rows: number, rejected: Located[]): boolean {
  const numbers = new Set(rejected.map(reject => reject.line))
  return numbers.size === rejected.length && rows + rejected.length === scan.lines
}
