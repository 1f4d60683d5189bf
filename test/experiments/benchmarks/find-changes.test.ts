import { describe, expect, it } from 'vitest'
import { findMetricChanges } from '../../../src/experiments/benchmarks/find-changes.js'
import { groupRuns, measureRuns } from '../../../src/experiments/benchmarks/group-runs.js'
import type { FoundChange } from '../../../src/experiments/benchmarks/history.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import type { Gate } from '../../../src/experiments/benchmarks/scenario.js'
import { describeSizes } from '../../../src/reports/benchmarks/change-words.js'
import { createRandom } from '../../../src/stats/random.js'
import { makeRepetition } from './make-repetition.js'
import { makeNights, type Nights, nameNight, nightAt } from './make-runs.js'

const CPU: Gate = { metric: 'cpu', smallest: { kind: 'relative', value: 0.03 }, direction: 'up' }
const WANTED = { scenario: 'orders', isCurrent: ({ fingerprint }: Repetition) => fingerprint === 'f' }
const FALSE_ALARMS_OF_1000 = 73
const SERIES = 12
/** Of those. */
const MOST = 10

function look(repetitions: readonly Repetition[], gate: Gate = CPU) {
  return findMetricChanges(groupRuns(repetitions, WANTED).runs, gate, 1)
}

function nightOf({ run }: { run: string }): number {
  return Number(run.slice(-3))
}

/** Over series with different noise: how many tell exactly these changes, each at its night or next to it. */
function countRight(made: Nights, expected: { night: number; kind?: FoundChange['kind'] }[], seed: number) {
  const random = createRandom(seed)
  let right = 0
  for (let i = 0; i < SERIES; i += 1) {
    const { changes } = look(makeNights(random, made))
    const isRight = (change: FoundChange, { night, kind = 'step' }: (typeof expected)[number]) =>
      Math.abs(nightOf(change) - night) <= 1 && change.kind === kind
    if (changes.length === expected.length && changes.every((change, j) => isRight(change, expected[j]!)))
      right += 1
  }
  return right
}

describe('nights in which nothing changed', () => {
  it.each([
    { nights: 40, sd: 0.06 },
    { nights: 40, sd: 0.06, likeness: 0.3 },
  ])('raise no false alarms: %o', made => {
    const random = createRandom(41)
    let alarms = 0
    for (let i = 0; i < 1000; i += 1) {
      const { changes } = findMetricChanges(groupRuns(makeNights(random, made), WANTED).runs, CPU, i)
      if (changes.length > 0) alarms += 1
    }
    expect(alarms).toBeLessThanOrEqual(FALSE_ALARMS_OF_1000)
  })

  it('looked at every night, a series of 60 stays quiet in all but a few cases', () => {
    const random = createRandom(42)
    let alarms = 0
    for (let i = 0; i < 20; i += 1) {
      const nights = makeNights(random, { nights: 60 })
      const isQuiet = nights.every(
        (_, last) => last < 9 || look(nights.slice(0, last + 1)).changes.length === 0,
      )
      if (!isQuiet) alarms += 1
    }
    expect(alarms).toBeLessThanOrEqual(3)
  })

  it('a single night that is far off is no change, and hides none', () => {
    const outlier = (night: number) => (night === 25 ? 1.6 : 1)
    expect(countRight({ nights: 60, level: outlier }, [], 43)).toBe(SERIES)
    const both = (night: number) => (night === 25 ? 1.6 : night >= 35 ? 1.1 : 1)
    expect(countRight({ nights: 60, level: both }, [{ night: 35 }], 44)).toBeGreaterThanOrEqual(MOST)
  })

  it('equal figures have nothing to find', () => {
    const nights = makeNights(createRandom(1), { nights: 40, sd: 0 })
    expect(look(nights).changes).toEqual([])
    expect(look([]).history).toMatchObject({ values: [], levels: [], newest: null })
  })
})

