/**
 * A log that is written to while it is read: its new lines, from where the last ones ended. The open file is read, not its name, so
 * that a file which was renamed goes on; one that was cut and began again is noticed by its size or by the bytes before the place.
 */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { Part, Source } from '../store/catalog.js'
import { isAllTail, STATES } from '../store/overlaps.js'
import { detectFormat } from './detect-format.js'
import type { Piece } from './grown-file.js'
import type { LayoutOptions, Sample } from './layout.js'
import { readPreamble } from './preamble.js'
import { countNewlines, createScanner } from './scan-file.js'

export interface FollowedFile {
  name: string
  handle: FileHandle
  device: number
  inode: number
  /** Where the next line begins, and the hash of all before it. */
  place: Place
  /** Sources that the next lines stand in for. */
  replaces: string[]
}

interface Place {
  bytes: number
  newlines: number
  hash: Hash
  /** The last bytes before it. */
  ending: Buffer
}

/** New lines, ready to be imported. */
export interface Batch {
  piece: Piece
  sample: Sample
  opening: string
  replaces: string[]
  /** Where the file is when they are committed. */
  place: Place
}

const START = (): Place => ({
  bytes: 0,
  newlines: 0,
  hash: createHash('sha256'),
  ending: Buffer.alloc(0),
})
const BLOCK = 1 << 20
const ENDING_BYTES = 256
const MOST_BYTES = 64 * BLOCK
const SAMPLE_BYTES = 64 << 10

/** Opens a file behind the longest content that is known. */
export async function openFollowed(name: string, known: readonly Source[]): Promise<FollowedFile> {
  const handle = await open(name, 'r')
  const { dev, ino } = await handle.stat()
  const file = { name, handle, device: dev, inode: ino, place: START(), replaces: [] }
  await findPlace(file, known)
  return file
}

/** Goes to behind the longest content that is known: reads the file up to there. */
export async function findPlace(file: FollowedFile, known: readonly Source[]): Promise<void> {
  file.place = START()
  file.replaces = []
  const { size } = await file.handle.stat()
  const ends = known
    .map(source => ({ source, ...(source.tail && !isAllTail(source) ? source.tail : source) }))
    .filter(({ bytes }) => bytes <= size)
    .sort((a, b) => a.bytes - b.bytes)
  const hash = createHash('sha256')
  let [at, newlines] = [0, 0]
  for (const { source, bytes, hash: wanted } of ends) {
    while (at < bytes) {
      const chunk = await readFrom(file.handle, at, Math.min(BLOCK, bytes - at))
      if (chunk.length === 0) return
      hash.update(chunk)
      newlines += countNewlines(chunk)
      at += chunk.length
    }
    const soFar = hash.copy()
    if (soFar.copy().digest('hex') !== wanted) continue
    // A source of one line that has no end is read again as a whole.
    if (isAllTail(source)) file.replaces = [source.id]
    else {
      const from = Math.max(0, bytes - ENDING_BYTES)
      file.place = { bytes, newlines, hash: soFar, ending: await readFrom(file.handle, from, bytes - from) }
      file.replaces = []
    }
  }
}

/** Whether the file was cut since, and what it holds now is something new. */
export async function wasCut({ handle, place }: FollowedFile): Promise<boolean> {
  const { size } = await handle.stat()
  if (size < place.bytes) return true
  const { ending } = place
  return !ending.equals(await readFrom(handle, place.bytes - ending.length, ending.length))
}

/** From the beginning, once it was cut. */
export function startOver(file: FollowedFile): void {
  file.place = START()
  file.replaces = []
}

/** What stands before the place, as sources know it. */
export function partOf({ bytes, newlines, hash }: Place): Part {
  return { bytes, newlines, hash: hash.copy().digest('hex') }
}

/** Whether `takeBatch` has something to take. */
export async function hasNews({ handle, place }: FollowedFile, isOver: boolean): Promise<boolean> {
  for (let at = place.bytes; ; at += BLOCK) {
    const bytes = await readFrom(handle, at, BLOCK)
    if (bytes.length === 0) return false
    if (isOver || bytes.includes(10)) return true
  }
}

/**
 * The lines that came since, at most 64 MB of them; null when there are none. A last line without an end waits, unless the file `isOver`.
 * Throws when the format can't be told from them.
 */
export async function takeBatch(
  file: FollowedFile,
  workDir: string,
  options: LayoutOptions & { as?: string | undefined; isOver?: boolean },
): Promise<Batch | null> {
  const { name, handle, place } = file
  const bytes = await readFrom(handle, place.bytes, MOST_BYTES)
  const end = bytes.lastIndexOf(10) + 1
  const lines = options.isOver && bytes.length < MOST_BYTES ? bytes : bytes.subarray(0, end)
  if (lines.length === 0) return null
  const sample = await takeSample(file, lines)
  const layout = detectFormat(sample, options)
  if (STATES.has(layout.kind) || layout.entries === 'json') {
    throw new WhyslowError('A file that is written as a whole can’t be followed.', {
      place: { file: name },
      next: [`whyslow import '${name}'`],
    })
  }
  const read = (offset: number, length: number) => readFrom(handle, offset, length)
  const preamble = await readPreamble(read, place.bytes, layout)
  const target = path.join(workDir, 'new-lines')
  await writeFile(target, [preamble, lines])
  const scanner = createScanner()
  scanner.update(Buffer.concat([preamble, lines]))
  const hash = place.hash.copy().update(lines)
  const next: Place = {
    bytes: place.bytes + lines.length,
    newlines: place.newlines + countNewlines(lines),
    hash,
    ending: Buffer.from(Buffer.concat([place.ending, lines.subarray(-ENDING_BYTES)]).subarray(-ENDING_BYTES)),
  }
  const piece: Piece = {
    name,
    file: target,
    size: preamble.length + lines.length,
    scan: scanner.finish(),
    after: place.bytes === 0 ? null : partOf(place),
    preamble: countNewlines(preamble),
    tail: Buffer.alloc(0),
    whole: { hash: hash.copy().digest('hex'), bytes: next.bytes },
  }
  // Cut while it was read: then it isn't what stands behind the place.
  const again = await readFrom(handle, place.bytes, Math.min(lines.length, ENDING_BYTES))
  if (!lines.subarray(0, ENDING_BYTES).equals(again) || (await wasCut(file))) return null
  const opening = lines.subarray(0, ENDING_BYTES).toString('base64')
  return { piece, sample, opening, replaces: file.replaces, place: next }
}

/** The file's beginning tells its format better than a line or two. */
async function takeSample({ name, handle, place }: FollowedFile, lines: Buffer): Promise<Sample> {
  const beginning = place.bytes === 0 ? lines : await readFrom(handle, 0, Math.min(SAMPLE_BYTES, place.bytes))
  const head = beginning
    .subarray(0, SAMPLE_BYTES)
    .toString('utf8')
    .replace(/^\ufeff/, '')
  const own = lines.subarray(0, SAMPLE_BYTES).toString('utf8')
  const texts = [...wholeLines(head), ...(place.bytes === 0 ? [] : wholeLines(own))]
  return { name, head, lines: texts }
}

function wholeLines(text: string): string[] {
  const lines = text.split(/\r?\n/)
  return (lines.length > 1 ? lines.slice(0, -1) : lines).filter(line => line !== '')
}

async function readFrom(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let at = 0; at < length; ) {
    const wanted = Math.min(BLOCK, length - at)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, offset + at)
    if (bytesRead === 0) break
    parts.push(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
