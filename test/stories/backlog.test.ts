/** What `next` makes of stories whose figures are made up: scores, what is worth knowing, and what to begin with. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/stats/random.js'
import { normalCdf } from '../../src/stats/special-functions.js'
import { chooseStart } from '../../src/stories/backlog/choose-start.js'
import { rankStories } from '../../src/stories/backlog/rank-stories.js'
import type { Candidate, Measure } from '../../src/stories/backlog/score-model.js'
import { countSettled, valueKnowing } from '../../src/stories/backlog/value-of-knowing.js'
import { estimateBetween, estimateWithin } from '../../src/stories/estimates.js'
import { MEASURES, type MeasureName } from '../../src/workbook/next-config.js'

const UNKNOWN: Measure = { value: null, sd: 0, interval: null, unit: '', source: '', parts: null, from: null }
const KNOWN = estimateWithin('person', 8, 1, '')
const ANY_EFFORT = estimateBetween(null, [2, 160], '')

/** So many customers, each with one request; of the other measures nothing is known, or a figure. */
function make(
  customers: number,
  figures: Partial<Record<MeasureName, number>> = {},
  values: Partial<Candidate> = {},
): Candidate {
  const parts = new Float64Array(customers).fill(1)
  const counted: Measure = { ...UNKNOWN, value: customers, parts, from: 'measured' }
  const given = MEASURES.map(name => {
    const value = figures[name]
    return [name, value === undefined ? UNKNOWN : { ...UNKNOWN, value, from: 'person' }]
  })
  return {
    id: `of-${customers}`,
    measures: { ...Object.fromEntries(given), customers: counted, requests: counted },
    at: Int32Array.from(parts.keys()),
    effort: KNOWN,
    confidence: { ...KNOWN, value: 0.8 },
    gain: { ...KNOWN, value: 1, kept: null },
    ...values,
  }
}

const ONES = { customers: 1, money: 1, requests: 1, tickets: 1, budget: 1 }
const SOME = { ...ONES, money: 0, tickets: 0, budget: 0 }

const rank = (candidates: Candidate[], formula = 'weighted', weights = SOME, draws = 500) =>
  rankStories(candidates, { seed: 1, config: { formula, weights }, clusters: 1000, draws })

test('without stories no measure is missed', () => {
  expect(rank([]).model.unheard).toEqual([])
  expect(rank([make(10)]).model.unheard).toEqual(['money', 'tickets', 'budget'])
})

describe('a formula of one’s own', () => {
  test('that counts what is known of no story tells nothing apart, and says why', () => {
    const { order, model } = rank([make(400), make(40)], 'customers + money')
    expect(order.above).toEqual([])
    const why = 'nobody knows what its customers pay, and of the other stories there is nothing to go by'
    expect(model.untold).toEqual([why, why])
    expect(rank([make(400), make(40)], 'weighted', ONES).model.untold).toEqual([null, null])
  })

  test('an unknown figure is not 1 where all that are known are 0', () => {
    const { model } = rank([make(400, { money: 0 }), make(40)], 'customers + money')
    expect(model.untold).toEqual([null, expect.stringContaining('what its customers pay')])
    const shares = rank([make(400, { money: 0 }), make(40)], 'weighted', { ...SOME, money: 1 })
    expect(shares.model.untold[1]).toContain('what its customers pay')
  })

  test('of a difference is compared by differences, all the way', () => {
    const unsure = make(60, {}, { effort: ANY_EFFORT })
    const { order, model } = rank([make(900), unsure, make(70)], 'customers - effort')
    expect(model.isLog).toBe(false)
    expect(model.standings[1]!.draws!.some(one => one < 0)).toBe(true)
    // 892 against about 60 − 33: not by a factor, of which nobody could tell where it ends.
    expect(order.above).toContainEqual({ a: 0, b: 1 })
    expect(order.above).not.toContainEqual({ a: 2, b: 1 })
    const { settles, most } = countSettled({ model, order }, 1)
    expect(most).toEqual({ unknown: 'effort', settles })
    // 62 against 60 less the effort, with ten customers between them: more than about 7 h of it settle the one open pair.
    expect(settles).toBeGreaterThan(0.65)
    expect(settles).toBeLessThan(0.95)
  })

  test('a customer adds as much to a difference whatever the effort', () => {
    const { model } = rank(
      [make(60, {}, { effort: estimateWithin('person', 50, 2, '') })],
      'customers - effort',
    )
    expect(model.standings[0]!.clusters![0]).toBeCloseTo(1)
  })

  test('a story whose score is no number leaves the others as they are', () => {
    const alone = rank([make(400), make(40)], 'log(customers - 20)')
    const { order, model } = rank([make(400), make(40), make(10)], 'log(customers - 20)')
    expect(model.untold).toEqual([null, null, 'its score is no number'])
    expect(model.isLog).toBe(alone.model.isLog)
    expect(order.above).toEqual(alone.order.above)
    expect(order.above).toEqual([{ a: 0, b: 1 }])
  })
})

