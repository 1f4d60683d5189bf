import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import { distributionFromPairs, quantile } from '../../../src/stats/distribution.js'

const CALIBRATION = { median_ms: 3, spread: 0.01, slowest: 1.05 }

/** 100 answers of which one takes 400 ms and the others 100, under 250 ms, with 2 ms of CPU each, unless told otherwise. */
export function makeRepetition(given: Partial<Repetition> = {}): Repetition {
  const latency: [number, number][] = given.latency ?? [
    [100, 99],
    [400, 1],
  ]
  const answers = distributionFromPairs(latency)
  return {
    scenario: 'orders',
    fingerprint: 'f',
    run: 'r',
    index: 1,
    at: '2026-11-01T00:00:00.000Z',
    under_ms: 250,
    requests: 100,
    errors: 0,
    timeouts: 0,
    statuses: { '2xx': 100 },
    duration_ms: 5000,
    throughput: 20,
    underShare: 0.99,
    p50_ms: quantile(answers, 0.5),
    p95_ms: quantile(answers, 0.95),
    p99_ms: quantile(answers, 0.99),
    cpu_ms: 200,
    cpuPerRequest_ms: 2,
    peakMemory_mb: 60,
    eventLoopDelay: { p50_ms: 1, p99_ms: 3, longest_ms: 9 },
    gc: { count: 4, total_ms: 10, longest_ms: 3 },
    lateness: null,
    noise: { before: CALIBRATION, after: CALIBRATION },
    environment: {
      commit: 'a'.repeat(40),
      isDirty: false,
      system: 'Linux 6.1.0 x64',
      cpu: 'A CPU',
      cores: 2,
      memory_mb: 4000,
      loadAverage: 0.1,
      node: 'v24.0.0',
      whyslow: '0.1.0',
      dependencies: {},
      lockFile: null,
      mix: null,
    },
    latency,
    ...given,
  }
}
