/** The data behind a figure, by what it can be known by again. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { rowsOf } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'

/** ISO 8601; null is open. */
interface Window {
  from: string | null
  to: string | null
}

/** Ids of the imported files with requests in any of the windows. Which of their rows counted, the command says. */
export function listOrigins({ sources }: Pick<Store, 'sources'>, windows: readonly Window[]): string[] {
  return sources
    .filter(source => rowsOf(source, 'requests') > 0 && windows.some(window => overlaps(source, window)))
    .map(({ id }) => id)
    .sort()
}

function overlaps(source: Window, window: Window): boolean {
  const isAfter = (one: string | null, other: string | null) =>
    one !== null && other !== null && Date.parse(one) > Date.parse(other)
  return !isAfter(source.from, window.to) && !isAfter(window.from, source.to)
}

/** As ids of sources are: the beginning of the SHA-256 of what is in it. */
export async function fingerprintFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex').slice(0, 12)
}
