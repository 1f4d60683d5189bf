import { describe, expect, test } from 'vitest'
import {
  type BoardStory,
  describeStory,
  filterStories,
  groupStories,
  renderBoardList,
  sortStories,
} from '../../src/reports/board-list.js'
import { PLAIN } from '../../src/reports/style.js'
import { storySchema } from '../../src/stories/schema.js'

const NOW = new Date('2026-11-01T12:00:00Z')

function story(id: string, more: Partial<BoardStory> = {}): BoardStory {
  return { ...describeStory(storySchema.parse({ id, title: `Claim of ${id}` }), NOW), ...more }
}

const person = (value: string | number) => ({
  value,
  unit: null,
  source: 'person' as const,
  evidence: [],
  at: null,
})
const idsOf = (stories: readonly BoardStory[]) => stories.map(({ id }) => id).join(' ')

describe('what is known of a story', () => {
  test('the share after the fix counts, once it was measured', () => {
    const evidence = [{ id: 'share', kind: 'share', finding: 'x', value: 0.4 }]
    const arm = (share: number) => ({ requests: 10, share })
    const outcome = { at: '2026-10-01', verdict: 'better', before: arm(0.4), after: arm(0.9) } as const
    const read = (input: object) =>
      describeStory(storySchema.parse({ id: 'a', title: 'A', ...input }), NOW).share
    expect(read({})).toBeNull()
    expect(read({ evidence })).toBe(0.4)
    expect(read({ evidence, outcome })).toBe(0.9)
  })

  test('the target that it was measured with, not the one of today', () => {
    const command = `whyslow look 'GET /orders' --under 800ms --from 2026-10-01`
    const evidence = [{ id: 'share', kind: 'share', finding: 'x', value: 0.4, command }]
    const arm = { requests: 10, share: 0.9 }
    const outcome = { at: '2026-10-01', verdict: 'better', before: arm, after: arm } as const
    const read = (input: object) =>
      describeStory(storySchema.parse({ id: 'a', title: 'A', under: '500ms', ...input }), NOW).under_ms
    expect(read({})).toBeNull()
    expect(read({ evidence })).toBe(800)
    expect(read({ evidence: [{ ...evidence[0], command: null }] })).toBeNull()
    expect(read({ evidence, outcome })).toBeNull()
    expect(read({ evidence, outcome: { ...outcome, under: '1s' } })).toBe(1000)
  })

  test('only a timebox that is running', () => {
    const timeboxes = [
      { id: 't1', started: '2026-11-01T09:00:00Z', stopped: '2026-11-01T10:00:00Z', budget: '1h' },
      { id: 't2', started: '2026-11-01T11:30:00Z', budget: '45m' },
    ]
    const read = (count: number) =>
      describeStory(storySchema.parse({ id: 'a', title: 'A', timeboxes: timeboxes.slice(0, count) }), NOW)
        .timebox
    expect(read(1)).toBeNull()
    expect(read(2)).toMatchObject({ id: 't2', left_ms: 15 * 60_000 })
  })
})

describe('order', () => {
  const stories = [
    story('a', { share: 0.9, customers: person('1,200 customers'), opened: '2026-10-02', status: 'closed' }),
    story('b', { share: null, customers: person(30), revenue: person('EUR 9,000.50'), status: 'framed' }),
    story('c', { share: 0, revenue: person('much'), opened: '2026-10-01', status: 'framed' }),
  ]

  test.each([
    ['status', 'b c a'],
    ['share', 'c a b'],
    ['customers', 'a b c'],
    ['money', 'b a c'],
    ['age', 'c a b'],
  ] as const)('by %s, what isn’t known last', (sort, ids) => {
    expect(idsOf(sortStories(stories, sort))).toBe(ids)
  })

  test('groups in the order of the states, without empty ones', () => {
    expect(groupStories(stories).map(group => `${group.status}: ${idsOf(group.stories)}`)).toEqual([
      'framed: b c',
      'closed: a',
    ])
  })
})

test('a filter needs all of its words, in any column', () => {
  const stories = [
    story('orders', { route: 'GET /orders', tracker: 'SHOP-7' }),
    story('invoices', { route: 'GET /invoices' }),
  ]
  const find = (filter: string) => idsOf(filterStories(stories, filter))
  expect(find('')).toBe('orders invoices')
  expect(find('claim INVOICES')).toBe('invoices')
  expect(find('shop-7 reported ')).toBe('orders')
  expect(find('orders invoices')).toBe('')
})

test('an empty list says what to do, an empty filter why', () => {
  const options = { sort: 'status', filter: '', now: NOW } as const
  expect(renderBoardList([], options, PLAIN)).toContain('whyslow triage')
  expect(renderBoardList([], { ...options, filter: 'x' }, PLAIN)).toBe('No story has these words.')
})
