import { describe, expect, test } from 'vitest'
import { addFix, correctTickets, setValue } from '../../src/stories/edit-story.js'
import { findRound, findWatched, sinceReopened } from '../../src/stories/reopen-story.js'
import { type StoryFrontMatter, type StoryInput, storySchema } from '../../src/stories/schema.js'
import { joinWheres, storyWhere } from '../../src/stories/scope.js'
import { splitStoryInto } from '../../src/stories/split-off.js'
import { DEPLOY, makeOutcome, makePrediction, makeStory } from './promises.js'

const NOW = new Date('2026-10-05T09:00:00.400Z')
const AT = '2026-10-05T09:00:00Z'
const story: StoryFrontMatter = {
  ...storySchema.parse({
    id: 'orders',
    title: 'Orders',
    status: 'confirmed',
    route: 'GET /orders',
    identity: "route = 'GET /orders'",
  }),
  tickets: { matched: ['1', '2'], added: ['2'], excluded: ['9'] },
}
const set = (assignment: string, from = story) => setValue(from, assignment, { now: NOW })

test('each name that a person may set', () => {
  expect(set('title=Orders: “slow” = bad').title).toBe('Orders: “slow” = bad')
  expect(set(' status = fixing ').status).toBe('fixing')
  expect(set('under=1.5s').under).toBe('1.5s')
  expect(set('under=', set('under=1.5s')).under).toBeNull()
  expect(set('where=status = 500').scope).toEqual({ where: 'status = 500', window: null })
  expect(set('note=called Ana').notes).toEqual([{ at: AT, text: 'called Ana' }])
  expect(set('jira=PERF-7').links).toEqual({ jira: 'PERF-7', github: null })
  expect(set('github=', set('github=acme/shop#7')).links.github).toBeNull()
})

