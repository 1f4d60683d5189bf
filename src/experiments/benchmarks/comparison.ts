/** What comes out of a benchmark's comparison of two versions, and of a run by itself. */
import type { Interval } from '../../stats/intervals.js'
import type { Verdict } from '../../stats/verdicts.js'
import type { Warning } from '../../warnings.js'
import type { ArmsComparison } from '../compare-arms.js'
import type { BenchMetric, MetricUnit, SmallestChange } from './metrics.js'
import type { Calibration, Environment, Repetition } from './repetition.js'
import type { Gate, Waiver } from './scenario.js'

/** One repetition without its distribution and what it has in common with the others. */
export type Figures = Omit<Repetition, 'latency' | 'scenario' | 'fingerprint' | 'environment'>

export interface MachineNoise {
  before: Calibration
  after: Calibration
  /** The largest spread of all calibrations. */
  worstSpread: number
  /** How much longer the same work took at the end than at the start: 0.02 is 2%. */
  drift: number
}

/** `bench run`. */
export interface BenchmarkResult {
  scenario: string
  file: string
  under_ms: number
  repetitions: Figures[]
  environment: Environment
  noise: MachineNoise
  /** Where the repetitions were added; null where they weren't kept. */
  results: string | null
  waivers: JudgedWaiver[]
  warnings: Warning[]
}

export interface Side {
  /** As it was named: a commit, a branch, a folder, a file of results. */
  name: string
  kind: 'commit' | 'folder' | 'results'
  environment: Environment
}

export interface JudgedGate {
  metric: BenchMetric
  title: string
  unit: MetricUnit
  direction: Gate['direction']
  /** Means over the repetitions; null where it wasn't measured. */
  base: number | null
  head: number | null
  verdict: Verdict
  /** Why it can't be told; null when it can. */
  reason: string | null
  change: {
    /** Of what `value`, `interval` and `smallest` are: a share's points, a part of the base, or the metric's unit. */
    kind: SmallestChange['kind']
    /** Head − base. */
    value: number | null
    interval: Interval | null
    smallest: number
    se: number | null
    df: number | null
    p: number | null
  }
  /** What would settle it; null when it is settled. */
  needs: { pairs: number | null; reachable: boolean } | null
  waiver: JudgedWaiver | null
  /** It went where it must not, and no waiver holds. */
  fails: boolean
}

export interface JudgedWaiver extends Waiver {
  state: 'holds' | 'expired' | 'exceeded'
}

export interface BenchmarkRound {
  pairs: number
  /** Of each interval, so that all looks of the round together are wrong in 5% at most. */
  level: number
  gates: JudgedGate[]
}

/** `bench compare`. */
export interface BenchmarkComparison {
  scenario: string
  file: string
  base: Side
  head: Side
  under_ms: number
  /** Over all gates: `worse` when one fails, for good; else what is least sure. */
  verdict: Verdict
  /** Of the round that decides: the last one. */
  gates: JudgedGate[]
  /** The first, and a fresh one where that failed: the verdict is that of the last. */
  rounds: BenchmarkRound[]
  /** A B B A; false where the sides were measured one after the other. */
  interleaved: boolean
  /** The answers of both sides as `compare` judges them, with the pair as the unit. Of the round that decides. */
  comparison: ArmsComparison
  repetitions: { side: 'base' | 'head'; round: number; pair: number; figures: Figures }[]
  /** Besides the code itself. */
  differs: { what: string; base: string; head: string }[]
  noise: MachineNoise
  seed: number
  warnings: Warning[]
}
