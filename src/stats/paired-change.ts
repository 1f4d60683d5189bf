/**
 * The change of a figure that is measured once a run (CPU time per request, peak memory), between two versions: by pairs of runs that ran
 * side by side, or by runs of each version by itself.
 */
import { mean, sampleVariance } from 'simple-statistics'
import type { Interval } from './intervals.js'
import { normalQuantile, tCdf, tQuantile } from './special-functions.js'

export interface Pair {
  base: number
  head: number
}

export interface ChangeOptions {
  /** `relative`: as a part of the base's value; else in the unit of the figures. */
  kind: 'relative' | 'absolute'
  level?: number
  /** The smallest change worth having, above 0, of the same kind; for `needs`. */
  smallest: number
}

export interface RunChange {
  /** Head − base, or head / base − 1; null where it can't be told. */
  value: number | null
  interval: Interval | null
  /** Of a relative change, that of the difference of logarithms. */
  se: number | null
  df: number | null
  /** Two-sided. */
  p: number | null
  /** Pairs (or runs a side) that would settle it four times out of five; null where that can't be worked out. */
  needs: number | null
  /** Why there is no interval; null when there is one. */
  reason: string | null
}

/** Under this many the spread between runs can't be told from luck. */
const FEWEST_PAIRS = 5

/**
 * No figure of a run counts as known better than to 0.1%: so runs that all read the same, as those of a constant do, have an interval,
 * and it isn't wide.
 */
const RESOLUTION = 0.001

/**
 * Mean of the pairs' differences with Student's t, n − 1 degrees of freedom; for relative changes of the differences of logarithms, so
 * that +25% and −20% weigh the same. What both runs of a pair have in common (a busy hour) cancels.
 *
 * Assumes pairs that are independent of each other, and differences that aren't wildly skewed. A figure of 0 has no logarithm: then
 * differences are taken as a part of the base's mean.
 *
 * Misleads with several figures of one run, which are no pairs of their own.
 */
export function measurePairs(pairs: readonly Pair[], options: ChangeOptions): RunChange {
  const scale = chooseScale(
    pairs.map(pair => pair.base),
    pairs.map(pair => pair.head),
    options,
  )
  if (scale === null) return untold(FROM_ZERO, null)
  if (pairs.length < FEWEST_PAIRS) return untold(explainFew(pairs.length, 'pair'), FEWEST_PAIRS)
  const differences = pairs.map(({ base, head }) => scale.on(head) - scale.on(base))
  const n = differences.length
  const variance = Math.max(sampleVariance(differences), scale.floor ** 2)
  return describe({ value: mean(differences), variance: variance / n, df: n - 1, n }, scale, options)
}

/**
 * Runs that weren't interleaved: the difference of the means with Welch's t. Whatever else changed between the two times is in it, and
 * nothing in the figures can tell: it may be drift.
 */
export function measureApart(
  base: readonly number[],
  head: readonly number[],
  options: ChangeOptions,
): RunChange {
  const n = Math.min(base.length, head.length)
  const scale = chooseScale(base, head, options)
  if (scale === null) return untold(FROM_ZERO, null)
  if (n < FEWEST_PAIRS) return untold(explainFew(n, 'repetition'), FEWEST_PAIRS)
  const [one, other] = [base, head].map(side => {
    const values = side.map(scale.on)
    const variance = Math.max(sampleVariance(values), scale.floor ** 2 / 2) / values.length
    return { mean: mean(values), variance, df: values.length - 1 }
  }) as [Moments, Moments]
  const variance = one.variance + other.variance
  const df =
    variance === 0
      ? one.df + other.df
      : variance ** 2 / (one.variance ** 2 / one.df + other.variance ** 2 / other.df)
  return describe({ value: other.mean - one.mean, variance, df, n }, scale, options)
}

interface Moments {
  mean: number
  variance: number
  df: number
}

/** On which changes are differences. */
interface Scale {
  on: (figure: number) => number
  back: (difference: number) => number
  /** The least standard deviation of a difference of two runs. */
  floor: number
}

/** Null for a relative change from nothing. */
function chooseScale(
  base: readonly number[],
  head: readonly number[],
  { kind }: ChangeOptions,
): Scale | null {
  const same = (value: number) => value
  // Two figures, each off by up to half a step either way.
  const step = RESOLUTION / Math.sqrt(6)
  const usual = base.length === 0 ? 0 : Math.abs(mean([...base]))
  if (kind === 'absolute') return { on: same, back: same, floor: step * usual }
  if (base.every(value => value > 0) && head.every(value => value > 0))
    return { on: Math.log, back: Math.expm1, floor: step }
  if (usual > 0) return { on: value => value / usual, back: same, floor: step }
  return head.every(value => value === 0) ? { on: same, back: same, floor: 0 } : null
}

const FROM_ZERO = 'It was 0 in the base, and a change can’t be a part of that: give its smallest in its unit.'

function explainFew(n: number, noun: string): string {
  return `Too few: ${n} ${noun}${n === 1 ? '' : 's'}. How much they differ can be told from ${FEWEST_PAIRS} on.`
}

function untold(reason: string, needs: number | null): RunChange {
  return { value: null, interval: null, se: null, df: null, p: null, needs, reason }
}

function describe(
  { value, variance, df, n }: { value: number; variance: number; df: number; n: number },
  { on, back }: Scale,
  { level = 0.95, smallest }: ChangeOptions,
): RunChange {
  const se = Math.sqrt(variance)
  const reach = tQuantile((1 + level) / 2, df) * se
  const boundary = on === Math.log ? Math.log1p(smallest) : smallest
  return {
    value: back(value),
    interval: [back(value - reach), back(value + reach)],
    se,
    df,
    p: se === 0 ? (value === 0 ? 1 : 0) : Math.min(1, 2 * tCdf(-Math.abs(value) / se, df)),
    needs: planPairs({ n, se, value, smallest: boundary, level }),
    reason: null,
  }
}

/**
 * n·((z + 0.84)·se / distance)² + z²/2, the first part of which is the rule of `planMore`. The second is for Student's t, which a small
 * sample is judged by (Guenther 1981). The distance is to the boundary that takes less data: 0 for a change, ± smallest for none.
 */
function planPairs({
  n,
  se,
  value,
  smallest,
  level,
}: Record<'n' | 'se' | 'value' | 'smallest' | 'level', number>) {
  const distance = Math.max(Math.abs(value), smallest - Math.abs(value))
  if (!(distance > 0)) return null
  const z = normalQuantile((1 + level) / 2)
  const wanted = n * (((z + normalQuantile(0.8)) * se) / distance) ** 2 + z ** 2 / 2
  return Math.max(n + 1, Math.ceil(wanted))
}
