/** What a reader is warned of, and what not. */
import { expect, test } from 'vitest'
import {
  describeRepetitions,
  describeSides,
} from '../../../src/experiments/benchmarks/describe-repetitions.js'
import type { BenchMetric } from '../../../src/experiments/benchmarks/metrics.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import { needsProbe } from '../../../src/experiments/benchmarks/run-repetition.js'
import type { Waiver } from '../../../src/experiments/benchmarks/scenario.js'
import { failingWaivers, judgeWaiver, judgeWaivers } from '../../../src/experiments/benchmarks/waivers.js'
import { makeRepetition } from './make-repetition.js'

const MANY: [number, number][] = [[10, 2000]]
const fine = (given: Partial<Repetition> = {}) => makeRepetition({ requests: 2000, latency: MANY, ...given })
const scenario = (metrics: BenchMetric[] = ['under'], measure = ['cpu', 'memory', 'eventLoop', 'gc']) =>
  ({
    measure,
    gates: metrics.map(metric => ({ metric })),
    load: { duration_ms: 5000 },
  }) as unknown as Parameters<typeof describeRepetitions>[1]
const say = (repetitions: Repetition[], about = scenario()) =>
  describeRepetitions(repetitions, about).map(({ code, message }) => `${code}: ${message}`)
const delay = (p99_ms: number) => ({ p50_ms: 0.1, p99_ms, longest_ms: p99_ms })

test('nothing where nothing is wrong', () => {
  expect(say([fine(), fine({ lateness: delay(0.9) })])).toEqual([])
  expect(say([])).toEqual([])
})

test('nothing good at all', () => {
  expect(say([fine({ underShare: 0 }), fine({ underShare: null })])).toEqual([
    'nothing-good: Not one of 4,000 requests was good, which is answered under 400 in less than 250 ms.',
  ])
  expect(say([fine({ underShare: 0 }), fine()])).toEqual([])
  expect(say([fine({ underShare: null, requests: 0, errors: 0, latency: [] })])).toEqual([
    'nothing-good: No request was answered at all before the load was over.',
  ])
})

test('errors of the load, over all repetitions', () => {
  const some = fine({ errors: 10, timeouts: 4, statuses: { '2xx': 1800, '4xx': 100, '5xx': 100 } })
  expect(say([some, fine()])).toEqual([
    'load-errors: Of the load, 10 of 4,010 requests got no answer (4 timed out), and 2.5% of the answers were 4xx, and 2.5% of the answers were 5xx. The times are those of the other answers.',
  ])
})

const sayBoth = (base: Repetition[], head: Repetition[]) =>
  describeSides({ base, head, all: [...base, ...head] }, { base: 'main', head: 'fix' }, scenario()).map(
    ({ code, message }) => `${code}: ${message}`,
  )

test('of two sides: what is wrong is said of the one where it is, and not as half of it of both', () => {
  const broken = fine({ underShare: 0, statuses: { '5xx': 2000 } })
  expect(sayBoth([fine(), fine()], [broken, broken])).toEqual([
    'nothing-good: The head, fix: Not one of 4,000 requests was good, which is answered under 400 in less than 250 ms.',
    'load-errors: The head, fix: Of the load, 100.0% of the answers were 5xx. The times are those of the other answers.',
  ])
  const refused = fine({ errors: 100 })
  expect(sayBoth([refused], [refused])).toEqual([
    expect.stringContaining('load-errors: Each side: Of the load, 100 of 2,100 requests got no answer'),
  ])
})

test('of two sides: the machine was one and the same', () => {
  const slow = { median_ms: 4, spread: 0.01, slowest: 2 }
  expect(sayBoth([fine()], [fine({ noise: { before: slow, after: slow } })])).toEqual([
    expect.stringContaining('machine-noisy: The machine was not steady'),
  ])
})

test('a load that is late against its own answers', () => {
  const slow: [number, number][] = [[100, 2000]]
  expect(say([fine({ p99_ms: 100, latency: slow, lateness: delay(19) })])).toEqual([])
  expect(say([fine({ p99_ms: 100, latency: slow, lateness: delay(21) }), fine()])[0]).toMatch(
    /^load-late: The load itself was late in 1 of 2 repetitions: 1 request in 100 was sent 21 ms/,
  )
  // A timer anywhere is late by a millisecond or two.
  expect(say([fine({ p99_ms: 5, lateness: delay(1.9) })])).toEqual([])
})

