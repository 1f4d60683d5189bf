/**
 * The share of good requests of one arm, when requests come in clusters: those of one customer are alike, so
 * the customers are what is counted, however many requests each made.
 */
import { sum } from 'simple-statistics'
import { type Interval, wilsonInterval } from './intervals.js'
import { tQuantile } from './special-functions.js'

/** How one cluster did, on one day where days matter. Rows of the same cluster and day are added up. */
export interface ClusterCount {
  cluster: string
  /** Sorts by time as text: `2026-03-01`. Needed only where arms are apart in time. */
  day?: string
  /** The kind of its requests, where arms are put at one mix of kinds: see `holdMixEqual`. */
  stratum?: number
  /** May be fractional: the sum of the weights of a sampled log. */
  requests: number
  /** From 0 to `requests`. */
  good: number
  /** The arm was put at another mix: `good` may then be any number. */
  isStandardised?: true
  /** How many rows `requests` stands for, when the log is sampled; else the same as `requests`. */
  observed?: number
}

/** Under this many clusters their spread can't be told from luck. */
export const FEWEST_CLUSTERS = 6
/** Under this many degrees of freedom one or two large clusters decide alone. */
export const LEAST_DF = 4

interface Tally {
  requests: number
  good: number
  observed: number
}

export interface ClusterTotals extends Tally {
  /** 0 without requests. */
  share: number
  byCluster: ReadonlyMap<string, Readonly<Tally>>
}

/**
 * Adds rows up per cluster, leaving out those without requests. Throws a `RangeError` on counts that can't
 * be.
 */
export function totalClusters(rows: Iterable<ClusterCount>): ClusterTotals {
  const byCluster = new Map<string, Tally>()
  const all: Tally = { requests: 0, good: 0, observed: 0 }
  for (const row of rows) {
    const { cluster, requests, good, observed = requests, isStandardised = false } = row
    if (requests === 0 && good === 0) continue
    const isPart = isStandardised || (good >= 0 && good <= requests * (1 + 1e-9))
    const isCount = isPart && requests < Infinity && observed > 0
    if (!isCount) throw new RangeError(`Expected 0 ≤ good ≤ requests, found ${JSON.stringify(row)}.`)
    const tally = byCluster.get(cluster)
    if (tally === undefined) byCluster.set(cluster, { requests, good, observed })
    else addTo(tally, requests, good, observed)
    addTo(all, requests, good, observed)
  }
  return {
    ...all,
    share: all.requests === 0 ? 0 : Math.min(1, Math.max(0, all.good / all.requests)),
    byCluster,
  }
}

function addTo(tally: Tally, requests: number, good: number, observed: number): void {
  tally.requests += requests
  tally.good += good
  tally.observed += observed
}

/** What of the whole each cluster holds; sums to 1. */
export function clusterWeights({ byCluster, requests }: ClusterTotals): number[] {
  return Array.from(byCluster.values(), tally => tally.requests / requests)
}

/**
 * How far each cluster is from the arm's share, as a part of the arm: (x − p̂·n)/(N·√(1 − w)). The root makes
 * up for large clusters pulling p̂ towards themselves; alone in its arm, a cluster has no residual.
 */
export function clusterResidual(totals: ClusterTotals, cluster: string): number {
  const tally = totals.byCluster.get(cluster)
  if (tally === undefined || tally.requests >= totals.requests) return 0
  const left = 1 - tally.requests / totals.requests
  return (tally.good - totals.share * tally.requests) / (totals.requests * Math.sqrt(left))
}

/**
 * Degrees of freedom of a variance summed over clusters with these weights: 1/(Σw² + (Σh)² − Σh²), h = w²/(1
 * − w). That is G − 1 for G equal clusters, and far less when few hold most of the requests.
 */
export function clusterDf(weights: readonly number[]): number {
  let squares = 0
  let sumOfPulls = 0
  let squaredPulls = 0
  for (const w of weights) {
    if (w >= 1) return 0
    const pull = (w * w) / (1 - w)
    squares += w * w
    sumOfPulls += pull
    squaredPulls += pull * pull
  }
  return squares === 0 ? 0 : 1 / (squares + sumOfPulls ** 2 - squaredPulls)
}

/** How many equal clusters would weigh as much: 1/Σw². */
export function countEffectiveClusters(weights: readonly number[]): number {
  return weights.length === 0 ? 0 : 1 / sum(weights.map(w => w * w))
}

export interface EstimateOptions {
  level?: number
  /** What a cluster is called in reasons; default `customer`. */
  noun?: string
}

export interface ShareEstimate {
  /** Null without requests. */
  share: number | null
  /** Null where it can't be told; `reason` says why. */
  interval: Interval | null
  reason: string | null
  se: number
  df: number
  requests: number
  clusters: number
  effectiveClusters: number
  /** The largest cluster's part of the requests; 0 without requests. */
  largestShare: number
}

/**
 * The share of good requests with an interval over clusters: p̂ ± t·√Σe², never narrower than Wilson's. No
 * interval with under 6 clusters or under 4 degrees of freedom.
 *
 * Assumes clusters that are independent of each other. Misleads when all of them share good and bad days:
 * then it is about these days, not about days to come. Source: linearised cluster variance with leverage
 * correction, as HC2/CR2 (Bell and McCaffrey 2002).
 */
export function estimateShare(rows: Iterable<ClusterCount>, options: EstimateOptions = {}): ShareEstimate {
  return estimateOf(totalClusters(rows), options)
}

/** The same for rows that are already added up. */
export function estimateOf(totals: ClusterTotals, options: EstimateOptions = {}): ShareEstimate {
  const { level = 0.95, noun = 'customer' } = options
  const weights = clusterWeights(totals)
  const df = clusterDf(weights)
  const se = Math.sqrt(
    sum([...totals.byCluster.keys()].map(cluster => clusterResidual(totals, cluster) ** 2)),
  )
  const reason = explainTooFew(totals, df, noun)
  return {
    share: totals.requests === 0 ? null : totals.share,
    interval: reason === null ? widenToWilson(totals, tQuantile((1 + level) / 2, df) * se, level) : null,
    reason,
    se,
    df,
    requests: totals.requests,
    clusters: weights.length,
    effectiveClusters: countEffectiveClusters(weights),
    largestShare: weights.reduce((largest, w) => Math.max(largest, w), 0),
  }
}

/** Why these clusters say nothing, or null if they do. */
export function explainTooFew(totals: ClusterTotals, df: number, noun: string): string | null {
  const clusters = totals.byCluster.size
  if (clusters === 0) return 'There are no requests.'
  const counted = clusters === 1 ? `1 ${noun}` : `${clusters} ${noun}s`
  if (clusters < FEWEST_CLUSTERS) {
    return `Too few: ${counted}. How much they differ can be told from ${FEWEST_CLUSTERS} on.`
  }
  return df < LEAST_DF ? `A few of the ${counted} make most of the requests.` : null
}

function widenToWilson(totals: ClusterTotals, half: number, level: number): Interval {
  const [low, high] = wilsonInterval(totals.share * totals.observed, totals.observed, level)
  return [Math.max(0, Math.min(low, totals.share - half)), Math.min(1, Math.max(high, totals.share + half))]
}