describe('a change', () => {
  it.each([
    { nights: 60, level: (night: number) => (night >= 40 ? 1.08 : 1), at: [40] },
    { nights: 120, level: (night: number) => (night >= 30 ? 0.92 : 1), at: [30] },
    { nights: 90, level: (night: number) => (night >= 40 && night < 60 ? 1.1 : 1), at: [40, 60] },
    {
      nights: 90,
      level: (night: number) => (night >= 60 ? 1.21 : night >= 30 ? 1.1 : 1),
      at: [30, 60],
    },
  ])('is told at its night, and nothing else: $nights nights, $at', ({ nights, level, at }) => {
    const expected = at.map(night => ({ night }))
    expect(countRight({ nights, level, sd: 0.02 }, expected, 51)).toBeGreaterThanOrEqual(MOST)
  })

  it('has its levels, its size, and the commits around it', () => {
    const level = (night: number) => (night >= 40 ? 1.1 : 1)
    const { changes, history } = look(makeNights(createRandom(52), { nights: 70, level, sd: 0.01 }))
    const [change] = changes
    expect(change).toMatchObject({
      metric: 'cpu',
      kind: 'step',
      direction: 'up',
      isWorse: true,
      run: nameNight(40),
      at: nightAt(40),
      commits: { after: expect.stringMatching(/^abc0027/), until: expect.stringMatching(/^abc0028/) },
    })
    expect(change!.change.value).toBeCloseTo(0.1, 1)
    const [low, high] = change!.change.interval!
    expect([low > 0.09, high < 0.11, low < high]).toEqual([true, true, true])
    expect(change!.p).toBeLessThan(0.01)
    expect(history.levels.map(({ runs }) => runs)).toEqual([40, 30])
  })

  it('of less than the smallest worth having is joined with its neighbour', () => {
    const level = (night: number) => (night >= 40 ? 1.05 : 1)
    const nights = makeNights(createRandom(53), { nights: 80, level, sd: 0.01 })
    expect(look(nights).changes).toHaveLength(1)
    const coarse: Gate = { ...CPU, smallest: { kind: 'relative', value: 0.1 } }
    expect(look(nights, coarse).changes).toEqual([])
  })

  it('from nothing at all has no part that it could be told as: it is told in the metric’s unit', () => {
    const collected = (ms: (night: number) => number) =>
      makeNights(createRandom(58), { nights: 20 }).map((night, i) => ({
        ...night,
        gc: { count: 1, total_ms: ms(i) * night.requests, longest_ms: 1 },
      }))
    const gate: Gate = { ...CPU, metric: 'gc', smallest: { kind: 'relative', value: 0.1 } }
    const [change, ...more] = look(
      collected(night => (night >= 10 ? 0.05 : 0)),
      gate,
    ).changes
    expect(more).toEqual([])
    expect(change).toMatchObject({ direction: 'up', run: nameNight(10), change: { kind: 'absolute' } })
    expect(change!.change.value).toBeCloseTo(0.05, 10)
    expect(change!.change.interval!.every(Number.isFinite)).toBe(true)
    expect(describeSizes(change!)).toBe('0 ms → 0.050 ms (+0.050 ms, 95%: +0.050 ms to +0.050 ms)')
    const [back] = look(
      collected(night => (night >= 10 ? 0 : 0.05)),
      gate,
    ).changes
    expect(back).toMatchObject({ direction: 'down', change: { value: -1, kind: 'relative' } })
  })

  it('for the better is none for the worse', () => {
    const level = (night: number) => (night >= 40 ? 0.9 : 1)
    const nights = makeNights(createRandom(54), { nights: 70, level })
    expect(look(nights).changes).toMatchObject([{ direction: 'down', isWorse: false }])
    expect(look(nights, { ...CPU, direction: 'either' }).changes).toMatchObject([{ isWorse: true }])
  })

  it('names what else is other than before', () => {
    const nights = makeNights(createRandom(55), {
      nights: 60,
      level: night => (night >= 30 ? 1.2 : 1),
      sd: 0.01,
    }).map((night, i) => ({
      ...night,
      environment: {
        ...night.environment,
        ...(i >= 30 && {
          node: 'v26.0.0',
          lockFile: 'b',
          isDirty: true,
          mix: 'abc',
          dependencies: { pg: '9.0.0' },
        }),
      },
    }))
    expect(look(nights).changes[0]!.differs).toEqual([
      { what: 'requests drawn', before: 'none', after: 'abc' },
      { what: 'files that differ from the commit', before: 'no', after: 'yes' },
      { what: 'Node', before: 'v24.0.0', after: 'v26.0.0' },
      { what: 'lock file', before: 'none', after: 'b' },
      { what: 'dependency pg', before: 'none', after: '9.0.0' },
    ])
  })
})