test('quantiles of too few', () => {
  const of = (count: number, about = scenario()) => say([fine({ latency: [[10, count]] }), fine()], about)
  expect(of(1000)).toEqual([])
  // Whyslow's own example: 40/s for 10 s, and no gate about a quantile.
  expect(of(400)).toEqual([])
  expect(of(100)).toEqual([])
  expect(of(99)).toEqual([
    'few-requests: A repetition has 99 requests: its p99 hangs on the slowest one of them.',
  ])
  expect(of(15)).toEqual([
    'few-requests: A repetition has 15 requests: its p95 hangs on the slowest one of them, and those beyond it even more.',
  ])
  expect(of(400, scenario(['median', 'p95']))).toEqual([])
  expect(of(199, scenario(['p95']))).toEqual([
    'few-requests: A repetition has 199 requests: its p95 hangs on the slowest 10 of them.',
  ])
  expect(of(400, scenario(['p99']))).toEqual([
    'few-requests: A repetition has 400 requests: its p99 hangs on the slowest 4 of them.',
  ])
  expect(of(1000, scenario(['p99.9']))).toEqual([
    'few-requests: A repetition has 1,000 requests: its p99.9 hangs on the slowest one of them.',
  ])
  const next = (count: number, about = scenario()) =>
    describeRepetitions([fine({ latency: [[10, count]] })], about)[0]!.next
  expect(next(200, scenario(['p99']))).toContain('For 10 beyond p99, the load needs a duration of about 25s.')
  expect(next(50)).toContain('For 1 beyond p99, the load needs a duration of about 10s.')
  expect(next(50, scenario(['p95']))).toContain('For 10 beyond p95, the load needs a duration of about 20s.')
})

test('what only Node says', () => {
  const other = fine({ eventLoopDelay: null, gc: null })
  expect(say([other])).toEqual([
    expect.stringContaining('not-node: Nothing is known of the event loop’s delay and garbage'),
  ])
  expect(say([other], scenario(['under'], ['cpu', 'memory']))).toEqual([])
  expect(describeRepetitions([other], scenario())[0]!.next).toContain('measure: [cpu, memory]')
})

test('outside Linux, CPU time and memory are what only Node says, too', () => {
  const all = fine({ cpu_ms: null, peakMemory_mb: null, eventLoopDelay: null, gc: null })
  expect(say([all])[0]).toMatch(
    /^not-node: Nothing is known of CPU time, memory, the event loop’s delay and garbage collection: outside Linux only Node/,
  )
  expect(say([all, fine()])).toEqual([])
  const some = fine({ peakMemory_mb: null })
  expect(describeRepetitions([some], scenario(['under'], ['cpu', 'memory']))[0]!.next).toContain(
    'measure: [cpu]',
  )
  expect(needsProbe(['cpu', 'memory'], 'darwin')).toBe(true)
  expect(needsProbe(['cpu', 'memory'], 'linux')).toBe(false)
  expect(needsProbe(['cpu', 'gc'], 'linux')).toBe(true)
  expect(needsProbe([], 'darwin')).toBe(false)
})

test('a noisy machine', () => {
  const slow = { median_ms: 4, spread: 0.01, slowest: 2 }
  expect(say([fine(), fine({ noise: { before: slow, after: slow } })])).toEqual([
    expect.stringContaining('machine-noisy: The machine was not steady'),
  ])
})

test('a waiver holds through its last day, up to its ceiling', () => {
  const waiver = { metric: 'cpu', ceiling: 3, reason: 'x', expires: '2026-11-30', story: null } as const
  const judge = (value: number | null, at: string, more = {}) =>
    judgeWaiver({ ...waiver, ...more }, value, new Date(at)).state
  expect(judge(3, '2026-11-30T23:59:59Z')).toBe('holds')
  expect(judge(3.01, '2026-11-30T23:59:59Z')).toBe('exceeded')
  expect(judge(1, '2026-12-01T00:00:00Z')).toBe('expired')
  expect(judge(null, '2026-11-01T00:00:00Z')).toBe('holds')
  expect(judge(0.97, '2026-11-01T00:00:00Z', { metric: 'under', ceiling: 0.98 })).toBe('exceeded')
  expect(judge(0.99, '2026-11-01T00:00:00Z', { metric: 'under', ceiling: 0.98 })).toBe('holds')
})

test('every waiver is judged: an expired one fails, an exceeded one unless another of its metric holds', () => {
  const waiver = { metric: 'cpu', ceiling: 3, reason: 'x', expires: '2026-11-30', story: null } as const
  const [low, old, memory] = [
    { ...waiver, ceiling: 1 },
    { ...waiver, expires: '2026-11-01' },
    { ...waiver, metric: 'memory', ceiling: 1 } as const,
  ]
  const failing = (waivers: Waiver[]) =>
    failingWaivers(judgeWaivers(waivers, () => 2, new Date('2026-11-15T00:00:00Z')))
  expect(failing([waiver, low])).toEqual([])
  expect(failing([waiver, old])).toMatchObject([{ ...old, state: 'expired' }])
  expect(failing([waiver, memory])).toMatchObject([{ metric: 'memory', state: 'exceeded', value: 2 }])
  expect(failing([low, old]).map(({ state }) => state)).toEqual(['exceeded', 'expired'])
})
