/** Rows of clusters, so many at a time that memory is bounded however many clusters there are. */
import { roughlyDistinct, seededBucket } from '../../store/dialect.js'
import type { Store } from '../../store/open-store.js'
import { priceOf } from '../account-price.js'
import { CLUSTER } from '../count-clusters.js'

/** About. */
const MOST_ROWS = 100_000

export interface PortionOptions {
  /** Only the share is wanted, and nobody's price. */
  countsOnly: boolean
  mostRows?: number | undefined
}

/**
 * What `query` says of the requests of one portion of the clusters after the other, by cluster. There is a row for each `key`, which has the
 * columns `cluster` and `account`; `monthly`, what the account pays, is put to it. SQL is checked.
 */
export async function* readPortions<T extends object>(
  store: Store,
  where: string,
  { key, query }: { key: string; query: (where: string) => string },
  { countsOnly, mostRows = MOST_ROWS }: PortionOptions,
): AsyncIterable<(T & { monthly: number | null })[]> {
  const [size] = await store.all<{ rows: number }>(
    `SELECT ${roughlyDistinct(key)}::DOUBLE AS "rows" FROM requests WHERE ${where}`,
  )
  const portions = Math.max(1, Math.ceil(size!.rows / mostRows))
  for (let i = 0; i < portions; i += 1) {
    const own = portions === 1 ? where : `(${where}) AND ${seededBucket(CLUSTER, 1, portions)} = ${i}`
    const monthly = countsOnly ? 'NULL' : priceOf('found.account')
    yield store.all<T & { monthly: number | null }>(
      `SELECT found.*, ${monthly} AS monthly FROM (${query(own)}) AS found ORDER BY ALL`,
    )
  }
}
