/** Two results of the library's `benchmark`, taken at different times. Nothing is measured. */
import { z } from 'zod'
import { WhyslowError } from '../../errors.js'
import { checkComparable } from '../../experiments/benchmarks/check-comparable.js'
import type { BenchmarkComparison } from '../../experiments/benchmarks/comparison.js'
import type { Sides } from '../../experiments/benchmarks/count-answers.js'
import { judgeSides } from '../../experiments/benchmarks/judge-gates.js'
import type { Repetition } from '../../experiments/benchmarks/repetition.js'
import { gatesSchema } from '../../experiments/benchmarks/scenario.js'
import { sumUpComparison } from '../../experiments/benchmarks/sum-up-comparison.js'
import { distributionFromPairs, shareUnder } from '../../stats/distribution.js'
import type { Warning } from '../../warnings.js'
import { adaptToLibrary } from './benchmark-function.js'
import type { Benchmark, ResultsOptions, Surroundings } from './library.js'
import { readOptions } from './read-options.js'

const benchmark = z
  .custom<Benchmark>(isBenchmark, 'expected a result of benchmark()')
  .refine(
    hasDistributions,
    'expected a result of benchmark(), found one without latencies, such as whyslow bench run --json prints; ' +
      'whyslow bench compare takes the files of results that bench run keeps',
  )
const resultsOptions = z.strictObject({
  base: benchmark,
  head: benchmark,
  gates: gatesSchema.prefault(['cpu', 'median']),
})

const LEVEL = 0.95
const SEED = 1

export function compareBenchmarks(given: ResultsOptions, { now }: Surroundings): BenchmarkComparison {
  const { base, head, gates } = readOptions(resultsOptions, given, 'compare')
  checkComparable({ ...base, name: 'base' }, { ...head, name: 'head' })
  const under_ms = agreeOnUnder(base, head)
  const sides: Sides = {
    base: judgeBy(under_ms, base.repetitions),
    head: judgeBy(under_ms, head.repetitions),
    interleaved: false,
  }
  const judged = judgeSides(sides, gates, { level: LEVEL, now: now(), waivers: [] })
  const name = base.scenario === head.scenario ? base.scenario : `${base.scenario} → ${head.scenario}`
  const result = sumUpComparison({
    scenario: { name, file: base.file ?? '', shown: name, gates, waivers: [] },
    under_ms,
    base: { name: base.scenario, kind: 'results' },
    head: { name: head.scenario, kind: 'results' },
    rounds: [{ sides, pairs: Math.min(sides.base.length, sides.head.length), level: LEVEL, gates: judged }],
    seed: SEED,
    now: now(),
    warnings: [],
    describe: () => describeBoth([...base.warnings, ...head.warnings]),
  })
  return { ...result, warnings: result.warnings.map(adaptToLibrary) }
}

/** What was said of the one and of the other, once. */
function describeBoth(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map(one => [one.message, one])).values()]
}

function isBenchmark(given: unknown): boolean {
  const { repetitions, under_ms } = Object(given) as Partial<Benchmark>
  return Array.isArray(repetitions) && repetitions.length > 0 && typeof under_ms === 'number'
}

/** What is needed to judge them anew. */
function hasDistributions({ repetitions, warnings }: Benchmark): boolean {
  const isWhole = (one: Partial<Repetition>) => Array.isArray(one.latency) && one.environment !== undefined
  return Array.isArray(warnings) && repetitions.every(one => isWhole(Object(one)))
}

/** What was said of either; of functions of which nobody said it, each had its own, and that of the base counts. */
function agreeOnUnder(base: Benchmark, head: Benchmark): number {
  const isSaid = ({ warnings }: Benchmark) => !warnings.some(({ code }) => code === 'under-chosen')
  const [one = base.under_ms, other = one] = [base, head].filter(isSaid).map(({ under_ms }) => under_ms)
  if (one === other) return one
  throw new WhyslowError(
    `base and head say differently what is good, so they can’t be compared: under ${one} ms, and under ${other} ms.`,
    { next: ['Give both the same: under'] },
  )
}

function judgeBy(under_ms: number, repetitions: readonly Repetition[]): Repetition[] {
  return repetitions.map(one =>
    one.under_ms === under_ms
      ? one
      : { ...one, under_ms, underShare: shareUnder(distributionFromPairs(one.latency), under_ms) },
  )
}
