/** One repetition of a benchmark, as it is kept: a line of JSON in the scenario's file of results. */

/** How steady the machine was: the same short piece of work, many times. */
export interface Calibration {
  /** Of one piece of the work. */
  median_ms: number
  /** Between the quartiles, as a part of the median: 0.02 is steady. */
  spread: number
  /** The slowest piece against the median: 1.1 is 10% longer. */
  slowest: number
}

/** What was measured on what: all that may differ between two repetitions besides the change. */
export interface Environment {
  /** Of the benchmarked code; null outside git. */
  commit: string | null
  /** Files differ from the commit. */
  isDirty: boolean
  /** `Linux 6.1.0 x64`. */
  system: string
  cpu: string
  cores: number
  memory_mb: number
  /** Of the last minute, before the service was started. */
  loadAverage: number
  /** Of the service, where it is Node; else null. */
  node: string | null
  whyslow: string
  /** What the code's package.json names, with the versions that are installed. */
  dependencies: Record<string, string>
  /** Hash of the lock file; null without one. */
  lockFile: string | null
  /** Hash of the requests that were drawn from the workbook's traffic; null where the scenario says them itself. */
  mix: string | null
}

/** Durations in milliseconds. */
export interface DelaySummary {
  p50_ms: number
  p99_ms: number
  longest_ms: number
}

export interface Repetition {
  scenario: string
  /** Of what decides about the figures (service, load, under): repetitions with another one aren't comparable. */
  fingerprint: string
  /** Of the `bench run` that it is a part of. */
  run: string
  /** Within its run, from 1. */
  index: number
  /** Start of the measured load; ISO 8601, UTC. */
  at: string
  under_ms: number
  /** With an answer, whatever its status. */
  requests: number
  /** Without one: refused, reset, timed out, or waited for during `under_ms` or longer when the load ended. */
  errors: number
  /** Of those. */
  timeouts: number
  /** Answers by the first digit of their status: `2xx`. */
  statuses: Record<string, number>
  duration_ms: number
  /** Answers under 400 a second. */
  throughput: number
  /** Good: answered under 400 in less than `under_ms`. Of all but the 4xx; null where there are none. */
  underShare: number | null
  /** Of the answers under 400; null without any. */
  p50_ms: number | null
  p95_ms: number | null
  p99_ms: number | null
  /** Of all processes of the service, during the measured load; null where it can't be measured. */
  cpu_ms: number | null
  cpuPerRequest_ms: number | null
  /** Of all its processes, since it was started. */
  peakMemory_mb: number | null
  /** Null where the service isn't Node, or it isn't measured. */
  eventLoopDelay: DelaySummary | null
  gc: { count: number; total_ms: number; longest_ms: number } | null
  /** Open loop: how late the load itself was in sending, against its plan. Null in a closed loop. */
  lateness: DelaySummary | null
  noise: { before: Calibration; after: Calibration }
  environment: Environment
  /** Of the answers under 400: milliseconds and how many, ascending. */
  latency: [number, number][]
}
