/** What a performance issue does to customers, as far as the data knows: the measured part of a story's eight questions. */
import { isoTime } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { IS_ERROR, IS_UNMEASURED, isBadSql, isCountedSql, isGoodSql, underShareSql } from './good.js'
import { readQuantiles } from './quantiles.js'

export interface Impact {
  window: { from: string | null; to: string | null }
  requests: number
  notGood: number
  under_ms: number
  underShare: number | null
  /** The same without those that ended in a server error; what timed out was slow. Null where no other one counts. */
  errorFreeShare: number | null
  p50_ms: number | null
  p95_ms: number | null
  /** Median of the requests that were not good. */
  slow_p50_ms: number | null
  errorShare: number
  /** Accounts with at least one request that was not good; null when no request names an account, or nothing was measured. */
  customersHit: number | null
  customers: number
  /** Clients with at least one request that was not good; null likewise. */
  clientsHit: number | null
  /** Of the customers hit, whose accounts were imported. */
  revenue: { monthly: number; accounts: number } | null
  /** Customers hit who left on the day when they first were, or later. */
  churned: { accounts: { id: string; name: string | null }[]; monthly: number } | null
  /** What else the same customers asked for within half an hour of a request that was not good. */
  alsoUsed: { route: string; share: number }[]
}

type Counted = Omit<Impact, 'window' | 'revenue' | 'churned' | 'alsoUsed' | 'under_ms'> & {
  from: string | null
  to: string | null
}

export async function measureImpact(store: Store, slice: Slice, under_ms: number): Promise<Impact> {
  const where = await slicePredicate(store, slice)
  const bad = isBadSql(`${under_ms}`)
  const known = `(NOT ${IS_UNMEASURED} OR count(*) FILTER (${bad}) > 0)`
  const hit = (column: string) =>
    `CASE WHEN count(${column}) > 0 AND ${known} THEN count(DISTINCT ${column}) FILTER (${bad}) END`
  const [row] = await store.all<Counted>(
    `SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to",
       coalesce(sum(weight), 0) AS requests, coalesce(sum(weight) FILTER (${bad}), 0) AS "notGood",
       ${underShareSql(`${under_ms}`)} AS "underShare",
       coalesce(sum(weight) FILTER (${isGoodSql(`${under_ms}`)}), 0)
         / sum(weight) FILTER (${isCountedSql(`${under_ms}`)} AND outcome <> 'server_error') AS "errorFreeShare",
       coalesce(sum(weight) FILTER (${IS_ERROR}) / sum(weight), 0) AS "errorShare",
       ${hit('account')} AS "customersHit", count(DISTINCT account) AS customers, ${hit('client')} AS "clientsHit"
     FROM requests WHERE ${where}`,
  )
  const { from, to, ...figures } = row!
  const [p50_ms = null, p95_ms = null] = await readQuantiles(store, 'duration_ms', where, [0.5, 0.95])
  const slow = `${where} AND ${bad}`
  const [slow_p50_ms = null] = await readQuantiles(store, 'coalesce(duration_ms, elapsed_ms)', slow, [0.5])
  return {
    ...figures,
    p50_ms,
    p95_ms,
    slow_p50_ms,
    under_ms,
    window: { from, to },
    ...(figures.customersHit === null ? UNKNOWN : await readMoney(store, slow, figures.customersHit)),
    alsoUsed: await readSameSession(store, slow),
  }
}

const UNKNOWN = { revenue: null, churned: null }

interface HitAccount {
  id: string
  name: string | null
  revenue: number | null
  left: boolean
}

async function readMoney(
  store: Store,
  slow: string,
  customersHit: number,
): Promise<Pick<Impact, 'revenue' | 'churned'>> {
  const accounts = await store.all<HitAccount>(
    `SELECT a.id, a.name, a.monthly_revenue AS revenue, coalesce(date_trunc('day', a.churned_at) >= date_trunc('day', h.first), false) AS "left"
     FROM (SELECT account, min("time") AS first FROM requests WHERE ${slow} AND account IS NOT NULL GROUP BY account) h
     JOIN accounts a ON a.id = h.account ORDER BY a.id`,
  )
  if (accounts.length === 0) {
    const [imported] = await store.all<{ accounts: number }>('SELECT count(*) AS accounts FROM accounts')
    if (customersHit > 0 || imported!.accounts === 0) return UNKNOWN
  }
  const sum = (rows: HitAccount[]) => rows.reduce((total, row) => total + (row.revenue ?? 0), 0)
  const priced = accounts.filter(account => account.revenue !== null)
  const left = accounts.filter(account => account.left)
  return {
    revenue:
      accounts.length > 0 && priced.length === 0 ? null : { monthly: sum(priced), accounts: priced.length },
    churned: { accounts: left.map(({ id, name }) => ({ id, name })), monthly: sum(left) },
  }
}

const SESSIONS_LOOKED_AT = 2000

/** A session: one customer (or client), half an hour to both sides. A sample of sessions is enough for shares. */
async function readSameSession(store: Store, slow: string): Promise<Impact['alsoUsed']> {
  const who = `coalesce('account ' || account, 'client ' || client)`
  return store.all(
    `WITH bad AS (SELECT ${who} AS who, "time" AS moment, route, max(weight) AS weight FROM requests
         WHERE ${slow} AND ${who} IS NOT NULL GROUP BY ALL),
       hit AS (SELECT * FROM bad ORDER BY hash(who, moment, route), who, moment, route LIMIT ${SESSIONS_LOOKED_AT}),
       used AS (SELECT DISTINCT hit.who, hit.moment, hit.route AS hit, hit.weight, r.route FROM hit JOIN
         (SELECT ${who} AS who, "time", route FROM requests WHERE route IS NOT NULL) r
         ON r.who = hit.who AND r."time" BETWEEN hit.moment - INTERVAL 30 MINUTE AND hit.moment + INTERVAL 30 MINUTE
         WHERE r.route IS DISTINCT FROM hit.route)
     SELECT route, sum(weight) / (SELECT sum(weight) FROM hit) AS share FROM used
     GROUP BY route ORDER BY share DESC, route LIMIT 5`,
  )
}
