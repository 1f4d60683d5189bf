import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distributionFromPairs, distributionFromValues } from '../../src/stats/distribution.js'
import { logHistogram } from '../../src/stats/histogram.js'

describe('logHistogram', () => {
  it('has edges at equal ratios, from the smallest to the largest value', () => {
    const { edges, counts } = logHistogram(distributionFromValues([1, 5, 50, 999, 1000]), { buckets: 3 })
    expect(edges.map(edge => Math.round(edge * 1e6) / 1e6)).toEqual([1, 10, 100, 1000])
    expect(counts).toEqual([2, 1, 2])
  })

  it('gives zeros a bucket of their own, as they have no logarithm', () => {
    const { edges, counts } = logHistogram(distributionFromValues([0, 0, 10, 1000]), { buckets: 3 })
    expect(edges).toEqual([0, 10, 100, 1000])
    expect(counts).toEqual([2, 1, 1])
    expect(logHistogram(distributionFromValues([0, 0]), { buckets: 9 })).toEqual({
      edges: [0, 1],
      counts: [2],
    })
  })

  it('shows one full bucket for a constant', () => {
    const { edges, counts } = logHistogram(distributionFromValues([303, 303]), { buckets: 5 })
    expect(edges[0]).toBe(151.5)
    expect(edges[5]).toBe(606)
    expect(counts).toEqual([0, 0, 2, 0, 0])
  })

  it('keeps an axis that is asked for, and counts what lies outside at its ends', () => {
    const { edges, counts } = logHistogram(distributionFromValues([0, 1, 50, 99_999]), {
      buckets: 2,
      min: 10,
      max: 1000,
    })
    expect(edges).toEqual([10, 100, 1000])
    expect(counts).toEqual([3, 1])
    expect(logHistogram(distributionFromValues([7]), { buckets: 2, min: 10 }).counts).toEqual([1, 0])
    expect(logHistogram(distributionFromValues([7]), { buckets: 2, max: 5 }).counts).toEqual([0, 1])
  })

  it('refuses an axis without an extent', () => {
    const d = distributionFromValues([1, 2])
    expect(() => logHistogram(d, { buckets: 0 })).toThrow(/buckets/)
    expect(() => logHistogram(d, { buckets: 2, min: 0 })).toThrow(/0 < min/)
    expect(() => logHistogram(d, { buckets: 2, min: 5, max: 5 })).toThrow(/0 < min/)
    expect(logHistogram(distributionFromValues([]), { buckets: 2 })).toEqual({ edges: [], counts: [] })
  })

  it('loses nothing, and has ascending edges', () => {
    const pairs = fc.array(
      fc.tuple(
        fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })),
        fc.integer({ min: 1, max: 9 }),
      ),
      { minLength: 1 },
    )
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 60 }), (counted, buckets) => {
        const d = distributionFromPairs(counted)
        const { edges, counts } = logHistogram(d, { buckets })
        expect(counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(d.total, 9)
        expect(edges.length).toBe(counts.length + 1)
        expect(edges.every((edge, i) => i === 0 || edge >= edges[i - 1]!)).toBe(true)
      }),
      {
        examples: [
          [
            [
              [999999.9999999979, 1],
              [999999.9999999983, 1],
            ],
            4,
          ],
        ],
      },
    )
  })
})
