import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClusterCount } from '../../src/stats/clusters.js'
import { compareShares } from '../../src/stats/compare-shares.js'
import { newcombeInterval } from '../../src/stats/intervals.js'
import { isContradicted } from '../../src/stats/largest-cluster.js'
import { createRandom } from '../../src/stats/random.js'
import { tQuantile } from '../../src/stats/special-functions.js'
import { makeArms } from '../simulate/scenarios.js'

const rowsOf = (counts: readonly (readonly [good: number, requests: number])[], name = 'c'): ClusterCount[] =>
  counts.map(([good, requests], i) => ({ cluster: `${name}${i}`, good, requests }))
const same = (times: number, good: number, requests: number) =>
  new Array<[number, number]>(times).fill([good, requests])
const sideBySide = { apartInTime: false, smallest: 0.01 }

describe('compareShares, arms side by side', () => {
  it('is worked out by hand for customers that are their own control', () => {
    const before = rowsOf([
      [8, 10],
      [8, 10],
      [8, 10],
      [6, 10],
      [6, 10],
      [6, 10],
    ])
    const after = rowsOf([
      [10, 10],
      [9, 10],
      [9, 10],
      [7, 10],
      [7, 10],
      [6, 10],
    ])
    const { change, arms, verdict } = compareShares({ before, after, ...sideBySide })
    // Shares 0.7 and 0.8; the customers' gains differ from their mean of 1 by 1, 0, 0, 0, 0, −1 of 60, over √(5/6).
    const unit = 60 * Math.sqrt(5 / 6)
    const gains = [2, 1, 1, 1, 1, 0].map(gain => (gain - 1) / unit)
    const variance = gains.reduce((sum, gain) => sum + gain * gain, 0)
    expect(change.value).toBeCloseTo(0.1, 12)
    expect(change.se).toBeCloseTo(Math.sqrt(variance), 12)
    expect(change.df).toBeCloseTo(5, 8)
    const [low, high] = newcombeInterval({ good: 42, trials: 60 }, { good: 48, trials: 60 })
    const reach = tQuantile(0.975, 5) * Math.sqrt(variance)
    expect(change.interval).toEqual([
      expect.closeTo(Math.min(low, 0.1 - reach), 12),
      expect.closeTo(Math.max(high, 0.1 + reach), 12),
    ])
    expect(arms.before).toMatchObject({ requests: 60, clusters: 6, days: null, share: 0.7 })
    expect(verdict).toBe('cannot tell yet')
  })

  it('adds the arms’ variances where customers are not the same', () => {
    const before = rowsOf([...same(5, 8, 10), ...same(5, 4, 10)], 'b')
    const after = rowsOf([...same(5, 9, 10), ...same(5, 7, 10)], 'a')
    const { change } = compareShares({ before, after, ...sideBySide })
    const varianceOf = (miss: number) => (10 * miss ** 2) / (100 ** 2 * 0.9)
    expect(change.se).toBeCloseTo(Math.sqrt(varianceOf(2) + varianceOf(1)), 12)
    expect(change.df).toBeCloseTo(9, 8)
  })

  it('says better, worse, and no meaningful difference', () => {
    const low = rowsOf(same(30, 80, 100))
    const high = rowsOf([...same(15, 94, 100), ...same(15, 96, 100)])
    expect(compareShares({ before: low, after: high, ...sideBySide })).toMatchObject({
      verdict: 'better',
      reason: null,
      needs: null,
      largestCustomer: { verdictWithout: 'better' },
    })
    expect(compareShares({ before: high, after: low, ...sideBySide }).verdict).toBe('worse')
    const many = rowsOf(same(30, 8000, 10_000))
    const barely = rowsOf(same(30, 8020, 10_000))
    expect(compareShares({ before: many, after: barely, ...sideBySide }).verdict).toBe(
      'no meaningful difference',
    )
    expect(compareShares({ before: many, after: barely, apartInTime: false, smallest: 0.0001 }).verdict).toBe(
      'cannot tell yet',
    )
    expect(compareShares({ before: low, after: low, ...sideBySide }).change.value).toBe(0)
  })

  it('cannot tell without data on a side, whatever the other side is', () => {
    for (const [before, after, reason] of [
      [rowsOf(same(30, 8, 10)), [], 'There are no requests after.'],
      [[], rowsOf(same(30, 8, 10)), 'There are no requests before.'],
      [[], [], 'There are no requests on either side.'],
    ] as const) {
      const result = compareShares({ before, after, ...sideBySide })
      expect(result).toMatchObject({ verdict: 'cannot tell yet', reason, weightedEqually: null })
      expect(result.change).toMatchObject({ value: null, interval: null, se: null })
      expect(result.needs!.clusters).toBe(6)
    }
  })

  it('cannot tell with few customers, or with few that matter', () => {
    const few = compareShares({
      before: rowsOf(same(5, 1, 100)),
      after: rowsOf(same(5, 99, 100)),
      ...sideBySide,
    })
    expect(few).toMatchObject({
      verdict: 'cannot tell yet',
      reason: 'Too few: 5 customers before, 5 after. How much they differ can be told from 6 a side on.',
      needs: { clusters: 6, reachable: true },
    })
    expect(few.change.value).toBeCloseTo(0.98, 10)
    const outweighed = compareShares({
      before: rowsOf([[10, 1000], ...same(9, 1, 10)]),
      after: rowsOf([[990, 1000], ...same(9, 9, 10)]),
      ...sideBySide,
    })
    expect(outweighed).toMatchObject({
      verdict: 'cannot tell yet',
      reason:
        'A few customers make most of the requests, and the others too few to tell how much they differ.',
      needs: {
        clusters: null,
        reachable: false,
        betterDesign: 'compare c0 by itself, and the others without it',
      },
    })
  })

  it('takes no verdict from a single customer: it makes the interval wide', () => {
    const others = Array.from({ length: 29 }, (_, i): [number, number] => [80 + (i % 3), 100])
    const result = compareShares({
      before: rowsOf([[600, 1200], ...others]),
      after: rowsOf([[1140, 1200], ...others]),
      ...sideBySide,
    })
    expect(result.change.value).toBeGreaterThan(0.1)
    expect(result.verdict).toBe('cannot tell yet')
    expect(result.largestCustomer).toMatchObject({ cluster: 'c0' })
    expect(result.largestCustomer!.share).toBeCloseTo(1200 / 4100, 10)
    expect(result.weightedEqually).toBeCloseTo(0.45 / 30, 10)
  })

  it('cannot tell where the rest, without the largest customer, says something else, and names it', () => {
    // One customer of 30% gained 2.5 points, all others 0.6 and nothing worth having.
    const result = compareShares({
      before: rowsOf([[99_200, 124_000], ...same(29, 8000, 10_000)]),
      after: rowsOf([[102_300, 124_000], ...same(29, 8060, 10_000)]),
      ...sideBySide,
    })
    expect(result.change.interval![0]).toBeGreaterThan(0)
    expect(result.change.interval![1]).toBeGreaterThan(0.01)
    expect(result).toMatchObject({
      verdict: 'cannot tell yet',
      largestCustomer: { cluster: 'c0', verdictWithout: 'no meaningful difference' },
      reason:
        "c0 decides it, with 30.0% of an arm's requests: better by +1.2 pp with it, no meaningful difference by +0.6 pp without it.",
      needs: {
        clusters: null,
        days: null,
        reachable: false,
        betterDesign: 'compare c0 by itself, and the others without it',
      },
    })
  })

  it.each([
    ['better', 0.03, 'better', 0.02, false],
    ['better', 0.03, 'cannot tell yet', 0.02, false],
    ['better', 0.03, 'cannot tell yet', 0.008, true],
    ['better', 0.008, 'cannot tell yet', 0.006, false],
    ['better', 0.008, 'cannot tell yet', -0.001, true],
    ['worse', -0.03, 'cannot tell yet', -0.02, false],
    ['worse', -0.03, 'worse', -0.008, false],
    ['worse', -0.03, 'better', 0.03, true],
    ['no meaningful difference', 0.001, 'cannot tell yet', 0.004, false],
    ['no meaningful difference', 0.001, 'cannot tell yet', -0.02, true],
    ['no meaningful difference', 0.001, 'better', 0.02, true],
    ['cannot tell yet', 0.001, 'better', 0.02, false],
    ['better', 0.03, 'cannot tell yet', null, true],
  ] as const)(
    '%s at %d, and without the largest %s at %d: contradicted is %s',
    (verdict, value, without, rest, is) => {
      expect(isContradicted({ verdict, value }, { verdict: without, value: rest }, 0.01)).toBe(is)
    },
  )

  it('says how many customers would settle it', () => {
    const random = createRandom(3)
    const { before, after } = makeArms(random, { customers: 40, effect: 0.1, paired: false })
    const { needs, change, reason } = compareShares({ before, after, ...sideBySide })
    const distance = Math.max(Math.abs(change.value!), 0.01 - Math.abs(change.value!))
    expect(needs!.clusters! / (40 * ((2.8016 * change.se!) / distance) ** 2)).toBeCloseTo(1, 1)
    expect(needs).toMatchObject({
      days: null,
      betterDesign:
        'every customer in both arms (split requests, not customers): each is then compared with itself',
    })
    expect(reason).toBe('The interval holds no change as well as one worth having.')
  })

  it('asks for more also where all customers were alike so far', () => {
    const allGood = rowsOf(same(8, 5, 5))
    const { change, needs, verdict } = compareShares({ before: allGood, after: allGood, ...sideBySide })
    expect(change.se).toBe(0)
    expect(verdict).toBe('cannot tell yet')
    const [, high] = newcombeInterval({ good: 40, trials: 40 }, { good: 40, trials: 40 })
    expect(needs!.clusters).toBe(Math.ceil(8 * ((2.80158 * high) / 1.95996 / 0.01) ** 2))
    expect(needs!.reachable).toBe(false)
  })

  it('calls clusters what the caller does', () => {
    const { reason } = compareShares({
      before: rowsOf([[1, 1]]),
      after: rowsOf([[1, 1]]),
      ...sideBySide,
      noun: 'client',
    })
    expect(reason).toContain('1 client before, 1 after')
  })

  it('refuses a smallest change under 0', () => {
    expect(() => compareShares({ before: [], after: [], apartInTime: false, smallest: -1 })).toThrow(
      RangeError,
    )
  })
})

