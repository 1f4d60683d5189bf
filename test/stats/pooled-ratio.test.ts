import { expect, test } from 'vitest'
import { type MeasuredRatio, poolRatios } from '../../src/stats/pooled-ratio.js'
import { createRandom, type Random } from '../../src/stats/random.js'
import { ratioInterval } from '../../src/stats/ratio-interval.js'

const measured = (value: number, reach: number): MeasuredRatio => ({
  value,
  interval: [value - reach, value + reach],
})

test('ratios that were measured equally well count the same, and none is clipped', () => {
  const [pool] = poolRatios([[measured(-0.4, 0.02), measured(0.6, 0.02), measured(1.6, 0.02)]])
  expect(pool!.value).toBeCloseTo(0.6, 9)
  const [low, high] = pool!.interval!
  expect((low + high) / 2).toBeCloseTo(0.6, 4)
  // Their plain standard error is 1/√3; the prior says that so much is too much.
  expect((high - low) / 2).toBeGreaterThan(1.96 * (0.7 / Math.sqrt(3)))
  expect((high - low) / 2).toBeLessThan(4.3 / Math.sqrt(3))
})

test('what was measured better counts for more, and less so the more they differ', () => {
  const [near] = poolRatios([[measured(0.7, 0.1), measured(0.75, 0.4)]])
  expect(near!.value).toBeGreaterThan(0.7)
  expect(near!.value).toBeLessThan(0.725)
  const [far] = poolRatios([[measured(0, 0.1), measured(2, 0.4)]])
  expect(far!.value).toBeGreaterThan(0.9)
})

test('the spread of the mean is averaged over τ as Röver’s bayesmeta does it', () => {
  // Checked against a plain sum over a fine grid of τ and of the mean.
  const ratios = [measured(0.5, 0.2), measured(0.9, 0.3)]
  const sd = [0.2 / 1.959964, 0.3 / 1.959964]
  const grid = Array.from({ length: 3001 }, (_, i) => -1.5 + i * (4.4 / 3000))
  const density = grid.map(mean => {
    let sum = 0
    for (let tau = 0.0025; tau < 4; tau += 0.005) {
      const log = ratios.reduce(
        (total, { value }, i) => {
          const own = sd[i]! ** 2 + tau ** 2
          return total - 0.5 * (Math.log(own) + (value - mean) ** 2 / own)
        },
        -0.5 * (tau / 0.5) ** 2,
      )
      sum += Math.exp(log)
    }
    return sum
  })
  const whole = density.reduce((sum, one) => sum + one, 0)
  const at = (p: number) => {
    let below = 0
    const place = density.findIndex(one => {
      below += one
      return below >= p * whole
    })
    return grid[place]!
  }
  const [low, high] = poolRatios([ratios])[0]!.interval!
  expect(low).toBeCloseTo(at(0.025), 2)
  expect(high).toBeCloseTo(at(0.975), 2)
})

test('one ratio has no interval, and none has no mean', () => {
  expect(poolRatios([[measured(0.7, 0.1)], []])).toEqual([
    { value: expect.closeTo(0.7, 9), interval: null },
    null,
  ])
  expect(poolRatios([])).toEqual([])
})

test('groups share how much ratios differ, so that two in one of them say more', () => {
  const width = (groups: MeasuredRatio[][]) => {
    const [low, high] = poolRatios(groups)[0]!.interval!
    return high - low
  }
  const pair = [measured(0.6, 0.05), measured(0.8, 0.05)]
  const alike = [0.68, 0.7, 0.72, 0.7, 0.71].map(value => measured(value, 0.05))
  const apart = [0.1, 0.7, 1.4, 0.2, 1.1].map(value => measured(value, 0.05))
  expect(width([pair, alike])).toBeLessThan(width([pair]))
  expect(width([pair, apart])).toBeGreaterThan(width([pair]))
})

/** A promise and what came of it, each with its error. */
function makeRatio(random: Random, mean: number, tau: number): MeasuredRatio {
  const truth = mean + tau * random.nextNormal()
  const promise = 0.1 + 0.3 * random.next()
  const errors = { promised: promise * (0.03 + 0.12 * random.next()), came: 0.01 + 0.03 * random.next() }
  const estimate = (value: number, error: number) => {
    const seen = value + error * random.nextNormal()
    return { value: seen, interval: [seen - 1.96 * error, seen + 1.96 * error] as [number, number] }
  }
  const promised = estimate(promise, errors.promised)
  const came = estimate(promise * truth, errors.came)
  return { value: came.value / promised.value, interval: ratioInterval(came, promised)! }
}

test.each([
  { stories: 2, tau: 0.1 },
  { stories: 2, tau: 0.3 },
  { stories: 3, tau: 0 },
  { stories: 3, tau: 0.5 },
  { stories: 5, tau: 0.15 },
  { stories: 12, tau: 0.2 },
])(
  '$stories stories that differ by $tau: the mean is in its interval in at least 927 of 1,000',
  ({ stories, tau }) => {
    const random = createRandom(9 + stories)
    let covered = 0
    for (let run = 0; run < 1000; run += 1) {
      const ratios = Array.from({ length: stories }, () => makeRatio(random, 0.72, tau))
      const [low, high] = poolRatios([ratios])[0]!.interval!
      if (low <= 0.72 && high >= 0.72) covered += 1
    }
    expect(covered).toBeGreaterThanOrEqual(927)
  },
)

test('of kinds with two or three stories each, whose means differ: each mean in its interval in at least 927 of 1,000', () => {
  const random = createRandom(4)
  const kinds = [
    { mean: 0.5, stories: 2 },
    { mean: 0.9, stories: 3 },
    { mean: 1.1, stories: 4 },
  ]
  const covered = [0, 0, 0]
  for (let run = 0; run < 1000; run += 1) {
    const groups = kinds.map(({ mean, stories }) =>
      Array.from({ length: stories }, () => makeRatio(random, mean, 0.2)),
    )
    poolRatios(groups).forEach((pool, i) => {
      const [low, high] = pool!.interval!
      if (low <= kinds[i]!.mean && high >= kinds[i]!.mean) covered[i]! += 1
    })
  }
  for (const count of covered) expect(count).toBeGreaterThanOrEqual(927)
})
