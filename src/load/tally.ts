/** What a load was answered, counted as it comes in. */
import { type Distribution, distributionFromValues } from '../stats/distribution.js'

export interface Answers {
  /** With an answer, whatever its status. */
  requests: number
  /** Answers by the first digit of their status: `2xx`. */
  statuses: Record<string, number>
  /** Milliseconds, of all answers; to a microsecond. */
  latency: Distribution
  /** Of the answers under 400 only. */
  okLatency: Distribution
}

export interface Tally {
  add: (status: number, latency_ms: number) => void
  count: () => number
  finish: () => Answers
}

export function startTally(): Tally {
  const good: number[] = []
  const bad: number[] = []
  const statuses: Record<string, number> = {}
  return {
    add: (status, latency_ms) => {
      const latencies = status < 400 ? good : bad
      latencies.push(roundLatency(latency_ms))
      const kind = `${Math.floor(status / 100)}xx`
      statuses[kind] = (statuses[kind] ?? 0) + 1
    },
    count: () => good.length + bad.length,
    finish: () => ({
      requests: good.length + bad.length,
      statuses,
      latency: distributionFromValues([...good, ...bad]),
      okLatency: distributionFromValues(good),
    }),
  }
}

/** To a microsecond: what is finer is the clock's noise, and makes every number distinct. */
export function roundLatency(latency_ms: number): number {
  return Math.round(latency_ms * 1000) / 1000
}
