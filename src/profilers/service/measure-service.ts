/** What a service uses over a time: from its probes, and from the system for what has none. */
import { listMembers, type Run } from '../tools/members.js'
import { DELAY_RESOLUTION_MS } from './probe.js'
import type { ProbedUse, Probes } from './probes.js'
import { type ProcessUse, readUse, sumCpu } from './process-use.js'

/** Null is not measured, never 0. */
export interface ServiceUse {
  /**
   * Of all its processes. To a microsecond in Node processes with a probe; else in ticks of 10 ms. Outside Linux only those with
   * a probe count.
   */
  cpu_ms: number | null
  /**
   * The largest resident set of each process since it began, added up: an upper bound, since they needn't have peaked at once, and
   * share pages. Not of those that ended before.
   */
  peakMemory_mb: number | null
  /**
   * How late the event loop's timer was, each figure of the process where it was worst; steps of a millisecond, since
   * timers count those. Null unless every probe answers: the one that doesn't is the one that is late.
   */
  eventLoopDelay: { p50_ms: number; p99_ms: number; longest_ms: number } | null
  /** Of all main threads. */
  gc: { count: number; total_ms: number; longest_ms: number } | null
  /** Version of the process with a probe that used most CPU time, so not of `npm` before it. */
  node: string | null
}

/** Begins; the returned function ends it. The service should be idle at both, as it has up to 2 s to answer. */
export async function measureService(run: Run, probes: Probes | null): Promise<() => Promise<ServiceUse>> {
  await probes?.begin()
  const before = readUses(run)
  return async () => {
    // Before the probes answer, so that their work for it isn't in what is counted in ticks.
    const after = readUses(run)
    const probed = (await probes?.end()) ?? new Map<number, ProbedUse | null>()
    return describeUse(before, after, probed)
  }
}

function describeUse(
  before: readonly ProcessUse[] | null,
  after: readonly ProcessUse[] | null,
  probed: ReadonlyMap<number, ProbedUse | null>,
): ServiceUse {
  const answers = [...probed.values()].filter(answer => answer !== null)
  const isWhole = answers.length > 0 && answers.length === probed.size
  const spent = ({ cpu }: ProbedUse): number => cpu.ended_ms - cpu.begun_ms
  const busiest = answers.toSorted((one, other) => spent(other) - spent(one))[0]
  const delays = answers.map(({ delay }) => delay)
  return {
    cpu_ms:
      before && after
        ? after.length > 0
          ? sumCpu(before, after, pid => probed.get(pid)?.cpu ?? null)
          : null
        : isWhole
          ? sum(answers.map(spent))
          : null,
    peakMemory_mb: after
      ? sumOrNull(after.map(({ peak_mb }) => peak_mb))
      : isWhole
        ? sum(answers.map(({ maxRss_mb }) => maxRss_mb))
        : null,
    eventLoopDelay: isWhole ? worstDelay(delays) : null,
    gc: isWhole
      ? {
          count: sum(answers.map(({ gc }) => gc.count)),
          total_ms: sum(answers.map(({ gc }) => gc.total_ms)),
          longest_ms: Math.max(...answers.map(({ gc }) => gc.longest_ms)),
        }
      : null,
    node: busiest?.version ?? null,
  }
}

function worstDelay(delays: readonly ProbedUse['delay'][]): ServiceUse['eventLoopDelay'] {
  if (delays.length === 0 || delays.includes(null)) return null
  // Node's histogram holds the intervals between turns; the delay is what exceeds the resolution.
  const worst = (of: (delay: NonNullable<ProbedUse['delay']>) => number): number =>
    Math.max(0, ...delays.map(delay => (delay ? of(delay) : 0) - DELAY_RESOLUTION_MS))
  return {
    p50_ms: worst(delay => delay.p50_ms),
    p99_ms: worst(delay => delay.p99_ms),
    longest_ms: worst(delay => delay.longest_ms),
  }
}

/** Null where the system doesn't say. */
export function readUses(run: Run): ProcessUse[] | null {
  if (process.platform !== 'linux') return null
  return listMembers(run).flatMap(({ pid }) => readUse(pid) ?? [])
}

function sum(values: readonly number[]): number {
  // To a thousandth: less is the noise of adding up.
  return Math.round(values.reduce((total, value) => total + value, 0) * 1000) / 1000
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  if (values.length === 0 || values.includes(null)) return null
  return sum(values.map(Number))
}
