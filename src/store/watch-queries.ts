/** How far a store is: which of its queries is running, and how much of it is done. */
import type { Engine } from './engine.js'

export interface StoreProgress {
  /** Number of the query that is running, from 1; how many there were where none is. Those that took no time don't count. */
  query: number
  /**
   * 0 to 1, as the engine guesses it: it doesn't know how many groups there will be, so that a query may end at a half.
   * Null where none is running and where it can't tell.
   */
  done: number | null
  /** Since it began; 0 where none is running. */
  elapsed_ms: number
}

/** Checks of a `where` and the like take less. */
const SHORT_MS = 100

export function watchQueries(engine: Pick<Engine, 'progress'>): {
  count<T>(query: Promise<T>): Promise<T>
  progress(): StoreProgress
} {
  let running = 0
  let counted = 0
  let since = 0
  return {
    // Those that are asked at the same time run one after the other.
    async count(query) {
      if (running === 0) since = performance.now()
      running += 1
      try {
        return await query
      } finally {
        const now = performance.now()
        running -= 1
        if (now - since >= SHORT_MS) counted += 1
        since = now
      }
    },
    progress() {
      if (running === 0) return { query: counted, done: null, elapsed_ms: 0 }
      const done = engine.progress()
      return {
        query: counted + 1,
        done: done >= 0 ? Math.min(done, 1) : null,
        elapsed_ms: performance.now() - since,
      }
    },
  }
}
