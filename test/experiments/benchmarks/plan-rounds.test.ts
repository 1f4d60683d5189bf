/** The procedure of `bench compare`, on services whose truth is known: it is the one that the command goes through. */
import { describe, expect, it } from 'vitest'
import { judgeAll } from '../../../src/experiments/benchmarks/overall-verdict.js'
import { levelOf, measureRounds, type PlannedPair } from '../../../src/experiments/benchmarks/plan-rounds.js'
import type { Gate, Waiver } from '../../../src/experiments/benchmarks/scenario.js'
import { wilsonInterval } from '../../../src/stats/intervals.js'
import { createRandom } from '../../../src/stats/random.js'
import { runBenchmarks } from '../../simulate/benchmarks.js'
import { makeRepetition } from './make-repetition.js'

const PLAN = { pairs: 6, mostPairs: 24 }
const CPU: Gate = { metric: 'cpu', smallest: { kind: 'relative', value: 0.03 }, direction: 'up' }
const MEMORY: Gate = { metric: 'memory', smallest: { kind: 'relative', value: 0.05 }, direction: 'up' }
const NOW = new Date('2026-11-15T00:00:00Z')

type Change = (planned: PlannedPair) => { cpu?: number; memory?: number }

/** Runs that differ by what `change` says, and by 1% one way or the other. */
async function measure(
  change: Change,
  options: { plan?: typeof PLAN; waivers?: Waiver[]; gates?: Gate[] } = {},
) {
  const order: string[] = []
  const rounds = await measureRounds({
    plan: options.plan ?? PLAN,
    gates: options.gates ?? [CPU],
    waivers: options.waivers ?? [],
    now: NOW,
    measurePair: planned => {
      order.push(`${planned.round}${planned.first === 'base' ? 'AB' : 'BA'}`)
      const wobble = [0.995, 1.005, 1.0025][planned.pair % 3]!
      const { cpu = 1, memory = 1 } = change(planned)
      const head = makeRepetition({ cpuPerRequest_ms: 2 * wobble * cpu, peakMemory_mb: 60 * memory })
      return Promise.resolve({ base: makeRepetition(), head })
    },
  })
  return { rounds, order }
}

describe('a round', () => {
  it('goes A B B A, and ends when all is told', async () => {
    const { rounds, order } = await measure(() => ({}))
    expect(order).toEqual(['1AB', '1BA', '1AB', '1BA', '1AB', '1BA'])
    expect(rounds.map(round => round.gates.map(gate => gate.verdict))).toEqual([['no meaningful difference']])
  })

  it('measures more while a gate can’t be told, looks three times at most, and never past the limit', async () => {
    const wild: Change = ({ pair }) => ({ cpu: pair % 2 === 0 ? 1.065 : 0.953 })
    const { rounds, order } = await measure(wild)
    expect(order).toHaveLength(24)
    expect(rounds[0]).toMatchObject({ pairs: 24, level: 1 - 0.0221 })
    expect(rounds[0]!.gates[0]).toMatchObject({ verdict: 'cannot tell yet', needs: { reachable: false } })
    const { order: fixed } = await measure(wild, { plan: { pairs: 6, mostPairs: 6 } })
    expect(fixed).toHaveLength(6)
  })

  it('gives up at once on what is far out of reach, or isn’t measured', async () => {
    const { order } = await measure(({ pair }) => ({ cpu: pair % 2 === 0 ? 3 : 0.34 }))
    expect(order).toHaveLength(6)
  })

  it('has the level of as many looks as it may take', () => {
    expect(levelOf({ pairs: 6, mostPairs: 6 })).toBe(0.95)
    expect(levelOf({ pairs: 6, mostPairs: 10 })).toBe(1 - 0.0294)
    expect(levelOf(PLAN)).toBe(1 - 0.0221)
  })
})

