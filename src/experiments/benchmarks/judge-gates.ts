/** Each gate of a scenario on what was measured of both sides. Pure. */
import { mean } from 'simple-statistics'
import { compareShares } from '../../stats/compare-shares.js'
import type { Interval } from '../../stats/intervals.js'
import { measureApart, measurePairs, type RunChange } from '../../stats/paired-change.js'
import { tCdf } from '../../stats/special-functions.js'
import { judgeChange, UNDECIDED, type Verdict } from '../../stats/verdicts.js'
import type { JudgedGate, JudgedWaiver } from './comparison.js'
import { countSide, inPairs, type MeasuredPair, type Sides } from './count-answers.js'
import { kindOf } from './metrics.js'
import { explainOtherWork } from './same-work.js'
import type { Gate, Waiver } from './scenario.js'
import { decisiveWaiver, judgeWaivers } from './waivers.js'

export interface JudgeOptions {
  /** Of each interval. */
  level: number
  /** The day on which a waiver has to hold. */
  now: Date
  waivers: readonly Waiver[]
  /** What is in reach; without it, nothing is known to be. */
  mostPairs?: number
}

/** Pairs were measured side by side. */
export function judgeGates(
  pairs: readonly MeasuredPair[],
  gates: readonly Gate[],
  options: JudgeOptions,
): JudgedGate[] {
  return judgeSides(inPairs(pairs), gates, options)
}

/**
 * The share of good requests by the rule of `compare`, with the pair as the cluster; all other metrics, which are one figure a
 * repetition, by the pairs' differences (or Welch's t, where sides weren't interleaved). A metric that wasn't measured in each of them
 * can't be told: repetitions without a figure are seldom the good ones. Nor can any but the share where the sides didn't do the same work.
 */
export function judgeSides(sides: Sides, gates: readonly Gate[], options: JudgeOptions): JudgedGate[] {
  return gates.map(gate => judgeGate(sides, gate, options))
}

function judgeGate(sides: Sides, gate: Gate, options: JudgeOptions): JudgedGate {
  const { metric, direction, smallest } = gate
  const { title, unit } = kindOf(metric)
  const figureOf = (side: 'base' | 'head') =>
    metric === 'under' ? shareOf(sides, side) : meanOf(sides[side].map(kindOf(metric).valueOf))
  const measured = { base: figureOf('base'), head: figureOf('head') }
  const change = metric === 'under' ? changeShare(sides, gate, options) : changeFigure(sides, gate, options)
  const verdict = orient(gate, change.interval)
  const isTold = verdict !== 'cannot tell yet'
  const waiver = decisiveWaiver(
    judgeWaivers(
      options.waivers.filter(one => one.metric === metric),
      () => measured.head,
      options.now,
    ),
  )
  const { needs } = change
  return {
    metric,
    title,
    unit,
    direction,
    ...measured,
    verdict,
    reason: isTold ? null : (change.reason ?? UNDECIDED),
    change: {
      kind: smallest.kind,
      value: change.value,
      interval: change.interval,
      smallest: smallest.value,
      se: change.se,
      df: change.df,
      p: change.p,
    },
    needs: isTold
      ? null
      : { pairs: needs, reachable: needs !== null && needs <= (options.mostPairs ?? Infinity) },
    waiver,
    fails: doesFail(gate, verdict, waiver),
  }
}

function changeShare(sides: Sides, { smallest }: Gate, { level }: JudgeOptions): RunChange {
  const { change, needs, reason } = compareShares({
    before: countSide(sides, 'base').clusters,
    after: countSide(sides, 'head').clusters,
    apartInTime: false,
    smallest: smallest.value,
    level,
    noun: sides.interleaved ? 'pair' : 'repetition',
    isBalanced: true,
  })
  const { value, interval, se, df } = change
  const p =
    value === null || interval === null || !se || df === null ? null : 2 * tCdf(-Math.abs(value) / se, df)
  return { value, interval, se, df, p, needs: needs?.clusters ?? null, reason }
}

function changeFigure(sides: Sides, { metric, smallest }: Gate, { level }: JudgeOptions): RunChange {
  const otherWork = explainOtherWork(sides, level)
  if (otherWork !== null) return untold(otherWork)
  const kind = kindOf(metric)
  const [base, head] = [sides.base.map(kind.valueOf), sides.head.map(kind.valueOf)]
  const missing = { base: countMissing(base), head: countMissing(head) }
  if (missing.base + missing.head > 0) return unmeasured(sides, missing)
  const options = {
    kind: smallest.kind === 'relative' ? ('relative' as const) : ('absolute' as const),
    smallest: smallest.value,
    level,
  }
  const known = { base: base as number[], head: head as number[] }
  if (!sides.interleaved) return measureApart(known.base, known.head, options)
  return measurePairs(
    known.base.map((value, i) => ({ base: value, head: known.head[i]! })),
    options,
  )
}

function countMissing(values: readonly (number | null)[]): number {
  return values.filter(value => value === null).length
}

function unmeasured(sides: Sides, missing: { base: number; head: number }): RunChange {
  const where = (['base', 'head'] as const)
    .filter(side => missing[side] > 0)
    .map(side => `${missing[side]} of ${sides[side].length} repetitions of the ${side}`)
  return untold(`It wasn’t measured in ${where.join(' and ')}.`)
}

function untold(reason: string): RunChange {
  return { value: null, interval: null, se: null, df: null, p: null, needs: null, reason }
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null)
  return known.length === 0 ? null : mean(known)
}

function shareOf(sides: Sides, side: 'base' | 'head'): number | null {
  const { clusters } = countSide(sides, side)
  const requests = clusters.reduce((sum, one) => sum + one.requests, 0)
  return requests === 0 ? null : clusters.reduce((sum, one) => sum + one.good, 0) / requests
}

/** Up is better for `judgeChange`; for most figures of a run it isn't. */
function orient({ metric, smallest }: Gate, interval: Interval | null): Verdict {
  const isWorseUp = kindOf(metric).worse === 'up'
  const turned: Interval | null = interval && isWorseUp ? [-interval[1], -interval[0]] : interval
  return judgeChange(turned, smallest.value)
}

/** Where the metric went, for sure. */
function movedTo({ metric }: Gate, verdict: Verdict): 'up' | 'down' | null {
  if (verdict !== 'worse' && verdict !== 'better') return null
  const { worse } = kindOf(metric)
  return verdict === 'worse' ? worse : worse === 'up' ? 'down' : 'up'
}

function doesFail(gate: Gate, verdict: Verdict, waiver: JudgedWaiver | null): boolean {
  if (waiver !== null) return waiver.state !== 'holds'
  const moved = movedTo(gate, verdict)
  return moved !== null && (gate.direction === 'either' || gate.direction === moved)
}
