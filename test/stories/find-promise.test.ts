import { describe, expect, test } from 'vitest'
import { explainApart, findPromise } from '../../src/stories/find-promise.js'
import { type Came, keepPromise } from '../../src/stories/keep-promise.js'
import { findRound } from '../../src/stories/reopen-story.js'
import type { StoryInput } from '../../src/stories/schema.js'
import { DEPLOY, makeHypothesis, makeOutcome, makePrediction, makeStory } from './promises.js'

const NOW = new Date('2026-10-20T09:00:00Z')
const FIX = { id: 'f1', text: 'a cache', deployed: DEPLOY }
const find = (values: Partial<StoryInput>) => findPromise(makeStory(values), NOW)
const EARLY = [makePrediction('p1', '2026-10-01'), makePrediction('p2', '2026-10-10')]
const LATE = makePrediction('p3', '2026-10-15')

describe('which prediction is the promise', () => {
  test('the one that the fix names', () => {
    const found = find({
      predictions: [...EARLY, LATE],
      fixes: [{ ...FIX, prediction: 'p1', kind: 'index' }],
    })
    expect(found).toMatchObject({ prediction: { id: 'p1' }, kind: 'index', reason: null, warnings: [] })
  })

  test('else the newest before the first deploy, and its kind', () => {
    const later = { id: 'f2', text: 'more of it', deployed: '2026-10-18' }
    const found = find({ predictions: [...EARLY, LATE], fixes: [later, FIX] })
    expect(found).toMatchObject({ prediction: { id: 'p2' }, kind: 'cache', warnings: [] })
    expect(find({ predictions: [LATE], fixes: [] }).prediction).toMatchObject({ id: 'p3' })
    expect(find({})).toMatchObject({ prediction: null, hypothesis: null, kind: null, warnings: [] })
  })

  test.each([
    { fixes: [{ ...FIX, prediction: 'p3' }], predictions: [...EARLY, LATE] },
    { fixes: [FIX], predictions: [LATE] },
  ])('one that was made after the deploy is none, and it says so', values => {
    const { prediction, warnings } = find(values)
    expect(prediction).toBeNull()
    expect(warnings).toEqual([
      {
        code: 'promise-late',
        message:
          'The prediction p3 was made at 2026-10-15, after the fix was deployed (2026-10-12T00:00:00Z): it is no promise, and isn’t compared.'.replace(
            '’',
            "'",
          ),
        next: 'If the deploy was later on that day, correct it in the story: “deployed” of the fix in stories/orders/story.md',
      },
    ])
  })

  test('one that isn’t in the story is said', () => {
    expect(find({ predictions: EARLY, fixes: [{ ...FIX, prediction: 'p9' }] })).toMatchObject({
      prediction: null,
      warnings: [{ code: 'promise-missing', next: 'It has: p1, p2' }],
    })
  })

  test('since a story was reopened: what was done and said since', () => {
    const reopened = [{ at: '2026-11-02', began: '2026-10-30', before: 0.8, after: 0.6 }]
    const again = { id: 'f2', text: 'a larger cache', deployed: '2026-11-10', kind: 'capacity' }
    const both = { predictions: EARLY, fixes: [{ ...FIX, prediction: 'p1' }, again], reopened }
    expect(find(both)).toMatchObject({ prediction: null, kind: 'capacity' })
    const anew = { ...both, predictions: [...EARLY, makePrediction('p3', '2026-11-05')] }
    expect(find(anew)).toMatchObject({ prediction: { id: 'p3' } })
    // Since it was slower again, before anybody noticed.
    const unnoticed = { ...both, predictions: [...EARLY, makePrediction('p3', '2026-10-31')] }
    expect(find(unnoticed)).toMatchObject({ prediction: { id: 'p3' }, warnings: [] })
    const late = { ...both, predictions: [...EARLY, makePrediction('p3', '2026-11-11')] }
    expect(find(late)).toMatchObject({ prediction: null, warnings: [{ code: 'promise-late' }] })
    const hypotheses = [makeHypothesis('h1', '2026-10-01')]
    expect(find({ ...both, hypotheses })).toMatchObject({ hypothesis: null, judgedBy: null })
    // Nothing was done since, and the first fix had its outcome.
    const first = { ...FIX, prediction: 'p1' }
    expect(find({ ...both, fixes: [first] })).toMatchObject({ prediction: null, kind: null })
    const findLater = (values: Partial<StoryInput>) =>
      findPromise(makeStory(values), new Date('2026-11-20T09:00:00Z'))
    const planned = { id: 'f2', text: 'a larger cache', prediction: 'p3', kind: 'capacity' }
    expect(findLater({ ...anew, fixes: [first, planned] })).toMatchObject({
      prediction: { id: 'p3' },
      kind: 'capacity',
    })
    expect(findLater({ ...anew, fixes: [planned, first] }).kind).toBe('cache')
  })

  test('a round begins with its day in the workbook’s time zone', () => {
    const reopening = { at: '2026-11-02', began: '2026-10-30', before: 0.8, after: 0.6 }
    const early = { ...FIX, id: 'f2', deployed: '2026-10-29T23:30:00Z' }
    const found = (since: string | null) =>
      findRound(makeStory({ fixes: [FIX, early], reopened: [{ ...reopening, since }] }))
    expect(found('2026-10-29T23:00:00Z')).toMatchObject({
      fixes: [{ id: 'f2' }],
      began: '2026-10-29T23:00:00Z',
    })
    expect(found(null)).toEqual({ fixes: [], began: '2026-10-30' })
    // A day is named as people there name it, and kept as its midnight in UTC: in Los Angeles before the round began.
    const byDay = (deployed: string, since: string) =>
      findRound(makeStory({ fixes: [{ ...FIX, deployed }], reopened: [{ ...reopening, since }] })).fixes
    expect(byDay('2026-10-30T00:00:00Z', '2026-10-30T07:00:00Z')).toHaveLength(1)
    expect(byDay('2026-10-30', '2026-10-30T07:00:00Z')).toHaveLength(1)
    expect(byDay('2026-10-29T00:00:00Z', '2026-10-30T07:00:00Z')).toEqual([])
    expect(byDay('2026-10-30T06:59:59Z', '2026-10-30T07:00:00Z')).toEqual([])
    // And in Berlin, where it begins on the day before in UTC.
    expect(byDay('2026-10-30T00:00:00Z', '2026-10-29T23:00:00Z')).toHaveLength(1)
    expect(byDay('2026-10-29T00:00:00Z', '2026-10-28T23:00:00Z')).toEqual([])
  })
})

