import { expect, test } from 'vitest'
import type { MissingKind } from '../../src/evidence/missing-kind.js'
import { concludeOn, renderMissing } from '../../src/reports/missing.js'
import { PLAIN } from '../../src/reports/style.js'

const KIND: MissingKind = {
  kind: 'requests',
  measure: 'duration_ms',
  of: 1000,
  finished: 982,
  missing: 18,
  share: 0.018,
  reasons: [{ reason: 'timeout', count: 18, watched_ms: { p50: 2000, p90: 2000 } }],
  also: [],
  covers: { from: '2026-10-05T00:00:00.000000Z', to: '2026-10-06T00:00:00.000000Z', daysLeftOut: 0 },
  interval: [0.01, 0.03],
  hit: null,
  who: [],
  tested: 0,
  last_ms: 3000,
  quantiles: [{ q: 0.99, naive_ms: 1900, estimate_ms: 2500, best_ms: 2100, worst_ms: null }],
  under: null,
  routes: [],
}

const WORDS = { title: 'GET /\u001b[31morders' }
const render = (kinds: MissingKind[]) =>
  renderMissing({ window: KIND.covers, under_ms: 500, kinds, absent: [], warnings: [] }, PLAIN, WORDS)

test.each<[string, Partial<MissingKind>, string]>([
  [
    'past the slowest that finished',
    {},
    '1.8% of the requests never finished (18 of 1,000): because of them p99 is 2.10 s at best and over 3.00 s at worst, 1.90 s as measured.',
  ],
  [
    'what is missing was watched for longer than anything that finished took',
    { quantiles: [{ q: 0.99, naive_ms: 1900, estimate_ms: null, best_ms: 60_000, worst_ms: null }] },
    '1.8% of the requests never finished (18 of 1,000): because of them p99 is 1.0 min at best and over 1.0 min at worst, 1.90 s as measured.',
  ],
  [
    'the quantile stays',
    { quantiles: [{ q: 0.99, naive_ms: 1900, estimate_ms: 1900, best_ms: 1900, worst_ms: 1900.1 }] },
    '1.8% of the requests never finished (18 of 1,000); p99 is 1.90 s whatever became of them.',
  ],
  [
    'no time in the log',
    { reasons: [{ reason: 'unmeasured', count: 18, watched_ms: null }], last_ms: null },
    '1.8% of the requests have no time in the log (18 of 1,000).',
  ],
  [
    'nothing',
    { missing: 0, share: 0, reasons: [] },
    'Every request finished and was measured: nothing is missing from their times.',
  ],
])('concludes in one sentence: %s', (_, changed, sentence) => {
  expect(concludeOn({ ...KIND, ...changed })).toBe(sentence)
})

test('the conclusion comes first, and text from a log is escaped', () => {
  const lines = render([KIND]).split('\n')
  expect(lines[0]).not.toContain('\u001b')
  expect(lines[2]).toMatch(/^1\.8% of the requests never finished/)
  const named = {
    by: 'account',
    value: 'a\u001b[2Jb',
    of: 50,
    missing: 9,
    share: 0.18,
    interval: null,
    others: 0.01,
    q: 0.01,
  } as const
  expect(render([{ ...KIND, tested: 4, who: [named] }])).not.toContain('\u001b')
})

test.each([
  [18, 'The 18 missing requests are of 4 of 10 customers; there are too few'],
  [5, 'Of the 18 missing requests, 5 are of 4 of 10 customers; there are too few'],
])('customers are told of what is theirs: %i', (missing, sentence) => {
  expect(render([{ ...KIND, hit: { unit: 'customer', count: 4, of: 10, missing } }])).toContain(sentence)
})

test('of a slice without requests there is nothing to say', () => {
  expect(render([{ ...KIND, of: 0, missing: 0 }]).split('\n')[1]).toBe('No requests.')
})

test('pages that aren’t counted are told from those that only beacons know', () => {
  const also = [
    { what: 'alone' as const, count: 9 },
    { what: 'uncounted' as const, count: 119 },
  ]
  const text = render([{ ...KIND, kind: 'pages', also }]).replaceAll(/\s+/g, ' ')
  expect(text).toContain('Of 9 page views the log has no request of their path')
  expect(text).toContain('Not counted: 119 page views of paths that the log has requests of')
})
