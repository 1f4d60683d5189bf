/** Whether a day, or any value, resembles the one before, once its level is taken away. */
import { type DayShare, weighDays } from './change-points.js'
import type { LevelShift, WeightedValue } from './level-shifts.js'
import { normalQuantile } from './special-functions.js'

export interface Likeness {
  /** The correlation of a value with the one before. */
  correlation: number
  /** Whether that is more than chance would have it. */
  isAlike: boolean
}

/** One-sided level at which they count as alike. */
const LEVEL = 0.1

/**
 * The autocorrelation of a series about the level that each value is on, against its mean −levels/values and its
 * variance 1/values for independent ones (Kendall 1954), and corrected by that mean. Null where levels explain
 * everything.
 *
 * Misleads downwards: what neighbours have in common makes levels that aren't there, and is gone with them.
 */
export function likenessOfValues(
  series: readonly WeightedValue[],
  changes: readonly Pick<LevelShift, 'at'>[],
): Likeness | null {
  const ends = [...changes.map(({ at }) => at), series.length]
  let [products, squares] = [0, 0]
  for (const [i, end] of ends.entries()) {
    const level = series.slice(ends[i - 1] ?? 0, end)
    const mean = sumOf(level.map(one => one.value * one.weight)) / sumOf(level.map(one => one.weight))
    const away = level.map(one => (one.value - mean) * Math.sqrt(one.weight))
    squares += sumOf(away.map(one => one * one))
    products += sumOf(away.slice(1).map((one, i) => one * away[i]!))
  }
  if (!(squares > 0)) return null
  const excess = products / squares + ends.length / series.length
  return {
    correlation: Math.min(1, excess / Math.max(0.25, 1 - (3 * ends.length) / series.length)),
    isAlike: excess * Math.sqrt(series.length) > normalQuantile(1 - LEVEL),
  }
}

export function likenessOfDays(
  days: readonly DayShare[],
  changes: readonly Pick<LevelShift, 'at'>[],
): Likeness | null {
  return likenessOfValues(weighDays(days), changes)
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
