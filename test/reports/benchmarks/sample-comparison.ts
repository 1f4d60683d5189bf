import type {
  BenchmarkComparison,
  Figures,
  JudgedGate,
  JudgedWaiver,
} from '../../../src/experiments/benchmarks/comparison.js'
import { type BenchMetric, kindOf } from '../../../src/experiments/benchmarks/metrics.js'
import type { Environment } from '../../../src/experiments/benchmarks/repetition.js'

const CALIBRATION = { median_ms: 5, spread: 0.021, slowest: 1.2 }

export const environment = (commit: string, change: Partial<Environment> = {}): Environment => ({
  commit,
  isDirty: false,
  system: 'Linux 6.1.0 x64',
  cpu: 'A processor',
  cores: 4,
  memory_mb: 16_000,
  loadAverage: 0.4,
  node: '24.11.0',
  whyslow: '0.1.0',
  dependencies: {},
  lockFile: null,
  mix: null,
  ...change,
})

export const waiver = (change: Partial<JudgedWaiver> = {}): JudgedWaiver => ({
  metric: 'cpu',
  ceiling: 3.2,
  reason: 'encryption at rest',
  expires: '2026-12-31',
  story: 'slow-orders',
  state: 'holds',
  value: 2.31,
  ...change,
})

export function gate(metric: BenchMetric, change: Partial<JudgedGate> = {}): JudgedGate {
  const { title, unit, worse, smallest } = kindOf(metric)
  return {
    metric,
    title,
    unit,
    direction: worse,
    base: 2.1,
    head: 2.31,
    verdict: 'no meaningful difference',
    reason: null,
    change: {
      kind: smallest.kind,
      value: 0.1,
      interval: [0.061, 0.139],
      smallest: smallest.value,
      se: 0.015,
      df: 5,
      p: 0.001,
    },
    needs: null,
    waiver: null,
    fails: false,
    ...change,
  }
}

const nothing = { value: null, interval: null, smallest: 0.05, se: null, df: null, p: null }

/** A failing gate, a waived one, one that can't be told, and one that passes. */
export function comparison(change: Partial<BenchmarkComparison> = {}): BenchmarkComparison {
  const gates = [
    gate('under', {
      base: 0.973,
      head: 0.952,
      verdict: 'worse',
      change: { ...nothing, kind: 'points', value: -0.021, interval: [-0.03, -0.012], smallest: 0.01 },
      fails: true,
    }),
    gate('cpu', { verdict: 'worse', waiver: waiver() }),
    gate('p95', {
      base: 41,
      head: 44,
      verdict: 'cannot tell yet',
      reason: 'The interval reaches from no change to more than the smallest one',
      change: { ...nothing, kind: 'relative', value: 0.073, interval: [-0.01, 0.156] },
      needs: { pairs: 14, reachable: true },
    }),
    gate('memory', {
      base: 180,
      head: 181,
      change: { ...nothing, kind: 'relative', value: 0.006, interval: [-0.002, 0.013] },
    }),
  ]
  return {
    scenario: 'orders',
    file: 'bench/orders.yaml',
    base: { name: 'main', kind: 'commit', environment: environment('0123456789abcdef') },
    head: { name: 'faster-orders', kind: 'commit', environment: environment('fedcba9876543210') },
    under_ms: 250,
    verdict: 'worse',
    gates,
    waivers: [waiver()],
    rounds: [
      { pairs: 6, level: 0.99, gates },
      { pairs: 6, level: 0.99, gates },
    ],
    interleaved: true,
    comparison: {} as BenchmarkComparison['comparison'],
    repetitions: [],
    differs: [{ what: 'fastify', base: '5.6.0', head: '5.7.1' }],
    noise: { before: CALIBRATION, after: CALIBRATION, worstSpread: 0.034, drift: -0.012, range: 0.04 },
    seed: 1,
    warnings: [
      {
        code: 'differs',
        message: 'The versions of fastify differ.',
        next: 'Compare with the same lock file, too',
      },
    ],
    ...change,
  }
}

export const figures = (change: Partial<Figures> = {}): Figures => ({
  run: 'r1',
  index: 1,
  at: '2026-11-29T03:17:05.123Z',
  under_ms: 250,
  requests: 400,
  errors: 0,
  timeouts: 0,
  statuses: { '2xx': 400 },
  duration_ms: 10_000,
  throughput: 40,
  underShare: 0.97,
  p50_ms: 21,
  p95_ms: 48,
  p99_ms: 120,
  cpu_ms: 840,
  cpuPerRequest_ms: 2.1,
  peakMemory_mb: 180.4,
  eventLoopDelay: null,
  gc: null,
  lateness: null,
  noise: { before: CALIBRATION, after: CALIBRATION },
  ...change,
})
