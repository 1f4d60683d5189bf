import { describe, expect, it } from 'vitest'
import { type BinnedArms, binNumbers, chooseCuts, quantileOfBins } from '../../src/stats/binned-arms.js'
import { distributionFromValues, mergeDistributions, quantile } from '../../src/stats/distribution.js'
import { rankTestOverClusters } from '../../src/stats/placements.js'
import { resampleShifts } from '../../src/stats/quantile-shift.js'
import { createRandom, type Random } from '../../src/stats/random.js'

interface Numbers {
  cluster: string
  value: number
}

/** Customers whose latencies differ by a factor of e^0.5, log-normal within each. */
function makeArm(
  random: Random,
  {
    customers,
    requests = 20,
    prefix = 'c',
    factor = 1,
    levels,
  }: { customers: number; requests?: number; prefix?: string; factor?: number; levels?: number[] },
): Numbers[] {
  const own = levels ?? Array.from({ length: customers }, () => 0.5 * random.nextNormal())
  return own.flatMap((level, i) =>
    Array.from({ length: requests }, () => ({
      cluster: `${prefix}${i}`,
      value: Math.round(factor * 100 * Math.exp(level + 0.6 * random.nextNormal())),
    })),
  )
}

function binArms(
  before: Numbers[],
  after: Numbers[],
  most = 128,
): BinnedArms & { exact: (q: number) => number } {
  const pooled = [before, after].map(arm => distributionFromValues(arm.map(one => one.value)))
  const { cuts, isExact } = chooseCuts(mergeDistributions(pooled), most)
  const exact = (q: number) => quantile(pooled[1]!, q)! - quantile(pooled[0]!, q)!
  return { cuts, isExact, before: binNumbers(before, cuts), after: binNumbers(after, cuts), exact }
}

function spans(arms: ReturnType<typeof binArms>, q: number, resamples = 300): [number, number] {
  const [found] = resampleShifts(arms, [{ q, shift: arms.exact(q) }], { seed: 1, level: 0.95, resamples })
  return found!.interval!
}

describe('chooseCuts and quantileOfBins', () => {
  it('keep each value where there are few, and lose little where there are many', () => {
    expect(chooseCuts(distributionFromValues([3, 1, 1, 2]), 10)).toEqual({ cuts: [1, 2, 3], isExact: true })
    const random = createRandom(3)
    const numbers = Array.from({ length: 20_000 }, () => ({
      cluster: 'c',
      value: Math.exp(random.nextNormal()),
    }))
    const d = distributionFromValues(numbers.map(one => one.value))
    const { cuts, isExact } = chooseCuts(d, 512)
    expect(cuts.length).toBeLessThanOrEqual(512)
    const [row] = binNumbers(numbers, cuts)
    for (const q of [0.1, 0.5, 0.9, 0.99])
      expect(quantileOfBins(row!.counts, { cuts, isExact }, q)! / quantile(d, q)!).toBeCloseTo(1, 2)
  })
})

