/**
 * Whose requests are missing: of customers, plans, countries, devices, clients, instances, routes, those of which more is missing than of the
 * others, by more than chance. All but routes are compared within each route, and with those of which it is known: what is asked for, and
 * answers that no instance gave, accuse nobody. Values are chosen by how many requests they have, never by what is missing, and all that were
 * looked at count (Benjamini–Hochberg).
 */
import { type ClusterCount, estimateShare } from '../stats/clusters.js'
import type { Interval } from '../stats/intervals.js'
import { adjustForMany } from '../stats/many.js'
import { testExcess } from '../stats/test-excess.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { CLUSTER } from './count-clusters.js'

export interface MissingWho {
  /** Of `share`, over customers; null where there are too few. */
  interval: Interval | null
  /**
   * Those with something missing, among all; `missing` is how much of it is theirs. Requests that don't name one belong to none. Null where
   * most requests don't.
   */
  hit: { unit: 'customer' | 'client'; count: number; of: number; missing: number } | null
  /** Most that is missing first. */
  who: WhoMisses[]
  /** How many values were looked at, of how many columns. */
  tested: number
}

export interface WhoMisses {
  by: 'account' | 'plan' | 'country' | 'device' | 'client' | 'instance' | 'route'
  value: string
  of: number
  missing: number
  share: number
  /** At a level that holds for all that are named together. */
  interval: Interval | null
  /** What it would be if in each route its requests were missing as often as those of the others. */
  others: number
  /** Adjusted for all that were looked at. */
  q: number
}

/** Of each column, so many values with the most requests. */
const MOST_VALUES = 40
/** Of so many, with the most requests, each is compared by itself; the rest together. */
const MOST_ROUTES = 100
/** Customers are put into so many groups at random, which are independent as well. */
const GROUPS = 200

const CUSTOMERS = `hash(${CLUSTER}) % ${GROUPS}`
/** Customers and clients can't be told apart by customers: there each is followed over its hours. */
const HOURS = `floor(epoch("time") / 3600) % ${GROUPS}`

const COLUMNS = {
  account: { sql: 'account', cluster: 'hours' },
  plan: { sql: 'plan', cluster: 'customers' },
  country: { sql: 'country', cluster: 'customers' },
  device: { sql: 'device', cluster: 'customers' },
  client: { sql: 'client', cluster: 'hours' },
  instance: { sql: 'upstream', cluster: 'customers' },
  route: { sql: 'route', cluster: 'customers' },
} as const

type By = keyof typeof COLUMNS

const DEVICE = `CASE WHEN user_agent IS NULL THEN NULL
  WHEN regexp_matches(user_agent, '(?i)bot|crawl|spider|curl|wget|monitor|headless') THEN 'robot'
  WHEN regexp_matches(user_agent, 'iPhone|iPad') THEN 'iPhone or iPad'
  WHEN user_agent LIKE '%Android%' THEN 'Android'
  WHEN user_agent LIKE '%Windows%' THEN 'Windows'
  WHEN user_agent LIKE '%Macintosh%' THEN 'Mac'
  WHEN user_agent LIKE '%Linux%' THEN 'Linux'
  ELSE 'other' END`

/**
 * `facts` is a query of requests, with `whole`, how many each stands for, and `part`, how many of these are missing (it may be a part of one).
 */
export async function readMissingWho(
  store: Store,
  facts: string,
  { missing, limit }: { missing: number; limit: number },
): Promise<MissingWho> {
  if (missing === 0) return { interval: null, hit: null, who: [], tested: 0 }
  const { counts, hits } = await readCounts(store, facts)
  const customers = counts.get('customers') ?? []
  const looked = [...counts].flatMap(([key, inside]) => {
    const [by, value] = splitKey(key)
    if (value === null) return []
    const { p, expected } = testExcess(inside, counts.get(by)!)
    return p === null ? [] : [{ by, value, inside, p, expected }]
  })
  const { adjusted, selected } = adjustForMany(looked.map(({ p }) => p))
  const level = 1 - (0.05 * selected.length) / Math.max(1, looked.length)
  const named = selected.map((place): WhoMisses => {
    const { by, value, inside, expected } = looked[place]!
    const [of, own] = [addUp(inside, 'requests'), addUp(inside, 'good')]
    return {
      by,
      value,
      of,
      missing: own,
      share: own / of,
      interval: estimateShare(inside, { level }).interval,
      others: expected / of,
      q: adjusted[place]!,
    }
  })
  const more = named.filter(({ share, others }) => share > others)
  return {
    interval: estimateShare(customers).interval,
    hit: chooseHit(hits, addUp(customers, 'requests')),
    who: [...Map.groupBy(more, ({ by }) => by).values()]
      .flatMap(own => own.sort((one, other) => other.missing - one.missing).slice(0, limit))
      .sort((one, other) => other.missing - one.missing),
    tested: looked.length,
  }
}

