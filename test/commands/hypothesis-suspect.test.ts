/** The printed code runs in a real server, and the import that is named takes what it writes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Snippet } from '../../src/steps/print-snippet.js'
import type { HypothesisTest } from '../../src/steps/test-hypothesis.js'
import { createStory } from '../../src/stories/write-story.js'
import { readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  await createStory(cwd, { id: 'orders', title: 'Orders are slow', route: 'GET /orders', under: '30ms' })
})
afterAll(() => rm(cwd, { recursive: true }))

const NEW = ['hypothesis', 'new', 'orders', '--claim', 'one lookup per order']
type Made = { snippet: Snippet; design: string; direction: string; warnings: { code: string }[] }

/** Half of the requests run the suspect. */
const SERVICE = `
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { measured, suspect } from './whyslow-suspect.mjs'
const server = createServer(measured(async (request, response) => {
  if (request.url.includes('lookup')) for (const _ of [1, 2]) await suspect(() => sleep(25))
  response.end('ok')
}))
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  for (let i = 0; i < 80; i += 1) {
    const headers = { 'x-account': 'c' + (i % 8) }
    await (await fetch('http://127.0.0.1:' + port + '/orders?' + (Math.floor(i / 8) % 2 ? 'lookup' : ''), { headers })).text()
  }
  server.close()
  server.closeAllConnections()
})
`

test('node: it measures each request, and the hypothesis is about what it writes', {
  timeout: 60_000,
}, async () => {
  const { json } = await readOneJson<Made>([...NEW, '--suspect', 'Order "lookup"\u2028*/ of 1'], { cwd })
  expect(json).toMatchObject({ design: 'with-without', direction: 'down', snippet: { kind: 'node' } })
  expect(json.warnings.map(({ code }) => code)).toEqual(['no-requests'])
  const { code, import: command } = json.snippet
  const withAccount = code.replace(/\/\/ account: .*/, `account: request.headers['x-account'],`)
  expect(withAccount).not.toBe(code)
  await writeFile(path.join(cwd, 'whyslow-suspect.mjs'), withAccount)
  await writeFile(path.join(cwd, 'service.mjs'), SERVICE)
  const service = spawn(process.execPath, ['service.mjs'], { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  expect((await once(service, 'exit'))[0]).toBe(0)

  const file = command.split(' ').at(-1)!
  const lines = (await readFile(path.join(cwd, file), 'utf8')).trimEnd().split('\n')
  expect(lines).toHaveLength(80)
  expect(JSON.parse(lines[8]!)).toMatchObject({ path: '/orders', order_lookup_of_1_calls: 2, account: 'c0' })
  // The same import, which would go on for ever.
  expect((await runCli(['import', file], { cwd })).stdout).toContain('Imported 80 requests.')
  const { json: tested } = await readOneJson<HypothesisTest>(['hypothesis', 'test', 'orders'], { cwd })
  expect(tested).toMatchObject({
    design: 'with-without',
    unit: 'customer',
    exploratory: false,
    under_ms: 30,
    arms: { before: { requests: 40 }, after: { requests: 40, share: 0 } },
  })
  expect(tested.slowTime!.share).toBeGreaterThan(0.5)
  expect(tested.slowTime!.part_ms).toBeGreaterThan(40 * 15)
  const { stdout } = await runCli(['hypothesis', 'test', 'orders'], { cwd })
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /The requests with it \(after\) hold [\d.]+% of the time that requests took beyond 30 ms: /,
  )
})

test('ndjson: the line that it shows is one that import reads', async () => {
  const made = await runCli([...NEW, '--suspect', 'lookup', '--snippet', 'ndjson'], { cwd })
  expect(made.stdout).toContain('Its data comes in with: whyslow import --follow suspect.ndjson')
  const line = made.stdout.split('\n').find(one => one.startsWith('{'))!
  await writeFile(path.join(cwd, 'line.ndjson'), `${line}\n`)
  expect((await runCli(['import', 'line.ndjson'], { cwd })).stdout).toContain('Imported 1 request.')
  const { json } = await readOneJson<{ total: number }>(
    ['requests', '--where', "attrs.lookup_calls <> '0'"],
    { cwd },
  )
  expect(json.total).toBe(1)
})

test('otlp: attributes of the span of a request, as import reads them', async () => {
  const { json } = await readOneJson<Made>([...NEW, '--suspect', 'span lookup', '--snippet', 'otlp'], { cwd })
  expect(json.snippet.code).toContain('span_lookup_calls')
  const attribute = (key: string, value: object) => ({ key, value })
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'GET /orders',
    kind: 2,
    startTimeUnixNano: '1791208800000000000',
    endTimeUnixNano: '1791208800500000000',
    attributes: [
      attribute('http.request.method', { stringValue: 'GET' }),
      attribute('url.path', { stringValue: '/orders' }),
      attribute('http.response.status_code', { intValue: '200' }),
      attribute('span_lookup_calls', { intValue: '3' }),
    ],
  }
  const traces = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
  await writeFile(path.join(cwd, 'traces.jsonl'), `${JSON.stringify(traces)}\n`)
  expect((await runCli(['import', 'traces.jsonl'], { cwd })).code).toBe(0)
  const where = "attrs.span_lookup_calls <> '0'"
  expect((await readOneJson<{ total: number }>(['requests', '--where', where], { cwd })).json.total).toBe(1)
})

test('--with: those for which it holds, beside all others', async () => {
  const { json } = await readOneJson<Made & { before: { where: string } }>(
    [...NEW, '--with', "query = 'lookup' -- as it was", '--during', '2026-10-05..2026-10-06'],
    { cwd },
  )
  expect(json).toMatchObject({
    design: 'with-without',
    direction: 'down',
    before: { where: "(query = 'lookup' -- as it was\n) IS NOT TRUE", from: '2026-10-05T00:00:00.000Z' },
    after: { where: "query = 'lookup' -- as it was" },
  })
})
