/** Sessions of a page whose every view, request and event is named here: which count, how slow they were, which went on. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LatencyMetric } from '../../src/evidence/match-latency.js'
import type { Goal } from '../../src/evidence/session-views.js'
import { readSessions, type Sessions } from '../../src/evidence/sessions.js'
import { tolerance } from '../../src/evidence/tolerance.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { importInto, makeWorkbook } from './workbooks.js'

const stores: Store[] = []
afterAll(() => {
  for (const store of stores) store.close()
})

/** `who` is the client and, with `u` in front, the account; empty: neither is known. */
interface Seen {
  at: string
  who: string
  page: string
  event?: string
  session?: string
}

interface Asked {
  at: string
  who: string
  path: string
  ms: number
  status?: number
  weight?: number
}

const day = (at: string) => (at.includes('T') ? at : `2026-10-05T${at}`)

async function makeSessions(seen: Seen[], asked: Asked[], beacons: object[] = []): Promise<Store> {
  const workbook = await makeWorkbook()
  const views = seen.map(({ at, who, page, event = 'page_view', session = '1' }) =>
    [
      event,
      `${day(at)}Z`,
      ...(who === '' ? ['', ''] : [`c${who}`, `u${who}`]),
      session,
      `https://shop.example${page}`,
    ].join(),
  )
  const files = [
    [
      'views.csv',
      ['name,timestamp,user_pseudo_id,user_id,param_ga_session_id,param_page_location', ...views],
    ],
    [
      'log.ndjson',
      asked.map(({ at, who, path, ms, status = 200, weight = 1 }) =>
        JSON.stringify({
          time: `${day(at)}Z`,
          method: 'GET',
          path,
          status,
          duration_ms: ms,
          account: `u${who}`,
          weight,
        }),
      ),
    ],
    ['beacons.ndjson', beacons.map(beacon => JSON.stringify(beacon))],
  ] as const
  for (const [name, lines] of files) {
    const empty = name === 'views.csv' ? 1 : 0
    if (lines.length === empty) continue
    await writeFile(join(workbook.dir, name), `${lines.join('\n')}\n`)
    await importInto(workbook, [join(workbook.dir, name)])
  }
  const store = await openStore(workbook.paths.data)
  stores.push(store)
  return store
}

const QUESTION = {
  page: { template: '/orders/:id', route: 'GET /orders/:id' },
  templates: ['/orders/:id', '/orders/new'],
  goal: 'continue',
  event: 'Purchase',
  metric: 'request',
  slice: EVERYTHING,
} as const

function ask(store: Store, goal: Goal = 'continue', metric: LatencyMetric = 'request'): Promise<Sessions> {
  return readSessions(store, { ...QUESTION, goal, metric })
}

async function missingOf(store: Store, template: string): Promise<string> {
  const page = { template, route: null }
  const { missing } = await tolerance(store, { ...QUESTION, page, value: null, seed: 1 })
  return missing.at(-1)!
}

/** Of each client, in order of their names: what it saw, in milliseconds to the step, and how much went on. */
function rowsOf({ visits: { bins, starts, bin, visits, wentOn } }: Sessions): number[][] {
  return Array.from(bin, (at, row) => [
    starts.findLastIndex(start => start <= row),
    Math.round(bins[at]!.ms),
    visits[row]!,
    wentOn[row]!,
  ])
}

/** So that no other view's time is still open. */
const END: Seen = { at: '2026-10-20T00:00:00', who: 'z', page: '/end' }

