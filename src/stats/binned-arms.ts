/**
 * Two arms' numbers as counts per cluster (and day) under shared cut points: what resampling whole clusters needs, and no more than that,
 * however many numbers there were.
 */
import { type Distribution, quantile } from './distribution.js'

/** The numbers of one cluster, on one day where days matter: `counts[i]` of them are at most `cuts[i]` and above the cut before. */
export interface BinnedRow {
  cluster: string
  day?: string
  counts: ArrayLike<number>
}

export interface BinnedArms {
  /** Ascending; the last is the largest number. */
  cuts: readonly number[]
  /** Whether each cut is a value of its own, with nothing between it and the cut before. */
  isExact: boolean
  before: readonly BinnedRow[]
  after: readonly BinnedRow[]
}

/** Ranks by which cut points are taken: as many in the last tenth of the numbers as in all others, since quantiles are asked for there. */
const LAST_PART = 0.9

/** At most `most` cut points over the numbers of both arms: each distinct value, where they are so few. */
export function chooseCuts(pooled: Distribution, most: number): { cuts: number[]; isExact: boolean } {
  if (pooled.values.length <= most) return { cuts: Array.from(pooled.values), isExact: true }
  const half = Math.floor(most / 2)
  const cuts = new Set<number>()
  for (let i = 1; i <= half; i += 1) cuts.add(quantile(pooled, (LAST_PART * i) / half)!)
  for (let i = 1; i < most - half; i += 1)
    cuts.add(quantile(pooled, LAST_PART + ((1 - LAST_PART) * i) / (most - half))!)
  cuts.add(pooled.values.at(-1)!)
  return { cuts: [...cuts].sort((a, b) => a - b), isExact: false }
}

/** A list of numbers in bins, for arms that are in memory. */
export function binNumbers(
  numbers: Iterable<{ cluster: string; value: number; weight?: number }>,
  cuts: readonly number[],
): BinnedRow[] {
  const byCluster = new Map<string, Float64Array>()
  for (const { cluster, value, weight = 1 } of numbers) {
    let counts = byCluster.get(cluster)
    if (!counts) {
      counts = new Float64Array(cuts.length)
      byCluster.set(cluster, counts)
    }
    counts[findBin(cuts, value)]! += weight
  }
  return Array.from(byCluster, ([cluster, counts]) => ({ cluster, counts }))
}

/** The first cut that is at least the value. */
function findBin(cuts: readonly number[], value: number): number {
  let [low, high] = [0, cuts.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (cuts[middle]! >= value) high = middle
    else low = middle + 1
  }
  return low
}

/** The q-quantile of binned counts: the value itself where cuts are values, else by a straight line within the bin; null without counts. */
export function quantileOfBins(
  counts: ArrayLike<number>,
  { cuts, isExact }: Pick<BinnedArms, 'cuts' | 'isExact'>,
  q: number,
): number | null {
  let total = 0
  for (let i = 0; i < counts.length; i += 1) total += counts[i]!
  if (total === 0) return null
  const wanted = q * total
  let passed = 0
  for (let i = 0; i < counts.length; i += 1) {
    const here = counts[i]!
    if (here > 0 && passed + here >= wanted) {
      const from = isExact || i === 0 ? cuts[i]! : cuts[i - 1]!
      return from + (cuts[i]! - from) * Math.max(0, (wanted - passed) / here)
    }
    passed += here
  }
  return cuts.at(-1)!
}
