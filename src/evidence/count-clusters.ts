/** What a comparison needs of a slice: per cluster (and day) its requests that count and those that were good. */
import type { ClusterCount } from '../stats/clusters.js'
import { calendarDay } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { isCountedSql, isGoodSql } from './good.js'

/** The unit that is independent of the others. */
export type Unit = 'customer' | 'client' | 'time block'

export interface CountedSlice {
  clusters: ClusterCount[]
  /** Requests that ended in a server error or a timeout, as a share of all. */
  errorShare: number
  unfinishedShare: number
  requests: number
}

/** Requests without an account fall back to their client, and without one to ten minutes of time. */
const CLUSTER = `coalesce('account ' || account, 'client ' || client, 'time ' || strftime(time_bucket(INTERVAL 10 MINUTE, "time"), '%Y-%m-%dT%H:%M'))`

/** Customers where most requests of these slices name an account; else clients; else blocks of time. */
export async function chooseUnit(store: Store, slices: Slice[]): Promise<Unit> {
  const predicates = await Promise.all(slices.map(slice => slicePredicate(store, slice)))
  const [row] = await store.all<{ total: number; accounts: number; clients: number }>(
    `SELECT count(*) AS total, count(account) AS accounts, count(client) AS clients FROM requests
     WHERE ${predicates.map(predicate => `(${predicate})`).join(' OR ')}`,
  )
  if (row!.accounts >= row!.total / 2) return 'customer'
  return row!.clients >= row!.total / 2 ? 'client' : 'time block'
}

export async function countClusters(
  store: Store,
  slice: Slice,
  options: { under_ms: number; timezone: string; perDay: boolean },
): Promise<CountedSlice> {
  const where = await slicePredicate(store, slice)
  const good = isGoodSql(`${options.under_ms}`)
  const counted = isCountedSql(`${options.under_ms}`)
  const day = options.perDay ? `${calendarDay('"time"', options.timezone)} AS day,` : ''
  const clusters = await store.all<ClusterCount>(
    `SELECT ${CLUSTER} AS cluster, ${day} sum(weight) AS requests, coalesce(sum(weight) FILTER (${good}), 0) AS good, count(*) AS observed
     FROM requests WHERE ${where} AND ${counted} GROUP BY ALL ORDER BY ALL`,
  )
  const [all] = await store.all<{ requests: number; errorShare: number; unfinishedShare: number }>(
    `SELECT coalesce(sum(weight), 0) AS requests,
       coalesce(sum(weight) FILTER (outcome IN ('server_error', 'timeout')) / sum(weight), 0) AS "errorShare",
       coalesce(sum(weight) FILTER (outcome IN ('timeout', 'aborted')) / sum(weight), 0) AS "unfinishedShare"
     FROM requests WHERE ${where}`,
  )
  return { clusters, ...all! }
}

/** The 90th percentile of a slice's measured durations, milliseconds: the target where nobody set one. */
export async function findP90(store: Store, slice: Slice): Promise<number | null> {
  const where = await slicePredicate(store, slice)
  const [row] = await store.all<{ p90: number | null }>(
    `SELECT quantile_cont(duration_ms, 0.9) AS p90 FROM requests WHERE ${where}`,
  )
  return row!.p90
}
