/** What objectives need of the requests in their windows: per cluster and age, how many counted, and how many of them were good. */
import type { ClusterCount } from '../stats/clusters.js'
import { timeLiteral } from '../store/dialect.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { CLUSTER } from './count-clusters.js'
import { findTarget, IS_ERROR, isCountedSql, isGoodSql, type Targets, targetSql } from './good.js'

/** Which requests an objective is about, and what good means among them. */
export interface SloScope {
  /** With neither of the two, all requests are meant. */
  route: string | null
  where: string | null
  /** Null: each request is measured by the target of its route. */
  under_ms: number | null
  /** ISO 8601. */
  from: string
}

export interface SloOptions {
  /** ISO 8601; exclusive. All windows end here. */
  to: string
  cohort: Slice['cohort']
  targets: Targets
}

/** One cluster, in the requests of one age. `requests` and `good` are of those that count. */
export interface SloCluster extends ClusterCount {
  /** The first of `ages_ms` that these requests are younger than; `ages_ms.length` for older ones. */
  age: number
  /** Of all requests, whether they count or not. */
  all: number
  errors: number
  rows: number
  /** Requests that were answered, and those of them whose time is known. */
  answered: number
  measured: number
}

/**
 * One list a scope, in their order. All are counted in one query: routes by a join, however many they are. An error is a
 * server error or a timeout, whatever its time, as a share of all requests: as `overview` and `triage` have it.
 */
export async function countSlos(
  store: Store,
  scopes: readonly SloScope[],
  options: SloOptions,
  ages_ms: readonly number[],
): Promise<SloCluster[][]> {
  if (scopes.length === 0) return []
  const end = Date.parse(options.to)
  const ages = ages_ms.map(
    (ms, i) => `WHEN "time" >= ${timeLiteral(new Date(end - ms).toISOString())} THEN ${i}`,
  )
  const columns = `${CLUSTER} AS cluster, CASE ${ages.join(' ')} ELSE ${ages.length} END AS age`
  const rows = await store.all<SloCluster & { slo: number }>(
    `WITH rated AS (${await rateRequests(store, scopes, options, columns)})
     SELECT slo, cluster, age, ${sumIf('counted')} AS requests, ${sumIf('good')} AS good,
       count(*) FILTER (counted) AS observed, sum(weight) AS "all", ${sumIf('error')} AS errors, count(*) AS rows,
       ${sumIf('answered')} AS answered, ${sumIf('measured')} AS measured
     FROM rated GROUP BY ALL ORDER BY ALL`,
  )
  const bySlo = Map.groupBy(rows, row => row.slo)
  return scopes.map((_, slo) => bySlo.get(slo) ?? [])
}

/** SQL for the requests of all scopes (one in several scopes comes several times), each with its `slo` and what it was for that. */
export async function rateRequests(
  store: Store,
  scopes: readonly SloScope[],
  { to, cohort, targets }: SloOptions,
  columns: string,
): Promise<string> {
  const parts: string[] = []
  const rate = (slo: string, target: string) =>
    `SELECT ${slo} AS slo, weight, ${isGoodSql(target)} AS good, ${isCountedSql(target)} AS counted, ${IS_ERROR} AS error,
       outcome = 'ok' AS answered, outcome = 'ok' AND duration_ms IS NOT NULL AS measured, ${columns} FROM requests`
  const routes = scopes.flatMap(({ route, under_ms, from }, slo) =>
    route === null ? [] : [{ slo, route, from, target: under_ms ?? findTarget(targets, route).under_ms }],
  )
  if (routes.length > 0) {
    const from = routes.map(route => route.from).sort()[0]!
    const table = routes.map(
      ({ slo, route, from, target }) =>
        `(${slo}, ${sqlText(route)}, ${target}::DOUBLE, ${timeLiteral(from)})`,
    )
    const where = await slicePredicate(store, { where: null, from, to, cohort })
    // No column of a request has these names, so that the cohort's expression means the same as ever.
    parts.push(`${rate('slo_number', 'slo_target')}
      JOIN (VALUES ${table.join(', ')}) AS slos(slo_number, slo_route, slo_target, slo_from) ON route = slo_route
      WHERE ${where} AND "time" >= slo_from`)
  }
  for (const [slo, { route, where, under_ms, from }] of scopes.entries()) {
    if (route !== null) continue
    const predicate = await slicePredicate(store, { where, from, to, cohort })
    parts.push(`${rate(`${slo}`, under_ms === null ? targetSql(targets) : `${under_ms}`)} WHERE ${predicate}`)
  }
  return parts.join('\nUNION ALL\n')
}

export function sumIf(condition: string): string {
  return `coalesce(sum(weight) FILTER (${condition}), 0)`
}
