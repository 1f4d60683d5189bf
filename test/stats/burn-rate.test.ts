import { describe, expect, it } from 'vitest'
import { alertsFor, BURN_ALERTS, type BurnQuestion, judgeBurns } from '../../src/stats/burn-rate.js'
import { createRandom } from '../../src/stats/random.js'
import { makeArms } from '../simulate/scenarios.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const [fast, , slow] = BURN_ALERTS

/** Twenty customers with ten requests each. */
const withBad = (bad: number) =>
  Array.from({ length: 20 }, (_, i) => ({ cluster: `c${i}`, requests: 10, good: 10 - bad }))

const judge = (question: Partial<BurnQuestion>) =>
  judgeBurns([{ alert: slow!, objective: 0.9, long: [], short: [], ...question }])[0]!

describe('alertsFor', () => {
  it('asks for windows within half of the budget’s, and within what is known', () => {
    const longs = (window_ms: number, known_ms = Infinity) =>
      alertsFor(window_ms, known_ms).map(({ long_ms }) => long_ms / HOUR)
    expect(longs(28 * DAY)).toEqual([1, 6, 72])
    expect(longs(5 * DAY)).toEqual([1, 6])
    expect(longs(HOUR)).toEqual([])
    expect(longs(28 * DAY, 2 * HOUR)).toEqual([1])
    expect(longs(28 * DAY, -Infinity)).toEqual([])
  })
})

describe('judgeBurns', () => {
  it('is bad requests over allowed ones', () => {
    const { long, short, exceeds } = judge({ long: withBad(5), short: withBad(2) })
    expect(long).toMatchObject({ requests: 200, rate: expect.closeTo(5, 9) })
    expect(short.rate).toBeCloseTo(2, 9)
    expect(exceeds).toBe(true)
  })

  it('needs both windows: a fire that is out is none, nor is a spark', () => {
    expect(judge({ long: withBad(5), short: withBad(0) }).exceeds).toBe(false)
    expect(judge({ long: withBad(0), short: withBad(5) }).exceeds).toBe(false)
    expect(judge({ long: withBad(1), short: withBad(5) }).exceeds).toBe(false)
  })

  it('is never told from thin traffic', () => {
    const few = withBad(10).slice(0, 4)
    expect(judge({ long: withBad(5), short: few }).exceeds).toBeNull()
    expect(judge({ long: few, short: few }).exceeds).toBeNull()
    expect(judge({ long: withBad(5), short: [] })).toMatchObject({ exceeds: null, short: { rate: null } })
    expect(judge({}).exceeds).toBeNull()
    expect(judge({ long: few.map(row => ({ ...row, good: 10 })), short: few }).exceeds).toBe(false)
  })

  it('can’t reach 14.4 where one request in ten may be bad', () => {
    expect(judge({ alert: fast!, long: withBad(10), short: withBad(10) }).exceeds).toBe(false)
    expect(judge({ alert: fast!, objective: 0.99, long: withBad(5), short: withBad(5) }).exceeds).toBe(true)
  })

  it('cries wolf in at most 5% of runs when the budget just lasts', () => {
    const random = createRandom(12)
    let alarms = 0
    for (let run = 0; run < 2000; run += 1) {
      // The mean share of good requests is 0.8446; the short window is a part of the long one.
      const { before: short, after: rest } = makeArms(random, { customers: 25, sizes: 'log-normal' })
      if (judge({ objective: 0.8446, long: [...short, ...rest], short }).exceeds) alarms += 1
    }
    expect(alarms).toBeLessThanOrEqual(131)
  })
})
