/** Made-up sessions whose truth is known: what slow devices cause is refused, what latency causes is found, and nothing else. */
import { describe, expect, test } from 'vitest'
import { judgeTolerance, SMALLEST_GAIN, type ToleranceJudgement } from '../../src/stats/judge-tolerance.js'
import { planSlowDown } from '../../src/stats/plan-slow-down.js'
import { createRandom, type Random } from '../../src/stats/random.js'
import { drawCurve } from '../../src/stats/tolerance-curve.js'
import { mergeBins, totalBins, type Visits } from '../../src/stats/visits.js'
import { FROM_MS, goOnSmoothly, makeVisits, TO_MS, type World } from './made-visits.js'

const LOSS = 0.2

function simulate(
  world: World,
  runs: number,
  seed: number,
  see: (found: ToleranceJudgement) => void,
  draws = 79,
): void {
  const random = createRandom(seed)
  for (let run = 0; run < runs; run += 1) {
    const { visits, traits } = makeVisits(random, world)
    see(judgeTolerance(visits, { traits, seed: run, draws }))
  }
}

function holds([low, high]: readonly [number, number], truth: number): boolean {
  return low <= truth && truth <= high
}

test('slow devices, not latency, end visits: refused, and the device is named', () => {
  let [refused, named, claimed] = [0, 0, 0]
  simulate({ cause: 'devices', clients: 250, visits: 8 }, 1000, 1, found => {
    if (found.verdict === 'confounded') refused += 1
    if (found.confounded?.because[0]?.by === 'device') named += 1
    if (found.shelf) claimed += 1
  })
  expect(refused).toBeGreaterThanOrEqual(960)
  expect(named).toBeGreaterThanOrEqual(950)
  expect(claimed).toBeLessThanOrEqual(15)
})

test('the same where customers have several clients', () => {
  let refused = 0
  simulate({ cause: 'devices', clients: 400, visits: 8, perCustomer: 4 }, 200, 2, found => {
    if (found.verdict === 'confounded') refused += 1
  })
  expect(refused).toBeGreaterThanOrEqual(195)
})

test('latency ends visits: not refused, and the shelf holds the true gain and knots', () => {
  const runs = 150
  let [refused, claimed, gains, from, to] = [0, 0, 0, 0, 0]
  simulate({ cause: 'latency', clients: 500, visits: 8 }, runs, 3, ({ verdict, shelf }) => {
    if (verdict === 'confounded') refused += 1
    if (!shelf) return
    claimed += 1
    if (holds(shelf.interval, LOSS)) gains += 1
    if (holds(shelf.fromInterval_ms, FROM_MS)) from += 1
    if (holds(shelf.toInterval_ms, TO_MS)) to += 1
  })
  // At 5% each: more than 17 of 150 in one of a thousand.
  expect(refused).toBeLessThanOrEqual(17)
  expect(claimed + refused).toBeGreaterThanOrEqual(148)
  expect(gains).toBeGreaterThanOrEqual(0.927 * claimed)
  expect(Math.min(from, to)).toBeGreaterThanOrEqual(0.9 * claimed)
})

