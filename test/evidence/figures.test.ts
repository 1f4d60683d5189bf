/** overview, look and requests on the recorded fortnight: every figure once more by plain JavaScript over the raw log. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listRequests } from '../../src/evidence/list-requests.js'
import { look } from '../../src/evidence/look.js'
import { type Overview, overview } from '../../src/evidence/overview.js'
import { EVERYTHING, routeWhere } from '../../src/store/slice.js'
import { distinct, isGood, openShop, quantileOf, type RawRequest, type Shop, shareOf } from './workbooks.js'

const TARGETS = { default: 500, routes: { 'GET /reports/monthly': 2000 } }
const targetOf = (route: string) => (route === 'GET /reports/monthly' ? 2000 : 500)

let shop: Shop
let found: Overview
beforeAll(async () => {
  shop = await openShop({ only: ['access.log.gz', 'accounts.csv'] })
  found = await overview(shop.store, EVERYTHING, { targets: TARGETS, limit: 100, exact: true })
})
afterAll(() => shop.store.close())

function close(found: number | null, wanted: number | null): void {
  if (wanted === null) expect(found).toBeNull()
  else expect(found).toBeCloseTo(wanted, 9)
}

test('each route of the overview is what the raw lines say', () => {
  const byRoute = Map.groupBy(shop.requests, request => request.route)
  expect(
    found.routes
      .filter(route => route.route !== '(no route)')
      .map(route => route.route)
      .sort(),
  ).toEqual([...byRoute.keys()].sort())
  for (const [name, requests] of byRoute) {
    const route = found.routes.find(one => one.route === name)!
    const times = requests.map(request => request.ms)
    const part = (holds: (request: RawRequest) => boolean) => requests.filter(holds).length / requests.length
    expect(route.requests).toBe(requests.length)
    expect(route.under_ms).toBe(targetOf(name))
    close(route.underShare, shareOf(requests, targetOf(name)))
    close(route.p50_ms, quantileOf(times, 0.5))
    close(route.p95_ms, quantileOf(times, 0.95))
    close(route.p99_ms, quantileOf(times, 0.99))
    expect(route.total_ms).toBeCloseTo(
      times.reduce((sum, ms) => sum + ms, 0),
      3,
    )
    close(
      route.errorShare,
      part(({ status }) => status >= 500),
    )
    close(
      route.unfinishedShare,
      part(({ status }) => status === 504 || status === 499),
    )
    expect(route.clients).toBe(distinct(requests.map(request => request.client)))
    expect(route.accounts).toBe(distinct(requests.map(request => request.account)))
    expect(route.shape.reduce((sum, count) => sum + count, 0)).toBe(requests.length)
  }
})

test('the overview is sorted by total time, and nothing is lost to its limit', async () => {
  const totals = found.routes.map(route => route.total_ms)
  expect(totals).toEqual(totals.toSorted((a, b) => b - a))
  const short = await overview(shop.store, EVERYTHING, { targets: TARGETS, limit: 3, exact: false })
  expect(short.routes).toHaveLength(3)
  expect(short.others.routes).toBe(found.routes.length - 3)
  const shown = short.routes.reduce((sum, route) => sum + route.requests, 0)
  expect(shown + short.others.requests).toBe(found.requests)
  expect(found.window.from).toBe('2026-10-05T03:00:00.000000Z')
})

test('look: share, quantiles, bands, outcomes and the whole histogram', async () => {
  const route = 'GET /invoices/:id/pdf'
  const requests = shop.requests.filter(request => request.route === route)
  const times = requests.map(request => request.ms)
  const seen = await look(
    shop.store,
    { ...EVERYTHING, where: routeWhere(route) },
    { under_ms: 700, timezone: 'UTC', limit: 5 },
  )
  expect(seen.requests).toBe(requests.length)
  close(seen.underShare, shareOf(requests, 700))
  for (const { q, ms } of seen.quantiles) close(ms, quantileOf(times, q))
  close(seen.measuredUnder, times.filter(ms => ms < 700).length / times.length)
  const byAccount = Map.groupBy(
    requests.filter(request => request.account !== null),
    request => request.account,
  )
  for (const { under_ms, share, customers } of seen.bands) {
    close(share, shareOf(requests, under_ms))
    const shares = [...byAccount.values()].map(own => shareOf(own, under_ms)).filter(own => own !== null)
    close(customers, shares.filter(own => own >= 0.75).length / shares.length)
  }
  expect(seen.bands.map(band => band.under_ms)).toEqual([100, 250, 500, 700, 1000, 2500, 10_000])
  expect(seen.bands.find(band => band.under_ms === 700)!.share).toBe(seen.underShare)
  expect(seen.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(times.length)
  const timeouts = requests.filter(request => request.status === 504).length
  expect(seen.outcomes.find(one => one.outcome === 'timeout')).toMatchObject({ requests: timeouts })
  close(
    seen.outcomes.reduce((sum, one) => sum + one.share, 0),
    1,
  )
})

test('look: the customers with the most requests that were not good, and their hours in the zone of the workbook', async () => {
  const route = 'GET /orders'
  const requests = shop.requests.filter(request => request.route === route)
  const timezone = 'America/New_York'
  const seen = await look(
    shop.store,
    { ...EVERYTHING, where: routeWhere(route) },
    { under_ms: 500, timezone, limit: 4 },
  )
  const byAccount = [...Map.groupBy(requests, request => request.account)].flatMap(([name, own]) =>
    name === null
      ? []
      : [{ name, own, notGood: own.filter(request => isGood(request, 500) === false).length }],
  )
  byAccount.sort(
    (a, b) => b.notGood - a.notGood || b.own.length - a.own.length || a.name.localeCompare(b.name),
  )
  expect(seen.who.accounts.map(one => one.name)).toEqual(byAccount.slice(0, 4).map(one => one.name))
  for (const [i, one] of seen.who.accounts.entries()) {
    const { name, own, notGood } = byAccount[i]!
    expect(one).toMatchObject({ requests: own.length, notGood })
    expect(one.revenue).toBe(shop.accounts.find(account => account.id === name)!.revenue)
    close(one.underShare, shareOf(own, 500))
    close(
      one.p95_ms,
      quantileOf(
        own.map(request => request.ms),
        0.95,
      ),
    )
  }
  const inZone = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  })
  const local = Map.groupBy(requests, request => inZone.format(request.time))
  const count = (holds: (text: string) => boolean) =>
    [...local].reduce((sum, [text, own]) => sum + (holds(text) ? own.length : 0), 0)
  for (const { hour, requests: n } of seen.hours)
    expect(n).toBe(count(text => text.includes(`, ${String(hour).padStart(2, '0')}:`)))
  for (const { day, requests: n } of seen.days) expect(n).toBe(count(text => text.startsWith(day)))
  expect(seen.days[0]!.day).toBe('2026-10-04')
})

test('requests: all of the slice are counted, the slowest come first, with every column', async () => {
  const slice = {
    ...EVERYTHING,
    where: "outcome = 'ok' AND duration_ms >= 5000",
    from: '2026-10-07T00:00:00Z',
  }
  const wanted = shop.requests.filter(
    ({ status, ms, time }) => status < 400 && ms >= 5000 && time >= Date.UTC(2026, 9, 7),
  )
  const { total, requests } = await listRequests(shop.store, slice, { limit: 7 })
  expect(total).toBe(wanted.length)
  const slowest = wanted.map(request => request.ms).toSorted((a, b) => b - a)
  expect(requests.map(request => request.duration_ms)).toEqual(slowest.slice(0, 7))
  const raw = wanted.find(request => request.ms === slowest[0])!
  expect(requests[0]).toMatchObject({
    time: new Date(raw.time).toISOString().replace('Z', '000Z'),
    method: raw.method,
    path: raw.path,
    route: raw.route,
    status: raw.status,
    outcome: 'ok',
    client: raw.client,
    account: raw.account,
    upstream: raw.upstream,
    weight: 1,
    queue_ms: null,
    attrs: expect.objectContaining({ http_version: '1.1' }),
  })
})
