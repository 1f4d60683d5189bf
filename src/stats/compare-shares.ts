/** Two arms' shares of good requests, and what can be said about the change. */
import { mean } from 'simple-statistics'
import { formatPoints, formatShare } from '../units.js'
import {
  type ClusterCount,
  type ClusterTotals,
  clusterWeights,
  countEffectiveClusters,
  estimateOf,
  FEWEST_CLUSTERS,
  LEAST_DF,
} from './clusters.js'
import type { Interval } from './intervals.js'
import { findLargest, isContradicted, type LargestCluster } from './largest-cluster.js'
import { type MeasuredChange, measureChange, type ShareComparisonInput } from './measure-change.js'
import { type Needs, planMore, planWithout } from './needs.js'
import { holdMixEqual } from './same-mix.js'
import type { ChangeVariance } from './share-variance.js'
import { normalQuantile, tQuantile } from './special-functions.js'
import type { Verdict } from './verdicts.js'

interface SharesQuestion extends ShareComparisonInput {
  /** Compare both arms at one mix of the strata that rows name; see `holdMixEqual`. */
  sameMix?: boolean
  /** Clusters are of one size by design (the pairs of a benchmark), so none is asked whether it decides alone. */
  isBalanced?: boolean
}

export interface ShareComparison {
  change: ShareChange
  arms: { before: ComparedArm; after: ComparedArm }
  /** The smaller arm's 1/Σw². */
  effectiveClusters: number
  /**
   * The change when each cluster counts the same, however many requests it made; null when an arm is empty.
   */
  weightedEqually: number | null
  largestCustomer: (LargestCluster & { verdictWithout: Verdict }) | null
  verdict: Verdict
  /** Why it can't be told; null when it can. */
  reason: string | null
  needs: Needs | null
  notes: ShareNote[]
}

interface ShareChange {
  /** After − before, so up is better; null when an arm is empty. */
  value: number | null
  interval: Interval | null
  smallest: number
  se: number | null
  df: number | null
}

interface ComparedArm {
  requests: number
  clusters: number
  /** Null when rows name no days. */
  days: number | null
  /** Null without requests. */
  share: number | null
  /** Of this arm by itself, over clusters: it knows nothing of days that customers share. */
  interval: Interval | null
}

/** What a reader of the verdict has to know. */
interface ShareNote {
  code: 'days-alike'
  message: string
}

/**
 * The change of the share of good requests from before to after, its interval, and the verdict.
 *
 * Assumes clusters that are independent of each other and, for arms apart in time, days that are, or blocks
 * of days where days resemble their neighbours. It never assumes that requests are. The interval is d ± t·√V,
 * V over clusters or over clusters and days, and never narrower than Newcombe's. No interval with under 6
 * clusters an arm, under 4 degrees of freedom over clusters, or under 3 days a side. A verdict that the rest
 * contradicts when the largest cluster is left out (see `isContradicted`) can't be told.
 *
 * Misleads when the arms differ in more than the change (another mix of routes, other hours): test that
 * beside it, or compare at one mix. With a week a side, days that strongly resemble each other still give false alarms (some 15% at
 * an autocorrelation of 0.5); three weeks or more don't.
 */
export function compareShares(input: SharesQuestion): ShareComparison {
  const { smallest, level = 0.95 } = input
  if (!(smallest >= 0)) throw new RangeError(`Expected a smallest change of 0 or more, found ${smallest}.`)
  const judged = atOneMix(input)
  const whole = measureChange(judged)
  const { before, after, value, interval, variance } = whole
  const largest = input.isBalanced ? null : findLargest(before, after)
  const rest = largest === null ? null : measureChange(atOneMix(leaveOut(input, largest.cluster)))
  const contradicted = largest !== null && rest !== null && isContradicted(whole, rest, smallest)
  const verdict = contradicted ? 'cannot tell yet' : whole.verdict
  const needs =
    verdict !== 'cannot tell yet'
      ? null
      : largest !== null && (contradicted || isOutweighed(whole))
        ? planWithout(largest.cluster)
        : planFor(whole, input)
  return {
    change: {
      value,
      interval,
      smallest,
      se: variance === null ? null : Math.sqrt(variance.variance),
      df: variance?.df ?? null,
    },
    arms: {
      before: describeArm(judged.before, before, level),
      after: describeArm(judged.after, after, level),
    },
    effectiveClusters: Math.min(...[before, after].map(arm => countEffectiveClusters(clusterWeights(arm)))),
    weightedEqually: value === null ? null : meanShare(after) - meanShare(before),
    largestCustomer: largest === null || rest === null ? null : { ...largest, verdictWithout: rest.verdict },
    verdict,
    reason: contradicted ? explainContradiction(largest, whole, rest) : whole.reason,
    needs,
    notes: noteDays(whole),
  }
}

