/** One time of an aligned pair of sides, as `stats/rate-spread.ts` takes it: by capture and block, over what it is divided by. */
import type { Side } from '../stats/rate-spread.js'
import type { AlignedCapture, AlignedCaptures } from './align-captures.js'
import type { Reference } from './find-reference.js'

export type Measure = 'selfOfFrame' | 'totalOfFrame' | 'totalOfNode'

export interface Exposures {
  per: 'request' | 'second'
  /** Requests, or seconds: one number a capture. */
  before: readonly number[]
  after: readonly number[]
}

export interface TwoSides {
  before: Side
  after: Side
}

interface Asked {
  measure: Measure
  entry: number
  /** What times are divided by; null: requests or seconds. */
  reference: Reference | null
}

export function tellSides(aligned: AlignedCaptures, exposures: Exposures, asked: Asked): TwoSides {
  const tell = (side: 'before' | 'after'): Side => ({
    runs: aligned[side].map((capture, i) => ({
      blocks: timesOf(capture, asked),
      exposures: asked.reference?.[side][i] ?? shareOut(exposures[side][i]!, capture.width),
    })),
    isCounted: asked.reference === null && exposures.per === 'request',
    unit: unitOf(aligned[side], asked),
  })
  return { before: tell('before'), after: tell('after') }
}

export function addSides(parts: readonly TwoSides[]): TwoSides {
  const add = (sides: readonly Side[]): Side => {
    const [first, ...rest] = sides as [Side, ...Side[]]
    return {
      ...first,
      unit: Math.max(...sides.map(({ unit }) => unit)),
      runs: first.runs.map(({ blocks, exposures }, run) => ({
        exposures,
        blocks: blocks.map((time, block) =>
          rest.reduce((sum, { runs }) => sum + runs[run]!.blocks[block]!, time),
        ),
      })),
    }
  }
  return { before: add(parts.map(({ before }) => before)), after: add(parts.map(({ after }) => after)) }
}

export function hasCallees({ before, after }: AlignedCaptures, entry: number): boolean {
  return [...before, ...after].some(
    ({ selfOfFrame, totalOfFrame }) => totalOfFrame.samples[entry]! > selfOfFrame.samples[entry]!,
  )
}

function timesOf(capture: AlignedCapture, { measure, entry }: Asked): Float64Array {
  return capture[measure].times.subarray(entry * capture.width, (entry + 1) * capture.width)
}

/** When in a capture its requests came isn't known. */
function shareOut(exposure: number, blocks: number): Float64Array {
  return new Float64Array(blocks).fill(exposure / blocks)
}

/** How long one of its samples stands for; where there is none, any sample. */
function unitOf(captures: readonly AlignedCapture[], asked: Asked): number {
  let [time, samples] = [0, 0]
  for (const capture of captures) {
    samples += capture[asked.measure].samples[asked.entry]!
    for (const block of timesOf(capture, asked)) time += block
  }
  if (samples > 0 && time > 0) return time / samples
  const all = captures.reduce((sum, capture) => sum + capture.samples, 0)
  return all === 0 ? 0 : captures.reduce((sum, { active_ms }) => sum + active_ms, 0) / all
}
