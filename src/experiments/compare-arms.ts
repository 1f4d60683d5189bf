/** Two arms as they were counted → the verdict, with everything that a reader must know to trust it. Pure. */

import type { MixDifference } from '../evidence/compare-mix.js'
import type { CountedSlice, Unit } from '../evidence/count-clusters.js'
import { NO_DURATIONS } from '../evidence/slice-warnings.js'
import { compareShares, type ShareComparison } from '../stats/compare-shares.js'
import { mergeDistributions } from '../stats/distribution.js'
import { logHistogram } from '../stats/histogram.js'
import { tCdf } from '../stats/special-functions.js'
import { formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { type ArmTimes, compareTimes, type TimesComparison } from './compare-times.js'
import { judgeQuantile } from './judge-quantile.js'
import { type Metric, quantileOf } from './metrics.js'

export interface ArmsComparison {
  verdict: ShareComparison['verdict']
  /** Why it can't be told; null when it can. */
  reason: string | null
  /** What the verdict is about. */
  metric: Metric
  under_ms: number
  unit: Unit
  /** Their shares are those of good requests, whatever the metric is. */
  arms: ShareComparison['arms']
  /** Of the share of good requests, where up is better; of a quantile milliseconds, where up is worse. `p`: two-sided, over clusters. */
  change: ShareComparison['change'] & { p: number | null }
  /** The change when each customer counts the same; null where there are too many to count one by one. */
  weightedEqually: number | null
  effectiveClusters: number
  largestCustomer: ShareComparison['largestCustomer']
  unfinished: { before: number; after: number }
  needs: ShareComparison['needs']
  /** Null where the log has no durations. */
  quantiles: TimesComparison['quantiles'] | null
  tests: TimesComparison['tests'] | null
  hodgesLehmann_ms: number | null
  cliffsDelta: number | null
  /** What else differs between the sides, the mix that is held equal apart. */
  differs: MixDifference[]
  sameMix: SameMix | null
  /** The distributions of answer times, for drawing. */
  histograms: { edges_ms: number[]; before: number[]; after: number[] } | null
  seed: number
  warnings: Warning[]
}

/** The columns of which both sides are compared at one mix, that of both together. */
export interface SameMix {
  columns: string[]
  /** Shares of each side's requests that the other side has none like. */
  leftOut: { before: number; after: number }
}

export interface ArmsQuestion {
  before: CountedSlice
  after: CountedSlice
  under_ms: number
  unit: Unit
  /** Of the share of good requests, 0 to 1. */
  smallest: number
  metric?: Metric
  /** Of a quantile, where that is the metric; null: the default. */
  smallest_ms?: number | null
  /** Null where the log has no durations. */
  times: ArmTimes | null
  differs?: MixDifference[]
  /** Counts then name their stratum, and times are weighted. */
  sameMix?: SameMix | null
  seed: number
  /** Of the interval of the share; default 0.95. */
  level?: number
  /** Before and after a moment, so that what one day has in common counts; else side by side. */
  apartInTime: boolean
}

/** From here on, the unfinished requests may change the picture. */
const MANY_UNFINISHED = 0.005

/** Of one size by design. */
const BALANCED: readonly Unit[] = ['pair', 'repetition']

export function compareArms(question: ArmsQuestion): ArmsComparison {
  const { before, after, under_ms, unit } = question
  const { sameMix = null } = question
  const comparison = compareShares({
    before: before.clusters,
    after: after.clusters,
    apartInTime: question.apartInTime,
    smallest: question.smallest,
    noun: unit,
    sameMix: sameMix !== null,
    isBalanced: BALANCED.includes(unit),
    ...(question.level !== undefined && { level: question.level }),
  })
  const { metric = 'under', times, seed, apartInTime } = question
  const judged = judgeMetric(question, comparison)
  const found = times && compareTimes(times, { unit, apartInTime, seed })
  return {
    verdict: judged.verdict,
    reason: judged.reason,
    metric,
    under_ms,
    unit,
    arms: { before: countAll(before, comparison.arms.before), after: countAll(after, comparison.arms.after) },
    change: { ...judged.change, p: chanceOf(judged.change) },
    weightedEqually: before.crowd === undefined ? comparison.weightedEqually : null,
    effectiveClusters: comparison.effectiveClusters,
    largestCustomer: unit === 'request' ? null : comparison.largestCustomer,
    unfinished: { before: before.unfinishedShare, after: after.unfinishedShare },
    needs: judged.needs,
    quantiles: found?.quantiles ?? null,
    tests: found?.tests ?? null,
    hodgesLehmann_ms: found?.hodgesLehmann_ms ?? null,
    cliffsDelta: found?.cliffsDelta ?? null,
    differs: question.differs ?? [],
    sameMix,
    histograms: times && overlay(times),
    seed,
    warnings: warnOf(question, comparison),
  }
}

function countAll({ crowd }: CountedSlice, arm: ShareComparison['arms']['before']) {
  return crowd === undefined ? arm : { ...arm, clusters: crowd }
}

type Judged = Pick<ShareComparison, 'verdict' | 'reason' | 'needs'> & {
  change: ShareComparison['change']
}

function judgeMetric(question: ArmsQuestion, comparison: ShareComparison): Judged {
  const { metric = 'under', times, seed, smallest_ms = null, apartInTime, unit } = question
  const q = quantileOf(metric)
  if (q === null) return comparison
  if (times === null) {
    const change = { value: null, interval: null, smallest: smallest_ms ?? 0, se: null, df: null }
    return { verdict: 'cannot tell yet', reason: NO_DURATIONS.message, needs: null, change }
  }
  return judgeQuantile(times, comparison.arms, { q, seed, smallest_ms, apartInTime, noun: unit })
}

/** By Student's t, where a variance was worked out. */
function chanceOf({ value, interval, se, df }: Judged['change']): number | null {
  if (value === null || interval === null || se === null || df === null) return null
  if (se === 0) return value === 0 ? 1 : 0
  return Math.min(1, 2 * tCdf(-Math.abs(value) / se, df))
}

const BUCKETS = 60

/** Both sides in the same buckets. */
function overlay({ before, after }: ArmTimes): ArmsComparison['histograms'] {
  const both = mergeDistributions([before, after])
  const positive = both.values.find(value => value > 0)
  const largest = both.values.at(-1)
  if (positive === undefined || largest === undefined) return null
  const axis = { buckets: BUCKETS, min: positive, max: Math.max(largest, positive * 1.01) }
  const [one, other] = [logHistogram(before, axis), logHistogram(after, axis)]
  const edges = one.edges.length > 0 ? one.edges : other.edges
  const none = new Array<number>(Math.max(edges.length - 1, 0)).fill(0)
  return {
    edges_ms: edges,
    before: one.counts.length > 0 ? one.counts : none,
    after: other.counts.length > 0 ? other.counts : none,
  }
}

function warnOf(
  { before, after, under_ms, unit, differs = [], sameMix = null }: ArmsQuestion,
  comparison: ShareComparison,
): Warning[] {
  const warnings: Warning[] = comparison.notes.map(note => ({ code: note.code, message: note.message }))
  if (differs.length > 0) warnings.push(warnDiffers(differs, sameMix?.columns ?? []))
  if (sameMix !== null) warnings.push(...warnLeftOut(sameMix))
  if (before.unmeasured || after.unmeasured) warnings.push(NO_DURATIONS)
  if (before.requests > 0 && before.errorShare === 0 && after.errorShare > 0) {
    warnings.push({
      code: 'new-errors',
      message: `There were no errors and timeouts before; now ${formatShare(after.errorShare)} of requests end in one.`,
      next: "Look at them first: whyslow requests --where \"outcome IN ('server_error', 'timeout')\"",
    })
  }
  if (Math.max(before.unfinishedShare, after.unfinishedShare) > MANY_UNFINISHED) {
    warnings.push({
      code: 'unfinished',
      message: `Requests that never finished: ${formatShare(before.unfinishedShare)} before, ${formatShare(after.unfinishedShare)} after. Timeouts count as not good; aborted ones only if they were watched for ${formatDuration(under_ms)}.`,
    })
  }
  const largest = unit === 'request' ? null : comparison.largestCustomer
  const isNamed = largest !== null && comparison.reason?.startsWith(largest.cluster)
  if (largest && !isNamed && largest.verdictWithout !== comparison.verdict) {
    warnings.push({
      code: 'largest-customer',
      message: `Without the largest one (${largest.cluster}, ${formatShare(largest.share)} of requests) the verdict would be: ${largest.verdictWithout}.`,
    })
  }
  return warnings
}

/** Differences that a warning names. */
const MOST_NAMED = 3

function warnDiffers(differs: MixDifference[], held: string[]): Warning {
  const first = differs.slice(0, MOST_NAMED)
  const named = first.map(
    ({ what, value, before, after }) =>
      `${what} ${value} (${formatShare(before)}, ${formatShare(after)} after)`,
  )
  // What only one side has can't be held equal.
  const shared = first.filter(({ before, after }) => before > 0 && after > 0).map(({ what }) => what)
  const narrow = 'narrow both sides with --where'
  const more = differs.length > MOST_NAMED ? `, and ${differs.length - MOST_NAMED} more` : ''
  return {
    code: 'differs',
    message: `The sides differ in more than the change: ${named.join(', ')}${more}.`,
    next:
      shared.length === 0
        ? `Compare what both have: ${narrow}`
        : `At one mix: whyslow compare … --same-mix ${[...new Set([...held, ...shared])].join(',')}; or ${narrow}`,
  }
}

function warnLeftOut({ columns, leftOut }: SameMix): Warning[] {
  if (leftOut.before === 0 && leftOut.after === 0) return []
  return [
    {
      code: 'same-mix',
      message: `Left out: ${formatShare(leftOut.before)} of the requests before and ${formatShare(leftOut.after)} after, since the other side has none of the same ${columns.join(' and ')}.`,
      ...(columns.length > 1
        ? { next: 'Of fewer columns, more is the same: name the one that matters most' }
        : {}),
    },
  ]
}
