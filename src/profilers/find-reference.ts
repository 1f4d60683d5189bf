/**
 * The functions that most likely did not change: those whose ratio of after to before lies about the middle of all that are measured well.
 * Their time together is what other functions are compared with, so that the load, the machine, and the cost of sampling itself, which
 * all functions have in common, are no change of any one of them.
 *
 * Misleads when most functions changed by the same factor: that is then shown as the scale of the whole, and not as a change of each.
 */
import { spreadOf } from '../stats/rate-spread.js'
import type { AlignedCapture, AlignedCaptures } from './align-captures.js'

export interface Reference {
  /** Indices into `pairs`. */
  frames: number[]
  /** How far functions differ between these captures beyond chance: the variance of a side, relative. */
  apart: number
  /** The time of all of them, for each capture and block. */
  before: Float64Array[]
  after: Float64Array[]
}

/** This many samples on each side measure a function to a quarter. */
const LEAST_SAMPLES = 16
const LEAST_FUNCTIONS = 5
/** The half that lies nearest to the middle ratio is in, and what is no farther than a quarter, or so many of its standard errors. */
const LEAST_AWAY = 0.25
const ERRORS_AWAY = 3
/** From the median distance to the standard deviation of a normal distribution. */
const TO_DEVIATION = 1.4826

/** Null where too few are measured well. Exposures: requests or seconds of each side. */
export function findReference(
  { before, after, pairs }: Pick<AlignedCaptures, 'before' | 'after' | 'pairs'>,
  exposures: { before: number; after: number },
): Reference | null {
  const busy = { before: before.map(sumBlocks), after: after.map(sumBlocks) }
  const well = pairs.flatMap((_, frame) => {
    const sides = [tell(before, busy.before, frame), tell(after, busy.after, frame)] as const
    if (Math.min(...sides.map(({ samples }) => samples)) < LEAST_SAMPLES) return []
    const [one, other] = sides
    const ratio = (other.time / exposures.after) * (exposures.before / one.time)
    return [{ frame, log: Math.log(ratio), error: Math.sqrt(one.variance + other.variance) }]
  })
  if (well.length < LEAST_FUNCTIONS) return null
  const middle = medianOf(well.map(({ log }) => log))
  const deviation = TO_DEVIATION * medianOf(well.map(({ log }) => Math.abs(log - middle)))
  const nearest = well.toSorted((one, other) => Math.abs(one.log - middle) - Math.abs(other.log - middle))
  const frames = nearest
    .filter(
      ({ log, error }, rank) =>
        rank < well.length / 2 || Math.abs(log - middle) < Math.max(LEAST_AWAY, ERRORS_AWAY * error),
    )
    .map(({ frame }) => frame)
  const byChance = medianOf(well.map(({ error }) => error ** 2))
  const addUp = (captures: readonly AlignedCapture[]) =>
    captures.map(({ selfOfFrame: { times }, width }) => {
      const sums = new Float64Array(width)
      for (const frame of frames)
        for (let block = 0; block < width; block += 1) sums[block]! += times[frame * width + block]!
      return sums
    })
  return {
    frames,
    apart: Math.max(0, deviation ** 2 - byChance) / 2,
    before: addUp(before),
    after: addUp(after),
  }
}

/** A function's time on one side, and the variance of its share of the busy time, relative: by blocks, and by samples at least. */
function tell(captures: readonly AlignedCapture[], busy: readonly Float64Array[], frame: number) {
  const samples = captures.reduce((sum, { selfOfFrame }) => sum + selfOfFrame.samples[frame]!, 0)
  const runs = captures.map(({ selfOfFrame, width }, i) => ({
    blocks: selfOfFrame.times.subarray(frame * width, (frame + 1) * width),
    exposures: busy[i]!,
  }))
  const { total, within } = spreadOf({ runs, unit: 0, isCounted: false })
  return { time: total, samples, variance: Math.max((within?.variance ?? 0) / total ** 2, 1 / samples) }
}

/** Of all functions. */
function sumBlocks({ selfOfFrame: { times }, width }: AlignedCapture): Float64Array {
  const sums = new Float64Array(width)
  for (const [index, time] of times.entries()) sums[index % width]! += time
  return sums
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