describe('below the shelf', () => {
  const RUNS = 150
  const tellBelow = (world: World, seed: number) => {
    const random = createRandom(seed)
    const told = { claimed: 0, held: 0, none: 0, more: 0, unclear: 0 }
    for (let run = 0; run < RUNS; run += 1) {
      const { visits, each } = makeVisits(random, world)
      const { shelf } = judgeTolerance(visits, { seed: run, draws: 19 })
      if (!shelf?.below) continue
      const { from_ms, interval, tells } = shelf.below
      const goesOn = world.goesOn ?? goOnToShelf
      const truth =
        each.reduce((sum, { ease }) => sum + goesOn(ease, from_ms) - goesOn(ease, shelf.from_ms), 0) /
        each.length
      told.claimed += 1
      told[tells] += 1
      if (holds(interval, truth)) told.held += 1
    }
    return told
  }
  const goOnToShelf = (ease: number, ms: number) =>
    ease - LOSS * Math.min(1, Math.max(0, Math.log(ms / FROM_MS) / Math.log(TO_MS / FROM_MS)))

  test.each([
    [500, 21],
    [2000, 22],
  ])('of %i clients on a smooth curve it never stops, and the gain is held', (clients, seed) => {
    const told = tellBelow({ cause: 'latency', clients, visits: 8, goesOn: goOnSmoothly }, seed)
    expect(told.claimed).toBeGreaterThan(100)
    expect(told.none).toBe(0)
    expect(told.held).toBeGreaterThanOrEqual(0.9 * told.claimed)
    if (clients === 2000) expect(told.more).toBeGreaterThanOrEqual(0.95 * told.claimed)
  })

  test('where it is flat a gain is seldom claimed, and that it stops where the data shows it', () => {
    const few = tellBelow({ cause: 'latency', clients: 500, visits: 8 }, 23)
    expect(few.unclear).toBeGreaterThanOrEqual(0.85 * few.claimed)
    expect(few.held).toBeGreaterThanOrEqual(0.9 * few.claimed)
    const many = tellBelow({ cause: 'latency', clients: 6000, visits: 16 }, 24)
    expect(many.more).toBeLessThanOrEqual(0.1 * many.claimed)
    expect(many.none).toBeGreaterThanOrEqual(0.2 * many.claimed)
    expect(many.held).toBeGreaterThanOrEqual(0.9 * many.claimed)
  })
})

test('a knot is no nearer to the end of the data than there are visits', () => {
  const { visits } = makeVisits(createRandom(25), {
    cause: 'latency',
    clients: 400,
    visits: 8,
    goesOn: goOnSmoothly,
  })
  const counts = totalBins(mergeBins(visits, 24)).visits
  const all = counts.reduce((sum, count) => sum + count, 0)
  expect(Math.min(...counts)).toBeGreaterThan(all / 24 / 2 - 1)
  const { shelf } = judgeTolerance(visits, { seed: 1, draws: 19 })
  const beyond = totalBins(visits).visits.reduce(
    (sum, count, i) => sum + (visits.bins[i]!.under_ms > shelf!.to_ms ? count : 0),
    0,
  )
  expect(beyond).toBeGreaterThan(0.01 * all)
})

test('where visits are few, steps are fewer: gains are measured between latencies that several visits had', () => {
  const random = createRandom(26)
  const runs = 40
  let beyond = 0
  for (let run = 0; run < runs; run += 1) {
    const { visits } = makeVisits(random, { cause: 'nothing', clients: 80, visits: 4 })
    const { shape, span } = judgeTolerance(visits, { seed: 1, draws: 0 })
    if (shape !== null) continue
    for (const [i, count] of totalBins(visits).visits.entries())
      if (visits.bins[i]!.ms <= span.from_ms || visits.bins[i]!.ms >= span.to_ms) beyond += count / 2 / runs
  }
  // Half a step of 20, less what lies in the bin of its middle. In 24 steps of 320 visits: about 5.
  expect(beyond).toBeGreaterThan(6.5)
})

test('latency ends visits: Mundlak’s test refuses one in twenty by chance', () => {
  let rejected = 0
  // Without draws there is no shelf, and no time is lost on one.
  simulate(
    { cause: 'latency', clients: 250, visits: 8 },
    1000,
    4,
    ({ p }) => {
      if (p !== null && p < 0.05) rejected += 1
    },
    0,
  )
  expect(rejected).toBeLessThanOrEqual(73)
})

test('where nothing ends visits, no shelf is claimed; and no absence either while the interval is wide', () => {
  let [claimed, held, rejected] = [0, 0, 0]
  const verdicts = new Map<string, number>()
  simulate({ cause: 'nothing', clients: 250, visits: 8 }, 1000, 5, ({ verdict, shelf, within, p }) => {
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
    if (shelf) claimed += 1
    if (holds(within!.interval, 0)) held += 1
    if (p! < 0.05) rejected += 1
  })
  expect(claimed).toBeLessThanOrEqual(20)
  expect(held).toBeGreaterThanOrEqual(927)
  expect(rejected).toBeLessThanOrEqual(73)
  expect(verdicts.get('no effect')).toBeUndefined()
  expect(verdicts.get('cannot tell')).toBeGreaterThanOrEqual(850)
})

