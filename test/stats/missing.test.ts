import { describe, expect, it } from 'vitest'
import { boundShareUnder } from '../../src/stats/bound-share.js'
import type { ClusterCount } from '../../src/stats/clusters.js'
import { distributionFromPairs } from '../../src/stats/distribution.js'
import { boundQuantile, type Stratum } from '../../src/stats/kaplan-meier.js'
import { adjustForMany } from '../../src/stats/many.js'
import { createRandom, type Random } from '../../src/stats/random.js'
import { testExcess } from '../../src/stats/test-excess.js'

describe('bounds', () => {
  interface Made {
    took: number
    weight: number
    /** How long it was watched; infinite for what ended. */
    limit: number
  }

  /** Of any shape, with ties, and given up for any reason: at a limit, early, never watched, or because it was about to be slow. */
  function makeAny(random: Random): Made[] {
    const scale = 10 ** random.nextInteger(4)
    const reason = random.nextInteger(4)
    const part = random.next()
    return Array.from({ length: 1 + random.nextInteger(60) }, () => {
      const took = Math.round(scale * Math.exp(2 * random.nextNormal()))
      const given = [scale * 2, took * random.next(), 0, took > scale ? took * 0.99 : Infinity][reason]!
      const limit = random.next() < part && given < took ? given : Infinity
      return { took, weight: 1 + random.nextInteger(5), limit }
    })
  }

  function stratify(made: readonly Made[]): Stratum {
    const pairs = (isCensored: boolean) =>
      distributionFromPairs(
        made
          .filter(({ limit }) => limit < Infinity === isCensored)
          .map(({ took, weight, limit }) => [isCensored ? limit : took, weight] as const),
      )
    return { finished: pairs(false), censored: pairs(true) }
  }

  function reach(all: readonly Made[], wanted: number): number {
    let passed = 0
    for (const { took, weight } of all) {
      passed += weight
      if (passed >= wanted) return took
    }
    throw new RangeError('There is nothing to reach.')
  }

  it('hold what is true of all, whatever was given up for whatever reason', () => {
    const random = createRandom(5)
    let narrow = 0
    for (let run = 0; run < 1500; run += 1) {
      const groups = Array.from({ length: 1 + random.nextInteger(3) }, () => makeAny(random))
      const strata = groups.map(stratify)
      const all = groups.flat().sort((one, other) => one.took - other.took)
      const total = all.reduce((sum, { weight }) => sum + weight, 0)
      for (const q of [0.01, 0.5, 0.9, 0.99]) {
        const real = reach(all, q * total * (1 - 1e-12))
        const [low, high] = boundQuantile(strata, q)
        expect(low!).toBeLessThanOrEqual(real)
        expect(high ?? Infinity).toBeGreaterThanOrEqual(real)
        if (low === real && high === real) narrow += 1
      }
      const threshold = all[random.nextInteger(all.length)]!.took
      const under = all.reduce((sum, { took, weight }) => sum + (took < threshold ? weight : 0), 0) / total
      const { worst, best } = boundShareUnder(strata, threshold)!
      expect(worst).toBeLessThanOrEqual(under + 1e-12)
      expect(best).toBeGreaterThanOrEqual(under - 1e-12)
    }
    expect(narrow).toBeGreaterThan(500)
  })

  it('are null without data', () => expect(boundShareUnder([], 100)).toBeNull())
})

describe('an excess', () => {
  const CLUSTERS = 120
  const VALUES = 6

  /** Customers with a share of their own around the rate, of whom each belongs to one value; `more`: how many times the rate the first value has. */
  function simulate(random: Random, rate: number, more: number): boolean[] {
    const rows = Array.from({ length: CLUSTERS }, (_, i): ClusterCount & { value: number } => {
      const value = i % VALUES
      const requests = 5 + random.nextInteger(25)
      const own = rate * (value === 0 ? more : 1) * Math.exp(0.5 * random.nextNormal() - 0.125)
      let good = 0
      for (let j = 0; j < requests; j += 1) if (random.next() < own) good += 1
      return { cluster: String(i), requests, good, value }
    })
    const p = Array.from(
      { length: VALUES },
      (_, value) =>
        testExcess(
          rows.filter(row => row.value === value),
          rows,
        )!,
    )
    const { selected } = adjustForMany(p)
    return p.map((_, value) => selected.includes(value))
  }

  it.each([
    { rate: 0.01, runs: 200, most: 19 },
    { rate: 0.1, runs: 1000, most: 73 },
  ])('of nobody is told in all but few of $runs runs, at a rate of $rate', ({ rate, runs, most }) => {
    const random = createRandom(7)
    let alarms = 0
    for (let run = 0; run < runs; run += 1) if (simulate(random, rate, 1).includes(true)) alarms += 1
    expect(alarms).toBeLessThanOrEqual(most)
  })

  it('that is there is found', () => {
    const random = createRandom(8)
    let found = 0
    for (let run = 0; run < 100; run += 1) if (simulate(random, 0.05, 3)[0]) found += 1
    expect(found).toBeGreaterThan(60)
  })

  it('isn’t told of a few customers, or few requests', () => {
    const row = (cluster: number, requests: number, good: number) => ({
      cluster: `${cluster}`,
      requests,
      good,
    })
    const all = Array.from({ length: 30 }, (_, i) => row(i, 50, i < 5 ? 25 : 1))
    expect(testExcess(all.slice(0, 5), all)).toBeNull()
    expect(testExcess(all.slice(0, 8), all)).toBeLessThan(0.05)
    const few = Array.from({ length: 30 }, (_, i) => row(i, 2, 0))
    expect(testExcess(few.slice(0, 8), few)).toBeNull()
  })
})
