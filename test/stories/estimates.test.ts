import { describe, expect, test } from 'vitest'
import { estimateEffort, readEffort } from '../../src/stories/effort.js'
import { estimateConfidence, estimateGain } from '../../src/stories/estimates.js'
import { reopenStory } from '../../src/stories/reopen-story.js'
import { type StoryFrontMatter, type StoryInput, storySchema } from '../../src/stories/schema.js'
import { formatWork, parseWork } from '../../src/units.js'

const SIZES = { S: 4, M: 16, L: 40, XL: 160 }
const make = (values: Partial<StoryInput> = {}): StoryFrontMatter =>
  storySchema.parse({ id: 'get-orders', title: 'Orders', route: 'GET /orders', ...values })

const prediction = (values: object = {}) => ({
  id: 'p1',
  at: '2026-10-18T00:00:00Z',
  what: 'one query',
  kind: 'query',
  under: '500ms',
  share: { before: 0.6, after: 0.9 },
  change: { value: 0.3, interval: [0.2, 0.4] as [number, number] },
  ...values,
})

const closed = (id: string, took: string, values: Partial<StoryInput> = {}) =>
  make({ id, status: 'closed', route: 'GET /carts', fixes: [{ id: 'f1', text: 'done', took }], ...values })

test('a day of work has 8 hours, a week 5 days', () => {
  expect(['45m', '3h', '2d', '1w', '1w 2d'].map(parseWork)).toEqual([0.75, 3, 16, 40, 56])
  expect([0.75, 3, 16, 40, 20, 160].map(formatWork)).toEqual(['45 min', '3 h', '2 d', '1 w', '2.5 d', '4 w'])
  for (const wrong of ['', '3', 'soon', '0h', '2d later'])
    expect(() => parseWork(wrong)).toThrow('such as 45m')
})

describe('effort', () => {
  test('in hours or by size', () => {
    expect(['3h', '2d', 'm', 'XL'].map(text => readEffort(text, SIZES))).toEqual([3, 16, 16, 160])
    expect(() => readEffort('huge', SIZES)).toThrow(
      'Expected an effort such as 3h, 2d or 1w, or a size, found “huge”.',
    )
  })

  test('a person’s comes first, then the newest timebox that has one, then similar stories, and no default', () => {
    const context = { closed: [closed('a', '4h'), closed('b', '2d', { route: 'GET /orders' })], sizes: SIZES }
    const boxes = ['1d', '3d', 'a lot'].map((effort, i) => ({
      id: `t${i}`,
      started: '2026-10-18T00:00:00Z',
      budget: '90m',
      effort,
    }))
    expect(estimateEffort(make({ effort: 'M', timeboxes: boxes }), context)).toMatchObject({
      known: 'person',
      value: 16,
      interval: [8, 32],
    })
    expect(estimateEffort(make({ timeboxes: boxes }), context)).toMatchObject({ known: 'person', value: 24 })
    const alike = estimateEffort(make(), context)
    expect(alike).toMatchObject({ known: 'similar', source: 'as 1 closed story of GET /orders' })
    expect(alike.value).toBeCloseTo(16)
    expect(alike.interval[1] / alike.interval[0]).toBeCloseTo(16)
    expect(estimateEffort(make(), { closed: [], sizes: SIZES })).toMatchObject({
      known: null,
      interval: [2, 160],
    })
  })

  test('the kind of fix counts before the route, and three or more show how much they differ', () => {
    const of = { kind: 'query' }
    const stories = [4, 8, 16].map((hours, i) =>
      closed(`q${i}`, `${hours}h`, { fixes: [{ id: 'f1', text: 'done', took: `${hours}h`, ...of }] }),
    )
    const context = { closed: [...stories, closed('b', '4w', { route: 'GET /orders' })], sizes: SIZES }
    const found = estimateEffort(make({ predictions: [prediction()] }), context)
    expect(found.source).toBe('as 3 closed stories of the kind query')
    expect(found.value).toBeCloseTo(8)
    expect(found.interval[1]).toBeGreaterThan(8 * 16)
  })
})

