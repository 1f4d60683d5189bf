/**
 * Which times of two aligned sides changed beyond noise: of each function itself (self), of it with what it called (total), and of each
 * call path. Benjamini and Hochberg over all functions' times; call paths are a family of their own.
 *
 * Two things look like a change of a function and are none:
 *
 * - All of a side's times have something in common: the machine was busier, the load differed, or samples were taken more often, each of
 *   which costs the target time. So a function is judged beside those that most likely didn't change (`find-reference.ts`), and its change
 *   has to show in the plain milliseconds, too. Where there are too few of those, by requests or seconds alone.
 * - A compiler inlines a function into its caller, and the sampler then books its time there, wholly or in part; when that happens is
 *   chance. So time that went to or came from a caller, callee or sibling that changed the other way is counted together with it.
 */
import type { Interval } from '../stats/intervals.js'
import { adjustForMany } from '../stats/many.js'
import { ASSUMED_BETWEEN_RUNS, changeOfRate, type RateModel } from '../stats/rate-change.js'
import { type Spread, spreadOf, varyBetweenRuns } from '../stats/rate-spread.js'
import type { AlignedCaptures } from './align-captures.js'
import { findNeighbours } from './find-neighbours.js'
import { findReference } from './find-reference.js'
import { addSides, type Exposures, hasCallees, type Measure, type TwoSides, tellSides } from './tell-sides.js'

export interface Judged {
  /** Index into `pairs` or `nodes`. */
  entry: number
  measure: Measure
  /** Milliseconds per request or second, as they were measured. */
  before: number
  after: number
  change: number
  /** The change beside the reference, in after's milliseconds; without a reference the same as `change`. */
  beside: number
  /** It may just have moved to or from callers, callees or siblings. */
  moved: boolean
  /** Of no change; 1 where it can't be told. */
  p: number
  /** Holds the change as measured, and as it is beside the reference, in the milliseconds of either side. */
  intervalAt: (level: number) => Interval | null
  significant: boolean
}

export interface Judgement {
  self: Judged[]
  total: Judged[]
  nodes: Judged[]
  /** Of each interval, so that it holds 0 just when the change isn't significant. */
  level: number
  /** By what the reference's time differs, and of how many functions it is; null where there is none. */
  scale: { factor: number; functions: number } | null
}

/** Fewer samples on both sides together can't be told from chance; and what is less than a 200th of all is not worth a test of its own. */
const LEAST_SAMPLES = 8
const LEAST_SHARE = 0.005
const RATE = 0.05
/** A neighbour counts as changed the other way below this p. */
const OPPOSING_P = 0.1
/** Beside the reference a change of 1 has to be at least this much as measured; per second, of the same sign. */
const LEAST_PLAIN = { request: 0.25, second: 0 }
/** Of a change, when all neighbours are counted in. */
const LEAST_KEPT = 0.5
const MOST_NODES = 3000

export function judgeFrames(aligned: AlignedCaptures, exposures: Exposures): Judgement {
  const judge = makeJudge(aligned, exposures)
  const self = listEntries(aligned, 'selfOfFrame').map(entry => judge.one('selfOfFrame', entry))
  const total = listEntries(aligned, 'totalOfFrame')
    .filter(entry => hasCallees(aligned, entry))
    .map(entry => judge.one('totalOfFrame', entry))
  const { level, judged } = selectAll(settleMoves(aligned, [...self, ...total], judge))
  const nodes = listEntries(aligned, 'totalOfNode')
    .slice(0, MOST_NODES)
    .map(entry => judge.one('totalOfNode', entry))
  return {
    self: judged.slice(0, self.length),
    total: judged.slice(self.length),
    nodes: selectAll(nodes).judged,
    level,
    scale: judge.scale,
  }
}

/** With enough samples, those with most first. */
function listEntries({ before, after }: AlignedCaptures, measure: Measure): number[] {
  const captures = [...before, ...after]
  const least = Math.max(LEAST_SAMPLES, LEAST_SHARE * captures.reduce((sum, { samples }) => sum + samples, 0))
  return Array.from({ length: captures[0]?.[measure].samples.length ?? 0 }, (_, entry) => ({
    entry,
    samples: captures.reduce((sum, capture) => sum + capture[measure].samples[entry]!, 0),
  }))
    .filter(({ samples }) => samples >= least)
    .sort((one, other) => other.samples - one.samples)
    .map(({ entry }) => entry)
}

interface Judge {
  one: (measure: Measure, entry: number) => Judged
  /** Several added up; the first gives its name. */
  together: (parts: readonly { measure: Measure; entry: number }[]) => Judged
  scale: Judgement['scale']
}

