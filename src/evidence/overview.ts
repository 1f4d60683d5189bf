/** Which routes are there, how slow are they, for how many? One row a route, by the total time that it took. */

import { distributionFromPairs, quantile } from '../stats/distribution.js'
import { distinctPerGroup, isoTime, logBucket } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import type { Warning } from '../warnings.js'
import { IS_ERROR, IS_UNFINISHED, type Targets, targetSql, underShareSql } from './good.js'
import { describeWithoutAccount } from './missing-accounts.js'
import { describeSlice } from './slice-warnings.js'

export interface RouteFigures {
  route: string
  requests: number
  under_ms: number
  /** Good requests of those that count; null when no request counts. */
  underShare: number | null
  p50_ms: number | null
  p95_ms: number | null
  p99_ms: number | null
  /** Sum of all measured durations. */
  total_ms: number
  errorShare: number
  unfinishedShare: number
  clients: number
  accounts: number
  /** Requests per bucket of `Overview.shape`. */
  shape: number[]
}

export interface Overview {
  window: { from: string | null; to: string | null }
  requests: number
  /** Of them, those without an account. */
  withoutAccount: number
  total_ms: number
  routes: RouteFigures[]
  /** Routes that were left out, and what they sum up to. */
  others: { routes: number; requests: number; total_ms: number }
  /** Lower edges of the buckets of each route's `shape`, milliseconds; the last one is open. */
  shapeEdges_ms: number[]
  warnings: Warning[]
}

export interface OverviewOptions {
  targets: Targets
  limit: number
  /** Count distinct clients and accounts exactly, whatever it costs. */
  exact: boolean
  /** How many rules tell accounts. */
  rules?: number
}

/** Up to this many requests, exact distinct counts cost next to nothing. */
const EXACT_BELOW = 500_000
const BUCKETS_PER_TENFOLD = 3
const TENFOLDS = 5

export async function overview(store: Store, slice: Slice, options: OverviewOptions): Promise<Overview> {
  const where = await slicePredicate(store, slice)
  const exact = options.exact || store.sources.reduce((sum, source) => sum + source.rows, 0) <= EXACT_BELOW
  const routes = await readRoutes(store, where, options, exact)
  const total = sumUp(routes)
  const shapes = await readShapes(store, where)
  const shown = routes.slice(0, options.limit)
  if (store.weighted) await weighQuantiles(store, where, shown)
  const rest = routes.slice(options.limit)
  const warnings = [
    ...describeSlice(store, slice, total),
    ...describeWithoutAccount({
      requests: total.requests,
      missing: total.withoutAccount,
      rules: options.rules ?? 0,
    }),
  ]
  if (!exact && total.requests > 0) {
    warnings.push({
      code: 'approximate',
      message: 'Clients and accounts are estimated, to about 2%.',
      next: 'whyslow overview --exact',
    })
  }
  return {
    window: { from: total.from, to: total.to },
    requests: total.requests,
    withoutAccount: total.withoutAccount,
    total_ms: total.total_ms,
    routes: shown.map(
      ({ from: _from, to: _to, measured: _measured, withoutAccount: _without, ...route }) => ({
        ...route,
        shape: shapes.get(route.route) ?? [],
      }),
    ),
    others: {
      routes: rest.length,
      requests: rest.reduce((sum, route) => sum + route.requests, 0),
      total_ms: rest.reduce((sum, route) => sum + route.total_ms, 0),
    },
    shapeEdges_ms: Array.from(
      { length: BUCKETS_PER_TENFOLD * TENFOLDS },
      (_, i) => 10 ** (i / BUCKETS_PER_TENFOLD),
    ),
    warnings,
  }
}

/** A route's figures with what the whole overview needs of them. */
type RouteRow = RouteFigures & { from: string; to: string; measured: number; withoutAccount: number }

function sumUp(routes: RouteRow[]): {
  from: string | null
  to: string | null
  requests: number
  total_ms: number
  measured: number
  withoutAccount: number
} {
  const sum = (value: (route: RouteRow) => number) => routes.reduce((total, route) => total + value(route), 0)
  return {
    from: routes.map(route => route.from).sort()[0] ?? null,
    to:
      routes
        .map(route => route.to)
        .sort()
        .at(-1) ?? null,
    requests: sum(route => route.requests),
    total_ms: sum(route => route.total_ms),
    measured: sum(route => route.measured),
    withoutAccount: sum(route => route.withoutAccount),
  }
}

