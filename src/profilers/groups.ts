/** Whose code a frame is. */
import type { Frame } from './profile.js'

/**
 * `own code`, the name of a dependency (`express`, `@scope/name`), `node` for Node's own library, `v8/gc` for
 * garbage collection, `native` for compiled code and V8's built-ins, `whyslow` for what a capture itself ran in
 * the target. By path only: a dependency that was bundled into the application counts as own code.
 */
export function groupOfFrame(frame: Frame): string {
  if (frame.kind === 'gc') return 'v8/gc'
  if (frame.kind === 'idle' || frame.kind === 'program' || frame.file === null) return 'native'
  if (frame.file.startsWith('node:')) return 'node'
  if (frame.file.startsWith('whyslow:')) return 'whyslow'
  return nameOfDependency(frame.file) ?? 'own code'
}

/** The innermost `node_modules/<name>`, so pnpm's nested folders give the package and not its store. */
function nameOfDependency(file: string): string | null {
  const parts = file.split(/[\\/]/)
  const at = parts.lastIndexOf('node_modules')
  const first = at < 0 ? undefined : parts[at + 1]
  if (!first) return null
  return first.startsWith('@') ? `${first}/${parts[at + 2] ?? ''}` : first
}
