/** The answers as they are and as they would be, on one log axis. */
import { distributionFromPairs, mergeDistributions } from '../../stats/distribution.js'
import { logHistogram } from '../../stats/histogram.js'
import { logBucket } from '../../store/dialect.js'
import type { Store } from '../../store/open-store.js'
import type { Predicted } from './change.js'

/** SQL of times and of how many answers each stands for. */
export interface WeightedTimes {
  ms: string
  weight: string
  /** Which of the answers; all unless said. */
  where?: string
  /** A table of answers, where it isn't the requests. */
  from?: string
}

const BUCKETS = 40
/** Fine enough that the buckets of the chart don't show it. */
const PER_TENFOLD = 400

/** `after`: several that add up. `where` is checked SQL. Null without a measured answer. */
export async function drawBeforeAndAfter(
  store: Store,
  where: string,
  after: readonly WeightedTimes[],
): Promise<NonNullable<Predicted['histogram']> | null> {
  const answers = `(SELECT * FROM requests WHERE ${where} AND outcome = 'ok' AND duration_ms IS NOT NULL)`
  const read = async ({ ms, weight, where: only = 'true', from = answers }: WeightedTimes) => {
    const rows = await store.all<{ bucket: number; weight: number }>(
      `SELECT ${logBucket(`(${ms})`, PER_TENFOLD)} AS bucket, sum(${weight})::DOUBLE AS weight FROM ${from} AS answers WHERE ${only} GROUP BY 1 ORDER BY 1`,
    )
    return distributionFromPairs(
      rows.map(
        row => [row.bucket === -1000 ? 0 : 10 ** ((row.bucket + 0.5) / PER_TENFOLD), row.weight] as const,
      ),
    )
  }
  const was = await read({ ms: 'duration_ms', weight: 'weight' })
  const parts = await Promise.all(after.map(read))
  const would = mergeDistributions(parts)
  const positive = [...was.values, ...would.values].filter(value => value > 0)
  if (positive.length === 0) return null
  const [min, max] = [Math.min(...positive), Math.max(...positive)]
  if (min === max) return null
  const one = logHistogram(was, { buckets: BUCKETS, min, max })
  const other = logHistogram(would, { buckets: BUCKETS, min, max })
  return { edges_ms: one.edges, before: one.counts, after: other.counts }
}
