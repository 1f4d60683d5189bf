/** Whether steps in one direction are a slow drift: a level, a slope, and another level. */
import type { WeightedValue } from './level-shifts.js'
import { estimateOf, type LevelEstimate } from './levels.js'

export interface Drift {
  /** The last value of the old level, as a position in the series. */
  from: number
  /** The first value of the new level. */
  to: number
  start: LevelEstimate
  end: LevelEstimate
  /** End − start. */
  change: LevelEstimate
}

/** What takes less is a step. */
const SHORTEST_DRIFT = 10
/** By how much a drift must explain the series better than steps do, in Schwarz's criterion: 6 is strong evidence (Raftery 1995). */
const CLEARLY = 6
/** Two levels and two ends. */
const FREE_OF_DRIFT = 4

/**
 * The drift that explains the series better than steps at `edges` do; null where steps are as good. Both by least squares, with a
 * penalty for what they are free to choose (Schwarz 1978): a drift its two levels and two ends, steps their levels and places.
 * A drift of fewer than ten values is a step.
 */
export function findDrift(series: readonly WeightedValue[], edges: readonly number[]): Drift | null {
  const count = series.length
  const best = fitDrift(series)
  if (best === null) return null
  const ends = [0, ...edges, count]
  const steps = ends.slice(1).reduce((sum, end, i) => sum + squaresOf(series.slice(ends[i], end)), 0)
  const floor = 1e-12 * squaresOf(series)
  const score = (squares: number, free: number) =>
    count * Math.log(Math.max(squares, floor) / count) + free * Math.log(count)
  const gained = score(steps, 2 * edges.length + 1) - score(best.squares, FREE_OF_DRIFT)
  return gained > CLEARLY && best.to - best.from >= SHORTEST_DRIFT ? describeDrift(best, count) : null
}

/** Intervals as if the ends of the drift were known. */
function describeDrift(fit: Fit, count: number): Drift {
  const { from, to, start, slope, squares, weight, part, spread } = fit
  const df = count - FREE_OF_DRIFT
  const variance = squares / df
  const about = (value: number, at: number) =>
    estimateOf(value, Math.sqrt(variance * (1 / weight + (at - part) ** 2 / spread)), df)
  return {
    from,
    to,
    start: about(start, 0),
    end: about(start + slope, 1),
    change: estimateOf(slope, Math.sqrt(variance / spread), df),
  }
}

function squaresOf(series: readonly WeightedValue[]): number {
  const weight = series.reduce((sum, one) => sum + one.weight, 0)
  const mean = series.reduce((sum, one) => sum + one.weight * one.value, 0) / weight
  return series.reduce((sum, one) => sum + one.weight * (one.value - mean) ** 2, 0)
}

interface Fit {
  from: number
  to: number
  start: number
  slope: number
  /** Of what is left. */
  squares: number
  /** Of all values. */
  weight: number
  /** The mean of the slope's part, and its squares about that. */
  part: number
  spread: number
}

/** Tries all ends, each in the same time whatever is between them: from running sums. */
function fitDrift(series: readonly WeightedValue[]): Fit | null {
  const count = series.length
  const center = series.reduce((sum, one) => sum + one.value, 0) / count
  // Sums of w, w·i, w·i², w·y, w·y·i, w·y² over the values before each position.
  const sums = Array.from({ length: 6 }, () => new Float64Array(count + 1))
  series.forEach(({ value, weight }, i) => {
    const y = value - center
    const terms = [weight, weight * i, weight * i * i, weight * y, weight * y * i, weight * y * y]
    terms.forEach((term, k) => {
      sums[k]![i + 1] = sums[k]![i]! + term
    })
  })
  const between = (k: number, from: number, to: number) => sums[k]![to]! - sums[k]![from]!
  const all = (k: number) => sums[k]![count]!
  let best: Fit | null = null
  for (let from = 0; from < count - 1; from += 1) {
    for (let to = from + 1; to < count; to += 1) {
      // The slope's part g goes from 0 at `from` to 1 at `to`, and is 1 from there on.
      const length = to - from
      const inside = (k: number) => between(k, from + 1, to)
      const g = (inside(1) - from * inside(0)) / length + between(0, to, count)
      const gg =
        (inside(2) - 2 * from * inside(1) + from * from * inside(0)) / length ** 2 + between(0, to, count)
      const gy = (inside(4) - from * inside(3)) / length + between(3, to, count)
      const spread = gg - (g * g) / all(0)
      if (!(spread > 1e-9)) continue
      const slope = (gy - (g * all(3)) / all(0)) / spread
      const start = (all(3) - slope * g) / all(0)
      const squares = Math.max(0, all(5) - start * all(3) - slope * gy)
      if (best !== null && squares >= best.squares) continue
      best = { from, to, start: start + center, slope, squares, weight: all(0), part: g / all(0), spread }
    }
  }
  return best
}
