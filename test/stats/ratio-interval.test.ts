import { describe, expect, test } from 'vitest'
import type { ClusterCount } from '../../src/stats/clusters.js'
import { compareShares } from '../../src/stats/compare-shares.js'
import type { Interval } from '../../src/stats/intervals.js'
import { createRandom, type Random } from '../../src/stats/random.js'
import { ratioInterval } from '../../src/stats/ratio-interval.js'

const around = (value: number, reach: number) => ({
  value,
  interval: [value - reach, value + reach] as Interval,
})

/** Fieller (1954): the ratios r at which top − r·bottom may be 0. */
function fieller(top: number, topReach: number, bottom: number, bottomReach: number): Interval {
  const a = bottom ** 2 - bottomReach ** 2
  const root = Math.sqrt((top * bottom) ** 2 - a * (top ** 2 - topReach ** 2))
  return [(top * bottom - root) / a, (top * bottom + root) / a]
}

test.each([
  [24, 6, 30, 5],
  [-3, 6, 30, 5],
  [-24, 6, 30, 20],
  [0, 1, 1, 0.1],
  [40, 0, 30, 5],
])(
  '%d ± %d of %d ± %d: as Fieller has it, where both are symmetric',
  (top, topReach, bottom, bottomReach) => {
    const found = ratioInterval(around(top, topReach), around(bottom, bottomReach))!
    const expected = fieller(top, topReach, bottom, bottomReach)
    expect(found[0]).toBeCloseTo(expected[0], 12)
    expect(found[1]).toBeCloseTo(expected[1], 12)
  },
)

describe('bounds', () => {
  test('of a bottom that is known they are those of the top', () => {
    const [low, high] = ratioInterval({ value: 24, interval: [18, 33] }, around(30, 0))!
    expect([low, high]).toEqual([expect.closeTo(0.6, 12), expect.closeTo(1.1, 12)])
  })

  test('of a bottom under 0 they are those of its opposite, turned', () => {
    const [low, high] = ratioInterval(around(24, 6), around(30, 5))!
    const [otherLow, otherHigh] = ratioInterval(around(24, 6), around(-30, 5))!
    expect([otherLow, otherHigh]).toEqual([expect.closeTo(-high, 12), expect.closeTo(-low, 12)])
  })

  test('there are none of a bottom that may be 0', () => {
    expect(ratioInterval(around(24, 6), around(30, 30))).toBeNull()
    expect(ratioInterval(around(24, 6), around(-1, 3))).toBeNull()
    expect(ratioInterval(around(24, 6), { value: 1, interval: [0.5, 4] })).toBeNull()
  })
})

const CUSTOMERS = 30
const DAYS = 6
const REQUESTS = 30

/** Each customer has an own share of bad requests, and each day its own trouble; the fix leaves `left` of what is bad. */
function makeArm(random: Random, troubles: readonly number[], left: number): ClusterCount[] {
  return Array.from({ length: DAYS }, (_, day) => {
    const ofDay = 0.04 * random.nextNormal()
    return troubles.map((trouble, i) => {
      const good = 1 - Math.min(0.95, Math.max(0.02, trouble + ofDay)) * left
      const count = Math.round(
        REQUESTS * good + Math.sqrt(REQUESTS * good * (1 - good)) * random.nextNormal(),
      )
      return {
        cluster: `c${i}`,
        day: `${day}`,
        requests: REQUESTS,
        good: Math.min(REQUESTS, Math.max(0, count)),
      }
    })
  }).flat()
}

test('of 1,000 promises, over customers and days, the part that came is in its interval in at least 927', () => {
  const random = createRandom(20)
  const [left, promisedLeft] = [0.5, 0.4]
  const truth = (1 - left) / (1 - promisedLeft)
  let covered = 0
  for (let run = 0; run < 1000; run += 1) {
    const troubles = Array.from({ length: CUSTOMERS }, () => 0.1 + 0.5 * random.next())
    const before = makeArm(random, troubles, 1)
    const after = makeArm(random, troubles, left)
    const { change } = compareShares({ before, after, apartInTime: true, smallest: 0.01 })
    // A prediction that is 60% of what is bad, measured on other customers, whose spread is its interval.
    const promised = (1 - promisedLeft) * (0.35 + 0.03 * random.nextNormal())
    const reach = 1.96 * (1 - promisedLeft) * 0.03
    const [low, high] = ratioInterval(
      { value: change.value!, interval: change.interval! },
      around(promised, reach),
    )!
    if (truth >= low && truth <= high) covered += 1
  }
  expect(covered).toBeGreaterThanOrEqual(927)
})
