import { describe, expect, test } from 'vitest'
import { quote } from '../../src/stories/describe-evidence.js'
import { type Findings, proposeStory, refreshStory, titleOf } from '../../src/stories/propose-story.js'
import { type StoryFrontMatter, storySchema } from '../../src/stories/schema.js'

const FINDINGS: Findings = {
  route: 'GET /orders',
  where: "route = 'GET /orders'",
  isWholeRoute: true,
  isAllTraffic: false,
  isSampled: false,
  window: { from: '2026-10-05T00:00:00Z', to: '2026-10-12T00:00:00Z' },
  sources: ['abc'],
  at: '2026-10-12T08:00:00Z',
  currency: 'EUR',
  under_ms: 500,
  underShare: 0.4,
  errorFreeShare: 0.41,
  objective: 0.95,
  interval: [0.3, 0.5],
  requests: 2000,
  notGood: 1200,
  slow_p50_ms: 702,
  p50_ms: 538,
  p95_ms: 1130,
  errorShare: 0.02,
  customers: 150,
  customersHit: 113,
  clientsHit: 140,
  revenue: { monthly: 74_615, accounts: 100 },
  churned: { accounts: [{ id: '1003', name: 'Cobalt' }], monthly: 5494 },
  alsoUsed: [{ route: 'GET /', share: 0.5 }],
  shape: 'one peak: p50 500 ms, p99 2.00 s',
  tickets: { ids: ['1', '2', '3'], byWords: 1, minutes: 44 },
  reasons: [{ code: 'target', text: 'far below' }],
}

const NOTHING: Partial<Findings> = {
  underShare: null,
  interval: null,
  slow_p50_ms: null,
  p50_ms: null,
  p95_ms: null,
  errorShare: 0,
  customersHit: null,
  clientsHit: null,
  revenue: null,
  churned: null,
  alsoUsed: [],
  shape: null,
  tickets: { ids: [], byWords: 0, minutes: null },
}

function propose(changes: Partial<Findings> = {}): StoryFrontMatter {
  return storySchema.parse({ id: 'x', ...proposeStory({ ...FINDINGS, ...changes }) })
}

test.each([
  [['target'], 0.41, 'GET /orders is slow'],
  [['time', 'tickets'], 0.99, 'GET /orders is slow'],
  [['errors'], 0.99, 'GET /orders fails'],
  [['target', 'errors'], 0.94, 'GET /orders is slow and fails'],
  [['target', 'errors'], null, 'GET /orders is slow and fails'],
  [['tickets'], 0.99, 'Customers report that GET /orders is slow'],
  // Its errors alone miss the objective.
  [['target', 'errors'], 0.992, 'GET /orders fails'],
  [['time', 'target', 'errors'], 0.992, 'GET /orders fails'],
  [['target'], 0.992, 'GET /orders fails'],
])('%o, %f of the others in time → %s', (codes, errorFreeShare, title) => {
  const reasons = codes.map(code => ({ code, text: '' }))
  expect(titleOf({ ...FINDINGS, reasons, errorFreeShare })).toBe(title)
})

test('the eight questions, each with its evidence; the two that data can’t answer are unknown', () => {
  const { questions, evidence } = propose()
  expect(
    Object.fromEntries(
      Object.entries(questions).map(([name, answer]) => [name, answer === 'unknown' ? answer : answer.value]),
    ),
  ).toEqual({
    impact: '60.0% of requests are slower than 500 ms or fail; half of those took over 702 ms',
    customers: 113,
    revenue: 74615,
    shown: 'unknown',
    blocks: '2.0% of requests end in an error or a timeout',
    others: 'in the same sessions: GET / (50.0%)',
    support: '3 tickets, 44 minutes of support',
    churn: 1,
  })
  const ids = new Set(evidence.map(entry => entry.id))
  for (const answer of Object.values(questions))
    if (answer !== 'unknown') for (const id of answer.evidence) expect(ids).toContain(id)
  expect(evidence.every(entry => entry.command?.startsWith('whyslow '))).toBe(true)
})

test('what is not known is unknown: no made-up zero', () => {
  const { questions, evidence } = propose(NOTHING)
  expect(new Set(Object.values(questions))).toEqual(new Set(['unknown']))
  expect(evidence).toEqual([])
  expect(propose({ customersHit: null }).questions.customers).toMatchObject({ value: 140, unit: 'clients' })
  expect(propose({ tickets: { ids: ['1'], byWords: 0, minutes: null } }).questions.support).toMatchObject({
    value: '1 ticket',
  })
})

