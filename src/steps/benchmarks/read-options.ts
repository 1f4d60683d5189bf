/** What a caller of the library says, checked: a program in JavaScript may say anything. */
import { z } from 'zod'
import { WhyslowError } from '../../errors.js'
import type { RoundPlan } from '../../experiments/benchmarks/plan-rounds.js'
import type { Callable } from '../../experiments/benchmarks/run-function.js'
import { gatesSchema } from '../../experiments/benchmarks/scenario.js'
import type { ScenarioObject } from '../../experiments/benchmarks/scenario-object.js'
import { parseDuration } from '../../units.js'
import { describeIssues } from '../../workbook/yaml-problems.js'

const EXAMPLE_DURATION = 'expected milliseconds, or a duration such as 200ms or 1.5s'

const duration = z
  .union([z.number(), z.string()], { error: EXAMPLE_DURATION })
  .transform((given, context) => {
    try {
      const ms = typeof given === 'number' ? given : parseDuration(given)
      if (ms > 0 && Number.isFinite(ms)) return ms
    } catch {
      // reported below
    }
    context.issues.push({ code: 'custom', message: EXAMPLE_DURATION, input: given })
    return z.NEVER
  })

const EXAMPLE_COUNT = 'expected a whole number from 1 to 1000'
const count = z.int(EXAMPLE_COUNT).min(1, EXAMPLE_COUNT).max(1000, EXAMPLE_COUNT)

const measuring = {
  name: z.string().min(1).optional(),
  warmup: duration.default(500),
  duration: duration.default(200),
  under: duration.optional(),
  folder: z.string().min(1).default('.'),
  signal: z.instanceof(AbortSignal, { error: 'expected an AbortSignal' }).optional(),
}

export const functionSchema = z.strictObject({ ...measuring, repetitions: count.default(6) })

const callable = z.custom<Callable>(given => typeof given === 'function', 'expected a function')

export const functionsSchema = z.strictObject({
  ...measuring,
  base: callable,
  head: callable,
  gates: gatesSchema.optional(),
  pairs: count.optional(),
  mostPairs: count.optional(),
})

const running = {
  folder: z.string().min(1).default('.'),
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'expected a name of letters, digits and -')
    .default('scenario'),
  env: z.record(z.string(), z.string().optional()).optional(),
  signal: z.instanceof(AbortSignal, { error: 'expected an AbortSignal' }).optional(),
}

export const scenarioOptionsSchema = z.strictObject({
  ...running,
  repetitions: count.optional(),
  save: z.boolean().default(false),
})

const VERSION = 'expected a commit, a branch or a folder'

export const versionsSchema = z.strictObject({
  ...running,
  base: z.string(VERSION).min(1),
  head: z.string(VERSION).min(1),
  scenario: z.union([z.string().min(1), z.custom<ScenarioObject>(isMapping)]).optional(),
  pairs: count.optional(),
  mostPairs: count.optional(),
})

function isMapping(given: unknown): boolean {
  return typeof given === 'object' && given !== null
}

const PAIRS = 6
const MOST_PAIRS = 24

export function planRounds({
  pairs,
  mostPairs,
}: {
  pairs?: number | undefined
  mostPairs?: number | undefined
}): RoundPlan {
  if (pairs !== undefined && mostPairs !== undefined && mostPairs < pairs)
    throw new WhyslowError(`Expected mostPairs of at least pairs, found ${mostPairs} and ${pairs}.`)
  return {
    pairs: pairs ?? Math.min(PAIRS, mostPairs ?? PAIRS),
    mostPairs: mostPairs ?? Math.max(MOST_PAIRS, pairs ?? PAIRS),
  }
}

/** Throws a `WhyslowError` with every mistake: the key, what was expected, what was found, the closest key. */
export function readOptions<S extends z.ZodType>(schema: S, given: unknown, what: string): z.output<S> {
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const problems = describeIssues(result.error.issues, schema, given).map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  throw new WhyslowError(`These options of ${what} can’t be used: ${problems.join('; ')}.`, {
    cause: result.error,
  })
}
