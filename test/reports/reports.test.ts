import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import type { RequestList, RequestRow } from '../../src/evidence/list-requests.js'
import type { Look } from '../../src/evidence/look.js'
import type { Overview, RouteFigures } from '../../src/evidence/overview.js'
import { renderImport, renderProgress } from '../../src/reports/import.js'
import { renderInit } from '../../src/reports/init.js'
import { renderLook } from '../../src/reports/look.js'
import { nameRoutes, renderOverview } from '../../src/reports/overview.js'
import { renderRequests } from '../../src/reports/requests.js'
import { renderRejects, renderSources, sourceRow } from '../../src/reports/sources.js'
import { PLAIN, type Style } from '../../src/reports/style.js'
import { formatPeriod } from '../../src/reports/times.js'
import { renderOverviewLine } from '../../src/reports/watching.js'
import type { Source } from '../../src/store/catalog.js'

/** What strangers write: an escape sequence, markup, a formula, a runner's command, reversed text. */
const HOSTILE = '\u001b]0;t\u0007<script>=cmd()::error::\u202etxt\u009b\r'

const route = (change: Partial<RouteFigures> = {}): RouteFigures => ({
  route: 'GET /orders/:id',
  requests: 1_234_567,
  under_ms: 500,
  underShare: 0.871,
  p50_ms: 41.2,
  p95_ms: 1240,
  p99_ms: 72_000,
  total_ms: 5_400_000,
  errorShare: 0.0004,
  unfinishedShare: 0,
  clients: 40_123,
  accounts: 812,
  shape: [0, 0, 5, 100, 30, 1, 0, 0, 12, 4, 0, 0, 0, 0, 0],
  ...change,
})

const overview = (change: Partial<Overview> = {}): Overview => ({
  window: { from: '2026-10-05T03:00:00.000000Z', to: '2026-10-18T20:13:13.000000Z' },
  requests: 2_000_000,
  withoutAccount: 0,
  total_ms: 10_000_000,
  routes: [
    route(),
    route({ route: `GET /${HOSTILE}`, underShare: 0.99, errorShare: 0.2 }),
    route({
      route: 'GET /none',
      underShare: null,
      p50_ms: null,
      p95_ms: null,
      p99_ms: null,
      total_ms: 0,
      shape: [],
    }),
  ],
  others: { routes: 3, requests: 12, total_ms: 900 },
  shapeEdges_ms: Array.from({ length: 15 }, (_, i) => 10 ** (i / 3)),
  warnings: [],
  ...change,
})

const who = (name: string) => ({
  name,
  plan: 'enterprise',
  revenue: 12_345,
  requests: 1000,
  notGood: 128,
  underShare: 0.872,
  p95_ms: 1240,
})