describe('compareShares, arms apart in time', () => {
  const days = (
    count: number,
    from: number,
    good: (customer: number, day: number) => number,
    requests = 20,
  ) =>
    Array.from({ length: count }, (_, day) =>
      Array.from({ length: 12 }, (_, customer) => ({
        cluster: `c${customer}`,
        day: `2026-03-${String(from + day).padStart(2, '0')}`,
        requests,
        good: good(customer, day),
      })),
    ).flat()

  it('follows the two-way formula, by brute force', () => {
    const random = createRandom(9)
    const { before, after } = makeArms(random, {
      customers: 15,
      days: 7,
      daySpread: 0.3,
      sizes: 'log-normal',
    })
    const arms = [before, after].map((rows, arm) => {
      const requests = rows.reduce((sum, row) => sum + row.requests, 0)
      const share = rows.reduce((sum, row) => sum + row.good, 0) / requests
      return rows.map(row => ({
        ...row,
        arm,
        part: row.requests / requests,
        e: (row.good - share * row.requests) / requests,
      }))
    })
    const all = arms.flat()
    const sumBy = (
      rows: typeof all,
      key: (row: (typeof all)[number]) => string,
      value: (row: (typeof all)[number]) => number,
    ) => {
      const sums = new Map<string, number>()
      for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + value(row))
      return sums
    }
    const squares = (sums: Map<string, number>) =>
      [...sums.values()].reduce((sum, value) => sum + value * value, 0)
    const weight = arms.map(rows =>
      sumBy(
        rows,
        row => row.cluster,
        row => row.part,
      ),
    )
    const byCustomer = sumBy(
      all,
      row => row.cluster,
      row => ((row.arm ? 1 : -1) * row.e) / Math.sqrt(1 - weight[row.arm]!.get(row.cluster)!),
    )
    const byDay = arms.map(
      rows =>
        (7 / 6) *
        squares(
          sumBy(
            rows,
            row => row.day!,
            row => row.e,
          ),
        ),
    )
    const single = all.reduce((sum, row) => sum + row.e ** 2, 0)
    const vc = squares(byCustomer)
    const vd = byDay[0]! + byDay[1]!
    const { change } = compareShares({ before, after, apartInTime: true, smallest: 0.01 })
    expect(change.se).toBeCloseTo(Math.sqrt(Math.max(vc, vd, vc + vd - single)), 10)
    const welch = vd ** 2 / (byDay[0]! ** 2 / 6 + byDay[1]! ** 2 / 6)
    expect(change.df).toBeLessThanOrEqual(welch + 1e-9)
  })

  it('is wider than by customers alone when all customers share good and bad days', () => {
    const good = (shift: number) => (_: number, day: number) => 14 + shift + ([0, 4, 1, 3, 0, 4, 2][day] ?? 0)
    const input = { before: days(7, 1, good(0)), after: days(7, 11, good(1)), smallest: 0.01 }
    const alone = compareShares({ ...input, apartInTime: false })
    const both = compareShares({ ...input, apartInTime: true })
    expect(alone.verdict).toBe('better')
    expect(both.verdict).toBe('cannot tell yet')
    expect(both.change.se!).toBeGreaterThan(2 * alone.change.se!)
    expect(both.arms.after).toMatchObject({ days: 7, clusters: 12 })
    expect(both.needs).toMatchObject({
      clusters: null,
      reachable: true,
      betterDesign: 'canary beside baseline: both arms then have the same days',
    })
    expect(both.needs!.days).toBeGreaterThan(7)
  })

  it('cannot tell from under 3 days a side, and asks for days or for a canary', () => {
    const result = compareShares({
      before: days(7, 1, () => 10),
      after: days(2, 11, () => 19),
      apartInTime: true,
      smallest: 0.01,
    })
    expect(result).toMatchObject({
      verdict: 'cannot tell yet',
      reason: 'One side has 2 days, and how much days differ can be told from 3 a side on.',
      needs: {
        clusters: null,
        days: 3,
        reachable: true,
        betterDesign: 'canary beside baseline: both arms then have the same days',
      },
    })
    expect(result.change.interval).toBeNull()
    expect(result.change.value).toBeCloseTo(0.45, 10)
  })

  it('takes days in blocks when they resemble the day before, and says so', () => {
    const slow = (shift: number) => (customer: number, day: number) =>
      14 + shift + (Math.floor(day / 4) % 2) * 4 + ((customer + day) % 2)
    const input = {
      before: days(14, 1, slow(0)),
      after: days(14, 15, slow(0)),
      apartInTime: true,
      smallest: 0.01,
    }
    const { notes, change } = compareShares(input)
    expect(notes).toEqual([{ code: 'days-alike', message: expect.stringMatching(/blocks of [2-4]/) }])
    // The same days in an order without likeness.
    const shuffled = (rows: ClusterCount[], from: number) =>
      rows.map(row => ({
        ...row,
        day: String(from + ((Number(row.day!.slice(-2)) * 5) % 14)).padStart(2, '0'),
      }))
    const mixed = compareShares({
      ...input,
      before: shuffled(input.before, 1),
      after: shuffled(input.after, 15),
    })
    expect(mixed.notes).toEqual([])
    const width = ([low, high]: [number, number]) => high - low
    expect(width(change.interval!)).toBeGreaterThan(1.2 * width(mixed.change.interval!))
  })

  it('cannot tell where a few days resemble each other', () => {
    const drift = (customer: number, day: number) => 10 + 2 * day + (customer % 2)
    const { verdict, reason } = compareShares({
      before: days(5, 1, drift),
      after: days(5, 11, drift),
      apartInTime: true,
      smallest: 0.01,
    })
    expect(verdict).toBe('cannot tell yet')
    expect(reason).toBe('Days resemble the day before, and 5 a side are too few to judge by blocks of days.')
  })

  it('needs to know the day of each count', () => {
    const rows = rowsOf(same(10, 8, 10))
    expect(() => compareShares({ before: rows, after: rows, apartInTime: true, smallest: 0.01 })).toThrow(
      /day of each count/,
    )
  })
})