/** The mix of what is left, where a cluster was left out. */
function atOneMix(input: SharesQuestion): ShareComparisonInput {
  return input.sameMix ? { ...input, ...holdMixEqual(input) } : input
}

function leaveOut(input: SharesQuestion, cluster: string): SharesQuestion {
  const others = (rows: readonly ClusterCount[]) => rows.filter(row => row.cluster !== cluster)
  return { ...input, before: others(input.before), after: others(input.after) }
}

/** Enough clusters, yet so unequal that they count as few. */
function isOutweighed({ before, after, variance }: MeasuredChange): boolean {
  const fewest = Math.min(before.byCluster.size, after.byCluster.size)
  return variance !== null && fewest >= FEWEST_CLUSTERS && variance.clusterDf < LEAST_DF
}

function planFor(
  whole: MeasuredChange,
  { smallest, level = 0.95, noun = 'customer' }: ShareComparisonInput,
): Needs {
  return planMore({
    clusters: Math.min(whole.before.byCluster.size, whole.after.byCluster.size),
    days: whole.days,
    paired: Math.min(partInBoth(whole.before, whole.after), partInBoth(whole.after, whole.before)),
    change: whole.value ?? 0,
    smallest,
    level,
    variance: widenedVariance(whole, level),
    noun,
  })
}

/** The variance that the interval stands for, where it was widened: clusters that are all alike have a variance of 0. */
function widenedVariance({ variance, interval }: MeasuredChange, level: number): ChangeVariance | null {
  if (variance === null || interval === null) return variance
  const half = (interval[1] - interval[0]) / 2
  const isWidened = half > tQuantile((1 + level) / 2, variance.df) * Math.sqrt(variance.variance) * 1.001
  return isWidened ? { ...variance, variance: (half / normalQuantile((1 + level) / 2)) ** 2 } : variance
}

function partInBoth(arm: ClusterTotals, other: ClusterTotals): number {
  let inBoth = 0
  for (const [cluster, { requests }] of arm.byCluster) if (other.byCluster.has(cluster)) inBoth += requests
  return arm.requests === 0 ? 0 : inBoth / arm.requests
}

function meanShare({ byCluster }: ClusterTotals): number {
  return mean(Array.from(byCluster.values(), ({ good, requests }) => good / requests))
}

function describeArm(rows: readonly ClusterCount[], totals: ClusterTotals, level: number): ComparedArm {
  const days = new Set<string>()
  for (const { day, requests: made } of rows) if (day !== undefined && made > 0) days.add(day)
  const { requests, clusters, share, interval } = estimateOf(totals, { level })
  return { requests, clusters, days: days.size === 0 ? null : days.size, share, interval }
}

function noteDays({ daysInBlock }: MeasuredChange): ShareNote[] {
  if (daysInBlock === 1) return []
  const message = `Days resemble the day before: they were taken in blocks of ${daysInBlock}, which widens the interval.`
  return [{ code: 'days-alike', message }]
}

function explainContradiction(
  { cluster, share }: LargestCluster,
  whole: MeasuredChange,
  rest: MeasuredChange,
): string {
  const withIt = `${whole.verdict} by ${formatPoints(whole.value ?? 0)} with it`
  const without = rest.value === null ? 'nothing' : `${rest.verdict} by ${formatPoints(rest.value)}`
  return `${cluster} decides it, with ${formatShare(share)} of an arm's requests: ${withIt}, ${without} without it.`
}