describe('a slow drift', () => {
  it.each([
    { nights: 120, level: (night: number) => 1 + (0.2 * night) / 120 },
    { nights: 100, level: (night: number) => 1 + 0.2 * Math.min(1, Math.max(0, (night - 30) / 40)) },
  ])('is one drift, not steps: $nights nights', made => {
    const random = createRandom(61)
    let right = 0
    for (let i = 0; i < SERIES; i += 1) {
      const { changes } = look(makeNights(random, { ...made, sd: 0.02 }))
      const [only] = changes
      if (changes.length === 1 && only!.kind === 'drift' && Math.abs(only!.change.value - 0.2) < 0.05)
        right += 1
    }
    expect(right).toBeGreaterThanOrEqual(MOST)
  })
})

describe('the newest run', () => {
  it('is inside or outside of what the runs before it did', () => {
    const steady = makeNights(createRandom(71), { nights: 30, sd: 0.01 })
    const moved = (count: number, by: number) =>
      steady.map((night, i) => ({
        ...night,
        cpuPerRequest_ms: i >= 30 - count ? 3 * by : night.cpuPerRequest_ms,
      }))
    expect(look(moved(1, 1)).history.newest).toMatchObject({ side: 'inside', inARow: 0, runs: 26 })
    expect(look(moved(1, 1.2)).history.newest).toMatchObject({ side: 'above', inARow: 1 })
    expect(look(moved(3, 0.8)).history.newest).toMatchObject({ side: 'below', inARow: 3, runs: 26 })
    expect(look(moved(3, 0.8)).changes).toEqual([])
    expect(look(steady.slice(0, 5)).history.newest).toBeNull()
  })

  it('lies inside in about 95% of cases', () => {
    const random = createRandom(72)
    let inside = 0
    for (let i = 0; i < 400; i += 1) {
      const { newest } = look(makeNights(random, { nights: 20 })).history
      if (newest!.side === 'inside') inside += 1
    }
    expect(inside / 400).toBeGreaterThan(0.91)
    expect(inside / 400).toBeLessThan(0.98)
  })
})

describe('runs', () => {
  it('have one value each: the mean over repetitions, of a share weighted by requests', () => {
    const part = (index: number, given: Partial<Repetition>) =>
      makeRepetition({ run: 'a', index, at: nightAt(0), ...given })
    const { runs } = groupRuns(
      [
        part(1, { cpuPerRequest_ms: 2, underShare: 1, requests: 300, statuses: { '2xx': 300 } }),
        part(2, {
          cpuPerRequest_ms: 4,
          underShare: 0.5,
          requests: 200,
          statuses: { '2xx': 100, '4xx': 100 },
        }),
      ],
      WANTED,
    )
    expect(runs).toMatchObject([{ run: 'a', repetitions: 2 }])
    expect(measureRuns(runs, 'cpu')).toMatchObject([{ value: 3, weight: 1 }])
    expect(measureRuns(runs, 'under')).toMatchObject([{ value: 0.875, weight: 400 }])
  })

  const at = (run: string, night: number, given: Partial<Repetition> = {}) =>
    makeRepetition({ run, at: nightAt(night), ...given })

  it('of another load or scenario are counted, not compared, also where they are the newest', () => {
    const short = at('short', 3, { fingerprint: 'g' })
    const other = at('other', 4, { scenario: 'checkout' })
    const { runs, warnings } = groupRuns([at('b', 2), at('a', 1), short, other], WANTED)
    expect(runs.map(({ run }) => run)).toEqual(['a', 'b'])
    expect(warnings).toMatchObject([{ code: 'runs-left-out', message: expect.stringMatching(/^2 runs/) }])
    expect(groupRuns([other], WANTED)).toMatchObject({
      runs: [],
      warnings: [{ message: expect.stringMatching(/^One run/) }],
    })
  })

  it('like the newest make up the history where none is as the scenario is now, and that is said', () => {
    const old = at('old', 1, { fingerprint: 'g' })
    const { runs, warnings } = groupRuns([at('newest', 3, { fingerprint: 'h' }), old], WANTED)
    expect(runs.map(({ run }) => run)).toEqual(['newest'])
    expect(warnings.map(({ code }) => code)).toEqual(['scenario-differs', 'runs-left-out'])
    expect(groupRuns([], WANTED)).toEqual({ runs: [], warnings: [] })
  })

  it('without a value are left out', () => {
    const nights = makeNights(createRandom(81), { nights: 20 })
    nights[3]!.cpuPerRequest_ms = null
    expect(look(nights).history.values).toHaveLength(19)
  })
})
