/** Of the sessions that saw a page: how long it took, and which went on. Counted per client and step of latency. */
import type { LatencyBin, Visits } from '../stats/visits.js'
import { isoTime, logBucket, timeLiteral } from '../store/dialect.js'
import { sqlName } from '../store/engine.js'
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice, slicePredicate } from '../store/slice.js'
import { beaconsSql, type LatencyMetric, matchLatencySql, requestsSql } from './match-latency.js'
import { type Goal, outcomesSql, type Page, type ViewsQuestion, viewsSql } from './session-views.js'

export interface SessionsQuestion {
  page: Page
  templates: readonly string[]
  goal: Goal
  /** Of the goal `convert`. */
  event: string
  metric: LatencyMetric
  slice: Slice
  /** Of more clients than this, only some are looked at. */
  mostClients?: number
}

export interface SessionCounts {
  /** First and last session that is counted, ISO 8601. */
  window: { from: string | null; to: string | null }
  /** Sessions that saw the page. */
  sessions: number
  /** Of these, what is counted. */
  counted: number
  clients: number
  customers: number
  leftOut: {
    /** No beacon, or no request, lies near enough. */
    noLatency: number
    /** Several lie about as near. */
    ambiguous: number
    /** It failed, or never finished. */
    unfinished: number
    /** Their time to go on isn't over at the end of the data. */
    open: number
  }
  /** Further views of the page in the same session, which aren't exposures. */
  again: number
}

export interface Sessions extends SessionCounts {
  visits: Visits
  /** Of each client, what goes with it, numbered by its values; only what is known of most and isn't the same for all. */
  traits: Record<string, Int32Array>
  /** 1, or that only one client in so many is looked at. */
  sampledBy: number
}

const STEPS_PER_TENFOLD = 16
const MOST_CLIENTS = 50_000

/** All in one query: to find the sessions takes longer than to count them. */
export async function readSessions(store: Store, question: SessionsQuestion): Promise<Sessions> {
  const most = question.mostClients ?? MOST_CLIENTS
  const traits = TRAITS.map(trait => `any_value(own.${trait}) AS ${trait}`).join(', ')
  const columns = await store.columns<Columns>(
    `${await exposuresSql(store, question)}, totals AS (${TOTALS}),
     chosen AS (SELECT * FROM exposures WHERE ${IS_COUNTED} AND hash(who) % (SELECT "sampledBy" FROM (SELECT ${sampleSql(most)} FROM totals)) = 0),
     own AS (SELECT who, dense_rank() OVER (ORDER BY coalesce('account ' || max(account), who)) - 1 AS cluster,
       mode(device) AS device, mode(network) AS network, coalesce(mode(chosen.country), max(home)) AS country, max(plan) AS plan
       FROM chosen LEFT JOIN (SELECT id, country AS home, plan FROM accounts) a ON a.id = chosen.account GROUP BY who),
     counted AS (SELECT who, any_value(own.cluster)::INTEGER AS cluster, ${logBucket('latency_ms', STEPS_PER_TENFOLD)}::INTEGER AS bin,
       sum(weight)::DOUBLE AS visits, count(*)::DOUBLE AS observed, coalesce(sum(weight) FILTER (went_on), 0)::DOUBLE AS "wentOn",
       sum(weight * ln(latency_ms))::DOUBLE AS logs, ${traits} FROM chosen JOIN own USING (who) GROUP BY who, bin)
     SELECT * FROM (SELECT NULL AS totals, * FROM counted UNION ALL BY NAME SELECT to_json(t)::VARCHAR AS totals FROM (SELECT *, ${sampleSql(most)} FROM totals) t)
     ORDER BY totals NULLS LAST, who, bin`,
  )
  const totals = JSON.parse(columns.totals[0]!) as Totals
  for (const values of Object.values(columns)) values.shift()
  const { from, to, sessions, counted, clients, customers, again, sampledBy, ...leftOut } = totals
  const counts = { window: { from, to }, sessions, counted, clients, customers, leftOut, again }
  return { ...counts, ...layOut(columns), sampledBy }
}

type Totals = Omit<SessionCounts, 'window' | 'leftOut'> &
  SessionCounts['window'] &
  SessionCounts['leftOut'] & { sampledBy: number }

const IS_COUNTED = `status = 'counted'`

const TOTALS = `SELECT ${isoTime(`min("time") FILTER (${IS_COUNTED})`)} AS "from", ${isoTime(`max("time") FILTER (${IS_COUNTED})`)} AS "to",
  count(*) AS sessions, count(DISTINCT who) FILTER (${IS_COUNTED}) AS clients,
  count(DISTINCT coalesce('account ' || account, who)) FILTER (${IS_COUNTED}) AS customers,
  ${['counted', 'noLatency', 'ambiguous', 'unfinished', 'open'].map(status => `count(*) FILTER (status = '${status}') AS ${sqlName(status)}`).join(', ')},
  (SELECT count(*) FROM views WHERE (who, visit) IN (SELECT (who, visit) FROM firsts)) - count(*) AS again FROM exposures`

const sampleSql = (most: number) => `greatest(1, ceil(clients / ${most}))::UBIGINT AS "sampledBy"`

const TRAITS = ['device', 'network', 'country', 'plan'] as const