function makeJudge(aligned: AlignedCaptures, exposures: Exposures): Judge {
  const sums = { before: sumOf(exposures.before), after: sumOf(exposures.after) }
  const reference = findReference(aligned, sums)
  const tell = (measure: Measure, entry: number) =>
    tellSides(aligned, exposures, { measure, entry, reference })
  const inReference = reference && {
    before: sumOf(reference.before.map(sumOf)) / sums.before,
    after: sumOf(reference.after.map(sumOf)) / sums.after,
  }
  const spreads = listEntries(aligned, 'selfOfFrame').flatMap(entry => {
    const { before, after } = tell('selfOfFrame', entry)
    return [spreadOf(before), spreadOf(after)]
  })
  const model: RateModel = {
    betweenRuns: varyBetweenRuns(spreads.filter(isWell)),
    assumed: Math.max(ASSUMED_BETWEEN_RUNS ** 2, reference?.apart ?? 0),
  }
  const leastPlain = LEAST_PLAIN[exposures.per]
  const weigh = ({ before, after }: TwoSides) => {
    const [one, other] = [spreadOf(before), spreadOf(after)]
    const { p, change, intervalAt } = changeOfRate(one, other, model)
    const plain = { before: one.total / sums.before, after: other.total / sums.after }
    const measured = plain.after - plain.before
    if (!inReference) return { ...plain, change: measured, beside: measured, p, intervalAt }
    const isPlain =
      measured * change > 0 && Math.abs(measured) >= leastPlain * Math.abs(change * inReference.after)
    const units = [inReference.before, inReference.after]
    return {
      ...plain,
      change: measured,
      beside: change * inReference.after,
      p: isPlain ? p : 1,
      intervalAt: (level: number) => {
        const interval = intervalAt(level)
        if (!interval) return null
        const ends = units.flatMap(unit => interval.map(end => end * unit))
        return span([...ends, measured, ...(isPlain ? [] : [0])])
      },
    }
  }
  return {
    one: (measure, entry) => ({
      ...weigh(tell(measure, entry)),
      entry,
      measure,
      moved: false,
      significant: false,
    }),
    together: parts => {
      const sides = parts.map(({ measure, entry }) => tell(measure, entry))
      const { entry, measure } = parts[0]!
      return { ...weigh(addSides(sides)), entry, measure, moved: false, significant: false }
    },
    scale: inReference && {
      factor: inReference.after / inReference.before,
      functions: reference!.frames.length,
    },
  }
}

/** By its samples. */
function isWell({ total, unit }: Spread): boolean {
  return total >= 25 * unit
}

/**
 * What may have moved between neighbours has to be a change of all of them together, by half of its own size at least, and of itself with
 * what it called; and a change together with those that changed the other way.
 */
function settleMoves(aligned: AlignedCaptures, judged: readonly Judged[], judge: Judge): Judged[] {
  const selfOf = new Map(judged.filter(one => one.measure === 'selfOfFrame').map(one => [one.entry, one]))
  const totalOf = new Map(judged.filter(one => one.measure === 'totalOfFrame').map(one => [one.entry, one]))
  const neighboursOf = findNeighbours(aligned)
  return judged.map(one => {
    if (one.p > RATE) return one
    const neighbours = neighboursOf(one.entry, one.measure === 'selfOfFrame')
    const opposing = neighbours.filter(entry => {
      const other = selfOf.get(entry)
      return other && other.p < OPPOSING_P && other.change * one.change < 0
    })
    const withSelf = (entries: readonly number[]) =>
      judge.together([one, ...entries.map(entry => ({ measure: 'selfOfFrame' as const, entry }))])
    const all = withSelf(neighbours)
    const part = withSelf(opposing)
    const total = totalOf.get(one.measure === 'selfOfFrame' ? one.entry : -1)
    const isSame =
      all.beside * Math.sign(one.beside) >= LEAST_KEPT * Math.abs(one.beside) &&
      (!total || total.change * Math.sign(one.change) >= LEAST_KEPT * Math.abs(one.change))
    return {
      ...one,
      p: isSame && part.change * one.change > 0 ? Math.max(one.p, part.p) : 1,
      moved: !isSame || part.p > RATE,
      intervalAt: level => {
        const intervals = [one, part, ...(isSame ? [] : [all])].map(it => it.intervalAt(level))
        return intervals.includes(null)
          ? null
          : span([...intervals.flatMap(it => it!), ...(isSame ? [] : [0])])
      },
    }
  })
}

function selectAll(judged: readonly Judged[]): { judged: Judged[]; level: number } {
  const { selected } = adjustForMany(
    judged.map(({ p }) => p),
    RATE,
  )
  const chosen = new Set(selected)
  return {
    judged: judged.map((one, position) => ({ ...one, significant: chosen.has(position) })),
    level: 1 - (RATE * Math.max(1, selected.length)) / Math.max(1, judged.length),
  }
}

function span(ends: readonly number[]): Interval {
  return [Math.min(...ends), Math.max(...ends)]
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}
