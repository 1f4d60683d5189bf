/** How long things take when some were given up before they ended: those only show how long they had lasted so far. */
import { type Distribution, mergeDistributions } from './distribution.js'

/** The share that is still unfinished after each time, falling from 1. */
export interface SurvivalCurve {
  /** Every distinct time at which something finished or was given up, ascending. */
  at: Float64Array
  /** The share that takes longer than `at`. */
  survival: Float64Array
}

/** One group whose members are given up for reasons of their own, such as one route. */
export interface Stratum {
  /** How long what ended took. */
  finished: Distribution
  /** How long what never ended was watched. */
  censored: Distribution
}

/**
 * Kaplan and Meier (1958): S(t) = Π (1 − ended at tᵢ / still watched just before tᵢ). What is given up at the
 * time at which something else ends is still watched at that time. Counts may be fractional.
 *
 * Assumes that what is given up would have gone on like what wasn't: true of a fixed time limit, untrue of
 * people who give up because they see that it will take long. `boundQuantile` assumes nothing.
 */
export function estimateSurvival({ finished, censored }: Stratum): SurvivalCurve {
  const at = Float64Array.from(new Set([...finished.values, ...censored.values])).sort()
  const survival = new Float64Array(at.length)
  let watched = finished.total + censored.total
  let left = 1
  let ended = 0
  let givenUp = 0
  for (let i = 0; i < at.length; i += 1) {
    if (finished.values[ended] === at[i]) {
      const count = finished.counts[ended]!
      left *= Math.max(0, 1 - count / watched)
      watched -= count
      ended += 1
    }
    if (censored.values[givenUp] === at[i]) {
      watched -= censored.counts[givenUp]!
      givenUp += 1
    }
    survival[i] = left
  }
  return { at, survival }
}

/**
 * The curve of all strata together: Σ wₕ·Sₕ(t), each by its part of the whole. After its last time, a stratum
 * in which some never ended stays where it is: nobody knows more (Gill 1980), so that the curve is never too low.
 */
export function poolSurvival(strata: readonly Stratum[]): SurvivalCurve {
  const total = strata.reduce((sum, stratum) => sum + sizeOf(stratum), 0)
  const drops = new Map<number, number>()
  for (const stratum of strata) {
    const { at, survival } = estimateSurvival(stratum)
    at.forEach((time, i) => {
      const drop = (i === 0 ? 1 : survival[i - 1]!) - survival[i]!
      drops.set(time, (drops.get(time) ?? 0) + (drop * sizeOf(stratum)) / total)
    })
  }
  const at = Float64Array.from(drops.keys()).sort()
  let left = 1
  const survival = at.map(time => {
    left -= drops.get(time)!
    return left
  })
  return { at, survival }
}

function sizeOf({ finished, censored }: Stratum): number {
  return finished.total + censored.total
}

/** Sums of shares that should meet a level exactly miss it by this much. */
const ROUNDING = 1e-12

/** The first time by which at least q have finished; null past the last one that did. */
export function survivalQuantile({ at, survival }: SurvivalCurve, q: number): number | null {
  const found = survival.findIndex(left => left <= 1 - q + ROUNDING)
  return found === -1 ? null : at[found]!
}

/**
 * Where the q-quantile lies whatever the reason for giving up: as if all that was given up had been about to
 * end, and as if none of it ever would have (then perhaps null). Source: Peterson (1976).
 */
export function boundQuantile(
  strata: readonly Stratum[],
  q: number,
): [low: number | null, high: number | null] {
  const finished = mergeDistributions(strata.map(stratum => stratum.finished))
  const all = mergeDistributions([finished, ...strata.map(stratum => stratum.censored)])
  const wanted = q * all.total * (1 - ROUNDING)
  return [reach(all, wanted), reach(finished, wanted)]
}

/** The first value up to which this many are counted. */
function reach({ values, counts }: Distribution, wanted: number): number | null {
  let passed = 0
  const found = values.findIndex((_, i) => {
    passed += counts[i]!
    return passed >= wanted
  })
  return found === -1 ? null : values[found]!
}
