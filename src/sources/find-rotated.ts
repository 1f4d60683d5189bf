/** Where a log's earlier content went when its name began anew: to a sibling with a number or a date behind the name. */
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { openInput } from './open-input.js'
import { type KnownContent, scanFile } from './scan-file.js'

/** The newest ones; a folder may keep a year of them. */
const MOST_SIBLINGS = 5

/** The sibling that begins with this content and goes on from it; null when none does. */
export async function findRotated(
  name: string,
  content: KnownContent,
  workDir: string,
): Promise<string | null> {
  if (content.bytes === 0) return null
  for (const file of await listSiblings(name)) {
    const known = [content]
    try {
      const input = await openInput(file, { stdin: Readable.from([]), workDir, known })
      const scan = input.scan ?? (await scanFile(input.file, input.size, { known }))
      if (scan.hash === content.hash) return null
      if (scan.begins) return file
    } catch {
      // Not readable, or not ours: it was not named either.
    }
  }
  return null
}

async function listSiblings(name: string): Promise<string[]> {
  const { dir, base, name: stem } = path.parse(name)
  const siblings = (await readdir(dir || '.')).filter(other => other !== base && other.startsWith(stem))
  const files = await Promise.all(
    siblings.map(async other => {
      const file = path.join(dir, other)
      const info = await stat(file).catch(() => null)
      return info?.isFile() ? [{ file, time: info.mtimeMs }] : []
    }),
  )
  return files
    .flat()
    .sort((a, b) => b.time - a.time)
    .slice(0, MOST_SIBLINGS)
    .map(({ file }) => file)
}
