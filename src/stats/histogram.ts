import type { Distribution } from './distribution.js'

export interface Histogram {
  /**
   * One more than there are counts, ascending. A bucket holds its lower edge; the last one holds its upper
   * edge too.
   */
  edges: number[]
  /** Their sum is the distribution's total. */
  counts: number[]
}

export interface HistogramOptions {
  buckets: number
  /**
   * Fixes the axis, so that two histograms share it. What lies outside is counted in the first or the last
   * bucket.
   */
  min?: number
  max?: number
}

/**
 * Counts per bucket of equal width on a log scale. Zeros have no logarithm: if there are values of 0 or less,
 * the first bucket starts at the smallest of them and ends where the positive axis starts. All values equal:
 * one full bucket amid empty ones, on an axis from half to double. No data, or nothing positive to span an
 * axis: no buckets, or a single one.
 *
 * Misleads where buckets are finer than the clock: a log in whole milliseconds leaves gaps between 1, 2 and 3
 * that mean nothing.
 */
export function logHistogram(d: Distribution, options: HistogramOptions): Histogram {
  const { buckets } = options
  if (!Number.isInteger(buckets) || buckets < 1)
    throw new RangeError(`Expected a whole number of buckets, found ${buckets}.`)
  if (d.total === 0) return { edges: [], counts: [] }
  const edges = logEdges(d, options)
  const counts = new Array<number>(edges.length - 1).fill(0)
  let bucket = 0
  for (let i = 0; i < d.values.length; i += 1) {
    while (bucket < counts.length - 1 && d.values[i]! >= edges[bucket + 1]!) bucket += 1
    counts[bucket]! += d.counts[i]!
  }
  return { edges, counts }
}

function logEdges(d: Distribution, { buckets, min, max }: HistogramOptions): number[] {
  if ((min !== undefined && !(min > 0)) || (max !== undefined && !(max > (min ?? 0)))) {
    throw new RangeError(`Expected 0 < min < max, found ${min} and ${max}.`)
  }
  const smallest = d.values[0]!
  const largest = d.values[d.values.length - 1]!
  const positive = d.values.find(value => value > 0)
  let low = min ?? positive
  let high = max ?? largest
  if (low === undefined) return [smallest, Math.max(0, largest) || 1]
  if (high <= low) {
    const middle = max === undefined ? low : high
    low = min ?? middle / 2
    high = max ?? middle * 2
  }
  const withZeros = smallest <= 0 && min === undefined && buckets > 1
  const steps = withZeros ? buckets - 1 : buckets
  const edges = withZeros ? [smallest] : []
  for (let step = 0; step <= steps; step += 1) {
    // Between neighbouring numbers, rounding may lead over the end.
    edges.push(
      step === steps ? high : step === 0 ? low : Math.min(high, low * (high / low) ** (step / steps)),
    )
  }
  return edges
}
