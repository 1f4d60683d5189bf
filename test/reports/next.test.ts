import { expect, test } from 'vitest'
import { renderNext, type ShownNext, type ShownStory } from '../../src/reports/next.js'
import { PLAIN } from '../../src/reports/style.js'

const NUMBER = { value: 1, interval: null, unit: '', from: 'measured', source: 'made up' }
const STORY: ShownStory = {
  id: 'get-a',
  title: 'GET /a is slow',
  status: 'framed',
  ready: true,
  measures: { customers: NUMBER, money: NUMBER, requests: NUMBER, tickets: NUMBER, budget: NUMBER },
  effort: NUMBER,
  confidence: NUMBER,
  gain: NUMBER,
  kept: null,
  score: { value: 100, interval: null },
  untold: null,
}
const NEXT: ShownNext = {
  above: [],
  front: ['get-a'],
  start: null,
  beside: [],
  stories: [STORY],
  pairs: { all: 0, open: 0 },
  formula: 'customers',
  window: { from: '2026-10-05T00:00:00Z', to: '2026-10-05T00:10:00Z' },
  days: 10 / 1440,
  unit: 'client',
  seed: 1,
  warnings: [],
}
const render = (next: Partial<ShownNext>) =>
  renderNext({ ...NEXT, ...next }, PLAIN, { limit: 10, explain: null })

test('no open story, or none that can be measured', () => {
  expect(render({ stories: [] })).toBe('There is no open story: whyslow triage proposes some.')
  for (const code of ['no-scope', 'story-unreadable'] as const)
    expect(render({ stories: [], warnings: [{ code, message: '' }] })).toBe('No open story can be measured.')
})

test('minutes of data, clients, and no fix that fits', () => {
  expect(render({})).toMatch(/^1 open story, 10 min up to 2026-10-05\./)
  expect(render({})).toContain('every cause is confirmed, and no fix is known to fit into that time.')
  const start = { kind: 'fix' as const, story: 'get-a', why: '', instead: [], settles: null, timebox_h: null }
  const shown = render({ start, beside: [{ story: 'get-b', effort_h: 3, customers: 2 }] })
  expect(shown).toContain(
    'As well fits, clients who are shared being counted once:\n  + get-b (3 h, 2 more clients)',
  )
})

test('an investigation begins with the time that it has', () => {
  const start = { kind: 'investigation' as const, story: 'get-a', why: '', instead: [], settles: 0 }
  expect(render({ start: { ...start, timebox_h: 0.5 } })).toContain('→ whyslow timebox start get-a --for 30m')
})