describe('compareShares, always', () => {
  const someArm = fc.array(
    fc.record({
      cluster: fc.integer({ min: 0, max: 15 }).map(i => `c${i}`),
      day: fc.integer({ min: 1, max: 6 }).map(day => `2026-03-0${day}`),
      requests: fc.integer({ min: 1, max: 30 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 10, maxLength: 120 },
  )
  const rows = someArm.map(arm =>
    arm.map(({ part, ...row }) => ({ ...row, good: Math.round(part * row.requests) })),
  )

  it('negates the change when the arms are swapped', () => {
    const opposite = { better: 'worse', worse: 'better' } as Record<string, string>
    fc.assert(
      fc.property(rows, rows, fc.boolean(), (before, after, apartInTime) => {
        const there = compareShares({ before, after, apartInTime, smallest: 0.01 })
        const back = compareShares({ before: after, after: before, apartInTime, smallest: 0.01 })
        expect(back.change.value).toBeCloseTo(-there.change.value!, 10)
        expect(back.verdict).toBe(opposite[there.verdict] ?? there.verdict)
        expect(back.change.interval === null).toBe(there.change.interval === null)
        if (there.change.interval !== null) {
          expect(back.change.interval![0]).toBeCloseTo(-there.change.interval[1], 10)
          expect(back.change.interval![1]).toBeCloseTo(-there.change.interval[0], 10)
        }
      }),
    )
  })

  it('does not depend on the order of rows, and holds its own estimate', () => {
    fc.assert(
      fc.property(rows, rows, fc.boolean(), (before, after, apartInTime) => {
        const one = compareShares({ before, after, apartInTime, smallest: 0.01 })
        const other = compareShares({
          before: before.toReversed(),
          after: after.toReversed(),
          apartInTime,
          smallest: 0.01,
        })
        expect(other.verdict).toBe(one.verdict)
        expect(other.change.value).toBeCloseTo(one.change.value!, 10)
        if (one.change.interval !== null) {
          const [low, high] = one.change.interval
          expect(low).toBeLessThanOrEqual(one.change.value!)
          expect(high).toBeGreaterThanOrEqual(one.change.value!)
          expect(low).toBeGreaterThanOrEqual(-1)
          expect(high).toBeLessThanOrEqual(1)
        }
        expect((one.needs === null) === (one.verdict !== 'cannot tell yet')).toBe(true)
        expect((one.reason === null) === (one.verdict !== 'cannot tell yet')).toBe(true)
      }),
    )
  })
})
