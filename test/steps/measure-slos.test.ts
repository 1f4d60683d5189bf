/** Budgets, burn rates and who ate them: on the recorded fortnight, counted by hand, and on made-up requests. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MeasuredSlo, measureSlos, type SlosQuestion } from '../../src/steps/measure-slos.js'
import { triage } from '../../src/steps/triage.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import {
  isGood,
  type MadeRequest,
  makeStore,
  openShop,
  type RawRequest,
  type Shop,
} from '../evidence/workbooks.js'

const NOW = new Date('2026-10-19T08:00:00Z')
const EVERY: SlosQuestion = { subject: null, window_ms: null, at: null, cohort: null, now: NOW }
const HOUR = 3_600_000
const DAY = 24 * HOUR
const minute = (n: number) => new Date(Date.parse('2026-10-10T00:00:00Z') + n * 60_000).toISOString()

const named = (slos: MeasuredSlo[], name: string, kind = 'under') =>
  slos.find(slo => slo.name === name && slo.kind === kind)!

describe('on the recorded fortnight', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop({
      only: ['access.log.gz'],
      config: `identify: [{attribute: remote_user}]
targets: {default: 500ms, routes: {"GET /products": 250ms}}
slo:
  window: 13d
  objectives:
    - {}
    - {route: "GET /orders", under: 1s, share: 90%, errors: 1%}
    - {name: listing, where: "path IN ('/orders', '/products')", window: 6d}
    - {route: "GET /products", window: 6d}
`,
    })
    await triage(shop.workbook, shop.store, EVERYTHING, { now: NOW, dryRun: false })
  })
  afterAll(() => shop.store.close())

  const targetOf = ({ route }: RawRequest) => (route === 'GET /products' ? 250 : 500)
  const newest = () => Math.max(...shop.requests.map(({ time }) => time))
  const count = (
    days: number,
    of: (request: RawRequest) => boolean,
    under: (request: RawRequest) => number = targetOf,
  ) => {
    const since = newest() - days * DAY
    const within = shop.requests.filter(({ time }) => time > since).filter(of)
    const told = within.map(request => isGood(request, under(request))).filter(good => good !== null)
    const errors = within.filter(({ status }) => status >= 500).length
    return { all: within.length, requests: told.length, bad: told.filter(good => !good).length, errors }
  }

  test('requests, bad ones and budgets are those of the raw log, each objective in its window', async () => {
    const { slos, unit } = await measureSlos(shop.workbook, shop.store, EVERY)
    expect(unit).toBe('customer')
    expect(slos).toHaveLength(5)
    const check = (slo: MeasuredSlo, requests: number, bad: number, objective: number) => {
      expect(slo).toMatchObject({ requests, objective, budget: { bad: expect.closeTo(bad, 6) } })
      expect(slo.budget!.spent).toBeCloseTo(bad / ((1 - objective) * requests), 9)
      expect(slo.share).toBeCloseTo(1 - bad / requests, 9)
    }
    const all = count(13, request => request.route.includes('/'))
    check(named(slos, 'all requests'), all.requests, all.bad, 0.95)
    expect(named(slos, 'all requests').under_ms).toBeNull()
    const orders = count(
      13,
      ({ route }) => route === 'GET /orders',
      () => 1000,
    )
    check(named(slos, 'GET /orders'), orders.requests, orders.bad, 0.9)
    check(named(slos, 'GET /orders', 'errors'), orders.all, orders.errors, 0.99)
    const listing = count(6, ({ path }) => path === '/orders' || path === '/products')
    check(named(slos, 'listing'), listing.requests, listing.bad, 0.95)
    const products = count(6, ({ route }) => route === 'GET /products')
    check(named(slos, 'GET /products'), products.requests, products.bad, 0.95)
    expect(slos.map(({ name, kind, state }) => `${state}: ${name}, ${kind}`)).toEqual([
      'missed: listing, under',
      'missed: all requests, under',
      'unsure: GET /orders, under',
      expect.stringContaining('met: '),
      expect.stringContaining('met: '),
    ])
    const { budget } = named(slos, 'GET /orders')
    expect(budget!.interval![0]).toBeLessThan(1)
    expect(budget!.interval![1]).toBeGreaterThan(1)
  })

  test('burn rates are those of the last hours', async () => {
    const { slos } = await measureSlos(shop.workbook, shop.store, { ...EVERY, subject: 'get /ORDERS' })
    expect(slos.map(({ kind }) => kind).sort()).toEqual(['errors', 'under'])
    const { burn } = named(slos, 'GET /orders')
    expect(burn.map(({ rate }) => rate)).toEqual([14.4, 6, 1])
    for (const { long_ms, short_ms, long, short } of burn) {
      for (const [ms, found] of [
        [long_ms, long],
        [short_ms, short],
      ] as const) {
        const { requests, bad } = count(
          ms / DAY,
          ({ route }) => route === 'GET /orders',
          () => 1000,
        )
        expect(found.requests).toBe(requests)
        expect(found.rate).toBeCloseTo(bad / (0.1 * requests), 9)
      }
    }
  })

  test('the stories ate what lies in them, and the rest is in none', async () => {
    const { slos } = await measureSlos(shop.workbook, shop.store, EVERY)
    const whole = named(slos, 'all requests')
    expect(whole.stories.map(({ id }) => id).sort()).toEqual([
      'get-invoices-id-pdf',
      'get-orders',
      'get-products-id',
      'get-reports-monthly',
    ])
    expect(whole.overlaps).toEqual([])
    const eaten = whole.stories.reduce((sum, { bad }) => sum + bad, whole.outside.bad)
    expect(eaten).toBeCloseTo(whole.budget!.bad, 6)
    const orders = count(13, ({ route }) => route === 'GET /orders').bad
    expect(whole.stories.find(({ id }) => id === 'get-orders')).toMatchObject({
      bad: orders,
      budget: expect.closeTo(orders / whole.budget!.allowed, 9),
    })
    expect(named(slos, 'GET /products').stories).toEqual([])
  })

  test('over 28 days, what is good is frozen, and what can’t be made up for is missed', async () => {
    const { slos } = await measureSlos(shop.workbook, shop.store, { ...EVERY, window_ms: 28 * DAY })
    expect(named(slos, 'all requests')).toMatchObject({
      state: 'missed',
      reason: expect.stringContaining('not even a perfect one'),
    })
    expect(named(slos, 'GET /products')).toMatchObject({
      state: 'frozen',
      covered: expect.closeTo(0.49, 2),
      reason: 'There is data of 49.0% of the window.',
    })
  })

  test('without an objective of its own, a route has the workbook’s', async () => {
    const { slos } = await measureSlos(shop.workbook, shop.store, { ...EVERY, subject: 'get-products-id' })
    expect(slos).toMatchObject([{ route: 'GET /products/:id', under_ms: 500, objective: 0.95 }])
  })

  test('at an earlier time', async () => {
    const at = '2026-10-12T00:00:00.000Z'
    const { slos } = await measureSlos(shop.workbook, shop.store, { ...EVERY, at, window_ms: 2 * DAY })
    const within = shop.requests.filter(
      ({ time, route }) =>
        route === 'GET /products' && time >= Date.parse(at) - 2 * DAY && time < Date.parse(at),
    )
    expect(named(slos, 'GET /products').requests).toBe(
      within.filter(request => isGood(request, 250) !== null).length,
    )
  })
})

/** One request a minute a customer, the newest at minute `minutes − 1`. */
function traffic(minutes: number, customers: number, make: (at: number, i: number) => Partial<MadeRequest>) {
  return Array.from({ length: minutes }, (_, at) =>
    Array.from({ length: customers }, (_, i) => ({
      time: minute(at),
      account: `c${i}`,
      duration_ms: 100,
      ...make(at, i),
    })),
  ).flat()
}

