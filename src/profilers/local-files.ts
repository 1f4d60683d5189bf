/** Files of this machine that a profile's paths name: programs, their source maps, their packages. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** The text of a file; null where there is none, or it can't be read. */
export type ReadText = (file: string) => Promise<string | null>

/** `~`, which stands in the paths of what was filed in a story, is `home`. Each file is read once. */
export function readLocalFiles(home: string | null): ReadText {
  const known = new Map<string, Promise<string | null>>()
  return file => {
    const full = home && /^~[\\/]/.test(file) ? home + file.slice(1) : file
    if (!path.isAbsolute(full)) return Promise.resolve(null)
    const text = known.get(full) ?? readFile(full, 'utf8').catch(() => null)
    known.set(full, text)
    return text
  }
}
