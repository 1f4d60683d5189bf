import { expect, test } from 'vitest'
import type { Tolerance } from '../../src/evidence/tolerance.js'
import { PLAIN } from '../../src/reports/style.js'
import { renderTolerance } from '../../src/reports/tolerance.js'
import type { GainBelow, Shelf } from '../../src/stats/judge-tolerance.js'

const BELOW: GainBelow = { from_ms: 500, gain: 0.004, interval: [-0.001, 0.009], tells: 'none' }
const SHELF: Shelf = {
  from_ms: 1500,
  to_ms: 6000,
  gain: 0.2,
  interval: [0.15, 0.25],
  fromInterval_ms: [1200, 1800],
  toInterval_ms: [5000, 7000],
  openBelow: false,
  openAbove: false,
  below: BELOW,
}
const FOUND: Tolerance = {
  page: '/orders',
  route: null,
  goal: 'continue',
  metric: 'load',
  window: { from: null, to: null },
  sessions: 900,
  counted: 900,
  clients: 300,
  customers: 300,
  leftOut: { noLatency: 0, ambiguous: 0, unfinished: 0, open: 0 },
  again: 0,
  verdict: 'pays',
  curve: [],
  shelves: [SHELF],
  span: { from_ms: 1500, to_ms: 6000 },
  within: null,
  between: null,
  all: null,
  p: null,
  confounded: null,
  target: { under_ms: 1500, why: 'for a reason', behind: null },
  worth: { sessions: 4072, interval: [3000, 5000], money: null },
  experiment: null,
  missing: [],
  seed: 1,
  warnings: [],
}

function render(changed: Partial<Shelf>, more: Partial<Tolerance> = {}): string {
  const found = { ...FOUND, shelves: [{ ...SHELF, ...changed }], ...more }
  return renderTolerance(found, PLAIN, { currency: 'USD', event: 'purchase' }).replaceAll(/\s+/g, ' ')
}

const PAYS =
  '/orders Getting faster pays from 6.00 s down to 1.50 s: +20.0 pp of the sessions go on (95% interval +15.0 pp to +25.0 pp), as the same clients show.'

test.each<[string, Partial<Shelf>, string]>([
  [
    'it stops only where the data shows it',
    {},
    `${PAYS} At 1.50 s it stops: below, +0.4 pp down to 500 ms (95% interval −0.1 pp to +0.9 pp), which is under 1.0 pp.`,
  ],
  [
    'it goes on below',
    { below: { ...BELOW, gain: 0.08, interval: [0.06, 0.11], tells: 'more' } },
    `${PAYS} Below 1.50 s it still pays: +8.0 pp down to 500 ms (95% interval +6.0 pp to +11.0 pp).`,
  ],
  [
    'it can’t be told',
    { below: { ...BELOW, gain: 0.02, interval: [-0.01, 0.05], tells: 'unclear' } },
    `${PAYS} Below 1.50 s a further gain can’t be told from none: +2.0 pp down to 500 ms (95% interval −1.0 pp to +5.0 pp).`,
  ],
  [
    'there is too little below',
    { below: null },
    `${PAYS} Whether it goes on below can’t be told: too little is seen there.`,
  ],
  [
    'nothing is seen beyond either end',
    { below: null, openBelow: true, openAbove: true },
    '/orders Getting faster pays from the slowest sessions (6.00 s) down to the fastest (1.50 s): +20.0 pp of the sessions go on (95% interval +15.0 pp to +25.0 pp), as the same clients show.',
  ],
])('%s', (_, changed, text) => {
  const said = render(changed)
  expect(said.startsWith(text)).toBe(true)
  expect(said.slice(text.length)).toMatch(/^ 900 of 900 sessions/)
})

test('what a target is worth is what it buys: slower sessions would take just that long', () => {
  expect(render({})).toContain(
    'If every session that was slower than 1.50 s had taken 1.50 s: 4,072 more of those that are counted here would go on a month (3,000 to 5,000).',
  )
})

test('the line for whyslow.yaml is of requests only', () => {
  const page = render({})
  expect(page).toContain(
    'A target for the page: 1.50 s, for a reason. That is the page’s load time, as the browser saw it',
  )
  expect(page).not.toContain('targets.routes')
  expect(page).toContain('→ Log the referer')
  expect(render({}, { route: 'GET /orders' })).toContain(`→ whyslow look 'GET /orders'`)
  const request = render({}, { metric: 'request', route: 'GET /orders' })
  expect(request).toContain('under targets.routes: "GET /orders": 1500ms → whyslow look')
})
