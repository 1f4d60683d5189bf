/** Beacons, and the pages that are put together from them, whatever file each beacon is in. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.js'
import type { Workbook } from '../../../src/workbook/workbook.js'
import { importInto, importText, makeWorkbook, query, ROOT, rejectsOf, writeInto } from '../import-into.js'

const FIXTURE = path.join(ROOT, 'fixtures/logs/beacons.ndjson')
const MINUTE = 60_000

type Page = Record<string, unknown>

async function pagesOf(workbook: Workbook, beaconWindow_ms?: number): Promise<Page[]> {
  const store = await openStore(workbook.paths.data, beaconWindow_ms === undefined ? {} : { beaconWindow_ms })
  try {
    const rows = await store.all<Page & { attrs: string | null }>(
      `SELECT * EXCLUDE ("time", attrs), strftime("time", '%H:%M:%S.%g') AS "time", to_json(attrs)::VARCHAR AS attrs
       FROM beacons ORDER BY id, "time"`,
    )
    return rows.map(({ attrs, ...row }) =>
      withoutNulls({ ...row, attrs: withoutNulls(JSON.parse(attrs ?? '{}')) }),
    )
  } finally {
    store.close()
  }
}

function withoutNulls(row: Page): Page {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

async function read(text: string, name = 'beacons'): Promise<{ workbook: Workbook; pages: Page[] }> {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, name, text)
  expect(source).toMatchObject({ kind: 'beacons', format: 'beacons' })
  return { workbook, pages: await pagesOf(workbook) }
}

const line = (beacon: object) => `${JSON.stringify(beacon)}\n`
const at = (ms: number) => new Date(Date.UTC(2026, 10, 20, 9) + ms).toISOString()
const start = (id: string, ms: number) =>
  line({ id, type: 'start', time: at(ms), url: 'https://a.example/x' })
const end = (id: string, ms: number, load_ms = 900) => line({ id, type: 'end', time: at(ms), load_ms })

test('the fixture: plain names, boomerang and web-vitals', async () => {
  const { workbook, pages } = await read(await readFile(FIXTURE, 'utf8'), 'fixture')
  expect(pages).toEqual([
    {
      id: '4b1c9e02',
      time: '09:00:00.000',
      state: 'complete',
      seen_ms: 4250,
      beacons: 2,
      host: 'shop.example',
      path: '/orders',
      query: 'page=2',
      account: 'acme',
      session: 's1',
      ttfb_ms: 182.4,
      fcp_ms: 640,
      dom_ready_ms: 912.5,
      load_ms: 1830.25,
      lcp_ms: 1544.1,
      inp_ms: 96,
      cls: 0.0312,
      attrs: { release: '2026.47', effective_type: '4g' },
    },
    {
      id: '5f0e',
      time: '09:00:20.000',
      state: 'no_start',
      seen_ms: 1500,
      beacons: 3,
      host: 'shop.example',
      path: '/search',
      query: 'q=chair',
      lcp_ms: 2412.3,
      cls: 0.27,
      inp_ms: 312,
      attrs: {
        'LCP.delta': '2412.3',
        'LCP.rating': 'good',
        'LCP.id': 'v4-1795165217000-1111111111111',
        'CLS.delta': '0.02',
        'CLS.rating': 'poor',
        'CLS.id': 'v4-1795165217000-2222222222222',
        'INP.delta': '312',
        'INP.rating': 'needs-improvement',
        'INP.id': 'v4-1795165217000-3333333333333',
        navigationType: 'navigate',
      },
    },
    {
      id: '77d0ab13',
      time: '09:00:01.000',
      state: 'unfinished',
      // Until the last beacon of all.
      seen_ms: 31_000,
      beacons: 1,
      host: 'shop.example',
      path: '/orders/17',
      account: 'acme',
      session: 's2',
      attrs: { url: 'https://shop.example/orders/17#items' },
    },
    {
      id: '9a8b7c6d',
      time: '09:00:05.000',
      state: 'no_start',
      seen_ms: 0,
      beacons: 1,
      host: 'shop.example',
      path: '/',
      session: 's4',
      ttfb_ms: 71,
      lcp_ms: 803.2,
      cls: 0,
      attrs: {},
    },
    {
      id: 'c0ffee42',
      time: '09:00:02.000',
      state: 'unfinished',
      seen_ms: 30_000,
      beacons: 2,
      host: 'shop.example',
      path: '/reports',
      account: 'globex',
      session: 's3',
      attrs: { type: 'ping' },
    },
    {
      id: 'tbazso6s',
      time: '09:00:01.200',
      state: 'complete',
      seen_ms: 9150,
      beacons: 3,
      host: 'shop.example',
      path: '/cart',
      referer: 'https://shop.example/orders',
      session: 'o8ysbdqddck-qmvmm8',
      ttfb_ms: 350,
      fcp_ms: 712,
      dom_ready_ms: 1200,
      load_ms: 2141,
      lcp_ms: 1288,
      inp_ms: 144,
      cls: 0.08,
      attrs: expect.objectContaining({
        early: '1',
        n: '3',
        'pt.fp': '700',
        u: 'https://shop.example/api/cart/3',
        'http.initiator': 'xhr',
        t_done: '350',
      }),
    },
  ])
  expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toEqual([{ n: 0 }])
})

describe('a page whose beacons are in several files', () => {
  const files: [string, string][] = [
    ['early', start('a', 0) + start('b', 1000)],
    ['late', end('a', 5000) + start('c', 6000)],
  ]

  test.each([
    ['in their order', files],
    ['the other way round', files.toReversed()],
  ])('%s', async (_name, ordered) => {
    const workbook = await makeWorkbook()
    for (const [name, text] of ordered) await importText(workbook, name, text)
    expect(await pagesOf(workbook)).toMatchObject([
      { id: 'a', state: 'complete', seen_ms: 5000, path: '/x', load_ms: 900 },
      { id: 'b', state: 'unfinished', seen_ms: 5000 },
      { id: 'c', state: 'unfinished', seen_ms: 0 },
    ])
  })

  test('the end that comes with a later file makes it complete', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'early', files[0]![1])
    expect(await pagesOf(workbook)).toMatchObject([
      { id: 'a', state: 'unfinished', seen_ms: 1000 },
      { id: 'b', state: 'unfinished', seen_ms: 0 },
    ])
    await importText(workbook, 'late', files[1]![1])
    expect((await pagesOf(workbook))[0]).toMatchObject({ id: 'a', state: 'complete' })
  })

  test('any beacons in any files give the pages that they give in one', async () => {
    const beacon = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      minute: fc.integer({ min: 0, max: 200 }),
      type: fc.constantFrom('start', 'end', 'ping'),
      load_ms: fc.option(fc.integer({ min: 0, max: 9000 })),
      account: fc.option(fc.constantFrom('acme', 'globex')),
      file: fc.nat(2),
    })
    const some = fc.uniqueArray(beacon, { minLength: 1, maxLength: 40, selector: one => one.minute })
    await fc.assert(
      fc.asyncProperty(some, async beacons => {
        const write = (chosen: typeof beacons) =>
          chosen
            .map(({ minute, file: _file, ...rest }) =>
              line({ ...rest, time: at(minute * MINUTE), url: `/p/${minute}` }),
            )
            .join('')
        const [one, several] = [await makeWorkbook(), await makeWorkbook()]
        await importText(one, 'all', write(beacons), { as: 'beacons' })
        for (const file of [2, 0, 1]) {
          const part = beacons.filter(other => other.file === file).toReversed()
          if (part.length > 0) await importText(several, `part-${file}`, write(part), { as: 'beacons' })
        }
        const pages = await pagesOf(one)
        expect(await pagesOf(several)).toEqual(pages)
        expect(pages.reduce((sum, page) => sum + Number(page.beacons), 0)).toBe(beacons.length)
        expect(pages).toHaveLength(countPages(beacons))
      }),
      { numRuns: 8, seed: 20261120 },
    )
  }, 120_000)
})

/** By another way than the engine's: a gap of over half an hour begins another page. */
function countPages(beacons: { id: string; minute: number }[]): number {
  const sorted = beacons.toSorted((a, b) => a.minute - b.minute)
  const last = new Map<string, number>()
  let pages = 0
  for (const { id, minute } of sorted) {
    if (minute - (last.get(id) ?? Number.NEGATIVE_INFINITY) > 30) pages += 1
    last.set(id, minute)
  }
  return pages
}

