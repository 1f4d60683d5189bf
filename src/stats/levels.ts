/** The levels that a series moves between: what each is, how far apart neighbours are, and which of them are one. */
import type { Interval } from './intervals.js'
import type { WeightedValue } from './level-shifts.js'
import { tCdf, tQuantile } from './special-functions.js'

export interface LevelEstimate {
  value: number
  se: number
  df: number
  /** Null with fewer than two values. */
  interval: Interval | null
}

export interface LevelChange {
  /** New − old; as a part of the old level where that is asked for. */
  value: number
  /** False where it can't be: the old level is 0. */
  isRelative: boolean
  interval: Interval | null
  /** Of both levels being the same. It doesn't know that the place was searched for: see `LevelShift.p`. */
  p: number | null
}

/** How many quartile ranges from the quartiles a value counts as far out (Tukey 1977). */
const FAR_OUT = 3

/**
 * The values with those that are far out moved to the fence, so that one bad night moves no level. Of normally distributed values one in
 * 400,000 is that far out. Equal values with one exception lie on one fence, and the exception with them.
 */
export function holdIn(series: readonly WeightedValue[]): WeightedValue[] {
  const sorted = series.map(({ value }) => value).sort((one, other) => one - other)
  const quartile = (q: number) => {
    const at = q * (sorted.length - 1)
    const below = sorted[Math.floor(at)]!
    return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below)
  }
  if (sorted.length === 0) return []
  const [low, high] = [quartile(0.25), quartile(0.75)]
  const room = FAR_OUT * (high - low)
  return series.map(({ value, weight }) => ({
    value: Math.min(Math.max(value, low - room), high + room),
    weight,
  }))
}

/** The weighted mean with Student's interval; values are taken as independent, and those that are far out as on the fence. */
export function estimateLevel(series: readonly WeightedValue[], level = 0.95): LevelEstimate {
  const held = holdIn(series)
  const weight = held.reduce((sum, one) => sum + one.weight, 0)
  const value = held.reduce((sum, one) => sum + one.value * one.weight, 0) / weight
  // That many values of equal weight say as much.
  const effective = weight ** 2 / held.reduce((sum, one) => sum + one.weight ** 2, 0)
  const df = effective - 1
  const spread = held.reduce((sum, one) => sum + one.weight * (one.value - value) ** 2, 0) / weight
  return estimateOf(value, Math.sqrt(spread / df), df, level)
}

export function estimateOf(value: number, se: number, df: number, level = 0.95): LevelEstimate {
  if (!(df > 0.5)) return { value, se: Number.NaN, df, interval: null }
  const half = tQuantile((1 + level) / 2, df) * se
  return { value, se, df, interval: [value - half, value + half] }
}

/** Welch's interval; of a relative change by the delta method. */
export function changeOfLevels(
  from: LevelEstimate,
  to: LevelEstimate,
  { isRelative: asPart = false, level = 0.95 } = {},
): LevelChange {
  const isRelative = asPart && from.value > 0
  const scale = isRelative ? from.value : 1
  const ratio = isRelative ? to.value / from.value : 1
  const value = (to.value - from.value) / scale
  const [before, after] = [(ratio * from.se) ** 2, to.se ** 2]
  const variance = before + after
  if (Number.isNaN(variance)) return { value, isRelative, interval: null, p: null }
  if (variance === 0) return { value, isRelative, interval: [value, value], p: value === 0 ? 1 : 0 }
  const se = Math.sqrt(variance) / Math.abs(scale)
  const df = variance ** 2 / (before ** 2 / from.df + after ** 2 / to.df)
  const half = tQuantile((1 + level) / 2, df) * se
  return { value, isRelative, interval: [value - half, value + half], p: 2 * tCdf(-Math.abs(value) / se, df) }
}

/**
 * The edges that are left when neighbours whose difference isn't worth having, or might be none, are joined: the smallest difference
 * first, and then all looked at again, until none is weak. Ascending. Against a level of 0, any change is larger than a part of it.
 */
export function joinWeakLevels<Edge extends { at: number }>(
  series: readonly WeightedValue[],
  edges: readonly Edge[],
  { smallest, isRelative }: { smallest: number; isRelative: boolean },
): Edge[] {
  const kept = [...edges]
  for (;;) {
    const ends = [0, ...kept.map(({ at }) => at), series.length]
    const levels = ends.slice(1).map((end, i) => estimateLevel(series.slice(ends[i], end)))
    let weakest = -1
    let least = Number.POSITIVE_INFINITY
    for (const i of kept.keys()) {
      const change = changeOfLevels(levels[i]!, levels[i + 1]!, { isRelative })
      const size = change.isRelative === isRelative ? Math.abs(change.value) : Number.POSITIVE_INFINITY
      if ((isSure(change) && size >= smallest) || (weakest >= 0 && size >= least)) continue
      least = size
      weakest = i
    }
    if (weakest < 0) return kept
    kept.splice(weakest, 1)
  }
}

function isSure({ interval }: LevelChange): boolean {
  return interval !== null && (interval[0] > 0 || interval[1] < 0)
}
