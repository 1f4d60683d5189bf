import {
  type ClusterCount,
  type ClusterTotals,
  FEWEST_CLUSTERS,
  LEAST_DF,
  totalClusters,
} from './clusters.js'
import { areDaysAlike, type DayGrid, joinDays, layOutDays } from './day-grid.js'
import { type Interval, newcombeInterval } from './intervals.js'
import { explainFewDays, FEWEST_DAYS } from './needs.js'
import { type ChangeVariance, varyByClusters, varyByClustersAndDays } from './share-variance.js'
import { tQuantile } from './special-functions.js'
import { judgeChange, UNDECIDED, type Verdict } from './verdicts.js'

export interface ShareComparisonInput {
  before: readonly ClusterCount[]
  after: readonly ClusterCount[]
  /** True for before and after, false for arms that ran at the same time. */
  apartInTime: boolean
  /** The smallest change of the share worth having, 0 to 1: 0.01 is one percentage point. */
  smallest: number
  level?: number
  /** What a cluster is called in reasons and notes; default `customer`. */
  noun?: string
}

/** A change with its interval and verdict, before anyone asks whose it is. */
export interface MeasuredChange {
  before: ClusterTotals
  after: ClusterTotals
  /** After − before; null when an arm is empty. */
  value: number | null
  /** Null where there is none to work out: an empty arm, or too few days. */
  variance: ChangeVariance | null
  interval: Interval | null
  /** The shorter side's, where arms are apart in time; else null. */
  days: number | null
  /** 1, or the days in a block where days resemble their neighbours. */
  daysInBlock: number
  verdict: Verdict
  /** Why it can't be told; null when it can. */
  reason: string | null
}

export function measureChange(input: ShareComparisonInput): MeasuredChange {
  const { smallest, level = 0.95, noun = 'customer' } = input
  const before = totalClusters(input.before)
  const after = totalClusters(input.after)
  const empty = before.requests === 0 || after.requests === 0
  const grids = input.apartInTime ? ([layOutDays(input.before), layOutDays(input.after)] as const) : null
  const spread = empty ? NO_SPREAD : findSpread(before, after, grids, level)
  const reason = explainFew(before, after, spread.variance?.clusterDf, noun) ?? spread.reason
  const interval =
    reason === null && spread.variance !== null ? spanChange(before, after, spread.variance, level) : null
  const verdict = judgeChange(interval, smallest)
  return {
    before,
    after,
    value: empty ? null : after.share - before.share,
    variance: spread.variance,
    interval,
    days: grids === null ? null : shorterSide(grids),
    daysInBlock: spread.daysInBlock,
    verdict,
    reason: reason ?? (verdict === 'cannot tell yet' ? UNDECIDED : null),
  }
}

interface Spread {
  variance: ChangeVariance | null
  daysInBlock: number
  reason: string | null
}

const NO_SPREAD: Spread = { variance: null, daysInBlock: 1, reason: null }

function findSpread(
  before: ClusterTotals,
  after: ClusterTotals,
  grids: readonly [DayGrid, DayGrid] | null,
  level: number,
): Spread {
  if (grids === null) return { ...NO_SPREAD, variance: varyByClusters(before, after) }
  const days = shorterSide(grids)
  const few = explainFewDays(days)
  if (few !== null) return { ...NO_SPREAD, reason: few }
  const byDays = { ...NO_SPREAD, variance: varyByClustersAndDays(before, after, grids) }
  if (
    !areDaysAlike([
      [before, grids[0]],
      [after, grids[1]],
    ])
  )
    return byDays
  const longest = Math.floor(days / FEWEST_DAYS)
  if (longest < 2) {
    return {
      ...byDays,
      reason: `Days resemble the day before, and ${days} a side are too few to judge by blocks of days.`,
    }
  }
  const inBlocks = Array.from({ length: longest - 1 }, (_, i) => {
    const blocks = [joinDays(grids[0], i + 2), joinDays(grids[1], i + 2)] as const
    return { ...NO_SPREAD, daysInBlock: i + 2, variance: varyByClustersAndDays(before, after, blocks) }
  })
  // How likeness fades with distance can't be seen in a few weeks: of all lengths that leave three blocks, the
  // most cautious one.
  return [byDays, ...inBlocks].reduce((widest, spread) =>
    reachOf(spread.variance, level) > reachOf(widest.variance, level) ? spread : widest,
  )
}

function reachOf({ variance, df }: ChangeVariance, level: number): number {
  return df > 0 ? tQuantile((1 + level) / 2, df) * Math.sqrt(variance) : Infinity
}

function spanChange(
  before: ClusterTotals,
  after: ClusterTotals,
  variance: ChangeVariance,
  level: number,
): Interval {
  const change = after.share - before.share
  const reach = reachOf(variance, level)
  const [low, high] = newcombeInterval(trialsOf(before), trialsOf(after), level)
  return [Math.max(-1, Math.min(low, change - reach)), Math.min(1, Math.max(high, change + reach))]
}

function trialsOf({ share, observed }: ClusterTotals) {
  return { good: share * observed, trials: observed }
}

function explainFew(
  before: ClusterTotals,
  after: ClusterTotals,
  clusterDf: number | undefined,
  noun: string,
): string | null {
  const [ofBefore, ofAfter] = [before.byCluster.size, after.byCluster.size]
  if (ofBefore === 0 || ofAfter === 0) {
    const where = ofBefore > 0 ? 'after' : ofAfter > 0 ? 'before' : 'on either side'
    return `There are no requests ${where}.`
  }
  if (Math.min(ofBefore, ofAfter) < FEWEST_CLUSTERS) {
    const counted = `${ofBefore} ${noun}${ofBefore === 1 ? '' : 's'} before, ${ofAfter} after`
    return `Too few: ${counted}. How much they differ can be told from ${FEWEST_CLUSTERS} a side on.`
  }
  if (clusterDf === undefined || clusterDf >= LEAST_DF) return null
  return `A few ${noun}s make most of the requests, and the others too few to tell how much they differ.`
}

function shorterSide(grids: readonly [DayGrid, DayGrid]): number {
  return Math.min(grids[0].days.length, grids[1].days.length)
}
