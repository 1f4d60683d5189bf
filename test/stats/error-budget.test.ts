import { describe, expect, it } from 'vitest'
import { judgeTargets, measureBudget, needsTimesMore, type Target } from '../../src/stats/error-budget.js'
import { createRandom } from '../../src/stats/random.js'
import { makeArms } from '../simulate/scenarios.js'

const alike = (clusters: number, good: number, requests: number) =>
  Array.from({ length: clusters }, (_, i) => ({ cluster: `c${i}`, good, requests }))

const judge = (...targets: Partial<Target>[]) =>
  judgeTargets(targets.map(target => ({ rows: [], objective: 0.95, covered: 1, ...target })))

describe('measureBudget', () => {
  it('counts what is allowed, and what of it was spent', () => {
    expect(measureBudget({ share: 0.98, interval: [0.97, 0.995], requests: 1000 }, 0.99)).toEqual({
      allowed: 10,
      bad: 20,
      spent: expect.closeTo(2, 9),
      interval: [expect.closeTo(0.5, 9), expect.closeTo(3, 9)],
      left: expect.closeTo(-1, 9),
    })
    expect(measureBudget({ share: 1, interval: null, requests: 7 }, 0.9)).toMatchObject({
      spent: 0,
      left: 1,
      interval: null,
    })
    expect(measureBudget({ share: null, interval: null, requests: 0 }, 0.9)).toBeNull()
  })

  it('says how many times as many requests would tell', () => {
    const budget = (spent: number, interval: [number, number] | null) =>
      needsTimesMore({ allowed: 1, bad: spent, spent, interval, left: 1 - spent })
    expect(budget(0.5, [0.2, 1.5])).toBeCloseTo(4, 9)
    expect(budget(1.5, [0.5, 2])).toBeCloseTo(4, 9)
    expect(budget(3, [2, 4])).toBe(1)
    expect(budget(1, [0.5, 1.5])).toBeNull()
    expect(budget(0.5, null)).toBeNull()
  })
})

describe('judgeTargets', () => {
  it('says met and missed only where chance is ruled out', () => {
    const states = judge(
      { rows: alike(20, 100, 100) },
      { rows: alike(20, 50, 100) },
      { rows: alike(20, 95, 100) },
      { rows: alike(8, 1, 1) },
      { rows: alike(5, 100, 100) },
      { rows: [] },
    ).map(({ standing }) => standing)
    expect(states).toEqual(['met', 'missed', 'unsure', 'unsure', 'unsure', 'unsure'])
  })

  it('knows of a window that is known in part only what the rest can’t undo', () => {
    const part = (good: number, covered: number) =>
      judge({ rows: alike(20, good, 100), covered })[0]!.standing
    expect(part(100, 0.5)).toBe('unsure')
    expect(part(100, 0.9)).toBe('met')
    // 8% are bad: of all, if the other half were perfect, 4%.
    expect(part(92, 1)).toBe('missed')
    expect(part(92, 0.5)).toBe('unsure')
    expect(part(80, 0.5)).toBe('missed')
    // Not even if all were bad.
    expect(part(0, 0.04)).toBe('unsure')
  })

  it('widens the intervals of the few that are certain among many', () => {
    const few = judge({ rows: alike(20, 50, 100) }, ...new Array(9).fill({ rows: alike(20, 95, 100) }))
    const [alone] = judge({ rows: alike(20, 50, 100) })
    expect(few[0]!.standing).toBe('missed')
    expect(few[0]!.estimate.interval![1]).toBeGreaterThan(alone!.estimate.interval![1])
  })

  it('over 20 objectives that are just kept, says met or missed of any in at most 5% of runs', () => {
    const random = createRandom(11)
    let runsWithAny = 0
    for (let run = 0; run < 1000; run += 1) {
      // With customers' logits spread by 1 around 2, the mean share is 0.8446.
      const targets = Array.from({ length: 20 }, () => ({
        rows: makeArms(random, { customers: 30 }).before,
        objective: 0.8446,
        covered: 1,
      }))
      if (judgeTargets(targets).some(({ standing }) => standing !== 'unsure')) runsWithAny += 1
    }
    expect(runsWithAny).toBeLessThanOrEqual(73)
  })
})
