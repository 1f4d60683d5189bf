/** Predictions against the truth of a population that is made here: customers of very unequal sizes, each with habits of its own. */
import { describe, expect, it, test } from 'vitest'
import { type Route, replace } from '../../src/evidence/whatif/replace-requests.js'
import { countCrossing } from '../../src/stats/crossing.js'
import { wilsonInterval } from '../../src/stats/intervals.js'
import { type PredictedCount, predictShare } from '../../src/stats/predicted-share.js'
import { createRandom, type Random } from '../../src/stats/random.js'

const RUNS = 1000
/** Of 1,000 runs at 95%: fewer are no chance. */
const FEWEST_COVERED = 927
/** Intervals that are half as wide must miss the truth often, else they would be wider than they say. */
const MOST_COVERED_BY_HALF = 780
const LINE = 0.75

interface Customer {
  requests: number
  /** How often theirs are in the slow peak, fail, and are good when they are neither. */
  slow: number
  failed: number
  good: number
}

/** The more a customer asks for, the slower it is for them, and the oftener in the peak: what a careless estimate would mix up. */
function drawCustomer(random: Random): Customer {
  const size = random.nextNormal()
  const habit = random.nextNormal()
  return {
    requests: Math.max(1, Math.round(Math.exp(3 + 0.9 * size))),
    slow: logistic(-1 + 0.2 * size + 0.8 * habit),
    failed: 0.02,
    good: logistic(2 - 0.2 * size - 0.6 * habit),
  }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** The share of all requests of very many customers. */
function truthOf(goodOf: (customer: Customer) => number): number {
  const random = createRandom(99)
  let good = 0
  let requests = 0
  for (let i = 0; i < 200_000; i += 1) {
    const customer = drawCustomer(random)
    good += customer.requests * goodOf(customer)
    requests += customer.requests
  }
  return good / requests
}

function drawRequests(random: Random, customer: Customer) {
  const counts = { inPeak: 0, others: 0, othersGood: 0 }
  for (let request = 0; request < customer.requests; request += 1) {
    if (random.next() < customer.failed) continue
    if (random.next() < customer.slow) counts.inPeak += 1
    else {
      counts.others += 1
      if (random.next() < customer.good) counts.othersGood += 1
    }
  }
  return counts
}

function sampleOf(random: Random, customers: number) {
  return Array.from({ length: customers }, (_, i) => {
    const customer = drawCustomer(random)
    return { cluster: `c${i}`, requests: customer.requests, ...drawRequests(random, customer) }
  })
}

type Sample = ReturnType<typeof sampleOf>

function withoutPeak(sample: Sample): PredictedCount[] {
  const strata = sample.map(row => ({
    ...row,
    account: row.cluster,
    route: '',
    observed: row.requests,
    good: row.othersGood,
    inPeakGood: 0,
  }))
  return replace(strata, poolRoutes(strata)).clusters
}

/** What `replaceRequests` reads of all customers together. */
function poolRoutes(strata: Parameters<typeof replace>[0]): Map<string, Route> {
  const routes = new Map<string, Route>()
  for (const { route, others, othersGood, inPeak } of strata) {
    const pool = routes.get(route) ?? { others: 0, othersGood: 0, borrowing: 0 }
    routes.set(route, pool)
    pool.others += others
    pool.othersGood += othersGood
    if (others === 0) pool.borrowing += inPeak
  }
  return routes
}

function capped(sample: Sample): PredictedCount[] {
  return sample.map(row => ({
    ...row,
    good: row.othersGood,
    goodAfter: row.othersGood + 0.8 * row.inPeak,
    drawn: { requests: row.inPeak, chance: 0.8, sure: row.othersGood },
  }))
}

/** The share of customers who would be seen to cross, if the change were made and their requests came again. */
function crossingOf(chanceOf: (customer: Customer) => number): number {
  const random = createRandom(98)
  const customers = 60_000
  let cross = 0
  for (let i = 0; i < customers; i += 1) {
    const customer = drawCustomer(random)
    const chance = chanceOf(customer)
    const { inPeak, othersGood } = drawRequests(random, customer)
    let after = othersGood
    for (let request = 0; request < inPeak; request += 1) if (random.next() < chance) after += 1
    const line = LINE * customer.requests
    if (othersGood < line && after >= line) cross += 1
  }
  return cross / customers
}

describe.each([
  ['a peak removed', withoutPeak, (c: Customer) => c.good],
  ['four of five slow requests capped', capped, () => 0.8],
] as const)('%s', (_, predict, chanceOf) => {
  const after = truthOf(c => (1 - c.failed) * ((1 - c.slow) * c.good + c.slow * chanceOf(c)))
  const before = truthOf(c => (1 - c.failed) * (1 - c.slow) * c.good)
  const crossing = crossingOf(chanceOf)

  test.each([40, 80])(
    '%i customers: the truth is in the intervals of the share, the change, and who crosses',
    customers => {
      const random = createRandom(customers)
      const covered = { share: 0, change: 0, crossing: 0, byHalf: 0 }
      let told = 0
      for (let run = 0; run < RUNS; run += 1) {
        const rows = predict(sampleOf(random, customers))
        const { interval, change } = predictShare(rows)
        const { interval: crossed } = countCrossing(rows, LINE)
        if (interval === null || change.interval === null || crossed === null) continue
        told += 1
        if (isIn(interval, after)) covered.share += 1
        if (isIn(interval, after, 0.5)) covered.byHalf += 1
        if (isIn(change.interval, after - before)) covered.change += 1
        if (isIn(crossed, crossing * customers)) covered.crossing += 1
      }
      expect(told).toBe(RUNS)
      for (const name of ['share', 'change', 'crossing'] as const)
        expect(covered[name], `${name}: ${JSON.stringify(covered)}`).toBeGreaterThanOrEqual(FEWEST_COVERED)
      expect(covered.byHalf).toBeLessThanOrEqual(MOST_COVERED_BY_HALF)
    },
  )
})

function isIn([low, high]: readonly [number, number], truth: number, part = 1): boolean {
  return Math.abs(truth - (low + high) / 2) <= (part * (high - low)) / 2
}

const alike = (good: number, goodAfter: number, clusters = 8): PredictedCount[] =>
  Array.from({ length: clusters }, (_, i) => ({ cluster: `c${i}`, requests: 100, good, goodAfter }))

describe('predictShare', () => {
  it('says why it has no interval', () => {
    expect(predictShare(alike(50, 90, 5), 'client')).toMatchObject({
      before: 0.5,
      after: 0.9,
      interval: null,
      change: { interval: null },
      reason: 'Too few: 5 clients. How much they differ can be told from 6 on.',
    })
    expect(predictShare([])).toMatchObject({ before: null, after: null, reason: 'There are no requests.' })
  })

  it('is never surer than of independent requests, at the ends too', () => {
    const all = predictShare(alike(50, 100))
    expect(all.after).toBe(1)
    expect(all.interval).toEqual(wilsonInterval(800, 800))
    expect(all.change.value).toBe(0.5)
    const none = predictShare(alike(50, 50))
    expect(none.change.value).toBe(0)
    expect(none.change.interval).toEqual(wilsonInterval(0, 800))
  })

  it('goes by the rows that were seen where the log is sampled', () => {
    const sampled = predictShare(alike(50, 100).map(row => ({ ...row, observed: 10 })))
    expect(sampled.interval).toEqual(wilsonInterval(80, 80))
  })

  it('says that it gets worse, and that it may do either', () => {
    const worse = predictShare(alike(90, 50))
    expect(worse.change.value).toBeCloseTo(-0.4, 12)
    expect(worse.change.interval![1]).toBeLessThan(0)
    const mixed = [
      ...alike(50, 60, 4),
      ...alike(60, 50, 4).map(row => ({ ...row, cluster: `d${row.cluster}` })),
    ]
    const [low, high] = predictShare(mixed).change.interval!
    expect(low).toBeCloseTo(-high, 12)
    expect(low).toBeLessThan(0)
  })

  it('is less sure where customers were predicted by others', () => {
    const rows = alike(50, 80)
    const lent = rows.map((row, i) => ({ ...row, lent: i % 2 === 0 ? 20 : -20 }))
    const width = ([low, high]: readonly number[]) => high! - low!
    expect(predictShare(lent).after).toBe(0.8)
    expect(width(predictShare(lent).interval!)).toBeGreaterThan(2 * width(predictShare(rows).interval!))
  })
})

describe('replace', () => {
  const stratum = {
    account: null,
    route: 'a',
    observed: 10,
    requests: 10,
    good: 0,
    inPeak: 0,
    inPeakGood: 0,
    others: 0,
    othersGood: 0,
  }
  it('takes a customer’s own other answers, else those of the route, else nothing', () => {
    const strata = [
      { ...stratum, cluster: 'own', good: 4, inPeak: 5, others: 5, othersGood: 4 },
      { ...stratum, cluster: 'none', inPeak: 10 },
      { ...stratum, cluster: 'other route', route: 'b', inPeak: 9 },
    ]
    const { clusters, kept, pooled } = replace(strata, poolRoutes(strata))
    expect(clusters.map(({ cluster, goodAfter }) => [cluster, goodAfter])).toEqual([
      ['own', 8],
      ['none', 8],
      ['other route', 0],
    ])
    expect({ kept, pooled }).toEqual({ kept: 9, pooled: 10 })
  })

  it('adds up routes, and what was lent comes to nothing', () => {
    const strata = [
      { ...stratum, cluster: 'x', good: 2, inPeak: 2, others: 4, othersGood: 2 },
      { ...stratum, cluster: 'x', route: 'b', good: 10, others: 10, othersGood: 10 },
      { ...stratum, cluster: 'y', good: 6, inPeak: 0, others: 6, othersGood: 6 },
      { ...stratum, cluster: 'z', inPeak: 10 },
    ]
    const { clusters } = replace(strata, poolRoutes(strata))
    expect(clusters[0]).toMatchObject({ requests: 20, good: 12, goodAfter: 13 })
    expect(clusters.reduce((sum, { lent }) => sum + lent!, 0)).toBeCloseTo(0, 12)
    expect(clusters[0]!.lent).toBeLessThan(0)
  })
})

describe('countCrossing', () => {
  it('counts each once, by three of four', () => {
    const rows = [
      { requests: 4, good: 2, goodAfter: 3 },
      { requests: 400, good: 299, goodAfter: 299 },
      { requests: 4, good: 3, goodAfter: 4 },
      { requests: 0.3, good: 0.1, goodAfter: 0.225 },
    ]
    const found = countCrossing(rows, LINE)
    expect(found).toMatchObject({
      cross: 2,
      of: 4,
      before: 1,
      after: 3,
      interval: null,
      chances: [1, 0, 0, 1],
    })
  })

  it('knows the chance of what is drawn', () => {
    const drawn = { requests: 2, chance: 0.5, sure: 2 }
    const rows = Array.from({ length: 6 }, () => ({ requests: 4, good: 2, goodAfter: 3, drawn }))
    const found = countCrossing(rows, LINE)
    expect(found.chances[0]).toBeCloseTo(0.75, 12)
    expect(found.cross).toBeCloseTo(4.5, 12)
    // Each row stands for ten requests, in each number alike.
    const sampled = {
      requests: 40,
      good: 20,
      goodAfter: 30,
      observed: 4,
      drawn: { requests: 20, chance: 0.5, sure: 20 },
    }
    expect(countCrossing([sampled], LINE).cross).toBeCloseTo(0.75, 12)
  })
})

test('one other answer of a customer is no certainty for whether they cross', () => {
  const row = { account: null, route: '', requests: 11, observed: 11, good: 1, inPeak: 10, inPeakGood: 0 }
  const strata = [
    { ...row, cluster: 'few', others: 1, othersGood: 1 },
    { ...row, cluster: 'many', requests: 109, observed: 109, good: 49, others: 99, othersGood: 49 },
  ]
  const [few, many] = replace(strata, poolRoutes(strata)).clusters
  // Half of all other answers are good, and count as one beside their own.
  expect(few!.drawn!.chance).toBeCloseTo(0.75, 9)
  expect(many!.drawn!.chance).toBeCloseTo(49.5 / 100, 9)
  // For the share their own count alone: added up over customers that is unbiased.
  expect(few!.goodAfter).toBe(11)
})
