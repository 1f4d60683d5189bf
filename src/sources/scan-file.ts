/** One pass over a file's bytes: its hash, how many lines it has, and where they are. */
import { createHash } from 'node:crypto'
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
  /** The hash of the longest known content that this one begins with and goes on from. */
  begins: string | null
}

/** Content that is known already. */
export interface KnownContent {
  hash: string
  bytes: number
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
  let begins: string | null = null
  const marks: Scan['marks'] = []
  let offset = 0
  let newlines = 0
  let lines = 0
  // Bytes of the current line so far, and whether its only byte is a carriage return.
  let length = 0
  let onlyReturn = false
  const addToHash = (chunk: Buffer) => {
    let done = 0
    for (let end = ends.at(-1); end !== undefined && end < offset + chunk.length; end = ends.at(-1)) {
      ends.pop()
      hash.update(chunk.subarray(done, end - offset))
      done = end - offset
      const soFar = hash.copy().digest('hex')
      if (hashes.has(soFar)) begins = soFar
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
      return { hash: hash.digest('hex'), lines, marks, begins }
    },
  }
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
