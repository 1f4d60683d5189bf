/** Which parts of the traffic (the stories') the bad requests of objectives were in. */
import type { Store } from '../store/open-store.js'
import { checkWhere } from '../store/where.js'
import { rateRequests, type SloOptions, type SloScope, sumIf } from './slo.js'

/** Bad requests that were in exactly these parts. */
export interface BadParts {
  /** Position of the scope. */
  slo: number
  /** Positions of the parts, ascending; empty for requests in none. */
  parts: number[]
  /** That count, and were not good. */
  bad: number
  /** Server errors and timeouts. */
  errors: number
}

/** One query for all. `wheres` are the parts: expressions over a request's columns. */
export async function countBadParts(
  store: Store,
  scopes: readonly SloScope[],
  options: SloOptions,
  wheres: readonly string[],
): Promise<BadParts[]> {
  if (scopes.length === 0 || wheres.length === 0) return []
  const flags: string[] = []
  for (const where of wheres)
    flags.push(`CASE WHEN (${await checkWhere(store, where)}\n) THEN '1' ELSE '0' END`)
  const rated = await rateRequests(store, scopes, options, `${flags.join(' || ')} AS parts`)
  const rows = await store.all<Omit<BadParts, 'parts'> & { parts: string }>(
    `WITH rated AS (${rated})
     SELECT slo, parts, ${sumIf('counted AND NOT good')} AS bad, ${sumIf('error')} AS errors
     FROM rated WHERE error OR (counted AND NOT good) GROUP BY ALL ORDER BY ALL`,
  )
  return rows.map(row => ({
    ...row,
    parts: Array.from(row.parts).flatMap((flag, part) => (flag === '1' ? [part] : [])),
  }))
}
