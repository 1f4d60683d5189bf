import { describe, expect, it } from 'vitest'
import { changeOfRate, type RateModel } from '../../src/stats/rate-change.js'
import { BLOCKS, type Side, spreadOf, varyBetweenRuns } from '../../src/stats/rate-spread.js'
import { gammaQuantileOfTail } from '../../src/stats/special-functions.js'

/** One run with these blocks, over one exposure a block. */
const side = (blocks: number[], given: Partial<Side> = {}): Side => ({
  runs: [{ blocks: Float64Array.from(blocks), exposures: new Float64Array(blocks.length).fill(1) }],
  unit: 1,
  isCounted: false,
  ...given,
})
const even = (value: number) => new Array<number>(BLOCKS).fill(value)
const wave = (mean: number, by: number) => even(mean).map((value, i) => value + (i % 2 === 0 ? by : -by))
const ASSUMED = { betweenRuns: null, assumed: 0.01 }
const NONE = { betweenRuns: 0, assumed: 0.01 }
const change = (before: Side, after: Side, model: RateModel = NONE) =>
  changeOfRate(spreadOf(before), spreadOf(after), model)

describe('gammaQuantileOfTail', () => {
  // scipy.stats.gamma.isf
  it.each([
    [1 - 1e-5, 10, 1.664337663113122],
    [1e-5, 10, 29.522275193400823],
    [1e-10, 100, 177.30050470563205],
    [1e-5, 1e5, 101354.4108308322],
    [1e-60, 5, 155.18137169347287],
    [0.3, 0.02, 1.0263502785600976e-8],
  ])('tail %d of shape %d', (tail, shape, expected) => {
    expect(gammaQuantileOfTail(tail, shape) / expected).toBeCloseTo(1, 9)
  })

  it('goes on where the library gives up', () => {
    expect(gammaQuantileOfTail(1 - 1e-8, 0.001)).toBe(0)
    expect(gammaQuantileOfTail(0.9, 1e4) / 9872.060875).toBeCloseTo(1, 6)
  })
})

describe('spreadOf', () => {
  it('takes the largest variance of blocks, of pairs and of fours', () => {
    // Neighbours differ: pairs are all alike.
    expect(spreadOf(side(wave(5, 1))).within).toEqual({ variance: (20 * 20) / 19, df: 19 })
    // Neighbours are alike: fours differ by 8 times as much as single blocks.
    const slow = even(5).map((value, i) => value + (i % 8 < 4 ? 1 : -1))
    const { within } = spreadOf(side(slow))
    // 5 fours of 24, 16, 24, 16, 24 less their mean of 20.8, times 5/4.
    expect(within!.variance).toBeCloseTo(1.25 * (3 * 3.2 ** 2 + 2 * 4.8 ** 2), 9)
  })

  it('is zero where a rate follows its exposure', () => {
    const blocks = Float64Array.from(wave(5, 3))
    const runs = [{ blocks, exposures: blocks.map(one => one * 2) }]
    expect(spreadOf({ runs, unit: 1, isCounted: false })).toMatchObject({
      total: 100,
      exposure: 200,
      within: { variance: 0 },
    })
  })

  it('knows runs apart only where there are several, and blocks only where their order is known', () => {
    const run = (value: number) => ({ blocks: Float64Array.of(value), exposures: Float64Array.of(1) })
    const { within, between } = spreadOf({ runs: [run(4), run(6)], unit: 1, isCounted: false })
    expect(within).toBeNull()
    expect(between).toEqual({ variance: 4, df: 1 })
    expect(spreadOf(side(even(1))).between).toBeNull()
  })
})

describe('changeOfRate', () => {
  it('finds a change as sure as its interval says', () => {
    const found = change(side(wave(50, 2)), side(wave(60, 2)))
    expect(found.change).toBeCloseTo(10)
    expect(found.p).toBeLessThan(0.001)
    for (const level of [0.5, 0.9, 1 - found.p * 1.05, 1 - found.p * 0.95]) {
      const [low, high] = found.intervalAt(level)!
      expect(low > 0).toBe(level < 1 - found.p)
      expect(high).toBeGreaterThan(found.change)
    }
  })

  it('is not sure of what was never seen on one side', () => {
    const rare = side(even(0).map((_, i) => Number(i < 5)))
    expect(change(side(even(0)), rare).p).toBeGreaterThan(0.05)
    const often = change(side(even(0)), side(even(2)))
    // 40 samples and none: by a coin, 2^-39.
    expect(often.p).toBeLessThan(1e-4)
    expect(often.intervalAt(0.95)![0]).toBeGreaterThan(0.5)
    expect(change(side(even(0)), side(even(0)))).toMatchObject({ change: 0, p: 1 })
  })

  it('assumes that one run a side says nothing about others', () => {
    const [before, after] = [side(even(1000)), side(even(1200))]
    expect(change(before, after, NONE).p).toBeLessThan(1e-6)
    expect(change(before, after, ASSUMED).p).toBeGreaterThan(0.1)
    expect(change(before, side(even(2000)), ASSUMED).p).toBeLessThan(1e-4)
  })

  it('takes a counted exposure for uncertain', () => {
    const counted = { isCounted: true }
    const width = (given: Partial<Side>) => {
      const [low, high] = change(side(even(100), given), side(even(100), given)).intervalAt(0.95)!
      return high - low
    }
    expect(width(counted)).toBeGreaterThan(2 * width({}))
  })

  it('says nothing of one run whose order isn’t known, and something of several', () => {
    const sums = (...values: number[]): Side => ({
      ...side([]),
      runs: values.map(value => ({ blocks: Float64Array.of(value), exposures: Float64Array.of(10) })),
    })
    const one = change(sums(100), sums(900))
    expect(one.p).toBe(1)
    expect(one.intervalAt(0.95)).toBeNull()
    expect(change(sums(100, 104, 97), sums(200, 190, 207)).p).toBeLessThan(0.005)
    expect(change(sums(100, 204, 57), sums(200, 90, 307)).p).toBeGreaterThan(0.05)
  })

  it('borrows from other sums what few runs can’t show', () => {
    const runs = (value: number): Side => ({
      ...side([]),
      runs: [0, 0].map(() => side(wave(value, 1)).runs[0]!),
    })
    const p = (betweenRuns: number) => change(runs(100), runs(110), { ...NONE, betweenRuns }).p
    expect(p(0)).toBeLessThan(p(0.01))
    expect(p(0.01)).toBeGreaterThan(0.05)
  })
})

describe('varyBetweenRuns', () => {
  it('is the middle of many, beyond what blocks explain; null for single runs', () => {
    expect(varyBetweenRuns([spreadOf(side(even(5)))])).toBeNull()
    const apart = (...values: number[]) =>
      spreadOf({ ...side([]), runs: values.map(value => side(even(value)).runs[0]!) })
    const found = varyBetweenRuns([apart(10, 12), apart(9, 11), apart(100, 1)])!
    // Two runs that differ by a fifth of their mean: a variance of 0.02, over the middle of a chi-square of 1 df (0.47).
    expect(found).toBeGreaterThan(0.02)
    expect(found).toBeLessThan(0.06)
    expect(varyBetweenRuns([apart(10, 10)])).toBe(0)
  })
})
