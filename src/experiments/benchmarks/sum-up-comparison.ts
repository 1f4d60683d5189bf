/** All that was measured of two versions, and how it was judged → the result of `bench compare`. Pure. */
import type { Warning } from '../../warnings.js'
import type { ArmsComparison } from '../compare-arms.js'
import { findDifferences, warnDiffers } from './compare-environments.js'
import type { BenchmarkComparison, JudgedWaiver, Side } from './comparison.js'
import { compareAnswers } from './count-answers.js'
import { measureMetric } from './measure-metrics.js'
import { type BenchMetric, kindOf } from './metrics.js'
import { summariseNoise } from './noise.js'
import { judgeAll } from './overall-verdict.js'
import type { MeasuredRound } from './plan-rounds.js'
import type { Repetition } from './repetition.js'
import { warnAnswersDiffer } from './same-work.js'
import type { Scenario } from './scenario.js'
import { figuresOf } from './summarise-repetition.js'
import { failingWithoutGate, judgeWaivers } from './waivers.js'

export interface Measurements {
  scenario: Pick<Scenario, 'name' | 'file' | 'shown' | 'gates' | 'waivers'>
  under_ms: number
  base: Omit<Side, 'environment'>
  head: Omit<Side, 'environment'>
  rounds: readonly MeasuredRound[]
  seed: number
  /** The day on which a waiver has to hold. */
  now: Date
  /** Of the sides and the scenario. */
  warnings: readonly Warning[]
  /** What to know of the repetitions of all rounds, in the order in which they were measured. */
  describe: (measured: Record<'base' | 'head' | 'all', readonly Repetition[]>) => Warning[]
}

export function sumUpComparison(measured: Measurements): BenchmarkComparison {
  const { scenario, under_ms, rounds, seed } = measured
  const last = rounds.at(-1)!
  const base = rounds.flatMap(({ sides }) => sides.base).sort(byTime)
  const head = rounds.flatMap(({ sides }) => sides.head).sort(byTime)
  const all = [...base, ...head].sort(byTime)
  const differs = findDifferences(last.sides)
  const side = (which: 'base' | 'head'): Side => ({
    ...measured[which],
    environment: last.sides[which].at(-1)!.environment,
  })
  const comparison = compareLast(last, measured)
  const waivers = judgeWaivers(scenario.waivers, metric => headOf(metric, last), measured.now)
  const failing = failingWithoutGate({ waivers, gates: last.gates })
  return {
    scenario: scenario.name,
    file: scenario.file,
    base: side('base'),
    head: side('head'),
    under_ms,
    verdict: failing.length > 0 ? 'worse' : judgeAll(last.gates),
    gates: last.gates,
    waivers,
    rounds: rounds.map(({ pairs, level, gates }) => ({ pairs, level, gates })),
    interleaved: last.sides.interleaved,
    comparison,
    repetitions: rounds.flatMap(listFigures),
    differs,
    noise: summariseNoise(all.flatMap(({ noise }) => [noise.before, noise.after])),
    seed,
    warnings: [
      ...measured.warnings,
      ...(last.sides.interleaved ? [] : [NOT_INTERLEAVED]),
      ...warnDiffers(differs),
      ...warnAnswersDiffer(last.sides, { base: measured.base.name, head: measured.head.name }, last.level),
      ...comparison.warnings.map(adaptWarning),
      ...measured.describe({ base, head, all }).map(adaptWarning),
      ...warnOfUnused(scenario, failing),
    ],
  }
}

function byTime(one: Repetition, other: Repetition): number {
  return one.at < other.at ? -1 : one.at > other.at ? 1 : 0
}

/** The nested comparison says what the gate says, if there is one. */
function compareLast(
  { sides, level, gates }: MeasuredRound,
  { under_ms, seed }: Measurements,
): ArmsComparison {
  const gate = gates.find(({ metric }) => metric === 'under')
  const smallest = gate?.change.smallest ?? kindOf('under').smallest.value
  const comparison = compareAnswers(sides, { under_ms, smallest, level, seed })
  if (gate === undefined || gate.verdict === comparison.verdict) return comparison
  const needs = gate.needs && {
    clusters: gate.needs.pairs,
    days: null,
    reachable: gate.needs.reachable,
    betterDesign: null,
  }
  return { ...comparison, verdict: gate.verdict, reason: gate.reason, needs }
}

function listFigures({ sides }: MeasuredRound, i: number): BenchmarkComparison['repetitions'] {
  return (['base', 'head'] as const).flatMap(side =>
    sides[side].map((repetition, at) => ({
      side,
      round: i + 1,
      pair: at + 1,
      figures: figuresOf(repetition),
    })),
  )
}

const NOT_INTERLEAVED: Warning = {
  code: 'not-interleaved',
  message:
    'The sides were measured one after the other, so whatever changed on the machine meanwhile is in the difference: it may be drift.',
  next: 'In turns, with a second round where a gate fails: whyslow bench compare BASE HEAD, of two commits or folders',
}

/** What to do next where it is said of another command. */
function adaptWarning(warning: Warning): Warning {
  const { code, message } = warning
  if (code === 'machine-noisy')
    return {
      code,
      message,
      next: 'End what else runs here, or use a machine of its own; more pairs help, too: --most-pairs 48',
    }
  if (code === 'new-errors')
    return { code, message, next: 'Ask the head’s service by hand for what the load asks for.' }
  return warning
}

/** What the gate was judged by, where there is one. */
function headOf(metric: BenchMetric, { gates, sides }: MeasuredRound): number | null {
  const gate = gates.find(one => one.metric === metric)
  return gate === undefined ? measureMetric(metric, sides.head).mean : gate.head
}

function warnOfUnused(
  { waivers, gates, shown }: Measurements['scenario'],
  failing: readonly JudgedWaiver[],
): Warning[] {
  return waivers
    .filter(({ metric }) => ![...gates, ...failing].some(one => one.metric === metric))
    .map(({ metric, expires }) => ({
      code: 'waiver-unused',
      message: `There is a waiver of ${metric} in ${shown}, and no gate for it: it excuses nothing, and fails beyond its ceiling and after ${expires}.`,
      next: `Delete it, or add ${metric} to the gates.`,
    }))
}