interface Columns extends Record<(typeof TRAITS)[number], (string | null)[]> {
  /** JSON, in the first row, which has nothing else. */
  totals: (string | null)[]
  who: string[]
  cluster: number[]
  bin: number[]
  visits: number[]
  observed: number[]
  wentOn: number[]
  logs: number[]
}

async function exposuresSql(store: Store, { metric, slice, ...asked }: SessionsQuestion): Promise<string> {
  const times = [
    ...(slice.from === null ? [] : [`"time" >= ${timeLiteral(slice.from)}`]),
    ...(slice.to === null ? [] : [`"time" < ${timeLiteral(slice.to)}`]),
  ]
  const question: ViewsQuestion = {
    ...asked,
    when: times.length === 0 ? 'true' : times.join(' AND '),
    from: hasRows(store, 'pageviews') ? 'pageviews' : 'beacons',
  }
  const isRequest = metric === 'request'
  const where = isRequest ? await ofPage(store, asked.page, slice) : 'true'
  const timed = isRequest ? requestsSql(where) : beaconsSql(metric, await networkSql(store))
  const keys = isRequest ? (['client', 'account'] as const) : (['session', 'client', 'account'] as const)
  return `WITH ${viewsSql(question)}, ${matchLatencySql(timed, keys)}, ${outcomesSql(question)},
    exposures AS MATERIALIZED (SELECT f.who, f.account, f.device, f.country, m.network, f."time", m.latency_ms, coalesce(m.weight, 1) AS weight, o.went_on,
      CASE WHEN f.is_open THEN 'open' WHEN m.view IS NULL THEN 'noLatency' WHEN m.ambiguous THEN 'ambiguous'
        WHEN m.latency_ms IS NULL THEN 'unfinished' ELSE 'counted' END AS status
      FROM firsts f JOIN outcomes o ON o.id = f.id LEFT JOIN matched m ON m.view = f.id)`
}

/** Whenever they came: a view of the slice may have been answered outside of it. */
async function ofPage(store: Store, { route }: Page, slice: Slice): Promise<string> {
  const within = await slicePredicate(store, { ...slice, from: null, to: null })
  return route === null ? within : `${routeWhere(route)} AND ${within}`
}

/** Names under which beacons tell the connection. */
const NETWORK = [
  'effective_type',
  'effectivetype',
  'connection_type',
  'connection',
  'network',
  'mob.etype',
  'mob.ct',
]

async function networkSql(store: Store): Promise<string> {
  const names = await store.all<{ column_name: string }>('DESCRIBE SELECT attrs.* FROM beacons')
  const found = NETWORK.flatMap(name =>
    names.filter(({ column_name }) => column_name.toLowerCase() === name),
  )[0]
  return found ? `attrs.${sqlName(found.column_name)}::VARCHAR` : 'NULL::VARCHAR'
}

function layOut(columns: Columns): Pick<Sessions, 'visits' | 'traits'> {
  const rows = columns.who.length
  const lowest = columns.bin.reduce((low, bin) => Math.min(low, bin), Infinity)
  const highest = columns.bin.reduce((high, bin) => Math.max(high, bin), -Infinity)
  const length = rows === 0 ? 0 : highest - lowest + 1
  const [sums, logs] = [new Float64Array(length), new Float64Array(length)]
  const starts: number[] = []
  const cluster: number[] = []
  const bin = new Int32Array(rows)
  for (let row = 0; row < rows; row += 1) {
    if (row === 0 || columns.who[row] !== columns.who[row - 1]) {
      starts.push(row)
      cluster.push(columns.cluster[row]!)
    }
    bin[row] = columns.bin[row]! - lowest
    sums[bin[row]!]! += columns.visits[row]!
    logs[bin[row]!]! += columns.logs[row]!
  }
  const bins: LatencyBin[] = Array.from(sums, (sum, i) => ({
    under_ms: 10 ** ((lowest + i + 1) / STEPS_PER_TENFOLD),
    ms: sum > 0 ? Math.exp(logs[i]! / sum) : 10 ** ((lowest + i + 0.5) / STEPS_PER_TENFOLD),
  }))
  const traits = TRAITS.flatMap(name => {
    const numbers = numberValues(starts.map(row => columns[name][row] ?? null))
    return numbers === null ? [] : [[name, numbers] as const]
  })
  return {
    visits: {
      bins,
      starts: Int32Array.from([...starts, rows]),
      bin,
      visits: Float64Array.from(columns.visits),
      observed: Float64Array.from(columns.observed),
      wentOn: Float64Array.from(columns.wentOn),
      cluster: Int32Array.from(cluster),
      clusters: cluster.reduce((most, own) => Math.max(most, own + 1), 0),
    },
    traits: Object.fromEntries(traits),
  }
}

/** Fewer clients a value leave nothing to compare among those that are alike. */
const FEWEST_ALIKE = 5

/** Null where most are unknown, all are the same, or nearly each has its own. */
function numberValues(values: (string | null)[]): Int32Array | null {
  const places = new Map<string | null, number>()
  const numbers = Int32Array.from(values, value => {
    if (!places.has(value)) places.set(value, places.size)
    return places.get(value)!
  })
  const unknown = values.filter(value => value === null).length
  const isUseful =
    places.size >= 2 && unknown <= values.length / 2 && values.length >= FEWEST_ALIKE * places.size
  return isUseful ? numbers : null
}
