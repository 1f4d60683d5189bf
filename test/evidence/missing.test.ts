/** Small made-up logs, beacons and spans, where the right answer can be seen. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findMissing } from '../../src/evidence/missing.js'
import type { MissingKind, PagesAlone } from '../../src/evidence/missing-kind.js'
import { openStore } from '../../src/store/open-store.js'
import { EVERYTHING, type Slice } from '../../src/store/slice.js'
import { importInto, type MadeRequest, makeStore, makeWorkbook, openShop } from './workbooks.js'

const OPTIONS = { under_ms: 500, asked: true, limit: 5, beaconWindow_ms: 30 * 60_000, alone: null }
const MINUTE = 60_000
const at = (minute: number) => new Date(Date.UTC(2026, 9, 5) + minute * MINUTE).toISOString()

interface Beacon {
  id: string
  type: 'start' | 'end'
  time: string
  url: string
  account?: string
  load_ms?: number
}

const page = (id: number, minute: number, options: Partial<Beacon> = {}): Beacon[] => {
  const common = { id: `p${id}`, url: 'https://shop.example/orders', ...options }
  return [
    { ...common, type: 'start', time: at(minute + 0.01) },
    { ...common, type: 'end', time: at(minute + 0.1), load_ms: 1000 + id },
  ]
}
const view = (
  minute: number,
  options: Partial<MadeRequest> & { trace_id?: string; elapsed_ms?: number } = {},
) => ({
  time: at(minute),
  path: '/orders',
  duration_ms: 100,
  ...options,
})

interface Made {
  requests: MadeRequest[]
  beacons?: Beacon[]
  spans?: object[]
}

async function find(
  { requests, beacons, spans }: Made,
  slice: Slice = EVERYTHING,
  alone: PagesAlone | null = null,
) {
  const workbook = await makeWorkbook()
  const { store: first } = await makeStore(requests, { workbook })
  first.close()
  const write = async (name: string, rows: object[]) => {
    const file = join(workbook.dir, name)
    await writeFile(file, `${rows.map(row => JSON.stringify(row)).join('\n')}\n`)
    await importInto(workbook, [file])
  }
  if (beacons) await write('beacons.ndjson', beacons)
  if (spans) {
    const scopeSpans = [{ scope: { name: 'made' }, spans }]
    await write('spans.jsonl', [{ resourceSpans: [{ resource: { attributes: [] }, scopeSpans }] }])
  }
  const store = await openStore(workbook.paths.data)
  try {
    const found = await findMissing(store, slice, { ...OPTIONS, alone })
    const kindOf = (name: string) => found.kinds.find(({ kind }) => kind === name) as MissingKind
    return { ...found, kindOf }
  } finally {
    store.close()
  }
}

const countsOf = ({ reasons }: MissingKind) =>
  Object.fromEntries(reasons.map(({ reason, count }) => [reason, count]))

describe('requests', () => {
  test('each stands for as many as its weight says', async () => {
    const { kindOf } = await find({
      requests: [
        view(0, { weight: 10, account: 'a' }),
        view(1, { weight: 10, duration_ms: 900, account: 'b' }),
        view(2, { weight: 5, status: 504, duration_ms: 2000, client: 'x' }),
        view(3, { weight: 5, duration_ms: null, client: 'y' }),
        view(4, { weight: 10, status: 499, duration_ms: 50, account: 'a' }),
      ],
    })
    const requests = kindOf('requests')
    expect(requests).toMatchObject({ of: 40, missing: 20, finished: 20, last_ms: 900 })
    expect(countsOf(requests)).toEqual({ aborted: 10, timeout: 5, unmeasured: 5 })
    // Whoever has no account is no customer.
    expect(requests.hit).toEqual({ unit: 'customer', count: 1, of: 2, missing: 10 })
    expect(requests.under).toMatchObject({ best: 25 / 40, worst: 10 / 40 })
    // Of 40, 15 had lasted under 100 ms or for an unknown time; 10 are known to have ended by then.
    expect(requests.quantiles[0]).toMatchObject({ best_ms: 100, worst_ms: 900 })
    expect(requests.quantiles.at(-1)).toMatchObject({ best_ms: 2000, worst_ms: null })
  })

  test('nothing is missing, and nothing is asked of what isn’t there', async () => {
    const { kindOf, absent } = await find({ requests: [view(0), view(1)] })
    expect(kindOf('requests')).toMatchObject({ missing: 0, reasons: [], who: [], tested: 0 })
    expect(absent.map(({ kind }) => kind)).toEqual(['pages', 'traces'])
  })

  test('an instance isn’t named for its routes, nor for answers that no instance gave', async () => {
    const requests = Array.from({ length: 6000 }, (_, i): MadeRequest => {
      const customer = `c${i % 60}`
      const common = { account: customer, time: at(i / 10) }
      if (i % 3 === 0) return { ...common, path: '/static/app.js', duration_ms: 1 }
      const instance = (i * 7919) % 5 < 2 ? 'a:80' : 'b:80'
      // Most of what times out goes to b, which times out no more often at it.
      const isExport = instance === 'b:80' ? i % 7 < 3 : i % 7 === 0
      const isLost = isExport && (i * 104729) % 11 < 2
      return {
        ...common,
        path: isExport ? '/export' : '/orders',
        upstream: instance,
        ...(isLost ? { status: 504, duration_ms: 2000 } : { duration_ms: 50 }),
      }
    })
    const { kindOf } = await find({ requests })
    const { who, missing } = kindOf('requests')
    expect(missing).toBeGreaterThan(200)
    expect(who.map(({ by, value }) => `${by} ${value}`)).toEqual(['route GET /export'])
  })

  test('of a recorded log, those of the route that times out', async () => {
    const { store } = await openShop()
    const { kinds } = await findMissing(store, EVERYTHING, OPTIONS)
    store.close()
    const routes = kinds[0]!.who.filter(({ by }) => by === 'route').map(({ value }) => value)
    expect(routes).toEqual(['GET /invoices/:id/pdf'])
  })
})

describe('pages', () => {
  /** The first view came before the first beacon, so it isn't counted, and neither is what comes at the very end. */
  const quiet = [view(0), view(2000)]
  const around = [...page(900, 0), ...page(901, 2000)]

  test('of views close together, those that never finished are the ones without a page', async () => {
    const { kindOf } = await find({
      requests: [...quiet, view(500), view(501, { status: 504 }), view(502)],
      beacons: [...around, ...page(1, 500), ...page(2, 502)],
    })
    expect(countsOf(kindOf('pages'))).toEqual({ no_answer: 1 })
    expect(kindOf('pages')).toMatchObject({ of: 3, also: [] })
  })

  test('a page long after makes up for no view', async () => {
    const { kindOf } = await find({
      requests: [...quiet, view(500)],
      beacons: [...around, ...page(1, 700)],
    })
    expect(countsOf(kindOf('pages'))).toEqual({ no_beacon: 1 })
    expect(kindOf('pages').also).toEqual([{ what: 'no_request', count: 1 }])
  })

  test('customers are told apart where both kinds know them', async () => {
    const { kindOf } = await find(
      {
        requests: [...quiet, view(500), view(500, { account: 'b' })].map(row => ({ account: 'a', ...row })),
        beacons: [...around, ...page(1, 500)].map(row => ({ account: 'a', ...row })),
      },
      { ...EVERYTHING, where: `account = 'b'` },
    )
    expect(kindOf('pages')).toMatchObject({ of: 1, missing: 1, last_ms: null })
  })

  test('days on which no beacon came are left out, and errors, redirects and other routes are no views', async () => {
    const days = (day: number) => day * 1440
    const { kindOf } = await find({
      requests: [
        ...quiet,
        view(days(2)),
        view(days(2) + 60),
        view(days(3)),
        view(days(3) + 100, { status: 500 }),
        view(days(3) + 200, { status: 302 }),
        view(days(3) + 300, { path: '/api/prices' }),
        view(days(3) + 400, { method: 'POST' }),
        view(days(4)),
      ],
      beacons: [...around, ...page(1, days(3)), ...page(2, days(4))],
    })
    expect(kindOf('pages')).toMatchObject({ of: 2, missing: 0, covers: { daysLeftOut: 1 } })
  })

  describe('of paths without a request', () => {
    /** Begun at the minute, and ended unless it says otherwise; the last one so late that its end may be to come. */
    const of = (id: number, minute: number, path: string, { ends = true } = {}) =>
      page(id, minute, { url: `https://shop.example${path}` }).filter(({ type }) => ends || type === 'start')
    const beacons = [
      ...of(1, 0, '/app/orders/17'),
      ...of(2, 500, '/app/orders/18', { ends: false }),
      ...of(3, 800, '/app/cart', { ends: false }),
      ...of(4, 900, '/app/cart'),
      ...of(5, 2000, '/app/cart', { ends: false }),
    ]
    const templates = ['/app/orders/:id', '/app/cart']
    const api = [0, 1000, 2000].map(minute => view(minute, { path: '/api/orders' }))

    test('are counted by their beacons alone, those that began and never ended', async () => {
      const { kindOf } = await find({ requests: api, beacons }, EVERYTHING, { templates, page: null })
      const pages = kindOf('pages')
      expect(countsOf(pages)).toEqual({ no_end: 2 })
      expect(pages).toMatchObject({ of: 4, finished: 2, also: [{ what: 'alone', count: 4 }] })
      expect(pages.routes.map(({ route, of, missing }) => [route, of, missing])).toEqual([
        ['/app/cart', 2, 1],
        ['/app/orders/:id', 2, 1],
      ])
    })

    test('one page by its template, and within its time', async () => {
      const slice = { ...EVERYTHING, where: 'false', from: at(100) }
      const asked = { templates, page: '/app/orders/:id' }
      const found = await find({ requests: api, beacons }, slice, asked)
      expect(found.kindOf('pages')).toMatchObject({ of: 1, missing: 1 })
      expect(found.kindOf('requests').of).toBe(0)
      expect(found.window).toEqual({ from: '2026-10-05T08:20:00.600000Z', to: '2026-10-05T08:20:00.600000Z' })
      expect(found.warnings).toEqual([])
    })

    test('beside pages that requests were found for, each counted once', async () => {
      const { kindOf } = await find(
        {
          requests: [...quiet, view(500)],
          beacons: [...around, ...page(1, 500), ...of(2, 600, '/app/cart', { ends: false })],
        },
        EVERYTHING,
        { templates, page: null },
      )
      expect(kindOf('pages')).toMatchObject({ of: 2, missing: 1, also: [{ what: 'alone', count: 1 }] })
    })

    describe('but with requests of them', () => {
      const everything = { templates: [...templates, '/orders/:id'], page: null }
      /** Of 60 views two have a beacon. */
      const few = [0, 590].flatMap(minute => page(minute, minute))
      const many = Array.from({ length: 60 }, (_, i) => view(10 * i))
      const reasonOf = ({ absent }: Awaited<ReturnType<typeof find>>) =>
        absent.find(({ kind }) => kind === 'pages')?.reason

      test('too few of which have a beacon, aren’t counted, and that is said', async () => {
        const made = { requests: many, beacons: few }
        expect(reasonOf(await find(made, EVERYTHING, everything))).toMatch(
          /^The log has requests of the paths .* under 5% of those/,
        )
        const narrowed = { ...EVERYTHING, where: `route = 'GET /orders'` }
        expect(reasonOf(await find(made, narrowed))).toMatch(/^The log has requests of the paths/)
      })

      test('beside pages that are counted, their number is said', async () => {
        const { kindOf } = await find(
          { requests: many, beacons: [...beacons, ...few] },
          EVERYTHING,
          everything,
        )
        expect(kindOf('pages')).toMatchObject({
          of: 4,
          also: [
            { what: 'alone', count: 4 },
            { what: 'uncounted', count: 2 },
          ],
        })
      })

      test.each(['/orders', '/orders/17'])('of another time aren’t counted, nor %s', async path => {
        const later = few.map(row => ({
          ...row,
          url: `https://shop.example${path}`,
          time: row.time.replace('2026-10', '2026-12'),
        }))
        const requests = [...many, view(1, { path: '/orders/16' })]
        const found = await find({ requests, beacons: later }, EVERYTHING, everything)
        expect(reasonOf(found)).toContain('have no time in common')
      })
    })

    test('aren’t counted where the question is about requests', async () => {
      const { absent } = await find({ requests: api, beacons }, { ...EVERYTHING, where: 'status = 200' })
      expect(absent[0]).toMatchObject({
        kind: 'pages',
        reason: expect.stringContaining('no paths in common'),
        next: 'whyslow missing',
      })
      const cohort = { name: 'eu', where: 'status = 200' }
      const narrowed = await find({ requests: api, beacons }, { ...EVERYTHING, cohort })
      expect(narrowed.absent[0]!.next).toBe('whyslow missing --all-traffic')
    })
  })

  test('most without one are probably sampled, which is said', async () => {
    const many = Array.from({ length: 8 }, (_, i) => view(100 * (i + 1)))
    const { warnings } = await find({ requests: [...quiet, ...many], beacons: around })
    expect(warnings.map(({ code }) => code)).toContain('mostly-missing')
  })
})

