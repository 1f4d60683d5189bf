import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkAddress, type DryRun, openTransport } from '../../src/trackers/transport.js'

let server: Server
let address: string
const seen: { url: string; method: string; authorization: string | undefined; body: string }[] = []

beforeEach(async () => {
  seen.length = 0
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { url = '', method = '', headers } = request
    seen.push({ url, method, authorization: headers.authorization, body })
    const { pathname } = new URL(url, address)
    if (pathname === '/moved') return response.writeHead(307, { location: '/here?a=1' }).end('moved')
    if (pathname === '/round') return response.writeHead(302, { location: '/round' }).end()
    if (pathname === '/away') return response.writeHead(308, { location: 'http://127.0.0.1:1/x' }).end()
    if (pathname === '/none') return response.writeHead(204).end()
    if (pathname === '/slow') return setTimeout(() => response.end('late'), 500)
    if (pathname === '/cut') {
      response.writeHead(200, { 'content-length': 100 }).write('begin')
      return setTimeout(() => response.destroy(), 20)
    }
    response.end('done')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const open = (
  options: { limit_ms?: number; proxy?: string; no?: string; dryRun?: DryRun; signal?: AbortSignal } = {},
) =>
  openTransport({
    proxy: { http: options.proxy ?? null, https: null, no: options.no ?? null },
    limit_ms: options.limit_ms ?? 10_000,
    signal: options.signal ?? new AbortController().signal,
    dryRun: options.dryRun ?? null,
  })
const post = { method: 'POST', body: '{"a":1}', headers: { authorization: 'token x' } }

test('https, and plain http only to this machine', async () => {
  for (const good of [
    'https://api.github.com',
    'http://127.0.0.1:8080',
    'http://localhost',
    'http://[::1]:9',
  ])
    expect(checkAddress(good, 'it').href).toContain(good)
  for (const bad of ['http://github.com', 'http://127.0.0.1.nip.io', 'ftp://a', 'github.com', ''])
    expect(() => checkAddress(bad, 'trackers.github.api')).toThrow(
      'Expected trackers.github.api to be an https',
    )
  await expect(open()('http://example.com/')).rejects.toThrow('https address')
})

test('a redirect is followed with the same request, never to another server', async () => {
  const send = open()
  expect(await (await send(`${address}/moved`, post)).text()).toBe('done')
  expect(seen).toEqual([
    { url: '/moved', method: 'POST', authorization: 'token x', body: '{"a":1}' },
    { url: '/here?a=1', method: 'POST', authorization: 'token x', body: '{"a":1}' },
  ])
  await expect(send(`${address}/away`, post)).rejects.toThrow('sends requests on to “http://127.0.0.1:1/x”')
  await expect(send(`${address}/round`)).rejects.toThrow('sends requests on')
})

test('an answer that breaks off or comes late rejects; one without a body does not', async () => {
  await expect(open()(`${address}/cut`)).rejects.toThrow()
  await expect(open({ limit_ms: 50 })(`${address}/slow`)).rejects.toMatchObject({ name: 'TimeoutError' })
  expect((await open()(`${address}/none`)).status).toBe(204)
  const stop = new AbortController()
  const work = open({ signal: stop.signal })(`${address}/slow`)
  stop.abort(new Error('stopped'))
  await expect(work).rejects.toThrow('stopped')
})

test('through the proxy that the environment names, but for what it leaves out', async () => {
  const proxied: string[] = []
  const proxy = createServer((request, response) => {
    proxied.push(request.url ?? '')
    response.end('by proxy')
  })
  proxy.on('connect', (request, socket) => {
    proxied.push(request.url ?? '')
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  try {
    await open({ proxy: at })(`${address}/a`, post).catch(() => {})
    expect(proxied).toHaveLength(1)
    expect(seen).toEqual([])
    expect(await (await open({ proxy: at, no: '127.0.0.1' })(`${address}/a`, post)).text()).toBe('done')
  } finally {
    proxy.close()
  }
})

test('a dry run keeps what would be written, and sends reads', async () => {
  const dryRun: DryRun = { requests: [], answer: () => ({ status: 201, body: { id: 1 } }) }
  const send = open({ dryRun })
  expect(await (await send(`${address}/a`, post)).json()).toEqual({ id: 1 })
  const form = new FormData()
  form.append('file', new Blob(['abc'], { type: 'image/png' }), 'a.png')
  await send(`${address}/b`, { method: 'POST', body: form })
  await send(`${address}/c`)
  expect(seen.map(({ url }) => url)).toEqual(['/c'])
  expect(dryRun.requests).toEqual([
    { method: 'POST', url: `${address}/a`, body: { a: 1 } },
    { method: 'POST', url: `${address}/b`, body: [{ name: 'a.png', type: 'image/png', bytes: 3 }] },
  ])
})
