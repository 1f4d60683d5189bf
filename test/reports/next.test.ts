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
  of: 100,
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

const START: NonNullable<ShownNext['start']> = {
  kind: 'investigation',
  story: 'get-a',
  why: '',
  instead: [],
  settles: 0,
  raises: null,
  timebox_h: 0.5,
  confirm: false,
  commands: [],
}

test('minutes of data, clients, and no fix that fits', () => {
  expect(render({})).toMatch(/^1 open story, 10 min up to 2026-10-05\./)
  expect(render({})).toContain('every cause is confirmed, and no fix is known to fit into that time.')
  const start = { ...START, kind: 'fix' as const, settles: null, timebox_h: null }
  const shown = render({ start, beside: [{ story: 'get-b', effort_h: 3, customers: 2 }] })
  expect(shown).toContain(
    'As well fits, clients who are shared being counted once:\n  + get-b (3 h, 2 more clients)',
  )
})

test('what to start with, and each command with what it is for', () => {
  const commands = [
    { command: 'whyslow whatif get-a', what: 'first' },
    { command: 'whyslow timebox start get-a --for 30m', what: null },
  ]
  expect(render({ start: { ...START, commands } })).toContain(
    'Start with an investigation of get-a: GET /a is slow\n\n→ whyslow whatif get-a (first)\n→ whyslow timebox start get-a --for 30m\n',
  )
  expect(render({ start: { ...START, confirm: true } })).toContain(
    'Start with confirming the cause of get-a:',
  )
  expect(render({ start: { ...START, kind: 'fix' } })).toContain('Start with the fix of get-a:')
})

test('a score is of 100 only where it was scaled, and beside others', () => {
  const score = { value: -3500, interval: [-17_000, 10_000] as [number, number] }
  const stories = [
    { ...STORY, score },
    { ...STORY, id: 'get-b' },
  ]
  const explained = (next: Partial<ShownNext>) =>
    renderNext({ ...NEXT, ...next }, PLAIN, { limit: 10, explain: 'get-a' })
  expect(explained({ stories, of: null })).toContain('\n  score -3500 (-17000 to 10000)\n')
  expect(explained({ stories })).toContain(
    '\n  score -3500 (-17000 to 10000), of 100 for all stories together\n',
  )
  expect(explained({ stories: [STORY, stories[1]!], of: null })).toContain('\n  score 100; no interval\n')
  expect(explained({})).toContain('score by itself says nothing: there is no other story to compare it with')
})

test('of what was counted, what its range is of', () => {
  const customers = { ...NUMBER, value: 300, interval: [268, 336] as [number, number], unit: 'customers' }
  const story = { ...STORY, measures: { ...STORY.measures, customers } }
  const text = renderNext({ ...NEXT, unit: 'customer', stories: [story] }, PLAIN, {
    limit: 10,
    explain: 'get-a',
  })
  expect(text).toContain('customers 300 (268 to 336): made up')
  expect(text.replaceAll(/\n */g, ' ')).toContain(
    'Ranges of customers: the figure itself is what was counted; the range, 95%, is what it might have been with other customers like these, more or fewer of them, so it may reach past all that there are now.',
  )
  expect(renderNext(NEXT, PLAIN, { limit: 10, explain: 'get-a' })).not.toContain('Ranges of')
})
