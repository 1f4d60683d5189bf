import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distributionFromValues } from '../../src/stats/distribution.js'
import { hodgesLehmann } from '../../src/stats/hodges-lehmann.js'
import { chanceOfDistance, kolmogorovSmirnov } from '../../src/stats/kolmogorov-smirnov.js'
import { cliffsDelta, mannWhitney } from '../../src/stats/rank-tests.js'

const arms = fc.tuple(
  fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 15 }),
  fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 15 }),
)
const of = (numbers: number[]) => distributionFromValues(numbers)
const pairsOf = (before: number[], after: number[]) => before.flatMap(x => after.map(y => [x, y] as const))

describe('mannWhitney and cliffsDelta', () => {
  it('count pairs, whatever the ties', () => {
    fc.assert(
      fc.property(arms, ([before, after]) => {
        const pairs = pairsOf(before, after)
        const larger = pairs.filter(([x, y]) => x > y).length
        const ties = pairs.filter(([x, y]) => x === y).length
        expect(mannWhitney(of(before), of(after)).u).toBeCloseTo(larger + ties / 2, 9)
        const smaller = pairs.length - larger - ties
        expect(cliffsDelta(of(before), of(after))).toBeCloseTo((smaller - larger) / pairs.length, 12)
      }),
    )
  })

  it('give exact p values for small arms without ties', () => {
    // scipy 1.17: mannwhitneyu([1, 2, 3, 4], [2.5, 3.5, 4.5, 5.5, 6.5])
    expect(mannWhitney(of([1, 2, 3, 4]), of([2.5, 3.5, 4.5, 5.5, 6.5]))).toEqual({
      u: 3,
      p: expect.closeTo(1 / 9, 12),
    })
    expect(mannWhitney(of([1, 2]), of([3, 4])).p).toBeCloseTo(1 / 3, 12)
    expect(mannWhitney(of([5]), of([5])).p).toBe(1)
  })

  it('give the same p the other way round, and none without numbers', () => {
    fc.assert(
      fc.property(arms, ([before, after]) => {
        const there = mannWhitney(of(before), of(after))
        const back = mannWhitney(of(after), of(before))
        expect(there.p).toBeCloseTo(back.p!, 9)
        expect(there.u + back.u).toBeCloseTo(before.length * after.length, 9)
      }),
    )
    expect(mannWhitney(of([]), of([1])).p).toBeNull()
    expect(cliffsDelta(of([]), of([1]))).toBeNull()
  })
})

describe('kolmogorovSmirnov', () => {
  it('finds the largest distance of the shares under any threshold', () => {
    fc.assert(
      fc.property(arms, ([before, after]) => {
        const share = (arm: number[], at: number) => arm.filter(x => x <= at).length / arm.length
        const distances = [...before, ...after].map(at => Math.abs(share(before, at) - share(after, at)))
        expect(kolmogorovSmirnov(of(before), of(after)).d).toBeCloseTo(Math.max(...distances), 12)
      }),
    )
  })

  it('has the chances that are published', () => {
    // Marsaglia, Tsang and Wang (2003): P(D₁₀ < 0.274).
    expect(1 - chanceOfDistance(0.274, 10)).toBeCloseTo(0.6284796154565043, 12)
    // Of Kolmogorov's limit, 5% are beyond 1.3581.
    expect(chanceOfDistance(1.3581 / 1e4, 1e8)).toBeCloseTo(0.05, 4)
    expect(chanceOfDistance(0, 10)).toBe(1)
    expect(chanceOfDistance(1, 10)).toBe(0)
  })

  it('goes on without a step where another way takes over', () => {
    const n = 3000
    for (const d of [60.9 / n, Math.sqrt(4 / n)]) {
      const [below, above] = [chanceOfDistance(d - 1e-9, n), chanceOfDistance(d + 1e-9, n)]
      expect(Math.abs(below - above)).toBeLessThan(2e-6)
    }
  })
})

describe('hodgesLehmann', () => {
  it('is the median of all differences', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 14 }),
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 14 }),
        (before, after) => {
          const differences = pairsOf(before, after)
            .map(([x, y]) => y - x)
            .sort((a, b) => a - b)
          const half = (differences.length - 1) / 2
          const expected = (differences[Math.floor(half)]! + differences[Math.ceil(half)]!) / 2
          expect(hodgesLehmann(of(before), of(after))).toBeCloseTo(expected, 9)
        },
      ),
    )
    expect(hodgesLehmann(of([]), of([1]))).toBeNull()
  })
})
