/** Whether a day resembles the day before, once its level is taken away. */
import { type ChangePoint, type DayShare, weighDays } from './change-points.js'
import { normalQuantile } from './special-functions.js'

export interface DayLikeness {
  /** The correlation of a day with the day before. */
  correlation: number
  /** Whether that is more than chance would have it. */
  isAlike: boolean
}

/** One-sided level at which days count as alike. */
const LEVEL = 0.1

/**
 * The autocorrelation of the days' shares about the level that each is on, against its mean −levels/days and its
 * variance 1/days for independent days (Kendall 1954), and corrected by that mean. Null where levels explain
 * everything.
 *
 * Misleads downwards: what days have in common makes levels that aren't there, and is gone with them.
 */
export function likenessOfDays(
  days: readonly DayShare[],
  changes: readonly Pick<ChangePoint, 'at'>[],
): DayLikeness | null {
  const weighed = weighDays(days)
  const ends = [...changes.map(({ at }) => at), days.length]
  let [products, squares] = [0, 0]
  for (const [i, end] of ends.entries()) {
    const level = weighed.slice(ends[i - 1] ?? 0, end)
    const mean = sumOf(level.map(day => day.share * day.weight)) / sumOf(level.map(day => day.weight))
    const away = level.map(day => (day.share - mean) * Math.sqrt(day.weight))
    squares += sumOf(away.map(one => one * one))
    products += sumOf(away.slice(1).map((one, day) => one * away[day]!))
  }
  if (!(squares > 0)) return null
  const excess = products / squares + ends.length / days.length
  return {
    correlation: Math.min(1, excess / Math.max(0.25, 1 - (3 * ends.length) / days.length)),
    isAlike: excess * Math.sqrt(days.length) > normalQuantile(1 - LEVEL),
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
