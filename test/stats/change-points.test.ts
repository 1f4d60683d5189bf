import { describe, expect, it } from 'vitest'
import { type DayShare, findChangePoints } from '../../src/stats/change-points.js'
import { likenessOfDays } from '../../src/stats/days-alike.js'
import { createRandom, type Random } from '../../src/stats/random.js'

const FALSE_ALARMS_OF_1000 = 73

interface Series {
  days: number
  /** Requests of a usual day; each fifth to seventh day of a week has a tenth. */
  requests?: number
  /** Standard deviation of the days' own logits. */
  spread?: number
  /** What a day takes over from the day before. */
  likeness?: number
  /** The logit moves by `step` on this day, and back on `back`. */
  changed?: number
  back?: number
  step?: number
}

function makeDays(random: Random, series: Series): DayShare[] {
  const { days, requests = 500, spread = 0.2, likeness = 0, changed = days, back = days, step = 0 } = series
  let own = random.nextNormal()
  return Array.from({ length: days }, (_, day) => {
    if (day > 0) own = likeness * own + Math.sqrt(1 - likeness ** 2) * random.nextNormal()
    const moved = day >= changed && day < back ? step : 0
    const p = 1 / (1 + Math.exp(-(2 + spread * own - moved)))
    const n = Math.round(requests * (day % 7 >= 5 ? 0.1 : 1))
    const noise = Math.sqrt(p * (1 - p) * n) * random.nextNormal()
    return { requests: n, good: Math.min(n, Math.max(0, Math.round(n * p + noise))) }
  })
}

function countAlarms(series: Series, runs: number, seed: number): number {
  const random = createRandom(seed)
  let alarms = 0
  for (let run = 0; run < runs; run += 1) {
    if (findChangePoints(makeDays(random, series), { seed: run }).length > 0) alarms += 1
  }
  return alarms
}

describe('where nothing changed', () => {
  it.each([10, 14, 28, 60])('%i days raise no false alarms', days => {
    expect(countAlarms({ days }, 1000, 11)).toBeLessThanOrEqual(FALSE_ALARMS_OF_1000)
  })

  it('days in quiet, noisy traffic raise none either', () => {
    expect(countAlarms({ days: 28, requests: 20, spread: 0 }, 1000, 12)).toBeLessThanOrEqual(
      FALSE_ALARMS_OF_1000,
    )
  })

  it.each([
    { days: 10, likeness: 0.5 },
    { days: 14, likeness: 0.5 },
    { days: 28, likeness: 0.3 },
    { days: 28, likeness: 0.5 },
    { days: 60, likeness: 0.5 },
  ])('nor do days that resemble their neighbours: %o', series => {
    expect(countAlarms(series, 1000, 13)).toBeLessThanOrEqual(FALSE_ALARMS_OF_1000)
  })

  it('equal days have no change to find', () => {
    expect(findChangePoints(Array(30).fill({ requests: 100, good: 90 }), { seed: 1 })).toEqual([])
    expect(findChangePoints([], { seed: 1 })).toEqual([])
  })
})

describe('a planted change', () => {
  it.each([
    { days: 28, changed: 17, step: 0.5, least: 125 },
    { days: 28, changed: 17, step: 0.6, least: 160 },
    { days: 28, changed: 17, step: 0.6, likeness: 0.3, least: 150 },
    { days: 60, changed: 36, step: 0.5, least: 175 },
    { days: 14, changed: 7, step: 1, least: 190 },
    { days: 28, changed: 15, step: 1, least: 198 },
    { days: 28, changed: 8, step: 1, least: 198 },
  ])('is found in most series, within a day or two: %o', ({ least, ...series }) => {
    const random = createRandom(21)
    let found = 0
    for (let run = 0; run < 200; run += 1) {
      const [change] = findChangePoints(makeDays(random, series), { seed: run })
      if (change !== undefined && Math.abs(change.at - series.changed) <= 2) found += 1
    }
    expect(found).toBeGreaterThanOrEqual(least)
  })

  it('that went back again is two', () => {
    const random = createRandom(22)
    const series = makeDays(random, { days: 60, changed: 20, back: 40, step: 1 })
    expect(findChangePoints(series, { seed: 1 }).map(change => change.at)).toEqual([20, 40])
  })

  it('of fewer than five days is none', () => {
    const days = Array.from({ length: 30 }, (_, day) => ({
      requests: 100,
      good: day >= 26 ? 20 : 90 + (day % 3),
    }))
    for (const { at } of findChangePoints(days, { seed: 1 })) expect(at).toBeLessThanOrEqual(25)
    expect(findChangePoints(days.slice(0, 9), { seed: 1 })).toEqual([])
  })

  it('comes out the same for the same seed, and whatever the weight of the rows', () => {
    const random = createRandom(23)
    const days = makeDays(random, { days: 28, changed: 14, step: 1 })
    const tenfold = days.map(({ requests, good }) => ({ requests: requests * 10, good: good * 10 }))
    expect(findChangePoints(tenfold, { seed: 5 })).toEqual(findChangePoints(days, { seed: 5 }))
  })
})

describe('days that resemble the day before', () => {
  it.each([
    { likeness: 0, from: 0, to: 60 },
    { likeness: 0.5, from: 190, to: 200 },
  ])('are told from others, whatever their level: %o', ({ likeness, from, to }) => {
    const random = createRandom(31)
    let alike = 0
    let sum = 0
    for (let run = 0; run < 200; run += 1) {
      const days = makeDays(random, { days: 90, requests: 5000, likeness, changed: 40, step: 1 })
      const found = likenessOfDays(days, [{ at: 40 }])!
      if (found.isAlike) alike += 1
      sum += found.correlation
    }
    expect(alike).toBeGreaterThanOrEqual(from)
    expect(alike).toBeLessThanOrEqual(to)
    expect(Math.abs(sum / 200 - likeness)).toBeLessThan(0.1)
  })

  it('are none where all days are equal', () => {
    expect(likenessOfDays(Array(20).fill({ requests: 10, good: 9 }), [])).toBeNull()
    expect(likenessOfDays([], [])).toBeNull()
  })
})
