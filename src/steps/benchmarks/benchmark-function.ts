/** Repetitions of calls of one function, in this process. */
import path from 'node:path'
import { describeEnvironment, readCommit, readLoadAverage } from '../../experiments/benchmarks/environment.js'
import { measureMetric } from '../../experiments/benchmarks/measure-metrics.js'
import type { BenchMetric } from '../../experiments/benchmarks/metrics.js'
import { calibrate, describeNoise, summariseNoise } from '../../experiments/benchmarks/noise.js'
import type { Environment, Repetition } from '../../experiments/benchmarks/repetition.js'
import { type Callable, prepareFunction, runFunction } from '../../experiments/benchmarks/run-function.js'
import { formatCount, formatDuration } from '../../units.js'
import type { Warning } from '../../warnings.js'
import type { Benchmark, FunctionOptions, Surroundings } from './library.js'
import { functionSchema, readOptions } from './read-options.js'

/** Rejects with what the function throws. */
export async function benchmarkFunction(
  call: Callable,
  given: FunctionOptions,
  surroundings: Surroundings,
): Promise<Benchmark> {
  const options = readOptions(functionSchema, given, 'benchmark')
  const { name, warmup: warmup_ms, duration: duration_ms, signal } = options
  const environment = await describeProcess(options.folder, surroundings)
  const calibrations = [await calibrate()]
  const prepared = await prepareFunction(nameFunction(name, call), call, { warmup_ms, signal })
  const under_ms = options.under ?? prepared.p90_ms
  const run = surroundings.newId()
  const repetitions: Repetition[] = []
  for (let index = 1; index <= options.repetitions; index += 1) {
    const plan = { duration_ms, batch: prepared.batch, under_ms, now: surroundings.now, signal, run, index }
    const noise = { before: calibrations.at(-1)!, after: calibrations.at(-1)! }
    const repetition = await runFunction(prepared, { ...plan, noise, environment })
    calibrations.push(await calibrate())
    repetitions.push({ ...repetition, noise: { ...noise, after: calibrations.at(-1)! } })
  }
  const noise = summariseNoise(calibrations)
  return {
    scenario: prepared.name,
    file: null,
    under_ms,
    load: null,
    repetitions,
    environment,
    noise,
    metrics: METRICS.map(metric => measureMetric(metric, repetitions)),
    results: null,
    waivers: [],
    warnings: [
      ...describeCalls(repetitions, {
        batch: prepared.batch,
        chosen_ms: options.under === undefined ? under_ms : null,
      }),
      ...describeNoise(noise),
    ].map(adaptToLibrary),
  }
}

const METRICS: BenchMetric[] = ['under', 'cpu', 'median']

export function nameFunction(name: string | undefined, call: Callable): string {
  return name ?? (call.name === '' ? 'function' : call.name)
}

/** Of this process and the folder that its code is said to be of. */
export async function describeProcess(folder: string, { version, env }: Surroundings): Promise<Environment> {
  const cwd = path.resolve(folder)
  return describeEnvironment({
    commit: await readCommit({ folder: cwd, env }),
    folder: cwd,
    cwd,
    node: process.version,
    whyslow: version,
    loadAverage: readLoadAverage(),
    mix: null,
  })
}

/** Calls take nanoseconds, too. */
function formatCall(ms: number): string {
  return ms >= 0.1 ? formatDuration(ms) : `${Number((ms * 1000).toPrecision(3))} µs`
}

/** A quantile of fewer is a matter of luck. */
const FEW_CALLS = 20

/** What to know about the figures of functions. `chosen_ms`: what good is, where nobody said it. */
export function describeCalls(
  repetitions: readonly Repetition[],
  { batch, chosen_ms }: { batch: number; chosen_ms: number | null },
): Warning[] {
  const warnings: Warning[] = []
  const fewest = Math.min(...repetitions.map(({ requests }) => requests))
  if (chosen_ms !== null) {
    warnings.push({
      code: 'under-chosen',
      message: `Nobody said how long a good call may take, so it is ${formatCall(chosen_ms)}: 90% of the calls of the warm-up took less.`,
      next: 'Say it: under: "5ms"',
    })
  }
  if (batch > 1) {
    warnings.push({
      code: 'calls-batched',
      message: `A call takes less than a microsecond, so ${formatCount(batch)} calls are timed together: the latencies are means of so many, and a slow call among them is hidden.`,
      next: 'Let the function do more in a call, such as a loop over real inputs.',
    })
  }
  if (fewest < FEW_CALLS) {
    warnings.push({
      code: 'few-calls',
      message: `A repetition holds ${fewest === 1 ? '1 call' : `${fewest} calls`}: a quantile of so few is a matter of luck.`,
      next: 'Measure longer: duration: "2s"',
    })
  }
  return warnings
}

/** What to do next where no command is typed. */
export function adaptToLibrary(warning: Warning): Warning {
  const next = NEXT[warning.code]
  return next === undefined ? warning : { ...warning, next }
}

const NEXT: Partial<Record<Warning['code'], string>> = {
  'machine-noisy':
    'End what else runs here, or use a machine of its own; longer repetitions and more pairs help, too: duration: "1s", mostPairs: 48',
  'not-interleaved': 'Give compare both functions, or both versions: it measures them in turns.',
}
