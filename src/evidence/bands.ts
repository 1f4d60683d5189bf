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
import { IS_ERROR } from './good.js'

export interface Band {
  under_ms: number
  /** Of the requests that count; null where none does. */
  share: number | null
  /** Of the customers, or of the clients where requests name no account; null where they name neither. */
  customers: number | null
}

const THRESHOLDS = [100, 250, 500, 1000, 2500, 10_000]
/** What a customer typically has: three of four requests. Source: web.dev/articles/vitals. */
export const TYPICAL = 0.75

export async function readBands(
  store: Store,
  where: string,
  { under_ms, unit }: { under_ms: number; unit: Unit },
): Promise<Band[]> {
  const thresholds = [...new Set([...THRESHOLDS, under_ms])].sort((a, b) => a - b)
  const each = (sql: (i: number) => string) => thresholds.map((_, i) => sql(i)).join(', ')
  const reached = (ms: string) => thresholds.map(threshold => `(${ms} >= ${threshold})::TINYINT`).join(' + ')
  const customer = unit === 'customer' ? 'account' : unit === 'client' ? 'client' : 'NULL::VARCHAR'
  // What `good.ts` says for every threshold, but read once a request: from 0 on for those that count, with the number of thresholds that
  // they missed; under 0 for aborted ones, which count for the thresholds that they were watched for. Null is outside of all.
  const [row] = await store.all<Record<string, number | null>>(
    `WITH judged AS (
       SELECT ${customer} AS customer, weight,
         CASE WHEN outcome = 'ok' THEN ${reached('duration_ms')} WHEN ${IS_ERROR} THEN ${thresholds.length}
           WHEN outcome = 'aborted' THEN -1 - (${reached('coalesce(elapsed_ms, duration_ms)')}) END AS missed
       FROM requests WHERE ${where}),
     own AS (
       SELECT customer, ${each(i => `coalesce(sum(weight) FILTER (missed BETWEEN 0 AND ${i}), 0) AS good${i}`)},
         ${each(i => `coalesce(sum(weight) FILTER (missed >= 0 OR missed < ${-1 - i}), 0) AS counted${i}`)}
       FROM judged WHERE missed IS NOT NULL GROUP BY 1)
     SELECT ${each(
       i => `sum(good${i}) / nullif(sum(counted${i}), 0) AS share${i},
         count(*) FILTER (customer IS NOT NULL AND counted${i} > 0 AND good${i} >= ${TYPICAL} * counted${i})
           / nullif(count(*) FILTER (customer IS NOT NULL AND counted${i} > 0), 0) AS customers${i}`,
     )} FROM own`,
  )
  return thresholds.map((ms, i) => ({
    under_ms: ms,
    share: row![`share${i}`] ?? null,
    customers: row![`customers${i}`] ?? null,
  }))
}