const measure = async (rows: MadeRequest[], config?: string, question: Partial<SlosQuestion> = {}) => {
  const { workbook, store } = await makeStore(rows, config === undefined ? {} : { config })
  try {
    return await measureSlos(workbook, store, { ...EVERY, ...question })
  } finally {
    store.close()
  }
}

const SHORT = 'slo: {objectives: [{errors: 1%, share: 99%}], window: 12h}\n'

describe('what is burning', () => {
  test('slow since two hours, and still: burning, before it is known how the window was', async () => {
    const { slos } = await measure(
      traffic(13 * 60, 8, at => ({ duration_ms: at >= 11 * 60 ? 900 : 100 })),
      'slo: {objectives: [{share: 99%, window: 60d}]}\n',
    )
    expect(slos[0]).toMatchObject({ state: 'burning', covered: expect.closeTo(13 / 24 / 60, 4) })
    expect(slos[0]!.reason).toMatch(/^The budget burns at 100× and still does \(100×\); from 14× on/)
  })

  test('what was slow, and is over, is not burning', async () => {
    const { slos } = await measure(
      traffic(13 * 60, 8, at => ({ duration_ms: at >= 11 * 60 && at < 12 * 60 ? 900 : 100 })),
      'slo: {objectives: [{share: 99%, window: 60d}]}\n',
    )
    expect(slos[0]).toMatchObject({ state: 'frozen' })
    expect(slos[0]!.burn.every(({ exceeds }) => exceeds === false)).toBe(true)
  })
})

