import { describe, expect, it } from 'vitest'
import { adjustForMany } from '../../src/stats/many.js'
import { testShareAbove, testShareBelow } from '../../src/stats/one-sample.js'
import { createRandom } from '../../src/stats/random.js'
import { tCdf } from '../../src/stats/special-functions.js'
import { makeArms } from '../simulate/scenarios.js'

const rowsOf = (counts: readonly (readonly [number, number])[]) =>
  counts.map(([good, requests], i) => ({ cluster: `c${i}`, good, requests }))

describe('testShareBelow', () => {
  it('is Student’s t over clusters', () => {
    const rows = rowsOf([
      [10, 10],
      [10, 10],
      [10, 10],
      [8, 10],
      [8, 10],
      [8, 10],
    ])
    // V = 0.002 over clusters (see estimateShare); independent requests at 0.95 would have less: 0.0475/60.
    expect(testShareBelow(rows, 0.95)).toBeCloseTo(tCdf(-0.05 / Math.sqrt(0.002), 5), 10)
    expect(testShareBelow(rows, 0.9)).toBeCloseTo(0.5, 10)
  })

  it('does not take customers that are all alike for certainty', () => {
    const allBad = (requests: number) => testShareBelow(rowsOf(new Array(8).fill([0, requests])), 0.9)!
    expect(allBad(1)).toBeGreaterThan(allBad(10))
    expect(allBad(1)).toBeGreaterThan(0)
  })

  it('is null where it can’t be told', () => {
    expect(testShareBelow([], 0.9)).toBeNull()
    expect(testShareBelow(rowsOf(new Array(5).fill([0, 100])), 0.9)).toBeNull()
    expect(
      testShareBelow(rowsOf([[0, 1000], ...new Array(9).fill([5, 10])] as [number, number][]), 0.9),
    ).toBeNull()
    expect(() => testShareBelow(rowsOf([[1, 1]]), 1)).toThrow(RangeError)
  })

  it('keeps to its level at the objective, and finds a route that is far under it', () => {
    const random = createRandom(5)
    // With customers' logits spread by 1 around 2, the mean share is 0.8446.
    const atObjective = { customers: 25, sizes: 'log-normal' as const }
    let falseAlarms = 0
    let seen = 0
    for (let run = 0; run < 2000; run += 1) {
      const { before } = makeArms(random, atObjective)
      if ((testShareBelow(before, 0.8446) ?? 1) < 0.05) falseAlarms += 1
      if ((testShareBelow(before, 0.95) ?? 1) < 0.05) seen += 1
    }
    expect(falseAlarms).toBeLessThanOrEqual(131)
    expect(seen).toBeGreaterThan(1000)
  })

  it('over 40 routes that are as they should be, proposes any at all in at most 5% of runs', () => {
    const random = createRandom(6)
    let runsWithAny = 0
    for (let run = 0; run < 400; run += 1) {
      const ps = Array.from({ length: 40 }, () =>
        testShareBelow(makeArms(random, { customers: 30 }).before, 0.8446),
      )
      const told = ps.filter(p => p !== null)
      if (adjustForMany(told).selected.length > 0) runsWithAny += 1
    }
    expect(runsWithAny).toBeLessThanOrEqual(32)
  })
})

describe('testShareAbove', () => {
  it('has the spread that there would be at the objective', () => {
    const rows = rowsOf([
      [10, 10],
      [10, 10],
      [10, 10],
      [9, 10],
      [9, 10],
      [9, 10],
    ])
    // V = 0.0005 at p̂ = 0.95; at 0.9 that is 0.0005·0.09/0.0475, and independent requests would have 0.09/60.
    expect(testShareAbove(rows, 0.9)).toBeCloseTo(tCdf(-0.05 / Math.sqrt(0.0015), 5), 10)
    const uneven = rowsOf([
      [10, 10],
      [10, 10],
      [10, 10],
      [10, 10],
      [10, 10],
      [7, 10],
    ])
    const variance = (5 * 0.5 ** 2 + 2.5 ** 2) / 60 ** 2 / (1 - 1 / 6)
    expect(testShareAbove(uneven, 0.9)).toBeCloseTo(
      tCdf(-0.05 / Math.sqrt((variance * 0.09) / 0.0475), 5),
      10,
    )
    expect(testShareAbove(rows.slice(1), 0.9)).toBeNull()
    expect(testShareAbove(rowsOf(new Array(8).fill([100, 100])), 0.9)).toBeLessThan(0.001)
  })
})
