/** How often a made-up server that didn't change seems to have changed, and how often a change is seen. Seeded. */
import { describe, expect, test } from 'vitest'
import { type DiffCapture, diffProfiles, hasChanged } from '../../src/profilers/diff-profiles.js'
import { createRandom, type Random } from '../../src/stats/random.js'
import { CHANGED, CHANGED_MS, type Scenario, simulateCapture } from './simulated-server.js'

const BASE: Scenario = { seconds: 5, interval_us: 1000 }
const CALLERS = ['handle', 'route0', 'route1', 'route2']

/** Right methods with a rate of 5% exceed this in fewer than 1 of 1,000 times (binomial). */
const MOST_FALSE: Record<number, number> = { 100: 13, 200: 21, 1000: 73 }

interface Cell {
  name: string
  before: Scenario
  after: Scenario
  runs: number
  /** A side. */
  captures?: number
  perSecond?: boolean
}

function makeSide(random: Random, scenario: Scenario, { captures = 1, perSecond }: Cell): DiffCapture[] {
  return Array.from({ length: captures }, () => {
    const { profile, requests } = simulateCapture(random, scenario)
    return { file: 'simulated', profiles: [profile], requests: perSecond ? null : requests }
  })
}

function run(cell: Cell) {
  const random = createRandom(20)
  const { factor = 1 } = cell.after
  const counts = { false: 0, falseColours: 0, found: 0, inside: 0 }
  for (let i = 0; i < cell.runs; i += 1) {
    const { diff, graph } = diffProfiles(
      makeSide(random, cell.before, cell),
      makeSide(random, cell.after, cell),
    )
    const isTrue = (name: string) => factor !== 1 && (name === CHANGED || CALLERS.includes(name))
    const changed = diff.frames.filter(one => hasChanged(one))
    if (changed.some(one => !isTrue(one.function))) counts.false += 1
    if (graph.some(node => node.significant && !isTrue(node.function))) counts.falseColours += 1
    const one = diff.frames.find(frame => frame.function === CHANGED)!
    if (one.significant && one.change_ms > 0) counts.found += 1
    const truth = CHANGED_MS * (factor - 1)
    if (one.interval_ms![0] <= truth && truth <= one.interval_ms![1]) counts.inside += 1
  }
  return counts
}

const same = (name: string, scenario: Partial<Scenario>, given: Partial<Cell> = {}): Cell => ({
  name,
  before: { ...BASE, ...scenario },
  after: { ...BASE, ...scenario },
  runs: 200,
  ...given,
})

describe('of the same code, hardly any seems changed', () => {
  test.for<Cell>([
    same('5 s at 1 ms', {}, { runs: 1000 }),
    same('per second', {}, { perSecond: true }),
    same('never idle', { saturated: true }),
    same('5 s at 0.1 ms', { interval_us: 100 }, { runs: 100 }),
    same('5 s and 20 s', {}, { runs: 100, after: { ...BASE, seconds: 20 } }),
    same(
      '5 s and 20 s, both warming up',
      { warmsUp: true },
      {
        runs: 100,
        after: { ...BASE, seconds: 20, warmsUp: true },
      },
    ),
    same(
      '1 ms and 0.1 ms, each sample costs 0.03 ms',
      { cost_ms: 0.03 },
      {
        runs: 100,
        after: { ...BASE, interval_us: 100, cost_ms: 0.03 },
      },
    ),
    same('the machine differs by a third', { sharedSpread: 0.3 }),
    same('functions differ by 10% between runs', { ownSpread: 0.1 }),
    same('three captures a side', { ownSpread: 0.05 }, { captures: 3 }),
    same('three captures a side, which differ by 15%', { ownSpread: 0.15 }, { captures: 3, runs: 100 }),
    same('two captures a side', { ownSpread: 0.05 }, { captures: 2, runs: 100 }),
  ])('$name', { timeout: 240_000 }, cell => {
    const counts = run(cell)
    expect(counts.false).toBeLessThanOrEqual(MOST_FALSE[cell.runs]!)
    expect(counts.falseColours).toBeLessThanOrEqual(MOST_FALSE[cell.runs]!)
    expect(counts.inside / cell.runs).toBeGreaterThan(0.93)
  })
})

describe('a function whose work doubled is found, and by how much lies within its interval', () => {
  const doubled = (name: string, scenario: Partial<Scenario>, given: Partial<Cell> = {}): Cell => ({
    ...same(name, scenario, given),
    after: { ...BASE, ...scenario, ...given.after, factor: 2 },
    runs: 50,
  })
  test.for<Cell & { least: number }>([
    { ...doubled('20 s at 1 ms', { seconds: 20 }), least: 0.8 },
    { ...doubled('5 s, never idle', { saturated: true }), least: 0.8 },
    {
      ...doubled(
        '20 s, at 1 ms and at 0.1 ms',
        { seconds: 20 },
        { after: { ...BASE, seconds: 20, interval_us: 100 } },
      ),
      least: 0.8,
    },
    { ...doubled('three captures of 5 s a side', { ownSpread: 0.05 }, { captures: 3 }), least: 0.75 },
    // 80 requests: often too few, but never wrong.
    { ...doubled('5 s at 1 ms', {}), least: 0.05 },
  ])('$name', { timeout: 240_000 }, cell => {
    const counts = run(cell)
    expect(counts.found / cell.runs).toBeGreaterThan(cell.least)
    expect(counts.inside / cell.runs).toBeGreaterThan(0.93)
    expect(counts.false / cell.runs).toBeLessThan(0.15)
  })
})
