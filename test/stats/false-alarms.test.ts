/**
 * Traps that a wrong method falls into, on made-up data whose truth is known. A right one fails at most 131
 * times in 2,000.
 */
import { describe, expect, it } from 'vitest'
import { compareShares } from '../../src/stats/compare-shares.js'
import { createRandom } from '../../src/stats/random.js'
import { makeArms, runScenario } from '../simulate/scenarios.js'

const MOST_FALSE_ALARMS = 131

describe('customers that differ', () => {
  const cases = ['equal', 'log-normal', 'one of 40%'] as const
  it.each(cases.flatMap(sizes => [true, false].map(paired => ({ sizes, paired }))))(
    'raise no false alarms: 25 of 20 requests an arm, sizes $sizes, paired $paired',
    scenario => {
      const seen = runScenario(compareShares, createRandom(5), { customers: 25, ...scenario }, 2000)
      expect(seen.excludesZero).toBeLessThanOrEqual(MOST_FALSE_ALARMS)
      expect(seen.noInterval).toBeLessThan(700)
    },
  )

  it('would raise them if requests were taken as independent', () => {
    const random = createRandom(5)
    let excludesZero = 0
    for (let run = 0; run < 300; run += 1) {
      const { before, after } = makeArms(random, { customers: 25, paired: false, customerSpread: 2.5 })
      const apart = (rows: typeof before) =>
        rows.flatMap(({ cluster, requests, good }) =>
          Array.from({ length: requests }, (_, i) => ({
            cluster: `${cluster}/${i}`,
            requests: 1,
            good: i < good ? 1 : 0,
          })),
        )
      const { change } = compareShares({
        before: apart(before),
        after: apart(after),
        apartInTime: false,
        smallest: 0.01,
      })
      if (change.interval![0] > 0 || change.interval![1] < 0) excludesZero += 1
    }
    expect(excludesZero).toBeGreaterThan(120)
  })

  it('do not hide a change that all of them see', () => {
    const seen = runScenario(compareShares, createRandom(6), { customers: 100, effect: 0.5 }, 400)
    expect(seen.better).toBeGreaterThan(380)
    expect(seen.worse).toBe(0)
  })

  it('that are hardly ever slow raise none either', () => {
    const rare = { customers: 40, typical: 5, paired: false }
    const seen = runScenario(compareShares, createRandom(7), { ...rare, smallest: 0 }, 2000)
    expect(seen.excludesZero).toBeLessThanOrEqual(MOST_FALSE_ALARMS)
  })
})

describe('days that all customers share', () => {
  const sharedDays = { customers: 500, days: 7, daySpread: 0.1, requests: 20 }

  it('raise no false alarms: 500 customers, 7 days before and 7 after, sd 0.1', () => {
    const seen = runScenario(compareShares, createRandom(19), sharedDays, 2000)
    expect(seen.excludesZero).toBeLessThanOrEqual(MOST_FALSE_ALARMS)
    expect(seen.noInterval).toBe(0)
  }, 120_000)

  it('would raise them if customers alone were taken as independent', () => {
    const seen = runScenario(compareShares, createRandom(19), { ...sharedDays, apartInTime: false }, 60)
    expect(seen.excludesZero).toBeGreaterThan(24)
  })

  it.each([3, 4])('raise none either over %i days a side', days => {
    const seen = runScenario(
      compareShares,
      createRandom(20),
      { customers: 25, days, daySpread: 0.4, requests: 5 },
      2000,
    )
    expect(seen.excludesZero).toBeLessThanOrEqual(MOST_FALSE_ALARMS)
  })

  it('and that resemble each other raise none from three weeks on', () => {
    const alike = { customers: 15, days: 28, daySpread: 0.4, dayLikeness: 0.5, requests: 2 }
    const seen = runScenario(compareShares, createRandom(21), alike, 1000)
    expect(seen.excludesZero).toBeLessThanOrEqual(73)
  })
})

describe('a tail that grows', () => {
  it('is seen: 5% of requests ten times slower, 400 an arm, share under 500 ms', () => {
    const random = createRandom(1)
    let worse = 0
    for (let run = 0; run < 1000; run += 1) {
      const arm = (slow: number, name: string) =>
        Array.from({ length: 400 }, (_, i) => {
          const ms = 100 * Math.exp(0.5 * random.nextNormal()) * (random.next() < slow ? 10 : 1)
          return { cluster: `${name}${i}`, requests: 1, good: ms < 500 ? 1 : 0 }
        })
      const { verdict } = compareShares({
        before: arm(0, 'b'),
        after: arm(0.05, 'a'),
        apartInTime: false,
        smallest: 0.01,
      })
      if (verdict === 'worse') worse += 1
    }
    expect(worse).toBeGreaterThanOrEqual(970)
  })
})