describe('latency', () => {
  test('is of the nearest request of the same account and path, each once', async () => {
    const store = await makeSessions(
      [
        { at: '10:00:00', who: 'a', page: '/orders/1' },
        { at: '10:00:00', who: 'b', page: '/orders/1' },
        { at: '10:00:00', who: 'c', page: '/orders/new' },
        { at: '10:00:00', who: 'd', page: '/orders/1', session: '1' },
        { at: '10:00:06', who: 'd', page: '/orders/1', session: '2' },
        END,
      ],
      [
        { at: '10:00:01', who: 'a', path: '/orders/1', ms: 100 },
        { at: '10:00:08', who: 'a', path: '/orders/1', ms: 9000 },
        { at: '10:00:00', who: 'a', path: '/orders/2', ms: 7000 },
        { at: '10:00:31', who: 'b', path: '/orders/1', ms: 300 },
        { at: '10:00:00', who: 'c', path: '/orders/new', ms: 50 },
        { at: '10:00:05', who: 'd', path: '/orders/1', ms: 400 },
      ],
    )
    const found = await ask(store)
    expect(rowsOf(found)).toEqual([
      [0, 100, 1, 0],
      [1, 400, 1, 0],
    ])
    expect(found).toMatchObject({ sessions: 4, counted: 2, clients: 2, customers: 2 })
    expect(found.leftOut).toEqual({ noLatency: 2, ambiguous: 0, unfinished: 0, open: 0 })
  })

  test('is left out where two requests are about as near, and where the page failed or has no time', async () => {
    const store = await makeSessions(
      [
        { at: '10:00:00', who: 'a', page: '/orders/1' },
        { at: '10:00:00', who: 'b', page: '/orders/1' },
        { at: '10:00:00', who: 'c', page: '/orders/1' },
        { at: '2026-10-19T23:45:00', who: 'd', page: '/orders/1' },
        { at: '10:00:00', who: 'e', page: '/orders/1' },
        END,
      ],
      [
        { at: '10:00:01', who: 'a', path: '/orders/1', ms: 100 },
        { at: '10:00:02', who: 'a', path: '/orders/1', ms: 900 },
        { at: '10:00:01', who: 'b', path: '/orders/1', ms: 100, status: 504 },
        { at: '10:00:01', who: 'c', path: '/orders/1', ms: 0 },
        { at: '2026-10-19T23:45:00', who: 'd', path: '/orders/1', ms: 100 },
        ...Array.from({ length: 100 }, () => ({ at: '10:00:02', who: 'e', path: '/orders/1', ms: 100 })),
      ],
    )
    const found = await ask(store)
    expect(found.leftOut).toEqual({ noLatency: 0, ambiguous: 2, unfinished: 2, open: 1 })
    expect(found).toMatchObject({ sessions: 5, counted: 0, window: { from: null, to: null } })
    expect(found.visits.bins).toEqual([])
    expect(await missingOf(store, '/orders/:id')).toContain(
      'sessions that saw the page finish: 2 saw it fail',
    )
  })

  test('of a sampled log counts as often as its row stands for', async () => {
    const store = await makeSessions(
      [{ at: '10:00:00', who: 'a', page: '/orders/1' }, { at: '10:00:00', who: '', page: '/list' }, END],
      [{ at: '10:00:00', who: 'a', path: '/orders/1', ms: 100, weight: 10 }],
    )
    const found = await ask(store)
    expect(rowsOf(found)).toEqual([[0, 100, 10, 0]])
    expect(Array.from(found.visits.observed)).toEqual([1])
    expect(await missingOf(store, '/list')).toContain('(rows that name neither: 1)')
  })

  test('is of beacons, and where no analytics were imported they are the views', async () => {
    const beacon = (at: string, session: string, path: string, load_ms: number, client = 'x') => ({
      id: `${at}${session}`,
      type: 'end',
      time: `2026-10-05T${at}Z`,
      path,
      session,
      client,
      load_ms,
      lcp_ms: load_ms / 2,
      effective_type: '3g',
    })
    const beacons = [
      beacon('10:00:00', 's1', '/orders/1', 800),
      beacon('10:01:00', 's1', '/cart', 50),
      beacon('11:00:00', 's2', '/orders/2', 300),
      beacon('11:01:00', 's2', '/orders/2', 300),
      beacon('20:00:00', 's3', '/end', 10),
    ]
    const alone = await makeSessions([], [], beacons)
    expect(rowsOf(await ask(alone, 'continue', 'load'))).toEqual([
      [0, 300, 1, 0],
      [0, 800, 1, 1],
    ])
    expect(rowsOf(await ask(alone, 'continue', 'lcp')).map(([, ms]) => ms)).toEqual([150, 400])
    const beside = await makeSessions(
      [{ at: '10:00:01', who: 'a', page: '/orders/1', session: 's1' }, END],
      [],
      // Nearer, and of a colleague.
      [...beacons, { ...beacon('10:00:01', 's9', '/orders/1', 70, 'y'), account: 'ua' }],
    )
    expect(rowsOf(await ask(beside, 'continue', 'load'))).toEqual([[0, 800, 1, 0]])
  })
})

