/** Two functions side by side in this process, by the procedure of `bench compare`: pairs in turns, looks, and a second round for what failed. */
import type { z } from 'zod'
import type { BenchmarkComparison } from '../../experiments/benchmarks/comparison.js'
import type { MeasuredPair } from '../../experiments/benchmarks/count-answers.js'
import { calibrate, describeNoise, summariseNoise } from '../../experiments/benchmarks/noise.js'
import { measureRounds } from '../../experiments/benchmarks/plan-rounds.js'
import type { Calibration } from '../../experiments/benchmarks/repetition.js'
import {
  type PreparedFunction,
  prepareFunction,
  runFunction,
} from '../../experiments/benchmarks/run-function.js'
import { type Gate, gatesSchema } from '../../experiments/benchmarks/scenario.js'
import { sumUpComparison } from '../../experiments/benchmarks/sum-up-comparison.js'
import { adaptToLibrary, describeCalls, describeProcess, nameFunction } from './benchmark-function.js'
import type { FunctionsOptions, Surroundings } from './library.js'
import { functionsSchema, planRounds, readOptions } from './read-options.js'

/** Rejects with what a function throws. */
export async function compareFunctions(
  given: FunctionsOptions,
  surroundings: Surroundings,
): Promise<BenchmarkComparison> {
  const options = readOptions(functionsSchema, given, 'compare')
  const { now } = surroundings
  const { signal, duration: duration_ms } = options
  const gates = options.gates ?? defaultGates(options.under)
  const environment = await describeProcess(options.folder, surroundings)
  const functions = await prepareBoth(options)
  const batch = Math.max(functions.base.batch, functions.head.batch)
  const under_ms = options.under ?? functions.base.p90_ms
  const calibrations = [await calibrate()]
  const run = surroundings.newId()
  const measure = (side: 'base' | 'head', index: number, before: Calibration) =>
    runFunction(functions[side], {
      ...{ duration_ms, batch, under_ms, now, signal, run, index, environment },
      noise: { before, after: before },
    })
  const rounds = await measureRounds({
    plan: planRounds(options),
    gates,
    waivers: [],
    now: now(),
    measurePair: async ({ pair, first }) => {
      const before = calibrations.at(-1)!
      const measured: Partial<MeasuredPair> = {}
      for (const side of first === 'base' ? (['base', 'head'] as const) : (['head', 'base'] as const))
        measured[side] = await measure(side, pair, before)
      const noise = { before, after: await calibrate() }
      calibrations.push(noise.after)
      const { base, head } = measured as MeasuredPair
      return { base: { ...base, noise }, head: { ...head, noise } }
    },
  })
  const { base, head } = functions
  const isChosen = options.under === undefined && gates.some(({ metric }) => metric === 'under')
  const result = sumUpComparison({
    scenario: {
      name: options.name ?? `${base.name} → ${head.name}`,
      file: '',
      shown: '',
      gates,
      waivers: [],
    },
    under_ms,
    base: { name: base.name, kind: 'function' },
    head: { name: head.name, kind: 'function' },
    rounds,
    seed: SEED,
    now: now(),
    warnings: [],
    describe: ({ all }) => [
      ...describeCalls(all, { batch, chosen_ms: isChosen ? under_ms : null }),
      ...describeNoise(summariseNoise(calibrations)),
    ],
  })
  return { ...result, warnings: result.warnings.map(adaptToLibrary) }
}

const SEED = 1

async function prepareBoth({
  base,
  head,
  warmup: warmup_ms,
  signal,
}: z.output<typeof functionsSchema>): Promise<Record<'base' | 'head', PreparedFunction>> {
  const how = { warmup_ms, signal }
  return {
    base: await prepareFunction(nameFunction(undefined, base), base, how),
    head: await prepareFunction(nameFunction(undefined, head), head, how),
  }
}

/** Without `under` not the share: what good is then lies where calls are dense, and their times going up by 1% changes it by several points. */
function defaultGates(under: number | undefined): Gate[] {
  return gatesSchema.parse(under === undefined ? ['cpu', 'median'] : ['under', 'cpu', 'median'])
}
