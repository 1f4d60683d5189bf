/** `bench run` for the library. */
import path from 'node:path'
import type { Repetition } from '../../experiments/benchmarks/repetition.js'
import { resultsFileOf } from '../../experiments/benchmarks/results-file.js'
import type { ScenarioObject } from '../../experiments/benchmarks/scenario-object.js'
import type { Benchmark, ScenarioOptions, Surroundings } from './library.js'
import { openScenario } from './open-scenario.js'
import { readOptions, scenarioOptionsSchema } from './read-options.js'
import { runBenchmark } from './run-benchmark.js'

export async function benchmarkScenario(
  given: string | ScenarioObject,
  options: ScenarioOptions,
  { version, env, now, newId }: Surroundings,
): Promise<Benchmark> {
  const read = readOptions(scenarioOptionsSchema, options, 'benchmark')
  const settled = await openScenario(given, read)
  const { scenario } = settled
  const repetitions: Repetition[] = []
  const result = await runBenchmark(settled, {
    folder: path.resolve(read.folder),
    env: read.env ?? env,
    repetitions: read.repetitions ?? scenario.repetitions,
    results: read.save ? resultsFileOf(scenario) : null,
    run: newId(),
    version,
    now,
    signal: read.signal ?? new AbortController().signal,
    onRepetition: one => repetitions.push(one),
  })
  read.signal?.throwIfAborted()
  return { ...result, repetitions }
}