const hypothesis = (judged: string) =>
  ({
    id: 'h1',
    claim: 'it is the index',
    metric: 'under',
    direction: 'up',
    design: 'canary',
    before: {},
    after: {},
    registered: '2026-10-18T00:00:00Z',
    results: [
      {
        at: '2026-10-19T00:00:00Z',
        verdict: 'better',
        before: { requests: 1 },
        after: { requests: 1 },
        judged,
      },
    ],
  }) as unknown as NonNullable<StoryInput['hypotheses']>[number]

test('a fix that didn’t last says nothing of what the next one will do, and take', () => {
  const box = { id: 't1', started: '2026-10-18T00:00:00Z', budget: '90m', effort: '1d' }
  const outcome = {
    at: '2026-10-25T00:00:00Z',
    verdict: 'better' as const,
    before: { requests: 1 },
    after: { requests: 1 },
  }
  const old = make({
    status: 'closed',
    effort: '2h',
    confidence: 0.9,
    timeboxes: [box],
    hypotheses: [hypothesis('confirmed')],
    predictions: [prediction()],
    outcome,
  })
  const entry = { at: '2026-11-02T00:00:00Z', began: '2026-10-28', since: null, before: 0.8, after: 0.6 }
  const reopened = reopenStory(old, { ...entry, interval: null, around: [] }, old.outcome!)
  expect(reopened).toMatchObject({
    status: 'framed',
    effort: null,
    confidence: null,
    notes: [{ at: entry.at, text: 'Of the fix that didn’t last: effort 2h, confidence 0.9.' }],
  })
  const estimate = (story: StoryFrontMatter) =>
    [
      estimateEffort(story, { closed: [], sizes: SIZES }),
      estimateConfidence(story),
      estimateGain(story, null),
    ].map(({ source }) => source)
  expect(estimate(reopened)).toEqual(estimate(make()))
  const anew = {
    ...reopened,
    predictions: [...reopened.predictions, { ...old.predictions[0]!, id: 'p2', at: '2026-10-29' }],
  }
  expect(estimateGain(anew, null).source).toBe('predicted (p2): one query')
  // Closed late: what was said before its outcome was measured is still of the first fix.
  const late = make({
    predictions: anew.predictions,
    reopened: [{ ...entry, outcome: { ...outcome, at: '2026-10-30' } }],
  })
  expect(estimateGain(late, null).known).toBeNull()
})

test('confidence follows what was found out, unless a person says it', () => {
  const values = [
    make({ confidence: 0.9 }),
    make({ hypotheses: [hypothesis('confirmed')] }),
    make({ hypotheses: [hypothesis('cannot tell yet')] }),
    make({ status: 'framed' }),
    make({ hypotheses: [hypothesis('disproved')] }),
  ].map(estimateConfidence)
  expect(values.map(({ value }) => value)).toEqual([0.9, 0.8, 0.5, 0.3, 0.2])
  expect(values[0]!.interval[1]).toBe(1)
})

describe('what a fix takes away', () => {
  test('of a prediction: the change, as a part of what is not good', () => {
    const gain = estimateGain(make({ predictions: [prediction()] }), null)
    expect(gain.value).toBeCloseTo(0.75)
    expect(gain.interval[0]).toBeCloseTo(0.5, 2)
    expect(gain.kept).toBeNull()
  })

  test('without one it may be anything up to all of it', () => {
    expect(estimateGain(make(), null)).toMatchObject({ known: null, interval: [0.05, 1] })
  })

  test('promises are shrunk by what earlier ones kept: of the same kind, where three or more say so', () => {
    const all = { stories: 8, kept: 0.6, interval: [0.4, 0.8] as [number, number] }
    const kind = (stories: number) => ({
      kind: 'query',
      stories,
      kept: 0.3,
      interval: [-0.1, 0.7] as [number, number],
    })
    const story = make({ predictions: [prediction()] })
    expect(estimateGain(story, { all, kinds: [kind(2)] }).kept).toMatchObject({ value: 0.6, key: '' })
    const few = estimateGain(story, { all, kinds: [kind(3)] }).kept!
    expect(few).toMatchObject({ value: 0.3, key: 'query' })
    // Of factors there is none of 0 or less.
    expect(few.interval[0]).toBeCloseTo(0.02, 4)
    const none = { stories: 8, kept: -0.2, interval: [-0.5, 0.1] as [number, number] }
    expect(estimateGain(story, { all: none, kinds: [] }).kept).toMatchObject({ value: 0.02 })
  })
})
