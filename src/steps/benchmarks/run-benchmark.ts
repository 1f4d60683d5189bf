/** `bench run`: a scenario's repetitions one after the other, each kept as soon as it is measured. */
import path from 'node:path'
import type { BenchmarkResult } from '../../experiments/benchmarks/comparison.js'
import { describeRepetitions } from '../../experiments/benchmarks/describe-repetitions.js'
import { type Commit, readCommit } from '../../experiments/benchmarks/environment.js'
import { measureMetric } from '../../experiments/benchmarks/measure-metrics.js'
import { summariseNoise } from '../../experiments/benchmarks/noise.js'
import type { Repetition } from '../../experiments/benchmarks/repetition.js'
import { appendRepetition, checkResultsFile } from '../../experiments/benchmarks/results-file.js'
import {
  expectRepetition,
  type RepetitionProgress,
  runRepetition,
} from '../../experiments/benchmarks/run-repetition.js'
import type { Scenario } from '../../experiments/benchmarks/scenario.js'
import { figuresOf } from '../../experiments/benchmarks/summarise-repetition.js'
import { failingWaivers, judgeWaivers } from '../../experiments/benchmarks/waivers.js'
import type { Warning } from '../../warnings.js'
import { describeWaivers } from './describe-waivers.js'
import { prepareSide } from './prepare-side.js'
import type { SettledScenario } from './settle-scenario.js'

export interface BenchmarkRequest {
  /** Where the service is. */
  folder: string
  env: Readonly<Record<string, string | undefined>>
  repetitions: number
  /** Where they are added; null: nowhere. */
  results: string | null
  /** Names this run among others. */
  run: string
  /** whyslow's. */
  version: string
  now: () => Date
  /** Ends it early. Repetitions that are done are kept, and are the result. */
  signal: AbortSignal
  onProgress?: ((progress: BenchmarkProgress) => void) | undefined
  /** With its distribution, which the result doesn't hold. */
  onRepetition?: ((repetition: Repetition) => void) | undefined
}

export interface BenchmarkProgress {
  phase: RepetitionProgress['phase'] | 'setting up'
  /** From 1. */
  index: number
  count: number
  /** By what is planned, and by how long those before took; null while nothing tells. */
  left_ms: number | null
}

/** Throws the signal's reason when it aborts before the first repetition is done. */
export async function runBenchmark(
  { scenario, under_ms, mix, warnings }: SettledScenario,
  request: BenchmarkRequest,
): Promise<BenchmarkResult> {
  const { folder, env, results, signal, now } = request
  if (results !== null) await checkResultsFile(results)
  const commit = await readCommit({ folder, env }, [
    path.join(path.dirname(scenario.file), 'results'),
    ...(results === null ? [] : [results]),
  ])
  const done: Repetition[] = []
  let begun = performance.now()
  const report = (phase: BenchmarkProgress['phase']) =>
    request.onProgress?.({
      phase,
      index: done.length + 1,
      count: request.repetitions,
      left_ms: estimateLeft(scenario, request.repetitions, done.length, performance.now() - begun),
    })
  try {
    if (scenario.service.setup !== null) report('setting up')
    await prepareSide(scenario, { folder, env, signal })
    begun = performance.now()
    while (done.length < request.repetitions) {
      const repetition = await runRepetition(scenario, {
        folder,
        env,
        under_ms,
        mix,
        run: request.run,
        index: done.length + 1,
        commit,
        version: request.version,
        now,
        signal,
        onProgress: ({ phase }) => report(phase),
      })
      if (results !== null) await appendRepetition(results, repetition)
      done.push(repetition)
      request.onRepetition?.(repetition)
    }
  } catch (error) {
    if (!signal.aborted || done.length === 0) throw error
  }
  const { url, rate, connections, duration_ms, warmup_ms } = scenario.load
  const waivers = judgeWaivers(scenario.waivers, metric => measureMetric(metric, done).mean, now())
  return {
    scenario: scenario.name,
    file: scenario.file,
    under_ms,
    load: { url, rate, connections, duration_ms, warmup_ms },
    repetitions: done.map(figuresOf),
    environment: done[0]!.environment,
    noise: summariseNoise(done.flatMap(({ noise }) => [noise.before, noise.after])),
    metrics: metricsOf(scenario).map(metric => measureMetric(metric, done)),
    results,
    waivers,
    warnings: [
      ...warnings,
      ...describeRepetitions(done, scenario),
      ...(results === null ? [] : describeCommit(commit)),
      ...describeWaivers(failingWaivers(waivers), scenario),
    ],
  }
}

function estimateLeft({ load }: Scenario, count: number, done: number, elapsed_ms: number): number {
  return Math.max(0, (done > 0 ? elapsed_ms / done : expectRepetition(load)) * count - elapsed_ms)
}

function metricsOf({ gates }: Scenario): Scenario['gates'][number]['metric'][] {
  return [...new Set(gates.map(({ metric }) => metric))]
}

function describeCommit({ sha, isDirty }: Commit): Warning[] {
  if (sha !== null && !isDirty) return []
  return [
    sha === null
      ? {
          code: 'uncommitted',
          message:
            'The code is in no commit, so the results that are kept don’t say what they were measured on.',
          next: 'Commit it, or leave the results out: --no-save',
        }
      : {
          code: 'uncommitted',
          message: `Files differ from the commit ${sha.slice(0, 10)}, under which the results are kept.`,
          next: 'Commit them before the run that is kept, or leave its results out: --no-save',
        },
  ]
}
