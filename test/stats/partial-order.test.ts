/** Through `rankStories`, as `next` does from each customer's part on: stories that are alike are not put in order, and more data orders more. */
import { expect, test } from 'vitest'
import { reduceTransitively } from '../../src/stats/partial-order.js'
import { createRandom, type Random } from '../../src/stats/random.js'
import { measureDistances, type Standing } from '../../src/stats/score-distances.js'
import { normalCdf, tQuantile } from '../../src/stats/special-functions.js'
import { rankStories } from '../../src/stories/backlog/rank-stories.js'
import type { Candidate, Measure } from '../../src/stories/backlog/score-model.js'
import { estimateWithin } from '../../src/stories/estimates.js'

const WEIGHTS = { customers: 1, money: 0, requests: 1, tickets: 0, budget: 0 }
const UNUSED: Measure = { value: 0, sd: 0, interval: null, unit: '', source: '', parts: null, from: null }
const KNOWN = estimateWithin('person', 8, 1, '')

interface Backlog {
  customers: number
  /** Chance that a customer meets a story. */
  shared: number
  /** How much each story does to a customer. */
  sizes: readonly number[]
  effort?: (random: Random) => Candidate['effort']
}

/** Customers differ by a log-normal factor, sd 1.5, and in how much each story hits them. */
function makeBacklog(
  random: Random,
  { customers, shared, sizes, effort = () => KNOWN }: Backlog,
): Candidate[] {
  const parts = sizes.map(() => ({ at: [] as number[], bad: [] as number[] }))
  for (let customer = 0; customer < customers; customer += 1) {
    const size = Math.exp(1.5 * random.nextNormal())
    const only = random.nextInteger(sizes.length)
    for (const [i, story] of parts.entries()) {
      if (shared === 0 ? i !== only : shared < 1 && random.next() >= shared) continue
      story.at.push(customer)
      story.bad.push(size * sizes[i]! * Math.exp(0.8 * random.nextNormal()))
    }
  }
  const count = (values: Float64Array): Measure => ({
    ...UNUSED,
    value: values.reduce((sum, one) => sum + one, 0),
    parts: values,
    from: 'measured',
  })
  return parts.map(({ at, bad }, i) => ({
    id: `story-${i}`,
    measures: {
      customers: count(Float64Array.from(at, () => 1)),
      requests: count(Float64Array.from(bad)),
      money: UNUSED,
      tickets: UNUSED,
      budget: UNUSED,
    },
    at: Int32Array.from(at),
    effort: effort(random),
    confidence: { ...KNOWN, value: 0.8 },
    gain: { ...KNOWN, value: 1, kept: null },
  }))
}

/** Of so many runs, how many gave any order, and how many pairs were told apart on average. Few draws make the limit vary, not its level. */
function simulate(runs: number, backlog: Backlog, draws = 100) {
  let anyOrder = 0
  let pairs = 0
  for (let seed = 1; seed <= runs; seed += 1) {
    const candidates = makeBacklog(createRandom(seed), backlog)
    const { order } = rankStories(candidates, {
      // Else the draws of the limit would be those that the customers were made of.
      seed: seed + 1e6,
      config: { formula: 'weighted', weights: WEIGHTS },
      clusters: backlog.customers,
      draws,
    })
    if (order.above.length > 0) anyOrder += 1
    pairs += order.above.length / runs
  }
  return { anyOrder, pairs }
}

const EQUAL = new Array<number>(20).fill(1)

test.each([
  { name: 'all customers shared', customers: 60, shared: 1 },
  { name: 'few customers shared', customers: 200, shared: 0.15 },
  { name: 'no customers shared', customers: 400, shared: 0 },
])(
  '20 equal stories are hardly ever put in any order: $name',
  { timeout: 60_000 },
  ({ customers, shared }) => {
    expect(simulate(1000, { customers, shared, sizes: EQUAL }).anyOrder).toBeLessThanOrEqual(73)
  },
)

test('nor where their efforts are off by chance', { timeout: 60_000 }, () => {
  const effort = (random: Random) =>
    estimateWithin('person', 8 * Math.exp((Math.log(2) / 1.96) * random.nextNormal()), 2, '')
  expect(simulate(1000, { customers: 40, shared: 1, sizes: EQUAL, effort }).anyOrder).toBeLessThanOrEqual(73)
})

test('with unequal ones, twice the customers tell more pairs apart', { timeout: 60_000 }, () => {
  const sizes = EQUAL.map((_, i) => 2 ** (i / 4))
  const [some, twice] = [100, 200].map(customers => simulate(30, { customers, shared: 1, sizes }).pairs)
  expect(some).toBeGreaterThan(20)
  expect(twice).toBeGreaterThan(some! * 1.2)
})

test('of a ratio, the smaller score errs by a larger factor if fewer customers make it', () => {
  const standing = (from: number, customers: number, each: number): Standing => ({
    score: customers * each,
    clusters: Float64Array.from({ length: 120 }, (_, i) => (i >= from && i < from + customers ? each : 0)),
    df: 1e6,
    draws: null,
    isUntold: false,
  })
  const { distance } = measureDistances([standing(0, 100, 1), standing(100, 20, 2)], {
    random: createRandom(1),
    isLog: true,
  })
  expect(distance(0, 1)).toBeCloseTo(Math.log(100 / 40) / Math.sqrt(1 / 100 + 1 / 20), 3)
})

test('few degrees of freedom widen the limit to that of Student’s t', () => {
  const apart = (df: number) => {
    const standing = (from: number, each: number): Standing => ({
      score: 20 * each,
      clusters: Float64Array.from({ length: 40 }, (_, i) => (i >= from && i < from + 20 ? each : 0)),
      df,
      draws: null,
      isUntold: false,
    })
    const both = [standing(0, 1), standing(20, 2)]
    return measureDistances(both, { random: createRandom(1), isLog: true })
  }
  const [few, many] = [apart(5), apart(1e6)]
  const wide = -tQuantile(normalCdf(-few.critical), 5)
  expect(wide / few.critical).toBeGreaterThan(1.2)
  expect(many.distance(0, 1) / few.distance(0, 1)).toBeCloseTo(wide / few.critical, 3)
})

test('what follows from other pairs is not drawn', () => {
  const above = [
    { a: 1, b: 2 },
    { a: 2, b: 3 },
    { a: 1, b: 3 },
    { a: 1, b: 4 },
  ]
  expect(reduceTransitively(above)).toEqual([
    { a: 1, b: 2 },
    { a: 2, b: 3 },
    { a: 1, b: 4 },
  ])
})
