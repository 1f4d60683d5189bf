/** The verdict on a quantile of answer times, where that is what is asked for and not the share of good requests. Pure. */
import { FEWEST_CLUSTERS } from '../stats/clusters.js'
import type { ShareComparison } from '../stats/compare-shares.js'
import { quantile } from '../stats/distribution.js'
import type { Interval } from '../stats/intervals.js'
import { explainFewDays, type Needs, planMore } from '../stats/needs.js'
import { judgeChange, UNDECIDED, type Verdict } from '../stats/verdicts.js'
import { type ArmTimes, shiftOf } from './compare-times.js'

export interface JudgedQuantile {
  /** Milliseconds, after − before: up is worse. */
  change: { value: number | null; interval: Interval | null; smallest: number; se: number | null; df: null }
  verdict: Verdict
  reason: string | null
  needs: Needs | null
}

/** The smallest change of a quantile worth having, where nobody said one: 2% of it, and at least 1 ms. */
const SMALLEST_PART = 0.02
const SMALLEST_MS = 1

export interface QuantileJudgement {
  q: number
  seed: number
  smallest_ms: number | null
  apartInTime: boolean
  noun: string
}

/**
 * Judged by its interval over resampled clusters, against the smallest change worth having. Assumes what the comparison of shares assumes, and needs
 * as many clusters and days. Quantiles jump where a distribution has a gap: the share of good requests doesn't.
 */
export function judgeQuantile(
  times: ArmTimes,
  { before, after }: ShareComparison['arms'],
  { q, seed, smallest_ms, apartInTime, noun }: QuantileJudgement,
): JudgedQuantile {
  const { shift, interval, se } = shiftOf(times, q, seed)
  const smallest = smallest_ms ?? Math.max(SMALLEST_MS, SMALLEST_PART * (quantile(times.before, q) ?? 0))
  const clusters = Math.min(before.clusters, after.clusters)
  const days = apartInTime ? Math.min(before.days ?? 0, after.days ?? 0) : null
  const few = explainFew(times, { clusters, days, noun })
  const judged = few === null ? interval : null
  const verdict = judgeChange(judged && [-judged[1], -judged[0]], smallest)
  const isOpen = verdict === 'cannot tell yet'
  const unsupported = interval === null ? TOO_FEW_BEYOND : UNDECIDED
  return {
    change: { value: shift, interval: judged, smallest, se, df: null },
    verdict,
    reason: isOpen ? (few ?? unsupported) : null,
    needs: isOpen
      ? planMore({
          clusters,
          days,
          paired: 1,
          change: shift ?? 0,
          smallest,
          level: 0.95,
          variance: spreadOf(se),
          noun,
        })
      : null,
  }
}

const TOO_FEW_BEYOND =
  'Too few answers take longer: a quantile needs 10 beyond it on each side, from 5 of them.'

function spreadOf(se: number | null) {
  if (se === null) return null
  const variance = se * se
  return { variance, df: Infinity, clusterDf: Infinity, fromClusters: variance, fromDays: 0 }
}

function explainFew(
  times: ArmTimes,
  { clusters, days, noun }: { clusters: number; days: number | null; noun: string },
): string | null {
  if (times.before.total === 0 || times.after.total === 0) return 'There are no answers on one of the sides.'
  if (clusters < FEWEST_CLUSTERS)
    return `Too few: ${clusters} ${noun}s on a side. How much they differ can be told from ${FEWEST_CLUSTERS} on.`
  return days === null ? null : explainFewDays(days)
}
