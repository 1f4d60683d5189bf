/**
 * Under which time requests and customers are.
 *
 * A request is under X when it is good with X as its target: it ended `ok` in less than X, of those that count (see `good.ts`). So
 * fast errors raise no share, and the band of the target is the share of good requests. A customer is under X when at least 75% of
 * their own requests are, as a page is for web-vitals; each customer counts once, however many requests they make, and only
 * those with a request that counts.
 */
import type { Store } from '../store/open-store.js'
import type { Unit } from './count-clusters.js'
import { isCountedSql, isGoodSql, isUnmeasuredSql } from './good.js'

export interface Band {
  under_ms: number
  /** Of the requests that count; null where none does, or too many answers were not measured. */
  share: number | null
  /** Of the customers, or of the clients where requests name no account; null where they name neither. */
  customers: number | null
}

const THRESHOLDS = [100, 250, 500, 1000, 2500, 10_000]
/** What a customer typically has: three of four requests. Source: web.dev/articles/vitals. */
const TYPICAL = 0.75

export async function readBands(
  store: Store,
  where: string,
  { under_ms, unit }: { under_ms: number; unit: Unit },
): Promise<Band[]> {
  const thresholds = [...new Set([...THRESHOLDS, under_ms])].sort((a, b) => a - b)
  const customer = unit === 'customer' ? 'account' : unit === 'client' ? 'client' : 'NULL::VARCHAR'
  const each = (sql: (ms: string, i: number) => string) =>
    thresholds.map((ms, i) => sql(`${ms}`, i)).join(', ')
  const [row] = await store.all<Record<string, number | null>>(
    `WITH own AS (
       SELECT ${customer} AS customer,
         sum(weight) FILTER (outcome = 'ok') AS ok, sum(weight) FILTER (outcome = 'ok' AND duration_ms IS NOT NULL) AS measured,
         ${each((ms, i) => `coalesce(sum(weight) FILTER (${isGoodSql(ms)}), 0) AS good${i}, sum(weight) FILTER (${isCountedSql(ms)}) AS counted${i}`)}
       FROM requests WHERE ${where} GROUP BY 1)
     SELECT ${each(
       (_, i) => `sum(good${i}) / sum(counted${i}) AS share${i},
         count(*) FILTER (customer IS NOT NULL AND good${i} >= ${TYPICAL} * counted${i})
           / nullif(count(*) FILTER (customer IS NOT NULL AND counted${i} > 0), 0) AS customers${i}`,
     )}
     FROM own HAVING NOT ${isUnmeasuredSql('coalesce(sum(measured), 0)', 'sum(ok)')}`,
  )
  return thresholds.map((ms, i) => ({
    under_ms: ms,
    share: row?.[`share${i}`] ?? null,
    customers: row?.[`customers${i}`] ?? null,
  }))
}
