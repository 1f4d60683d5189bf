import { distributionFromPairs, quantile } from '../stats/distribution.js'
import type { Store } from '../store/open-store.js'

/**
 * Quantiles of an expression over the requests for which `where` holds, in the order of `qs`; nulls where nothing was measured.
 * Of sampled logs: of the requests that the rows stand for. Expression and `where` are SQL that was checked, or our own.
 */
export async function readQuantiles(
  store: Store,
  expression: string,
  where: string,
  qs: readonly number[],
): Promise<(number | null)[]> {
  if (!store.weighted) {
    const [row] = await store.all<{ found: number[] | null }>(
      `SELECT quantile_cont(${expression}, [${qs.join(', ')}]) AS found FROM requests WHERE ${where}`,
    )
    return qs.map((_, i) => row!.found?.[i] ?? null)
  }
  const pairs = await store.all<{ value: number; weight: number }>(
    `SELECT ${expression} AS value, sum(weight) AS weight FROM requests
     WHERE ${where} AND (${expression}) IS NOT NULL GROUP BY 1`,
  )
  const distribution = distributionFromPairs(pairs.map(({ value, weight }) => [value, weight] as const))
  return qs.map(q => quantile(distribution, q))
}
