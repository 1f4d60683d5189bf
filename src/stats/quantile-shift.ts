/**
 * How far each quantile moved between two arms, with intervals that hold all at once.
 *
 * Whole clusters are resampled, both arms of a cluster together, so that what one customer's requests have in common isn't taken for
 * certainty, and a customer in both arms is its own control. Where arms are apart in time, days are resampled as well, each arm's own: a
 * row's weight is its cluster's times its day's (the pigeonhole bootstrap of Owen 2007, which errs on the cautious side). Percentiles of
 * few or unequal clusters are too narrow, so no interval is narrower than Student's t over the resamples' standard deviation, with the
 * clusters' degrees of freedom.
 *
 * Misleads with few days: seven of them a side show little of what days can do. Quantiles that lie between two peaks jump.
 */
import { sum } from 'simple-statistics'
import { type BinnedArms, type BinnedRow, quantileOfBins } from './binned-arms.js'
import { totalClusters } from './clusters.js'
import type { Interval } from './intervals.js'
import { createRandom, drawPoisson, type Random } from './random.js'
import { varyByClusters } from './share-variance.js'
import { tQuantile } from './special-functions.js'

export const SHIFT_QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99] as const

export interface QuantileShift {
  q: number
  /** In the unit of the numbers; null where `few` says what there are too few of. */
  interval: Interval | null
  /** The standard deviation over the resamples; null as above. */
  se: number | null
  /** `numbers`: those beyond the quantile, or their clusters. `days`: of whole ones, to tell how much they differ. Null with an interval. */
  few: 'numbers' | 'days' | null
}

export interface ShiftOptions {
  seed: number
  /** Of each interval; all of several hold together at 1 − (1 − level) × how many. */
  level: number
  resamples?: number
}

/** A quantile needs this many numbers beyond it in each arm … */
const FEWEST_BEYOND = 10
/** … from this many clusters. */
const FEWEST_CLUSTERS_BEYOND = 5
const RESAMPLES = 2000

/** The level of each of the intervals of `SHIFT_QUANTILES`, so that they hold together at 95% (Bonferroni). */
export const TOGETHER = 1 - 0.05 / SHIFT_QUANTILES.length

/**
 * Percentile intervals for after − before at these quantiles, moved so that they lie about `exact`, the shifts of the numbers themselves:
 * bins round.
 */
export function resampleShifts(
  arms: BinnedArms,
  exact: readonly { q: number; shift: number | null }[],
  { seed, level, resamples = RESAMPLES }: ShiftOptions,
): QuantileShift[] {
  const rows = [layOut(arms.before, arms.cuts.length), layOut(arms.after, arms.cuts.length)] as const
  const none = new Map<string, number>()
  const point = rows.map(side => weigh(side, none, none)) as [Float64Array, Float64Array]
  const isTold = exact.map(
    ({ q, shift }) => shift !== null && rows.every((side, arm) => isSupported(arms, side, point[arm]!, q)),
  )
  const shiftOf = ([before, after]: readonly Float64Array[], q: number) => {
    const [one, other] = [quantileOfBins(before!, arms, q), quantileOfBins(after!, arms, q)]
    return one === null || other === null ? null : other - one
  }
  const found = exact.map(() => [] as number[])
  const random = createRandom(seed)
  const clusters = [...new Set([...arms.before, ...arms.after].map(row => row.cluster))].sort()
  for (let run = 0; run < resamples && isTold.includes(true); run += 1) {
    const ofClusters = drawWeights(random, clusters)
    const sums = rows.map(side => weigh(side, ofClusters, drawWeights(random, side.days)))
    for (const [i, { q }] of exact.entries()) {
      const shift = isTold[i] ? shiftOf(sums, q) : null
      if (shift !== null) found[i]!.push(shift)
    }
  }
  const days = rows[0].days.length + rows[1].days.length
  const df = dfOf(rows, days)
  return exact.map(({ q, shift }, i) => {
    const isSeen = isTold[i] && found[i]!.length > 0
    if (!isSeen || df <= 0)
      return { q, interval: null, se: null, few: isSeen && days > 0 && days <= 2 ? 'days' : 'numbers' }
    const binned = shiftOf(point, q)!
    const { interval, se } = spanOf(found[i]!, binned, { level, df })
    const moved = shift! - binned
    return { q, se, interval: [interval[0] + moved, interval[1] + moved], few: null }
  })
}

