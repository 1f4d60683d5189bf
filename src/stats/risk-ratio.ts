/** How much likelier requests are to be slow inside a group than outside of it, when requests come in clusters. */
import { type ClusterCount, type ClusterTotals, clusterResidual } from './clusters.js'
import { type Interval, wilsonInterval } from './intervals.js'
import { type MeasuredChange, measureChange } from './measure-change.js'
import { tCdf, tQuantile } from './special-functions.js'

export interface RiskRatio {
  /** Null where nothing outside is slow, or a side is empty. */
  riskRatio: number | null
  /** Null where it can't be told; an upper end of null is without bound. */
  interval: [low: number, high: number | null] | null
  /** Two-sided, of no difference; null where it can't be told. */
  p: number | null
  /** Why it can't be told. */
  reason: string | null
}

export interface RiskOptions {
  level?: number
  /** True where the sides lie at other times, so that days differ as well as clusters: rows name their days then. */
  apartInTime?: boolean
}

/**
 * The ratio of two shares of slow requests. `good` of a row is here its number of slow ones.
 *
 * Its interval is Fieller's (1954) over the clusters' variance, never narrower than MOVER with Wilson's limits (Donner and Zou 2012): the
 * values r for which slow inside − r · slow outside could be 0. At r = 1 both are what `compareShares` does with the difference, so the
 * interval leaves 1 out exactly if p is below 1 − level. Assumes what `compareShares` assumes, and misleads where that does.
 */
export function compareRisks(
  inside: readonly ClusterCount[],
  outside: readonly ClusterCount[],
  { level = 0.95, apartInTime = false }: RiskOptions = {},
): RiskRatio {
  const change = measureChange({ before: outside, after: inside, apartInTime, smallest: 0, level })
  const { before, after } = change
  const riskRatio = before.good === 0 || after.requests === 0 ? null : after.share / before.share
  if (change.variance === null || change.interval === null) {
    return { riskRatio, interval: null, p: null, reason: change.reason }
  }
  return { riskRatio, interval: spanRatio(change, level), p: findP(change), reason: null }
}

/** Of the difference: by Student's t over the clusters, and no less than Newcombe's interval gives. */
function findP({ before, after, variance, value }: MeasuredChange): number {
  const { variance: spread, df } = variance!
  if (value === 0) return 1
  const byClusters = spread === 0 ? 0 : 2 * (1 - tCdf(Math.abs(value!) / Math.sqrt(spread), df))
  const [low, high] = value! > 0 ? [before, after] : [after, before]
  return Math.min(1, Math.max(byClusters, pOfNewcombe(low, high)))
}

/** 1 − the level at which Newcombe's interval begins to hold 0, by halving. */
function pOfNewcombe(low: ClusterTotals, high: ClusterTotals): number {
  let holds = 1
  let leavesOut = 0
  for (let step = 0; step < 40; step += 1) {
    const p = step < 12 ? Math.sqrt(Math.max(leavesOut, 1e-12) * holds) : (leavesOut + holds) / 2
    const [, lowEnd] = limitsOf(low, 1 - p)
    const [highStart] = limitsOf(high, 1 - p)
    const gap = high.share - low.share
    if (gap > Math.hypot(high.share - highStart, lowEnd - low.share)) holds = p
    else leavesOut = p
    if (holds < 1e-11) break
  }
  return holds
}

function limitsOf({ share, observed }: ClusterTotals, level: number): Interval {
  return wilsonInterval(share * observed, observed, level)
}

function spanRatio({ before, after, variance }: MeasuredChange, level: number): RiskRatio['interval'] {
  const t2 = tQuantile((1 + level) / 2, variance!.df) ** 2
  const { inside, outside, both } = splitVariance(before, after, variance!.variance)
  const [low, high] = limitsOf(after, level)
  const [outsideLow, outsideHigh] = limitsOf(before, level)
  const [p, q] = [after.share, before.share]
  const least = Math.min(
    ratioEnds(p, q, t2 * inside, t2 * outside, t2 * both)[0],
    ratioEnds(p, q, (p - low) ** 2, (outsideHigh - q) ** 2, 0)[0],
  )
  const ends = [
    ratioEnds(p, q, t2 * inside, t2 * outside, t2 * both)[1],
    ratioEnds(p, q, (high - p) ** 2, (q - outsideLow) ** 2, 0)[1],
  ]
  const most = ends.some(end => end === null) ? null : Math.max(...ends.map(Number))
  return [least, most]
}

/** V(p − r·q) = inside − 2r·both + r²·outside over the clusters, scaled to the variance that counts, which may hold days as well. */
function splitVariance(before: ClusterTotals, after: ClusterTotals, whole: number) {
  let inside = 0
  let outside = 0
  let both = 0
  for (const cluster of new Set([...before.byCluster.keys(), ...after.byCluster.keys()])) {
    const own = clusterResidual(after, cluster)
    const other = clusterResidual(before, cluster)
    inside += own * own
    outside += other * other
    both += own * other
  }
  const sum = inside + outside - 2 * both
  const scale = sum > 0 ? whole / sum : 1
  return { inside: inside * scale, outside: outside * scale, both: both * scale }
}

/** The roots of (p − r·q)² = a − 2r·c + r²·b. The upper one is null where every large r would do. */
function ratioEnds(p: number, q: number, a: number, b: number, c: number): [number, number | null] {
  const square = q * q - b
  const linear = p * q - c
  const constant = p * p - a
  const root = Math.sqrt(Math.max(0, linear * linear - square * constant))
  const low = constant <= 0 ? 0 : constant / (linear + root)
  return [Math.max(0, low), square <= 1e-15 ? null : (linear + root) / square]
}
