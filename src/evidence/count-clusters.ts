/** What a comparison needs of a slice: per cluster (and day) its requests that count and those that were good. */
import type { ClusterCount } from '../stats/clusters.js'
import { calendarDay } from '../store/dialect.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { IS_ERROR, IS_UNFINISHED, IS_UNMEASURED, isCountedSql, isGoodSql } from './good.js'
import { readQuantiles } from './quantiles.js'

/** The unit that is independent of the others; `pair` and `repetition` of benchmarks. */
export type Unit = 'customer' | 'client' | 'time block' | 'request' | 'pair' | 'repetition'

/** So many clusters that most of them are put together at random, the same on both sides: nothing gets less certain by it. */
export interface Crowd {
  /** Those that are large enough to matter by themselves. */
  apart: string[]
  /** The others. */
  groups: number
}

export interface CountedSlice {
  /** Of a crowd, how many clusters there really are; absent where each has a row. */
  crowd?: number
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

const MOST_CLUSTERS = 50_000
const CROWD_GROUPS = 20_000
/** Where each cluster is counted by kinds of requests, so many kinds go with the full number of clusters. */
const KINDS = 10
/** A cluster with this part of the requests of either slice stays by itself. */
const LARGE = 0.001

/** Null where the slices have no more clusters than can be looked at one by one: fewer, where each is counted by many kinds of requests. */
export async function findCrowd(store: Store, slices: readonly Slice[], kinds = 1): Promise<Crowd | null> {
  const predicates = await Promise.all(slices.map(slice => slicePredicate(store, slice)))
  const sizes = predicates.map((predicate, i) => `sum(weight) FILTER (${predicate}) AS size_${i}`)
  const [row] = await store.all<{ clusters: number; apart: string[] | null }>(
    `WITH sizes AS (SELECT ${CLUSTER} AS cluster, ${sizes.join(', ')} FROM requests
       WHERE ${predicates.map(predicate => `(${predicate})`).join(' OR ')} GROUP BY 1),
     totals AS (SELECT count(*) AS clusters, ${predicates.map((_, i) => `sum(size_${i}) AS all_${i}`).join(', ')} FROM sizes)
     SELECT any_value(clusters) AS clusters, list(cluster) FILTER (${predicates.map((_, i) => `size_${i} >= ${LARGE} * all_${i}`).join(' OR ')}) AS apart
     FROM sizes, totals`,
  )
  const part = Math.min(1, KINDS / kinds)
  if ((row?.clusters ?? 0) <= MOST_CLUSTERS * part) return null
  return { apart: row!.apart ?? [], groups: Math.round(CROWD_GROUPS * part) }
}

export function clusterOf(crowd: Crowd | null): string {
  if (crowd === null) return CLUSTER
  const group = `'group ' || hash(${CLUSTER}) % ${crowd.groups}`
  if (crowd.apart.length === 0) return group
  return `CASE WHEN ${CLUSTER} IN (${crowd.apart.map(sqlText).join(', ')}) THEN ${CLUSTER} ELSE ${group} END`
}

export interface CountOptions {
  under_ms: number
  timezone: string
  perDay: boolean
  crowd?: Crowd | null
  /** SQL of the kind of a request, a whole number, where they are counted by it. */
  stratum?: string | null
}

export async function countClusters(
  store: Store,
  slice: Slice,
  options: CountOptions,
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
  const { crowd = null, stratum = null } = options
  const kind = stratum === null ? '' : `${stratum} AS stratum,`
  const columns = await store.columns<Record<keyof ClusterCount, unknown[]>>(
    `SELECT ${clusterOf(crowd)} AS cluster, ${day} ${kind} sum(weight)::DOUBLE AS requests,
       coalesce(sum(weight) FILTER (${good}), 0)::DOUBLE AS good, count(*)::DOUBLE AS observed
     FROM requests WHERE ${where} AND ${counted} GROUP BY ALL ORDER BY ALL`,
  )
  const clusters = columns.cluster.map(
    (cluster, i) =>
      ({
        cluster,
        requests: columns.requests[i],
        good: columns.good[i],
        observed: columns.observed[i],
        ...(options.perDay ? { day: columns.day[i] } : {}),
        ...(stratum === null ? {} : { stratum: Number(columns.stratum[i]) }),
      }) as ClusterCount,
  )
  if (crowd === null) return { clusters, ...all! }
  const [{ there } = { there: 0 }] = await store.all<{ there: number }>(
    `SELECT count(DISTINCT ${CLUSTER}) AS there FROM requests WHERE ${where} AND ${counted}`,
  )
  return { clusters, crowd: there, ...all! }
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

/** The whole time of a slice, ISO 8601, where `extent` is that of its requests; `to` is not inside. */
export function windowOf(
  { from, to }: Pick<Slice, 'from' | 'to'>,
  extent: { from: number; to: number } | null,
): { from: string; to: string } {
  return {
    from: from ?? new Date(extent?.from ?? 0).toISOString(),
    to: to ?? new Date((extent?.to ?? 0) + 1).toISOString(),
  }
}

/** The 90th percentile of a slice's answers, milliseconds, to three digits: the target where nobody set one. */
export async function findP90(store: Store, slice: Slice): Promise<number | null> {
  const where = await slicePredicate(store, slice)
  const [p90 = null] = await readQuantiles(store, 'duration_ms', `${where} AND outcome = 'ok'`, [0.9])
  return p90 === null || p90 === 0 ? null : Number(p90.toPrecision(3))
}