/** Requests without a route (handshakes and other garbage) stand together. */
const ROUTE = `coalesce(route, '(no route)')`

async function readRoutes(
  store: Store,
  where: string,
  { targets }: OverviewOptions,
  exact: boolean,
): Promise<RouteRow[]> {
  const target = targetSql(targets)
  const distinct = (column: string) => (exact ? `count(DISTINCT ${column})` : '0')
  const share = (condition: string) => `coalesce(sum(weight) FILTER (${condition}), 0) / sum(weight)`
  // One list of quantiles sorts the durations once; three single ones would sort them three times.
  const rows = await store.all<RouteRow>(
    `SELECT * EXCLUDE (quantiles), quantiles[1] AS p50_ms, quantiles[2] AS p95_ms, quantiles[3] AS p99_ms FROM (SELECT ${ROUTE} AS route, ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to", coalesce(sum(weight) FILTER (duration_ms IS NOT NULL), 0) AS measured, sum(weight) AS requests, coalesce(sum(weight) FILTER (account IS NULL), 0) AS "withoutAccount", any_value(${target}) AS under_ms,
       ${underShareSql(target)} AS "underShare",
       quantile_cont(duration_ms, [0.5, 0.95, 0.99]) AS quantiles,
       coalesce(sum(duration_ms * weight), 0) AS total_ms,
       ${share(IS_ERROR)} AS "errorShare", ${share(IS_UNFINISHED)} AS "unfinishedShare",
       ${distinct('client')} AS clients, ${distinct('account')} AS accounts
     FROM requests WHERE ${where} GROUP BY 1) ORDER BY total_ms DESC, requests DESC, route`,
  )
  if (exact) return rows
  const clients = await estimatePerRoute(store, where, 'client')
  const accounts = await estimatePerRoute(store, where, 'account')
  return rows.map(row => ({
    ...row,
    clients: clients.get(row.route) ?? 0,
    accounts: accounts.get(row.route) ?? 0,
  }))
}

async function estimatePerRoute(
  store: Store,
  where: string,
  column: 'client' | 'account',
): Promise<Map<string, number>> {
  const rows = await store.all<{ name: string; distinct: number }>(distinctPerGroup(column, ROUTE, where))
  return new Map(rows.map(row => [row.name, row.distinct]))
}

async function readShapes(store: Store, where: string): Promise<Map<string, number[]>> {
  const rows = await store.all<{ route: string; bucket: number; requests: number }>(
    `SELECT ${ROUTE} AS route, ${logBucket('duration_ms', BUCKETS_PER_TENFOLD)} AS bucket, sum(weight) AS requests
     FROM requests WHERE ${where} AND duration_ms IS NOT NULL GROUP BY ALL`,
  )
  const shapes = new Map<string, number[]>()
  const last = BUCKETS_PER_TENFOLD * TENFOLDS - 1
  for (const row of rows) {
    const shape = shapes.get(row.route) ?? new Array<number>(last + 1).fill(0)
    const bucket = Math.min(Math.max(row.bucket, 0), last)
    shape[bucket] = (shape[bucket] ?? 0) + row.requests
    shapes.set(row.route, shape)
  }
  return shapes
}

/** Sampled logs: quantiles of the weighted values, from (value, weight) pairs. */
async function weighQuantiles(store: Store, where: string, routes: RouteFigures[]): Promise<void> {
  const rows = await store.all<{ route: string; value: number; weight: number }>(
    `SELECT ${ROUTE} AS route, duration_ms AS value, sum(weight) AS weight
     FROM requests WHERE ${where} AND duration_ms IS NOT NULL GROUP BY ALL`,
  )
  const byRoute = Map.groupBy(rows, row => row.route)
  for (const route of routes) {
    const pairs = byRoute.get(route.route)?.map(row => [row.value, row.weight] as const) ?? []
    if (pairs.length === 0) continue
    const distribution = distributionFromPairs(pairs)
    route.p50_ms = quantile(distribution, 0.5)
    route.p95_ms = quantile(distribution, 0.95)
    route.p99_ms = quantile(distribution, 0.99)
  }
}
