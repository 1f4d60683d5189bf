/** What comes out of the history of a benchmark: its values from run to run, the levels that they moved between, and the changes. */
import type { Interval } from '../../stats/intervals.js'
import type { Warning } from '../../warnings.js'
import type { BenchMetric, MetricUnit, SmallestChange } from './metrics.js'

/** One `bench run`. */
export interface RunOfHistory {
  run: string
  /** Start of its first repetition; ISO 8601, UTC. */
  at: string
  /** Null outside git. */
  commit: string | null
  isDirty: boolean
  repetitions: number
}

export interface RunValue {
  run: string
  at: string
  commit: string | null
  value: number
}

export interface HistoryLevel {
  kind: 'level' | 'drift'
  /** Ids of its first and last run. */
  from: string
  to: string
  runs: number
  /** Where it begins and ends: the same but for a drift. */
  start: number
  end: number
  /** Of the mean, 95%; null for a drift and with fewer than two runs. */
  interval: Interval | null
}

/** The newest run against what the level did before it. */
export interface NewestRun {
  run: string
  value: number
  /** Of the level, and how many of it. */
  runs: number
  /** Where a further run of that level lies in 95% of cases. */
  expected: Interval
  side: 'inside' | 'above' | 'below'
  /** Newest runs in a row that are outside, on that side. */
  inARow: number
}

export interface MetricHistory {
  metric: BenchMetric
  title: string
  unit: MetricUnit
  worse: 'up' | 'down' | 'either'
  smallest: SmallestChange
  values: RunValue[]
  levels: HistoryLevel[]
  /** Null with too few runs on the last level. */
  newest: NewestRun | null
  /** Of a run with the run before, about the levels; null where it is no more than chance would have it. */
  correlation: number | null
}

export interface LevelFigure {
  value: number
  interval: Interval | null
}

export interface FoundChange {
  metric: BenchMetric
  title: string
  unit: MetricUnit
  /** A drift goes on for ten runs or more. */
  kind: 'step' | 'drift'
  direction: 'up' | 'down'
  isWorse: boolean
  /** The first run of the new level; of a drift, the first that is on it. */
  run: string
  at: string
  /** Where the new level is reached: the same but for a drift. */
  until: { run: string; at: string }
  from: LevelFigure
  to: LevelFigure
  /** Of the gate's kind; where the level before is 0, of which nothing is a part, `absolute`. */
  change: { value: number; interval: Interval | null; kind: SmallestChange['kind'] }
  /** By permutations of the order of the runs. */
  p: number
  /** Of the last run of the old level, and of the first of the new one. */
  commits: { after: string | null; until: string | null }
  /** Between these two runs, besides the code. */
  differs: { what: string; before: string; after: string }[]
}

export type ChangeState = 'new' | 'known' | 'acknowledged' | 'fixed' | 'wont-fix'

export interface CommitBetween {
  sha: string
  at: string
  author: string
  subject: string
}

export interface HistoryChange extends Omit<FoundChange, 'commits'> {
  /** From metric, direction and the first run of the new level, when it was found. */
  id: string
  state: ChangeState
  reason: string | null
  /** When it was reported; null where nothing is remembered. */
  found: string | null
  /** The story that it re-opened, or that was filed. */
  story: string | null
  commits: FoundChange['commits'] & {
    /** The newest first; null where they can't be known. */
    between: CommitBetween[] | null
    /** Further ones. */
    more: number
  }
}

/** `bench history`. */
export interface BenchmarkHistory {
  scenario: string
  file: string
  /** Measured as the scenario is now, else like the newest; in order of time. */
  runs: RunOfHistory[]
  metrics: MetricHistory[]
  /** The newest first. */
  changes: HistoryChange[]
  /** `worse`: a new change for the worse. */
  verdict: 'worse' | 'clean' | 'cannot tell yet'
  /** As few runs as a change can be found in. */
  fewest: number
  warnings: Warning[]
}
