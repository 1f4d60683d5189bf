/** A write that must not happen twice, although nobody can tell whether it did when the connection was cut. */
import type { JiraClient } from './client.js'
import { JiraFailure } from './failure.js'

interface WriteOnce<T> {
  write: () => Promise<T>
  /** What the write made, if it took effect; null: not there. */
  look: () => Promise<T | null>
  /** Milliseconds before each look: an index lags, and a server may still be at it. */
  waits: readonly number[]
}

const MAX_WRITES = 4

/**
 * Writes again only after every look found nothing, and not at all when Jira took too long: it may still be at it, and the next export
 * finds what it made. Throws the last failure.
 */
export async function writeOnce<T>(client: JiraClient, { write, look, waits }: WriteOnce<T>): Promise<T> {
  for (let writes = 1; ; writes += 1) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof JiraFailure) || !error.mayHaveWorked) throw error
      for (const wait of waits) {
        await client.pause(wait)
        const found = await look()
        if (found !== null) return found
      }
      if (writes === MAX_WRITES || error.isTimeOut) throw error
    }
  }
}
