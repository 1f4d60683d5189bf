import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { type OpenLoopOptions, runOpenLoop } from '../../src/load/open-loop.js'
import { runLoad } from '../../src/load/run-load.js'
import { quantile, shareUnder } from '../../src/stats/distribution.js'

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

const load = (url: string, options: Partial<OpenLoopOptions> = {}) =>
  runOpenLoop({ url, connections: 4, seconds: 1, rate: 40, ...options })

test('a server that takes 100 ms reads 100 ms, and requests come evenly', async () => {
  const arrivals: number[] = []
  const url = await serve((_, response) => {
    arrivals.push(performance.now())
    setTimeout(() => response.end('ok'), 100)
  })
  const result = await load(url, { seconds: 2 })
  // A timer may fire late on a busy machine, and up to 1 ms early; autocannon with a rate reads 50 here.
  expect(quantile(result.latency, 0.5)).toBeGreaterThan(98)
  expect(quantile(result.latency, 0.5)).toBeLessThan(160)
  expect(result).toMatchObject({
    rate: 40,
    requests: 80,
    errors: 0,
    timeouts: 0,
    unfinished: 0,
    statuses: { '2xx': 80 },
    duration_ms: 2000,
  })
  expect(result.okLatency.total).toBe(80)
  expect(result.lateness.total).toBe(80)
  // The last ones are answered after the two seconds.
  expect(result.throughput).toBeGreaterThan(30)
  expect(result.throughput).toBeLessThan(40)
  const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]!)
  // A burst would make most of them 0.
  expect(gaps.toSorted((a, b) => a - b)[40]).toBeGreaterThan(15)
  expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(1900)
})

test('a server that stalls shows it in the tail, which a closed loop does not', async () => {
  const stall = async (): Promise<string> => {
    let stalls_until: number | null = null
    return serve((_, response) => {
      const now = performance.now()
      stalls_until ??= now + 1200
      // Between 200 and 1200 ms.
      const wait_ms = now > stalls_until - 1000 ? Math.max(0, stalls_until - now) : 0
      setTimeout(() => response.end(), wait_ms)
    })
  }
  const open = await load(await stall(), { seconds: 2 })
  // Half of the requests came during the stall: a quarter of all waited for longer than half of it.
  expect(shareUnder(open.latency, 500)).toBeLessThan(0.8)
  expect(quantile(open.latency, 0.95)).toBeGreaterThan(600)
  expect(quantile(open.latency, 0.95)).toBeLessThan(1500)
  // They didn't wait for each other.
  expect(open.mostConnections).toBeGreaterThan(25)
  expect(open.mostConnections).toBeLessThan(60)
  const closed = await runLoad({ url: await stall(), connections: 4, seconds: 1.5 })
  expect(closed.latency.total * (1 - shareUnder(closed.latency, 500)!)).toBeLessThan(5)
})

test('a fast server is read as fast, and its connections are used again', async () => {
  const sockets = new Set<unknown>()
  const url = await serve((request, response) => {
    sockets.add(request.socket)
    response.end('x'.repeat(100))
  })
  const result = await load(url, { rate: 400, connections: 10 })
  expect(result.requests).toBe(400)
  // Wide, for busy machines. Timers alone would make both about 1 ms.
  expect(quantile(result.latency, 0.5)).toBeLessThan(20)
  expect(quantile(result.lateness, 0.5)).toBeLessThan(10)
  expect(quantile(result.lateness, 0)).toBeGreaterThanOrEqual(0)
  expect(sockets.size).toBeGreaterThanOrEqual(10)
  expect(sockets.size).toBe(result.mostConnections)
  expect(sockets.size).toBeLessThan(200)
  expect(result.bytes).toBeGreaterThan(400 * 200)
})

