/** One pass over a file's bytes: its hash, how many lines it has, where they are, and what is known of it already. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { WhyslowError } from '../errors.js'

export interface Scan {
  /** SHA-256, hexadecimal. */
  hash: string
  /** Lines with at least one byte beside the line end and, at the start of the file, a byte order mark. */
  lines: number
  /** Number of newlines before each offset, so that a byte's line can be told. */
  marks: { offset: number; newlines: number }[]
  /** The longest known content that this one begins with and goes on from. */
  begins: Beginning | null
  /** All up to the last newline: the whole, when the last line has its end. */
  complete: Beginning
}

/** Content that is known already. */
export interface KnownContent {
  /** SHA-256, hexadecimal. */
  hash: string
  bytes: number
}

export interface Beginning extends KnownContent {
  /** Newlines in it. */
  newlines: number
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

export interface Scanner {
  update(chunk: Buffer): void
  finish(): Scan
}

export function createScanner(known: readonly KnownContent[] = []): Scanner {
  const hash = createHash('sha256')
  const hashes = new Set(known.map(content => content.hash))
  const ends = [...new Set(known.map(content => content.bytes))].sort((a, b) => b - a)
  let begins: Beginning | null = null
  const marks: Scan['marks'] = []
  let offset = 0
  let newlines = 0
  let lines = 0
  // Bytes of the current line so far, and whether its only byte is a carriage return.
  let length = 0
  let onlyReturn = false
  // The chunk that the last newline is in, and the hash of all before it.
  let last: { before: Hash; upTo: Buffer; bytes: number } | null = null
  const addToHash = (chunk: Buffer) => {
    const end = chunk.lastIndexOf(10) + 1
    if (end > 0) last = { before: hash.copy(), upTo: chunk.subarray(0, end), bytes: offset + end }
    let done = 0
    for (let end = ends.at(-1); end !== undefined && end < offset + chunk.length; end = ends.at(-1)) {
      ends.pop()
      hash.update(chunk.subarray(done, end - offset))
      done = end - offset
      const soFar = hash.copy().digest('hex')
      if (hashes.has(soFar))
        begins = { hash: soFar, bytes: end, newlines: newlines + countNewlines(chunk.subarray(0, done)) }
    }
    hash.update(chunk.subarray(done))
  }
  return {
    update(chunk) {
      addToHash(chunk)
      marks.push({ offset, newlines })
      let from = offset === 0 && chunk.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        const here = end - from
        const total = length + here
        if (total > 1 || (total === 1 && !(here === 1 ? chunk[from] === 13 : onlyReturn))) lines += 1
        newlines += 1
        length = 0
        from = end + 1
      }
      const rest = chunk.length - from
      if (rest > 0) {
        onlyReturn = length === 0 && rest === 1 && chunk[from] === 13
        length += rest
      }
      offset += chunk.length
    },
    finish() {
      if (length > 1 || (length === 1 && !onlyReturn)) lines += 1
      const complete = last
        ? { hash: last.before.update(last.upTo).digest('hex'), bytes: last.bytes }
        : { hash: createHash('sha256').digest('hex'), bytes: 0 }
      return { hash: hash.digest('hex'), lines, marks, begins, complete: { ...complete, newlines } }
    },
  }
}

export function countNewlines(bytes: Buffer): number {
  let count = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, end + 1)) count += 1
  return count
}

/** Scans the first `size` bytes. */
export async function scanFile(
  file: string,
  size: number,
  { known = [], signal }: { known?: readonly KnownContent[]; signal?: AbortSignal | undefined } = {},
): Promise<Scan> {
  const scanner = createScanner(known)
  let bytes = 0
  if (size > 0) {
    const stream = createReadStream(file, {
      end: size - 1,
      highWaterMark: 1 << 20,
      ...(signal ? { signal } : {}),
    })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      scanner.update(chunk)
      bytes += chunk.length
    }
  }
  if (bytes < size)
    throw new WhyslowError('The file was cut while it was read; nothing of it was imported.', {
      place: { file },
    })
  return scanner.finish()
}

export async function readAt(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
