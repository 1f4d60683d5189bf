/** What a performance issue does to customers, as far as the data knows: the measured part of a story's eight questions. */
import { isoTime } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { IS_ERROR, isCountedSql, isGoodSql } from './good.js'

export interface Impact {
  window: { from: string | null; to: string | null }
  requests: number
  notGood: number
  under_ms: number
  underShare: number | null
  p50_ms: number | null
  p95_ms: number | null
  /** Median of the requests that were not good. */
  slow_p50_ms: number | null
  errorShare: number
  /** Accounts with at least one request that was not good; null when no request names an account. */
  customersHit: number | null
  customers: number
  /** Clients with at least one request that was not good. */
  clientsHit: number
  /** Of the customers hit, whose accounts were imported. */
  revenue: { monthly: number; accounts: number } | null
  /** Customers hit who left after they were. */
  churned: { accounts: { id: string; name: string | null }[]; monthly: number } | null
  /** What else the same customers asked for within half an hour of a request that was not good. */
  alsoUsed: { route: string; share: number }[]
}

export async function measureImpact(store: Store, slice: Slice, under_ms: number): Promise<Impact> {
  const where = await slicePredicate(store, slice)
  const bad = `(${isCountedSql(`${under_ms}`)} AND NOT ${isGoodSql(`${under_ms}`)})`
  const [row] = await store.all<Omit<Impact, 'window' | 'revenue' | 'churned' | 'alsoUsed' | 'under_ms'> & { from: string; to: string }>(
    `SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to",
       coalesce(sum(weight), 0) AS requests, coalesce(sum(weight) FILTER (${bad}), 0) AS "notGood",
       CASE WHEN count(*) FILTER (${isCountedSql(`${under_ms}`)}) > 0
         THEN 1 - coalesce(sum(weight) FILTER (${bad}), 0) / sum(weight) FILTER (${isCountedSql(`${under_ms}`)}) END AS "underShare",
       quantile_cont(duration_ms, 0.5) AS p50_ms, quantile_cont(duration_ms, 0.95) AS p95_ms,
       quantile_cont(coalesce(duration_ms, elapsed_ms), 0.5) FILTER (${bad}) AS slow_p50_ms,
       coalesce(sum(weight) FILTER (${IS_ERROR}) / sum(weight), 0) AS "errorShare",
       CASE WHEN count(account) > 0 THEN count(DISTINCT account) FILTER (${bad}) END AS "customersHit",
       count(DISTINCT account) AS customers, count(DISTINCT client) FILTER (${bad}) AS "clientsHit"
     FROM requests WHERE ${where}`,
  )
  const { from, to, ...figures } = row!
  const hit = `SELECT account, min("time") AS first FROM requests WHERE ${where} AND ${bad} AND account IS NOT NULL GROUP BY account`
  return {
    ...figures,
    under_ms,
    window: { from, to },
    ...(await readMoney(store, hit)),
    alsoUsed: await readSameSession(store, where, bad),
  }
}

async function readMoney(store: Store, hit: string): Promise<Pick<Impact, 'revenue' | 'churned'>> {
  const accounts = await store.all<{ id: string; name: string | null; revenue: number | null; left: boolean }>(
    `SELECT a.id, a.name, a.monthly_revenue AS revenue, coalesce(a.churned_at >= h.first, false) AS "left"
     FROM (${hit}) h JOIN accounts a ON a.id = h.account ORDER BY a.id`,
  )
  if (accounts.length === 0) return { revenue: null, churned: null }
  const sum = (rows: typeof accounts) => rows.reduce((total, row) => total + (row.revenue ?? 0), 0)
  const priced = accounts.filter(account => account.revenue !== null)
  const left = accounts.filter(account => account.left)
  return {
    revenue: priced.length === 0 ? null : { monthly: sum(priced), accounts: priced.length },
    churned: { accounts: left.map(({ id, name }) => ({ id, name })), monthly: sum(left) },
  }
}

const SESSIONS_LOOKED_AT = 2000

/** A session: one customer (or client), half an hour to both sides. A sample of sessions is enough for shares. */
async function readSameSession(store: Store, where: string, bad: string): Promise<Impact['alsoUsed']> {
  const who = `coalesce('account ' || account, 'client ' || client)`
  return store.all(
    `WITH hit AS (SELECT ${who} AS who, "time" AS at, route FROM requests WHERE ${where} AND ${bad} AND ${who} IS NOT NULL
         ORDER BY hash(${who}, "time") LIMIT ${SESSIONS_LOOKED_AT}),
       used AS (SELECT DISTINCT hit.who, hit.at, r.route FROM hit JOIN
         (SELECT ${who} AS who, "time", route FROM requests WHERE route IS NOT NULL) r
         ON r.who = hit.who AND r."time" BETWEEN hit.at - INTERVAL 30 MINUTE AND hit.at + INTERVAL 30 MINUTE
         WHERE r.route IS DISTINCT FROM hit.route)
     SELECT route, count(*) / (SELECT greatest(count(*), 1) FROM hit) AS share FROM used
     GROUP BY route ORDER BY share DESC, route LIMIT 5`,
  )
}