/** Of the clusters, and of the days where there are any. */
function dfOf([before, after]: readonly [LaidOut, LaidOut], days: number): number {
  const totals = ({ rows, sizes }: LaidOut) =>
    totalClusters(rows.map(({ cluster }, i) => ({ cluster, requests: sizes[i]!, good: 0 })))
  const { clusterDf } = varyByClusters(totals(before), totals(after))
  return days === 0 ? clusterDf : Math.min(clusterDf, days - 2)
}

interface LaidOut {
  rows: readonly BinnedRow[]
  /** How many numbers each row has. */
  sizes: readonly number[]
  days: string[]
  width: number
}

function layOut(rows: readonly BinnedRow[], width: number): LaidOut {
  const sizes = rows.map(({ counts }) => sum(Array.from(counts)))
  const joined = joinSlivers(rows, sizes)
  const days = [...new Set(joined.values())]
  return {
    rows: rows.map(row => (row.day === undefined ? row : { ...row, day: joined.get(row.day)! })),
    sizes,
    width,
    days,
  }
}

/** Less than this of the day that the middle number is of is a sliver of one: a change at 23:30 leaves half an hour. */
const SLIVER = 0.25

/**
 * By day, the day that it is drawn with: its own, but for slivers, which go with the day before (the first with the next). Where all other
 * days are drawn no times, a sliver would stand for the whole arm.
 */
function joinSlivers(rows: readonly BinnedRow[], sizes: readonly number[]): Map<string, string> {
  const byDay = new Map<string, number>()
  for (const [i, { day }] of rows.entries())
    if (day !== undefined) byDay.set(day, (byDay.get(day) ?? 0) + sizes[i]!)
  const days = [...byDay.keys()].sort()
  const least = SLIVER * sizeOfMiddle([...byDay.values()])
  let current = days.find(day => byDay.get(day)! >= least)
  return new Map(
    days.map(day => {
      if (byDay.get(day)! >= least) current = day
      return [day, current!]
    }),
  )
}

/** Of the group that the middle one is in, the groups by size. */
function sizeOfMiddle(sizes: readonly number[]): number {
  let left = sum([...sizes]) / 2
  for (const size of sizes.toSorted((a, b) => a - b)) {
    left -= size
    if (left <= 0) return size
  }
  return 0
}

function drawWeights(random: Random, names: readonly string[]): Map<string, number> {
  return new Map(names.map(name => [name, drawPoisson(random)]))
}

/** The sum of all rows, each as often as its cluster and its day were drawn; once where none was. */
function weigh(
  { rows, width }: LaidOut,
  ofClusters: ReadonlyMap<string, number>,
  ofDays: ReadonlyMap<string, number>,
): Float64Array {
  const sums = new Float64Array(width)
  for (const { cluster, day, counts } of rows) {
    const weight = (ofClusters.get(cluster) ?? 1) * (day === undefined ? 1 : (ofDays.get(day) ?? 1))
    if (weight === 0) continue
    for (let i = 0; i < width; i += 1) sums[i]! += weight * counts[i]!
  }
  return sums
}

/** Whether an arm, which adds up to `sums`, has enough beyond the quantile, from enough clusters. */
function isSupported(arms: BinnedArms, { rows }: LaidOut, sums: Float64Array, q: number): boolean {
  const total = sum(Array.from(sums))
  if (total * (1 - q) < FEWEST_BEYOND) return false
  const at = quantileOfBins(sums, arms, q)!
  const from = arms.cuts.findIndex(cut => cut >= at)
  const clusters = new Set<string>()
  for (const { cluster, counts } of rows)
    for (let i = from; i < counts.length; i += 1) if (counts[i]! > 0) clusters.add(cluster)
  return clusters.size >= FEWEST_CLUSTERS_BEYOND
}

function spanOf(
  shifts: number[],
  point: number,
  { level, df }: { level: number; df: number },
): { interval: Interval; se: number } {
  const sorted = Float64Array.from(shifts).sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  const mean = sum(shifts) / shifts.length
  const se = Math.sqrt(sum(shifts.map(shift => (shift - mean) ** 2)) / shifts.length)
  const reach = tQuantile((1 + level) / 2, df) * se
  return {
    interval: [Math.min(at((1 - level) / 2), point - reach), Math.max(at((1 + level) / 2), point + reach)],
    se,
  }
}