describe('going on', () => {
  const CLIENTS = [...'abcdefghijkl']
  const asked = CLIENTS.map(who => ({ at: '10:00:00', who, path: '/orders/1', ms: 100 }))
  const view = (who: string, more: Partial<Seen> = {}): Seen => ({
    at: '10:00:00',
    who,
    page: '/orders/1',
    ...more,
  })
  let store: Store
  beforeAll(async () => {
    const others = [
      view('a', { at: '10:05:00', page: '/cart' }),
      view('b', { at: '10:05:00' }),
      view('c', { at: '09:55:00', page: '/cart' }),
      view('d', { at: '10:05:00', page: '/cart', session: '2' }),
      view('e', { at: '10:31:00', page: '/cart' }),
      view('f', { at: '10:05:00', event: 'purchase', page: '/thanks' }),
      view('g', { at: '09:55:00', event: 'purchase', page: '/thanks' }),
      view('h', { at: '10:05:00', page: '/thanks' }),
      view('i', { at: '2026-10-11T10:00:00', page: '/', session: '2' }),
      view('j', { at: '2026-10-13T10:00:00', page: '/', session: '2' }),
      view('k', { at: '10:05:00', page: '/cart' }),
      view('l', { at: '09:50:00', page: '/' }),
      view('l', { at: '09:55:00', page: '/', session: '2' }),
      view('l', { at: '2026-10-06T10:00:00', page: '/', session: '3' }),
    ]
    store = await makeSessions([...CLIENTS.map(who => view(who)), ...others, END], asked)
  })
  const went = async (clients: string, goal: Goal) => {
    const rows = rowsOf(await ask(store, goal))
    return [...clients].map(who => rows[CLIENTS.indexOf(who)]![3])
  }

  test('is another page, later, in the same session, within half an hour', async () => {
    expect(await went('abcde', 'continue')).toEqual([1, 0, 0, 0, 0])
  })

  test('is the event, after the view and not before it', async () => {
    expect(await went('fgh', 'convert')).toEqual([1, 0, 0])
  })

  test('is another session within a week, whatever other one was open at the time', async () => {
    expect(await went('ijkl', 'return')).toEqual([1, 0, 0, 1])
  })

  test('without session ids, half an hour of silence ends one', async () => {
    const seen = [
      view('a', { session: '' }),
      view('a', { session: '', at: '10:20:00', page: '/cart' }),
      view('a', { session: '', at: '11:00:00' }),
    ]
    const found = await ask(
      await makeSessions(
        [...seen, END],
        [...asked, { at: '11:00:00', who: 'a', path: '/orders/1', ms: 2000 }],
      ),
    )
    expect(rowsOf(found)).toEqual([
      [0, 100, 1, 1],
      [0, 2000, 1, 0],
    ])
  })

  test('counts the first view of a session only', async () => {
    const found = await ask(
      await makeSessions([view('a'), view('a', { at: '10:10:00', page: '/orders/2' }), END], asked),
    )
    expect(found).toMatchObject({ sessions: 1, counted: 1, again: 1 })
    expect(rowsOf(found)).toEqual([[0, 100, 1, 1]])
  })
})