describe('commands reproduce what they stand by', () => {
  const command = (id: string, changes: Partial<Findings> = {}) =>
    propose(changes).evidence.find(entry => entry.id === id)!.command

  test('a whole route', () => {
    expect(command('share')).toBe(
      `whyslow look 'GET /orders' --under 500ms --from 2026-10-05T00:00:00Z --to 2026-10-12T00:00:00Z`,
    )
    expect(command('errors')).toBe(
      `whyslow requests --where '(route = '\\''GET /orders'\\'') AND (outcome IN ('\\''server_error'\\'', '\\''timeout'\\''))' --from 2026-10-05T00:00:00Z --to 2026-10-12T00:00:00Z`,
    )
  })

  test('a part of one, with all traffic, where an OR must not reach out', () => {
    const part = { where: "account = '1' OR account = '2'", isWholeRoute: false, isAllTraffic: true }
    expect(command('share', part)).toContain(
      ` --where 'account = '\\''1'\\'' OR account = '\\''2'\\''' --under`,
    )
    expect(command('customers', part)).toContain(
      `'(account = '\\''1'\\'' OR account = '\\''2'\\'') AND (outcome IN`,
    )
    expect(command('customers', part)).toMatch(/ --all-traffic$/)
  })

  test('quotes for a shell', () => expect(quote("it's $HOME")).toBe(`'it'\\''s $HOME'`))
})

describe('a refresh', () => {
  const story = propose()
  const later = { ...FINDINGS, at: '2026-10-19T08:00:00Z' }

  test('with the same figures changes nothing, not even a date', () =>
    expect(refreshStory(story, later)).toEqual(story))

  test('takes new figures with their date, and leaves the others', () => {
    const refreshed = refreshStory(story, { ...later, customersHit: 120 })
    expect(refreshed.questions.customers).toMatchObject({ value: 120, at: later.at })
    expect(refreshed.questions.revenue).toEqual(story.questions.revenue)
    expect(refreshed.evidence.find(entry => entry.id === 'customers')).toMatchObject({
      value: 120,
      at: later.at,
    })
    expect(refreshed.evidence.find(entry => entry.id === 'share')).toEqual(
      story.evidence.find(entry => entry.id === 'share'),
    )
  })

  test('a new target is in the commands, also of findings that say the same as before', () => {
    const moved = refreshStory(story, { ...FINDINGS, under_ms: 400 })
    const shape = (of: StoryFrontMatter) => of.evidence.find(entry => entry.id === 'shape')!
    expect(shape(moved).finding).toBe(shape(story).finding)
    expect(shape(moved).command).toContain('--under 400ms')
    for (const { command } of moved.evidence) expect(command).not.toContain(`${FINDINGS.under_ms}`)
  })

  test('of a sampled log: counts are estimates, customers at least so many', () => {
    const { evidence } = proposeStory({ ...FINDINGS, isSampled: true })
    const finding = (id: string) => evidence!.find(entry => entry.id === id)!.finding
    expect(finding('share')).toMatch(/ of about [\d,]+ requests \(estimated from a sampled log\) are good/)
    expect(finding('customers')).toMatch(
      / had at least one request that was not good, as far as the sampled log shows$/,
    )
  })

  test('leaves alone what people and other commands wrote', () => {
    const theirs: StoryFrontMatter = {
      ...story,
      title: 'Orders!',
      status: 'fixing',
      scope: { ...story.scope, where: 'status = 200' },
      questions: {
        ...story.questions,
        customers: { value: 7, unit: null, source: 'person', evidence: [], at: null },
      },
      evidence: [...story.evidence, { ...story.evidence[0]!, id: 'profile1', kind: 'profile' }],
      reasons: [{ code: 'reported', text: 'by phone' }],
      tickets: { matched: ['3', '1'], added: ['1'], excluded: ['4'] },
    }
    expect(refreshStory(theirs, later)).toEqual({
      ...theirs,
      reasons: [{ code: 'reported', text: 'by phone' }, ...FINDINGS.reasons],
      tickets: { matched: ['3', '1', '2'], added: ['1'], excluded: ['4'] },
    })
  })

  test('what is no longer known becomes unknown, and its evidence goes', () => {
    const refreshed = refreshStory(story, { ...later, ...NOTHING })
    expect(refreshed.questions.revenue).toBe('unknown')
    expect(refreshed.evidence).toEqual([])
  })
})
