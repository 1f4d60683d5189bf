import { describe, expect, test } from 'vitest'
import {
  renderFound,
  renderLastTimebox,
  renderStory,
  renderStoryList,
  renderTimeboxes,
} from '../../src/reports/stories.js'
import { PLAIN, type Style, widthOf } from '../../src/reports/style.js'
import { renderTriage } from '../../src/reports/triage.js'
import { type StoryFrontMatter, storySchema } from '../../src/stories/schema.js'

const NARROW: Style = { ...PLAIN, width: 60 }
const COLOR: Style = { ...PLAIN, color: true }
const HOSTILE = 'a\u001b]0;x\u0007b\u202ec'
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

const answer = (
  value: string | number,
  unit: string | null = null,
  source: 'measured' | 'person' = 'measured',
) => ({ value, unit, source, evidence: [], at: null })

const story: StoryFrontMatter = storySchema.parse({
  id: 'get-orders',
  title: 'GET /orders is slow',
  status: 'confirmed',
  route: 'GET /orders',
  scope: { where: null, window: { from: '2026-10-05T03:00:01Z', to: '2026-10-18T20:13:10Z' } },
  reasons: [
    {
      code: 'time',
      text: 'takes 25.2% of all time with 7.9% of the requests, and this sentence goes on for so long that it has to be wrapped',
    },
  ],
  questions: {
    customers: answer(1130, 'customers'),
    revenue: answer(74615, 'USD a month'),
    blocks: answer('they phone us', null, 'person'),
  },
  evidence: [{ id: 'share', kind: 'share', finding: '40.9% of 2,667 requests are good' }],
  timeboxes: [
    {
      id: 't1',
      started: '2026-10-19T09:00:00Z',
      budget: '90m',
      stopped: '2026-10-19T09:50:00Z',
      learned: 'N+1',
      ruledOut: 'the database',
    },
    { id: 't2', started: '2026-10-19T10:00:00Z', budget: '30m' },
  ],
  hypotheses: [
    {
      id: 'h1',
      claim: 'one lookup per order',
      metric: 'under',
      direction: 'up',
      design: 'canary',
      before: {},
      after: {},
      registered: '2026-10-19T09:00:00Z',
    },
  ],
  predictions: [
    {
      id: 'p1',
      at: '2026-10-19T09:30:00Z',
      what: 'no answer over 400 ms',
      under: '500ms',
      share: { before: 0.409, after: 0.982, interval: [0.968, 0.99] },
      change: { value: 0.573 },
      customers: { cross: 93.2, of: 156 },
    },
  ],
  fixes: [{ id: 'f1', text: 'one query', deployed: '2026-10-20T09:00:00Z' }],
  notes: [{ text: 'called Ana' }],
  attachments: [{ url: 'https://videos.example.com/1' }],
  tickets: { matched: ['1', '2'], added: [], excluded: [] },
})