test('method, headers and body arrive, of one request and of a mix, in both loops', async () => {
  const seen = new Map<string, number>()
  const url = await serve(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { 'x-account': account, 'content-type': type } = request.headers
    const key = [request.method, request.url, account, type, body].join(' ')
    seen.set(key, (seen.get(key) ?? 0) + 1)
    response.statusCode = request.method === 'PUT' ? 422 : 201
    response.end()
  })
  const headers = { 'X-Account': '1042', Connection: 'close' }
  await load(`${url}orders?a=1`, { method: 'POST', headers, body: 'ä', seconds: 0.2 })
  expect([...seen]).toEqual([['POST /orders?a=1 1042  ä', 8]])

  const mix = [
    { method: 'GET', path: '/often?x=1', share: 3 },
    { method: 'PUT', path: '/1', share: 1, headers: { 'Content-Type': 'a/b' }, body: '{"n":1}' },
  ]
  for (const run of [
    load,
    (at: string, how: object) => runLoad({ url: at, connections: 2, seconds: 1, ...how }),
  ]) {
    seen.clear()
    const result = await run(url, { mix, headers: { 'X-Account': '7' }, seconds: 0.5, rate: 400 })
    expect([...seen.keys()].sort()).toEqual(['GET /often?x=1 7  ', 'PUT /1 7 a/b {"n":1}'])
    // A closed loop goes on for a moment after it has stopped to count.
    const asked = [...seen.values()].reduce((sum, count) => sum + count, 0)
    const share = seen.get('GET /often?x=1 7  ')! / asked
    expect(share).toBeGreaterThan(0.6)
    expect(share).toBeLessThan(0.9)
    expect(result.okLatency.total).toBe(result.statuses['2xx'])
    expect(result.latency.total).toBe(result.statuses['2xx']! + result.statuses['4xx']!)
  }
})

test('what got no answer is told: refused, reset, too late, cut short', async () => {
  const gone = await serve(() => {})
  servers.pop()!.close()
  expect(await load(gone, { seconds: 0.5 })).toMatchObject({ requests: 0, errors: 20, timeouts: 0, bytes: 0 })

  let count = 0
  const reset = await serve((request, response) => {
    count += 1
    if (count % 2) request.socket.destroy()
    else response.end()
  })
  const half = await load(reset, { seconds: 0.5 })
  expect(half).toMatchObject({ requests: 10, errors: 10, timeouts: 0, unfinished: 0 })

  const silent = await serve(() => {})
  const late = await load(silent, { seconds: 0.5, timeout_s: 0.3 })
  expect(late).toMatchObject({ requests: 0, errors: 0, timeouts: 20, unfinished: 0 })

  const cut = await load(silent, { seconds: 60, signal: AbortSignal.timeout(400) })
  expect(cut).toMatchObject({ requests: 0, errors: 0, timeouts: 0 })
  expect(cut.unfinished).toBeGreaterThan(0)
  expect(cut.unfinished).toBe(cut.lateness.total)
  expect(cut.waited.total).toBe(cut.unfinished)
  // The first was due at the start.
  expect(quantile(cut.waited, 1)).toBeGreaterThan(0.5 * cut.duration_ms)
  expect(cut.duration_ms).toBeLessThan(10_000)
})

test('beats that all come before their requests are due end the load none the less', async () => {
  const hrtime = process.hrtime
  // What the metronome is told is half a second early: its thread is done before the first request is due.
  const early = vi.spyOn(process, 'hrtime').mockImplementation((...before) => {
    const [s, ns] = hrtime(...before)
    return [s - 1, ns + 5e8]
  })
  onTestFinished(() => early.mockRestore())
  const url = await serve((_, response) => void response.end())
  const result = await load(url, { seconds: 0.2, signal: AbortSignal.timeout(5000) })
  expect(result).toMatchObject({ requests: 8, duration_ms: 200, unfinished: 0 })
})

test('past the limit of connections requests wait, and the wait counts', async () => {
  const url = await serve((_, response) => void setTimeout(() => response.end(), 100))
  // Two connections can have 10 answers in half a second; each of the 20 requests waits a little longer.
  const result = await load(url, { connections: 1, mostConnections: 2, seconds: 0.5 })
  expect(result).toMatchObject({ requests: 20, mostConnections: 2, timeouts: 0 })
  expect(quantile(result.latency, 1)).toBeGreaterThan(500)
  // The generator isn't to blame.
  expect(result.lateness.total).toBeLessThan(20)
  const given = await load(url, { connections: 1, mostConnections: 1, seconds: 0.5, timeout_s: 0.35 })
  expect(given.requests).toBeGreaterThan(0)
  expect(given.timeouts).toBeGreaterThan(5)
  expect(given.requests + given.timeouts).toBe(20)
})

test('what makes no sense is refused', async () => {
  await expect(load('localhost:3000')).rejects.toThrow('Expected the URL that the load asks for')
  await expect(load('http://x', { rate: 0 })).rejects.toThrow(
    'Expected a rate of up to 20000 requests a second',
  )
  await expect(load('http://x', { seconds: 0 })).rejects.toThrow('Expected more than 0 s of load')
  const mix = [{ method: 'GET', path: '/', share: 1, headers: { a: 'b\r\nc: d' } }]
  await expect(load('http://x', { mix })).rejects.toThrow('is no header')
})
