/** Files of this machine that a profile's paths name: programs, their source maps, their packages. */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'

/** The text of a file; null where there is none, or it can't be read. */
export type ReadText = (file: string) => Promise<string | null>

/** A profile comes from anywhere, and may name what has no end (`/dev/zero`). */
const MOST_BYTES = 200_000_000

/** `~`, which stands in the paths of what was filed in a story, is `home`. Each file is read once. */
export function readLocalFiles(home: string | null): ReadText {
  const known = new Map<string, Promise<string | null>>()
  return file => {
    const full = home && /^~[\\/]/.test(file) ? home + file.slice(1) : file
    if (!path.isAbsolute(full)) return Promise.resolve(null)
    const text = known.get(full) ?? readPlain(full)
    known.set(full, text)
    return text
  }
}

async function readPlain(file: string): Promise<string | null> {
  try {
    const info = await stat(file)
    return info.isFile() && info.size <= MOST_BYTES ? await readFile(file, 'utf8') : null
  } catch {
    return null
  }
}
