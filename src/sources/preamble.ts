/** What a later part of a file needs of what stands above it: a table's header, or the directives that name the fields. */
import type { Layout } from './layout.js'
import { LONGEST_LINE } from './read-lines.js'

const DIRECTIVE = 35
const FIELDS = Buffer.from('#Fields')
const BLOCK = 1 << 20

/** Bytes from an offset on, as many as there are. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>

/** Whole lines, with their ends; empty where the part can be read by itself. */
export async function readPreamble(
  read: ReadAt,
  upTo: number,
  { entries }: Pick<Layout, 'entries'>,
): Promise<Buffer> {
  if (upTo === 0) return Buffer.alloc(0)
  if (entries === 'csv') return readHeader(read, upTo)
  const [first] = await read(0, 1)
  return first === DIRECTIVE ? readDirectives(read, upTo) : Buffer.alloc(0)
}

/** The first line that isn't blank; a quote that is open goes on in the next. */
async function readHeader(read: ReadAt, upTo: number): Promise<Buffer> {
  const bytes = await read(0, Math.min(upTo, LONGEST_LINE))
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, end + 1)) {
    const lines = bytes.subarray(0, end + 1)
    const text = lines
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trim()
    if (text !== '' && text.split('"').length % 2 === 1) return lines
  }
  return Buffer.alloc(0)
}

/** The last `#Fields` line, with the directives right above it (W3C extended: `#Date` may be what its times need). */
async function readDirectives(read: ReadAt, upTo: number): Promise<Buffer> {
  for (let end = upTo; end > 0; end -= BLOCK) {
    const start = Math.max(0, end - BLOCK)
    const bytes = await read(start, Math.min(upTo - start, BLOCK + (1 << 16)))
    for (
      let at = bytes.lastIndexOf(FIELDS);
      at !== -1;
      at = at === 0 ? -1 : bytes.lastIndexOf(FIELDS, at - 1)
    ) {
      const isLine = at === 0 ? start === 0 : bytes[at - 1] === 10
      const close = bytes.indexOf(10, at)
      if (isLine && close !== -1) return bytes.subarray(startOfBlock(bytes, at), close + 1)
    }
  }
  return Buffer.alloc(0)
}

function startOfBlock(bytes: Buffer, at: number): number {
  let start = at
  while (start > 1) {
    const above = bytes.lastIndexOf(10, start - 2) + 1
    if (bytes[above] !== DIRECTIVE) break
    start = above
  }
  return start
}
