import type { Distribution } from './distribution.js'

/** A density over the natural logarithm of the values, on an even grid. */
export interface LogDensity {
  /** Logarithm of the first grid point. */
  start: number
  step: number
  /** Per unit of logarithm; integrates to 1. */
  density: Float64Array
  bandwidth: number
}

/** Peaks closer than a few percent don't matter to anyone who waits. */
const SMALLEST_BANDWIDTH = 0.05
const GRID_STEPS_PER_BANDWIDTH = 5
const KERNEL_REACH = 4

/**
 * Gaussian kernel density of the logarithms. Each value is first spread over the interval that the clock
 * rounded to it (the smallest gap between two values), else whole milliseconds would make a peak of each of
 * 1, 2 and 3. A value of 0 is put between a quarter and a half of that gap.
 *
 * Assumes values of 0 or more and at least one of them; `bandwidth` is in units of logarithm.
 */
export function estimateLogDensity(d: Distribution, bandwidth = chooseBandwidth(d)): LogDensity {
  const step = bandwidth / GRID_STEPS_PER_BANDWIDTH
  const spans = roundedSpans(d)
  const reach = KERNEL_REACH * bandwidth
  const start = spans[0]!.from - reach
  const size = Math.ceil((spans[spans.length - 1]!.to + reach - start) / step) + 2
  return { start, step, density: smooth(fillGrid(spans, start, step, size), step, bandwidth), bandwidth }
}

/**
 * Silverman's rule of thumb (1986), 0.9·σ·n^(−1/5), with σ taken from the narrowest interval that holds a
 * quarter of the data: in a two-peaked sample the standard deviation measures the distance of the peaks, and
 * smooths them into one.
 */
function chooseBandwidth(d: Distribution): number {
  const spans = roundedSpans(d)
  const quarter = d.total / 4
  let narrowest = Infinity
  let first = 0
  let inside = 0
  for (let last = 0; last < spans.length; last += 1) {
    inside += spans[last]!.count
    while (first < last && inside - spans[first]!.count >= quarter) {
      inside -= spans[first]!.count
      first += 1
    }
    if (inside >= quarter) narrowest = Math.min(narrowest, spans[last]!.middle - spans[first]!.middle)
  }
  const sigma = narrowest / NORMAL_QUARTER_WIDTH
  return Math.max(SMALLEST_BANDWIDTH, 0.9 * sigma * d.total ** -0.2)
}

/** Width of the middle quarter of a standard normal: 2·Φ⁻¹(0.625). */
const NORMAL_QUARTER_WIDTH = 0.6372787

export interface Span {
  from: number
  to: number
  middle: number
  count: number
}

/** The interval of logarithms that the clock rounded to each value. */
export function roundedSpans({ values, counts }: Distribution): Span[] {
  let gap = Infinity
  for (let i = 1; i < values.length; i += 1) gap = Math.min(gap, values[i]! - values[i - 1]!)
  if (gap === Infinity) gap = (values[0] ?? 0) / 1000 || 1
  return Array.from(values, (value, i) => {
    const from = Math.log(Math.max(value - gap / 2, gap / 4))
    const to = Math.log(value + gap / 2)
    return { from, to, middle: value > 0 ? Math.log(value) : from, count: counts[i]! }
  })
}

/** The mass of each grid point, each span spread evenly. */
function fillGrid(spans: Span[], start: number, step: number, size: number): Float64Array {
  const mass = new Float64Array(size)
  const total = spans.reduce((sum, span) => sum + span.count, 0)
  for (const span of spans) {
    const pieces = Math.max(1, Math.ceil((span.to - span.from) / step))
    const piece = span.count / total / pieces
    for (let i = 0; i < pieces; i += 1) {
      const position = (span.from + ((i + 0.5) / pieces) * (span.to - span.from) - start) / step
      const below = Math.floor(position)
      const part = position - below
      mass[below]! += piece * (1 - part)
      mass[below + 1]! += piece * part
    }
  }
  return mass
}

function smooth(mass: Float64Array, step: number, bandwidth: number): Float64Array {
  const reach = Math.ceil((KERNEL_REACH * bandwidth) / step)
  const kernel = Array.from({ length: reach + 1 }, (_, i) => Math.exp(-0.5 * ((i * step) / bandwidth) ** 2))
  const area = step * (kernel.reduce((sum, height) => sum + 2 * height, 0) - kernel[0]!)
  const density = new Float64Array(mass.length)
  for (let i = 0; i < mass.length; i += 1) {
    if (mass[i] === 0) continue
    const height = mass[i]! / area
    for (let j = Math.max(0, i - reach); j <= Math.min(mass.length - 1, i + reach); j += 1) {
      density[j]! += height * kernel[Math.abs(i - j)]!
    }
  }
  return density
}
