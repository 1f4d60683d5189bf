import { describe, expect, it } from 'vitest'
import { compareAnswers, inPairs } from '../../../src/experiments/benchmarks/count-answers.js'
import { judgeGates, judgeSides } from '../../../src/experiments/benchmarks/judge-gates.js'
import type { BenchMetric } from '../../../src/experiments/benchmarks/metrics.js'
import { kindOf } from '../../../src/experiments/benchmarks/metrics.js'
import { judgeAll } from '../../../src/experiments/benchmarks/overall-verdict.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import type { Gate, Waiver } from '../../../src/experiments/benchmarks/scenario.js'
import { makeRepetition } from './make-repetition.js'

const OPTIONS = { level: 0.95, now: new Date('2026-11-15T12:00:00Z'), waivers: [] as Waiver[] }

function gateOf(metric: BenchMetric, given: Partial<Gate> = {}): Gate {
  const { worse, smallest } = kindOf(metric)
  return { metric, smallest, direction: worse, ...given }
}

/** Six pairs; a figure wobbles by about 1% where it is given as one. */
function pairsOf(base: Partial<Repetition>, head: Partial<Repetition>, n = 6) {
  return Array.from({ length: n }, () => ({ base: makeRepetition(base), head: makeRepetition(head) }))
}

function judgeOne(pairs: ReturnType<typeof pairsOf>, gate: Gate, options = {}) {
  return judgeGates(pairs, [gate], { ...OPTIONS, ...options })[0]!
}

const WOBBLE = [0.99, 1.01, 1.005, 0.995, 1.008, 0.992]

function cpuPairs(change: number) {
  return WOBBLE.map(part => ({
    base: makeRepetition({ cpuPerRequest_ms: 2 * part }),
    head: makeRepetition({ cpuPerRequest_ms: 2 * (1 + change) * (2 - part) }),
  }))
}

describe('a gate', () => {
  it('tells a constant from a constant that is shifted, and not from itself', () => {
    const constant = (ms: number): Partial<Repetition> => ({ latency: [[ms, 100]] })
    const gate = gateOf('median')
    expect(judgeOne(pairsOf(constant(303), constant(310)), gate)).toMatchObject({
      verdict: 'worse',
      fails: true,
    })
    expect(judgeOne(pairsOf(constant(310), constant(303)), gate)).toMatchObject({
      verdict: 'better',
      fails: false,
    })
    expect(judgeOne(pairsOf(constant(303), constant(303)), gate)).toMatchObject({
      verdict: 'no meaningful difference',
      fails: false,
      reason: null,
      needs: null,
    })
  })

  it('knows which way is worse, and fails only where the metric must not go', () => {
    expect(judgeOne(cpuPairs(0.1), gateOf('cpu'))).toMatchObject({ verdict: 'worse', fails: true })
    expect(judgeOne(cpuPairs(-0.1), gateOf('cpu'))).toMatchObject({ verdict: 'better', fails: false })
    expect(judgeOne(cpuPairs(-0.1), gateOf('cpu', { direction: 'either' }))).toMatchObject({ fails: true })
    expect(judgeOne(cpuPairs(0.1), gateOf('cpu', { direction: 'down' }))).toMatchObject({
      verdict: 'worse',
      fails: false,
    })
    const slower = pairsOf({ throughput: 40 }, { throughput: 30 })
    expect(judgeOne(slower, gateOf('throughput'))).toMatchObject({ verdict: 'worse', fails: true })
  })

  it('can’t be told where a repetition has no figure, and is never a pass', () => {
    const pairs = cpuPairs(0)
    pairs[3]!.head.cpuPerRequest_ms = null
    const judged = judgeOne(pairs, gateOf('cpu'))
    expect(judged).toMatchObject({ verdict: 'cannot tell yet', needs: { pairs: null, reachable: false } })
    expect(judged.reason).toContain('1 of 6 repetitions of the head')
    expect(judgeAll([judged])).toBe('cannot tell yet')
    const nothing = { requests: 0, statuses: {}, underShare: null, latency: [] }
    expect(judgeOne(pairsOf(nothing, {}), gateOf('under'))).toMatchObject({
      verdict: 'cannot tell yet',
      base: null,
    })
  })

  it('of the share takes fast errors for what they are, and has the verdict of compare', () => {
    const fast503s = { statuses: { '2xx': 1800, '5xx': 200 }, requests: 2000, underShare: 0.891 }
    const fine = { statuses: { '2xx': 2000 }, requests: 2000, underShare: 0.99 }
    const pairs = pairsOf(fine, fast503s)
    const judged = judgeOne(pairs, gateOf('under'))
    const compared = compareAnswers(inPairs(pairs), { under_ms: 250, smallest: 0.01, level: 0.95, seed: 1 })
    expect(judged).toMatchObject({ verdict: 'worse', fails: true, base: 0.99, head: 0.891 })
    expect(compared).toMatchObject({ verdict: 'worse', unit: 'pair', largestCustomer: null })
    expect(compared.change.interval).toEqual(judged.change.interval)
    expect(compared.warnings.map(warning => warning.code)).toContain('new-errors')
    expect(compared.arms.before.clusters).toBe(6)
    expect(compared.quantiles).toHaveLength(11)
  })

  it('leaves 4xx out of the share, and counts what was never answered as not good', () => {
    const some = { statuses: { '2xx': 900, '4xx': 100 }, requests: 1000, errors: 50, underShare: 0.9 }
    const [judged] = judgeGates(pairsOf(some, some), [gateOf('under')], OPTIONS)
    expect(judged!.base).toBeCloseTo(0.9, 6)
  })

  it('of a figure can’t be told where a side has no answer under 400, however good the figure looks', () => {
    const refused = {
      ...{ requests: 0, statuses: {}, errors: 500, underShare: 0, latency: [], throughput: 0 },
      ...{ cpuPerRequest_ms: 0, peakMemory_mb: 20 },
    }
    const lost = { ...refused, requests: 100, errors: 0, statuses: { '4xx': 100 }, underShare: null }
    const broken = [pairsOf(refused, refused), pairsOf({}, refused), pairsOf({}, lost)]
    for (const pairs of broken) {
      for (const metric of ['throughput', 'memory', 'cpu', 'median', 'gc', 'eventLoop'] as const) {
        const judged = judgeOne(pairs, gateOf(metric))
        expect(judged).toMatchObject({ verdict: 'cannot tell yet', fails: false })
        expect(judged.reason).toContain('no answer under 400 in')
      }
    }
    expect(judgeOne(broken[1]!, gateOf('memory')).reason).toContain('6 of 6 repetitions of the head')
    expect(judgeOne(broken[1]!, gateOf('under')).verdict).toBe('worse')
  })

  it('of a figure can’t be told where the sides answer differently: a 404 is cheap', () => {
    const some404 = (count: number): Partial<Repetition> => ({
      ...{ requests: 1000, statuses: { '2xx': 1000 - count, '4xx': count } },
      cpuPerRequest_ms: 2 - count / 1000,
    })
    const half = pairsOf(some404(0), some404(500))
    for (const metric of ['cpu', 'memory', 'throughput', 'p95', 'gc'] as const) {
      const { verdict, reason } = judgeOne(half, gateOf(metric))
      expect(verdict).toBe('cannot tell yet')
      expect(reason).toContain('0.0% of the base’s were 4xx, 50.0% of the head’s')
    }
    expect(judgeAll(judgeGates(half, [gateOf('under'), gateOf('cpu')], OPTIONS))).toBe('cannot tell yet')
    // As many on both sides, or within a point, is the scenario's own affair.
    expect(judgeOne(pairsOf(some404(100), some404(100)), gateOf('cpu')).reason).toBe(null)
    expect(judgeOne(pairsOf(some404(100), some404(109)), gateOf('memory')).reason).toBe(null)
    // A few more points of few answers are chance.
    const few = (count: number) => ({ requests: 10, statuses: { '2xx': 10 - count, '4xx': count } })
    expect(judgeOne(pairsOf(few(1), few(2)), gateOf('memory')).reason).toBe(null)
  })

  it('says how many pairs it needs, and whether they are in reach', () => {
    const noisy = WOBBLE.map(part => ({
      base: makeRepetition({ cpuPerRequest_ms: 2 * part ** 5 }),
      head: makeRepetition({ cpuPerRequest_ms: 2.02 / part ** 4 }),
    }))
    const judged = judgeOne(noisy, gateOf('cpu'), { mostPairs: 24 })
    expect(judged.verdict).toBe('cannot tell yet')
    expect(judged.needs!.pairs).toBeGreaterThan(6)
    expect(judgeOne(noisy, gateOf('cpu'), { mostPairs: 6 }).needs).toEqual({
      ...judged.needs,
      reachable: false,
    })
  })
})

