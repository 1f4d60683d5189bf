/** A part of a report that may not be there: what went wrong stands in its place, and the rest goes on. */
import path from 'node:path'
import { formatPlace, systemErrorCode, WhyslowError } from '../errors.js'
import type { Part } from '../reports/report/contents.js'

/** `next` is the command that would make the part, unless the error names a better one. Bugs are thrown. */
export async function attemptPart<T extends object>(
  make: () => Promise<Part<T>>,
  next: string | null,
): Promise<Part<T>> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof WhyslowError) {
      // A folder of this machine means nothing to who reads it.
      const place = error.place && !path.isAbsolute(error.place.file) ? ` (${formatPlace(error.place)})` : ''
      return { missing: `${error.message}${place}`, next: error.next[0] ?? next }
    }
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    return { missing: `It can’t be read (${code}).`, next }
  }
}
