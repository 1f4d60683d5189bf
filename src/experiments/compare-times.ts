/** How long answers took on both sides: the shift of each quantile, and the figures that support a verdict. Pure. */
import type { Unit } from '../evidence/count-clusters.js'
import type { BinnedArms } from '../stats/binned-arms.js'
import { type Distribution, quantile } from '../stats/distribution.js'
import { hodgesLehmann } from '../stats/hodges-lehmann.js'
import type { Interval } from '../stats/intervals.js'
import { kolmogorovSmirnov } from '../stats/kolmogorov-smirnov.js'
import { rankTestOverClusters } from '../stats/placements.js'
import { type QuantileShift, resampleShifts, SHIFT_QUANTILES, TOGETHER } from '../stats/quantile-shift.js'
import { cliffsDelta, mannWhitney } from '../stats/rank-tests.js'

/** Answers that ended `ok`, in milliseconds. */
export interface ArmTimes {
  before: Distribution
  after: Distribution
  bins: BinnedArms
}

export interface TimesComparison {
  /** Their intervals hold together at 95%; null where `few` says why: answers, or customers, beyond the quantile, or days. */
  quantiles: {
    q: number
    before_ms: number | null
    after_ms: number | null
    change_ms: number | null
    interval_ms: Interval | null
    few: QuantileShift['few']
  }[]
  /** Plain p values assume independent requests: null where the unit is another one. `u`: pairs in which *before* took longer. */
  tests: {
    mannWhitney: { u: number; p: number | null; pClustered: number | null }
    kolmogorovSmirnov: { d: number; p: number | null }
  }
  hodgesLehmann_ms: number | null
  /** Above 0: after takes longer. */
  cliffsDelta: number | null
  seed: number
}

export interface TimesQuestion {
  unit: Unit
  apartInTime: boolean
  seed: number
}

export function compareTimes(times: ArmTimes, { unit, apartInTime, seed }: TimesQuestion): TimesComparison {
  const { before, after, bins } = times
  const isPlain = unit === 'request'
  const ranks = mannWhitney(before, after)
  const distance = kolmogorovSmirnov(before, after)
  const shifts = resampleShifts(bins, shiftsOf(times, SHIFT_QUANTILES), { seed, level: TOGETHER })
  return {
    quantiles: shifts.map(({ q, interval, few }) => {
      const [before_ms, after_ms] = [quantile(before, q), quantile(after, q)]
      const change_ms = before_ms === null || after_ms === null ? null : after_ms - before_ms
      return { q, before_ms, after_ms, change_ms, interval_ms: interval, few }
    }),
    tests: {
      mannWhitney: {
        u: ranks.u,
        p: isPlain ? ranks.p : null,
        pClustered: isPlain ? null : rankTestOverClusters(bins, apartInTime),
      },
      kolmogorovSmirnov: { d: distance.d, p: isPlain ? distance.p : null },
    },
    hodgesLehmann_ms: hodgesLehmann(before, after),
    cliffsDelta: cliffsDelta(before, after),
    seed,
  }
}

/** One quantile by itself, with an interval at 95%. */
export function shiftOf(times: ArmTimes, q: number, seed: number): QuantileShift & { shift: number | null } {
  const [exact] = shiftsOf(times, [q])
  const [found] = resampleShifts(times.bins, [exact!], { seed, level: 0.95 })
  return { ...found!, shift: exact!.shift }
}

function shiftsOf({ before, after }: ArmTimes, qs: readonly number[]): { q: number; shift: number | null }[] {
  return qs.map(q => {
    const [one, other] = [quantile(before, q), quantile(after, q)]
    return { q, shift: one === null || other === null ? null : other - one }
  })
}
