/** Where the earlier content of a log went when its name began anew: to siblings with a number or a date in their names. */
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { constants, gunzipSync } from 'node:zlib'
import type { Source } from '../store/catalog.js'
import { beginAlike, knownContents, OPENING_BYTES } from './grown-file.js'
import { isCompressed, openInput } from './open-input.js'
import { readAt, scanFile } from './scan-file.js'

/** The newest ones; a folder may keep a year of them. */
const MOST_SIBLINGS = 9

export interface RotatedOptions {
  sources: readonly Source[]
  /** Inode of a rotated file that is being read to its end: what is older isn't looked at. */
  former?: number | undefined
  /** Inode of the file that is followed: it may have been rotated a moment ago. */
  current?: number | undefined
  workDir: string
}

/**
 * The siblings with lines that weren't imported, the oldest first: those that go on from a source, and those that were rotated after
 * a known one. None where no sibling is known: then they are somebody else's, or older than the first import.
 */
export async function findRotated(
  name: string,
  { sources, former, current, workDir }: RotatedOptions,
): Promise<string[]> {
  const found: string[] = []
  const unknown: string[] = []
  for (const { file, inode } of await listSiblings(name)) {
    if (inode === former) return [...found, ...unknown].reverse()
    if (inode === current) continue
    const state = await compareToSources(file, sources, workDir)
    if (state === 'unknown' && isNumbered(name, file)) unknown.push(file)
    if (state === 'unknown') continue
    found.push(...unknown.splice(0))
    if (state === 'longer') found.push(file)
  }
  return found.reverse()
}

async function compareToSources(
  file: string,
  sources: readonly Source[],
  workDir: string,
): Promise<'known' | 'longer' | 'unknown'> {
  try {
    // First the first bytes and the size: the hash of a large file takes its time.
    const { opening, size } = await readEnds(file)
    const beginnings = sources.filter(({ after }) => !after)
    const beginsAlike = beginnings.some(one => one.opening && beginAlike(one.opening, opening))
    // Old sources don't know how they begin, so that only the hash can tell.
    if (!beginsAlike && beginnings.every(one => one.opening)) return 'unknown'
    if (beginsAlike && sources.some(({ bytes, tail }) => bytes % 2 ** 32 === size && !tail)) return 'known'
    const known = knownContents(sources)
    const input = await openInput(file, { stdin: Readable.from([]), workDir, known })
    const scan = input.scan ?? (await scanFile(input.file, input.size, { known }))
    if (known.some(({ hash }) => hash === scan.hash)) return 'known'
    return scan.begins ? 'longer' : 'unknown'
  } catch {
    // Not readable, or not ours: it was not named either.
    return 'unknown'
  }
}

/** The first bytes, base64, and the size modulo 2³², as gzip's last four bytes tell it. */
async function readEnds(file: string): Promise<{ opening: string; size: number }> {
  const { size } = await stat(file)
  const head = await readAt(file, 0, 4096)
  if (!(await isCompressed(file)))
    return { opening: head.subarray(0, OPENING_BYTES).toString('base64'), size: size % 2 ** 32 }
  const plain = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
  const end = await readAt(file, size - 4, 4)
  return { opening: plain.subarray(0, OPENING_BYTES).toString('base64'), size: end.readUInt32LE() }
}

interface Sibling {
  file: string
  inode: number
  /** When it was last written to, which stays when it is packed or gets another number. */
  written_ms: number
}

/** The newest first. */
async function listSiblings(name: string): Promise<Sibling[]> {
  const { dir, base, name: stem } = path.parse(name)
  const siblings = (await readdir(dir || '.')).filter(other => other !== base && other.startsWith(stem))
  const files = await Promise.all(
    siblings.map(async (other): Promise<Sibling[]> => {
      const file = path.join(dir, other)
      const info = await stat(file).catch(() => null)
      return info?.isFile() && info.size > 0 ? [{ file, inode: info.ino, written_ms: info.mtimeMs }] : []
    }),
  )
  return files
    .flat()
    .sort((a, b) => b.written_ms - a.written_ms)
    .slice(0, MOST_SIBLINGS)
}

/** `access.log.1`, `access.log-20261128.gz`, `access.2.log`; not `access.log.bak`, `access-admin.log`. */
function isNumbered(name: string, sibling: string): boolean {
  const { name: stem, ext } = path.parse(name)
  const added = path.basename(sibling).slice(stem.length).replace(ext, '').replace(/\.gz$/, '')
  return /^[-._]?\d[-\d._T]*$/.test(added)
}
