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
        ).p!,
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
    expect(testExcess(all.slice(0, 5), all).p).toBeNull()
    expect(testExcess(all.slice(0, 8), all).p).toBeLessThan(0.05)
    const few = Array.from({ length: 30 }, (_, i) => row(i, 2, 0))
    expect(testExcess(few.slice(0, 8), few).p).toBeNull()
  })

  describe('within routes', () => {
    const ROUTES = [
      { share: 0.2, requests: 0.05 },
      { share: 0.02, requests: 0.25 },
      { share: 0, requests: 0.7 },
    ]
    const INSTANCES = 4

    /**
     * Customers with a share of their own on each route. The routes that lose the most go to the first instance twice as often; `more`: how
     * many times as much it loses than the others.
     */
    function simulateInstances(random: Random, { strata, more }: { strata: boolean; more: number }) {
      const cells = new Map<string, ClusterCount & { instance: number }>()
      for (let customer = 0; customer < 60; customer += 1) {
        const easy = Math.exp(0.6 * random.nextNormal() - 0.18)
        const requests = 20 + random.nextInteger(160)
        const own = ROUTES.map(({ share }) => share * easy * Math.exp(0.4 * random.nextNormal()))
        for (let i = 0; i < requests; i += 1) {
          const at = random.next()
          const route = at < 0.05 ? 0 : at < 0.3 ? 1 : 2
          const drawn = random.nextInteger(route === 2 ? INSTANCES : INSTANCES + 1) % INSTANCES
          const key = `${customer} ${route} ${drawn}`
          const cell = cells.get(key) ?? {
            cluster: `${customer}`,
            ...(strata ? { stratum: route } : {}),
            requests: 0,
            good: 0,
            instance: drawn,
          }
          cell.requests += 1
          if (random.next() < own[route]! * (drawn === 0 ? more : 1)) cell.good += 1
          cells.set(key, cell)
        }
      }
      const rows = [...cells.values()]
      const p = Array.from({ length: INSTANCES }, (_, i) => {
        const inside = rows.filter(({ instance }) => instance === i)
        const { p, expected } = testExcess(inside, rows)
        return { p: p!, isMore: inside.reduce((sum, { good }) => sum + good, 0) > expected }
      })
      const { selected } = adjustForMany(p.map(row => row.p))
      return p.map(({ isMore }, i) => isMore && selected.includes(i))
    }

    const countNamed = (
      runs: number,
      world: { strata: boolean; more: number },
      see: (named: boolean[]) => boolean,
    ) => {
      const random = createRandom(31)
      let named = 0
      for (let run = 0; run < runs; run += 1) if (see(simulateInstances(random, world))) named += 1
      return named
    }

    it('a mix of routes alone accuses no instance, in 1,000 runs', () => {
      expect(countNamed(1000, { strata: true, more: 1 }, named => named.includes(true))).toBeLessThanOrEqual(
        73,
      )
    })

    it('which without strata it does', () => {
      expect(countNamed(200, { strata: false, more: 1 }, named => named[0]!)).toBeGreaterThan(30)
    })

    it('an instance that loses twice as much is found, and no other', () => {
      expect(countNamed(200, { strata: true, more: 2 }, named => named[0]!)).toBeGreaterThan(170)
      expect(
        countNamed(200, { strata: true, more: 2 }, named => named.slice(1).includes(true)),
      ).toBeLessThanOrEqual(20)
    })

    it('what a group would have at the others’ share is told stratum by stratum; alone in one, its own', () => {
      const row = (stratum: number, requests: number, good: number) => ({
        cluster: '1',
        stratum,
        requests,
        good,
      })
      const inside = [row(1, 100, 30), row(2, 50, 5)]
      expect(testExcess(inside, [...inside, row(1, 200, 20)]).expected).toBeCloseTo(10 + 5, 9)
    })
  })
})
