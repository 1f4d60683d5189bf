/** What a comparison needs of a slice: per cluster (and day) its requests that count and those that were good. */
import type { ClusterCount } from '../stats/clusters.js'
import { calendarDay } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { IS_ERROR, IS_UNFINISHED, IS_UNMEASURED, isCountedSql, isGoodSql } from './good.js'
import { readQuantiles } from './quantiles.js'

/** The unit that is independent of the others. */
export type Unit = 'customer' | 'client' | 'time block' | 'request'

export interface CountedSlice {
  /** Empty when the log has no times: errors alone say nothing about a share. */
  clusters: ClusterCount[]
  /** All requests of the slice, also those that don't count. */
  requests: number
  /** Whether there are answers, and none of them was measured. */
  unmeasured: boolean
  /** Requests that ended in a server error or a timeout, as a share of all. */
  errorShare: number
  unfinishedShare: number
}

/** Requests without an account fall back to their client, and without one to ten minutes of time. */
export const CLUSTER = `coalesce('account ' || account, 'client ' || client, 'time ' || strftime(time_bucket(INTERVAL 10 MINUTE, "time"), '%Y-%m-%dT%H:%M'))`

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
  const [all] = await store.all<Omit<CountedSlice, 'clusters'>>(
    `SELECT coalesce(sum(weight), 0) AS requests, ${IS_UNMEASURED} AS unmeasured,
       coalesce(sum(weight) FILTER (${IS_ERROR}) / sum(weight), 0) AS "errorShare",
       coalesce(sum(weight) FILTER (${IS_UNFINISHED}) / sum(weight), 0) AS "unfinishedShare"
     FROM requests WHERE ${where}`,
  )
  if (all!.unmeasured) return { clusters: [], ...all! }
  const day = options.perDay ? `${calendarDay('"time"', options.timezone)} AS day,` : ''
  const clusters = await store.all<ClusterCount>(
    `SELECT ${CLUSTER} AS cluster, ${day} sum(weight) AS requests,
       coalesce(sum(weight) FILTER (${good}), 0) AS good, count(*) AS observed
     FROM requests WHERE ${where} AND ${counted} GROUP BY ALL ORDER BY ALL`,
  )
  return { clusters, ...all! }
}

/** First and last request of a slice, milliseconds since 1970; null without requests. */
export async function findExtent(store: Store, slice: Slice): Promise<{ from: number; to: number } | null> {
  const where = await slicePredicate(store, slice)
  const [row] = await store.all<{ from: number | null; to: number | null }>(
    `SELECT epoch_ms(min("time")) AS "from", epoch_ms(max("time")) AS "to" FROM requests WHERE ${where}`,
  )
  const { from, to } = row!
  return from === null || to === null ? null : { from, to }
}

/** The 90th percentile of a slice's answers, milliseconds, to three digits: the target where nobody set one. */
export async function findP90(store: Store, slice: Slice): Promise<number | null> {
  const where = await slicePredicate(store, slice)
  const [p90 = null] = await readQuantiles(store, 'duration_ms', `${where} AND outcome = 'ok'`, [0.9])
  return p90 === null || p90 === 0 ? null : Number(p90.toPrecision(3))
}