test.each([
  ['days around the deploy', '2026-10-12', '2026-10-12', true],
  ['a day that is left out', '2026-10-11', '2026-10-13', true],
  ['both after it', '2026-10-15', '2026-10-15', false],
  ['both before it', '2026-10-08', '2026-10-08', false],
  ['a side that never ends', null, '2026-10-12', false],
])('whether the deploy is between the sides: %s', (_, to, from, isBetween) => {
  const story = makeStory({ fixes: [{ ...FIX, deployed: '2026-10-12T09:30:00Z' }] })
  const arms = {
    before: { where: null, from: null, to },
    after: { where: null, from, to: null },
  }
  const why = 'The deploy of the fix (2026-10-12T09:30:00Z) isn’t between the sides that were compared.'
  expect(explainApart(story, { design: 'before-after', ...arms })).toBe(isBetween ? null : why)
  expect(explainApart(story, { design: 'canary', ...arms })).toBeNull()
  expect(explainApart(makeStory({}), { design: 'before-after', ...arms })).toBeNull()
})

describe('which hypothesis is', () => {
  const result = (judged: 'confirmed' | 'disproved') => ({ ...makeOutcome(null), judged })
  const results = (judged: 'confirmed' | 'disproved') => {
    const { promised: _, under: __, ...rest } = result(judged)
    return { results: [rest] }
  }

  test.each([
    ['the newest one', [makeHypothesis('h1', '2026-10-01'), makeHypothesis('h2', '2026-10-02')], 'h2', 'h2'],
    [
      'rather one that is confirmed',
      [makeHypothesis('h1', '2026-10-01', results('confirmed')), makeHypothesis('h2', '2026-10-02')],
      'h1',
      'h1',
    ],
    ['none that is disproved', [makeHypothesis('h1', '2026-10-01', results('disproved'))], null, null],
    ['none of a later day', [makeHypothesis('h1', '2026-10-13', results('confirmed'))], null, 'h1'],
    ['none of a condition', [makeHypothesis('h1', '2026-10-01', { design: 'with-without' })], null, null],
    ['none of a quantile', [makeHypothesis('h1', '2026-10-01', { metric: 'p95' })], null, null],
    [
      'and its smallest change, in ms, judges no share',
      [makeHypothesis('h1', '2026-10-13', { metric: 'median', ...results('confirmed') })],
      null,
      null,
    ],
    ['none that was edited', [makeHypothesis('h1', '2026-10-01', { hash: 'abc' })], null, null],
  ])('%s', (_, hypotheses, promised, judgedBy) => {
    const found = find({ hypotheses, fixes: [FIX] })
    expect([found.hypothesis?.id ?? null, found.judgedBy?.id ?? null]).toEqual([promised, judgedBy])
  })
})

