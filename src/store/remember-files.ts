/** What was read of files that don't change: a catalogue of two thousand sources is read once in a process, not with every import. */
import { statSync } from 'node:fs'

/**
 * Remembers values by file, for as long as it is the same file: one that is renamed into place has another inode. `weigh` says how much a
 * value holds; when there is more than `limit` in all, everything is forgotten. What it returns has the values of all files, in their
 * order, and asks `read` for those that it doesn't know; undefined where that has none.
 */
export function rememberFiles<T>(limit: number, weigh: (value: T) => number) {
  const known = new Map<string, { stamp: string; value: T }>()
  let weight = 0
  return async (
    files: readonly string[],
    read: (unread: string[]) => Promise<Map<string, T>>,
  ): Promise<(T | undefined)[]> => {
    const stamps = files.map(stampOf)
    const recall = (i: number) => {
      const one = known.get(files[i]!)
      return one?.stamp === stamps[i] ? one : undefined
    }
    const unread = files.filter((_, i) => recall(i) === undefined)
    const fresh = unread.length === 0 ? new Map<string, T>() : await read(unread)
    const values = files.map((file, i) => fresh.get(file) ?? recall(i)?.value)
    if (weight > limit) {
      known.clear()
      weight = 0
    }
    for (const [i, file] of files.entries()) {
      const value = fresh.get(file)
      if (value === undefined) continue
      known.set(file, { stamp: stamps[i]!, value })
      weight += weigh(value)
    }
    return values
  }
}

function stampOf(file: string): string {
  const { ino, size, ctimeMs } = statSync(file)
  return `${ino}-${size}-${ctimeMs}`
}