function expectFits(text: string, style: Style): void {
  for (const line of text.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(style.width)
}

test('one story in full', () => {
  expect(renderStory(story, PLAIN)).toBe(`GET /orders is slow
get-orders · confirmed · GET /orders · 2026-10-05 03:00:01 – 2026-10-18 20:13:10 UTC

Why
  - takes 25.2% of all time with 7.9% of the requests, and this sentence goes on for so long that it
    has to be wrapped

Questions
  How does it impact the customer? unknown
  How many customers? 1,130 customers (measured)
  How much do they pay? 74,615 USD a month (measured)
  Can we show it? unknown
  Does it block their workflow? they phone us (a person said so)
  Does it hurt anyone else? unknown
  Does it cause toil for support? unknown
  Has it made customers leave? unknown

Evidence
  - share: 40.9% of 2,667 requests are good

Timeboxes
  - t1: 50.0 min of 90m; learned: N+1; ruled out: the database
  - t2: running since 2026-10-19 10:00:00 UTC, budget 30m

Hypotheses
  - h1: one lookup per order – not tested yet

Predictions
  - p1: with no answer over 400 ms: 40.9% → 98.2% under 500 ms (95%: 96.8% to 99.0%); 93 customers
    cross, of 156

Fixes
  - one query (deployed 2026-10-20 09:00:00 UTC)

Notes
  - called Ana

Files
  - https://videos.example.com/1`)
})

test('the list: ids are whole at any width, since people copy them', () => {
  expect(
    renderStoryList([story], PLAIN),
  ).toBe(`id          status     title                customers hit            they pay  tickets  tracker
get-orders  confirmed  GET /orders is slow          1,130  74,615 USD a month        2  –`)
  const narrow = renderStoryList([{ ...story, title: 'x'.repeat(200) }], NARROW)
  expect(narrow).toContain('get-orders  confirmed')
  expectFits(narrow, NARROW)
  expect(renderStoryList([], PLAIN)).toBe('There are no stories yet: whyslow triage')
  expect(renderStoryList([], PLAIN, ['closed', 'dismissed'])).toBe('No story is closed or dismissed.')
})

const TRIAGED = {
  reopened: [],
  watched: { looked: 0, early: 0, unseen: 0, waiting: [] },
  accounts: { requests: 1000, missing: 0 },
  stories: [{ id: 'get-orders', title: story.title, status: 'framed', new: true, reasons: story.reasons }],
  notProposed: [
    { route: 'GET /', reason: '100.0% good (under 500 ms), objective 95.0%; 0.0% errors', next: null },
    { route: 'GET /search', reason: '99.9% good (under 500 ms), objective 95.0%; 0.0% errors', next: null },
  ],
}

test('triage: what is new, why, and why the others are not', () => {
  expect(renderTriage(TRIAGED, 1, PLAIN)).toBe(`GET /orders is slow  new
  get-orders · framed
  - takes 25.2% of all time with 7.9% of the requests, and this sentence goes on for so long that it
    has to be wrapped

not proposed  why
GET /         100.0% good (under 500 ms), objective 95.0%; 0.0% errors
and 1 more: --limit 2`)
  expect(renderTriage({ ...TRIAGED, accounts: { requests: 1000, missing: 421 } }, 1, PLAIN)).toMatch(
    /\n\n42\.1% of requests have no account: no customer is counted for them\.$/,
  )
  expect(renderTriage({ ...TRIAGED, stories: [], notProposed: [] }, 8, PLAIN)).toBe(
    'No route has an issue that is worth a story.',
  )
  expect(
    renderTriage({ ...TRIAGED, stories: TRIAGED.stories.map(one => ({ ...one, new: false })) }, 0, COLOR),
  ).toContain('\u001b[2mrefreshed\u001b[22m')
})

test('triage: commands and routes stand whole in a narrow terminal', () => {
  const id = 'get-api-products-id-recommendations-by-customer'
  const next = `whyslow story set ${id} status=reported`
  const route = 'GET /api/products/:id'
  const closed = { route, reason: `closed as story ${id}`, next }
  const lines = renderTriage({ ...TRIAGED, notProposed: [closed] }, 8, { ...PLAIN, width: 60 }).split('\n')
  expect(lines.slice(-4)).toEqual([
    'not proposed           why',
    `${route}  closed as story get-api-products-id-…`,
    'If it is back:',
    `  ${next}`,
  ])
  const two = renderTriage({ ...TRIAGED, notProposed: [closed, closed] }, 1, PLAIN)
  expect(two.split(next)).toHaveLength(2)
})

const NOTHING = { stories: [], customer: null, route: null, isComplete: true }

test('what support reads', () => {
  const found = {
    id: 'get-orders',
    title: story.title,
    status: 'fixing',
    because: 'the URL is of its route',
    customers: story.questions.customers,
    tickets: 4,
    follow: 'PERF-7',
  }
  expect(
    renderFound({ ...NOTHING, stories: [found], customer: { id: '1003', name: 'Cobalt' } }, PLAIN),
  ).toBe(`Customer 1003 (Cobalt)

GET /orders is slow  fixing
  the URL is of its route; customers hit: 1,130; tickets: 4
  follow it: PERF-7`)
  expect(renderFound(NOTHING, PLAIN)).toBe('No story is about this. To report it: whyslow story new')
  expect(renderFound({ ...NOTHING, route: 'GET /orders/:id' }, PLAIN)).toBe(
    "No story is about GET /orders/:id. To report it: whyslow story new --about 'GET /orders/:id'",
  )
  expect(renderFound({ ...NOTHING, isComplete: false }, PLAIN)).toMatch(
    /^No story that could be read is about this/,
  )
})

test('timeboxes', () => {
  const status = {
    story: 'get-orders',
    id: 't1',
    started: '2026-10-19T09:00:00Z',
    budget: '90m',
    left_ms: 600_000,
    elapsed_ms: 4_800_000,
  }
  expect(
    renderTimeboxes([status, { ...status, left_ms: -90_000 }], PLAIN),
  ).toBe(`get-orders  10.0 min left of 90m, since 2026-10-19 09:00:00 UTC
get-orders  over by 1.5 min (budget 90m), since 2026-10-19 09:00:00 UTC`)
  expect(renderTimeboxes([], PLAIN)).toBe('No timebox is running.')
  expect(renderLastTimebox(story)).toBe(
    'get-orders t1: 50.0 min of 90m; learned: N+1; ruled out: the database',
  )
})

describe('text from strangers', () => {
  test('is shown as text, wherever it is', () => {
    const hostile: StoryFrontMatter = {
      ...story,
      title: HOSTILE,
      route: HOSTILE,
      reasons: [{ code: 'x', text: HOSTILE }],
      questions: { ...story.questions, impact: answer(HOSTILE), customers: answer(HOSTILE, HOSTILE) },
      evidence: [{ ...story.evidence[0]!, finding: HOSTILE }],
      timeboxes: [{ ...story.timeboxes[0]!, learned: HOSTILE, ruledOut: HOSTILE }],
      hypotheses: [{ ...story.hypotheses[0]!, claim: HOSTILE }],
      fixes: [{ ...story.fixes[0]!, text: HOSTILE }],
      notes: [{ at: null, text: HOSTILE }],
      links: { jira: HOSTILE, github: null },
    }
    const found = {
      ...hostile,
      because: HOSTILE,
      customers: hostile.questions.customers,
      tickets: 1,
      follow: HOSTILE,
    }
    const texts = [
      renderStory(hostile, PLAIN),
      renderStoryList([hostile], { ...PLAIN, width: 200 }),
      renderTriage(
        {
          ...TRIAGED,
          stories: [{ ...hostile, new: true }],
          notProposed: [{ route: HOSTILE, reason: HOSTILE, next: HOSTILE }],
        },
        5,
        PLAIN,
      ),
      renderFound({ ...NOTHING, stories: [found], customer: { id: HOSTILE, name: HOSTILE } }, PLAIN),
      renderFound({ ...NOTHING, route: HOSTILE }, PLAIN),
      renderLastTimebox(hostile),
    ]
    for (const text of texts) {
      expect(text).not.toMatch(UNSAFE)
      expect(text).toContain('a\\x1b]0;x\\x07b\\u202ec')
    }
  })

  test('a terminal without Unicode gets plain letters, and its colours', () => {
    const plain = { ...COLOR, unicode: false }
    const text = [
      renderStory(story, plain),
      renderStoryList([story], plain),
      renderTriage(TRIAGED, 5, plain),
    ].join('\n')
    expect(text.replaceAll(/\u001b\[\d+m/g, '')).toMatch(/^[\n -~]*$/)
    expect(text).toContain('\u001b[1m')
    expect(text).toContain('get-orders | confirmed | GET /orders')
  })

  test('fits the terminal', () => {
    expectFits(renderTriage(TRIAGED, 5, NARROW), NARROW)
    expectFits(renderStory(story, NARROW), NARROW)
  })
})
