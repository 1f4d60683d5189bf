/** Whether getting faster makes more visits go on, from where to where, and when the data can't say so. */
import { fitShape, placeOnShape, resampleShape, type Shape } from './fit-shelf.js'
import type { Interval } from './intervals.js'
import { divideSpan, fitSteps } from './step-gains.js'
import { countClients, mergeBins, totalBins, type Visits } from './visits.js'
import { compareWithinBetween, type Gain, gainBetweenAlike, type WithinBetween } from './within-between.js'

/**
 * `pays`: the same clients go on more often when they are faster. `confounded`: how clients differ isn't what the same client
 * sees, or it goes on more often when it is slower. `no effect`: whatever the same client gains or loses is under `SMALLEST_GAIN`.
 */
export type ToleranceVerdict = 'pays' | 'confounded' | 'no effect' | 'cannot tell'

export interface Shelf {
  from_ms: number
  to_ms: number
  /** How much more of the visits of the same client go on at `from_ms` than at `to_ms`, as a share of visits. */
  gain: number
  /** 95%, over customers; knots found again in each draw. */
  interval: Interval
  fromInterval_ms: Interval
  toInterval_ms: Interval
  openBelow: boolean
  openAbove: boolean
  /** What the same client gains below `from_ms`; null where the data ends there, or has too little below. */
  below: GainBelow | null
}

export interface GainBelow {
  /** The fastest bin there is. */
  from_ms: number
  gain: number
  /** 95%, over customers, with `from_ms` of the shelf as it was found. */
  interval: Interval
  /** `none`: under `SMALLEST_GAIN`, so that getting faster stops paying. `more`: over zero. `unclear`: neither is shown. */
  tells: 'none' | 'more' | 'unclear'
}

export interface Confounded {
  why: 'differ' | 'only between' | 'reversed'
  /** How much of the difference is gone among clients that are alike in it, 0 to 1; the largest first. */
  because: { by: string; share: number }[]
}

export interface ToleranceJudgement extends WithinBetween {
  verdict: ToleranceVerdict
  /** What all visits together show, whoever made them: no claim. Null where nothing falls. */
  shape: Shape | null
  /** What gains are measured over: the shape, or all the latencies there are. */
  span: { from_ms: number; to_ms: number }
  shelf: Shelf | null
  confounded: Confounded | null
  /** What is too little to look at all. Empty and `cannot tell`: the interval of `within` is too wide. */
  missing: string[]
}

/** Of visits: a smaller effect makes no difference, and isn't worth an experiment. */
export const SMALLEST_GAIN = 0.01

export interface JudgeOptions {
  /** Of each client: what goes with it, numbered by its values. */
  traits?: Readonly<Record<string, Int32Array>>
  seed: number
  /** Of customers, for the interval of a shelf. */
  draws?: number
}

/** Steps of latency that a knot can be at. */
const BINS = 24
/** Visits that a step should have: a knot at a few of them says where these lay, not where something begins. */
const PER_BIN = 20
const DRAWS = 999
const LEVEL = 0.05
/** Fewer visits that went on, or that didn't, say nothing about a share. */
const FEWEST_ENDS = 30
/** Clients with visits of several latencies: with fewer, gains that stand out are too large, and slow devices go unnoticed (simulated). */
const FEWEST_REPEATING = 50
/** A trait that takes less of the difference isn't named. */
const LEAST_EXPLAINED = 0.1

/**
 * The verdict over one kind of visits. A shelf is claimed only where the same client's gain is over zero on the whole range of
 * latencies as well as on the fitted shape (which alone would be found in noise too often), and between clients it is the same.
 *
 * Simulated: see test/stats/tolerance.test.ts.
 */
