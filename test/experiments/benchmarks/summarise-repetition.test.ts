/** A load in figures: what is good, and of what. */
import { expect, test } from 'vitest'
import { fingerprintOf, type Scenario } from '../../../src/experiments/benchmarks/scenario.js'
import {
  type Measured,
  summariseRepetition,
} from '../../../src/experiments/benchmarks/summarise-repetition.js'
import type { OpenLoopResult } from '../../../src/load/open-loop.js'
import { distributionFromValues } from '../../../src/stats/distribution.js'
import { makeRepetition } from './make-repetition.js'

const LOAD = {
  url: 'http://127.0.0.1/',
  rate: 40,
  connections: 4,
  duration_ms: 1000,
  warmup_ms: 0,
  timeout_ms: 1000,
}
const SCENARIO = {
  name: 'orders',
  service: { command: ['node'], cwd: '.', env: {}, ready: '', readyWithin_ms: 1, setup: null },
  load: { ...LOAD, method: 'GET', headers: {}, body: undefined, requests: null, mix: null },
  measure: ['cpu', 'memory', 'eventLoop', 'gc'],
} as unknown as Scenario

const { noise, environment, eventLoopDelay, gc } = makeRepetition()
const USE = { cpu_ms: 90, peakMemory_mb: 71.234, eventLoopDelay, gc, node: 'v24.0.0' }

function summarise(ok: number[], load: Partial<OpenLoopResult> = {}, scenario: Partial<Scenario> = {}) {
  const answers = {
    requests: ok.length,
    statuses: { '2xx': ok.length },
    okLatency: distributionFromValues(ok),
  }
  const lost = { errors: 0, timeouts: 0, unfinished: 0, waited: distributionFromValues([]), bytes: 0 }
  return summariseRepetition(
    { ...SCENARIO, ...scenario },
    { run: 'r', index: 3, under_ms: 100 },
    {
      at: new Date('2026-11-01T00:00:00Z'),
      load: { ...lost, ...answers, duration_ms: 1000, ...load } as Measured['load'],
      use: USE,
      noise,
      environment,
    },
  )
}

test('under the threshold is strictly under it, to the microsecond', () => {
  const repetition = summarise([50, 99.999, 100, 100.001])
  expect(repetition.underShare).toBe(0.5)
  expect(repetition.latency).toEqual([
    [50, 1],
    [100, 3],
  ])
})

test('of all but the 4xx: errors, timeouts and 5xx are not good, and not in the times', () => {
  const repetition = summarise([10, 20, 30], {
    requests: 10,
    statuses: { '2xx': 2, '3xx': 1, '4xx': 5, '5xx': 2 },
    errors: 3,
    timeouts: 2,
  })
  expect(repetition).toMatchObject({ requests: 10, errors: 5, timeouts: 2, underShare: 0.3, p50_ms: 20 })
  expect(repetition).toMatchObject({ cpu_ms: 90, cpuPerRequest_ms: 9, peakMemory_mb: 71.2, throughput: 3 })
})

test('what was waited for long enough when the load ended is not good, and the rest is left out', () => {
  const waited = distributionFromValues([99.999, 100, 9000, 9000])
  expect(summarise([10, 20], { waited })).toMatchObject({
    requests: 2,
    errors: 3,
    timeouts: 0,
    underShare: 0.4,
  })
})

test('throughput is of answers under 400: fast errors are no work done', () => {
  const closed = summarise([10, 20], { requests: 500, statuses: { '2xx': 2, '5xx': 498 } })
  expect(closed.throughput).toBe(2)
})

test('what isn’t known is null', () => {
  expect(summarise([], { requests: 0 })).toMatchObject({
    underShare: null,
    p50_ms: null,
    p99_ms: null,
    cpuPerRequest_ms: null,
    lateness: null,
    latency: [],
  })
  expect(summarise([], { requests: 5, statuses: { '4xx': 5 } }).underShare).toBe(null)
  expect(summarise([], { requests: 0, errors: 5 }).underShare).toBe(0)
  expect(summarise([1], {}, { measure: ['gc'] })).toMatchObject({
    cpu_ms: null,
    cpuPerRequest_ms: null,
    peakMemory_mb: null,
    eventLoopDelay: null,
    gc,
  })
})

test('at a rate: its own throughput, and how late it was', () => {
  const lateness = distributionFromValues([0.1, 0.2, 3])
  expect(summarise([1, 2], { throughput: 39.5, lateness })).toMatchObject({
    throughput: 39.5,
    lateness: { p50_ms: 0.2, p99_ms: 2.944, longest_ms: 3 },
    scenario: 'orders',
    run: 'r',
    index: 3,
    at: '2026-11-01T00:00:00.000Z',
    fingerprint: fingerprintOf(SCENARIO, 100),
  })
})
