import { expect, test } from 'vitest'
import { renderTicketRun } from '../../src/reports/exported-tickets.js'
import { renderStory } from '../../src/reports/stories.js'
import { PLAIN } from '../../src/reports/style.js'
import { storySchema } from '../../src/stories/schema.js'

const HOSTILE = 'a\x1b]0;x\x07\u202eb'

test('each story with what was done and where it is', () => {
  const exports = [
    {
      story: 'orders',
      key: 'acme/shop#1',
      url: 'https://github.com/acme/shop/issues/1',
      did: 'created' as const,
    },
    {
      story: 'search',
      key: 'acme/shop#2',
      url: 'https://github.com/acme/shop/issues/2',
      did: 'unchanged' as const,
    },
  ]
  const wide = renderTicketRun({ exports, redacted: [] }, PLAIN).split('\n')
  expect(wide[1]).toMatch(/^orders +created +acme\/shop#1 +https:\/\/github\.com\/acme\/shop\/issues\/1$/)
  expect(wide).toHaveLength(3)
  const narrow = renderTicketRun({ exports, redacted: [] }, { ...PLAIN, width: 60 })
  expect(narrow).toContain('https://github.com/acme/shop/issues/1')
  expect(renderTicketRun({ exports: [], redacted: [] }, PLAIN)).toBe('')
})

test('a dry run: every request as it would be sent, and what was taken out', () => {
  const requests = [
    {
      method: 'POST',
      url: 'https://api.github.com/repos/acme/shop/issues',
      body: { title: `x${HOSTILE}`, labels: [] },
    },
    { method: 'DELETE', url: `https://x.example/${HOSTILE}`, body: null },
  ]
  const redacted = [
    { kind: 'ip', count: 1200 },
    { kind: 'secret', count: 1 },
  ]
  const text = renderTicketRun({ exports: [], requests, redacted }, PLAIN)
  expect(text).not.toMatch(/[\x1b\x07\u202e]/)
  const body = /\{[\s\S]*\n\}/.exec(text)![0]
  expect(JSON.parse(body)).toEqual(requests[0]!.body)
  expect(text).toContain('Taken out: 1,200 × ip, 1 × secret\nA dry run: 2 requests would be sent, none was.')
  expect(renderTicketRun({ exports: [], requests: [], redacted: [] }, PLAIN)).toBe(
    'Taken out: nothing\nNothing would be sent.',
  )
})

test('what was brought back, there and in the story', () => {
  const pulled = [
    { story: 'orders', key: 'PERF-1', status: 'In Progress', assignee: 'Ana', closed: null, notes: 2 },
    {
      story: 'search',
      key: 'PERF-2',
      status: HOSTILE,
      assignee: null,
      closed: '2026-10-09T10:00:00Z',
      notes: 0,
    },
  ]
  const text = renderTicketRun({ exports: [], pulled, redacted: [] }, PLAIN)
  expect(text).not.toMatch(/[\x1b\x07\u202e]/)
  expect(text.split('\n')[1]).toMatch(/^orders +PERF-1 +In Progress +Ana +– +2$/)
  const story = storySchema.parse({
    id: 'search',
    title: 'Search',
    links: {
      jira: 'PERF-2',
      github: 'acme/shop#1',
      states: { jira: { status: 'Done', assignee: 'Ana', closed: '2026-10-09T10:00:00Z' } },
    },
  })
  expect(renderStory(story, PLAIN)).toContain(
    'Tickets\n  - GitHub acme/shop#1\n  - Jira PERF-2: Done, closed 2026-10-09, Ana',
  )
})
