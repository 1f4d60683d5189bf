/**
 * The shape of a tolerance curve: flat where pages are fast enough, falling with the logarithm of latency, flat again where it is too
 * late anyway. Two knots, found by least squares over all pairs of latencies; never rising.
 */
import type { Interval } from './intervals.js'
import { createRandom, drawPoisson } from './random.js'
import { totalBins, type Visits } from './visits.js'
import { gainWithin } from './within-between.js'

export interface Shape {
  /** Up to here the curve is flat, and from `to_ms` on. */
  from_ms: number
  to_ms: number
  /** Nothing is seen of a flat part below `from_ms` or above `to_ms`: these are only the ends of the data. */
  openBelow: boolean
  openAbove: boolean
}

/** Fewest bins between knots, and beyond a knot that isn't an end of the data. */
const LEAST_BINS = 2

/** Where each latency is between the knots: 0 up to `from_ms`, 1 from `to_ms` on, by the logarithm between. */
export function placeOnShape(
  ms: readonly number[],
  { from_ms, to_ms }: Pick<Shape, 'from_ms' | 'to_ms'>,
): Float64Array {
  const from = Math.log(from_ms)
  const width = Math.log(to_ms) - from
  return Float64Array.from(ms, at => Math.min(1, Math.max(0, (Math.log(at) - from) / width)))
}

/** The falling shape that leaves the least squares over all visits, whoever made them. Null where none falls, or with under three bins. */
export function fitShape(
  ms: readonly number[],
  visits: ArrayLike<number>,
  wentOn: ArrayLike<number>,
): Shape | null {
  const best = searchKnots(ms.map(Math.log), visits, wentOn)
  if (best === null) return null
  const [from, to] = best
  return { from_ms: ms[from]!, to_ms: ms[to]!, openBelow: from === 0, openAbove: to === ms.length - 1 }
}

function searchKnots(
  logs: readonly number[],
  visits: ArrayLike<number>,
  wentOn: ArrayLike<number>,
): [number, number] | null {
  const bins = logs.length
  if (bins < 3) return null
  let [total, good] = [0, 0]
  for (let k = 0; k < bins; k += 1) {
    total += visits[k]!
    good += wentOn[k]!
  }
  const share = good / total
  let best: [number, number] | null = null
  let most = 0
  // Sums beyond the upper knot, where each visit counts as 1.
  const [beyond, beyondOff] = [new Float64Array(bins + 1), new Float64Array(bins + 1)]
  for (let k = bins - 1; k >= 0; k -= 1) {
    beyond[k] = beyond[k + 1]! + visits[k]!
    beyondOff[k] = beyondOff[k + 1]! + wentOn[k]! - share * visits[k]!
  }
  for (let from = 0; from < bins - LEAST_BINS; from += from === 0 ? LEAST_BINS - 1 : 1) {
    // With u = log − log of `from`: sums of u, u² and u·(how far off the share) grow as `to` moves on.
    let [sum, squares, off] = [0, 0, 0]
    for (let k = from + 1; k < bins; k += 1) {
      const width = logs[k]! - logs[from]!
      const isEnd = k === bins - 1
      if (k - from >= LEAST_BINS && (isEnd || bins - 1 - k >= LEAST_BINS - 1)) {
        const mean = (sum / width + beyond[k]!) / total
        const spread = squares / width ** 2 + beyond[k]! - total * mean ** 2
        const slope = off / width + beyondOff[k]!
        const explained = slope ** 2 / spread
        if (slope < 0 && explained > most) {
          most = explained
          best = [from, k]
        }
      }
      sum += visits[k]! * width
      squares += visits[k]! * width ** 2
      off += (wentOn[k]! - share * visits[k]!) * width
    }
  }
  return best
}

export interface ResampledShape {
  gain: Interval
  from_ms: Interval
  to_ms: Interval
}

/**
 * 95% percentile intervals of the knots, and of the gain of the same client from one to the other: customers are drawn anew
 * (Poisson weights, seeded), and knots and gain found again in each draw. Null where most draws have no falling shape.
 */
export function resampleShape(
  data: Visits,
  { seed, draws }: { seed: number; draws: number },
): ResampledShape | null {
  const random = createRandom(seed)
  const ms = data.bins.map(bin => bin.ms)
  const logs = ms.map(Math.log)
  const weights = new Uint8Array(data.clusters)
  const [gains, froms, tos]: number[][] = [[], [], []]
  for (let draw = 0; draw < draws; draw += 1) {
    for (let cluster = 0; cluster < data.clusters; cluster += 1) weights[cluster] = drawPoisson(random)
    const { visits, wentOn } = totalBins(data, weights)
    const knots = searchKnots(logs, visits, wentOn)
    if (knots === null) {
      gains!.push(0)
      continue
    }
    const [from_ms, to_ms] = [ms[knots[0]]!, ms[knots[1]]!]
    gains!.push(gainWithin(data, placeOnShape(ms, { from_ms, to_ms }), weights) ?? 0)
    froms!.push(from_ms)
    tos!.push(to_ms)
  }
  if (froms!.length === 0 || froms!.length < draws / 2) return null
  return { gain: middle(gains!), from_ms: middle(froms!), to_ms: middle(tos!) }
}

function middle(values: number[]): Interval {
  const sorted = Float64Array.from(values).sort()
  const at = (q: number) =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(q * (sorted.length + 1)) - 1))]!
  return [at(0.025), at(0.975)]
}
