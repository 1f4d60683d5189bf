/** Peeking: nothing changed, looked at 30 times. A right method cries wolf in at most 73 of 1,000 runs. */
import { describe, expect, it } from 'vitest'
import { compareShares } from '../../src/stats/compare-shares.js'
import { lookAgain } from '../../src/stats/confidence-sequence.js'
import { createRandom } from '../../src/stats/random.js'
import { normalCdf, tQuantile } from '../../src/stats/special-functions.js'
import { runWatch } from '../simulate/scenarios.js'

const watch = (seed: number, scenario: Parameters<typeof runWatch>[3], runs: number) =>
  runWatch(compareShares, lookAgain, createRandom(seed), scenario, runs)

describe('30 looks at arms that do not differ', () => {
  it.each([
    ['the same customers', { customers: 30, requests: 1 }],
    ['customers that come in', { customers: 12, growth: 1, requests: 2 }],
  ])('raise no false alarms, as the interval of each look by itself would: %s', (_, scenario) => {
    const seen = watch(2, scenario, 1000)
    expect(seen.excludesZero).toBeLessThanOrEqual(73)
    expect(seen.better + seen.worse).toBeLessThanOrEqual(73)
    expect(seen.plainExcludesZero).toBeGreaterThan(150)
  })

  it.each([
    ['sizes differ', { customers: 12, requests: 2, sizes: 'log-normal' as const, paired: false }],
    ['days are shared', { customers: 12, requests: 2, days: 10, looks: 20, daySpread: 0.2 }],
    ['hardly any request is slow', { customers: 12, requests: 3, typical: 5 }],
  ])('raise none either where %s', (_, scenario) => {
    expect(watch(3, scenario, 1000).excludesZero).toBeLessThanOrEqual(73)
  })
})

it('a change that is there is found, before the last look', () => {
  const seen = watch(4, { customers: 50, requests: 2, effect: 0.5 }, 100)
  expect(seen.better).toBeGreaterThan(90)
  expect(seen.worse).toBe(0)
  expect(seen.looks / seen.runs).toBeLessThan(20)
})

describe('one look', () => {
  const arm = { clusters: 20, days: null }
  const seen = (value: number, se: number, clusters = 20, df = 18) => ({
    change: {
      value,
      interval: [value - 2.2 * se, value + 2.2 * se] as [number, number],
      smallest: 0.01,
      se,
      df,
    },
    arms: { before: { ...arm, clusters }, after: arm },
    verdict: 'better' as const,
    reason: null,
    needs: null,
  })

  it('is d ± t(Φ(b))·√V, by hand', () => {
    // df 18: the comparison's interval of ± 2.2 se would be wider than t·se; one of ± 2 se is not.
    const narrow = seen(0.1, 0.02)
    narrow.change.interval = [0.06, 0.14]
    const v1 = 0.0009
    const r = (7.94 * v1) / (4 * 0.0004)
    const b = Math.sqrt((1 + 1 / r) * Math.log((r + 1) / 0.0025))
    const reach = tQuantile(normalCdf(b), 18) * 0.02
    const { interval, state, verdict } = lookAgain(narrow, { v1 })
    expect(interval![0]).toBeCloseTo(0.1 - reach, 9)
    expect(interval![1]).toBeCloseTo(0.1 + reach, 9)
    expect(state).toEqual({ v1 })
    expect(verdict).toBe('better')
  })

  it('freezes the variance of the first one that counts: 10 clusters an arm, 4 degrees of freedom', () => {
    const none = { v1: null }
    expect(lookAgain(seen(0.1, 0.02, 9), none)).toMatchObject({
      state: none,
      interval: null,
      verdict: 'cannot tell yet',
    })
    expect(lookAgain(seen(0.1, 0.02, 10, 3.9), none)).toMatchObject({ state: none, interval: null })
    const first = lookAgain(seen(0.1, 0.02, 10), none)
    expect(first.state.v1).toBeCloseTo(0.0004, 4)
    expect(lookAgain(seen(0.1, 0.001, 500), first.state).state).toEqual(first.state)
  })

  it('takes the width of the comparison where its variance is 0', () => {
    const alike = seen(0.1, 0)
    alike.change.interval = [0.05, 0.15]
    const { interval, state } = lookAgain(alike, { v1: null })
    expect(state.v1).toBeGreaterThan(0)
    expect(interval![0]).toBeLessThan(0.05)
  })

  it('says nothing while one customer decides, or without an interval', () => {
    const byOne = {
      ...seen(0.2, 0.02),
      verdict: 'cannot tell yet' as const,
      reason: 'a decides it.' as string | null,
    }
    expect(lookAgain(byOne as never, { v1: 0.001 })).toMatchObject({
      verdict: 'cannot tell yet',
      reason: 'a decides it.',
    })
    const empty = { ...byOne, change: { ...byOne.change, interval: null } }
    expect(lookAgain(empty as never, { v1: 0.001 })).toMatchObject({ interval: null, state: { v1: 0.001 } })
  })

  it('says what would settle it, at the level of all looks', () => {
    const open = { ...seen(0.02, 0.02), verdict: 'cannot tell yet' as const }
    const { needs, verdict } = lookAgain(open as never, { v1: 0.0004 })
    expect(verdict).toBe('cannot tell yet')
    // (3.2 + 0.84)² and not (1.96 + 0.84)², of 20 customers.
    expect(needs!.clusters).toBeGreaterThan(20 * 3.9 ** 2)
  })
})
