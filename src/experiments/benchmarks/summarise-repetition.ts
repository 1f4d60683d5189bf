/** What a load and the service's use of the machine say, as one line of the results. Pure. */
import type { OpenLoopResult } from '../../load/open-loop.js'
import type { LoadResult } from '../../load/run-load.js'
import type { ServiceUse } from '../../profilers/service/measure-service.js'
import { distributionFromPairs, quantile, shareUnder } from '../../stats/distribution.js'
import type { Figures } from './comparison.js'
import type { DelaySummary, Repetition } from './repetition.js'
import { fingerprintOf, type Scenario } from './scenario.js'

/** Of the latencies that are kept: 0.01 ms. */
const STEPS_PER_MS = 100

export interface Measured {
  /** When the load began. */
  at: Date
  load: LoadResult | OpenLoopResult
  use: ServiceUse
}

export function summariseRepetition(
  scenario: Scenario,
  { run, index, under_ms }: Pick<Repetition, 'run' | 'index' | 'under_ms'>,
  { at, load, use, noise, environment }: Measured & Pick<Repetition, 'noise' | 'environment'>,
): Repetition {
  const { requests, statuses, okLatency, timeouts } = load
  const measures = new Set(scenario.measure)
  const quantileOf = (q: number) => toMicroseconds(quantile(okLatency, q))
  const cpu_ms = measures.has('cpu') ? toMicroseconds(use.cpu_ms) : null
  return {
    scenario: scenario.name,
    fingerprint: fingerprintOf(scenario, under_ms),
    run,
    index,
    at: at.toISOString(),
    under_ms,
    requests,
    errors: load.errors + timeouts + countLate(load, under_ms),
    timeouts,
    statuses,
    duration_ms: Math.round(load.duration_ms),
    throughput: round(perSecond(load)),
    underShare: shareOfGood(load, under_ms),
    p50_ms: quantileOf(0.5),
    p95_ms: quantileOf(0.95),
    p99_ms: quantileOf(0.99),
    cpu_ms,
    cpuPerRequest_ms: cpu_ms === null || requests === 0 ? null : round(cpu_ms / requests, 4),
    peakMemory_mb: measures.has('memory') && use.peakMemory_mb !== null ? round(use.peakMemory_mb, 1) : null,
    eventLoopDelay: measures.has('eventLoop') ? use.eventLoopDelay : null,
    gc: measures.has('gc') ? use.gc : null,
    lateness: summariseLateness(load),
    noise,
    environment,
    latency: keepPairs(okLatency),
  }
}

/**
 * Under way when the load ended, and waited for so long that no answer would have been in time: not good. Of the others nobody knows;
 * they are left out. In a closed loop nothing else tells of a service that stopped answering.
 */
function countLate({ waited }: LoadResult, under_ms: number): number {
  return Math.round(waited.total * (1 - (shareUnder(waited, under_ms) ?? 1)))
}

/**
 * Of answers under 400: fast errors are no work done. At a rate, answers also come after the last request was sent: only those of the
 * load's own time count.
 */
function perSecond(load: LoadResult | OpenLoopResult): number {
  if ('throughput' in load) return load.throughput
  return load.duration_ms > 0 ? (load.okLatency.total / load.duration_ms) * 1000 : 0
}

/** Of all attempts but those that the client itself got wrong (4xx): no answer is no good one. Null where there are none. */
function shareOfGood(load: LoadResult, under_ms: number): number | null {
  const attempts =
    load.requests - (load.statuses['4xx'] ?? 0) + load.errors + load.timeouts + countLate(load, under_ms)
  if (attempts <= 0) return null
  const good = (shareUnder(load.okLatency, under_ms) ?? 0) * load.okLatency.total
  return round(good / attempts, 6)
}

function summariseLateness(load: LoadResult | OpenLoopResult): DelaySummary | null {
  if (!('lateness' in load) || load.lateness.total === 0) return null
  const at = (q: number) => toMicroseconds(quantile(load.lateness, q))!
  return { p50_ms: at(0.5), p99_ms: at(0.99), longest_ms: at(1) }
}

function keepPairs({ values, counts }: LoadResult['okLatency']): [number, number][] {
  const rounded = distributionFromPairs(
    Array.from(
      values,
      (value, at) => [Math.round(value * STEPS_PER_MS) / STEPS_PER_MS, counts[at]!] as const,
    ),
  )
  return Array.from(rounded.values, (value, at) => [value, rounded.counts[at]!])
}

function toMicroseconds(ms: number | null): number | null {
  return ms === null ? null : round(ms)
}

function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits))
}

export function figuresOf(repetition: Repetition): Figures {
  const { latency: _, scenario: __, fingerprint: ___, environment: ____, ...figures } = repetition
  return figures
}
