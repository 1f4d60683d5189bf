/** How long answers took, for comparisons: pooled, and in bins per customer. Answers are requests that ended `ok` and were measured. */
import type { BinnedRow } from '../stats/binned-arms.js'
import { type Distribution, distributionFromPairs } from '../stats/distribution.js'
import { calendarDay, countsPerCut, cutsTable } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { CLUSTER } from './count-clusters.js'
import { OWN_WEIGHTS } from './strata.js'

const IS_ANSWER = `outcome = 'ok' AND duration_ms IS NOT NULL`

/** Milliseconds, of both sides. One statement, which keeps all cores busy. */
export async function readAnswerTimes(
  store: Store,
  before: Slice,
  after: Slice,
  weights = OWN_WEIGHTS,
): Promise<[Distribution, Distribution]> {
  const pairs = (side: number, where: string, weight: string) =>
    `(SELECT ${side} AS side, duration_ms AS value, sum(${weight})::DOUBLE AS count FROM requests
      WHERE ${where} AND ${IS_ANSWER} GROUP BY 2 ORDER BY 2)`
  const { side, value, count } = await store.columns<{ side: number[]; value: number[]; count: number[] }>(
    `${pairs(0, await slicePredicate(store, before), weights.before)}
     UNION ALL ${pairs(1, await slicePredicate(store, after), weights.after)}`,
  )
  const sides: [number, number][][] = [[], []]
  value.forEach((ms, i) => {
    sides[side[i]!]!.push([ms, count[i]!])
  })
  return [distributionFromPairs(sides[0]!), distributionFromPairs(sides[1]!)]
}

export interface BinOptions {
  cuts: readonly number[]
  /** A row for each day as well, in this time zone; null where days don't matter. */
  perDay: string | null
  /** Where there are more clusters, they are put together at random into so many; null: each by itself. */
  groups: number | null
  /** SQL of what a request stands for. */
  weight: string
}

export async function binAnswerTimes(
  store: Store,
  slice: Slice,
  { cuts, perDay, groups, weight }: BinOptions,
): Promise<BinnedRow[]> {
  if (cuts.length === 0) return []
  const where = `${await slicePredicate(store, slice)} AND ${IS_ANSWER}`
  const cluster = groups === null ? CLUSTER : `'group ' || hash(${CLUSTER}) % ${groups}`
  const names = `${cluster} AS cluster, ${perDay === null ? 'NULL::VARCHAR' : calendarDay('"time"', perDay)} AS day`
  const rows = await store.columns<BinnedColumns>(
    store.weighted || weight !== 'weight'
      ? weighted(names, where, cuts, weight)
      : unweighted(names, where, cuts),
  )
  return rows.cluster.map((name, i) => {
    const counts = new Float64Array(cuts.length)
    rows.counts[i]!.forEach((count, at) => {
      counts[rows.bins ? Number(rows.bins[i]![at]) - 1 : at] = Number(count)
    })
    const day = rows.day[i] ?? null
    return { cluster: name, counts, ...(day === null ? {} : { day }) }
  })
}

interface BinnedColumns {
  cluster: string[]
  day: (string | null)[]
  counts: unknown[][]
  /** The place of each count, from 1; absent where all bins have one. */
  bins?: unknown[][]
}

function unweighted(names: string, where: string, cuts: readonly number[]): string {
  return `SELECT ${names}, ${countsPerCut('duration_ms', cuts)} AS counts FROM requests WHERE ${where}
    GROUP BY 1, 2 ORDER BY 1, 2`
}

function weighted(names: string, where: string, cuts: readonly number[], weight: string): string {
  const binned = `SELECT cluster, day, bin, sum(weight)::DOUBLE AS count
    FROM (SELECT ${names}, duration_ms, ${weight} AS weight FROM requests WHERE ${where})
    ASOF JOIN ${cutsTable(cuts)} ON duration_ms <= cut GROUP BY ALL`
  return `SELECT cluster, day, list(count ORDER BY bin) AS counts, list(bin ORDER BY bin) AS bins
    FROM (${binned}) GROUP BY cluster, day ORDER BY cluster, day`
}
