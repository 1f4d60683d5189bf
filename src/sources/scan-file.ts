/** One pass over a file's bytes: its hash, how many lines it has, where they are, and what is known of it already. */
import { createHash } from 'node:crypto'
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
  /** Nothing of the chunk is kept, so its memory may be used again. */
  update(chunk: Buffer): void
  finish(): Scan
}

export function createScanner(known: readonly KnownContent[] = []): Scanner {
  const hash = createHash('sha256')
  const hashes = new Set(known.map(content => content.hash))
  const sizes = new Set(known.map(content => content.bytes))
  const ends = [...sizes].sort((a, b) => b - a)
  let begins: Beginning | null = null
  const marks: Scan['marks'] = []
  let offset = 0
  let newlines = 0
  let lines = 0
  // Bytes of the current line so far, and whether its only byte is a carriage return.
  let length = 0
  let onlyReturn = false
  /** Up to the last newline. */
  let complete = { hash: hash.copy(), bytes: 0 }
  const addToHash = (chunk: Buffer) => {
    const cuts = [chunk.lastIndexOf(10) + 1]
    while (ends.length > 0 && ends.at(-1)! < offset + chunk.length) cuts.push(ends.pop()! - offset)
    let done = 0
    for (const cut of cuts.sort((a, b) => a - b)) {
      hash.update(chunk.subarray(done, cut))
      done = cut
      const bytes = offset + cut
      if (cut > 0 && chunk[cut - 1] === 10) complete = { hash: hash.copy(), bytes }
      if (!sizes.has(bytes)) continue
      const soFar = hash.copy().digest('hex')
      if (hashes.has(soFar))
        begins = { hash: soFar, bytes, newlines: newlines + countNewlines(chunk.subarray(0, cut)) }
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
      return {
        hash: hash.digest('hex'),
        lines,
        marks,
        begins,
        complete: { hash: complete.hash.digest('hex'), bytes: complete.bytes, newlines },
      }
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
  const handle = await open(file, 'r')
  try {
    // One block for all: new ones by the thousand keep the collector busy, on a core that the engine needs.
    const block = Buffer.allocUnsafeSlow(1 << 20)
    for (let at = 0; at < size; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await handle.read(block, 0, Math.min(block.length, size - at), at)
      if (bytesRead === 0)
        throw new WhyslowError('The file was cut while it was read; nothing of it was imported.', {
          place: { file },
        })
      scanner.update(block.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
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
