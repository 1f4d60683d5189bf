/**
 * Distributions as (value, count) pairs: any number of numbers, in the space of the distinct ones.
 * Counts may be fractional, when each number stands for several (a sampled log).
 */
import { binomialQuantile } from './special-functions.js'

/** Ascending distinct values, each with its count above 0. */
export interface Distribution {
  readonly values: Float64Array
  readonly counts: Float64Array
  /** The sum of the counts. */
  readonly total: number
}

/**
 * From (value, count) pairs in any order; equal values are added up, counts of 0 left out.
 * Throws a `RangeError` on a value or count that isn't finite, or a count below 0.
 */
export function distributionFromPairs(pairs: Iterable<readonly [number, number]>): Distribution {
  const found: (readonly [number, number])[] = []
  let ascending = true
  for (const pair of pairs) {
    const [value, count] = pair
    if (!Number.isFinite(value) || !Number.isFinite(count) || count < 0) {
      throw new RangeError(`Expected a finite value and a count of 0 or more, found ${value} × ${count}.`)
    }
    if (count === 0) continue
    if (found.length > 0 && value < found[found.length - 1]![0]) ascending = false
    found.push(pair)
  }
  if (!ascending) found.sort((one, other) => one[0] - other[0])

  const values = new Float64Array(found.length)
  const counts = new Float64Array(found.length)
  let distinct = 0
  let total = 0
  for (const [value, count] of found) {
    if (distinct === 0 || values[distinct - 1] !== value) {
      values[distinct] = value
      distinct += 1
    }
    counts[distinct - 1]! += count
    total += count
  }
  return { values: values.slice(0, distinct), counts: counts.slice(0, distinct), total }
}

/** From plain numbers, each counted once. Throws a `RangeError` on one that isn't finite. */
export function distributionFromValues(numbers: Iterable<number>): Distribution {
  const sorted = Float64Array.from(numbers).sort()
  return distributionFromPairs(Array.from(sorted, value => [value, 1] as const))
}

/** As if all had been counted together. */
export function mergeDistributions(distributions: Iterable<Distribution>): Distribution {
  return distributionFromPairs(eachPair(distributions))
}

function* eachPair(distributions: Iterable<Distribution>): Iterable<readonly [number, number]> {
  for (const { values, counts } of distributions) {
    for (let i = 0; i < values.length; i += 1) yield [values[i]!, counts[i]!]
  }
}

/**
 * The q-quantile, 0 ≤ q ≤ 1; null without data. Hyndman and Fan (1996), type 7, on the sample with each value
 * repeated `count` times: what numpy, R and DuckDB's `quantile_cont` give. With fractional counts, the
 * repeated sample is read at whole positions of the summed counts.
 *
 * Misleads far out: a p99 of 100 numbers is about their maximum. Two-peaked data have medians that no request
 * had.
 */
export function quantile(d: Distribution, q: number): number | null {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`Expected a quantile from 0 to 1, found ${q}.`)
  if (d.total === 0) return null
  const position = Math.max(0, (d.total - 1) * q)
  const below = Math.floor(position)
  const low = valueAt(d, below)
  const part = position - below
  if (part === 0) return low
  const high = valueAt(d, below + 1)
  return low + part * (high - low)
}

/** The value that covers this position (from 0) of the summed counts. */
function valueAt({ values, counts }: Distribution, position: number): number {
  let passed = 0
  for (let i = 0; i < values.length - 1; i += 1) {
    passed += counts[i]!
    if (position < passed) return values[i]!
  }
  return values[values.length - 1]!
}

/**
 * An interval for the population's q-quantile from order statistics, with at least the asked level whatever
 * the distribution's shape (Conover, Practical Nonparametric Statistics, 3.2). Null where the sample is too
 * small to bound it on both sides: a p99 needs some 370 numbers at 95%.
 *
 * Assumes independent numbers. Requests of one customer are not: with few customers it is far too narrow.
 * `observed` is how many numbers were really seen, when the counts are weights of a sample.
 */
export function quantileInterval(
  d: Distribution,
  q: number,
  level = 0.95,
  observed = d.total,
): [number, number] | null {
  const n = Math.round(observed)
  if (d.total === 0 || n < 1 || q <= 0 || q >= 1) return null
  const tail = (1 - level) / 2
  const low = binomialQuantile(tail, n, q)
  const high = binomialQuantile(1 - tail, n, q) + 1
  if (low < 1 || high > n) return null
  const middleOf = (rank: number) => ((rank - 0.5) / n) * d.total
  return [valueAt(d, middleOf(low)), valueAt(d, middleOf(high))]
}

/** The share strictly under the threshold, 0 to 1; null without data. */
export function shareUnder(d: Distribution, threshold: number): number | null {
  if (d.total === 0) return null
  let under = 0
  for (let i = 0; i < d.values.length && d.values[i]! < threshold; i += 1) under += d.counts[i]!
  return Math.min(1, under / d.total)
}