describe('a failure', () => {
  it('is measured again from nothing, and the second round decides', async () => {
    const { rounds, order } = await measure(() => ({ cpu: 1.1 }))
    expect(order).toHaveLength(12)
    expect(rounds.map(round => round.gates[0]!.fails)).toEqual([true, true])
    const { rounds: luck } = await measure(({ round }) => ({ cpu: round === 1 ? 1.1 : 1 }))
    expect(luck.map(round => round.gates[0]!.verdict)).toEqual(['worse', 'no meaningful difference'])
  })

  it('that only the second round shows can’t be told', async () => {
    const { rounds } = await measure(({ round }) => (round === 1 ? { cpu: 1.1 } : { memory: 1.3 }), {
      gates: [CPU, MEMORY],
    })
    expect(rounds[1]!.gates.map(({ verdict, fails }) => [verdict, fails])).toEqual([
      ['no meaningful difference', false],
      ['cannot tell yet', false],
    ])
    expect(judgeAll(rounds[1]!.gates)).toBe('cannot tell yet')
  })

  it('on any change can’t be told where the second round shows the opposite', async () => {
    const either: Gate = { ...CPU, direction: 'either' }
    const turn: Change = ({ round }) => ({ cpu: round === 1 ? 1.1 : 0.9 })
    const { rounds } = await measure(turn, { gates: [either] })
    expect(rounds.map(round => round.gates[0]!.verdict)).toEqual(['worse', 'cannot tell yet'])
    expect(rounds[1]!.gates[0]).toMatchObject({ fails: false, reason: expect.stringContaining('other way') })
    const { rounds: better } = await measure(() => ({ cpu: 0.9 }), { gates: [either] })
    expect(better[1]!.gates[0]).toMatchObject({ verdict: 'better', fails: true })
  })

  it('by a ceiling is confirmed by the ceiling, whatever the verdicts', async () => {
    const waiver: Waiver = { metric: 'cpu', ceiling: 1.9, reason: 'r', expires: '2026-12-01', story: null }
    const { rounds } = await measure(({ round }) => ({ cpu: round === 1 ? 1.1 : 1 }), { waivers: [waiver] })
    expect(rounds[1]!.gates[0]).toMatchObject({ verdict: 'no meaningful difference', fails: true })
  })

  it('by a waiver that expired needs no second round', async () => {
    const waiver: Waiver = { metric: 'cpu', ceiling: 9, reason: 'r', expires: '2026-11-01', story: null }
    const { rounds } = await measure(() => ({}), { waivers: [waiver] })
    expect(rounds).toHaveLength(1)
    expect(judgeAll(rounds[0]!.gates)).toBe('worse')
  })
})

describe('the whole procedure', () => {
  const run = (service: object, runs: number, seed: number) =>
    runBenchmarks({ measureRounds, judgeAll }, createRandom(seed), service, PLAN, runs)
  const rate = (count: number, of: number) => {
    const [low, high] = wilsonInterval(count, of)
    return `${count} of ${of}, ${(low * 100).toFixed(2)}% to ${(high * 100).toFixed(2)}%`
  }

  it('cries wolf in at most 131 of 2,000 comparisons of a version with itself', async () => {
    const seen = await run({}, 2000, 16)
    const { worse = 0, better = 0 } = seen.verdicts
    console.log(`A/A: regressions ${rate(worse, 2000)}; better ${rate(better, 2000)}`)
    expect(worse).toBeLessThanOrEqual(131)
    expect(worse).toBeLessThanOrEqual(20)
    // One round by itself has two gates, each wrong in 5% at most, both ways taken together.
    expect(better).toBeLessThanOrEqual(131)
    expect(seen.firstFails).toBeLessThanOrEqual(131)
    for (const gate of Object.values(seen.gates))
      expect(gate.covered / gate.intervals).toBeGreaterThanOrEqual(0.94)
  })

  it('finds 5% more CPU per request, in runs that vary by 3%', async () => {
    const seen = await run({ cpuEffect: 0.05 }, 500, 17)
    expect(seen.verdicts.worse).toBeGreaterThanOrEqual(400)
    expect(seen.gates.cpu!.verdicts['no meaningful difference'] ?? 0).toBeLessThanOrEqual(25)
  })

  it('finds 2% of requests that take five times as long, by the share', async () => {
    const seen = await run({ slow: 0.001, tail: 0.02 }, 500, 18)
    expect(seen.gates.under!.verdicts.worse).toBeGreaterThanOrEqual(400)
  })

  it('hardly ever passes off a change past the smallest as no difference', async () => {
    const seen = await run({ cpuEffect: 0.035 }, 500, 19)
    expect(seen.gates.cpu!.verdicts['no meaningful difference'] ?? 0).toBeLessThanOrEqual(40)
    expect(seen.gates.cpu!.verdicts.better ?? 0).toBe(0)
  })
})
