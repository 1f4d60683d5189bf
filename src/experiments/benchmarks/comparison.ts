/** What comes out of a benchmark's comparison of two versions, and of a run by itself. */
import type { Interval } from '../../stats/intervals.js'
import type { Verdict } from '../../stats/verdicts.js'
import type { Warning } from '../../warnings.js'
import type { ArmsComparison } from '../compare-arms.js'
import type { BenchMetric, MetricUnit, SmallestChange } from './metrics.js'
import type { Calibration, Environment, Repetition } from './repetition.js'
import type { Gate, ScenarioLoad, Waiver } from './scenario.js'

/** One repetition without its distribution and what it has in common with the others. */
export type Figures = Omit<Repetition, 'latency' | 'scenario' | 'fingerprint' | 'environment'>

export interface MachineNoise {
  before: Calibration
  after: Calibration
  /** The largest spread of all calibrations. */
  worstSpread: number
  /** How much longer the same work took at the end than at the start: 0.02 is 2%. */
  drift: number
  /** The same between the fastest and the slowest calibration: what came and went meanwhile is in it, too. */
  range: number
}

/** Of one metric over the repetitions of a side. */
export interface MeasuredMetric {
  metric: BenchMetric
  title: string
  unit: MetricUnit
  /** Null where it wasn't measured. */
  mean: number | null
  /** Standard deviation between the repetitions; null for fewer than two. */
  sd: number | null
  /** Repetitions in which it was measured. */
  repetitions: number
}

/** `bench run`. */
export interface BenchmarkResult {
  scenario: string
  file: string
  under_ms: number
  load: Pick<ScenarioLoad, 'url' | 'rate' | 'connections' | 'duration_ms' | 'warmup_ms'>
  repetitions: Figures[]
  environment: Environment
  noise: MachineNoise
  /** What the gates are about, over the repetitions. */
  metrics: MeasuredMetric[]
  /** Where the repetitions were added; null where they weren't kept. */
  results: string | null
  waivers: JudgedWaiver[]
  warnings: Warning[]
}

export interface Side {
  /** As it was named: a commit, a branch, a folder, a file of results, a function. */
  name: string
  kind: 'commit' | 'folder' | 'results' | 'function'
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
  /** It went where it must not, and no waiver holds; or one has expired. */
  fails: boolean
}

export interface JudgedWaiver extends Waiver {
  /** What was measured of its metric; null where it wasn't. */
  value: number | null
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
  /** Empty for functions. */
  file: string
  base: Side
  head: Side
  under_ms: number
  /** Over all gates: `worse` when one fails, for good, or a waiver without a gate does; else what is least sure. */
  verdict: Verdict
  /** Of the round that decides: the last one. */
  gates: JudgedGate[]
  /** All of the scenario, by the head of the round that decides. */
  waivers: JudgedWaiver[]
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
