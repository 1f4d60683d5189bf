/** What a caller of the library says, and gets. */
import type { BenchmarkResult } from '../../experiments/benchmarks/comparison.js'
import type { Repetition } from '../../experiments/benchmarks/repetition.js'
import type { Callable } from '../../experiments/benchmarks/run-function.js'
import type { ScenarioObject } from '../../experiments/benchmarks/scenario-object.js'

/** Milliseconds as a number, or a text such as `200ms`, `1.5s`. */
export type Duration = number | string

export interface MeasuringOptions {
  /** How results name it; default: the function's name. */
  name?: string
  /** Calls ahead of the measured ones, until V8 has compiled the function; default `500ms`. */
  warmup?: Duration
  /** Of each repetition; default `200ms`. At least one call is made. */
  duration?: Duration
  /** A good call takes less than this; default: what 90% of the calls took in the warm-up, which a warning says. */
  under?: Duration
  /** The folder whose commit and dependencies are recorded; default: the current one. */
  folder?: string
  /** Ends it; the promise is rejected with its reason. */
  signal?: AbortSignal
}

export interface FunctionOptions extends MeasuringOptions {
  /** Default 6. */
  repetitions?: number
}

/**
 * A metric: `under` (the share of good calls), `cpu` (CPU time per call), `median`, `p95` or another quantile, `throughput`, `gc`.
 * Or with the smallest change worth having (`3%`, `5ms`; of `under` `1pp`), and where the metric must not go.
 */
export type GateOption = string | { metric: string; smallest?: string; direction?: 'up' | 'down' | 'either' }

export interface FunctionsOptions extends MeasuringOptions {
  base: Callable
  head: Callable
  /** What `head` has to pass; default: `cpu` and `median`, with `under` also `under`. */
  gates?: GateOption[]
  /** Before the first look; default 6. */
  pairs?: number
  /** A round has at most so many, while a gate can't be told; default 24. */
  mostPairs?: number
}

interface RunningOptions {
  /** Where a path is looked for and the service runs; default: the current folder. */
  folder?: string
  /** How results name a scenario that is given as an object; default: `scenario`. */
  name?: string
  /** Variables of the service besides those of the scenario; default: those of this process. */
  env?: Readonly<Record<string, string | undefined>>
  /** Ends it, and the service first. */
  signal?: AbortSignal
}

export interface ScenarioOptions extends RunningOptions {
  /** Default: those of the scenario. */
  repetitions?: number
  /** Whether they are added to `results/NAME.ndjson` beside the scenario (of an object: below `bench/`); default false. */
  save?: boolean
}

export interface VersionsOptions extends RunningOptions {
  /** A commit, a branch, or a folder. */
  base: string
  head: string
  /** The path of a YAML file, or the same as an object; default: the only one in `bench/`. */
  scenario?: string | ScenarioObject
  /** Before the first look; default 6. */
  pairs?: number
  /** A round has at most so many, while a gate can't be told; default 24. */
  mostPairs?: number
}

export interface ResultsOptions {
  base: Benchmark
  head: Benchmark
  /** What `head` has to pass; default: `cpu` and `median`. */
  gates?: GateOption[]
}

/** What `bench run --json` gives, and of each repetition its distribution and environment. Of functions, requests are calls. */
export interface Benchmark extends Omit<BenchmarkResult, 'repetitions' | 'file' | 'load'> {
  /** Null for a function. */
  file: string | null
  load: BenchmarkResult['load'] | null
  repetitions: Repetition[]
}

/** What the caller of the library doesn't choose. */
export interface Surroundings {
  /** whyslow's. */
  version: string
  /** Variables of this process. */
  env: Readonly<Record<string, string | undefined>>
  now: () => Date
  newId: () => string
}