describe('a waiver', () => {
  const waiver: Waiver = {
    metric: 'cpu',
    ceiling: 2.5,
    reason: 'new parser',
    expires: '2026-11-15',
    story: null,
  }

  it('that holds stops the failure, and nothing else', () => {
    const judged = judgeOne(cpuPairs(0.1), gateOf('cpu'), { waivers: [waiver] })
    expect(judged).toMatchObject({ verdict: 'worse', fails: false, waiver: { state: 'holds' } })
    expect(judgeAll([judged])).toBe('no meaningful difference')
    const other = judgeOne(cpuPairs(0.1), gateOf('cpu'), { waivers: [{ ...waiver, metric: 'memory' }] })
    expect(other).toMatchObject({ fails: true, waiver: null })
  })

  it('that expired fails, and so does one whose ceiling is passed', () => {
    const old = { ...waiver, expires: '2026-11-14' }
    expect(judgeOne(cpuPairs(0), gateOf('cpu'), { waivers: [old] })).toMatchObject({
      fails: true,
      waiver: { state: 'expired' },
    })
    expect(judgeOne(cpuPairs(0.5), gateOf('cpu'), { waivers: [waiver] })).toMatchObject({
      fails: true,
      waiver: { state: 'exceeded' },
    })
    const lower = { ...waiver, ceiling: 2.1 }
    expect(judgeOne(cpuPairs(0.1), gateOf('cpu'), { waivers: [lower, waiver] })).toMatchObject({
      fails: false,
      waiver: { ceiling: 2.5, state: 'holds' },
    })
    // One that holds doesn't hide that another one is over.
    expect(judgeOne(cpuPairs(0.1), gateOf('cpu'), { waivers: [waiver, old] })).toMatchObject({
      fails: true,
      waiver: { state: 'expired' },
    })
  })
})

describe('sides that weren’t interleaved', () => {
  it('are judged by their repetitions, of which there may be more on one side', () => {
    const [base, head] = [cpuPairs(0).map(pair => pair.base), cpuPairs(0.1).map(pair => pair.head)]
    const sides = { base: base.slice(0, 5), head: [...head, head[0]!], interleaved: false }
    const [cpu, share] = judgeSides(sides, [gateOf('cpu'), gateOf('under')], OPTIONS)
    expect(cpu).toMatchObject({ verdict: 'worse' })
    expect(share).toMatchObject({
      verdict: 'cannot tell yet',
      reason: expect.stringContaining('5 repetitions before'),
    })
  })
})