function addUp(rows: readonly ClusterCount[], name: 'requests' | 'good'): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}

const KNOWN_TO_MOST = 0.5

/** Of `whole` requests, those that name one. */
function chooseHit(hits: readonly Hit[], whole: number): MissingWho['hit'] {
  const found = (['customer', 'client'] as const)
    .flatMap(unit => hits.filter(hit => hit.unit === unit))
    .find(hit => hit.requests >= KNOWN_TO_MOST * whole)
  if (found === undefined) return null
  const { requests: _, ...hit } = found
  return hit
}

type Hit = NonNullable<MissingWho['hit']> & { requests: number }

const SEPARATOR = '\n'

function splitKey(key: string): [by: By, value: string | null] {
  const at = key.indexOf(SEPARATOR)
  return at === -1 ? ['account', null] : [key.slice(0, at) as By, key.slice(at + 1)]
}

interface Counts {
  /** Rows per cluster of each value, under `column\nvalue`; of all that have one, under the column; of all, under `customers`. */
  counts: Map<string, ClusterCount[]>
  hits: Hit[]
}

/** All in one query: to find the facts may take longer than to count them. */
async function readCounts(store: Store, facts: string): Promise<Counts> {
  const sums = 'sum(whole)::DOUBLE AS whole, sum(part)::DOUBLE AS part, count(*)::DOUBLE AS seen'
  const parts = Object.entries(COLUMNS).flatMap(([by, { sql, cluster }]) => {
    const stratum = by === 'route' ? '0' : 'stratum'
    const count = (value: string, where: string) =>
      `SELECT ${sqlText(by)} AS "by", ${value} AS value, ${stratum} AS stratum, ${cluster} AS cluster, ${sums} FROM known WHERE ${where} GROUP BY ALL`
    return [
      count('NULL', `${sql} IS NOT NULL`),
      count(
        sql,
        `${sql} IN (SELECT ${sql} FROM known WHERE ${sql} IS NOT NULL GROUP BY 1 ORDER BY sum(whole) DESC, 1 LIMIT ${MOST_VALUES})`,
      ),
    ]
  })
  const all = `SELECT 'customers' AS "by", NULL AS value, 0 AS stratum, customers AS cluster, ${sums} FROM known GROUP BY ALL`
  const hit = `SELECT 'hit' AS "by", unit AS value, 0 AS stratum, count(*) FILTER (part > 0) AS cluster, sum(whole)::DOUBLE AS whole, sum(part)::DOUBLE AS part,
      count(*)::DOUBLE AS seen
    FROM (SELECT CASE WHEN account IS NOT NULL THEN 'customer' WHEN client IS NOT NULL THEN 'client' END AS unit, sum(whole) AS whole, sum(part) AS part
      FROM known GROUP BY name, unit) WHERE unit IS NOT NULL GROUP BY unit`
  const rows = await store.columns<{
    by: string[]
    value: (string | null)[]
    stratum: number[]
    cluster: number[]
    whole: number[]
    part: number[]
    seen: number[]
  }>(
    `WITH facts AS MATERIALIZED (${facts}),
     routes AS (SELECT route, least(${MOST_ROUTES}, row_number() OVER (ORDER BY sum(whole) DESC, route)) AS stratum FROM facts GROUP BY route),
     known AS MATERIALIZED (SELECT facts.*, stratum, accounts.plan, accounts.country, ${DEVICE} AS device,
        (${CUSTOMERS})::INTEGER AS customers, (${HOURS})::INTEGER AS hours, hash(${CLUSTER}) AS name
      FROM facts JOIN routes ON routes.route IS NOT DISTINCT FROM facts.route LEFT JOIN accounts ON accounts.id = facts.account)
     SELECT * FROM (${[hit, all, ...parts].join(' UNION ALL ')}) ORDER BY "by", value, stratum, cluster`,
  )
  const counts = new Map<string, ClusterCount[]>()
  const hits: Hit[] = []
  rows.by.forEach((by, i) => {
    const value = rows.value[i]
    const [cluster, whole, part, seen] = [rows.cluster[i], rows.whole[i], rows.part[i], rows.seen[i]].map(
      Number,
    )
    if (by === 'hit') {
      hits.push({ unit: value as Hit['unit'], count: cluster!, of: seen!, missing: part!, requests: whole! })
      return
    }
    const key = value === null || value === undefined ? by : by + SEPARATOR + value
    const own = counts.get(key)
    const row = {
      cluster: String(cluster),
      stratum: Number(rows.stratum[i]),
      requests: whole!,
      good: part!,
      observed: seen!,
    }
    if (own) own.push(row)
    else counts.set(key, [row])
  })
  return { counts, hits }
}