describe('traces', () => {
  const trace = (n: number) => n.toString(16).padStart(32, '0')
  const span = (n: number, id: number, parent: number | null, minute: number, kind = 1) => ({
    traceId: trace(n),
    spanId: id.toString(16).padStart(16, '0'),
    ...(parent === null ? {} : { parentSpanId: parent.toString(16).padStart(16, '0') }),
    name: 'work',
    kind,
    startTimeUnixNano: `${Date.parse(at(minute))}000000`,
    endTimeUnixNano: `${Date.parse(at(minute)) + 100 * n}000000`,
  })
  const requests = [1, 2, 3, 4].map(n => view(n, { trace_id: trace(n) }))
  const last = view(100, { trace_id: trace(5) })
  const lastSpan = span(5, 50, null, 100)

  test('never came, or a parent of theirs never ended', async () => {
    const { kindOf } = await find({
      requests: [...requests, last],
      spans: [
        span(1, 10, null, 1),
        span(1, 11, 10, 1),
        span(2, 20, null, 2),
        span(2, 22, 21, 2),
        span(4, 40, null, 4),
        lastSpan,
      ],
    })
    expect(countsOf(kindOf('traces'))).toEqual({ no_end: 1, no_span: 1 })
    expect(kindOf('traces')).toMatchObject({ of: 4, last_ms: 400 })
  })

  test('a caller that isn’t traced is no parent that is missing, unless the others are', async () => {
    const SERVER = 2
    const remote = (n: number) => span(n, 10 * n, 999, n, SERVER)
    const all = [remote(1), remote(2), remote(3), remote(4), span(5, 50, 999, 100, SERVER)]
    const { kindOf } = await find({ requests: [...requests, last], spans: all })
    expect(kindOf('traces')).toMatchObject({ of: 4, missing: 0, last_ms: 400 })
    const rooted = [1, 2, 3].flatMap(n => [span(n, 10 * n, null, n), span(n, 10 * n + 1, 10 * n, n, SERVER)])
    const { kindOf: mixed } = await find({
      requests: [...requests, last],
      spans: [...rooted, remote(4), lastSpan],
    })
    expect(countsOf(mixed('traces'))).toEqual({ no_end: 1 })
  })

  test('ids are found as balancers write them, and work that went on is said', async () => {
    const id = trace(3)
    const { kindOf } = await find({
      requests: [
        view(3, { trace_id: `Root=1-${id.slice(0, 8)}-${id.slice(8)}`, status: 504 }),
        view(4, { trace_id: `00-${trace(4)}-00000000000000aa-01` }),
        last,
      ],
      spans: [span(3, 30, null, 3), span(4, 40, null, 4), lastSpan],
    })
    expect(kindOf('traces')).toMatchObject({ of: 2, missing: 0, also: [{ what: 'went_on', count: 1 }] })
  })

  test('without an id in the log nothing is claimed', async () => {
    const { kinds, absent } = await find({
      requests: [view(1), view(100)],
      spans: [span(1, 10, null, 1), lastSpan],
    })
    expect(kinds.map(({ kind }) => kind)).toEqual(['requests'])
    expect(absent.find(({ kind }) => kind === 'traces')?.reason).toContain('No request here has the id')
  })
})
