import type { Distribution } from './distribution.js'
import { estimateLogDensity, type LogDensity } from './log-density.js'

export interface Mode {
  /** Where the peak is, in the unit of the values. */
  value: number
  /** The share of all numbers between the valleys beside it, 0 to 1. */
  share: number
  /** The valleys beside it: from 0 for the first, to Infinity for the last. */
  from: number
  to: number
}

/** A mode holds at least this share of the numbers. */
const SMALLEST_SHARE = 0.05
/** A valley's density is at most this part of the lower of the peaks beside it … */
const DEEPEST_VALLEY = 0.8
/**
 * … and lower by this many standard errors of the two densities; fewer in a half, which only has to confirm.
 */
const VALLEY_ERRORS = 2.2
const VALLEY_ERRORS_IN_A_HALF = 1
/**
 * ∫K² of the Gaussian kernel, 1/(2√π): the variance of a density estimate is about
 * density·this/(n·bandwidth).
 */
const KERNEL_ROUGHNESS = 1 / (2 * Math.sqrt(Math.PI))

/**
 * The peaks on the log scale, ascending: one for ordinary latencies, two for a cache that hits and misses. A
 * peak counts when at least 5% of the numbers are between the valleys beside it, when the valleys are real
 * ones (a fifth deeper than the peak, and by more than chance), and, where `halves` are given, when each half
 * has a peak there too. Pass the numbers of two halves of the customers: what one customer alone does isn't
 * the shape of the route. There is always at least one mode, unless there is no data.
 *
 * Assumes values of 0 or more. Misses a second peak within about ±50% of the first, and one on the shoulder
 * of a wide one. Not a test: a dip test's p is always tiny on millions of requests. Source: kernel modes as
 * in Silverman (1981), with a depth criterion as in Minnotte (1997), simplified.
 */
export function findModes(d: Distribution, halves?: readonly [Distribution, Distribution]): Mode[] {
  if (d.total === 0) return []
  const density = estimateLogDensity(d)
  const peaks = findPeaks(density, d.total, VALLEY_ERRORS)
  const confirmed = halves === undefined ? peaks : keepConfirmed(peaks, density, halves)
  const valueAt = (position: number) => Math.exp(density.start + position * density.step)
  return confirmed.map(({ top, from, to }, i) => ({
    value: valueAt(top),
    share: massBetween(density, from, to),
    from: i === 0 ? 0 : valueAt(from),
    to: i === confirmed.length - 1 ? Infinity : valueAt(to),
  }))
}

interface Peak {
  /** Grid positions: its highest point, and the valleys beside it. */
  top: number
  from: number
  to: number
}

function findPeaks(density: LogDensity, total: number, errors: number): Peak[] {
  const peaks = localPeaks(density.density)
  for (;;) {
    const weakest = weakestValley(peaks, density, total, errors) ?? smallestPeak(peaks, density)
    if (weakest === undefined) return peaks
    peaks.splice(weakest, 2, joinPeaks(peaks[weakest]!, peaks[weakest + 1]!, density.density))
  }
}

function localPeaks(density: Float64Array): Peak[] {
  const peaks: Peak[] = []
  let valley = 0
  for (let i = 1; i < density.length; i += 1) {
    if (density[i]! < density[valley]!) valley = i
    const rising = density[i]! > density[i - 1]!
    const falls = i === density.length - 1 || density[i + 1]! <= density[i]!
    if (!rising || !falls) continue
    const previous = peaks[peaks.length - 1]
    if (previous !== undefined) previous.to = valley
    peaks.push({ top: i, from: previous === undefined ? 0 : valley, to: density.length - 1 })
    valley = i
  }
  return peaks
}

/**
 * The position of the left one of the two peaks whose valley is the least convincing; undefined if all
 * valleys are real.
 */
function weakestValley(
  peaks: Peak[],
  { density, bandwidth }: LogDensity,
  total: number,
  errors: number,
): number | undefined {
  let weakest: number | undefined
  let shallowest = -Infinity
  for (let i = 0; i + 1 < peaks.length; i += 1) {
    const lower = Math.min(density[peaks[i]!.top]!, density[peaks[i + 1]!.top]!)
    const valley = density[peaks[i]!.to]!
    const error = Math.sqrt(((lower + valley) * KERNEL_ROUGHNESS) / (total * bandwidth))
    const real = valley <= DEEPEST_VALLEY * lower && lower - valley > errors * error
    if (!real && valley / lower > shallowest) {
      weakest = i
      shallowest = valley / lower
    }
  }
  return weakest
}

/**
 * Where to join the smallest peak that holds too little, on the side of the higher valley; undefined if all
 * hold enough.
 */
function smallestPeak(peaks: Peak[], density: LogDensity): number | undefined {
  const shares = peaks.map(peak => massBetween(density, peak.from, peak.to))
  const least = Math.min(...shares)
  if (peaks.length < 2 || least >= SMALLEST_SHARE) return undefined
  return joinedBy(peaks, shares.indexOf(least), density.density)
}

/** The left position of the join that swallows this peak across its higher valley. */
function joinedBy(peaks: Peak[], position: number, density: Float64Array): number {
  if (position === 0) return 0
  if (position === peaks.length - 1) return position - 1
  const { from, to } = peaks[position]!
  return density[from]! > density[to]! ? position - 1 : position
}

function joinPeaks(left: Peak, right: Peak, density: Float64Array): Peak {
  const top = density[left.top]! >= density[right.top]! ? left.top : right.top
  return { top, from: left.from, to: right.to }
}

/** Without the peaks that one of the halves doesn't show; the highest stays if none is left. */
function keepConfirmed(
  peaks: Peak[],
  density: LogDensity,
  halves: readonly [Distribution, Distribution],
): Peak[] {
  const inHalves = halves.map(half => {
    if (half.total === 0) return []
    const ofHalf = estimateLogDensity(half, density.bandwidth)
    return findPeaks(ofHalf, half.total, VALLEY_ERRORS_IN_A_HALF).map(
      peak => ofHalf.start + peak.top * ofHalf.step,
    )
  })
  const isConfirmed = (peak: Peak) =>
    inHalves.every(tops =>
      tops.some(top => {
        const position = (top - density.start) / density.step
        return position >= peak.from && position <= peak.to
      }),
    )
  if (!peaks.some(isConfirmed))
    return [peaks.reduce((left, right) => joinPeaks(left, right, density.density))]
  const kept = peaks.slice()
  for (;;) {
    const missing = kept.findIndex(peak => !isConfirmed(peak))
    if (missing === -1) return kept
    const join = joinedBy(kept, missing, density.density)
    const confirmedTop = missing === join ? kept[join + 1]!.top : kept[join]!.top
    kept.splice(join, 2, { top: confirmedTop, from: kept[join]!.from, to: kept[join + 1]!.to })
  }
}

function massBetween({ density, step }: LogDensity, from: number, to: number): number {
  let mass = 0
  for (let i = from; i <= to; i += 1) mass += density[i]! * step * (i === from || i === to ? 0.5 : 1)
  return Math.min(1, mass)
}