describe('the window', () => {
  const late = start('a', 0) + end('a', 31 * MINUTE) + end('b', 90 * MINUTE)

  test('an end after it is of another page, and the start was waited for until then', async () => {
    const { workbook, pages } = await read(late)
    expect(pages).toMatchObject([
      { id: 'a', state: 'unfinished', seen_ms: 30 * MINUTE, time: '09:00:00.000' },
      { id: 'a', state: 'no_start', seen_ms: 0, time: '09:31:00.000' },
      { id: 'b', state: 'no_start' },
    ])
    expect(await pagesOf(workbook, 31 * MINUTE)).toMatchObject([
      { id: 'a', state: 'complete', seen_ms: 31 * MINUTE },
      { id: 'b', state: 'no_start' },
    ])
  })

  test('beacons in between keep a page together', async () => {
    const { pages } = await read(
      start('a', 0) + line({ id: 'a', type: 'ping', time: at(25 * MINUTE) }) + end('a', 50 * MINUTE),
    )
    expect(pages).toMatchObject([{ id: 'a', state: 'complete', seen_ms: 50 * MINUTE, beacons: 3 }])
  })

  test('a beacon that was sent twice is still one page, and the last of several ends counts', async () => {
    const { pages } = await read(start('a', 0) + start('a', 0) + end('a', 4000, 700) + end('a', 3000, 600))
    expect(pages).toMatchObject([{ state: 'complete', load_ms: 700, seen_ms: 4000, beacons: 4 }])
  })

  test('an end in the same moment as its start counts after it', async () => {
    const { pages } = await read(
      line({ id: 'a', type: 'end', time: at(0), account: 'known', load_ms: 1 }) +
        line({ id: 'a', type: 'start', time: at(0), account: 'guest', url: '/x' }),
    )
    expect(pages).toMatchObject([{ state: 'complete', account: 'known', path: '/x', seen_ms: 0 }])
  })
})

