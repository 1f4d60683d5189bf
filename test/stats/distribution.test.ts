import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  distributionFromPairs,
  distributionFromValues,
  mergeDistributions,
  quantile,
  quantileInterval,
  shareUnder,
} from '../../src/stats/distribution.js'
import { createRandom } from '../../src/stats/random.js'

const someValues = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 80 })
const someShare = fc.double({ min: 0, max: 1, noNaN: true })

describe('distributions', () => {
  it('hold ascending distinct values with their counts', () => {
    const d = distributionFromPairs([
      [30, 2],
      [10, 1],
      [30, 0.5],
      [20, 0],
    ])
    expect([...d.values]).toEqual([10, 30])
    expect([...d.counts]).toEqual([1, 2.5])
    expect(d.total).toBe(3.5)
    expect(distributionFromPairs([])).toEqual(distributionFromValues([]))
  })

  it('refuse what is not a measurement', () => {
    expect(() => distributionFromPairs([[Number.NaN, 1]])).toThrow(/NaN × 1/)
    expect(() => distributionFromPairs([[1, -1]])).toThrow(RangeError)
    expect(() => distributionFromValues([1, Infinity])).toThrow(RangeError)
  })

  it('merge to what counting together gives', () => {
    fc.assert(
      fc.property(someValues, someValues, (one, other) => {
        expect(mergeDistributions([distributionFromValues(one), distributionFromValues(other)])).toEqual(
          distributionFromValues([...one, ...other]),
        )
      }),
    )
  })
})

describe('quantile', () => {
  it('is type 7 of Hyndman and Fan, as numpy’s default', () => {
    const d = distributionFromValues([1, 2, 3, 4, 10])
    expect([0, 0.1, 0.25, 0.5, 1].map(q => quantile(d, q))).toEqual([1, 1.4, 2, 3, 10])
    expect(quantile(d, 0.9)).toBeCloseTo(7.6, 12)
    expect(quantile(distributionFromValues([303, 303, 303]), 0.99)).toBe(303)
    expect(quantile(distributionFromValues([]), 0.5)).toBeNull()
    expect(() => quantile(d, 50)).toThrow(/from 0 to 1/)
  })

  it('reads repeated values as often as they count', () => {
    fc.assert(
      fc.property(someValues, someShare, (values, q) => {
        const sorted = values.toSorted((a, b) => a - b)
        const position = (sorted.length - 1) * q
        const low = sorted[Math.floor(position)]!
        const high = sorted[Math.ceil(position)]!
        expect(quantile(distributionFromValues(values), q)).toBeCloseTo(
          low + (position - Math.floor(position)) * (high - low),
          9,
        )
      }),
    )
  })

  it('never falls as q grows, and stays within the data, with fractional counts too', () => {
    const pairs = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 50 }), fc.double({ min: 0.1, max: 9, noNaN: true })),
      {
        minLength: 1,
      },
    )
    fc.assert(
      fc.property(pairs, someShare, someShare, (counted, one, other) => {
        const d = distributionFromPairs(counted)
        const low = quantile(d, Math.min(one, other))!
        const high = quantile(d, Math.max(one, other))!
        expect(low).toBeLessThanOrEqual(high)
        expect(low).toBeGreaterThanOrEqual(d.values[0]!)
        expect(high).toBeLessThanOrEqual(d.values[d.values.length - 1]!)
      }),
    )
  })
})

describe('quantileInterval', () => {
  const oneToTwenty = distributionFromValues(Array.from({ length: 20 }, (_, i) => i + 1))

  it('takes the order statistics of the binomial table', () => {
    // n = 20, median: ranks 6 and 15 hold it with 95.9% (Conover, table A3).
    expect(quantileInterval(oneToTwenty, 0.5)).toEqual([6, 15])
    expect(quantileInterval(distributionFromValues(new Array(30).fill(303)), 0.5)).toEqual([303, 303])
  })

  it('is null where the sample has no value beyond the quantile for sure', () => {
    expect(quantileInterval(oneToTwenty, 0.99)).toBeNull()
    expect(quantileInterval(oneToTwenty, 0.01)).toBeNull()
    const many = (n: number) => distributionFromValues(Array.from({ length: n }, (_, i) => i))
    expect(quantileInterval(many(360), 0.99)).toBeNull()
    expect(quantileInterval(many(380), 0.99)).not.toBeNull()
  })

  it('widens when the counts are weights of fewer numbers', () => {
    const weighted = distributionFromPairs(Array.from({ length: 100 }, (_, i) => [i, 50] as const))
    const [low, high] = quantileInterval(weighted, 0.5, 0.95, 100)!
    expect([low, high]).toEqual(quantileInterval(distributionFromValues([...weighted.values]), 0.5))
    const [closeLow, closeHigh] = quantileInterval(weighted, 0.5)!
    expect(closeHigh - closeLow).toBeLessThan(high - low)
  })

  it('holds the true p90 at least as often as it says', () => {
    const random = createRandom(11)
    let missed = 0
    for (let run = 0; run < 2000; run += 1) {
      const d = distributionFromValues(Array.from({ length: 120 }, () => random.next()))
      const [low, high] = quantileInterval(d, 0.9)!
      if (low > 0.9 || high < 0.9) missed += 1
    }
    expect(missed).toBeLessThanOrEqual(131)
  })
})

describe('shareUnder', () => {
  it('is strict', () => {
    const d = distributionFromValues([100, 200, 200, 300])
    expect(shareUnder(d, 200)).toBe(0.25)
    expect(shareUnder(d, 200.1)).toBe(0.75)
    expect(shareUnder(d, 0)).toBe(0)
    expect(shareUnder(d, 1e9)).toBe(1)
    expect(shareUnder(distributionFromValues([]), 200)).toBeNull()
  })

  it('is what it is however the counts are scaled', () => {
    fc.assert(
      fc.property(
        someValues,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 2, max: 1000 }),
        (values, t, by) => {
          const d = distributionFromValues(values)
          const scaled = distributionFromPairs(
            Array.from(d.values, (value, i) => [value, d.counts[i]! * by] as const),
          )
          expect(shareUnder(scaled, t)).toBeCloseTo(shareUnder(d, t)!, 12)
        },
      ),
    )
  })
})
