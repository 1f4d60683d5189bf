import { expect, test } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import { compareBenchmarks } from '../../../src/steps/benchmarks/compare-benchmarks.js'
import type { Benchmark } from '../../../src/steps/benchmarks/library.js'
import type { Warning } from '../../../src/warnings.js'
import { makeRepetition } from '../../experiments/benchmarks/make-repetition.js'

const SURROUNDINGS = { version: '0.1.0', env: {}, now: () => new Date(0), newId: () => 'r' }

/** Calls of some 4 ms, longer by `factor`. */
function makeBenchmark(scenario: string, factor: number, given: Partial<Benchmark> = {}): Benchmark {
  const under_ms = given.under_ms ?? 5
  const repetitions = [1, 2, 3, 4, 5, 6].map(index => {
    const latency: Repetition['latency'] = [
      [4 * factor * (1 + index / 1000), 60],
      [4.4 * factor, 40],
    ]
    const underShare = latency.reduce((sum, [ms, calls]) => (ms < under_ms ? sum + calls : sum), 0) / 100
    return makeRepetition({ scenario, index, latency, under_ms, underShare, fingerprint: 'function' })
  })
  const [{ environment }] = repetitions as [Repetition]
  return {
    ...{ scenario, file: null, under_ms, load: null, repetitions, environment, metrics: [] },
    ...{ noise: {} as Benchmark['noise'], results: null, waivers: [], warnings: [] },
    ...given,
  }
}

const CHOSEN: Warning = { code: 'under-chosen', message: 'Nobody said it.' }

function compare(base: Benchmark, head: Benchmark) {
  return compareBenchmarks({ base, head, gates: ['under', 'median'] }, SURROUNDINGS)
}

test('two results: what was slower is worse, by what is good of both', () => {
  const { verdict, gates, under_ms } = compare(makeBenchmark('old', 1), makeBenchmark('new', 1.2))
  expect([verdict, under_ms]).toEqual(['worse', 5])
  expect(gates.map(({ base, head }) => [base, head])).toEqual([
    [1, 0.6],
    [expect.closeTo(4.014, 3), expect.closeTo(4.817, 3)],
  ])
})

test('where whyslow chose what is good, both are judged by what was said, or by that of the base', () => {
  const old = makeBenchmark('old', 1)
  const chosen = (under_ms: number) => makeBenchmark('new', 1.2, { under_ms, warnings: [CHOSEN] })
  expect(compare(old, chosen(6)).gates[0]).toMatchObject({ base: 1, head: 0.6 })
  expect(compare(chosen(6), old)).toMatchObject({ under_ms: 5, gates: [{ base: 0.6, head: 1 }, {}] })
  expect(compare(chosen(6), chosen(5.1)).gates[0]).toMatchObject({ base: 1, head: 1 })
})

test('what says differently what is good, or is no whole result, is refused', () => {
  const old = makeBenchmark('old', 1)
  const refuse = (head: Benchmark) => {
    try {
      compare(old, head)
    } catch (error) {
      expect(error).toBeInstanceOf(WhyslowError)
      const { message, exit } = error as WhyslowError
      return [exit, message]
    }
    return null
  }
  expect(refuse(makeBenchmark('new', 1, { under_ms: 6 }))).toEqual([
    2,
    expect.stringContaining('under 5 ms, and under 6 ms'),
  ])
  const printed = old.repetitions.map(({ latency: _, environment: __, ...figures }) => figures as Repetition)
  for (const repetitions of [printed, [null as unknown as Repetition]])
    expect(refuse({ ...old, repetitions })).toEqual([
      2,
      expect.stringMatching(/head: expected a result of benchmark\(\), found one without latencies/),
    ])
  expect(refuse({} as Benchmark)).toEqual([
    2,
    expect.stringMatching(/head: expected a result of benchmark\(\)\W/),
  ])
})
