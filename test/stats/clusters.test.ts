import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClusterCount,
  clusterDf,
  clusterResidual,
  countEffectiveClusters,
  estimateShare,
  totalClusters,
} from '../../src/stats/clusters.js'
import { wilsonInterval } from '../../src/stats/intervals.js'
import { tQuantile } from '../../src/stats/special-functions.js'

const rowsOf = (counts: readonly (readonly [good: number, requests: number])[]): ClusterCount[] =>
  counts.map(([good, requests], i) => ({ cluster: `c${i}`, good, requests }))

describe('clusterDf', () => {
  it('is one under the number of equal clusters', () => {
    for (const clusters of [2, 6, 25, 400]) {
      expect(clusterDf(new Array(clusters).fill(1 / clusters))).toBeCloseTo(clusters - 1, 8)
    }
  })

  it('is worked out by hand for two thirds and one third', () => {
    // h = (4/9)/(1/3) = 4/3 and (1/9)/(2/3) = 1/6: 1/(5/9 + (3/2)² − 65/36) = 1.
    expect(clusterDf([2 / 3, 1 / 3])).toBeCloseTo(1, 12)
  })

  it('falls when one cluster outgrows the others, to nothing when it is alone', () => {
    const one = (w: number) => [w, ...new Array(24).fill((1 - w) / 24)]
    expect(clusterDf(one(0.2))).toBeGreaterThan(clusterDf(one(0.4)))
    expect(clusterDf(one(0.4))).toBeGreaterThan(clusterDf(one(0.6)))
    expect(clusterDf([1])).toBe(0)
    expect(clusterDf([])).toBe(0)
  })
})

describe('estimateShare', () => {
  it('is worked out by hand for six customers of ten requests', () => {
    const rows = rowsOf([
      [10, 10],
      [10, 10],
      [10, 10],
      [8, 10],
      [8, 10],
      [8, 10],
    ])
    const estimate = estimateShare(rows)
    // Residuals ±1/(60·√(5/6)): V = 6/3000 = 0.002.
    expect(clusterResidual(totalClusters(rows), 'c0')).toBeCloseTo(1 / (60 * Math.sqrt(5 / 6)), 12)
    expect(estimate.share).toBe(0.9)
    expect(estimate.se).toBeCloseTo(Math.sqrt(0.002), 12)
    expect(estimate.df).toBeCloseTo(5, 10)
    expect(estimate.interval![0]).toBeCloseTo(0.9 - tQuantile(0.975, 5) * Math.sqrt(0.002), 10)
    expect(estimate.interval![1]).toBe(1)
    expect(estimate).toMatchObject({ requests: 60, clusters: 6, largestShare: 1 / 6, reason: null })
    expect(estimate.effectiveClusters).toBeCloseTo(6, 10)
  })

  it('is never narrower than Wilson’s interval', () => {
    const all = estimateShare(rowsOf(new Array(8).fill([5, 5])))
    expect(all.interval).toEqual(wilsonInterval(40, 40))
    const alike = estimateShare(rowsOf(new Array(8).fill([9, 10])))
    expect(alike.interval).toEqual(wilsonInterval(72, 80))
  })

  it('goes by the rows that were seen where the log is sampled', () => {
    const sampled = rowsOf(new Array(8).fill([500, 500])).map(row => ({ ...row, observed: 5 }))
    expect(estimateShare(sampled).interval).toEqual(wilsonInterval(40, 40))
  })

  it('has no interval where a few customers are all there is, and says why', () => {
    expect(estimateShare([])).toMatchObject({
      share: null,
      interval: null,
      reason: 'There are no requests.',
      largestShare: 0,
    })
    expect(estimateShare(rowsOf([[3, 4]]))).toMatchObject({
      share: 0.75,
      interval: null,
      reason: 'Too few: 1 customer. How much they differ can be told from 6 on.',
    })
    const unequal = estimateShare(rowsOf([[900, 1000], ...new Array(9).fill([9, 10])]), { noun: 'client' })
    expect(unequal.interval).toBeNull()
    expect(unequal.reason).toBe('A few of the 10 clients make most of the requests.')
    expect(unequal.df).toBeLessThan(4)
  })

  it('adds up rows of one cluster, and leaves out empty ones', () => {
    const rows = rowsOf([
      [10, 10],
      [10, 10],
      [10, 10],
      [8, 10],
      [8, 10],
      [8, 10],
    ])
    const split = rows.flatMap(({ cluster, good }) => [
      { cluster, requests: 4, good: 4, day: '2026-03-01' },
      { cluster, requests: 6, good: good - 4, day: '2026-03-02' },
    ])
    expect(estimateShare([...split, { cluster: 'idle', requests: 0, good: 0 }])).toEqual(estimateShare(rows))
  })

  it('refuses more good requests than requests', () => {
    expect(() => estimateShare([{ cluster: 'a', requests: 1, good: 2 }])).toThrow(/good ≤ requests.*"a"/)
    expect(() => estimateShare([{ cluster: 'a', requests: Number.NaN, good: 0 }])).toThrow(RangeError)
  })

  it('is the same for a log that is a multiple of another, as far as clusters decide', () => {
    const counts = fc.array(
      fc.integer({ min: 1, max: 50 }).chain(n => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n))),
      { minLength: 2, maxLength: 40 },
    )
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 100 }), (some, by) => {
        const one = estimateShare(rowsOf(some))
        const many = estimateShare(rowsOf(some.map(([good, n]) => [good * by, n * by] as const)))
        expect(many.share).toBeCloseTo(one.share!, 12)
        expect(many.se).toBeCloseTo(one.se, 12)
        expect(many.df).toBeCloseTo(one.df, 6)
        expect(countEffectiveClusters(some.map(() => 1 / some.length))).toBeCloseTo(some.length, 8)
        if (one.interval !== null) {
          expect(one.interval[0]).toBeLessThanOrEqual(one.share!)
          expect(one.interval[1]).toBeGreaterThanOrEqual(one.share!)
        }
      }),
    )
  })
})
