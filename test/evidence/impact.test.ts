/** What an issue does to customers: recomputed from the raw log and the CSV files by plain JavaScript. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeShape } from '../../src/evidence/describe-shape.js'
import { type Impact, measureImpact } from '../../src/evidence/measure-impact.js'
import { EVERYTHING, routeWhere } from '../../src/store/slice.js'
import {
  distinct,
  isGood,
  makeStore,
  openShop,
  quantileOf,
  type RawRequest,
  type Shop,
  shareOf,
} from './workbooks.js'

const UNDER = 500
const HALF_AN_HOUR = 30 * 60_000

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.store.close())

function impactOf(route: string): Promise<Impact> {
  return measureImpact(shop.store, { ...EVERYTHING, where: routeWhere(route) }, UNDER)
}

/** Of the moments at which somebody had it: how many had another route half an hour before or after. */
function sameSession(bad: RawRequest[], route: string): Map<string, number> {
  const who = ({ account, client }: RawRequest) => account ?? client
  const byWho = Map.groupBy(shop.requests, who)
  const moments = [...new Map(bad.map(request => [`${who(request)} ${request.time}`, request])).values()]
  const counts = new Map<string, number>()
  for (const moment of moments) {
    const near = byWho
      .get(who(moment))!
      .filter(other => Math.abs(other.time - moment.time) <= HALF_AN_HOUR && other.route !== route)
    for (const other of new Set(near.map(request => request.route))) {
      counts.set(other, (counts.get(other) ?? 0) + 1 / moments.length)
    }
  }
  return counts
}

describe.each(['GET /orders', 'GET /invoices/:id/pdf', 'GET /reports/monthly', 'GET /checkout-that-is-not'])(
  '%s',
  route => {
    test('who was hit, what they pay, who left, and what else they used', async () => {
      const own = shop.requests.filter(request => request.route === route)
      const bad = own.filter(request => isGood(request, UNDER) === false)
      const impact = await impactOf(route)
      expect(impact).toMatchObject({ requests: own.length, notGood: bad.length })
      expect(impact.underShare === null ? null : impact.underShare.toFixed(9)).toBe(
        shareOf(own, UNDER)?.toFixed(9) ?? null,
      )
      if (own.length === 0) {
        expect(impact).toMatchObject({
          customersHit: null,
          clientsHit: null,
          revenue: null,
          churned: null,
          alsoUsed: [],
          p50_ms: null,
        })
        return
      }
      expect(impact.customersHit).toBe(distinct(bad.map(request => request.account)))
      expect(impact.clientsHit).toBe(distinct(bad.map(request => request.client)))
      expect(impact.customers).toBe(distinct(own.map(request => request.account)))
      expect(impact.p95_ms).toBeCloseTo(
        quantileOf(
          own.map(request => request.ms),
          0.95,
        )!,
        6,
      )
      expect(impact.slow_p50_ms).toBeCloseTo(
        quantileOf(
          bad.map(request => request.ms),
          0.5,
        )!,
        6,
      )

      const first = new Map<string, number>()
      for (const { account, time } of bad)
        if (account !== null) first.set(account, Math.min(first.get(account) ?? time, time))
      const hit = shop.accounts.filter(account => first.has(account.id))
      const revenue = hit.reduce((sum, account) => sum + account.revenue, 0)
      expect(impact.revenue).toEqual({ monthly: revenue, accounts: hit.length })
      const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)
      const left = hit.filter(({ id, churnedAt }) => churnedAt !== '' && churnedAt >= dayOf(first.get(id)!))
      expect(impact.churned!.accounts.map(account => account.id)).toEqual(left.map(account => account.id))
      expect(impact.churned!.monthly).toBe(left.reduce((sum, account) => sum + account.revenue, 0))
      expect(left.length).toBeGreaterThan(0)

      if (bad.length > 2000) return
      const wanted = sameSession(bad, route)
      expect(impact.alsoUsed).toHaveLength(5)
      for (const { route: other, share } of impact.alsoUsed) expect(share).toBeCloseTo(wanted.get(other)!, 9)
      const most = Math.max(...wanted.values())
      expect(impact.alsoUsed[0]!.share).toBeCloseTo(most, 9)
    })
  },
)

