/**
 * The library: benchmarks inside a test or a script, by the same rules as `whyslow bench`.
 *
 * Loads nothing but itself before a function is called. Nothing is printed, and no exit code is set.
 */
import { readFile } from 'node:fs/promises'
import type { BenchmarkComparison } from './experiments/benchmarks/comparison.js'
import type { Callable } from './experiments/benchmarks/run-function.js'
import type { ScenarioObject } from './experiments/benchmarks/scenario-object.js'
import type {
  Benchmark,
  FunctionOptions,
  FunctionsOptions,
  ResultsOptions,
  ScenarioOptions,
  Surroundings,
  VersionsOptions,
} from './steps/benchmarks/library.js'

export { WhyslowError } from './errors.js'
export type {
  BenchmarkComparison,
  BenchmarkRound,
  Figures,
  JudgedGate,
  MachineNoise,
  MeasuredMetric,
  Side,
} from './experiments/benchmarks/comparison.js'
export type { Calibration, Environment, Repetition } from './experiments/benchmarks/repetition.js'
export type { Callable } from './experiments/benchmarks/run-function.js'
export type { ScenarioObject } from './experiments/benchmarks/scenario-object.js'
export type { Interval } from './stats/intervals.js'
export type { Verdict } from './stats/verdicts.js'
export type {
  Benchmark,
  Duration,
  FunctionOptions,
  FunctionsOptions,
  GateOption,
  ResultsOptions,
  ScenarioOptions,
  VersionsOptions,
} from './steps/benchmarks/library.js'
export type { Warning, WarningCode } from './warnings.js'

/**
 * Calls a function again and again, for `warmup` and then in `repetitions` of `duration` each, one call at a time; what it returns is
 * awaited if it is a promise.
 *
 * Of each repetition: `requests` (the calls), `latency` (pairs of milliseconds and how many calls took them), `p50_ms`, `p95_ms`,
 * `p99_ms`, `throughput` (calls a second), `underShare` (0 to 1, of calls that took less than `under_ms`), `cpu_ms` and
 * `cpuPerRequest_ms`. The CPU time is that of the whole process, with garbage collection and the compiler and whatever else runs in it.
 *
 * Calls under a microsecond are timed in batches, which a warning says. Rejects with what the function throws, and with a
 * `WhyslowError` for options that can't be used.
 *
 * @example
 * const { repetitions } = await benchmark(() => parse(text), { under: '5ms' })
 * console.log(repetitions.map(({ p50_ms, cpuPerRequest_ms }) => ({ p50_ms, cpuPerRequest_ms })))
 */
export function benchmark(target: Callable, options?: FunctionOptions): Promise<Benchmark>
/**
 * Runs a scenario as `whyslow bench run` does: the service is started anew for each repetition, and asked as the scenario says.
 * `target` is the path of its YAML file, or the same as an object. Results are kept only where `save` asks for it.
 *
 * Rejects with a `WhyslowError`: of `exit` 2 with every mistake of the scenario, of `exit` 4 when the service can't be started or ends
 * under the load.
 *
 * @example
 * const { repetitions } = await benchmark({
 *   service: { command: 'node server.js', ready: 'http://127.0.0.1:3000/health' },
 *   load: { url: 'http://127.0.0.1:3000/orders/1', rate: '40/s', duration: '5s', warmup: '1s' },
 *   under: '250ms',
 * })
 */
export function benchmark(target: string | ScenarioObject, options?: ScenarioOptions): Promise<Benchmark>
export async function benchmark(
  target: Callable | string | ScenarioObject,
  options: FunctionOptions | ScenarioOptions = {},
): Promise<Benchmark> {
  const surroundings = await readSurroundings()
  if (typeof target === 'function') {
    const { benchmarkFunction } = await import('./steps/benchmarks/benchmark-function.js')
    return benchmarkFunction(target, options as FunctionOptions, surroundings)
  }
  const { benchmarkScenario } = await import('./steps/benchmarks/benchmark-scenario.js')
  return benchmarkScenario(target, options as ScenarioOptions, surroundings)
}

/**
 * Two functions, by the procedure of `whyslow bench compare`: pairs of repetitions in turns (A B B A), more of them while a gate can't be
 * told, and a second round from nothing where one failed, whose verdict counts. That takes some five seconds where it is clear, and up to
 * half a minute where it is close or the machine is noisy: give a test a longer timeout, or set `mostPairs`.
 *
 * `verdict` is `worse` when a gate failed twice, `better`, `no meaningful difference`, or `cannot tell yet`; each of `gates` says why.
 * Changes are head − base; `change.kind` says whether as a part of base (`relative`), in points of a share, or in the metric's unit.
 *
 * Rejects with what a function throws, and with a `WhyslowError` for options that can't be used.
 *
 * @example
 * const { verdict, gates } = await compare({ base: () => oldParse(text), head: () => parse(text), gates: ['median'] })
 * expect(verdict, JSON.stringify(gates)).not.toBe('worse')
 */
export function compare(options: FunctionsOptions): Promise<BenchmarkComparison>
/**
 * Two versions of a service (commits, branches or folders) under the load of a scenario, as `whyslow bench compare` does.
 *
 * Rejects with a `WhyslowError`: of `exit` 2 for a scenario or a version that can't be used, of `exit` 4 when a service can't be started.
 *
 * @example
 * const { verdict } = await compare({ base: 'main', head: 'HEAD', scenario: 'bench/orders.yaml' })
 */
export function compare(options: VersionsOptions): Promise<BenchmarkComparison>
/**
 * Two results of `benchmark`, taken at different times. They weren't measured in turns, so a difference may be drift of the machine:
 * `interleaved` is false, and a warning says so. Nothing is measured again.
 *
 * Rejects with a `WhyslowError` of `exit` 2 when they are of different kinds or say differently what is good (`under`), and for what has no
 * latencies, such as the output of `bench run --json`.
 *
 * @example
 * const base = await benchmark(oldParse, { under: '5ms' })
 * const head = await benchmark(parse, { under: '5ms' })
 * const { verdict } = await compare({ base, head })
 */
export function compare(options: ResultsOptions): Promise<BenchmarkComparison>
export async function compare(
  options: FunctionsOptions | VersionsOptions | ResultsOptions,
): Promise<BenchmarkComparison> {
  const surroundings = await readSurroundings()
  const { base, head } = options
  if (typeof base === 'function' && typeof head === 'function') {
    const { compareFunctions } = await import('./steps/benchmarks/compare-functions.js')
    return compareFunctions(options as FunctionsOptions, surroundings)
  }
  if (typeof base === 'object' && typeof head === 'object') {
    const { compareBenchmarks } = await import('./steps/benchmarks/compare-benchmarks.js')
    return compareBenchmarks(options as ResultsOptions, surroundings)
  }
  const { compareScenario } = await import('./steps/benchmarks/compare-scenario.js')
  return compareScenario(options as VersionsOptions, surroundings)
}

async function readSurroundings(): Promise<Surroundings> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  return { version, env: process.env, now: () => new Date(), newId: () => crypto.randomUUID() }
}
