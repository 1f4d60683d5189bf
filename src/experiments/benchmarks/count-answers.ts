/** A repetition's answers as `compare` counts requests. Pure. */
import type { CountedSlice } from '../../evidence/count-clusters.js'
import { binNumbers, chooseCuts } from '../../stats/binned-arms.js'
import { distributionFromPairs, mergeDistributions } from '../../stats/distribution.js'
import { type ArmsComparison, compareArms } from '../compare-arms.js'
import type { ArmTimes } from '../compare-times.js'
import type { Repetition } from './repetition.js'

export interface MeasuredPair {
  base: Repetition
  head: Repetition
}

/** What was measured of both sides. */
export interface Sides {
  base: readonly Repetition[]
  head: readonly Repetition[]
  /** Measured in turns: the first of one side and the first of the other are a pair. */
  interleaved: boolean
}

export function inPairs(pairs: readonly MeasuredPair[]): Sides {
  return { base: pairs.map(pair => pair.base), head: pairs.map(pair => pair.head), interleaved: true }
}

/** What is good of what counts: all but the 4xx, which say nothing of the service. */
function countGood(repetition: Repetition): { requests: number; good: number } {
  const { requests, errors, statuses, underShare } = repetition
  const counted = requests + errors - (statuses['4xx'] ?? 0)
  return { requests: counted, good: Math.min(counted, Math.round((underShare ?? 0) * counted)) }
}

/** A pair is a cluster of both sides; repetitions that weren't interleaved are each one of their own. */
export function countSide(sides: Sides, side: 'base' | 'head'): CountedSlice {
  const repetitions = sides[side]
  const sum = (of: (repetition: Repetition) => number) =>
    repetitions.reduce((total, repetition) => total + of(repetition), 0)
  const requests = sum(one => one.requests + one.errors)
  const part = (count: number) => (requests === 0 ? 0 : count / requests)
  return {
    clusters: repetitions.map((one, i) => ({ cluster: nameCluster(sides, side, i), ...countGood(one) })),
    requests,
    unmeasured: false,
    errorShare: part(sum(one => (one.statuses['5xx'] ?? 0) + one.errors)),
    unfinishedShare: part(sum(one => one.timeouts)),
  }
}

function nameCluster({ interleaved }: Sides, side: 'base' | 'head', i: number): string {
  return interleaved ? `pair ${i + 1}` : `${side} ${i + 1}`
}

export interface AnswersQuestion {
  under_ms: number
  /** Of the share of good requests. */
  smallest: number
  level: number
  seed: number
}

/** Both sides' answers as `compare` judges two arms. Its verdict is that of the gate `under`. */
export function compareAnswers(sides: Sides, question: AnswersQuestion): ArmsComparison {
  return compareArms({
    ...question,
    before: countSide(sides, 'base'),
    after: countSide(sides, 'head'),
    unit: sides.interleaved ? 'pair' : 'repetition',
    times: timesOf(sides),
    apartInTime: false,
  })
}

const CUTS = 512

function timesOf(sides: Sides): ArmTimes {
  const pool = (repetitions: readonly Repetition[]) =>
    mergeDistributions(repetitions.map(({ latency }) => distributionFromPairs(latency)))
  const [before, after] = [pool(sides.base), pool(sides.head)]
  const { cuts, isExact } = chooseCuts(mergeDistributions([before, after]), CUTS)
  const bin = (side: 'base' | 'head') =>
    binNumbers(
      sides[side].flatMap(({ latency }, i) =>
        latency.map(([value, weight]) => ({ cluster: nameCluster(sides, side, i), value, weight })),
      ),
      cuts,
    )
  return { before, after, bins: { cuts, isExact, before: bin('base'), after: bin('head') } }
}
