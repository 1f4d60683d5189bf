/** A profile file as what formats read: its head, its text, its bytes, its lines; gzip is opened on the way. */
import { constants } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { formatBytes } from '../units.js'
import { UNREADABLE } from '../workbook/read-text.js'
import type { ProfileInput } from './formats/index.js'

export interface OpenedProfile extends ProfileInput {
  isGzip: boolean
}

const HEAD_BYTES = 1 << 16
/** JSON has to be one text; the same holds for what isn't text, which takes several times its size once it is read. */
const MOST_BYTES = constants.MAX_STRING_LENGTH
const LONGEST_LINE = 1 << 28

/** Throws a `WhyslowError` when it can't be read, and later when gzip data is broken or cut off. */
export async function openProfile(file: string): Promise<OpenedProfile> {
  const isGzip = await startsAsGzip(file)
  const chunks = () => readChunks(file, isGzip)
  return {
    file,
    isGzip,
    head: await readHead(chunks()),
    text: () => readText(file, chunks()),
    bytes: () => readBytes(file, chunks()),
    lines: () => readLines(file, chunks()),
  }
}

async function startsAsGzip(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
    } finally {
      await handle.close()
    }
  } catch (error) {
    const reason = UNREADABLE[systemErrorCode(error) ?? '']
    if (reason === undefined) throw error
    throw new WhyslowError(`The profile can't be read: ${reason}.`, { place: { file }, cause: error })
  }
}

async function* readChunks(file: string, isGzip: boolean): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: 1 << 18 })
  if (!isGzip) {
    yield* source
    return
  }
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  source.on('error', error => gunzip.destroy(error))
  try {
    yield* source.pipe(gunzip)
  } catch (error) {
    if (!systemErrorCode(error)?.startsWith('Z_')) throw error
    throw new WhyslowError(
      `The file begins as gzip, but it is broken or cut off (${(error as Error).message}).`,
      {
        place: { file },
        cause: error,
        next: ['Copy it again, or take the profile again.'],
      },
    )
  } finally {
    source.destroy()
  }
}

async function readHead(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size >= HEAD_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES)
}

async function readText(file: string, chunks: AsyncIterable<Buffer>): Promise<string> {
  return (await readBytes(file, chunks)).toString('utf8').replace(/^\uFEFF/, '')
}

async function readBytes(file: string, chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size > MOST_BYTES) throw tooLarge(file)
  }
  return Buffer.concat(parts)
}

function tooLarge(file: string): WhyslowError {
  return new WhyslowError(
    `The profile is larger than ${formatBytes(MOST_BYTES)}, the longest text that Node can hold, and its format can only be read as a whole.`,
    {
      place: { file },
      next: [
        'Take a shorter capture, or one with more time between samples.',
        'Or have the tool write collapsed stacks: they are read line by line, so they can be of any size.',
      ],
    },
  )
}

/** Ends are `\n` or `\r\n` only: a name may hold the other characters that Unicode counts as ends. */
async function* readLines(file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let number = 1
  for await (const chunk of chunks) {
    const pieces = decoder.write(chunk).split('\n')
    for (const [index, piece] of pieces.entries()) {
      rest += piece
      if (index === pieces.length - 1) break
      yield withoutEnd(rest, number++)
      rest = ''
    }
    if (rest.length > LONGEST_LINE) {
      throw new WhyslowError(`The line is longer than ${formatBytes(LONGEST_LINE)}.`, {
        place: { file, line: number },
        next: ['Expected a text with one stack a line.'],
      })
    }
  }
  rest += decoder.end()
  if (rest !== '') yield withoutEnd(rest, number)
}

function withoutEnd(line: string, number: number): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  return number === 1 ? text.replace(/^\uFEFF/, '') : text
}
