/** What a source holds of each kind: a file may give several, as traces give spans and requests. */
import path from 'node:path'
import type { Source } from './catalog.js'
import type { Kind } from './schema.js'

/** Its data files of one kind, which lie in that kind's folder. */
export function filesOf(source: Pick<Source, 'files'>, kind: Kind): string[] {
  return source.files.filter(file => path.dirname(file) === kind)
}

export function rowsOf(source: Pick<Source, 'kind' | 'rows' | 'also'>, kind: Kind): number {
  return source.kind === kind ? source.rows : (source.also?.[kind] ?? 0)
}

/** Whether any of its sources has rows of this kind. */
export function hasRows({ sources }: { sources: readonly Source[] }, kind: Kind): boolean {
  return sources.some(source => rowsOf(source, kind) > 0)
}