const look = (change: Partial<Look> = {}): Look => ({
  window: { from: '2026-10-05T03:00:00.000000Z', to: '2026-10-05T20:13:13.000000Z' },
  requests: 1000,
  under_ms: 500,
  underShare: 0.871,
  underBounds: null,
  quantiles: [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map(q => ({ q, ms: q * 1000 })),
  histogram: { edges_ms: [1, 10, 100, 1000], counts: [10, 800, 190] },
  modes: [{ ms: 41, share: 0.9 }],
  measuredUnder: 0.9,
  shape: {
    kind: 'tail',
    text: 'one peak with a long tail',
    means: 'something serial',
    modes: [{ ms: 41, share: 0.9 }],
    width: 7.04,
    tail: 26.4,
    dip: null,
    betweenCustomers: null,
  },
  bands: [50, 500, 10_000].map(under_ms => ({ under_ms, share: 0.5, customers: 0.25 })),
  unit: 'customer',
  apdex: 0.9,
  unfinished: {
    requests: 10,
    share: 0.01,
    unwatched: 1,
    routes: 2,
    quantiles: [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map(q => ({
      q,
      naive_ms: q * 1000,
      ms: q > 0.9 ? null : q * 1100,
      bounds_ms: [q * 900, null],
    })),
  },
  outcomes: [
    { outcome: 'ok', requests: 990, share: 0.99 },
    { outcome: 'client_error', requests: 10, share: 0.01 },
  ],
  hours: [{ hour: 3, requests: 1000, underShare: 0.871 }],
  weekdays: [{ weekday: 1, requests: 1000, underShare: 0.871 }],
  week: [{ weekday: 1, hour: 9, requests: 1000, underShare: 0.871 }],
  days: [{ day: '2026-10-05', requests: 1000, underShare: 0.871 }],
  missed: {
    objective: 0.95,
    fewest: 20,
    hours: 160,
    missed: 3,
    worstHours: [{ hour: 14, missed: 3, of: 7 }],
    worstWeekdays: [],
  },
  changes: {
    seed: 1,
    correlation: null,
    points: [
      {
        day: '2026-10-12',
        before: 0.95,
        after: 0.7,
        p: 0.002,
        deploys: [{ time: '2026-10-12T08:02:09.000000Z', version: HOSTILE, commit: null }],
      },
    ],
  },
  who: { accounts: [who(HOSTILE)], clients: [who('2001:db8::1')], upstreams: [who('10.0.0.1:80')] },
  warnings: [],
  ...change,
})

const request = (change: Partial<RequestRow> = {}): RequestRow => ({
  time: '2026-10-05T14:03:21.123456Z',
  method: 'GET',
  host: 'shop.example.com',
  path: `/orders/${HOSTILE}`,
  query: 'a=1',
  route: 'GET /orders/:id',
  status: 504,
  outcome: 'timeout',
  duration_ms: null,
  elapsed_ms: 60_000,
  queue_ms: 1,
  upstream_ms: 12.5,
  send_ms: 0,
  bytes_in: 640,
  bytes_out: 1_300_000,
  client: HOSTILE,
  account: HOSTILE,
  user_agent: HOSTILE,
  referer: HOSTILE,
  upstream: '10.0.0.1:80',
  trace_id: null,
  weight: 1,
  attrs: { [HOSTILE]: HOSTILE, tls: { version: '1.3' }, cached: false },
  ...change,
})

const list = (change: Partial<RequestList> = {}): RequestList => ({
  total: 812,
  requests: [request()],
  warnings: [],
  ...change,
})

const source = (change: Partial<Source> = {}): Source & { alreadyImported: boolean } => ({
  id: '0123456789ab',
  file: `/var/log/${HOSTILE}/access.log.gz`,
  kind: 'requests',
  format: 'nginx',
  rows: 1_234_567,
  rejected: 3,
  skipped: 0,
  from: '2026-10-05T03:00:00.000000Z',
  to: '2026-10-18T20:13:13.000000Z',
  hash: '',
  bytes: 0,
  importedAt: '2026-10-19T08:00:00.000Z',
  weighted: false,
  files: [],
  alreadyImported: false,
  ...change,
})

const config = { objective: 0.95, targets: { isSet: true } }
const options = { ...config, targetFrom: 'of the route', timezone: 'Europe/Berlin', currency: 'EUR' }
const state = {
  file: HOSTILE,
  index: 2,
  files: 12,
  done: 0.42,
  bytes: 1_300_000_000,
  rows: 800_000,
  elapsed_ms: 9000,
}

const reports: [string, (style: Style) => string][] = [
  ['overview', style => renderOverview(overview(), style, config)],
  ['look', style => renderLook(`GET /${HOSTILE}`, look(), style, options)],
  ['requests', style => renderRequests(list(), style)],
  ['sources', style => renderSources([source(), source({ from: null, to: null })], style)],
  [
    'rejects',
    style => renderRejects(source(), [{ line: 12, reason: HOSTILE, text: HOSTILE.repeat(9) }], 20, style),
  ],
  [
    'import',
    style =>
      renderImport([source(), source({ kind: 'accounts' }), { ...source(), alreadyImported: true }], style),
  ],
  ['progress', style => renderProgress(state, style)],
]
const styles = [60, 80, 120, 200].flatMap(width =>
  [true, false].flatMap(unicode => [true, false].map(color => ({ width, unicode, color }))),
)

const COLOUR = /\u001b\[\d+m/g

describe.each(reports)('%s', (name, render) => {
  test.each(styles)('fits %o and lets nothing of a stranger act', style => {
    const text = render(style)
    const bare = text.replaceAll(COLOUR, '')
    if (!style.color) expect(text).toBe(bare)
    expect(bare).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    if (!style.unicode) expect(bare).toMatch(/^[\n -~]*$/)
    const tooWide = bare.split('\n').filter(line => stringWidth(line) > style.width)
    expect(name === 'rejects' ? tooWide.filter(line => !line.startsWith('file')) : tooWide).toEqual([])
  })
})

test('colour adds nothing but colour', () => {
  for (const [, render] of reports) {
    expect(render({ ...PLAIN, color: true }).replaceAll(COLOUR, '')).toBe(render(PLAIN))
  }
})

describe('overview', () => {
  test('a share below the objective is red, one above is not', () => {
    const text = renderOverview(overview(), { ...PLAIN, color: true, width: 200 }, config)
    expect(text).toContain('\u001b[31m87.1%\u001b[39m')
    expect(text).toContain('  99.0%')
  })
  test('what was left out is summed up', () => {
    expect(renderOverview(overview(), PLAIN, config)).toContain(
      'And 3 more routes: 12 requests, 900 ms (<0.1% of the time).',
    )
  })
  test('the shapes share one axis, cut to where there are requests', () => {
    const text = renderOverview(overview(), { ...PLAIN, width: 200 }, config)
    expect(text).toContain('4.6 ms 2.15 s')
    expect(text).toMatch(/ {2}▁█▃▁ {2}▁▁$/m)
  })
  test('a target that nobody set is called assumed', () => {
    expect(renderOverview(overview(), PLAIN, { ...config, targets: { isSet: false } })).toContain(
      '(assumed: whyslow.yaml names none)',
    )
  })
  test('no requests', () => {
    expect(renderOverview(overview({ requests: 0, routes: [] }), PLAIN, config)).toBe('No requests.')
  })
})

describe('look', () => {
  test('every part is there, with units', () => {
    const text = renderLook('GET /orders/:id', look(), PLAIN, options)
    expect(text).toContain('87.1% under 500 ms (the target of the route), short of the objective of 95.0%')
    expect(text).toContain('990 ok (99.0%) · 10 client errors (1.0%)')
    expect(text).toContain('One peak, at 41 ms.')
    expect(text).toContain('in percent; Europe/Berlin')
    expect(text).toMatch(/2001:db8::1 +1,000 +128 +87\.2% +1\.24 s/)
    expect(text).toContain('EUR a month')
  })
  test('shape, unfinished requests, missed hours and changes are sentences', () => {
    const text = renderLook(
      'x',
      look(),
      { ...PLAIN, width: 200 },
      { ...options, next: "whyslow explain 'x'" },
    )
    expect(text).toContain('p90 is 7.0 times p10, and p99 26 times p50. Usually that is something serial.')
    expect(text).toContain("\n→ whyslow explain 'x'\n")
    expect(text).toMatch(/answered +110 ms .* later +later\n/)
    expect(text).toContain('1.0% of the requests never finished.')
    expect(text).toMatch(/customers +25\.0% +25\.0% +25\.0%\n/)
    expect(text).toContain(
      'Sometimes missed: in 3 of 160 hours with at least 20 requests, under 95.0% were good',
    )
    expect(text).toContain('most often from 14:00 to 15:00 (3 of 7 days).')
    expect(text).toContain('Changed on 2026-10-12: 95.0% were good before, 70.0% from then on.')
  })
  test.each([
    [{ missed: 0 }, 'Never missed: in all 160 hours with at least 20 requests, 95.0% or more were good.'],
    [{ missed: 160 }, 'Always missed: in all 160 hours'],
    [{ missed: 150, worstHours: [] }, 'Nearly always missed: in 150 of 160 hours'],
    [{ missed: 9, worstHours: [] }, 'were good; no hour of the day and no weekday stands out.'],
    [{ hours: 0, missed: 0 }, 'No hour has the 20 requests'],
  ])('always or sometimes: %j', (change, sentence) => {
    const seen = look()
    const text = renderLook('x', { ...seen, missed: { ...seen.missed, ...change } }, PLAIN, options)
    expect(text.replaceAll('\n', ' ')).toContain(sentence)
  })
  test('no durations: neither chart nor quantiles, but who and what came out', () => {
    const text = renderLook(
      'x',
      look({
        bands: [],
        measuredUnder: null,
        histogram: { edges_ms: [], counts: [] },
        modes: [],
        underShare: null,
      }),
      PLAIN,
      options,
    )
    expect(text).not.toContain('How long')
    expect(text).not.toContain('When')
    expect(text).toContain('Who')
    expect(text).toContain('– under 500 ms')
  })
  test('nobody known: no empty table', () => {
    expect(
      renderLook('x', look({ who: { accounts: [], clients: [], upstreams: [] } }), PLAIN, options),
    ).not.toContain('Who')
  })
  test('accounts without plans: no empty columns', () => {
    const accounts = [{ ...who('1042'), plan: null, revenue: null }]
    expect(
      renderLook('x', look({ who: { accounts, clients: [], upstreams: [] } }), PLAIN, options),
    ).not.toMatch(/\bplan\b/)
  })
})

describe('requests', () => {
  test('an unfinished request took at least what it was watched for', () => {
    expect(renderRequests(list(), { ...PLAIN, width: 200 })).toMatch(/timeout +≥ 1\.0 min/)
  })
  test('parts that no request has take no room', () => {
    const none = request({ queue_ms: null, upstream_ms: null, send_ms: null, account: null })
    const text = renderRequests(list({ requests: [none] }), { ...PLAIN, width: 200 })
    expect(text).not.toMatch(/queue|send|account/)
  })
  test('all columns, with their units and attributes', () => {
    const text = renderRequests(list(), PLAIN, 'all')
    expect(text).toMatch(/bytes_out +1\.3 MB/)
    expect(text).toMatch(/upstream_ms +13 ms/)
    expect(text).toMatch(/attrs\.tls +\{"version":"1\.3"\}/)
    expect(text).toMatch(/attrs\.cached +false/)
    expect(text).toMatch(/trace_id +–/)
    expect(text).not.toContain('\u001b')
  })
  test('how many there are', () => {
    expect(renderRequests(list(), PLAIN)).toMatch(/^The slowest of 812 requests; times in UTC\n/)
    expect(renderRequests(list({ total: 1 }), PLAIN)).toMatch(/^1 request; times in UTC\n/)
    expect(renderRequests(list({ total: 0, requests: [] }), PLAIN)).toBe('No requests.')
  })
})

describe('import', () => {
  test('sums up by kind', () => {
    const sources = [source({ rows: 30 }), source({ rows: 12 }), source({ kind: 'accounts', rows: 1 })]
    expect(renderImport(sources, PLAIN)).toMatch(/Imported 42 requests and 1 account\.$/)
  })
  test('a file that gives rows of two kinds', () => {
    const traces = source({ kind: 'spans', format: 'otlp', rows: 70, also: { requests: 18 } })
    const text = renderImport([traces], PLAIN)
    expect(text).toMatch(/Imported 70 spans and 18 requests\.$/)
    expect(text).toMatch(/ +also requests +requests .* 18/)
    expect(renderRejects(traces, [], 20, PLAIN)).toMatch(/^also +18 requests$/m)
    expect(sourceRow(traces)).toMatchObject({ kind: 'spans', rows: 70, also: { requests: 18 } })
    expect(sourceRow(source())).not.toHaveProperty('also')
  })
  test('says what was there already', () => {
    const known = { ...source(), alreadyImported: true }
    expect(renderImport([known], PLAIN)).toMatch(/The file was imported before; nothing was added\.$/)
    expect(renderImport([known, known], PLAIN)).toMatch(
      /All 2 files were imported before; nothing was added of them\.$/,
    )
    expect(renderImport([known, source({ rows: 1 })], PLAIN)).toMatch(
      /Imported 1 request\. 1 file was imported before; nothing was added of it\.$/,
    )
  })
  test('nothing came in: nothing to show', () => {
    expect(renderImport([], PLAIN)).toBe('')
  })
})

describe('progress', () => {
  test('bar, bytes, speed, time left', () => {
    expect(renderProgress({ ...state, file: 'a.log' }, { ...PLAIN, width: 120 })).toBe(
      '2/12  a.log  ██████████░░░░░░░░░░░░░░  42%  546 MB of 1.3 GB  88,889 rows/s  13 s left',
    )
  })
  test('what was read of a stream, while nobody knows how much there is', () => {
    expect(
      renderProgress({ file: '-', index: 1, files: 1, done: 0, bytes: 7000, elapsed_ms: 10 }, PLAIN),
    ).toBe('-  7.0 kB')
  })
})

test('init names the folder that the next command is for', () => {
  const made = { dir: '/x/perf', isNew: true, created: ['whyslow.yaml', 'stories/', '.whyslow/'] }
  expect(renderInit(made, 'perf', PLAIN)).toContain('Next: cd perf && whyslow import access.log')
  expect(renderInit(made, '.', PLAIN)).toContain('Next: whyslow import access.log')
})

test('of a cut overview nothing is said of the routes that are not shown', () => {
  const at = new Date('2026-10-19T08:00:00Z')
  const said = (change: Partial<Overview>) =>
    renderOverviewLine(overview({ requests: 9, ...change }), at, { objective: 0.9, targets: { isSet: true } })
  const good = [route({ underShare: 0.99 })]
  const others = { routes: 0, requests: 0, total_ms: 0 }
  expect(said({ routes: good, others })).toBe(
    '08:00:00 UTC: 9 requests; no route is below the objective of 90%',
  )
  expect(said({ routes: good })).toBe(
    '08:00:00 UTC: 9 requests; of the 1 route shown, none is below the objective of 90%',
  )
  expect(said({})).toBe(
    '08:00:00 UTC: 9 requests; of the 3 routes shown, below the objective of 90%: GET /orders/:id 87.1%',
  )
  expect(nameRoutes(overview())).toBe('The 3 routes that take the most time, of 6')
  expect(nameRoutes(overview({ routes: good }))).toBe('The route that takes the most time, of 4')
  expect(nameRoutes(overview({ others }))).toBe('Every route')
})

test('a period may be open at an end', () => {
  const [from, to] = ['2026-10-05T14:03:21Z', '2026-10-05T15:00:00Z']
  expect(formatPeriod({ from, to })).toBe('2026-10-05 14:03:21 – 15:00:00 UTC')
  expect(formatPeriod({ from, to: null })).toBe('since 2026-10-05 14:03:21 UTC')
  expect(formatPeriod({ from: null, to })).toBe('until 2026-10-05 15:00:00 UTC')
  expect(formatPeriod({ from: null, to: null })).toBe('no time')
})
