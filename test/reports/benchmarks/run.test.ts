/** The text of a run: at two widths, and with what wasn't measured. */
import { expect, test } from 'vitest'
import type { BenchmarkResult } from '../../../src/experiments/benchmarks/comparison.js'
import { measureMetric } from '../../../src/experiments/benchmarks/measure-metrics.js'
import { summariseNoise } from '../../../src/experiments/benchmarks/noise.js'
import { formatMeasured } from '../../../src/reports/benchmarks/measured.js'
import { renderRun } from '../../../src/reports/benchmarks/run.js'
import { PLAIN } from '../../../src/reports/style.js'
import { makeRepetition } from '../../experiments/benchmarks/make-repetition.js'

const KEPT = [
  makeRepetition({ requests: 1200, throughput: 40.03, cpuPerRequest_ms: 2.314 }),
  makeRepetition({ index: 2, errors: 3, underShare: 0.9731, cpuPerRequest_ms: 2.4 }),
]
const { environment } = KEPT[0]!

function result(given: Partial<BenchmarkResult> = {}): BenchmarkResult {
  const calibration = { median_ms: 3.012, spread: 0.012, slowest: 1.3 }
  return {
    scenario: 'orders',
    file: '/srv/bench/orders.yaml',
    under_ms: 250,
    load: { url: 'http://127.0.0.1:3000/', rate: 40, connections: 4, duration_ms: 30_000, warmup_ms: 1000 },
    repetitions: KEPT,
    environment: {
      ...environment,
      commit: '0123456789abcdef',
      isDirty: true,
      dependencies: { undici: '7.0.0' },
    },
    noise: summariseNoise([calibration, { ...calibration, median_ms: 3.03 }]),
    metrics: (['under', 'cpu', 'p95'] as const).map(metric => measureMetric(metric, KEPT)),
    results: '/srv/bench/results/orders.ndjson',
    waivers: [],
    warnings: [],
    ...given,
  }
}
const render = (given: Partial<BenchmarkResult>, width: number) =>
  renderRun(result(given), file => file.replace('/srv/', ''), { ...PLAIN, width })

test('wide', () => {
  expect(`\n${render({}, 140)}\n`).toBe(`
orders: 2 repetitions of 30 s each, 40 requests a second; good under 250 ms

                             under                          CPU per     peak  loop delay    gc per
   requests  errors  req/s  250 ms     p50     p95     p99  request   memory         p99   request
1     1,200       0   40.0   99.0%  100 ms  100 ms  103 ms  2.31 ms  60.0 MB     3.00 ms  0.008 ms
2       100       3   20.0   97.3%  100 ms  100 ms  103 ms  2.40 ms  60.0 MB     3.00 ms  0.100 ms

The gates’ metrics, mean of 2 ± standard deviation
share of good requests   98.15%  ± 1.20 pp
CPU time per request    2.36 ms  ± 2.6%
p95 of the answers       100 ms  ± 0.0%

The machine was steady: the same 3.01 ms of work took at most 0.6% longer at one time than at another (0.6% longer at the end than at the
  start), and varied by 1.2% within a moment.
Measured: commit 0123456789, with changes that aren’t committed, Node 24.0.0, Linux 6.1.0 x64, 2 × A CPU, 4.0 GB, load average 0.10 at the
  start, 1 dependency, whyslow 0.1.0.

Added to bench/results/orders.ndjson: 2 repetitions.
`)
})

test('narrow', () => {
  const text = render({}, 80)
  expect(text.split('\n').every(line => line.length <= 80)).toBe(true)
  expect(text).toContain('Too narrow for: loop delay p99, gc per request.')
})

test('what isn’t known, and what others wrote', () => {
  const bare = makeRepetition({
    requests: 0,
    underShare: null,
    p50_ms: null,
    p95_ms: null,
    p99_ms: null,
    cpuPerRequest_ms: null,
    peakMemory_mb: null,
    eventLoopDelay: null,
    gc: null,
    latency: [],
  })
  const waiver = {
    metric: 'cpu',
    ceiling: 3,
    reason: 'old\u001b[31m driver',
    expires: '2026-12-31',
    story: null,
  } as const
  const text = render(
    {
      scenario: 'or\u001b[2Jders',
      load: { url: 'http://127.0.0.1:3000/', rate: null, connections: 1, duration_ms: 1500, warmup_ms: 0 },
      repetitions: [bare],
      metrics: [measureMetric('cpu', [bare])],
      environment: { ...environment, commit: null, node: null, cpu: 'x\u202e' },
      results: null,
      waivers: [{ ...waiver, value: null, state: 'holds' }],
    },
    140,
  )
  expect(text).toContain(
    'or\\x1b[2Jders: 1 repetition of 1.5 s, 1 connection that asks again once it has its answer',
  )
  expect(text).toMatch(/^1 {9}0 {7}0 {3}20\.0 {7}– {4}– {4}– {4}– {8}– {7}– {11}– {8}–$/m)
  expect(text).toContain(
    'CPU time per request: not measured. It is waived until 2026-12-31, up to 3.00 ms: old\\x1b[31m driver.',
  )
  expect(text).toContain('Measured: no commit, Linux 6.1.0 x64, 2 × x\\u202e')
  expect(text).toContain('Not kept.')
  expect(text).not.toMatch(/[\u001b\u202e]/)
})

test.each([
  [null, 'ms', '–'],
  [0, 'ms', '0 ms'],
  [0.00042, 'ms', '0.420 µs'],
  [0.0062, 'ms', '0.006 ms'],
  [2.3145, 'ms', '2.31 ms'],
  [99.96, 'ms', '100 ms'],
  [1240, 'ms', '1.24 s'],
  [0.98254, 'share', '98.25%'],
  [71.23, 'MB', '71.2 MB'],
  [1234.5, 'requests/s', '1,235 req/s'],
] as const)('%s in %s is %s', (value, unit, shown) => {
  expect(formatMeasured(value, unit)).toBe(shown)
})
