/** `bench compare`: two versions of a service, measured in turns and judged by the scenario's gates. Nothing is added to its results. */

import { WhyslowError } from '../../errors.js'
import type { BenchmarkComparison } from '../../experiments/benchmarks/comparison.js'
import type { MeasuredPair } from '../../experiments/benchmarks/count-answers.js'
import { describeSides } from '../../experiments/benchmarks/describe-repetitions.js'
import { measureRounds, type PlannedPair, type RoundPlan } from '../../experiments/benchmarks/plan-rounds.js'
import type { Repetition } from '../../experiments/benchmarks/repetition.js'
import {
  expectRepetition,
  type RepetitionProgress,
  runRepetition,
} from '../../experiments/benchmarks/run-repetition.js'
import { sumUpComparison } from '../../experiments/benchmarks/sum-up-comparison.js'
import { nameVersion } from '../../reports/benchmarks/change-words.js'
import { compareResults } from './compare-results.js'
import { warnOfWaivers } from './describe-waivers.js'
import { nameSide, type OpenSide, type OpenSides, withSides } from './open-sides.js'
import { prepareSide } from './prepare-side.js'
import type { SettledScenario } from './settle-scenario.js'

export interface VersionsQuestion {
  /** As they were typed: commits, branches, folders or files of results. */
  base: string
  head: string
  /** Relative to it names are looked up; the service runs in the same place of each side. */
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  plan: RoundPlan
  seed: number
  /** whyslow's. */
  version: string
  /** Names these repetitions among others. */
  run: string
  now: () => Date
  signal: AbortSignal
  onProgress?: ((progress: ComparisonProgress) => void) | undefined
}

export interface ComparisonProgress {
  round: number
  /** From 1, of those that are planned so far. */
  pair: number
  of: number
  /** Of which side. */
  side: 'base' | 'head'
  phase: RepetitionProgress['phase'] | 'setting up'
  /** The side that comes next; null after the last of those that are planned. */
  next: 'base' | 'head' | null
  /** Until those that are planned are done. */
  left_ms: number
}

/**
 * Throws a `WhyslowError` for names that stand for nothing, and (exit 4) where a side can't be set up or started. What was checked out is
 * removed whatever happens; of a run that was killed, the next time.
 */
export async function compareVersions(
  settled: SettledScenario,
  question: VersionsQuestion,
): Promise<BenchmarkComparison> {
  const { cwd, env, signal } = question
  const repository = { folder: cwd, env }
  const named = {
    base: await nameSide(question.base, repository),
    head: await nameSide(question.head, repository),
  }
  const ofResults = [named.base, named.head].filter(({ kind }) => kind === 'results')
  if (ofResults.length === 2)
    return compareResults(settled, { ...named, seed: question.seed, now: question.now })
  if (ofResults.length === 1)
    throw new WhyslowError(`${ofResults[0]!.name} holds results, and the other side has none yet.`, {
      next: ['Two files of results, or two commits or folders, which are then measured in turns'],
    })
  return withSides(named, { repository, scenario: settled.scenario, signal }, sides =>
    measureSides(settled, sides, question),
  )
}

async function measureSides(
  { scenario, under_ms, mix, warnings }: SettledScenario,
  sides: OpenSides,
  question: VersionsQuestion,
): Promise<BenchmarkComparison> {
  const { env, signal, now, run, version } = question
  const tell = tellProgress(question, scenario.load)
  let index = 0
  const measure = async (side: 'base' | 'head', planned: PlannedPair): Promise<Repetition> => {
    const { folder, commit } = sides[side]
    index += 1
    const repetition = await runRepetition(scenario, {
      ...{ folder, env, under_ms, mix, run, index, commit, version, now, signal },
      onProgress: ({ phase }) => tell.phase(side, planned, phase),
    })
    tell.done()
    return repetition
  }
  for (const side of ['base', 'head'] as const) {
    if (scenario.service.setup !== null) tell.phase(side, firstPair(question.plan), 'setting up')
    await blameSide(sides[side], sides.warnings, () =>
      prepareSide(scenario, { folder: sides[side].folder, env, signal }),
    )
  }
  tell.begin()
  const rounds = await measureRounds({
    plan: question.plan,
    gates: scenario.gates,
    waivers: scenario.waivers,
    now: now(),
    measurePair: async planned => {
      const pair: Partial<MeasuredPair> = {}
      for (const side of inOrder(planned.first))
        pair[side] = await blameSide(sides[side], sides.warnings, () => measure(side, planned))
      return pair as MeasuredPair
    },
  })
  const comparison = sumUpComparison({
    scenario,
    under_ms,
    base: { name: sides.base.name, kind: sides.base.kind },
    head: { name: sides.head.name, kind: sides.head.kind },
    rounds,
    seed: question.seed,
    now: now(),
    warnings: [...warnings, ...sides.base.warnings, ...sides.head.warnings, ...sides.warnings],
    describe: measured => describeSides(measured, { base: sides.base.name, head: sides.head.name }, scenario),
  })
  return warnOfWaivers(comparison, scenario)
}

function firstPair({ pairs }: RoundPlan): PlannedPair {
  return { round: 1, pair: 1, of: pairs, first: 'base' }
}

function inOrder(first: 'base' | 'head'): ('base' | 'head')[] {
  return first === 'base' ? ['base', 'head'] : ['head', 'base']
}

/** Which of the two couldn't be started, and what was known to be missing there. */
async function blameSide<T>(
  { name, commit }: OpenSide,
  warnings: OpenSides['warnings'],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    const which = nameVersion({ name, environment: { commit: commit.sha, isDirty: false } })
    const hints = warnings.flatMap(({ code, next }) => (code === 'setup-missing' && next ? [next] : []))
    throw new WhyslowError(`Of ${which}: ${error.message}`, {
      next: [...hints, ...error.next],
      exit: error.exit,
      cause: error,
      ...(error.place && { place: error.place }),
    })
  }
}

function tellProgress({ onProgress }: VersionsQuestion, load: SettledScenario['scenario']['load']) {
  let begun = performance.now()
  let done = 0
  let spent_ms = 0
  return {
    begin: () => {
      begun = performance.now()
    },
    done: () => {
      done += 1
      spent_ms = performance.now() - begun
    },
    phase: (
      side: 'base' | 'head',
      { round, pair, of, first }: PlannedPair,
      phase: ComparisonProgress['phase'],
    ) => {
      const each_ms = done > 0 ? spent_ms / done : expectRepetition(load)
      const isSecond = side !== first
      const before = 2 * (pair - 1) + (isSecond ? 1 : 0)
      const ofThis_ms = performance.now() - begun - spent_ms
      // A B B A: the second of a pair is followed by itself.
      const next = !isSecond ? (first === 'base' ? 'head' : 'base') : pair < of ? side : null
      onProgress?.({
        round,
        pair,
        of,
        side,
        phase,
        next,
        left_ms: Math.max(0, (2 * of - before) * each_ms - ofThis_ms),
      })
    },
  }
}
