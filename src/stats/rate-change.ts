/**
 * How far a rate moved between two sides, where each side is a sum over an exposure with a spread of its own (`rate-spread.ts`).
 *
 * Each side is taken as a count of independent pieces, as large as its variance over its total says, and never smaller than one sample:
 * so its interval is Garwood's (1936, gamma quantiles), which also holds for a sum that was never seen on one side and for skewed ones.
 * The two make the interval of the difference by the square-and-add rule (MOVER: Zou and Donner 2008, as Newcombe's for shares). Tails
 * are those of Student's t over blocks, or over runs.
 *
 * One run a side says nothing about differences between runs, which are there for the same code, too (what was compiled when, where it
 * lies in memory, who else used the machine): they are then assumed, see `ASSUMED_BETWEEN_RUNS`. Several runs measure it; with few of
 * them, each sum borrows from all others (moderated variances, Smyth 2004).
 */
import type { Interval } from './intervals.js'
import type { Spread } from './rate-spread.js'
import { gammaQuantileOfTail, normalCdf, normalQuantile, tCdf, tQuantile } from './special-functions.js'

/** The standard deviation between runs of the same code, relative to each sum, where only one run a side is there. */
export const ASSUMED_BETWEEN_RUNS = 0.1
/** How many degrees of freedom all other sums are worth to one. */
const BORROWED_DF = 4
const LEAST_TAIL = 1e-60

export interface RateModel {
  /** Relative variance between runs, of `varyBetweenRuns`; null where it has to be assumed. */
  betweenRuns: number | null
  /** The relative variance that is assumed then; `ASSUMED_BETWEEN_RUNS` squared, or more. */
  assumed: number
}

export interface RateChange {
  before: number
  after: number
  change: number
  /** Of no change; 1 where it can't be told. */
  p: number
  /** Null where it can't be told: one run a side whose order in time isn't known. */
  intervalAt: (level: number) => Interval | null
}

export function changeOfRate(before: Spread, after: Spread, model: RateModel): RateChange {
  const rates = { before: before.total / before.exposure, after: after.total / after.exposure }
  const change = rates.after - rates.before
  const sides = settleSides(before, after, model)
  if (!sides) return { ...rates, change, p: 1, intervalAt: () => null }
  return {
    ...rates,
    change,
    p: pOf(sides),
    intervalAt: level =>
      differ(sides, Math.max(LEAST_TAIL, normalCdf(-tQuantile((1 + level) / 2, sides.df)))),
  }
}

/** A side as a count of `pieces`, each worth `size` of the rate. */
interface Settled {
  rate: number
  pieces: number
  size: number
}

interface Sides {
  before: Settled
  after: Settled
  df: number
}

function settleSides(before: Spread, after: Spread, model: RateModel): Sides | null {
  const sides = [before, after]
  if (sides.some(side => side.within === null && side.between === null)) return null
  const both = before.total + after.total
  // What one piece is worth is pooled, so that a side on which it was never seen isn't certain of that.
  const pooled = both === 0 ? 0 : sides.reduce((sum, { within }) => sum + (within?.variance ?? 0), 0) / both
  const [one, other] = sides.map(side => varianceOfTotal(side, Math.max(pooled, side.unit), model)) as [
    Parts,
    Parts,
  ]
  const settle = ({ total, exposure, unit }: Spread, variance: number): Settled => ({
    rate: total / exposure,
    pieces: total === 0 ? 0 : (total * total) / variance,
    size: (total === 0 ? Math.max(pooled, unit) : variance / total) / exposure,
  })
  return {
    before: settle(before, one.variance),
    after: settle(after, other.variance),
    df: degreesOf(one, other, [before, after]),
  }
}

interface Parts {
  /** Of the total. */
  variance: number
  /** Its part that blocks measured, in the rate. */
  measured: number
  measuredDf: number
}

function varianceOfTotal(side: Spread, size: number, { betweenRuns, assumed }: RateModel): Parts {
  const { total, exposure, within, between, isCounted, runs, squares } = side
  const byBlocks = Math.max(within?.variance ?? 0, size * total)
  const apart = betweenRuns ?? assumed
  const expected = byBlocks + apart * squares + (isCounted ? (total * total) / exposure : 0)
  const borrowed = within ? BORROWED_DF : 0
  const variance =
    between === null
      ? expected
      : Math.max(byBlocks, (borrowed * expected + (runs - 1) * between.variance) / (borrowed + runs - 1))
  return { variance, measured: byBlocks / exposure ** 2, measuredDf: within?.df ?? 0 }
}

function degreesOf(one: Parts, other: Parts, sides: readonly Spread[]): number {
  const runs = sides.reduce((sum, { between }) => sum + (between?.df ?? 0), 0)
  const isOrdered = sides.every(({ within }) => within !== null)
  if (!isOrdered) return runs
  const whole = sides.reduce((sum, { exposure }, i) => sum + [one, other][i]!.variance / exposure ** 2, 0)
  const parts = one.measured ** 2 / one.measuredDf + other.measured ** 2 / other.measuredDf
  const byBlocks = parts === 0 ? one.measuredDf + other.measuredDf : whole ** 2 / parts
  return runs === 0 ? byBlocks : Math.min(byBlocks, runs + BORROWED_DF)
}

/** The interval whose tails are this small, in the sense of a normal distribution. */
function differ({ before, after }: Sides, tail: number): Interval {
  const [lowBefore, highBefore] = boundsOf(before, tail)
  const [lowAfter, highAfter] = boundsOf(after, tail)
  const change = after.rate - before.rate
  return [
    change - Math.hypot(after.rate - lowAfter, highBefore - before.rate),
    change + Math.hypot(highAfter - after.rate, before.rate - lowBefore),
  ]
}

function boundsOf({ rate, pieces, size }: Settled, tail: number): Interval {
  const low = pieces === 0 ? 0 : size * gammaQuantileOfTail(1 - tail, pieces)
  return [Math.min(rate, low), Math.max(rate, size * gammaQuantileOfTail(tail, pieces + 1))]
}

/** Twice the tail at which the interval touches 0. */
function pOf(sides: Sides): number {
  const change = sides.after.rate - sides.before.rate
  const end = change > 0 ? 0 : 1
  const isApart = (logTail: number) => differ(sides, Math.exp(logTail))[end] * change > 0
  let [low, high] = [Math.log(LEAST_TAIL), Math.log(0.4)]
  if (!isApart(high)) return 1
  if (isApart(low)) high = low
  while (high - low > 0.01) {
    const middle = (low + high) / 2
    if (isApart(middle)) high = middle
    else low = middle
  }
  return 2 * tCdf(normalQuantile(Math.exp(high)), sides.df)
}