test('a real gain that few visits can’t show can’t be told; it is never called none', () => {
  const verdicts = new Map<string, number>()
  simulate({ cause: 'latency', clients: 120, visits: 4, loss: 0.1 }, 200, 10, ({ verdict, missing }) => {
    expect(missing).toEqual([])
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  })
  expect(verdicts.get('no effect')).toBeUndefined()
  expect(verdicts.get('cannot tell')).toBeGreaterThanOrEqual(100)
})

test('the same clients go on more often when slower: something else is at work, whatever clients differ by', () => {
  const whys = new Map<string | undefined, number>()
  simulate({ cause: 'latency', clients: 300, visits: 8, loss: -0.3 }, 150, 11, ({ confounded, shelf }) => {
    expect(shelf).toBeNull()
    whys.set(confounded?.why, (whys.get(confounded?.why) ?? 0) + 1)
  })
  expect(whys).toEqual(new Map([['reversed', 150]]))
})

describe('no effect', () => {
  const RUNS = 300
  /** So many visits of each client and latency that the gain is known to within 0.3 pp. */
  const countNone = (gain: number, seed: number) => {
    const random = createRandom(seed)
    let none = 0
    for (let run = 0; run < RUNS; run += 1)
      if (judgeTolerance(makeMany(random, gain), { seed: run, draws: 19 }).verdict === 'no effect') none += 1
    return none
  }

  test('is said of nearly all where there is none', () => {
    expect(countNone(0, 12)).toBeGreaterThanOrEqual(0.8 * RUNS)
  })

  test.each([SMALLEST_GAIN, -SMALLEST_GAIN])('is said of few where the gain is as large as %d', gain => {
    // One side of a 95% interval: more than 17 of 300 in one of a thousand.
    expect(countNone(gain, 13)).toBeLessThanOrEqual(17)
  })
})

/** 80 clients, each with four of six latencies, from one end to the other as much less of their visits as `gain`; counts as if binomial. */
function makeMany(random: Random, gain: number): Visits {
  const [clients, steps, own, each] = [80, 6, 4, 6000]
  const rows = clients * own
  const bin = Int32Array.from({ length: rows }, (_, row) => (row % own) + (Math.floor(row / own) % 3))
  const wentOn = Float64Array.from(bin, at => {
    const share = 0.7 - (gain * at) / (steps - 1)
    return each * share + Math.sqrt(each * share * (1 - share)) * random.nextNormal()
  })
  return {
    bins: Array.from({ length: steps }, (_, i) => ({ under_ms: 110 * 2 ** i, ms: 100 * 2 ** i })),
    starts: Int32Array.from({ length: clients + 1 }, (_, i) => i * own),
    bin,
    visits: new Float64Array(rows).fill(each),
    observed: new Float64Array(rows).fill(each),
    wentOn,
    cluster: Int32Array.from({ length: clients }, (_, i) => i),
    clusters: clients,
  }
}

describe('the curve', () => {
  test('has about as many visits in each step, and intervals that hold', () => {
    const random = createRandom(6)
    let [held, points] = [0, 0]
    for (let run = 0; run < 60; run += 1) {
      const { visits } = makeVisits(random, { cause: 'nothing', clients: 200, visits: 8 })
      const curve = drawCurve(visits)
      const counts = curve.map(point => point.visits)
      expect(curve.length).toBeGreaterThanOrEqual(9)
      expect(Math.max(...counts)).toBeLessThan(
        4 * (counts.reduce((sum, count) => sum + count, 0) / curve.length),
      )
      for (const { interval } of curve.slice(2, -2)) {
        points += 1
        if (interval && holds(interval, 0.7)) held += 1
      }
    }
    expect(held / points).toBeGreaterThan(0.927)
  })

  test('loses no visit, also where bins are put together', () => {
    const { visits } = makeVisits(createRandom(7), { cause: 'latency', clients: 50, visits: 8 })
    const sum = (data: Visits) => totalBins(data).visits.reduce((all, count) => all + count, 0)
    for (const most of [1, 2, 5, 24, 100]) {
      const merged = mergeBins(visits, most)
      expect(merged.bins.length).toBeLessThanOrEqual(most)
      expect(sum(merged)).toBe(sum(visits))
    }
  })
})

