/**
 * A log grows, and its last line may have no end yet. What was imported of it is known by the hash of its content so far; of a log
 * that goes on from there only the rest is read, as a piece that looks like a file of its own.
 */
import { constants, copyFile, open, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Part, Source } from '../store/catalog.js'
import { STATES } from '../store/overlaps.js'
import type { Layout } from './layout.js'
import type { Input } from './open-input.js'
import { readPreamble } from './preamble.js'
import type { Located } from './read-entries.js'
import { LONGEST_LINE } from './read-lines.js'
import { countNewlines, createScanner, type KnownContent, readAt, type Scan } from './scan-file.js'

/** What is read of an input: lines that have their end. */
export interface Piece extends Input {
  /** What stands before it in the input; null when that is nothing, or nothing that was imported. */
  after: Part | null
  /** Lines at the beginning of `file` that are from further up in the input, and only say how the others are to be read. */
  preamble: number
  /** The input's last line, when it has no end; not part of `file`. */
  tail: Buffer
  /** All of the input up to the piece's end; null where that is the input. */
  whole: KnownContent | null
}

export interface KnownBeginning {
  source: Source
  /** Where to go on: behind it, or where its last line began if that had no end. */
  part: Part
}

/** Content that an input may begin with. */
export function knownContents(sources: readonly Source[]): KnownContent[] {
  return sources
    .filter(({ kind }) => !STATES.has(kind))
    .flatMap(({ hash, bytes, tail }) =>
      tail && tail.bytes > 0 ? [{ hash, bytes }, tail] : [{ hash, bytes }],
    )
}

/** The source of the same content, or of its beginning. */
export function findKnown(
  sources: readonly Source[],
  scan: Scan,
): { same: Source } | { begins: KnownBeginning } | null {
  const find = (wanted: string) => sources.find(({ hash, tail }) => wanted === hash || wanted === tail?.hash)
  const same = find(scan.hash)
  if (same) return { same }
  const source = scan.begins && find(scan.begins.hash)
  if (!source || !scan.begins) return null
  const { hash, bytes } = source.tail ?? source
  return { begins: { source, part: { hash, bytes, newlines: scan.begins.newlines } } }
}

/** The lines of an input that have their end. `exactly`: as a file that ends there, since the engine reads files to their end. */
export async function takeLines(input: Input, workDir: string, exactly: boolean): Promise<Piece> {
  const tail = await readTail(input)
  const piece = { ...input, size: input.size - tail.length, after: null, preamble: 0, tail, whole: null }
  if (tail.length === 0 || !exactly || piece.size === 0) return piece
  const file = path.join(workDir, 'complete')
  await copyFile(input.file, file, constants.COPYFILE_FICLONE)
  await truncate(file, piece.size)
  return { ...piece, file }
}

async function readTail({ file, size }: Input): Promise<Buffer> {
  const length = Math.min(size, 1 << 16)
  for (let wanted = length; ; wanted = Math.min(wanted * 8, size)) {
    const end = await readAt(file, size - wanted, wanted)
    const newline = end.lastIndexOf(10)
    if (newline !== -1) return end.subarray(newline + 1)
    if (wanted === size) return end
    // Too long for a line, whatever comes: it is rejected as it is.
    if (wanted > LONGEST_LINE) return Buffer.alloc(0)
  }
}

/** What a piece has behind `from`, in a file of its own; null when that is nothing. */
export async function takeRest(
  piece: Piece,
  from: Part,
  layout: Layout,
  workDir: string,
): Promise<Piece | null> {
  const preamble = await readPreamble((...at) => readAt(piece.file, ...at), from.bytes, layout)
  const file = path.join(workDir, 'rest')
  const scanner = createScanner()
  scanner.update(preamble)
  await writeFile(file, preamble)
  const source = await open(piece.file, 'r')
  const target = await open(file, 'a')
  try {
    let at = from.bytes
    while (at < piece.size) {
      const { buffer, bytesRead } = await source.read(
        Buffer.alloc(Math.min(1 << 20, piece.size - at)),
        0,
        undefined,
        at,
      )
      if (bytesRead === 0) break
      const chunk = buffer.subarray(0, bytesRead)
      scanner.update(chunk)
      await target.appendFile(chunk)
      at += bytesRead
    }
  } finally {
    await source.close()
    await target.close()
  }
  const scan = scanner.finish()
  const size = preamble.length + Math.max(piece.size - from.bytes, 0)
  const lines = countNewlines(preamble)
  if (scan.lines <= lines && piece.tail.length === 0) return null
  return { ...piece, file, size, scan, after: from, preamble: lines }
}

/** The last line as a piece of its own. */
export async function takeTail(
  { name, tail }: Piece,
  { file, before }: { file: string; before: Part },
  layout: Layout,
  workDir: string,
): Promise<Piece> {
  const preamble = await readPreamble((...at) => readAt(file, ...at), before.bytes, layout)
  const target = path.join(workDir, 'tail')
  await writeFile(target, Buffer.concat([preamble, tail]))
  return {
    name,
    file: target,
    size: preamble.length + tail.length,
    scan: null,
    after: before,
    preamble: countNewlines(preamble),
    tail: Buffer.alloc(0),
    whole: null,
  }
}

/** Entries with their lines' numbers in the whole input; 0 for those of the preamble, which count for nothing. */
export async function* numberLines(
  batches: AsyncIterable<Located[]>,
  { after, preamble }: Piece,
): AsyncGenerator<Located[]> {
  const shift = (after?.newlines ?? 0) - preamble
  for await (const batch of batches) {
    yield batch.map(located => ({
      ...located,
      line: located.line <= preamble ? 0 : located.line + shift,
    }))
  }
}

export const OPENING_BYTES = 256

/** The first bytes of what a piece has from an offset on, base64. */
export async function readOpening({ file, size, tail }: Piece, from: number): Promise<string> {
  const head = await readAt(file, from, Math.min(OPENING_BYTES, size - from))
  return Buffer.concat([head, tail]).subarray(0, OPENING_BYTES).toString('base64')
}

/** Whether the content of one may begin with that of the other. */
export function beginAlike(a: string, b: string): boolean {
  const [one, other] = [a, b].map(text => Buffer.from(text, 'base64'))
  const length = Math.min(one!.length, other!.length)
  return one!.subarray(0, length).equals(other!.subarray(0, length))
}
