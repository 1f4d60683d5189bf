/** A file's lines, by chunks, with memory that doesn't grow with a line's length. */
import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

/** The engine's own limit, so that both ways agree on what is too long. */
export const LONGEST_LINE = 2_000_000

export interface Line {
  /** From 1. */
  number: number
  /** Without its line end; the first bytes only where `tooLong`. */
  text: string
  tooLong: boolean
}

/**
 * Non-empty lines of the first `size` bytes, those over `longest` bytes as `tooLong`. Bytes that aren't UTF-8 are written as `\xff`, so that
 * nothing is lost.
 */
export async function* readLines(file: string, size: number, longest = LONGEST_LINE): AsyncGenerator<Line[]> {
  if (size === 0) return
  const stream = createReadStream(file, { end: size - 1, highWaterMark: 1 << 20 })
  let rest: Buffer[] = []
  let restLength = 0
  let tooLong = false
  let number = 0
  const finish = (last: Buffer): Line | null => {
    number += 1
    const bytes = rest.length === 0 ? last : Buffer.concat([...rest, last])
    const line = {
      number,
      text: decodeLine(bytes, number === 1),
      tooLong: tooLong || bytes.length > longest,
    }
    rest = []
    restLength = 0
    tooLong = false
    if (line.tooLong) line.text = line.text.slice(0, 500)
    return line.text === '' ? null : line
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines: Line[] = []
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = finish(chunk.subarray(from, end))
      if (line) lines.push(line)
      from = end + 1
    }
    const tail = chunk.subarray(from)
    if (restLength < longest) rest.push(tail)
    else tooLong = true
    restLength += tail.length
    yield lines
  }
  if (restLength > 0) {
    const line = finish(Buffer.alloc(0))
    if (line) yield [line]
  }
}

export function decodeLine(bytes: Buffer, first: boolean): string {
  const carriageReturn = bytes.length > 0 && bytes[bytes.length - 1] === 13
  const line = carriageReturn ? bytes.subarray(0, -1) : bytes
  const text = isUtf8(line)
    ? line.toString('utf8')
    : line.toString('latin1').replace(/[\x80-\xff]/g, byte => `\\x${byte.charCodeAt(0).toString(16)}`)
  return first && text.startsWith('\ufeff') ? text.slice(1) : text
}
