/** The kinds of requests that two sides have: what has the same values in some columns is of one kind, or stratum. */
import type { MixWeights } from '../stats/same-mix.js'
import { numberAt, oneText, placeIn } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { isCountedSql } from './good.js'
import { findMixColumns } from './mix-columns.js'

export interface Strata {
  columns: string[]
  /** SQL of a request's stratum: a whole number, 0 for all that aren't frequent enough to stand by themselves. */
  stratum: string
  /** Combinations of values that there are. */
  combinations: number
  /** Strata: at most `MOST_STRATA`, and one more of all other combinations. */
  count: number
  /** The share of both sides' requests that are in those. */
  folded: number
}

/** SQL of what a request of either side stands for. */
export interface SideWeights {
  before: string
  after: string
}

export const OWN_WEIGHTS: SideWeights = { before: 'weight', after: 'weight' }

/** The most frequent; all others are one more. */
export const MOST_STRATA = 200

export interface StrataQuestion {
  columns: readonly string[]
  under_ms: number
  timezone: string
}

/** Over the requests that count. Throws on a column that can't be held equal. */
export async function findStrata(
  store: Store,
  { before, after }: { before: Slice; after: Slice },
  { columns, under_ms, timezone }: StrataQuestion,
): Promise<Strata> {
  const found = await findMixColumns(store, columns, timezone)
  const key = oneText(Object.values(found))
  const sides = `((${await slicePredicate(store, before)}) OR (${await slicePredicate(store, after)}))`
  const rows = await store.all<{ key: string; requests: number; total: number; count: number }>(
    `SELECT key, requests, sum(requests) OVER () AS total, count(*) OVER () AS "count"
     FROM (SELECT ${key} AS key, sum(weight)::DOUBLE AS requests FROM requests WHERE ${sides} AND ${isCountedSql(`${under_ms}`)} GROUP BY 1)
     ORDER BY requests DESC, key LIMIT ${MOST_STRATA}`,
  )
  const { total = 0, count = 0 } = rows[0] ?? {}
  const apart = rows.reduce((sum, { requests }) => sum + requests, 0)
  return {
    columns: Object.keys(found),
    stratum: placeIn(
      key,
      rows.map(row => row.key),
    ),
    combinations: count,
    count: Math.min(count, MOST_STRATA + 1),
    folded: count > MOST_STRATA ? 1 - apart / total : 0,
  }
}

/** Nothing where the other side has none of a stratum. */
export function weightSides({ stratum }: Strata, { factors }: MixWeights): SideWeights {
  const weigh = (side: ReadonlyMap<number, number>) => {
    const list = Array.from({ length: MOST_STRATA + 1 }, (_, place) => side.get(place) ?? 0)
    return `(weight * ${numberAt(stratum, list)})`
  }
  return { before: weigh(factors.before), after: weigh(factors.after) }
}
