import { describe, expect, it } from 'vitest'
import type { Interval } from '../../src/stats/intervals.js'
import { judgeHypothesis } from '../../src/stats/judge-hypothesis.js'
import { planMore } from '../../src/stats/needs.js'
import { defaultSmallest, judgeChange } from '../../src/stats/verdicts.js'

describe('judgeChange', () => {
  it.each([
    [[0.002, 0.03], 'better'],
    [[-0.03, -0.002], 'worse'],
    [[0.02, 0.05], 'better'],
    [[0.002, 0.008], 'no meaningful difference'],
    [[-0.01, 0.01], 'no meaningful difference'],
    [[-0.001, 0.03], 'cannot tell yet'],
    [[0, 0.03], 'cannot tell yet'],
    [[-0.03, 0.03], 'cannot tell yet'],
    [null, 'cannot tell yet'],
  ] as [Interval | null, string][])('reads %j as %s for a smallest of one point', (interval, verdict) => {
    expect(judgeChange(interval, 0.01)).toBe(verdict)
  })
})

it.each([
  [0.5, 0.01],
  [0.95, 0.01],
  [0.96, 0.01],
  [0.99, 0.0025],
  [0.999, 0.00025],
])('with an objective of %d, the smallest change worth having is %d', (objective, smallest) => {
  expect(defaultSmallest(objective)).toBeCloseTo(smallest, 12)
})

describe('judgeHypothesis', () => {
  const judge = (
    value: number,
    interval: Interval,
    direction: 'up' | 'down',
    verdict = judgeChange(interval, 0.01),
  ) =>
    judgeHypothesis(
      { verdict, change: { value, interval, smallest: 0.01, se: null, df: null } },
      { direction, smallest: 0.01 },
    )

  it('confirms what goes the way that was said, and far enough', () => {
    expect(judge(0.03, [0.01, 0.05], 'up')).toBe('confirmed')
    expect(judge(-0.03, [-0.05, -0.01], 'down')).toBe('confirmed')
  })

  it('does not confirm a change that is there but smaller than said', () => {
    expect(judge(0.008, [0.002, 0.014], 'up')).toBe('cannot tell yet')
  })

  it('disproves what lies wholly short of what was said', () => {
    expect(judge(0.002, [-0.004, 0.008], 'up')).toBe('disproved')
    expect(judge(-0.03, [-0.05, -0.01], 'up')).toBe('disproved')
    expect(judge(-0.02, [-0.045, 0.005], 'up')).toBe('disproved')
    expect(judge(0.03, [0.01, 0.05], 'down')).toBe('disproved')
  })

  it('leaves open what may still be', () => {
    expect(judge(0.005, [-0.01, 0.02], 'up')).toBe('cannot tell yet')
    expect(judge(0, [-0.002, 0.01], 'up')).toBe('cannot tell yet')
  })

  it('says nothing where one customer decides, or where there is no interval', () => {
    expect(judge(0.03, [0.01, 0.05], 'up', 'cannot tell yet')).toBe('cannot tell yet')
    expect(judge(-0.03, [-0.05, -0.01], 'up', 'cannot tell yet')).toBe('cannot tell yet')
    const none = {
      verdict: 'cannot tell yet',
      change: { value: 0.1, interval: null, smallest: 0, se: null, df: null },
    } as const
    expect(judgeHypothesis(none, { direction: 'up', smallest: 0 })).toBe('cannot tell yet')
  })
})

describe('planMore', () => {
  const short = {
    clusters: 20,
    days: null,
    paired: 1,
    change: 0.02,
    smallest: 0.01,
    level: 0.95,
    noun: 'customer',
  }
  const varianceOf = (se: number, fromClusters = se ** 2) => ({
    variance: se ** 2,
    df: 19,
    clusterDf: 19,
    fromClusters,
    fromDays: se ** 2 - fromClusters,
  })

  it('asks for the square of 2.8 standard errors over the distance', () => {
    expect(planMore({ ...short, variance: varianceOf(0.02) }).clusters).toBe(Math.ceil(20 * 2.8016 ** 2))
    // With no change at all, ± smallest is what has to be cleared.
    expect(planMore({ ...short, change: 0, variance: varianceOf(0.01) }).clusters).toBe(
      Math.ceil(20 * 2.8016 ** 2),
    )
  })

  it('says when that is out of reach', () => {
    expect(planMore({ ...short, variance: varianceOf(0.2) })).toMatchObject({
      clusters: 15_698,
      reachable: false,
    })
    expect(planMore({ ...short, change: 0, smallest: 0, variance: varianceOf(0.2) })).toMatchObject({
      clusters: null,
      reachable: false,
    })
  })

  it('asks for days when days are what differs, and for customers when they are', () => {
    const apart = { ...short, days: 7 }
    expect(planMore({ ...apart, variance: varianceOf(0.02, 0.00001) })).toMatchObject({
      clusters: null,
      days: 55,
    })
    expect(planMore({ ...apart, variance: varianceOf(0.02, 0.0003) })).toMatchObject({
      clusters: 157,
      days: null,
    })
    expect(planMore({ ...apart, variance: varianceOf(0.1, 0.00001) })).toMatchObject({
      days: 1374,
      reachable: false,
    })
    expect(planMore({ ...apart, clusters: 3, days: 2, variance: null })).toMatchObject({
      clusters: 6,
      days: 3,
    })
  })
})