describe('what part of it came', () => {
  const CAME: Came = {
    change: 0.24,
    interval: [0.18, 0.3],
    under: '500ms',
    command: 'whyslow story close orders',
  }
  const keep = (values: Partial<StoryInput>, came: Partial<Came> = {}) =>
    keepPromise(
      find({ fixes: [FIX], ...values }),
      { ...CAME, ...came },
      { judged: 'confirmed', smallest: 0.01 },
    )
  const only = (...made: Parameters<typeof makePrediction>) => ({ predictions: [makePrediction(...made)] })

  test('with an interval over both uncertainties', () => {
    expect(keep({ predictions: EARLY })).toEqual({
      prediction: 'p2',
      hypothesis: null,
      kind: 'cache',
      change: 0.3,
      interval: [0.25, 0.35],
      // By Fieller: 0.072 ± √(0.072² − 0.0875 · 0.054), over 0.0875.
      kept: expect.closeTo(0.8, 9),
      keptInterval: [expect.closeTo(0.578, 4), expect.closeTo(1.0677, 4)],
      reason: null,
      judged: null,
    })
    expect(keep({ predictions: EARLY }, { change: -0.03, interval: [-0.06, 0] })!.kept).toBeCloseTo(-0.1, 9)
  })

  test.each([
    ['it promised no gain', only('p1', '2026-10-01', -0.1, [-0.2, -0.05]), {}, 'promised no gain'],
    ['it may be nothing', only('p1', '2026-10-01', 0.1, [-0.01, 0.2]), {}, 'may be nothing at all'],
    [
      'nothing was measured',
      only('p1', '2026-10-01'),
      { change: null, interval: null },
      'No change could be',
    ],
    [
      'another threshold',
      only('p1', '2026-10-01'),
      { under: '300ms' },
      'is of requests under 500 ms, and the outcome was measured under 300 ms.',
    ],
    [
      'other customers',
      { predictions: [{ ...makePrediction('p1', '2026-10-01'), command: 'whyslow whatif orders' }] },
      { command: 'whyslow story close orders --all-traffic' },
      'of the target cohort, and the outcome of all traffic',
    ],
    [
      'several promises',
      {
        predictions: EARLY,
        fixes: [
          { ...FIX, prediction: 'p1' },
          { ...FIX, id: 'f2', prediction: 'p2' },
        ],
      },
      {},
      'predictions of their own (p1, p2)',
    ],
  ])('not where %s, and why', (_, values, came, reason) => {
    const promised = keep(values, came)!
    expect(promised).toMatchObject({
      kept: null,
      keptInterval: null,
      reason: expect.stringContaining(reason),
    })
  })

  test.each([
    [only('p1', '2026-10-01', 0.3, null), {}, 'The prediction p1 has no interval.'],
    [only('p1', '2026-10-01'), { interval: null }, 'How sure what came is can’t be told yet.'],
  ])('without an interval where one of both has none', (values, came, reason) => {
    expect(keep(values, came)).toMatchObject({ kept: expect.closeTo(0.8, 9), keptInterval: null, reason })
  })

  test('a hypothesis alone promised “at least”', () => {
    const least = { prediction: null, hypothesis: 'h1', kept: null, keptInterval: null, judged: 'confirmed' }
    expect(keep({ hypotheses: [makeHypothesis('h1', '2026-10-01')] })).toMatchObject({
      ...least,
      change: 0.1,
    })
    const down = makeHypothesis('h1', '2026-10-01', { direction: 'down', smallest: null })
    expect(keep({ hypotheses: [down] })).toMatchObject({ ...least, change: -0.01 })
    expect(keep({})).toBeNull()
  })
})
