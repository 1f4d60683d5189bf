import { describe, expect, it } from 'vitest'
import { distributionFromPairs, distributionFromValues } from '../../src/stats/distribution.js'
import {
  boundQuantile,
  estimateSurvival,
  poolSurvival,
  type Stratum,
  survivalQuantile,
} from '../../src/stats/kaplan-meier.js'
import { createRandom } from '../../src/stats/random.js'

const stratum = (finished: number[], censored: number[]): Stratum => ({
  finished: distributionFromValues(finished),
  censored: distributionFromValues(censored),
})

describe('Kaplan–Meier', () => {
  it('gives the remission times of Freireich (1963), as textbooks have them', () => {
    const { at, survival } = estimateSurvival(
      stratum([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]),
    )
    const after = (time: number) => survival[at.indexOf(time)]
    for (const [time, share] of [
      [6, 0.8571],
      [7, 0.8067],
      [10, 0.7529],
      [13, 0.6902],
      [16, 0.6275],
      [22, 0.5378],
      [23, 0.4482],
      [35, 0.4482],
    ])
      expect(after(time!)).toBeCloseTo(share!, 4)
    expect(survivalQuantile({ at, survival }, 0.5)).toBe(23)
    expect(survivalQuantile({ at, survival }, 0.6)).toBeNull()
  })

  it('is the plain distribution when all have finished, and counts are counts', () => {
    const whole = estimateSurvival(stratum([1, 1, 2, 5], []))
    expect([...whole.survival].map(share => Number(share.toFixed(12)))).toEqual([0.5, 0.25, 0])
    const weighed = estimateSurvival({
      finished: distributionFromPairs([
        [1, 20],
        [2, 10],
        [5, 10],
      ]),
      censored: distributionFromPairs([]),
    })
    expect(weighed).toEqual(whole)
    expect(survivalQuantile(whole, 1)).toBe(5)
  })

  it('finds the median that a time limit hides from the finished ones', () => {
    const random = createRandom(4)
    const times = Array.from({ length: 20_000 }, () => 100 * Math.exp(random.nextNormal()))
    const limits = times.map(() => 20 + 400 * random.next())
    const one = stratum(
      times.filter((time, i) => time <= limits[i]!),
      limits.filter((limit, i) => times[i]! > limit),
    )
    const median = survivalQuantile(poolSurvival([one]), 0.5)!
    expect(Math.abs(median - 100)).toBeLessThan(4)
    expect(survivalQuantile(estimateSurvival(stratum([...one.finished.values], [])), 0.5)!).toBeLessThan(80)
    const [low, high] = boundQuantile([one], 0.5)
    expect(low).toBeLessThan(median)
    expect(high === null || high > median).toBe(true)
  })
})

describe('strata', () => {
  // A fast route nobody gives up on, and a slow one that all patience ends on: pooled, the slow ones vanish among the fast.
  const fast = stratum(
    Array.from({ length: 90 }, (_, i) => 10 + i),
    [],
  )
  const slow = stratum([1000, 2000], [500, 500, 500, 500, 500, 500, 500, 500])

  it('are estimated by themselves and weighed by their parts', () => {
    const pooled = poolSurvival([fast, slow])
    const mixed = estimateSurvival(
      stratum(
        [...fast.finished.values, ...slow.finished.values],
        [...slow.censored.values, ...Array(7).fill(500)],
      ),
    )
    expect(pooled.survival[pooled.at.indexOf(99)]).toBeCloseTo(0.1, 12)
    expect(survivalQuantile(pooled, 0.95)).toBe(1000)
    expect(mixed.at.length).toBe(pooled.at.length)
  })

  it('stay where they are after their last time, so that the curve is never too low', () => {
    const open = stratum([100], [200])
    const pooled = poolSurvival([open, stratum([100, 300], [])])
    expect(pooled.survival.at(-1)).toBeCloseTo(0.25, 12)
    expect(survivalQuantile(pooled, 0.8)).toBeNull()
  })

  it('have bounds that hold whatever people give up for', () => {
    const random = createRandom(9)
    for (let run = 0; run < 200; run += 1) {
      const times = Array.from({ length: 40 }, () => Math.round(100 * Math.exp(random.nextNormal())))
      const givenUp = times.map(time => (random.next() < 0.4 ? Math.round(time * random.next()) : null))
      const one = stratum(
        times.filter((_, i) => givenUp[i] === null),
        givenUp.filter(time => time !== null),
      )
      for (const q of [0.25, 0.5, 0.9]) {
        const truth = times.toSorted((a, b) => a - b)[Math.ceil(q * 40) - 1]!
        const [low, high] = boundQuantile([one], q)
        expect(low!).toBeLessThanOrEqual(truth)
        expect(high ?? Infinity).toBeGreaterThanOrEqual(truth)
        const estimate = survivalQuantile(estimateSurvival(one), q)
        if (estimate !== null) expect(estimate).toBeGreaterThanOrEqual(low!)
        expect(estimate ?? Infinity).toBeLessThanOrEqual(high ?? Infinity)
      }
    }
  })
})
