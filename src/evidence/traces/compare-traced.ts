/** How many requests of a slice have a trace, and whether those are like the rest. */
import type { ClusterCount } from '../../stats/clusters.js'
import { measureChange } from '../../stats/measure-change.js'
import type { Store } from '../../store/open-store.js'
import { type Slice, slicePredicate } from '../../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { isCountedSql, isGoodSql } from '../good.js'
import type { LoadedTraces } from './load-traces.js'
import { clusterGroup, type ReadOptions, TRACE } from './read-traces.js'

/** A smaller difference of the shares isn't worth a word. */
const SMALLEST = 0.01

/** `traced`: 0 to 1, of the requests that count. */
export async function compareTraced(
  store: Store,
  slice: Slice,
  { requests, part }: LoadedTraces,
  { under_ms, seed }: ReadOptions,
): Promise<{ traced: number; warnings: Warning[] }> {
  const where = await slicePredicate(store, slice)
  const rest = await store.all<ClusterCount>(
    `SELECT ${clusterGroup(seed)}::VARCHAR AS cluster, sum(weight)::DOUBLE AS requests,
       coalesce(sum(weight) FILTER (${isGoodSql(`${under_ms}`)}), 0)::DOUBLE AS good, count(*)::DOUBLE AS observed
     FROM requests
     WHERE (${where}) AND ${isCountedSql(`${under_ms}`)} AND (${TRACE} IN (SELECT trace_id FROM spans)) IS NOT TRUE
     GROUP BY ALL ORDER BY ALL`,
  )
  if (rest.length === 0) return { traced: 1, warnings: [] }
  const own = requests.flatMap(({ request: { group, isCounted, isGood, weight } }) =>
    isCounted ? [{ cluster: `${group}`, requests: weight, good: isGood ? weight : 0, observed: 1 }] : [],
  )
  const change = measureChange({ before: rest, after: own, apartInTime: false, smallest: SMALLEST })
  const { before, after, value, interval } = change
  const count = after.requests / part
  const all = count + before.requests
  const traced = count / all
  const warnings: Warning[] = [
    {
      code: 'traces-partial',
      message: `${formatCount(count)} of ${formatCount(all)} requests (${formatShare(traced)}) have a trace: this is about those.`,
    },
  ]
  if (interval !== null && (interval[0] > 0 || interval[1] < 0) && Math.abs(value!) >= SMALLEST) {
    warnings.push({
      code: 'traces-differ',
      message: `They aren't like the rest: ${formatShare(after.share)} of the requests with a trace are good (under ${formatDuration(under_ms)}), ${formatShare(before.share)} of those without.`,
      next: 'Choose at random which requests are traced, not by how they ended',
    })
  }
  return { traced, warnings }
}