test('CSV with the same names; empty and negative timings are null', async () => {
  const { pages } = await read(
    'id,type,time,url,ttfb_ms,lcp_ms,cls\na,start,2026-11-20 09:00:00,/x,,,\n' +
      'a,end,2026-11-20 09:00:01,"/x?q=1,2",-1,NaN,0.5\n',
  )
  expect(pages).toEqual([
    {
      id: 'a',
      time: '09:00:00.000',
      state: 'complete',
      seen_ms: 1000,
      beacons: 2,
      path: '/x',
      query: 'q=1,2',
      cls: 0.5,
      attrs: { ttfb_ms: '-1', lcp_ms: 'NaN' },
    },
  ])
})

test('without a type, timings make an end', async () => {
  const { pages } = await read(
    line({ view_id: 'a', time: at(0), url: '/x' }) + line({ view_id: 'a', time: at(10), LCP: 5, cls: 0 }),
  )
  expect(pages).toMatchObject([{ id: 'a', state: 'complete', lcp_ms: 5 }])
})

test('what can’t be joined or placed is rejected with its line and reason', async () => {
  const workbook = await makeWorkbook()
  const source = await importText(
    workbook,
    'b',
    `${start('a', 0)}${start('d', 0)}${start('e', 0)}{"type":"end","time":"2026-11-20"}\n{"id":"b","type":"end","time":"soon"}\n{"id":"c","ty\n`,
  )
  expect(source).toMatchObject({ rows: 3, rejected: 3, skipped: 0 })
  expect((await rejectsOf(workbook, source)).map(({ line, reason }) => [line, reason])).toEqual([
    [4, 'no id'],
    [5, "time can't be read: soon"],
    [6, 'no JSON'],
  ])
})

test('a metric that has no column is kept under its name', async () => {
  const metric = { page_id: 'p', time: at(0), url: '/x', rating: 'good', delta: 1 }
  const { pages } = await read(
    line({ ...metric, name: 'FID', value: 9, id: 'v1' }) +
      line({ ...metric, name: 'LCP', value: 5, id: 'v2' }),
  )
  expect(pages).toMatchObject([
    { id: 'p', state: 'no_start', lcp_ms: 5, attrs: { 'FID.value': '9', 'LCP.id': 'v2' } },
  ])
})

test('metrics without an id of the page are a warning', async () => {
  const workbook = await makeWorkbook()
  const metric = { time: at(0), name: 'LCP', value: 5, delta: 5, rating: 'good', id: 'v4-1-1' }
  await importText(workbook, 'm', line(metric))
  expect(await pagesOf(workbook)).toMatchObject([{ id: 'v4-1-1', lcp_ms: 5 }])
  const { warnings } = await importInto(
    workbook,
    await writeInto(workbook, 'other', line({ ...metric, value: 6 })),
  )
  expect(warnings).toMatchObject([{ code: 'format-guessed', next: expect.stringContaining('page_id') }])
})

test.each([
  ['requests', line({ id: 1, time: at(0), path: '/x', status: 200, duration_ms: 5, ttfb: 3 })],
  ['deploys', line({ id: 1, time: at(0), version: '1.2', type: 'start' })],
  ['tickets', line({ id: 1, created_at: at(0), subject: 'x', type: 'start', url: '/y' })],
])('%s are no beacons', async (kind, text) => {
  const workbook = await makeWorkbook()
  expect(await importText(workbook, 'a', text)).toMatchObject({ kind })
})