describe('a closed story', () => {
  const outcome = { ...makeOutcome(0.8), until: '2026-10-19' }
  const closed = makeStory({ status: 'closed', outcome, effort: '2d', reopened: [] })
  const LATER = new Date('2026-10-25T09:00:00Z')
  const open = (status: string, from = closed, now = LATER) =>
    setValue(from, `status=${status}`, { now, timezone: 'Europe/Berlin' })

  test('that is opened keeps its outcome as an earlier one', () => {
    expect(open('reported')).toEqual({
      ...closed,
      status: 'reported',
      outcome: null,
      effort: null,
      notes: [{ at: '2026-10-25T09:00:00Z', text: 'Of the fix before it was re-opened: effort 2d.' }],
      reopened: [
        {
          at: '2026-10-25T09:00:00Z',
          began: '2026-10-20',
          since: '2026-10-19T22:00:00Z',
          before: null,
          after: null,
          interval: null,
          around: [],
          outcome: closed.outcome,
        },
      ],
    })
    // Of the day in Berlin on which it was measured.
    const late = makeStory({ ...closed, outcome: { ...outcome, until: null, at: '2026-10-19T22:30:00Z' } })
    expect(open('fixing', late).reopened).toMatchObject([{ began: '2026-10-21' }])
  })

  test('that is opened on the newest day of its data: what is done from now on is of the next fix', () => {
    const now = new Date('2026-10-19T22:30:00.400Z')
    const same = {
      ...closed,
      outcome: { ...closed.outcome!, at: '2026-10-19T22:30:00Z', until: '2026-10-20' },
    }
    const opened = open('reported', same, now)
    expect(opened.reopened).toMatchObject([{ began: '2026-10-20', since: '2026-10-19T22:30:00Z' }])
    const predictions = [makePrediction('p2', '2026-10-19T22:30:00Z')]
    const fixes = [{ id: 'f2', text: 'an index', deployed: '2026-10-20T01:00:00Z' }]
    const done = makeStory({ ...opened, predictions, fixes })
    expect(sinceReopened(done).predictions).toHaveLength(1)
    expect(findRound(done).fixes).toHaveLength(1)
    // The day has begun: it is all of the next fix.
    const until = { ...closed, outcome: { ...outcome, until: '2026-10-19' } }
    expect(open('reported', makeStory(until), now).reopened).toMatchObject([
      { since: '2026-10-19T22:00:00Z' },
    ])
  })

  test('that is dismissed keeps its outcome, also as an earlier one when it is opened then', () => {
    const { reopened, outcome: current } = open('reported', open('dismissed'))
    expect(current).toBeNull()
    expect(reopened).toEqual(open('reported').reopened)
  })

  test('that was opened by mistake is closed by its outcome again', () => {
    const bare = { ...closed, effort: null }
    const opened = open('reported', bare)
    expect(open('closed', opened)).toEqual(bare)
    expect(open('closed', open('fixing', opened))).toEqual(bare)
    expect(findWatched(open('closed', opened), 'Europe/Berlin')).toEqual(findWatched(bare, 'Europe/Berlin'))
    // Not the round before that one.
    expect(open('closed', open('closed', opened)).reopened).toEqual([])
    const twice = { ...bare, reopened: opened.reopened }
    expect(open('closed', open('reported', twice))).toEqual(twice)
    // What was done for the fix before takes nothing away.
    const earlier = {
      fixes: [{ id: 'f1', text: 'a cache', deployed: DEPLOY }],
      predictions: [makePrediction('p1', '2026-10-01')],
    }
    expect(open('closed', makeStory({ ...opened, ...earlier })).outcome).toEqual(bare.outcome)
  })

  test.each<[string, Partial<StoryInput>]>([
    ['a fix', { fixes: [{ id: 'f2', text: 'an index', deployed: '2026-10-24' }] }],
    ['a planned fix', { fixes: [{ id: 'f2', text: 'an index' }] }],
    ['a prediction', { predictions: [makePrediction('p2', '2026-10-25T09:00:00Z')] }],
    ['an outcome', { outcome: { ...outcome, verdict: 'cannot tell yet' } }],
  ])('that was opened, with %s since, is closed without the outcome before', (_, done) => {
    const busy = makeStory({ ...open('reported'), ...done })
    expect(open('closed', busy)).toEqual({ ...busy, status: 'closed' })
  })

  test('that triage opened with a measurement isn’t closed by the outcome that didn’t last', () => {
    const opened = open('reported')
    const [one] = opened.reopened
    const decayed = { ...opened, reopened: [{ ...one!, before: 0.9, after: 0.5 }] }
    expect(open('closed', decayed)).toEqual({ ...decayed, status: 'closed' })
  })

  test('that stays closed, is dismissed, or has no outcome, only gets its status', () => {
    for (const status of ['closed', 'dismissed'] as const) expect(open(status)).toEqual({ ...closed, status })
    const noted = { ...closed, outcome: null }
    expect(open('reported', noted)).toEqual({ ...noted, status: 'reported' })
    const measured = makeStory({ status: 'measured', outcome })
    expect(open('fixing', measured)).toEqual({ ...measured, status: 'fixing' })
  })
})

test('an answer is a person’s, until it is given back', () => {
  const answered = set('blocks=they can’t check out')
  expect(answered.questions.blocks).toEqual({
    value: 'they can’t check out',
    unit: null,
    source: 'person',
    evidence: [],
    at: AT,
  })
  expect(set('customers=12').questions.customers).toMatchObject({ value: 12 })
  expect(set('revenue=-1.5').questions.revenue).toMatchObject({ value: -1.5 })
  expect(set('customers=12 or so').questions.customers).toMatchObject({ value: '12 or so' })
  expect(set('blocks=unknown', answered).questions.blocks).toBe('unknown')
})

