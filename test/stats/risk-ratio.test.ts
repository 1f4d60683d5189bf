import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClusterCount } from '../../src/stats/clusters.js'
import { totalClusters } from '../../src/stats/clusters.js'
import { compareShares } from '../../src/stats/compare-shares.js'
import { createRandom } from '../../src/stats/random.js'
import { compareRisks } from '../../src/stats/risk-ratio.js'
import { newTally, screenExcess } from '../../src/stats/screen-excess.js'
import { varyByClusters } from '../../src/stats/share-variance.js'

const arm = (slow: number, name = 'c', clusters = 20, requests = 50): ClusterCount[] =>
  Array.from({ length: clusters }, (_, i) => ({
    cluster: `${name}${i}`,
    requests,
    good: Math.round(slow * requests) + (i % 2 === 0 ? 1 : -1),
  }))

const counts = fc.array(
  fc.record({ requests: fc.integer({ min: 1, max: 40 }), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  { minLength: 6, maxLength: 30 },
)
const rowsOf = (some: { requests: number; part: number }[], name: string): ClusterCount[] =>
  some.map(({ requests, part }, i) => ({
    cluster: `${name}${i}`,
    requests,
    good: Math.floor(part * requests),
  }))

describe('compareRisks', () => {
  it('is the ratio of the two shares', () => {
    const { riskRatio, interval, p, reason } = compareRisks(arm(0.3, 'a'), arm(0.1, 'b'))
    expect(riskRatio).toBeCloseTo(3, 12)
    expect(interval![0]).toBeGreaterThan(2)
    expect(interval![1]).toBeLessThan(4)
    expect(p).toBeLessThan(1e-6)
    expect(reason).toBeNull()
  })

  it('holds 1 exactly where the interval of the difference holds 0, and p says the same', () => {
    fc.assert(
      fc.property(counts, counts, fc.boolean(), (one, other, paired) => {
        const inside = rowsOf(one, 'c')
        const outside = rowsOf(other, paired ? 'c' : 'd')
        const { interval, p } = compareRisks(inside, outside)
        const { change } = compareShares({
          before: outside,
          after: inside,
          apartInTime: false,
          smallest: 0.01,
        })
        if (change.interval === null) return interval === null && p === null
        const edge = Math.min(...change.interval.map(Math.abs))
        if (edge < 1e-9) return true
        const [low, high] = change.interval
        const excludes = low > 0 || high < 0
        const ratioExcludes = interval![0] > 1 + 1e-9 || (interval![1] ?? Infinity) < 1 - 1e-9
        return ratioExcludes === excludes && p! < 0.05 + 1e-9 === excludes
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('holds the true ratio in 95% of runs', () => {
    const random = createRandom(11)
    const draw = (risk: number, name: string) =>
      Array.from({ length: 40 }, (_, i): ClusterCount => {
        const own = risk * Math.exp(0.5 * random.nextNormal() - 0.125)
        const requests = 5 + random.nextInteger(40)
        let good = 0
        for (let n = 0; n < requests; n += 1) if (random.next() < own) good += 1
        return { cluster: `${name}${i}`, requests, good }
      })
    let missed = 0
    for (let run = 0; run < 1000; run += 1) {
      const [low, high] = compareRisks(draw(0.15, 'a'), draw(0.05, 'b')).interval!
      if (low > 3 || (high !== null && high < 3)) missed += 1
    }
    expect(missed).toBeLessThanOrEqual(73)
    expect(missed).toBeGreaterThan(10)
  })

  it('has no number, and no upper end, where nothing outside is slow', () => {
    const nothing = arm(0, 'b').map(row => ({ ...row, good: 0 }))
    const { riskRatio, interval, p } = compareRisks(arm(0.3, 'a'), nothing)
    expect(riskRatio).toBeNull()
    expect(interval![0]).toBeGreaterThan(10)
    expect(interval![1]).toBeNull()
    expect(p).toBeLessThan(1e-6)
  })

  it('says why it can not tell', () => {
    expect(compareRisks(arm(0.3, 'a', 5), arm(0.1, 'b'))).toMatchObject({ interval: null, p: null })
    expect(compareRisks(arm(0.3, 'a', 5), arm(0.1, 'b')).reason).toContain('Too few')
    expect(compareRisks([], arm(0.1, 'b'))).toMatchObject({ riskRatio: null, p: null })
  })

  it('counts days as well where the sides lie at other times', () => {
    const daily = (name: string, shares: number[]) =>
      shares.flatMap((share, d) => arm(share, 'c').map(row => ({ ...row, day: `2026-10-0${d + 1}${name}` })))
    const inside = daily('', [0.1, 0.5, 0.1, 0.5])
    const outside = daily('x', [0.1, 0.1, 0.1, 0.1])
    expect(compareRisks(inside, outside).p).toBeLessThan(1e-6)
    expect(compareRisks(inside, outside, { apartInTime: true }).p).toBeGreaterThan(0.05)
  })
})

describe('screenExcess', () => {
  it('ranks by the cluster variance of the difference', () => {
    const inside = newTally(12)
    const all = newTally(12)
    const random = createRandom(3)
    const rows: { inside: ClusterCount[]; outside: ClusterCount[] } = { inside: [], outside: [] }
    for (let i = 0; i < 12; i += 1) {
      const [n, m] = [20 + random.nextInteger(30), 20 + random.nextInteger(30)]
      const [s, t] = [Math.floor(n * random.next()), Math.floor(0.3 * m * random.next())]
      rows.inside.push({ cluster: `${i}`, requests: n, good: s })
      rows.outside.push({ cluster: `${i}`, requests: m, good: t })
      inside.requests[i] = n
      inside.slow[i] = s
      all.requests[i] = n + m
      all.slow[i] = s + t
    }
    const [before, after] = [totalClusters(rows.outside), totalClusters(rows.inside)]
    const expected = (after.share - before.share) / Math.sqrt(varyByClusters(before, after).variance)
    expect(screenExcess(inside, all).z).toBeCloseTo(expected, 10)
  })

  it('has nothing to say of four customers, or of one with nearly all requests', () => {
    const tally = (requests: number[], slow: number[]) => ({
      requests: Float64Array.from(requests),
      slow: Float64Array.from(slow),
    })
    const all = tally(Array(10).fill(20), [9, 9, 9, 9, 0, 0, 0, 0, 0, 1])
    expect(
      screenExcess(tally([10, 10, 10, 10, 0, 0, 0, 0, 0, 0], [9, 9, 9, 9, 0, 0, 0, 0, 0, 0]), all).z,
    ).toBe(0)
    expect(screenExcess(tally([19, 1, 1, 1, 1, 1, 0, 0, 0, 0], [9, 1, 1, 1, 0, 0, 0, 0, 0, 0]), all).z).toBe(
      0,
    )
    expect(screenExcess(newTally(10), all)).toMatchObject({ z: 0, requests: 0, clusters: 0 })
  })
})
