/** One pass over a file's bytes: its hash, how many lines it has, and where they are. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

export interface Scan {
  /** SHA-256, hexadecimal. */
  hash: string
  /** Lines with at least one byte beside the line end. */
  lines: number
  /** Number of newlines before each offset, so that a byte's line can be told. */
  marks: { offset: number; newlines: number }[]
}

export interface Scanner {
  update(chunk: Buffer): void
  finish(): Scan
}

export function createScanner(): Scanner {
  const hash = createHash('sha256')
  const marks: Scan['marks'] = []
  let offset = 0
  let newlines = 0
  let lines = 0
  // Bytes of the current line so far, and whether its only byte is a carriage return.
  let length = 0
  let onlyReturn = false
  return {
    update(chunk) {
      hash.update(chunk)
      marks.push({ offset, newlines })
      let from = 0
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
      return { hash: hash.digest('hex'), lines, marks }
    },
  }
}

/** Scans the first `size` bytes. */
export async function scanFile(
  file: string,
  size: number,
  onProgress?: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Scan> {
  const scanner = createScanner()
  if (size > 0) {
    let bytes = 0
    const stream = createReadStream(file, { end: size - 1, highWaterMark: 1 << 20, ...(signal ? { signal } : {}) })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      scanner.update(chunk)
      bytes += chunk.length
      onProgress?.(bytes)
    }
  }
  return scanner.finish()
}

/** The number, from 1, of the line that holds this byte. */
export async function findLineNumber(file: string, scan: Scan, position: number): Promise<number> {
  let low = 0
  let high = scan.marks.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (scan.marks[middle]!.offset <= position) low = middle
    else high = middle - 1
  }
  const mark = scan.marks[low] ?? { offset: 0, newlines: 0 }
  const bytes = await readAt(file, mark.offset, position - mark.offset)
  let newlines = mark.newlines
  for (const byte of bytes) if (byte === 10) newlines += 1
  return newlines + 1
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
