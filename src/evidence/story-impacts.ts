/** What several issues do to the same customers at the same time: per customer and issue, in one pass over the requests. */
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { checkWhere } from '../store/where.js'
import { CLUSTER, type Crowd, findCrowd, type Unit } from './count-clusters.js'
import { isCountedSql, isGoodSql, isUnmeasured } from './good.js'

/** The requests of one issue. */
export interface ImpactScope {
  /** An expression over a request's columns; null for all requests. */
  where: string | null
  under_ms: number
}

export interface ScopeImpact {
  /** Of its clusters that have requests that count: where each stands among the clusters of all scopes, ascending. */
  at: Int32Array
  /** What each has there: requests that were not good, */
  bad: Float64Array
  /** customers that had one (1 or 0; more for a group), */
  hit: Float64Array
  /** what these pay a month, as far as it is known. */
  money: Float64Array
  /** Of the customers hit, those whose payment is known. */
  priced: number
  /** Of its requests that were not good, those that name no customer. */
  unnamed: number
  /** All requests, and those of them that count. */
  requests: number
  counted: number
  /** Its answers have no durations, or too few: what is slow isn't known. */
  isUnmeasured: boolean
}

export interface StoryImpacts {
  scopes: ScopeImpact[]
  /** How many clusters the scopes have together. */
  clusters: number
  /** From this place on clusters are groups of many small ones. */
  groupsFrom: number
}

interface Row {
  cluster: string
  scope: number
  bad: number
  counted: number
  requests: number
  hit: number
  money: number
  priced: number
  unnamed: number
  ok: number
  measured: number
}

/** What a request is in a scope, as a number behind the scope's. */
const KINDS = 8
const [OTHER, GOOD, SLOW, FAILED, UNMEASURED] = [0, 1, 2, 3, 4]

/** How the clusters that are customers begin; where accounts are too few to go by, one of these counts as a client. */
const CUSTOMERS: Partial<Record<Unit, string>> = { customer: '^account ', client: '^(account|client) ' }

/** `unit` says who the customers are; where they are neither accounts nor clients, nobody is counted as hit. */
export async function readStoryImpacts(
  store: Store,
  slice: Slice,
  scopes: readonly ImpactScope[],
  unit: Unit,
): Promise<StoryImpacts> {
  if (scopes.length === 0) return { scopes: [], clusters: 0, groupsFrom: 0 }
  const crowd = await findCrowd(store, [slice], scopes.length)
  const columns = await store.columns<Record<keyof Row, ArrayLike<never>>>(
    await writeQuery(store, slice, scopes, { crowd, unit }),
  )
  const places = new Map<string, number>()
  const clusters = columns.cluster as ArrayLike<string>
  const put = (isGroup: boolean) => {
    for (let i = 0; i < clusters.length; i += 1) {
      const cluster = clusters[i]!
      if (cluster.startsWith('group ') === isGroup && !places.has(cluster)) places.set(cluster, places.size)
    }
  }
  put(false)
  const groupsFrom = places.size
  put(true)
  const rowsOf = Map.groupBy(Array.from(clusters).keys(), i => Number(columns.scope[i]))
  return {
    scopes: scopes.map((_, scope) => gatherScope(columns, rowsOf.get(scope) ?? [], places)),
    clusters: places.size,
    groupsFrom,
  }
}

async function writeQuery(
  store: Store,
  slice: Slice,
  scopes: readonly ImpactScope[],
  { crowd, unit }: { crowd: Crowd | null; unit: Unit },
): Promise<string> {
  const codes: string[] = []
  for (const [scope, { where, under_ms }] of scopes.entries()) {
    const target = `${under_ms}`
    const kind = `CASE WHEN ${isGoodSql(target)} THEN ${GOOD} WHEN ${isCountedSql(target)} THEN CASE WHEN outcome = 'ok' THEN ${SLOW} ELSE ${FAILED} END
      WHEN outcome = 'ok' AND duration_ms IS NULL THEN ${UNMEASURED} ELSE ${OTHER} END`
    const inside = where === null ? 'true' : `(${await checkWhere(store, where)}\n)`
    codes.push(`CASE WHEN ${inside} THEN ${scope * KINDS} + ${kind} END`)
  }
  const begins = CUSTOMERS[unit]
  const isCustomer = begins === undefined ? 'false' : `regexp_matches(cluster, '${begins}')`
  const isHit = `bad > 0 AND ${isCustomer}`
  return `WITH coded AS (SELECT ${CLUSTER} AS cluster, weight, unnest([${codes.join(',\n')}]) AS code
      FROM requests WHERE ${await slicePredicate(store, slice)}),
    counts AS (SELECT cluster, code // ${KINDS} AS scope, code % ${KINDS} AS kind, sum(weight) AS requests FROM coded WHERE code IS NOT NULL GROUP BY ALL),
    impacts AS (SELECT cluster, scope, coalesce(sum(requests) FILTER (kind IN (${SLOW}, ${FAILED})), 0) AS bad,
        coalesce(sum(requests) FILTER (kind IN (${GOOD}, ${SLOW}, ${FAILED})), 0) AS counted, sum(requests) AS requests,
        coalesce(sum(requests) FILTER (kind IN (${GOOD}, ${SLOW}, ${UNMEASURED})), 0) AS ok,
        coalesce(sum(requests) FILTER (kind IN (${GOOD}, ${SLOW})), 0) AS measured
      FROM counts GROUP BY ALL)
    SELECT ${groupOf(crowd)} AS cluster, scope::INTEGER AS scope, sum(bad)::DOUBLE AS bad, sum(counted)::DOUBLE AS counted, sum(requests)::DOUBLE AS requests,
      count(*) FILTER (${isHit})::DOUBLE AS hit, coalesce(sum(monthly_revenue) FILTER (${isHit}), 0)::DOUBLE AS money,
      count(monthly_revenue) FILTER (${isHit})::DOUBLE AS priced,
      coalesce(sum(bad) FILTER (NOT ${isCustomer}), 0)::DOUBLE AS unnamed, sum(ok)::DOUBLE AS ok, sum(measured)::DOUBLE AS measured
    FROM impacts LEFT JOIN accounts ON cluster = 'account ' || accounts.id GROUP BY 1, 2 ORDER BY 1, 2`
}

/** As `clusterOf`, of what was put together already. */
function groupOf(crowd: Crowd | null): string {
  if (crowd === null) return 'cluster'
  const group = `'group ' || hash(cluster) % ${crowd.groups}`
  return crowd.apart.length === 0
    ? group
    : `CASE WHEN cluster IN (${crowd.apart.map(sqlText).join(', ')}) THEN cluster ELSE ${group} END`
}

function gatherScope(
  columns: Record<keyof Row, ArrayLike<never>>,
  rows: readonly number[],
  places: ReadonlyMap<string, number>,
): ScopeImpact {
  const sum = (name: keyof Row) => rows.reduce((total, i) => total + Number(columns[name][i]), 0)
  const counting = rows
    .filter(i => Number(columns.counted[i]) > 0)
    .sort((one, other) => places.get(columns.cluster[one]!)! - places.get(columns.cluster[other]!)!)
  const take = (name: keyof Row) => Float64Array.from(counting, i => Number(columns[name][i]))
  return {
    at: Int32Array.from(counting, i => places.get(columns.cluster[i]!)!),
    bad: take('bad'),
    hit: take('hit'),
    money: take('money'),
    priced: sum('priced'),
    unnamed: sum('unnamed'),
    requests: sum('requests'),
    counted: sum('counted'),
    isUnmeasured: isUnmeasured({ ok: sum('ok'), measured: sum('measured') }),
  }
}