describe('resampleShifts', () => {
  it.each([
    { customers: 12, paired: false },
    { customers: 25, paired: true },
    { customers: 25, paired: false },
  ])(
    'raises no false alarms over the median: $customers customers, paired $paired',
    ({ customers, paired }) => {
      const random = createRandom(11)
      let alarms = 0
      for (let run = 0; run < 1000; run += 1) {
        const levels = Array.from({ length: customers }, () => 0.5 * random.nextNormal())
        const before = makeArm(random, { customers, levels })
        const after = paired
          ? makeArm(random, { customers, levels })
          : makeArm(random, { customers, prefix: 'd' })
        const [low, high] = spans(binArms(before, after, 64), 0.5, 150)
        if (low > 0 || high < 0) alarms += 1
      }
      expect(alarms).toBeLessThanOrEqual(73)
      expect(alarms).toBeGreaterThan(2)
    },
  )

  it('sees a shift that is there', () => {
    const random = createRandom(12)
    const levels = Array.from({ length: 40 }, () => 0.5 * random.nextNormal())
    const arms = binArms(
      makeArm(random, { customers: 40, levels }),
      makeArm(random, { customers: 40, levels, factor: 1.5 }),
    )
    const [low, high] = spans(arms, 0.5)
    expect(low).toBeGreaterThan(0)
    expect(low).toBeLessThan(arms.exact(0.5))
    expect(high).toBeGreaterThan(arms.exact(0.5))
  })

  it('says nothing where ten numbers from five customers are not beyond the quantile', () => {
    const random = createRandom(13)
    const arms = binArms(
      makeArm(random, { customers: 10, requests: 5 }),
      makeArm(random, { customers: 10, requests: 5 }),
    )
    const asked = [0.5, 0.9].map(q => ({ q, shift: arms.exact(q) }))
    expect(resampleShifts(arms, asked, { seed: 1, level: 0.95 }).map(one => one.interval !== null)).toEqual([
      true,
      false,
    ])
  })

  it('says whether days are few, or numbers', () => {
    const random = createRandom(18)
    const levels = Array.from({ length: 40 }, () => 0.5 * random.nextNormal())
    const day = (name: string, requests = 20) =>
      makeArm(random, { customers: 40, requests, levels }).map(one => ({ ...one, day: name }))
    const fewOf = (before: ReturnType<typeof day>, after: ReturnType<typeof day>) => {
      const arms = binArms(before, after)
      const perDay = (numbers: ReturnType<typeof day>) =>
        [...Map.groupBy(numbers, one => one.day)].flatMap(([name, rows]) =>
          binNumbers(rows, arms.cuts).map(row => ({ ...row, day: name })),
        )
      const asked = [0.5, 0.999].map(q => ({ q, shift: arms.exact(q) }))
      const found = { ...arms, before: perDay(before), after: perDay(after) }
      return resampleShifts(found, asked, { seed: 1, level: 0.95, resamples: 50 }).map(one => one.few)
    }
    const sliver = (name: string) => day(name, 1).slice(0, 20)
    const whole = [day('01'), day('03')] as const
    expect(fewOf([...whole[0], ...sliver('02')], [...whole[1], ...sliver('04')])).toEqual(['days', 'numbers'])
    expect(fewOf([...whole[0], ...day('02')], whole[1])).toEqual([null, 'numbers'])
  })

  it('resamples days as well: shared bad days are no certainty', () => {
    const random = createRandom(14)
    let [alarms, alarmsWithoutDays] = [0, 0]
    const runs = 200
    for (let run = 0; run < runs; run += 1) {
      const side = (prefix: string) =>
        Array.from({ length: 7 }, (_, day) => {
          const factor = Math.exp(0.2 * random.nextNormal())
          return makeArm(random, { customers: 40, requests: 2, factor }).map(one => ({
            ...one,
            day: `${prefix}${day}`,
          }))
        }).flat()
      const [before, after] = [side('a'), side('b')]
      const arms = binArms(before, after, 64)
      const perDay = (numbers: typeof before) =>
        [...new Set(numbers.map(one => one.day))].flatMap(day =>
          binNumbers(
            numbers.filter(one => one.day === day),
            arms.cuts,
          ).map(row => ({ ...row, day })),
        )
      const [low, high] = spans({ ...arms, before: perDay(before), after: perDay(after) }, 0.5, 200)
      if (low > 0 || high < 0) alarms += 1
      const [lowest, highest] = spans(arms, 0.5, 200)
      if (lowest > 0 || highest < 0) alarmsWithoutDays += 1
    }
    expect(alarms).toBeLessThanOrEqual(runs * 0.08)
    expect(alarmsWithoutDays).toBeGreaterThan(runs * 0.2)
  })

  it('draws half an hour with the day beside it: it never stands for the whole arm', () => {
    const random = createRandom(17)
    const levels = Array.from({ length: 100 }, () => 0.5 * random.nextNormal())
    const day = (name: string, requests: number, factor = 1) =>
      makeArm(random, { customers: 100, requests, levels, factor }).map(one => ({ ...one, day: name }))
    const before = ['01', '02', '03'].flatMap(name => day(name, 30))
    const sliver = day('04', 1, 4).slice(0, 20)
    const after = [...sliver, ...['05', '06', '07'].flatMap(name => day(name, 30, 0.9))]
    const widthWith = (own: typeof after) => {
      const arms = binArms(before, own, 128)
      const perDay = (numbers: typeof after) =>
        [...Map.groupBy(numbers, one => one.day)].flatMap(([name, rows]) =>
          binNumbers(rows, arms.cuts).map(row => ({ ...row, day: name })),
        )
      const [low, high] = spans({ ...arms, before: perDay(before), after: perDay(own) }, 0.5)
      return high - low
    }
    const whole = widthWith(after.slice(sliver.length))
    expect(widthWith(after) / whole).toBeLessThan(1.3)
    expect(widthWith([...after, ...day('08', 1, 4).slice(0, 20)]) / whole).toBeLessThan(1.3)
    // Many of them, beside three days.
    const many = ['08', '09', '10', '11', '12'].flatMap(name => day(name, 1, 4).slice(0, 20))
    expect(widthWith([...after, ...many]) / whole).toBeLessThan(1.3)
  })
})

describe('rankTestOverClusters', () => {
  it('raises no false alarms where customers differ, and sees a shift', () => {
    const random = createRandom(15)
    let [alarms, seen] = [0, 0]
    for (let run = 0; run < 1000; run += 1) {
      const before = makeArm(random, { customers: 25, requests: 10 })
      const after = makeArm(random, { customers: 25, requests: 10, prefix: 'd' })
      if (rankTestOverClusters(binArms(before, after, 64), false)! < 0.05) alarms += 1
      const shifted = after.map(one => ({ ...one, value: one.value * 2 }))
      if (run < 200 && rankTestOverClusters(binArms(before, shifted, 64), false)! < 0.05) seen += 1
    }
    expect(alarms).toBeLessThanOrEqual(73)
    expect(alarms).toBeGreaterThan(20)
    expect(seen).toBeGreaterThan(180)
  })
})