test('shapes fit what was planted', async () => {
  const shapeOf = (route: string) => describeShape(shop.store, { ...EVERYTHING, where: routeWhere(route) })
  const products = (await shapeOf('GET /products/:id'))!
  expect(products.kind).toBe('peaks')
  expect(products.modes).toHaveLength(2)
  expect(products.modes[0]!.ms).toBeLessThan(30)
  expect(products.modes[1]!.ms).toBeGreaterThan(700)
  expect(products.modes[1]!.share).toBeGreaterThan(0.25)
  for (const route of ['GET /reports/monthly', 'GET /orders']) {
    const shape = (await shapeOf(route))!
    expect(shape.kind).toBe('customer')
    expect(shape.betweenCustomers).toBeGreaterThan(0.9)
  }
  const invoices = (await shapeOf('GET /invoices/:id/pdf'))!
  expect(invoices.kind).not.toBe('peaks')
  expect(invoices.text).toMatch(/27\.\d% of the requests were cut off at 2\.00 s/)
  for (const route of ['GET /', 'GET /search', 'POST /checkout'])
    expect((await shapeOf(route))!.kind).toBe('plain')
})

test('the share of the spread between customers is ω² as it is in the books', async () => {
  const route = 'GET /products/:id'
  const own = shop.requests.filter(
    ({ route: r, status, account, ms }) => r === route && status < 400 && account !== null && ms > 0,
  )
  const groups = [...Map.groupBy(own, request => request.account).values()].map(group =>
    group.map(({ ms }) => Math.log(ms)),
  )
  const all = groups.flat()
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const total = all.reduce((sum, value) => sum + (value - mean(all)) ** 2, 0)
  const between = groups.reduce((sum, group) => sum + group.length * (mean(group) - mean(all)) ** 2, 0)
  const within = (total - between) / (all.length - groups.length)
  const omega = Math.max(0, (between - (groups.length - 1) * within) / (total + within))
  const shape = await describeShape(shop.store, { ...EVERYTHING, where: routeWhere(route) })
  expect(shape!.betweenCustomers).toBeCloseTo(omega, 9)
})

describe('what is not known', () => {
  const day = (i: number) => `2026-10-05T10:${String(i % 60).padStart(2, '0')}:00Z`
  const slow = { duration_ms: 900, path: '/a' }

  test('requests without an account: clients are counted, money is unknown', async () => {
    const { store } = await makeStore([
      { time: day(0), ...slow, client: '192.0.2.1' },
      { time: day(1), ...slow, client: '192.0.2.2' },
    ])
    expect(await measureImpact(store, EVERYTHING, UNDER)).toMatchObject({
      customersHit: null,
      clientsHit: 2,
      revenue: null,
      churned: null,
    })
    store.close()
  })

  test('neither account nor client: nobody knows how many', async () => {
    const { store } = await makeStore([{ time: day(0), ...slow }])
    expect(await measureImpact(store, EVERYTHING, UNDER)).toMatchObject({
      notGood: 1,
      customersHit: null,
      clientsHit: null,
      alsoUsed: [],
    })
    store.close()
  })

  test('accounts that were not imported: customers are counted, money is unknown', async () => {
    const { store } = await makeStore([{ time: day(0), ...slow, account: 'x' }])
    expect(await measureImpact(store, EVERYTHING, UNDER)).toMatchObject({
      customersHit: 1,
      revenue: null,
      churned: null,
    })
    store.close()
  })

  test('a log without durations: errors are known, slowness is not', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({ time: day(i), account: `a${i}`, duration_ms: null }))
    const { store } = await makeStore(rows)
    expect(await measureImpact(store, EVERYTHING, UNDER)).toMatchObject({
      underShare: null,
      customersHit: null,
      revenue: null,
      p50_ms: null,
    })
    store.close()
    const failing = await makeStore([
      ...rows,
      { time: day(30), status: 500, account: 'a3', duration_ms: null },
    ])
    expect(await measureImpact(failing.store, EVERYTHING, UNDER)).toMatchObject({
      underShare: null,
      notGood: 1,
      customersHit: 1,
    })
    failing.store.close()
  })
})
