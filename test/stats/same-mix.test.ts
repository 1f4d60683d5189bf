import { describe, expect, it } from 'vitest'
import { type ClusterCount, totalClusters } from '../../src/stats/clusters.js'
import { compareShares } from '../../src/stats/compare-shares.js'
import { createRandom } from '../../src/stats/random.js'
import { holdMixEqual, weighStrata } from '../../src/stats/same-mix.js'
import { makeShiftedMix, runShiftedMix } from '../simulate/shifted-mix.js'

const MOST_FALSE_ALARMS = 131

const row = (cluster: string, stratum: number, requests: number, good: number): ClusterCount => ({
  cluster,
  stratum,
  requests,
  good,
})

/** Stratum 1 is good in 9 of 10 cases and stratum 2 in 5 of 10, on both sides. */
const SHIFTED = {
  before: [row('a', 1, 60, 54), row('b', 2, 20, 10), row('c', 1, 20, 18)],
  after: [row('a', 1, 20, 18), row('b', 2, 80, 40)],
}

describe('two arms of another mix', () => {
  it('have the same share at the same mix, where no stratum changed', () => {
    const { before, after } = holdMixEqual(SHIFTED)
    // Both together: 100 of stratum 1, 100 of stratum 2.
    for (const arm of [before, after]) {
      const { requests, share } = totalClusters(arm)
      expect(requests).toBeCloseTo(100, 9)
      expect(share).toBeCloseTo((0.9 + 0.5) / 2, 9)
    }
  })

  it('keep what a request stands for, and leave out what only one of them has', () => {
    const before = [...SHIFTED.before, row('d', 3, 300, 0)]
    const { factors, leftOut } = weighStrata({ before, after: SHIFTED.after })
    expect(leftOut).toEqual({ before: 0.75, after: 0 })
    expect([...factors.before]).toEqual([
      [1, 50 / 80],
      [2, 50 / 20],
    ])
    expect(holdMixEqual({ before, after: SHIFTED.after })).toEqual(holdMixEqual(SHIFTED))
  })

  it('that have nothing in common have no requests left', () => {
    const sides = { before: [row('a', 1, 5, 5)], after: [row('a', 2, 5, 5)] }
    expect(holdMixEqual(sides)).toEqual({ before: [], after: [] })
    expect(weighStrata(sides).leftOut).toEqual({ before: 1, after: 1 })
    expect(weighStrata({ before: [], after: [] }).leftOut).toEqual({ before: 0, after: 0 })
  })

  it('have residuals about the share of each stratum, by day, where it has clusters enough', () => {
    const before = Array.from({ length: 40 }, (_, i) => ({
      ...row(`c${i % 20}`, i < 20 ? 1 : 2, 10, (i < 20 ? 8 : 4) + (i % 2)),
      day: `2026-10-0${1 + (i % 3)}`,
    }))
    const held = holdMixEqual({ before, after: [row('x', 1, 30, 10), row('x', 2, 10, 1)].concat(before) })
    const share = totalClusters(held.before).share
    for (const cell of held.before) {
      // 8.5 and 4.5 on average; the pooled mix is nearly half of each.
      const away = cell.good - share * cell.requests
      expect(Math.abs(away)).toBeCloseTo(0.5 * (cell.requests / 10), 6)
      expect(cell.day).toMatch(/^2026-10-0[123]$/)
    }
  })

  it('of one stratum are what they were', () => {
    const arms = makeShiftedMix(createRandom(4), { customers: 30, kinds: 3 })
    const plain = compareShares({ ...arms, apartInTime: false, smallest: 0.01 })
    const one = (rows: ClusterCount[]) => rows.map(({ stratum: _, ...rest }) => rest)
    const held = compareShares({
      before: one(arms.before),
      after: one(arms.after),
      sameMix: true,
      apartInTime: false,
      smallest: 0.01,
    })
    expect(held.change.value).toBeCloseTo(plain.change.value!, 9)
    expect(held.change.se).toBeCloseTo(plain.change.se!, 9)
    expect(held.change.interval![0]).toBeCloseTo(plain.change.interval![0], 9)
  })

  it('weigh no more than the rows they rest on', () => {
    const observed = (rows: ClusterCount[]) => rows.reduce((sum, cell) => sum + cell.observed!, 0)
    const { before, after } = holdMixEqual(SHIFTED)
    expect(observed(before)).toBeCloseTo(1 / (0.25 / 80 + 0.25 / 20), 9)
    expect(observed(after)).toBeCloseTo(1 / (0.25 / 20 + 0.25 / 80), 9)
  })
})

describe('a mix that shifts, where no kind of request changed', () => {
  it.each([
    { customers: 25, kinds: 5 },
    { customers: 100, kinds: 10, paired: false, sizes: 'log-normal' as const, requests: 10 },
    { customers: 12, kinds: 5, days: 7, daySpread: 0.1, requests: 10 },
  ])('raises no false alarms: %o', scenario => {
    const seen = runShiftedMix(compareShares, createRandom(31), scenario, 2000)
    expect(seen.excludesZero).toBeLessThanOrEqual(MOST_FALSE_ALARMS)
    expect(seen.plainExcludesZero).toBeGreaterThan(MOST_FALSE_ALARMS)
    expect(seen.noInterval).toBeLessThan(100)
  })

  it('is said to be worse by the plain comparison, and no difference at one mix', () => {
    const arms = makeShiftedMix(createRandom(32), { customers: 200, kinds: 4, requests: 200 })
    const input = { ...arms, apartInTime: false, smallest: 0.01 }
    expect(compareShares(input).verdict).toBe('worse')
    expect(compareShares({ ...input, sameMix: true }).verdict).toBe('no meaningful difference')
  })

  it('doesn’t hide a change within the kinds', () => {
    const scenario = { customers: 100, kinds: 5, effect: 0.6 }
    const seen = runShiftedMix(compareShares, createRandom(33), scenario, 200)
    expect(seen.better).toBeGreaterThan(190)
    expect(seen.worse).toBe(0)
  })
})