test.each(['weighted', 'wsjf', 'rice'])('a fix that takes a tenth away is worth a tenth: %s', formula => {
  const { model } = rank([make(40), make(40, {}, { gain: { ...KNOWN, value: 0.1, kept: null } })], formula)
  const [all, tenth] = model.standings
  expect(all!.score / tenth!.score).toBeCloseTo(10)
  expect(model.formula.text).toContain('× gain × kept')
})

test('what a score doesn’t depend on is nothing to find out', () => {
  const nothing = {
    effort: ANY_EFFORT,
    confidence: estimateWithin(null, 0.3, 3, ''),
    gain: { ...estimateBetween(null, [0.05, 1], ''), kept: null },
  }
  const open = (formula: string) => rank([make(40, {}, nothing)], formula).model.open[0]
  expect(open('weighted')).toEqual(['effort', 'confidence', 'gain'])
  expect(open('wsjf')).toEqual(['effort', 'gain'])
  expect(open('customers')).toEqual(['gain'])
})

test('how much of all promises is kept is the same for two stories, so answers settle as many pairs', () => {
  const settles = (kept: Candidate['gain']['kept']) => {
    const gain = { ...KNOWN, value: 0.5, kept }
    const two = [make(400, {}, { gain, effort: ANY_EFFORT }), make(300, {}, { gain })]
    return countSettled(rank(two, 'weighted', SOME, 2000), 0).settles
  }
  const without = settles(null)
  expect(without).toBeGreaterThan(0.5)
  expect(settles({ ...estimateBetween('measured', [0.1, 5], ''), key: '' })).toBeCloseTo(without, 1)
})

describe('what it is worth to know more of a story', () => {
  const WIDE = { effort: ANY_EFFORT }
  const valueEach = (candidates: Candidate[], fix: number | null = null) => {
    const { model } = rank(candidates, 'weighted', SOME, 2000)
    const stories = candidates.flatMap((_, i) => (i === fix ? [] : [i]))
    return { model, values: valueKnowing(model, stories, fix) }
  }

  /** What a normal figure is over 0 by on average, with the mean −apart: Raiffa and Schlaifer’s unit normal loss. */
  const lossOf = (apart: number, sd: number) => {
    const z = apart / sd
    return sd * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) - z * normalCdf(-z))
  }

  test.each([
    [400, 300],
    [400, 100],
    [300, 400],
  ])('is what the best choice gains on average: %d customers, beside %d', (customers, others) => {
    const { model, values } = valueEach([make(customers, {}, WIDE), make(others)])
    const [own, other] = model.standings.map(({ score }) => Math.log(score)) as [number, number]
    const exact = lossOf(Math.abs(own - other), ANY_EFFORT.sd)
    expect(values[0]!.gains / exact).toBeGreaterThan(0.8)
    expect(values[0]!.gains / exact).toBeLessThan(1.2)
    expect(values[0]!.raises).toBeCloseTo(Math.expm1(values[0]!.gains))
    // Of the other all is known.
    expect(values[1]).toEqual({ story: 1, gains: 0, raises: 0 })
  })

  test('of the only one that can be begun, nothing less: what is above a ready fix is worth the difference', () => {
    const { model, values } = valueEach([make(400), make(40)], 1)
    expect(values).toHaveLength(1)
    expect(values[0]!.raises).toBeCloseTo(model.standings[0]!.score / model.standings[1]!.score - 1)
    expect(valueEach([make(400), make(40)], 0).values[0]!.gains).toBe(0)
  })

  test('of a difference, in its own unit', () => {
    const { model } = rank([make(60, {}, WIDE), make(40)], 'customers - effort')
    const [knowing] = valueKnowing(model, [0, 1], null)
    expect(knowing!.gains).toBeGreaterThan(1)
    expect(knowing!.raises).toBeCloseTo(knowing!.gains / model.standings[1]!.score)
  })
})