test.each([
  ['statu=closed', 'There is no “statu” to set. Did you mean status=…?'],
  ['customer=3', 'There is no “customer” to set. Did you mean customers=…?'],
  ['closed', 'Expected name=value, found “closed”.'],
  ['=closed', 'Expected name=value, found “=closed”.'],
  ['status=done', '“done” is no status.'],
  ['title=', 'Expected a value behind “title=”, found nothing.'],
  ['under=fast', 'Expected a duration such as 500ms'],
  ['under=0ms', 'Expected a target of more than 0'],
])('%s is refused', (assignment, message) => expect(() => set(assignment)).toThrow(message))

test('tickets that are about it, and that are not', () => {
  const corrected = correctTickets(story, ['3', '9', '1'], ['2'])
  expect(corrected.tickets).toEqual({ matched: ['1', '3', '9'], added: ['3', '9', '1'], excluded: ['2'] })
  expect(correctTickets(corrected, ['2'], []).tickets).toEqual({
    matched: ['1', '3', '9', '2'],
    added: ['3', '9', '1', '2'],
    excluded: [],
  })
})

test('fixes are numbered', () => {
  const fix = { text: 'one query', deployed: AT, version: null }
  expect(addFix(addFix(story, fix), fix).fixes.map(one => one.id)).toEqual(['f1', 'f2'])
})

test('a split has its parent’s requests and answers, and neither its identity nor its evidence', () => {
  const parent = {
    ...set('blocks=yes'),
    evidence: [],
    under: '1s',
    scope: { where: 'status = 200', window: null },
  }
  const measured = { value: 3, unit: null, source: 'measured' as const, evidence: ['customers'], at: null }
  const split = splitStoryInto(
    { ...parent, questions: { ...parent.questions, customers: measured } },
    'Page the list',
    NOW,
  )
  expect(split).toMatchObject({
    id: 'orders-Page the list',
    status: 'confirmed',
    route: 'GET /orders',
    under: '1s',
    scope: { where: 'status = 200' },
    splitFrom: 'orders',
    questions: { blocks: { value: 'yes' }, customers: { value: 3, evidence: [] }, revenue: 'unknown' },
  })
  expect(split.identity).toBeUndefined()
  expect(splitStoryInto({ ...parent, status: 'closed' }, 'x', NOW).status).toBe('reported')
})

test('the requests of a story: its scope, else its identity, else its route', () => {
  expect(storyWhere({ ...story, scope: { where: 'status = 200', window: null } })).toBe('status = 200')
  expect(storyWhere(story)).toBe("route = 'GET /orders'")
  expect(storyWhere({ ...story, identity: null, route: "GET /o'hara" })).toBe("route = 'GET /o''hara'")
  expect(storyWhere({ ...story, identity: null, route: null })).toBeNull()
})

test('conditions are joined in brackets, which no comment can swallow', () => {
  expect(joinWheres([])).toBeNull()
  expect(joinWheres([null, 'a = 1 OR b = 2'])).toBe('a = 1 OR b = 2')
  expect(joinWheres(['a = 1 OR b = 2', null, 'c = 3 -- three'])).toBe(
    '(a = 1 OR b = 2) AND (c = 3 -- three\n)',
  )
})

test('effort and confidence are checked, and can be taken away', () => {
  const sized = (assignment: string) => setValue(story, assignment, { now: NOW, sizes: { M: 16 } })
  expect(sized('effort=M').effort).toBe('M')
  expect(sized('effort=2d').effort).toBe('2d')
  expect(setValue(sized('effort=2d'), 'effort=', { now: NOW }).effort).toBeNull()
  expect(() => sized('effort=huge')).toThrow(
    'Expected an effort such as 3h, 2d or 1w, or a size, found “huge”.',
  )
  expect(sized('confidence=80%').confidence).toBe(0.8)
  expect(setValue(sized('confidence=1'), 'confidence=', { now: NOW }).confidence).toBeNull()
  for (const wrong of ['0', '1.2', 'high'])
    expect(() => sized(`confidence=${wrong}`)).toThrow(`found “${wrong}”`)
})
