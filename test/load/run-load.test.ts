import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type LoadOptions, runLoad } from '../../src/load/run-load.js'
import { spreadMix } from '../../src/load/spread-mix.js'
import { summariseLoad } from '../../src/load/summarise-load.js'
import { waitForPort } from '../../src/load/wait-for-port.js'
import { distributionFromPairs, quantile } from '../../src/stats/distribution.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const load = (url: string, options: Partial<LoadOptions> = {}) =>
  runLoad({ url, connections: 4, seconds: 1, ...options })

test('a server that takes 100 ms reads 100 ms, and each connection asks ten times a second', async () => {
  const url = await serve((_, response) => void setTimeout(() => response.end('ok'), 100))
  const result = await load(url, { seconds: 2 })
  // A timer may fire late on a busy machine, and up to 1 ms early; autocannon with a rate reads 50 here.
  expect(quantile(result.latency, 0.5)).toBeGreaterThan(98)
  expect(quantile(result.latency, 0.5)).toBeLessThan(160)
  expect(result.requests).toBe(result.latency.total)
  expect(result.requests).toBeGreaterThan(40)
  expect(result.requests).toBeLessThanOrEqual(80)
  expect(result).toMatchObject({ errors: 0, timeouts: 0, statuses: { '2xx': result.requests } })
  expect(result.unfinished).toBeLessThanOrEqual(4)
  expect(result.duration_ms).toBeGreaterThanOrEqual(1990)
  expect(result.duration_ms).toBeLessThan(4000)
})

test('method, headers and body arrive; every answer counts by its status', async () => {
  const seen = new Set<string>()
  const url = await serve(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    seen.add(`${request.method} ${request.url} ${request.headers['x-account']} ${body}`)
    response.statusCode = seen.size > 0 && Math.random() < 0.5 ? 503 : 201
    response.end('x'.repeat(100))
  })
  const result = await load(`${url}orders?a=1`, {
    method: 'POST',
    headers: { 'X-Account': '1042' },
    body: '{"n":1}',
    seconds: 0.5,
  })
  expect([...seen]).toEqual(['POST /orders?a=1 1042 {"n":1}'])
  expect(Object.keys(result.statuses).sort()).toEqual(['2xx', '5xx'])
  expect(result.statuses['2xx']! + result.statuses['5xx']!).toBe(result.requests)
  expect(result.bytes).toBeGreaterThan(result.requests * 100)
})