describe('what to begin with', () => {
  const begin = (candidates: Candidate[], ready: boolean[], for_h: number | null = null) =>
    chooseStart({ candidates, ranking: rank(candidates), ready }, { for_h, timebox_h: 1 })

  test('few customers: the cause of the story with the most to expect, and that it won’t settle anything', () => {
    const few = [make(3, {}, { effort: ANY_EFFORT }), make(5, {}, { effort: ANY_EFFORT })]
    expect(begin(few, [false, false])).toMatchObject({
      kind: 'investigation',
      story: 1,
      settles: 0,
      why: 'No fix is ready: no cause is confirmed yet. Nobody knows its effort (2 h to 4 w). What is found out won’t put it in order yet, since 5 customers were hit; how much they differ can be told from 6 on; it has the most to expect.',
    })
    expect(begin(few.slice(0, 1), [false])!.why).toMatch(/It is the only open story\.$/)
  })

  test('all that is asked for is known, but no cause is confirmed', () => {
    expect(begin([make(40), make(400)], [false, false])).toMatchObject({
      kind: 'investigation',
      story: 1,
      why: expect.stringContaining(
        'No fix is ready: no cause is confirmed yet. It would be first if its cause were confirmed: it is above all other stories.',
      ),
    })
  })

  test('a fix is weighed against what could be found out, and may not fit after all', () => {
    const fix = make(400, {}, { effort: estimateWithin('person', 8, 2, '') })
    const other = make(900, {}, { effort: ANY_EFFORT })
    const { kind, why } = begin([fix, other], [true, false], 8)!
    expect(kind).toBe('investigation')
    expect(why).toMatch(/may be worth about [\d.]+ h of the work on it, and looking takes 1 h\.$/)
    expect(why).toContain(
      'The fix of of-400 is ready. Knowing it would raise the score of what comes first by',
    )
    expect(begin([fix, make(20)], [true, false], 8)).toMatchObject({
      kind: 'fix',
      why: expect.stringContaining(
        'it takes about 1 d (4 h to 2 d), and there is 1 d, so it may take longer than that.',
      ),
    })
    expect(begin([fix, other], [true, false], 0.5)!.why).toMatch(
      /^No fix is ready that is known to fit into 30 min\. Nobody knows its effort/,
    )
    expect(begin([fix], [true], 0.5)).toBeNull()
  })

  const NOTHING = {
    effort: ANY_EFFORT,
    confidence: estimateWithin(null, 0.3, 3, ''),
    gain: { ...estimateBetween(null, [0.05, 1], ''), kept: null },
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('not with a small story while large ones are open: seed %d', seed => {
    const random = createRandom(seed)
    const large = Array.from({ length: 5 }, () => make(300 + random.nextInteger(200), {}, NOTHING))
    const small = make(20 + random.nextInteger(10), {}, NOTHING)
    const at = random.nextInteger(6)
    const candidates = large.toSpliced(at, 0, small)
    const ranking = rankStories(candidates, {
      seed,
      config: { formula: 'weighted', weights: SOME },
      clusters: 1000,
    })
    const ready = candidates.map(() => false)
    const start = chooseStart({ candidates, ranking, ready }, { for_h: 16, timebox_h: 1.5 })!
    expect(start).toMatchObject({ kind: 'investigation', leads: false })
    expect(start.story).not.toBe(at)
    expect(start.raises).toBeGreaterThan(0.2)
    expect(start.why).toMatch(
      /Knowing all of it would raise the score of what comes first by \d+% on average, and no other story’s answers would clearly more\./,
    )
  })

  test('not with what a fix would gain that is known to take longer than there is', () => {
    const long = make(400, {}, { effort: estimateWithin('person', 30, 2, ''), gain: NOTHING.gain })
    const other = make(100, {}, NOTHING)
    expect(begin([long, other], [true, false], 4)).toMatchObject({ kind: 'investigation', story: 1 })
    expect(begin([long], [true], 4)).toBeNull()
    // With more time it is the fix.
    expect(begin([long, make(20)], [true, false], 40)).toMatchObject({ kind: 'fix', story: 0 })
  })

  test('of two, with the one of which the answer may change which comes first', () => {
    const known = make(400, {}, { effort: estimateWithin('person', 16, 1.1, '') })
    const start = begin([known, make(300, {}, { effort: ANY_EFFORT })], [false, false])!
    expect(start).toMatchObject({ kind: 'investigation', story: 1, asks: ['effort'], leads: false })
    expect(start.why).toMatch(
      /Knowing it would raise the score of what comes first by \d\d% on average, and no other story’s answers would clearly more\. It would settle 0\.\d of the 1 open pair on average\.$/,
    )
  })

  test('with the cause of what comes first anyhow, although other answers would settle pairs', () => {
    const others = Array.from({ length: 4 }, (_, i) => make(40 + i, {}, NOTHING))
    const leader = make(60, {}, { effort: estimateWithin('person', 16, 2, '') })
    const start = begin([...others, leader], [false, false, false, false, false], 16)!
    expect(start).toMatchObject({ kind: 'investigation', story: 4, leads: true, asks: [] })
    expect(start.why).toMatch(
      /^No fix is ready: no cause is confirmed yet\. It would be first if its cause were confirmed: it has the most to expect, \d+× what the next one has\. /,
    )
    // What else is open is not.
    const { order } = rank([...others, leader])
    expect(order.above.length).toBeLessThan(4)
    const sure = make(900, {}, { effort: estimateWithin('person', 4, 2, '') })
    const one = begin([make(40), sure], [true, false], 16)!
    expect(one).toMatchObject({ kind: 'investigation', story: 1, leads: true })
    expect(one.why).toContain(
      'It would come before the fix of of-40, which is ready, if its cause were confirmed: it has more to expect, 45× what that has. What is found out may be worth about',
    )
  })
})
