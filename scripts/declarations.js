// The types that a package's users can see: those that its entry reaches, of all that the compiler wrote.
import { cpSync, readFileSync } from 'node:fs'
import path from 'node:path'

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.[^'"]+)\.js['"]/g

/** Copies the entry and what it imports, directly or not, to the same places below `to`. */
export function keepReachable(entry, { from, to }) {
  const reached = new Set()
  const open = [entry]
  while (open.length > 0) {
    const file = open.pop()
    if (reached.has(file)) continue
    reached.add(file)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORT))
      open.push(path.resolve(path.dirname(file), `${specifier}.d.ts`))
  }
  for (const file of reached) cpSync(file, path.join(to, path.relative(from, file)))
}