export function judgeTolerance(
  all: Visits,
  { traits = {}, seed, draws = DRAWS }: JudgeOptions,
): ToleranceJudgement {
  const seen = all.observed.reduce((sum, count) => sum + count, 0)
  const data = mergeBins(all, Math.max(3, Math.min(BINS, Math.floor(seen / PER_BIN))))
  const { visits, wentOn } = totalBins(data)
  const ms = data.bins.map(bin => bin.ms)
  const range = { from_ms: ms[0] ?? 1, to_ms: ms.at(-1) ?? 1 }
  const nothing = { verdict: 'cannot tell' as const, shape: null, span: range, shelf: null, confounded: null }
  if (ms.length < 3)
    return { ...nothing, ...NOTHING_FOUND, missing: ['visits of at least three different latencies'] }
  const overall = compareWithinBetween(data, placeOnShape(ms, range))
  const missing = findMissing(overall, data)
  if (missing.length > 0) return { ...nothing, ...overall, missing }
  // In noise the best shape is found where chance is greatest: one is fitted only where the whole range falls.
  const shape = isOverZero(overall.all) ? fitShape(ms, visits, wentOn) : null
  const span = shape ?? range
  const place = placeOnShape(ms, span)
  const found = shape ? compareWithinBetween(data, place) : overall
  const told = { ...nothing, shape, span, ...found, missing }
  const confounded = findConfounded(data, place, found, traits)
  if (confounded) return { ...told, verdict: 'confounded', confounded }
  const isSeen = isOverZero(found.within) && isOverZero(overall.within)
  const resampled = shape && isSeen ? resampleShape(data, { seed, draws }) : null
  if (!shape || !resampled || resampled.gain[0] <= 0) {
    const isNone = isSmall(found.within) && isSmall(overall.within)
    return { ...told, verdict: isNone ? 'no effect' : 'cannot tell' }
  }
  const within = { ...found.within!, interval: resampled.gain }
  const shelf: Shelf = {
    ...shape,
    gain: within.gain,
    interval: resampled.gain,
    fromInterval_ms: resampled.from_ms,
    toInterval_ms: resampled.to_ms,
    below: gainBelow(data, shape),
  }
  return { ...told, within, verdict: 'pays', shelf }
}

/** Steps into which the shelf is parted, so that its bend isn't taken for a gain below, or hides one. */
const PARTS = 3

function gainBelow(data: Visits, { from_ms, to_ms, openBelow, openAbove }: Shape): GainBelow | null {
  const [fastest, slowest] = [data.bins[0]!.ms, data.bins.at(-1)!.ms]
  if (openBelow) return null
  const knots = [fastest, ...divideSpan(from_ms, to_ms, PARTS), ...(openAbove ? [] : [slowest])]
  const found = fitSteps(data, knots)?.gainOf(knots.slice(1).map((_, step) => (step === 0 ? 1 : 0)))
  if (!found) return null
  const { gain, interval } = found
  const tells = interval[1] < SMALLEST_GAIN ? 'none' : interval[0] > 0 ? 'more' : 'unclear'
  return { from_ms: fastest, gain, interval, tells }
}

const NOTHING_FOUND: WithinBetween = { within: null, between: null, all: null, p: null, repeating: 0 }

function isOverZero(gain: Gain | null): boolean {
  return gain !== null && gain.interval[0] > 0
}

function isSmall(gain: Gain | null): boolean {
  return gain !== null && gain.interval[0] > -SMALLEST_GAIN && gain.interval[1] < SMALLEST_GAIN
}

function findMissing({ within, between, repeating }: WithinBetween, data: Visits): string[] {
  let [went, stayed] = [0, 0]
  for (const [row, observed] of data.observed.entries()) {
    const share = Math.min(1, data.wentOn[row]! / data.visits[row]!)
    went += share * observed
    stayed += (1 - share) * observed
  }
  const missing: string[] = []
  if (went < FEWEST_ENDS)
    missing.push(`visits that went on: at least ${FEWEST_ENDS}, found ${Math.round(went)}`)
  if (stayed < FEWEST_ENDS)
    missing.push(`visits that didn’t go on: at least ${FEWEST_ENDS}, found ${Math.round(stayed)}`)
  if (repeating < FEWEST_REPEATING)
    missing.push(`clients with visits of several latencies: at least ${FEWEST_REPEATING}, found ${repeating}`)
  if (missing.length === 0 && (within === null || between === null))
    missing.push(
      `clients that are many and independent: a few of the ${countClients(data)} make most of the visits`,
    )
  return missing
}

function findConfounded(
  data: Visits,
  place: Float64Array,
  { within, between, p }: WithinBetween,
  traits: Readonly<Record<string, Int32Array>>,
): Confounded | null {
  if (!within || !between) return null
  const differs = p !== null && p < LEVEL
  const onlyBetween = holdsZero(within.interval) && !holdsZero(between.interval)
  const isReversed = within.interval[1] < 0 && !isSmall(within)
  if (!differs && !onlyBetween) return isReversed ? { why: 'reversed', because: [] } : null
  const gap = between.gain - within.gain
  const because = Object.entries(traits).flatMap(([by, trait]) => {
    const alike = gainBetweenAlike(data, place, trait)
    const share = alike === null ? 0 : Math.min(1, (between.gain - alike) / gap)
    return share >= LEAST_EXPLAINED ? [{ by, share }] : []
  })
  const why = isReversed ? 'reversed' : differs ? 'differ' : 'only between'
  return { why, because: because.sort((a, b) => b.share - a.share) }
}

function holdsZero([low, high]: Interval): boolean {
  return low <= 0 && high >= 0
}
