/** How far a distribution is from having one peak. */
import type { Distribution } from './distribution.js'
import { roundedSpans } from './log-density.js'
import { createRandom, type Random } from './random.js'

/** A cumulative distribution by its corners: at `at` it jumps from `below` to `upTo`; between them it is straight. */
export interface Corners {
  /** Ascending, all different. */
  at: Float64Array
  below: Float64Array
  upTo: Float64Array
}

/**
 * Hartigan's dip: the largest distance between a cumulative distribution and the closest one with a single
 * peak (convex up to some point, where it may jump, and concave after it); 0 to 1/4. A single value has none,
 * where R's `diptest` says 1/(2n) by convention.
 *
 * The interval that can hold the peak is narrowed to where the convex hull under the distribution and the
 * concave one over it are widest apart, as long as that is more than what is already lost outside of it.
 * Source: Hartigan and Hartigan, The dip test of unimodality (1985), here for jumps of any height.
 */
export function measureDip({ at, below, upTo }: Corners): number {
  const before = hullUnder(at, below)
  const after = hullOver(at, upTo)
  let low = 0
  let high = at.length - 1
  let lost = 0
  while (low < high) {
    const under = followHull(before, high, low).reverse()
    const over = followHull(after, low, high)
    const widest = findWidest({ at, below, upTo }, under, over)
    if (widest.apart <= lost) break
    for (const [start, end] of edgesOf(under)) {
      if (end > widest.low) break
      const line = lineThrough(at, below, start, end)
      for (let i = start; i < end; i += 1) lost = Math.max(lost, upTo[i]! - line(i))
    }
    for (const [start, end] of edgesOf(over)) {
      if (start < widest.high) continue
      const line = lineThrough(at, upTo, start, end)
      for (let i = start + 1; i <= end; i += 1) lost = Math.max(lost, line(i) - below[i]!)
    }
    low = widest.low
    high = widest.high
  }
  return lost / 2
}

/** For each corner the one before it on the greatest convex hull under all corners up to it. */
function hullUnder(at: Float64Array, height: Float64Array): Int32Array {
  const previous = new Int32Array(at.length)
  for (let i = 1; i < at.length; i += 1) {
    let corner = i - 1
    while (corner > 0 && slope(at, height, previous[corner]!, corner) >= slope(at, height, corner, i))
      corner = previous[corner]!
    previous[i] = corner
  }
  return previous
}

/** For each corner the one after it on the least concave hull over all corners from it on. */
function hullOver(at: Float64Array, height: Float64Array): Int32Array {
  const last = at.length - 1
  const next = new Int32Array(at.length).fill(last)
  for (let i = last - 1; i >= 0; i -= 1) {
    let corner = i + 1
    while (corner < last && slope(at, height, i, corner) <= slope(at, height, corner, next[corner]!))
      corner = next[corner]!
    next[i] = corner
  }
  return next
}

function slope(at: Float64Array, height: Float64Array, start: number, end: number): number {
  return (height[end]! - height[start]!) / (at[end]! - at[start]!)
}

function lineThrough(at: Float64Array, height: Float64Array, start: number, end: number) {
  const rise = slope(at, height, start, end)
  return (i: number) => height[start]! + rise * (at[i]! - at[start]!)
}

function followHull(hull: Int32Array, from: number, to: number): number[] {
  const corners = [from]
  while (corners.at(-1) !== to) corners.push(hull[corners.at(-1)!]!)
  return corners
}

function* edgesOf(corners: readonly number[]): Iterable<readonly [number, number]> {
  for (let i = 1; i < corners.length; i += 1) yield [corners[i - 1]!, corners[i]!]
}

/** Where two hulls over the same interval are farthest apart, and the corners of both that enclose the place. */
function findWidest({ at, below, upTo }: Corners, under: number[], over: number[]) {
  let widest = { apart: -1, low: 0, high: 0 }
  let u = 0
  let o = 0
  // Both start and end at the same corners: each corner of either is met once, from left to right.
  while (u < under.length && o < over.length) {
    const [low, high] = [under[u]!, over[o]!]
    const isOfUnder = low <= high
    const isOfOver = high <= low
    const apart =
      isOfUnder && isOfOver
        ? upTo[low]! - below[low]!
        : isOfUnder
          ? lineThrough(at, upTo, over[o - 1]!, high)(low) - below[low]!
          : upTo[high]! - lineThrough(at, below, under[u - 1]!, low)(high)
    if (apart > widest.apart) widest = isOfUnder ? { apart, low, high } : { apart, low: under[u - 1]!, high }
    if (isOfUnder) u += 1
    if (isOfOver) o += 1
  }
  return widest
}

export interface Dip {
  /** 0 to 0.25. Of large samples: under about 0.01 for one peak, 0.05 and more for two well apart. */
  statistic: number
  /** The share of uniform samples of that size with a dip as large; null for more than 500 numbers, or sampled ones. */
  p: number | null
  seed: number
}

/** From here on p is next to nothing for whatever isn't exactly one smooth peak. */
const MOST_FOR_P = 500
const UNIFORM_SAMPLES = 1000

/**
 * The dip of the logarithms, each value spread over the interval that the clock rounded to it: else whole
 * milliseconds are peaks of their own. Null without data.
 *
 * p is simulated against the uniform distribution, the least favourable one with a single peak, and assumes
 * independent numbers: requests of one customer are not. So p is for small samples, and says nothing alone.
 */
export function dipOfLogs(d: Distribution, seed: number): Dip | null {
  if (d.total === 0) return null
  const statistic = measureDip(spreadOverClock(d))
  const isCounted = d.total <= MOST_FOR_P && d.counts.every(count => Number.isInteger(count))
  return { statistic, p: isCounted ? compareWithUniform(statistic, d.total, createRandom(seed)) : null, seed }
}

function spreadOverClock(d: Distribution): Corners {
  const at: number[] = []
  const share: number[] = []
  let passed = 0
  for (const { from, to, count } of roundedSpans(d)) {
    // Neighbours touch: the end of one is the start of the next, but for rounding.
    if (at.length === 0 || from > at[at.length - 1]!) {
      at.push(from)
      share.push(passed / d.total)
    }
    passed += count
    at.push(Math.max(to, at[at.length - 1]! + Number.EPSILON * 16))
    share.push(Math.min(1, passed / d.total))
  }
  const heights = Float64Array.from(share)
  return { at: Float64Array.from(at), below: heights, upTo: heights }
}

function compareWithUniform(statistic: number, n: number, random: Random): number {
  let asLarge = 1
  for (let run = 0; run < UNIFORM_SAMPLES; run += 1) {
    const at = Float64Array.from({ length: n }, random.next).sort()
    const below = at.map((_, i) => i / n)
    const upTo = at.map((_, i) => (i + 1) / n)
    if (measureDip({ at, below, upTo }) >= statistic) asLarge += 1
  }
  return asLarge / (UNIFORM_SAMPLES + 1)
}