test('a mix keeps its shares, and no two connections ask in the same order', async () => {
  const seen = new Map<string, number>()
  const url = await serve((request, response) => {
    const key = `${request.method} ${request.url}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
    response.end()
  })
  const mix = [
    { method: 'GET', path: '/often?x=1', share: 0.9 },
    { method: 'DELETE', path: '/seldom', share: 0.1 },
  ]
  const { requests } = await load(url, { mix, seconds: 1 })
  expect([...seen.keys()].sort()).toEqual(['DELETE /seldom', 'GET /often?x=1'])
  expect(requests).toBeGreaterThan(200)
  const share = seen.get('GET /often?x=1')! / (seen.get('GET /often?x=1')! + seen.get('DELETE /seldom')!)
  expect(share).toBeGreaterThan(0.8)
  expect(share).toBeLessThan(0.97)

  const orders = spreadMix([...mix, { method: 'GET', path: '/once', share: 1e-9 }], 3, 7)
  expect(orders).toHaveLength(3)
  expect(new Set(orders.map(order => JSON.stringify(order))).size).toBe(3)
  for (const order of orders) {
    expect(order.filter(({ path }) => path === '/often?x=1')).toHaveLength(900)
    expect(order.filter(({ path }) => path === '/once')).toHaveLength(1)
  }
  expect(spreadMix(mix, 3, 7)).toEqual(spreadMix(mix, 3, 7))
})

test('nobody there, nobody answering, cut short: a result that says so', async () => {
  const url = await serve(request => request.socket.destroy())
  servers.at(-1)!.close()
  const nobody = await load(url, { seconds: 20, connections: 2 })
  expect(nobody).toMatchObject({ requests: 0, bytes: 0 })
  expect(nobody.errors).toBeGreaterThan(0)
  expect(nobody.duration_ms).toBeLessThan(15_000)

  const silent = await load(await serve(() => {}), { seconds: 2.5, timeout_s: 1, connections: 2 })
  expect(silent).toMatchObject({ requests: 0, errors: 0 })
  expect(silent.timeouts).toBeGreaterThanOrEqual(2)
  expect(silent.unfinished).toBeLessThanOrEqual(2)

  const quick = await serve((_, response) => void response.end())
  const stopped = await load(quick, { seconds: 60, signal: AbortSignal.timeout(500) })
  expect(stopped.requests).toBeGreaterThan(0)
  expect(stopped.duration_ms).toBeLessThan(10_000)
})

test('a server that stops answering: what was waited for is told, and for how long', async () => {
  let answered = 0
  const url = await serve((_, response) => {
    answered += 1
    if (answered <= 20) response.end()
  })
  const result = await load(url, { seconds: 0.6, connections: 3 })
  expect(result).toMatchObject({ requests: 20, errors: 0, timeouts: 0, unfinished: 3 })
  expect(result.waited.total).toBe(3)
  // The answers take next to nothing, so nearly the whole load was waited.
  expect(quantile(result.waited, 0)).toBeGreaterThan(200)
  expect(quantile(result.waited, 1)).toBeLessThanOrEqual(result.duration_ms + 1)
})

test('a connection that is closed instead of an answer is an error', async () => {
  let asked = 0
  const url = await serve((request, response) => {
    asked += 1
    if (asked % 2) response.end()
    else request.socket.end()
  })
  const { requests, errors } = await load(url, { seconds: 0.3, connections: 2 })
  expect(requests).toBeGreaterThan(2)
  expect(Math.abs(errors - requests)).toBeLessThanOrEqual(4)
})

test('what makes no sense is refused', async () => {
  await expect(load('localhost:3000')).rejects.toThrow('Expected the URL that the load asks for')
  await expect(load('http://x', { connections: 0 })).rejects.toThrow('Expected 1 to 10,000 connections')
  await expect(load('http://x', { headers: { a: 'b\r\nc: d' } })).rejects.toThrow('is no header')
  await expect(load('http://x', { mix: [] })).rejects.toThrow('The mix of requests is empty.')
})

test('where the service closes each connection, an answer counts from its own request', async () => {
  const url = await serve((_, response) => {
    response.setHeader('connection', 'close')
    setTimeout(() => response.end(), 10)
  })
  const { latency, requests, errors } = await load(url, { connections: 2, seconds: 1 })
  expect(errors).toBe(0)
  expect(requests).toBeGreaterThan(5)
  // Counted from an older one, it would be half of the time that has passed.
  expect(quantile(latency, 0.5)).toBeLessThan(100)
})

test('quantiles come with how many answers are beyond them', async () => {
  const url = await serve((_, response) => void response.end())
  const result = await load(url, { seconds: 0.5 })
  const { latency, perSecond } = summariseLoad({
    ...result,
    latency: distributionFromPairs([
      [1, 10],
      [2, 60],
      [3, 29],
      [4, 1],
    ]),
  })
  expect(latency.map(({ q }) => q)).toEqual([0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1])
  expect(latency.at(-1)).toEqual({ q: 1, ms: 4, beyond: 0 })
  expect(latency[3]).toEqual({ q: 0.5, ms: 2, beyond: 30 })
  expect(perSecond).toBeCloseTo((result.requests / result.duration_ms) * 1000)
})

test('a port is there as soon as it listens, and not before', async () => {
  const url = await serve(() => {})
  const { port } = new URL(url)
  expect(await waitForPort(url, { limit_ms: 5000 })).toBe(true)
  const late = createServer()
  servers.at(-1)!.close()
  servers.push(late)
  setTimeout(() => late.listen(Number(port), '127.0.0.1'), 300)
  expect(await waitForPort(url, { limit_ms: 20_000 })).toBe(true)
  late.close()
  expect(await waitForPort(url, { limit_ms: 200 })).toBe(false)
  expect(await waitForPort(url, { limit_ms: 20_000, signal: AbortSignal.timeout(100) })).toBe(false)
})