describe('what can’t be measured', () => {
  test('without durations, good is frozen, and errors are counted', async () => {
    const rows = traffic(14 * 60, 8, () => ({ duration_ms: null }))
    const { slos, warnings } = await measure(rows, SHORT)
    expect(named(slos, 'all requests')).toMatchObject({
      state: 'frozen',
      reason: 'The log has no durations.',
      requests: 0,
      share: null,
      budget: null,
    })
    expect(named(slos, 'all requests', 'errors')).toMatchObject({ state: 'met', requests: 12 * 60 * 8 })
    expect(warnings.map(({ code }) => code)).toEqual(['no-durations'])
  })

  test('server errors alone don’t make up a share where answers have no durations', async () => {
    const rows = traffic(14 * 60, 8, (at, i) => (i === at % 8 ? { status: 500 } : { duration_ms: null }))
    const { slos } = await measure(rows, SHORT)
    expect(named(slos, 'all requests')).toMatchObject({ state: 'frozen', requests: 0, stories: [] })
    expect(named(slos, 'all requests').burn.map(({ long }) => long.rate)).toEqual([null, null])
    expect(named(slos, 'all requests', 'errors').state).toBe('missed')
  })

  test('durations of a part are said', async () => {
    const rows = traffic(14 * 60, 8, at => ({ duration_ms: at % 2 ? null : 100 }))
    const { slos } = await measure(rows, SHORT)
    expect(named(slos, 'all requests').reason).toBe('Only 2,880 of 5,760 answers have a duration.')
  })

  test('no request in the window, and none that counts', async () => {
    const rows = traffic(14 * 60, 8, () => ({ status: 404 }))
    const at = '2026-11-10T00:00:00.000Z'
    expect((await measure(rows, SHORT, { at })).slos.map(({ state }) => state)).toEqual(['frozen', 'frozen'])
    const { slos } = await measure(rows, SHORT)
    expect(named(slos, 'all requests').reason).toContain('None of its 5,760 requests counts')
    const { slos: none, warnings } = await measure([])
    expect(none).toMatchObject([{ state: 'frozen', reason: 'No request of it is in the window.' }])
    expect(warnings.map(({ code }) => code)).toEqual(['no-requests'])
  })

  test('a gap of four days is missing, a weekend is only quiet', async () => {
    const days = (list: number[]) =>
      list.flatMap(day => traffic(60, 8, at => ({ time: minute(day * 1440 + at) })))
    const week = 'slo: {objectives: [{share: 90%, window: 7d}]}\n'
    const { slos: quiet } = await measure(days([0, 1, 2, 3, 4, 7, 8]), week)
    expect(quiet[0]).toMatchObject({ state: 'met', covered: 1 })
    const { slos: gap } = await measure(days([0, 1, 2, 3, 8]), week)
    expect(gap[0]!.state).toBe('frozen')
    expect(gap[0]!.covered).toBeCloseTo((1 + 1 / 24 + 1 + 1 / 24) / 7, 1)
  })

  test('thin traffic is neither met nor missed', async () => {
    const thin = traffic(14 * 60, 1, (at, i) => ({
      account: `c${at % 8}`,
      route: i === 0 ? 'GET /a' : 'GET /b',
    }))
    const { slos } = await measure(thin.slice(-40), 'slo: {objectives: [{share: 99%, window: 40m}]}\n')
    expect(slos[0]).toMatchObject({ state: 'unsure', requests: 40, share: 1 })
    expect(slos[0]!.reason).toMatch(
      /^It could be chance: anything from 0% to \d+% .* as many requests would tell\.$/,
    )
    const { slos: few } = await measure(
      thin.filter(({ account }) => account < 'c3'),
      'slo: {objectives: [{share: 99%, window: 12h}]}\n',
    )
    expect(few[0]).toMatchObject({ state: 'unsure', reason: expect.stringContaining('Too few: 3 customers') })
  })
})

