/** Traces: every span is kept, server spans are requests as well, and spans are what is counted. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listSources } from '../../../src/store/catalog.js'
import { rowsOf } from '../../../src/store/kinds.js'
import type { Workbook } from '../../../src/workbook/workbook.js'
import {
  importInto,
  importText,
  makeWorkbook,
  query,
  ROOT,
  rejectsOf,
  requestsOf,
  writeInto,
} from '../import-into.js'
import { commonRow, type Request, request, stamp, targetOf } from '../round-trip.js'

const FIXTURE = path.join(ROOT, 'fixtures/logs/otlp.jsonl')
const START = 1_795_165_200_000_000_000n

type Attributes = Record<string, unknown>

const anyValue = (value: unknown): object =>
  typeof value === 'string'
    ? { stringValue: value }
    : typeof value === 'boolean'
      ? { boolValue: value }
      : Array.isArray(value)
        ? { arrayValue: { values: value.map(anyValue) } }
        : Number.isInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value }
const listOf = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

function span(attributes: Attributes = {}, further: object = {}): Record<string, unknown> {
  return {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    parentSpanId: '',
    name: 'GET /x',
    kind: 2,
    startTimeUnixNano: String(START),
    endTimeUnixNano: String(START + 1_234_567n),
    attributes: listOf({ 'http.request.method': 'GET', 'url.path': '/x', ...attributes }),
    status: {},
    ...further,
  }
}

const exportOf = (spans: unknown[], resource: Attributes = { 'service.name': 'shop' }) => ({
  resourceSpans: [
    {
      resource: { attributes: listOf(resource) },
      scopeSpans: [{ scope: { name: 'http', version: '1' }, spans }],
    },
  ],
})
const line = (document: unknown) => `${JSON.stringify(document)}\n`

async function read(text: string, name = 'traces.jsonl') {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, name, text)
  return { workbook, source, requests: await requestsOf(workbook), spans: await spansOf(workbook) }
}

function spansOf(workbook: Workbook) {
  const columns = `strftime("time", '%H:%M:%S.%f') AS "time", to_json(attrs)::VARCHAR AS attrs`
  return query(workbook, `SELECT * REPLACE (${columns}) FROM spans ORDER BY ALL`)
}

test('one request of a span, and the span', async () => {
  const { requests, spans, source } = await read(
    line(
      exportOf(
        [
          span(
            {
              'url.query': 'a=1',
              'http.route': '/x/{id}',
              'http.response.status_code': 503,
              'http.response.body.size': 77,
              'client.address': '203.0.113.7, 10.0.0.1',
              'server.address': 'shop.example',
              'server.port': 443,
              'user_agent.original': 'curl/8',
              'http.request.header.referer': ['https://a.example/'],
              'enduser.id': 'acme',
              'cart.total': 12.5,
              'cart.gift': true,
            },
            {
              parentSpanId: '00f067aa0ba902b7',
              status: { code: 2, message: 'no stock' },
              traceState: 'ot=rv:1;th:c,vendor=x',
              flags: 257,
              droppedEventsCount: 0,
              events: [{ timeUnixNano: '1795165200000000001', name: 'retry', attributes: listOf({ n: 2 }) }],
            },
          ),
          span({}, { kind: 3, name: 'GET', spanId: '00f067aa0ba902b7' }),
        ],
        { 'service.name': 'shop', 'service.instance.id': 'shop-1', zone: 'eu' },
      ),
    ),
  )
  expect(source).toMatchObject({
    kind: 'spans',
    format: 'otlp',
    rows: 2,
    also: { requests: 1 },
    weighted: true,
    from: '2026-11-20T09:00:00.000000Z',
  })
  const both = {
    'cart.total': '12.5',
    'cart.gift': 'true',
    'client.address': '203.0.113.7, 10.0.0.1',
    'server.port': '443',
    'resource.zone': 'eu',
    'scope.name': 'http',
    'scope.version': '1',
    status_message: 'no stock',
    trace_state: 'ot=rv:1;th:c,vendor=x',
    flags: '257',
    events: '[{"timeUnixNano":"1795165200000000001","name":"retry","attributes":{"n":"2"}}]',
  }
  expect(requests).toEqual([
    {
      time: '2026-11-20T09:00:00.000000Z',
      method: 'GET',
      host: 'shop.example',
      path: '/x',
      query: 'a=1',
      route: 'GET /x/{id}',
      status: 503,
      outcome: 'server_error',
      duration_ms: 1.234567,
      elapsed_ms: null,
      queue_ms: null,
      upstream_ms: null,
      send_ms: null,
      bytes_in: null,
      bytes_out: 77,
      client: '203.0.113.7',
      account: 'acme',
      user_agent: 'curl/8',
      referer: 'https://a.example/',
      upstream: 'shop-1',
      trace_id: '5b8efff798038103d269b633813fc60c',
      weight: 4,
      attrs: {
        ...both,
        span_id: 'eee19b7ec3c1b174',
        parent_id: '00f067aa0ba902b7',
        span_name: 'GET /x',
        service: 'shop',
        span_status: 'error',
      },
    },
  ])
  const server = spans.find(one => one.kind === 'server')!
  expect({ ...server, attrs: JSON.parse(String(server.attrs)) }).toEqual({
    time: '09:00:00.000000',
    trace_id: '5b8efff798038103d269b633813fc60c',
    span_id: 'eee19b7ec3c1b174',
    parent_id: '00f067aa0ba902b7',
    name: 'GET /x',
    kind: 'server',
    service: 'shop',
    duration_ms: 1.234567,
    status: 'error',
    attrs: expect.objectContaining({
      ...both,
      'http.route': '/x/{id}',
      'resource.service.instance.id': 'shop-1',
    }),
  })
  expect(spans.find(one => one.kind === 'client')).toMatchObject({ parent_id: null, status: 'unset' })
})

describe('the names before the stable conventions', () => {
  const old = (attributes: Attributes) =>
    span({}, { kind: 'SPAN_KIND_SERVER', attributes: listOf({ 'http.method': 'POST', ...attributes }) })

  test.each<[string, Attributes, Attributes]>([
    ['target', { 'http.target': '/a?b=1&c' }, { path: '/a', query: 'b=1&c' }],
    ['URL', { 'http.url': 'https://u@h.example:8443/a?b' }, { host: 'h.example', path: '/a', query: 'b' }],
    [
      'URL without a path',
      { 'http.url': 'https://h.example' },
      { host: 'h.example', path: '/', query: null },
    ],
    ['host', { 'http.host': 'h.example:8443', 'http.target': '/' }, { host: 'h.example' }],
    ['IPv6', { 'http.host': '[2001:db8::1]:80', 'http.target': '/' }, { host: '[2001:db8::1]' }],
    ['status', { 'http.status_code': 404, 'http.target': '/' }, { status: 404, outcome: 'client_error' }],
    ['sizes', { 'http.request_content_length': 5, 'http.target': '/' }, { bytes_in: 5 }],
    ['client', { 'http.client_ip': '10.0.0.9', 'net.peer.ip': '10.0.0.1' }, { client: '10.0.0.9' }],
    ['route', { 'http.route': 'orders/{id}', 'http.target': '/orders/7' }, { route: 'POST /orders/{id}' }],
    ['no route', { 'http.target': '/orders/7' }, { route: 'POST /orders/:id' }],
  ])('%s', async (_name, attributes, expected) => {
    const { requests } = await read(line(exportOf([old(attributes)])))
    expect(requests).toMatchObject([{ method: 'POST', upstream: 'shop', ...expected }])
  })
})

describe('how a request ended, when the span has no status of HTTP', () => {
  test.each<[string, object, Attributes, string, number | null]>([
    ['a failed span', { status: { code: 'STATUS_CODE_ERROR' } }, {}, 'server_error', null],
    ['one without a word', {}, {}, 'aborted', 1.234567],
    [
      'a timeout',
      { status: { code: 2 } },
      { 'error.type': 'java.net.SocketTimeoutException' },
      'timeout',
      1.234567,
    ],
    ['one that never ended', { endTimeUnixNano: '0' }, {}, 'aborted', null],
  ])('%s', async (_name, further, attributes, outcome, elapsed_ms) => {
    const { requests } = await read(line(exportOf([span(attributes, further)])))
    expect(requests).toMatchObject([{ outcome, elapsed_ms, status: null }])
  })
})

test('a span that ends before it starts has no duration, and one without times is rejected with its line', async () => {
  const early = span({}, { endTimeUnixNano: String(START - 1n) })
  const { workbook, source, spans } = await read(
    line(exportOf([early])) + line(exportOf([span({}, { startTimeUnixNano: '0' }), span()])),
  )
  expect(source).toMatchObject({ rows: 2, rejected: 1, skipped: 0 })
  expect(spans.map(one => one.duration_ms).sort()).toEqual([1.234567, null])
  expect(String(spans.find(one => one.duration_ms === null)?.attrs)).toContain(String(START - 1n))
  expect(await rejectsOf(workbook, source)).toEqual([
    { line: 2, reason: 'no startTimeUnixNano', text: expect.stringContaining('5b8efff7') },
  ])
})

test.each([
  ['hexadecimal, capitals', '5B8EFFF798038103D269B633813FC60C', 'EEE19B7EC3C1B174'],
  ['base64', 'W47/95gDgQPSabYzgT/GDA==', '7uGbfsPBsXQ='],
  ['base64 without padding', 'W47/95gDgQPSabYzgT/GDA', '7uGbfsPBsXQ'],
])('ids: %s', async (_name, traceId, spanId) => {
  const { spans } = await read(line(exportOf([span({}, { traceId, spanId, parentSpanId: 'AAAAAAAAAAA=' })])))
  expect(spans).toMatchObject([
    { trace_id: '5b8efff798038103d269b633813fc60c', span_id: 'eee19b7ec3c1b174', parent_id: null },
  ])
})

describe('shapes of files', () => {
  const document = exportOf([span(), span({}, { kind: 1 })])
  const [group] = document.resourceSpans
  test.each([
    ['a line', line(document)],
    ['a line without its end', JSON.stringify(document)],
    ['a document over several lines', JSON.stringify(document, null, 2)],
    ['a list of documents', JSON.stringify([document])],
    ['Tempo’s', JSON.stringify({ batches: document.resourceSpans })],
    ['Tempo’s newer one', JSON.stringify({ trace: document }, null, 1)],
    [
      'before scopes',
      line({
        resourceSpans: [{ ...group, scopeSpans: null, instrumentationLibrarySpans: group!.scopeSpans }],
      }),
    ],
    ['behind a torn line', `e":"x"}]}]}\n${line(document)}`],
  ])('%s', async (_name, text) => {
    const { source, requests } = await read(text)
    expect(source).toMatchObject({ kind: 'spans', rows: 2, also: { requests: 1 } })
    expect(requests).toMatchObject([{ path: '/x', upstream: 'shop' }])
  })

  test('spans without requests are a source of spans only', async () => {
    const { source, requests } = await read(line(exportOf([span({}, { kind: 1 })])))
    expect(source).toMatchObject({ rows: 1, files: [expect.stringMatching(/^spans/)] })
    expect(source).not.toHaveProperty('also')
    expect(requests).toEqual([])
  })

  test('metrics, logs and empty exports are skipped by kind, torn lines rejected', async () => {
    const workbook = await makeWorkbook()
    const text = `${line(exportOf([span(), span()]))}${line({ resourceMetrics: [] })}${line({ resourceLogs: [] })}
${line(exportOf([]))}${line(exportOf([span()])).slice(0, 60)}\n${line({ a: 1 })}${line(exportOf([span(), null]))}`
    const { sources, warnings } = await importInto(workbook, await writeInto(workbook, 'mixed', text))
    expect(sources).toMatchObject([{ rows: 3, rejected: 3, skipped: 3 }])
    expect((await rejectsOf(workbook, sources[0]!)).map(({ line, reason }) => [line, reason])).toEqual([
      [6, 'no JSON'],
      [7, 'no resourceSpans'],
      [8, 'a span that is no object'],
    ])
    expect(warnings.map(({ message }) => message.replace(/^.*?: /, ''))).toEqual([
      '3 of 9 lines were rejected.',
      '1 metrics lines were skipped.',
      '1 logs lines were skipped.',
      '1 empty lines were skipped.',
    ])
  })

  test('a line longer than other formats’ may be', async () => {
    const many = Array.from({ length: 9000 }, () => span())
    expect(line(exportOf(many)).length).toBeGreaterThan(3_000_000)
    const { source } = await read(line(exportOf(many)))
    expect(source).toMatchObject({ rows: 9000, rejected: 0, also: { requests: 9000 } })
  })
})

test('a file that has grown gives its new spans and requests only', async () => {
  const workbook = await makeWorkbook()
  const first = line(exportOf([span(), span({}, { kind: 1 })]))
  await importText(workbook, 'traces.jsonl', first)
  await importText(workbook, 'traces.jsonl', first + line(exportOf([span(), span()])))
  const count = `SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM requests) AS requests`
  expect(await query(workbook, count)).toEqual([{ spans: 4, requests: 3 }])
})

test('a last line that is imported before it has its end counts once', async () => {
  const workbook = await makeWorkbook()
  const [first, second, third] = [
    exportOf([span()]),
    exportOf([span(), span()]),
    exportOf([span({}, { kind: 1 })]),
  ]
  await importText(workbook, 'traces.jsonl', line(first) + JSON.stringify(second))
  await importText(workbook, 'traces.jsonl', line(first) + line(second) + line(third))
  const count = `SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM requests) AS requests`
  expect(await query(workbook, count)).toEqual([{ spans: 4, requests: 3 }])
  const sources = await listSources(workbook.paths.data)
  expect(sources.map(source => [rowsOf(source, 'spans'), rowsOf(source, 'requests')])).toEqual([
    [1, 1],
    [3, 2],
  ])
})

test('identify reads an attribute of the span or its resource, also a header, which is a list', async () => {
  const workbook = await makeWorkbook(
    'identify:\n  - attribute: resource.tenant\n  - attribute: http.request.header.x-account\n  - attribute: resource.service.name\n',
  )
  await importText(
    workbook,
    'a',
    line(exportOf([span()], { tenant: 'acme' })) +
      line(exportOf([span(), span({ 'http.request.header.x-account': ['globex'] })])),
  )
  expect((await requestsOf(workbook)).map(({ account }) => account).sort()).toEqual([
    'acme',
    'globex',
    'shop',
  ])
})

test('random requests come back as they were written', async () => {
  const nanos = (us: number) => BigInt(Date.UTC(2026, 9, 5)) * 1_000_000n + BigInt(us) * 1000n
  const write = (one: Request, i: number) =>
    span(
      {},
      {
        spanId: String(i).padStart(16, '1'),
        startTimeUnixNano: String(nanos(one.us)),
        endTimeUnixNano: String(nanos(one.us) + BigInt(one.took)),
        attributes: listOf({
          'http.request.method': one.method,
          ...(i % 2 === 0
            ? {
                'url.path': targetOf(one).split('?')[0],
                ...(one.query === null ? {} : { 'url.query': one.query }),
                'http.response.status_code': one.status,
              }
            : { 'http.target': targetOf(one), 'http.status_code': one.status }),
          'client.address': one.client,
          ...(one.agent === null ? {} : { 'user_agent.original': one.agent }),
        }),
      },
    )
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 60 }),
      fc.nat(9),
      async (requests, size) => {
        const spans = requests.map(write)
        const lines = Array.from({ length: Math.ceil(spans.length / (size + 1)) }, (_, i) =>
          line(exportOf(spans.slice(i * (size + 1), (i + 1) * (size + 1)))),
        )
        const { source, requests: found } = await read(lines.join(''))
        expect(source).toMatchObject({ rows: spans.length, rejected: 0, skipped: 0 })
        const pick = (row: Record<string, unknown>, columns: object) =>
          JSON.stringify(
            Object.keys(columns)
              .sort()
              .map(name => [name, row[name]]),
          )
        const expected = requests.map(one => ({
          ...commonRow(one),
          time: stamp(one.us),
          duration_ms: one.took / 1e6,
          elapsed_ms: [460, 499, 504].includes(one.status) ? one.took / 1e6 : null,
        }))
        expect(found.map(row => pick(row, expected[0]!)).sort()).toEqual(
          expected.map(row => pick(row, row)).sort(),
        )
      },
    ),
    { numRuns: 10, seed: 20261120 },
  )
}, 120_000)

test('damaged lines never lose count', async () => {
  const lines = (await readFile(FIXTURE, 'utf8')).trimEnd().split('\n')
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
  const damage = (text: string) => {
    const at = random(text.length)
    const odd = ['', '"', '\\', '{', ']', '\0', '-1', 'null', '[]'][random(9)]!
    return random(3) === 0 ? text : text.slice(0, at) + odd + text.slice(at + random(12))
  }
  const damaged = Array.from({ length: 400 }, () => damage(lines[random(lines.length)]!))
  const entriesOf = (text: string) => {
    try {
      const document = JSON.parse(text) as ReturnType<typeof exportOf>
      const spans = document.resourceSpans.flatMap(group =>
        (group.scopeSpans ?? []).flatMap(scope => (Array.isArray(scope.spans) ? scope.spans : [])),
      )
      return Math.max(spans.length, 1)
    } catch {
      return 1
    }
  }
  const { source } = await read(damaged.map(text => `${text}\n`).join(''))
  expect(source.rows + source.rejected + source.skipped).toBe(
    damaged.reduce((sum, text) => sum + entriesOf(text), 0),
  )
  expect(source.rejected).toBeGreaterThan(100)
}, 60_000)
