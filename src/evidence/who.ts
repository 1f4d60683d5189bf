/** For whom it is slow: the customers, clients and instances with the most requests that were not good. */
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { isBadSql, underShareSql } from './good.js'
import { readQuantiles } from './quantiles.js'

/** One customer, client or instance, most requests that were not good first. */
export interface Who {
  name: string
  /** From the imported accounts. */
  plan: string | null
  revenue: number | null
  requests: number
  notGood: number
  underShare: number | null
  p95_ms: number | null
}

/** `limit` rows of each. */
export async function readAllWho(
  store: Store,
  where: string,
  under: string,
  limit: number,
): Promise<{ accounts: Who[]; clients: Who[]; upstreams: Who[] }> {
  return {
    accounts: await readAccounts(store, where, under, limit),
    clients: await readWho(store, where, 'client', under, limit),
    upstreams: await readWho(store, where, 'upstream', under, limit),
  }
}

async function readWho(
  store: Store,
  where: string,
  column: 'client' | 'upstream' | 'account',
  under: string,
  limit: number,
): Promise<Who[]> {
  const rows = await store.all<Omit<Who, 'p95_ms'>>(
    `SELECT ${column} AS name, NULL::VARCHAR AS plan, NULL::DOUBLE AS revenue, sum(weight) AS requests,
       coalesce(sum(weight) FILTER (${isBadSql(under)}), 0) AS "notGood", ${underShareSql(under)} AS "underShare"
     FROM requests WHERE ${where} AND ${column} IS NOT NULL GROUP BY 1
     ORDER BY "notGood" DESC, requests DESC, name LIMIT ${limit}`,
  )
  const p95s = await readP95s(
    store,
    where,
    column,
    rows.map(row => row.name),
  )
  return rows.map(row => ({ ...row, p95_ms: p95s.get(row.name) ?? null }))
}

/** Of those that are named only: quantiles of half a million clients take longer than all else. */
async function readP95s(
  store: Store,
  where: string,
  column: string,
  names: readonly string[],
): Promise<Map<string, number | null>> {
  if (names.length === 0) return new Map()
  if (store.weighted) {
    const found = names.map(async name => {
      const own = `${where} AND ${column} = ${sqlText(name)}`
      return [name, (await readQuantiles(store, 'duration_ms', own, [0.95]))[0] ?? null] as const
    })
    return new Map(await Promise.all(found))
  }
  const rows = await store.all<{ name: string; p95_ms: number | null }>(
    `SELECT ${column} AS name, quantile_cont(duration_ms, 0.95) AS p95_ms
     FROM requests WHERE ${where} AND ${column} IN (${names.map(sqlText).join(', ')}) GROUP BY 1`,
  )
  return new Map(rows.map(({ name, p95_ms }) => [name, p95_ms]))
}

async function readAccounts(store: Store, where: string, under: string, limit: number): Promise<Who[]> {
  const rows = await readWho(store, where, 'account', under, limit)
  if (rows.length === 0) return rows
  const known = await store.all<{
    id: string
    name: string | null
    plan: string | null
    monthly_revenue: number | null
  }>(
    `SELECT id, name, plan, monthly_revenue FROM accounts WHERE list_contains([${rows.map((_, i) => `$${i + 1}`).join(', ')}], id)`,
    rows.map(row => row.name),
  )
  const byId = new Map(known.map(account => [account.id, account]))
  return rows.map(row => {
    const account = byId.get(row.name)
    return { ...row, plan: account?.plan ?? null, revenue: account?.monthly_revenue ?? null }
  })
}
