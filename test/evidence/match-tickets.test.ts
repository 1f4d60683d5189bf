import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createRouteFinder,
  matchTickets,
  readTickets,
  type Ticket,
} from '../../src/evidence/match-tickets.js'
import { countRoutes } from '../../src/steps/match-all-tickets.js'
import { openShop, type Shop } from './workbooks.js'

/**
 * By a person who read all 46 tickets of the recording. Not matched on purpose: 20535 names `/account` and 20577 `/search`, but neither
 * complains of slowness or failure.
 */
const BY_HAND: Record<string, { url: string[]; words: string[] }> = {
  'GET /products/:id': {
    url: ['20487', '20526', '20541', '20544', '20553', '20562', '20580', '20583', '20595', '20701'],
    words: [],
  },
  'GET /reports/monthly': {
    url: [],
    words: ['20508', '20514', '20517', '20571', '20592', '20598', '20700', '20703'],
  },
  'GET /invoices/:id/pdf': { url: ['20529', '20574', '20702'], words: ['20547', '20559', '20589'] },
  'GET /orders': { url: ['20502', '20505'], words: ['20520', '20556'] },
}

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.store.close())

test('each ticket of the recording is about what a person says it is', async () => {
  const tickets = await readTickets(shop.store)
  expect(tickets.map(ticket => ticket.id).sort()).toEqual(shop.tickets.map(ticket => ticket.id).sort())
  const found: typeof BY_HAND = {}
  for (const { ticket, route, by } of matchTickets(tickets, await countRoutes(shop.store), [])) {
    found[route] ??= { url: [], words: [] }
    found[route][by as 'url' | 'words'].push(ticket.id)
  }
  for (const { url, words } of Object.values(found)) {
    url.sort()
    words.sort()
  }
  expect(found).toEqual(BY_HAND)
})

const ROUTES = [
  'GET /products',
  'GET /products/:id',
  'POST /products/:id',
  'GET /orders',
  'GET /orders/:id',
  'GET /reports/monthly',
  'GET /reports/yearly',
  'GET /api/v2/export-jobs',
  'GET /',
].map((route, i) => ({ route, requests: 100 - i }))

function about(text: string): string | null {
  const ticket: Ticket = {
    id: '1',
    created_at: '',
    status: null,
    subject: text,
    description: null,
    requester: null,
    account: null,
    support_minutes: null,
  }
  return matchTickets([ticket], ROUTES, [])[0]?.route ?? null
}

describe('single tickets', () => {
  test.each([
    ['https://shop.example.com/products/17?ref=mail#top is slow', 'GET /products/:id'],
    ['slow: shop.example.com/products/17.', 'GET /products/:id'],
    ['slow: http://localhost:8080/products/17/', 'GET /products/:id'],
    ['(/orders) takes ages', 'GET /orders'],
    ['“/orders/9912” never loads', 'GET /orders/:id'],
    ['The monthly report takes forever', 'GET /reports/monthly'],
    ['Yearly reports time out', 'GET /reports/yearly'],
    ['A product page is slow', 'GET /products/:id'],
    ['The products page is slow', 'GET /products'],
    ['The list of products is slow', 'GET /products'],
    ['The order list hangs', 'GET /orders'],
    ['My order does not load', 'GET /orders/:id'],
    ['The export job is stuck', 'GET /api/v2/export-jobs'],
    ['https://other.example.com/ is slow', null],
    ['reports are slow', null],
    ['Everything is slow', null],
    ['Where on https://shop.example.com/orders do I change my address?', null],
    ['Please send the monthly report by mail', null],
    ['slow: /unknown/17', null],
    ['', null],
  ])('%s → %s', (text, route) => expect(about(text)).toBe(route))

  test('what support asks needs no complaint', () => {
    const find = createRouteFinder(ROUTES, [])
    expect(find('https://shop.example.com/orders')).toEqual({ route: 'GET /orders', by: 'url' })
    expect(find('monthly report')).toEqual({ route: 'GET /reports/monthly', by: 'words' })
    expect(find('dark mode')).toBeNull()
  })

  test('a text of 200,000 characters is no trap', () => {
    const started = performance.now()
    about(`slow ${'a.'.repeat(50_000)} ${'/x'.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