test('a sampled log: counts are weighted, and chance is that of its rows', async () => {
  const rows = traffic(14 * 60, 8, at => ({ duration_ms: at % 50 ? 100 : 900 }))
  const plain = await measure(rows, SHORT)
  const sampled = await measure(
    rows.map(row => ({ ...row, weight: 10 })),
    SHORT,
  )
  const [one, ten] = [plain, sampled].map(({ slos }) => named(slos, 'all requests'))
  expect(ten!.requests).toBe(10 * one!.requests)
  expect(ten!.budget!.spent).toBeCloseTo(one!.budget!.spent, 9)
  expect(ten!.budget!.interval![1]).toBeCloseTo(one!.budget!.interval![1], 9)
  expect(sampled.warnings.map(({ code }) => code)).toEqual(['sampled'])
})

describe('stories', () => {
  const story = async ({ dir }: Workbook, id: string, where: string, rest = '') => {
    await mkdir(join(dir, 'stories', id), { recursive: true })
    await writeFile(
      join(dir, 'stories', id, 'story.md'),
      `---\nid: ${id}\ntitle: ${id}\nscope: {where: "${where}", window: {from: 2020-01-01, to: 2020-01-02}}\n${rest}---\n`,
    )
  }

  test('overlap, whatever their windows; unreadable and unusable ones are warnings, dismissed ones are out', async () => {
    const rows = traffic(14 * 60, 10, (_, i) => ({
      duration_ms: i < 5 ? 900 : 100,
      path: `/${i}`,
    }))
    const { workbook, store } = await makeStore(rows, { config: SHORT })
    await story(workbook, 'some', "account IN ('c0', 'c1', 'c2')")
    await story(workbook, 'others', "account IN ('c2', 'c3', 'c9')")
    await story(workbook, 'fast', "account = 'c9'")
    await story(workbook, 'unknown', 'colour = 1')
    await story(workbook, 'unfit', 'path::INTEGER = 5')
    await story(workbook, 'gone', 'duration_ms > 0', 'status: dismissed\n')
    const open = await openWorkbook({ cwd: workbook.dir })
    const { slos, warnings } = await measureSlos(open, store, EVERY)
    store.close()
    const each = 12 * 60
    const { stories, overlaps, outside, budget } = named(slos, 'all requests')
    expect(stories).toMatchObject([
      { id: 'some', bad: 3 * each },
      { id: 'others', bad: 2 * each, budget: expect.closeTo((2 * each) / budget!.allowed, 9) },
    ])
    expect(overlaps).toMatchObject([{ stories: ['some', 'others'], bad: each }])
    expect(outside.bad).toBe(each)
    expect(named(slos, 'all requests', 'errors').stories).toEqual([])
    const left = warnings.filter(({ code }) => code === 'story-unreadable').map(({ message }) => message)
    expect(left).toHaveLength(2)
    expect(left.join()).toMatch(/stories\/unknown\/story\.md:4:16/)
    expect(left.join()).toMatch(/stories\/unfit\/story\.md/)
  })
})

test('two hundred routes take two queries, not two hundred', async () => {
  const routes = Array.from({ length: 200 }, (_, i) => `GET /r${i}`)
  const rows = routes.flatMap(route =>
    Array.from({ length: 8 }, (_, i) => ({ time: minute(i), account: `c${i}`, duration_ms: 100, route })),
  )
  const { workbook, store } = await makeStore(rows, {
    config: `targets: {routes: {${routes.map(route => `"${route}": 300ms`).join(', ')}}}\n`,
  })
  let queries = 0
  const counting = {
    ...store,
    all: (...query: Parameters<typeof store.all>) => {
      queries += 1
      return store.all(...query)
    },
  } as typeof store
  const { slos } = await measureSlos(workbook, counting, EVERY)
  store.close()
  expect(slos).toHaveLength(201)
  expect(slos.filter(({ requests }) => requests === 8)).toHaveLength(200)
  expect(queries).toBeLessThan(10)
})
