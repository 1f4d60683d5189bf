/** What came out of a benchmark, as CI systems ask for it: checks that pass or don't. Texts are plain, as yet unescaped. */

import { formatPlace, WhyslowError } from '../../errors.js'
import type {
  BenchmarkComparison,
  BenchmarkResult,
  JudgedGate,
  JudgedWaiver,
} from '../../experiments/benchmarks/comparison.js'
import { failingWaivers, failingWithoutGate } from '../../experiments/benchmarks/waivers.js'
import { nameVersion } from './change-words.js'
import { describeGate, describeWaiver, outcomeOf } from './gate-words.js'

export interface CiReport {
  scenario: string
  /** As it is named where annotations are shown: relative to the repository. */
  file: string
  /** ISO 8601, UTC. */
  at: string
  /** Of the whole work. */
  duration_ms: number
  /** What it was measured on, and the like. */
  properties: readonly (readonly [name: string, value: string])[]
  checks: readonly CiCheck[]
}

export interface CiCheck {
  /** Once in a report. */
  name: string
  /** `error`: it could not be measured, since something else failed. `skipped`: can't be told yet. */
  outcome: 'passed' | 'failed' | 'error' | 'skipped' | 'waived'
  /** One sentence or a few. */
  message: string
  /** What helps to find out why; may have several lines. Empty for none. */
  details: string
  /** Where it stands in the scenario; null where that isn't known. */
  line: number | null
}

/** Where things stand in the scenario's file, from 1. */
export interface ScenarioLines {
  gates: ReadonlyMap<string, number>
  waivers: ReadonlyMap<string, number>
}

export const NO_LINES: ScenarioLines = { gates: new Map(), waivers: new Map() }

export type ReportFrame = Pick<CiReport, 'file' | 'at' | 'duration_ms'> & { lines: ScenarioLines }

/** One check for each gate, of the round that decides, and for each waiver that fails without a gate. */
export function reportComparison(comparison: BenchmarkComparison, frame: ReportFrame): CiReport {
  const { scenario, base, head, seed, rounds, noise } = comparison
  const { lines, ...rest } = frame
  const failing = failingWithoutGate(comparison)
  return {
    scenario,
    ...rest,
    properties: [
      ['base', nameVersion(base)],
      ['head', nameVersion(head)],
      ['rounds', String(rounds.length)],
      ['pairs', String(rounds.at(-1)?.pairs ?? 0)],
      ['seed', String(seed)],
      ['noise', `${(noise.worstSpread * 100).toFixed(1)}%`],
      ['system', head.environment.system],
      ['cpu', head.environment.cpu],
      ['node', head.environment.node ?? ''],
      ['whyslow', head.environment.whyslow],
    ],
    checks: [
      ...comparison.gates.map(gate => checkGate(gate, lines)),
      ...comparison.waivers.flatMap((waiver, i) =>
        failing.includes(waiver) ? [checkWaiver(waiver, i, 'failed', lines)] : [],
      ),
    ],
  }
}

const OUTCOMES = {
  passes: 'passed',
  fails: 'failed',
  waived: 'waived',
  'cannot tell yet': 'skipped',
} as const

function checkGate(gate: JudgedGate, lines: ScenarioLines): CiCheck {
  const line = lines.gates.get(gate.metric) ?? null
  const isOver = gate.fails && gate.waiver !== null
  return {
    name: gate.title,
    outcome: OUTCOMES[outcomeOf(gate)],
    message: describeGate(gate),
    details: '',
    line: isOver ? (lines.waivers.get(gate.metric) ?? line) : line,
  }
}

/** A run by itself has no gates: that it was measured, and whether its waivers still hold. */
export function reportRun(result: BenchmarkResult, frame: ReportFrame): CiReport {
  const { scenario, repetitions, environment, noise } = result
  const { lines, ...rest } = frame
  const failing = failingWaivers(result.waivers)
  return {
    scenario,
    ...rest,
    properties: [
      ['commit', environment.commit ?? ''],
      ['repetitions', String(repetitions.length)],
      ['noise', `${(noise.worstSpread * 100).toFixed(1)}%`],
      ['system', environment.system],
      ['cpu', environment.cpu],
      ['node', environment.node ?? ''],
      ['whyslow', environment.whyslow],
    ],
    checks: [
      passed('measured', `${repetitions.length} repetitions were measured.`),
      ...result.waivers.map((waiver, i) =>
        checkWaiver(waiver, i, failing.includes(waiver) ? 'failed' : 'waived', lines),
      ),
    ],
  }
}

function checkWaiver(
  waiver: JudgedWaiver,
  at: number,
  outcome: CiCheck['outcome'],
  lines: ScenarioLines,
): CiCheck {
  return {
    name: `waiver ${at + 1} of ${waiver.metric}`,
    outcome,
    message: describeWaiver(waiver),
    details: '',
    line: lines.waivers.get(waiver.metric) ?? null,
  }
}

function passed(name: string, message: string): CiCheck {
  return { name, outcome: 'passed', message, details: '', line: null }
}

/** Nothing could be measured: the service didn't start, the scenario has a mistake, … */
export function reportFailure(error: Error, of: Omit<CiReport, 'properties' | 'checks'>): CiReport {
  const [message = '', ...details] = error.message.split('\n')
  const place = error instanceof WhyslowError ? error.place : undefined
  const next = error instanceof WhyslowError ? error.next.map(line => `→ ${line}`) : []
  const where = place && !error.message.includes(place.file) ? [formatPlace(place)] : []
  return {
    ...of,
    properties: [],
    checks: [
      {
        name: 'measured',
        outcome: 'error',
        message,
        details: [...where, ...details, ...next].join('\n'),
        line: place?.line ?? null,
      },
    ],
  }
}