describe('too little', () => {
  test.each([
    [10, 8, 'clients with visits of several latencies'],
    [8, 3, 'visits that'],
  ])('%i clients of %i visits can’t be told', (clients, perClient, missing) => {
    const { visits } = makeVisits(createRandom(8), { cause: 'latency', clients, visits: perClient })
    const found = judgeTolerance(visits, { seed: 1 })
    expect(found.verdict).toBe('cannot tell')
    expect(found.missing.join()).toContain(missing)
  })

  test('no visits at all neither', () => {
    const none = new Int32Array(0)
    const visits: Visits = {
      bins: [],
      starts: new Int32Array(1),
      bin: none,
      visits: new Float64Array(0),
      observed: new Float64Array(0),
      wentOn: new Float64Array(0),
      cluster: none,
      clusters: 0,
    }
    expect(judgeTolerance(visits, { seed: 1 })).toMatchObject({
      verdict: 'cannot tell',
      shelf: null,
      confounded: null,
    })
    expect(drawCurve(visits)).toEqual([])
    expect(planSlowDown(visits, { span: { from_ms: 1, to_ms: 2 }, gain: 0.1, days: 7 })).toBeNull()
  })
})

describe('of a sampled log', () => {
  const weigh = (clients: number, weight: number) => {
    const { visits } = makeVisits(createRandom(14), { cause: 'latency', clients, visits: 8 })
    const times = (counts: Float64Array) => counts.map(count => weight * count)
    return { ...visits, visits: times(visits.visits), wentOn: times(visits.wentOn) }
  }

  test('visits that were seen are what must be enough, whatever they stand for', () => {
    expect(judgeTolerance(weigh(4, 100), { seed: 1 }).missing.join()).toContain('visits that didn’t go on')
  })

  test('as many are counted in the curve and for the experiment', () => {
    const [one, other] = [weigh(100, 1), weigh(100, 100)]
    expect(drawCurve(other)).toMatchObject(drawCurve(one).map(({ visits, clients }) => ({ visits, clients })))
    const plan = (visits: Visits) =>
      planSlowDown(visits, { span: { from_ms: FROM_MS, to_ms: TO_MS }, gain: LOSS, days: 14 })
    expect(plan(other)!.sessions).toBe(plan(one)!.sessions)
  })
})

test('no experiment doubles the median, however long it takes then', () => {
  const { visits } = makeVisits(createRandom(15), { cause: 'latency', clients: 60, visits: 8 })
  const plan = planSlowDown(visits, { span: { from_ms: 20, to_ms: 20_000 }, gain: 0.05, days: 14 })!
  expect(plan.days).toBeGreaterThan(28)
  expect(plan.delay_ms).toBeLessThanOrEqual(600)
})

test('the experiment finds the loss four times out of five', () => {
  const random = createRandom(9)
  const { visits } = makeVisits(random, { cause: 'latency', clients: 800, visits: 8 })
  const plan = planSlowDown(visits, { span: { from_ms: FROM_MS, to_ms: TO_MS }, gain: LOSS, days: 14 })!
  let found = 0
  const runs = 200
  for (let run = 0; run < runs; run += 1) {
    const arms = [0, plan.delay_ms].map(delay_ms => {
      const arm = makeVisits(random, {
        cause: 'latency',
        clients: Math.round(plan.clients / 2),
        visits: 8,
        delay_ms,
      })
      return meanOf(arm.visits)
    })
    const [now, later] = arms as [Mean, Mean]
    if (now.mean - later.mean > 1.96 * Math.hypot(now.se, later.se)) found += 1
  }
  expect(found / runs).toBeGreaterThan(0.7)
  expect(found / runs).toBeLessThan(0.9)
})

interface Mean {
  mean: number
  se: number
}

/** The share over clients by hand: the ratio of sums, and its linearised error. */
function meanOf({ starts, visits, wentOn }: Visits): Mean {
  const rows = Array.from({ length: starts.length - 1 }, (_, client) => {
    const sum = (of: Float64Array) =>
      of.slice(starts[client], starts[client + 1]).reduce((all, own) => all + own, 0)
    return [sum(visits), sum(wentOn)] as const
  })
  const total = rows.reduce((all, [n]) => all + n, 0)
  const mean = rows.reduce((all, [, good]) => all + good, 0) / total
  return { mean, se: Math.sqrt(rows.reduce((all, [n, good]) => all + ((good - mean * n) / total) ** 2, 0)) }
}
