/** The share of good requests as it would be after a change, when each cluster says what becomes of its own. */
import { type ClusterTotals, clusterDf, clusterWeights, explainTooFew, totalClusters } from './clusters.js'
import { type Interval, wilsonInterval } from './intervals.js'
import { tQuantile } from './special-functions.js'

export interface PredictedCount {
  cluster: string
  requests: number
  good: number
  /** As expected: may be fractional. */
  goodAfter: number
  /**
   * How far this cluster moved `goodAfter` of others, whose own requests said too little. Sums to 0 over all clusters; without it the
   * interval would take what was borrowed for known.
   */
  lent?: number
  /** How many rows `requests` stands for, when the log is sampled; else the same as `requests`. */
  observed?: number
}

export interface PredictedShare {
  /** 0 to 1; null without requests. */
  before: number | null
  after: number | null
  /** 95% of `after`; null where it can't be told: `reason` says why. */
  interval: Interval | null
  /** After − before. Each cluster is its own control. */
  change: { value: number; interval: Interval | null }
  reason: string | null
  df: number
}

/**
 * Both shares are of the same requests, so the change is a share itself: that of the requests which become good. No interval with under 6
 * clusters or under 4 degrees of freedom, as everywhere.
 *
 * Wider than the interval of a share that was measured (see `spanShare`): what is predicted for large customers often differs from what is
 * predicted for small ones. Simulated with 40 and 120 clusters of log-normal sizes: the truth is inside in at least 93% of runs; where the
 * shares depend on the size as much as on everything else (0.4 logits for each standard deviation), in 92%. Assumes independent
 * clusters. It holds neither a wrong assumption about the change nor days that are unlike these.
 */
export function predictShare(
  rows: readonly PredictedCount[],
  noun = 'customer',
  level = 0.95,
): PredictedShare {
  const before = totalClusters(rows.map(({ lent: _, goodAfter: __, ...row }) => row))
  const after = totalOf(rows, ({ goodAfter }) => goodAfter)
  const gains = rows.map(({ good, goodAfter }) => goodAfter - good)
  const sign = gains.reduce((sum, gain) => sum + gain, 0) < 0 ? -1 : 1
  const gained = totalOf(rows, ({ good, goodAfter }) => sign * (goodAfter - good))
  const df = clusterDf(clusterWeights(after))
  const reason = explainTooFew(after, df, noun)
  const isMixed = gains.some(gain => gain * sign < 0)
  const change =
    reason !== null ? null : isMixed ? spanDifference(gained, df, level) : spanShare(gained, df, level)
  return {
    before: before.requests === 0 ? null : before.share,
    after: after.requests === 0 ? null : after.share,
    interval: reason === null ? spanShare(after, df, level) : null,
    change: { value: sign * gained.share, interval: sign < 0 && change ? [-change[1], -change[0]] : change },
    reason,
    df,
  }
}

function totalOf(rows: readonly PredictedCount[], goodOf: (row: PredictedCount) => number): ClusterTotals {
  return totalClusters(
    rows.map(row => {
      const { cluster, requests, lent = 0, observed = requests } = row
      return { cluster, requests, observed, good: goodOf(row) + lent, isStandardised: true as const }
    }),
  )
}

/**
 * p ± t·se on the scale of log odds, never narrower than Wilson's. `se` has each cluster's residual as it is without the cluster
 * (jackknife, HC3), and t the degrees of freedom that its spread over clusters really has, where that is less than its weights would give.
 */
function spanShare(totals: ClusterTotals, df: number, level: number): Interval {
  const { share, observed } = totals
  const [low, high] = wilsonInterval(share * observed, observed, level)
  const odds = share * (1 - share)
  if (odds === 0) return [low, high]
  const reach = reachOf(totals, df, level) / odds
  const middle = Math.log(share / (1 - share))
  return [Math.min(low, logistic(middle - reach)), Math.max(high, logistic(middle + reach))]
}

/** Where some clusters gain and others lose, the change may have either sign. */
function spanDifference(totals: ClusterTotals, df: number, level: number): Interval {
  const reach = reachOf(totals, df, level)
  return [Math.max(-1, totals.share - reach), Math.min(1, totals.share + reach)]
}

function reachOf({ byCluster, requests, share }: ClusterTotals, df: number, level: number): number {
  let squares = 0
  let fourths = 0
  for (const tally of byCluster.values()) {
    const residual = (tally.good - share * tally.requests) / (requests - tally.requests)
    squares += residual ** 2
    fourths += residual ** 4
  }
  // Of a sum of squares: twice its square over its variance, which is that of few large ones where residuals have long tails.
  const spread = fourths - squares ** 2 / byCluster.size
  const own = spread > 0 ? (2 * squares ** 2) / spread : Infinity
  return tQuantile((1 + level) / 2, Math.max(1, Math.min(df, own))) * Math.sqrt(squares)
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
