/** What a tool left in its folder. */
import { readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Collected, ProfileFile } from './tool.js'

/** A file or folder that isn't empty. */
export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    info => info.isDirectory() || info.size > 0,
    () => false,
  )
}

/** Files of these folders whose names fit, in the order of their names. */
export async function findFiles(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter(name => pattern.test(name))
    .sort()
    .map(name => path.join(folder, name))
}

/** Writes what a tool's own format was turned into; what it can't be turned into is a problem, not the end of the run. */
export async function profileFromText(
  found: Collected,
  file: string,
  convert: () => Promise<string>,
  kind: ProfileFile['kind'] = 'cpu',
): Promise<void> {
  try {
    await writeFile(file, await convert())
    found.profiles.push({ file, kind, extension: path.extname(file) })
  } catch (error) {
    found.problems.push(`Its samples could not be read as a profile: ${(error as Error).message}.`)
  }
}

export function nothing(): Collected {
  return { profiles: [], artefacts: [], raw: [], verdict: null, problems: [] }
}
