/** Requests of one peak, taken for others: what that makes of each customer's good requests. */
import { oneText } from '../../store/dialect.js'
import type { Store } from '../../store/open-store.js'
import { CLUSTER } from '../count-clusters.js'
import { isCountedSql, isGoodSql } from '../good.js'
import type { PredictedCluster } from './change.js'
import type { WeightedTimes } from './draw-before-after.js'
import type { GatheredClusters } from './gather-clusters.js'
import type { Peak } from './pick-peak.js'
import { type PortionOptions, readPortions } from './read-portions.js'

/** One customer on one route. Sums of weights. */
interface Stratum {
  cluster: string
  account: string | null
  monthly?: number | null
  route: string
  observed: number
  requests: number
  good: number
  /** Answers in the peak, and the good ones of them. */
  inPeak: number
  inPeakGood: number
  /** Answers outside of it. */
  others: number
  othersGood: number
}

export interface Replaced {
  clusters: PredictedCluster[]
  /** Requests of the peak on a route that has no other answer: nothing is known of what they would be. */
  kept: number
  /** Requests of the peak whose own customer has no other answer on the route. */
  pooled: number
  /** The answers as they would be. */
  after: WeightedTimes[]
}

/** In `chance`, a customer's few other answers count as many as they are, and those of all customers on the route as one. */
const PRIOR = 1

/**
 * A request of the peak is good with the share that the other answers of the same customer on the same route have; where there are
 * none, with that of all customers on the route. Errors are no answers, neither replaced nor taken as an example.
 *
 * Within a customer this is unbiased when it is chance which of their requests is in the peak. Misleads where the peak is another kind of
 * work: a long report doesn't become a short one by a fix. `where` is checked SQL.
 */
export async function replaceRequests(
  store: Store,
  where: string,
  { from, to }: Peak,
  options: PortionOptions & { under_ms: number; gathered: GatheredClusters },
): Promise<Omit<Replaced, 'clusters'>> {
  const { under_ms, gathered } = options
  const inPeak = `(duration_ms >= ${from}${to === Infinity ? '' : ` AND duration_ms < ${to}`})`
  const good = isGoodSql(`${under_ms}`)
  const sum = (condition: string) => `coalesce(sum(weight) FILTER (${condition}), 0)::DOUBLE`
  const strata = (only: string) =>
    `SELECT ${CLUSTER} AS cluster, ${ROUTE} AS route, max(account) AS account, count(*)::DOUBLE AS observed,
       sum(weight)::DOUBLE AS requests, ${sum(good)} AS good,
       ${sum(`outcome = 'ok' AND ${inPeak}`)} AS "inPeak", ${sum(`${good} AND ${inPeak}`)} AS "inPeakGood",
       ${sum(`outcome = 'ok' AND NOT ${inPeak}`)} AS others, ${sum(`${good} AND NOT ${inPeak}`)} AS "othersGood"
     FROM requests WHERE ${only} AND ${isCountedSql(`${under_ms}`)} GROUP BY 1, 2`
  const pools = await store.all<Route & { route: string }>(
    `SELECT route, sum(others) AS others, sum("othersGood") AS "othersGood", coalesce(sum("inPeak") FILTER (others = 0), 0) AS borrowing
     FROM (${strata(where)}) GROUP BY route`,
  )
  const routes = new Map(pools.map(({ route, ...pool }) => [route, pool]))
  const found = { kept: 0, pooled: 0 }
  const key = oneText([CLUSTER, 'route'])
  for await (const rows of readPortions<Stratum>(store, where, { key, query: strata }, options)) {
    const { clusters, kept, pooled } = replace(rows, routes)
    gathered.add(clusters)
    found.kept += kept
    found.pooled += pooled
  }
  return { ...found, after: timesWithout(where, inPeak) }
}

const ROUTE = `coalesce(route, '')`

export interface Route {
  others: number
  othersGood: number
  /** Requests of the peak without an example of their own. */
  borrowing: number
}

/** The same of counts; those of a cluster come together. */
export function replace(
  strata: readonly Stratum[],
  routes: ReadonlyMap<string, Route>,
): Omit<Replaced, 'after'> {
  const clusters = new Map<string, Required<PredictedCluster>>()
  let kept = 0
  let pooled = 0
  for (const row of strata) {
    const route = routes.get(row.route)!
    const ofRoute = route.others > 0 ? route.othersGood / route.others : null
    const isOwn = row.others > 0
    const chance = isOwn ? row.othersGood / row.others : ofRoute
    if (chance === null) kept += row.inPeak
    else if (!isOwn) pooled += row.inPeak
    const cluster = clusters.get(row.cluster) ?? startCluster(row)
    clusters.set(row.cluster, cluster)
    const sure = row.good - row.inPeakGood
    const replaced = chance === null ? row.inPeakGood : row.inPeak * chance
    cluster.requests += row.requests
    cluster.observed += row.observed
    cluster.good += row.good
    cluster.goodAfter += sure + replaced
    // Its other answers are an example for those who have none of their own: see `lent`.
    if (ofRoute !== null)
      cluster.lent += (route.borrowing * (row.othersGood - ofRoute * row.others)) / route.others
    if (chance === null || ofRoute === null) {
      cluster.drawn.sure += row.good
      continue
    }
    const expected = (row.othersGood + PRIOR * ofRoute) / (row.others + PRIOR)
    const { drawn } = cluster
    drawn.sure += sure
    drawn.chance += row.inPeak * expected
    drawn.requests += row.inPeak
  }
  for (const { drawn } of clusters.values()) drawn.chance /= drawn.requests || 1
  return { clusters: [...clusters.values()], kept, pooled }
}

function startCluster({ cluster, account, monthly = null }: Stratum): Required<PredictedCluster> {
  const drawn = { requests: 0, chance: 0, sure: 0 }
  return { cluster, account, monthly, requests: 0, observed: 0, good: 0, goodAfter: 0, lent: 0, drawn }
}

/** The answers outside of the peak, each standing for those that become like it, too. */
function timesWithout(where: string, inPeak: string): WeightedTimes[] {
  const answers = `SELECT ${CLUSTER} AS cluster, ${ROUTE} AS route, duration_ms, weight, ${inPeak} AS in_peak
    FROM requests WHERE ${where} AND outcome = 'ok' AND duration_ms IS NOT NULL`
  const from = `(WITH answers AS (${answers}),
      strata AS (SELECT cluster, route, coalesce(sum(weight) FILTER (in_peak), 0) AS peak, coalesce(sum(weight) FILTER (NOT in_peak), 0) AS others
        FROM answers GROUP BY 1, 2),
      routes AS (SELECT route, coalesce(sum(peak) FILTER (others = 0), 0) AS borrowing, sum(others) AS others FROM strata GROUP BY 1)
    SELECT duration_ms, CASE WHEN routes.others = 0 THEN weight WHEN in_peak THEN 0
        ELSE weight * (1 + strata.peak / strata.others + routes.borrowing / routes.others) END AS weight
      FROM answers JOIN strata USING (cluster, route) JOIN routes USING (route))`
  return [{ ms: 'duration_ms', weight: 'weight', from }]
}
