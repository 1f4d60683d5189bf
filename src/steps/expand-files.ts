/** The files that a user named, with patterns resolved that their shell left as they are. */
import { glob, stat } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../errors.js'

/**
 * In the order given, each once; a pattern's files by name, with 2 before 10 as rotated logs are numbered. A name with `*` in it
 * that is a file is that file. A pattern that nothing matches is an error.
 */
export async function expandFiles(names: readonly string[], cwd: string): Promise<string[]> {
  const files: string[] = []
  for (const name of names) files.push(...(await expandOne(name, cwd)))
  return [...new Set(files)]
}

async function expandOne(name: string, cwd: string): Promise<string[]> {
  if (name === '-' || !/[*?[{]/.test(name) || (await exists(path.resolve(cwd, name)))) return [name]
  const found: string[] = []
  for await (const entry of glob(name, { cwd, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const file = path.join(entry.parentPath, entry.name)
    found.push(path.isAbsolute(name) ? file : path.relative(cwd, file))
  }
  if (found.length === 0) {
    throw new WhyslowError(`No file matches “${name}”.`, {
      next: [`ls '${path.dirname(name).replace(/[*?[{].*$/, '') || '.'}'`],
    })
  }
  return found.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
