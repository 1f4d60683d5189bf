/** Logs of one JSON object a request: Caddy, Traefik, Envoy, Google's balancer, Cloudflare, and named members. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  importInto,
  importText,
  makeWorkbook,
  ROOT,
  rejectsOf,
  requestsOf,
  writeInto,
} from '../import-into.js'
import { checkRoundTrip, commonRow, ms, type Request, stamp, targetOf, wayOf } from '../round-trip.js'

const LOGS = path.join(ROOT, 'fixtures/logs')
const FORMATS = ['caddy', 'traefik-json', 'envoy-json', 'google-lb', 'cloudflare']

type Json = Record<string, unknown>
const asLine = (record: Json) => JSON.stringify(record)
const seconds = (us: number) =>
  `${Date.UTC(2026, 9, 5) / 1000 + Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`

function caddyRecord(one: Request): Json {
  const header = (name: string, value: string | null) => (value === null ? {} : { [name]: [value] })
  return {
    level: 'info',
    ts: '@ts',
    logger: 'http.log.access',
    msg: 'handled request',
    request: {
      remote_ip: one.client,
      remote_port: String(one.port),
      client_ip: one.client,
      proto: 'HTTP/2.0',
      method: one.method,
      host: one.host,
      uri: targetOf(one),
      headers: { ...header('User-Agent', one.agent), ...header('Referer', one.referer) },
    },
    bytes_read: one.bytes[0],
    user_id: one.user ?? '',
    duration: Number(one.duration) + 0.0000005,
    size: one.bytes[1],
    status: one.status,
    resp_headers: { Server: ['Caddy'] },
  }
}
const caddyLine = (one: Request) => asLine(caddyRecord(one)).replace('"@ts"', seconds(one.us))

function traefikLine(one: Request): string {
  const [, origin] = one.timings
  return asLine({
    ClientAddr: `${one.client}:${one.port}`,
    ClientHost: one.client,
    ClientUsername: one.user ?? '-',
    DownstreamContentSize: one.bytes[1],
    DownstreamStatus: one.status,
    Duration: Math.round(Number(one.duration) * 1e9) + 1,
    ...(origin === '-1'
      ? {}
      : { OriginDuration: Math.round(Number(origin) * 1e9), OriginStatus: one.status }),
    RequestContentSize: one.bytes[0],
    RequestHost: one.host,
    RequestMethod: one.method,
    RequestPath: targetOf(one),
    StartUTC: stamp(one.us),
    level: 'info',
    ...(one.agent === null ? {} : { 'request_User-Agent': one.agent }),
  })
}

function envoyLine(one: Request): string {
  const [, upstream] = one.timings
  return asLine({
    authority: one.host,
    bytes_received: one.bytes[0],
    bytes_sent: one.bytes[1],
    downstream_remote_address: one.client.includes(':')
      ? `[${one.client}]:${one.port}`
      : `${one.client}:${one.port}`,
    duration: Math.round(Number(one.duration) * 1000),
    method: one.method,
    path: targetOf(one),
    protocol: 'HTTP/1.1',
    response_code: one.status,
    response_flags: '-',
    start_time: stamp(one.us),
    upstream_host: '10.0.0.1:80',
    upstream_service_time: upstream === '-1' ? null : String(Math.round(Number(upstream) * 1000)),
    user_agent: one.agent,
  })
}

function googleLine(one: Request): string {
  return asLine({
    insertId: one.id,
    jsonPayload: { statusDetails: 'response_sent_by_backend', remoteIp: one.client },
    httpRequest: {
      requestMethod: one.method,
      requestUrl: `https://${one.host}${targetOf(one)}`,
      requestSize: String(one.bytes[0]),
      status: one.status,
      responseSize: String(one.bytes[1]),
      ...(one.agent === null ? {} : { userAgent: one.agent }),
      remoteIp: one.client,
      latency: `${one.duration}001s`,
    },
    resource: { type: 'http_load_balancer', labels: { zone: 'global' } },
    timestamp: stamp(one.us),
  })
}

const nanos = (us: number) => String(BigInt(Date.UTC(2026, 9, 5)) * 1_000_000n + BigInt(us) * 1000n)
const cloudflareLine = (one: Request) =>
  asLine({
    ClientIP: one.client,
    ClientRequestBytes: one.bytes[0],
    ClientRequestHost: one.host,
    ClientRequestMethod: one.method,
    ClientRequestURI: targetOf(one),
    ClientRequestUserAgent: one.agent ?? '',
    EdgeEndTimestamp: '@end',
    EdgeResponseBytes: one.bytes[1],
    EdgeResponseStatus: one.status,
    EdgeStartTimestamp: '@start',
    RayID: one.id,
    SampleInterval: 10,
  })
    .replace('"@start"', nanos(one.us))
    .replace('"@end"', nanos(one.us + one.took))

const namedLine = (one: Request) =>
  asLine({
    time: stamp(one.us),
    method: one.method.toLowerCase(),
    host: one.host,
    url: targetOf(one),
    status: one.status,
    latency_us: Math.round(Number(one.duration) * 1e6) + 0.5,
    upstream_response_time: one.timings[1],
    bytes_in: one.bytes[0],
    bytes_out: String(one.bytes[1]),
    client_ip: one.client,
    user_agent: one.agent,
    tenant: one.user,
    sampled: true,
    tags: [one.id],
  })

const SAMPLE = {
  us: 1,
  took: 1,
  client: '10.0.0.1',
  port: 1,
  timings: ['1', '1', '1'],
  status: 200,
  bytes: [1, 2],
  method: 'GET',
  segments: ['a'],
  query: null,
  agent: 'curl',
  referer: null,
  user: null,
  duration: '0.5',
  host: 'shop.example',
  id: 'id',
} as unknown as Request

const isCut = ({ status }: Request) => status === 460 || status === 499 || status === 504
function row(one: Request, duration: number, more: Json = {}) {
  return {
    ...commonRow(one),
    time: stamp(one.us),
    host: one.host,
    duration_ms: duration,
    elapsed_ms: isCut(one) ? duration : null,
    bytes_in: one.bytes[0],
    bytes_out: one.bytes[1],
    ...more,
  } as Record<string, string | number | null>
}

const WRITERS = {
  caddy: {
    line: caddyLine,
    row: (one: Request) =>
      row(one, (ms(one.duration)! * 1e4 + 5) / 1e4, { account: one.user, referer: one.referer }),
  },
  'traefik-json': {
    line: traefikLine,
    row: (one: Request) => {
      const upstream = ms(one.timings[1])
      return row(one, (ms(one.duration)! * 1e6 + 1) / 1e6, { upstream_ms: upstream, account: one.user })
    },
  },
  'envoy-json': {
    line: envoyLine,
    row: (one: Request) =>
      row(one, ms(one.duration)!, { upstream_ms: ms(one.timings[1]), upstream: '10.0.0.1:80' }),
  },
  'google-lb': {
    line: googleLine,
    row: (one: Request) => row(one, (ms(one.duration)! * 1000 + 1) / 1000),
  },
  cloudflare: {
    line: cloudflareLine,
    row: (one: Request) => row(one, one.took / 1000, { weight: 10, trace_id: one.id }),
  },
  'named members': {
    line: namedLine,
    row: (one: Request) =>
      row(one, (ms(one.duration)! * 1e4 + 5) / 1e4, { upstream_ms: ms(one.timings[1]), account: one.user }),
  },
}

describe('random requests, written and read back', () => {
  test.each(Object.entries(WRITERS))('%s', { timeout: 180_000 }, (_, writer) => checkRoundTrip(writer))

  const TAKEN = '2026-11-20T10:00:00.123456789Z'
  const cri = (line: string) => `${TAKEN} stdout F ${line}`
  const docker = (line: string) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: TAKEN })
  test.each([
    ['CRI', cri],
    ['Docker', docker],
  ])('named members in lines of %s', { timeout: 180_000 }, (_, wrap) =>
    checkRoundTrip({ ...WRITERS['named members'], line: one => wrap(namedLine(one)) }),
  )
})

describe('detection', () => {
  test.each(FORMATS)('%s is told, and no other format’s fixture is taken for it', async name => {
    for (const file of readdirSync(LOGS).filter(
      file => /\.(?:log|ndjson|jsonl)$/.test(file) && !/expected/.test(file),
    )) {
      const workbook = await makeWorkbook()
      const isOwn = file.startsWith(`${name}.`)
      const { sources } = await importInto(workbook, path.join(LOGS, file), isOwn ? {} : { as: name })
      expect([file, sources[0]?.format]).toEqual([file, isOwn ? name : undefined])
    }
  })
})

async function read(
  lines: (Json | string)[],
  options: { unit?: 's' | 'ms' | 'us' | 'ns'; config?: string; name?: string } = {},
) {
  const { config = '', name = 'a.log', ...request } = options
  const workbook = await makeWorkbook(config)
  const text = lines.map(line => `${typeof line === 'string' ? line : asLine(line)}\n`).join('')
  const { sources, failures, warnings } = await importInto(
    workbook,
    await writeInto(workbook, name, text),
    request,
  )
  if (failures[0]) throw failures[0].error
  const source = sources[0]!
  return { source, warnings, rows: await requestsOf(workbook), rejects: await rejectsOf(workbook, source) }
}

const inOrder = <T extends Json>(rows: T[]) => rows.sort((a, b) => (String(a.time) < String(b.time) ? -1 : 1))

/** The fixture's first request. */
function example(name: string, edit: (record: Json) => Json = record => record): Json {
  const lines = readFileSync(path.join(LOGS, `${name}.log`), 'utf8').split('\n')
  const mark =
    { caddy: 'handled request', 'envoy-json': '"response_code"', 'traefik-json': '"Duration"' }[name] ?? '{'
  const line = lines.find(one => one.includes(mark))!
  return edit(JSON.parse(line.slice(line.indexOf('{'))) as Json)
}

describe('Caddy', () => {
  const caddy = (more: Json, i = 0) =>
    example('caddy', record => ({ ...record, ts: 1_791_192_180 + i, ...more }))

  test.each([
    [
      [0.000929675, 1.5, 60.001],
      [0.929675, 1500, 60_001],
    ],
    [
      ['929.675µs', '1.5s', '1m0.001s', '1h2m3.5s', '250ms', '0s', '77ns'],
      [0.929675, 1500, 60_001, 3_723_500, 250, 0, 0.000077],
    ],
    [
      [929_675, 1_500_000_000, 60_001_000_000],
      [0.929675, 1500, 60_001],
    ],
    [
      [12, 1500, 60_001],
      [12, 1500, 60_001],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ])('duration %j', async (durations, expected) => {
    const { rows, source } = await read(durations.map((duration, i) => caddy({ duration }, i)))
    expect(source.format).toBe('caddy')
    expect(inOrder(rows).map(one => one.duration_ms)).toEqual(expected)
  })

  test('whole numbers say no unit: a guess is said, and --unit goes before it', async () => {
    expect((await read([caddy({ duration: 12 })])).warnings).toMatchObject([
      { code: 'format-guessed', message: expect.stringContaining('milliseconds') },
    ])
    const { rows, warnings } = await read([caddy({ duration: 12 })], { unit: 's' })
    expect([rows[0]!.duration_ms, warnings]).toEqual([12_000, []])
  })

  test.each([
    [1_791_192_180.185, '.185000'],
    [1_791_192_180_185.25, '.185250'],
    ['@ns', '.185000'],
    ['2026-10-05T09:23:00.185Z', '.185000'],
    ['2026-10-05T11:23:00.185+0200', '.185000'],
    ['2026-10-05T11:23:00.185123456+02:00', '.185123'],
    ['2026/10/05 09:23:00.185', '.185000'],
    ['05/Oct/2026:11:23:00 +0200', '.000000'],
  ])('ts %s', async (ts, fraction) => {
    const line = asLine(caddy({ ts })).replace('"@ns"', '1791192180185000000')
    const { rows, rejects } = await read([line])
    expect([rows[0]?.time, rejects]).toEqual([`2026-10-05T09:23:00${fraction}Z`, []])
  })

  test('times of another form than the sample’s are read as well', async () => {
    const { rows, source } = await read([...Array(5).fill(caddy({})), caddy({ ts: '2026-10-05T09:23:09Z' })])
    expect([source.rejected, rows.filter(one => one.time === '2026-10-05T09:23:09.000000Z')]).toMatchObject([
      0,
      [{ path: '/' }],
    ])
  })

  test('other loggers and the console are counted by kind; torn and alien lines are rejected', async () => {
    const { source, rejects } = await read([
      ...Array(5).fill(caddy({})),
      { level: 'info', ts: 1, logger: 'tls.obtain', msg: 'lock acquired' },
      '2026/10/05 09:23:00.185\tINFO\tadmin\tadmin endpoint started',
      '{"hello":"world"}',
      asLine(caddy({})).slice(0, 200),
      caddy({ duration: 'soon' }),
      caddy({ status: 'ok' }),
      caddy({ ts: 'now' }),
    ])
    expect(source).toMatchObject({ rows: 5, skipped: 2, rejected: 5 })
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [8, 'no line of Caddy: neither logger nor msg'],
      [9, 'no JSON'],
      [10, 'duration is no duration: soon'],
      [11, 'status is no number: ok'],
      [12, 'no time that can be read: now'],
    ])
  })

  test('identify by a header', async () => {
    const headers = { 'X-Tenant': ['acme'], 'User-Agent': ['curl'] }
    const { rows } = await read([caddy({ request: { method: 'GET', host: 'a', uri: '/', headers } })], {
      config: 'identify:\n  - attribute: request.headers.X-Tenant\n',
    })
    expect(rows).toMatchObject([{ account: 'acme', user_agent: 'curl' }])
  })
})

describe('Envoy', () => {
  const envoy = (more: Json) => example('envoy-json', record => ({ ...record, ...more }))

  test.each([
    [{ response_code: 200, response_flags: 'DC' }, 'aborted'],
    [{ response_code: 0, response_flags: '-' }, 'aborted'],
    [{ response_code: 408, response_flags: 'SI' }, 'timeout'],
    [{ response_code: 504, response_flags: 'UT,URX' }, 'timeout'],
    [{ response_code: 503, response_flags: 'UF' }, 'server_error'],
    [{ response_code: 404, response_flags: 'NR' }, 'client_error'],
    [{ response_code: 0, response_flags: 'UF', method: null, protocol: null }, 'server_error'],
    [{ response_code: 0, response_flags: '-', method: null, protocol: null }, 'ok'],
  ])('%j is %s', async (more, outcome) => {
    expect((await read([envoy(more)])).rows).toMatchObject([{ outcome }])
  })

  test('texts instead of numbers, as older ones write all of them', async () => {
    const { rows } = await read([
      envoy({ duration: '4', response_code: '200', bytes_sent: '135', upstream_service_time: '-' }),
    ])
    expect(rows).toMatchObject([{ duration_ms: 4, status: 200, bytes_out: 135, upstream_ms: null }])
  })

  test('Envoy Gateway’s names', async () => {
    const line = {
      start_time: '2026-10-05T09:23:00.000Z',
      method: 'GET',
      'x-envoy-origin-path': '/a?b',
      protocol: 'HTTP/1.1',
      response_code: 200,
      response_flags: '-',
      bytes_received: 0,
      bytes_sent: 7,
      duration: 12,
      'x-envoy-upstream-service-time': '11',
      'user-agent': 'curl',
      'x-request-id': 'id',
      ':authority': 'shop.example.com',
      downstream_remote_address: '10.0.0.1:1',
    }
    expect((await read([line])).rows).toMatchObject([
      {
        path: '/a',
        query: 'b',
        duration_ms: 12,
        upstream_ms: 11,
        user_agent: 'curl',
        trace_id: 'id',
        host: 'shop.example.com',
      },
    ])
  })
})

describe('Google', () => {
  test('a list of entries in one document, on one line and on many', async () => {
    const entries = readFileSync(path.join(LOGS, 'google-lb.log'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Json)
    for (const indent of [0, 2]) {
      const { source, rows } = await read([JSON.stringify(entries, null, indent)])
      expect(source).toMatchObject({ format: 'google-lb', rows: 11, skipped: 1, rejected: 0 })
      expect(rows.map(one => one.duration_ms)).toContain(123.456)
    }
  })
})

describe('Cloudflare', () => {
  const cloudflare = (more: Json) => example('cloudflare', record => ({ ...record, ...more }))

  test.each([
    [{ EdgeStartTimestamp: '2026-10-05T09:23:00.185Z', EdgeEndTimestamp: '2026-10-05T09:23:00.2385Z' }, 53.5],
    [{ EdgeStartTimestamp: 1_791_192_180_185_000_000n, EdgeEndTimestamp: 1_791_192_180_238_500_999n }, 53.5],
  ])('times %o', async (times, duration_ms) => {
    const line = asLine(
      cloudflare(
        Object.fromEntries(
          Object.entries(times).map(([name, time]) => [name, typeof time === 'bigint' ? `@${time}@` : time]),
        ),
      ),
    )
    const { rows, warnings } = await read([line.replaceAll(/"@(\d+)@"/g, '$1')])
    expect([rows, warnings]).toMatchObject([[{ duration_ms, time: '2026-10-05T09:23:00.185000Z' }], []])
  })

  test.each([
    [{ EdgeStartTimestamp: '2026-10-05T09:23:00Z', EdgeEndTimestamp: '2026-10-05T09:23:00Z' }],
    [{ EdgeStartTimestamp: 1_791_192_180, EdgeEndTimestamp: 1_791_192_181 }],
  ])('whole seconds measure nothing: %j', async times => {
    const { rows, warnings } = await read([cloudflare(times)])
    expect(rows).toMatchObject([{ duration_ms: 53, upstream_ms: 35, time: '2026-10-05T09:23:00.000000Z' }])
    expect(warnings).toMatchObject([{ code: 'format-guessed', next: expect.stringContaining('unixnano') }])
  })
})

describe('container runtimes', () => {
  const envoy = (i: number) => envoyLine({ ...SAMPLE, us: i, query: 'x'.repeat(300) })
  const TIME = '2026-11-20T10:00:00.1Z'

  test('cut lines are joined, of two streams at once; the rest of them is counted', async () => {
    const [a, b] = [envoy(1), envoy(2)]
    const lines = [
      `${TIME} stdout P ${a.slice(0, 100)}`,
      `${TIME} stderr P ${b.slice(0, 50)}`,
      `${TIME} stdout F ${a.slice(100)}`,
      `${TIME} stderr F ${b.slice(50)}`,
      `${TIME} stdout F ${envoy(3)}`,
      ...Array.from({ length: 9 }, (_, i) => `${TIME} stdout F ${envoy(9 + i)}`),
      `${TIME} stdout P ${envoy(4).slice(0, 100)}`,
    ]
    const { source, rejects } = await read(lines)
    expect(source).toMatchObject({ format: 'envoy-json', rows: 12, skipped: 2, rejected: 1 })
    expect(rejects).toMatchObject([{ line: 15, reason: 'no JSON' }])
  })

  test('Docker: a line without its newline goes on; labels are kept', async () => {
    const docker = (log: string, more: Json = {}) => ({ log, stream: 'stdout', time: TIME, ...more })
    const [a, b] = [envoy(1), envoy(2)]
    const { source, rows } = await read([
      docker(a.slice(0, 200)),
      docker(`${a.slice(200)}\n`),
      docker(`${b}\n`, { attrs: { tag: 'shop' } }),
      docker(`${envoy(3)}\n`),
    ])
    expect(source).toMatchObject({ rows: 3, skipped: 1, rejected: 0 })
    expect(
      rows.map(({ attrs }) => [attrs['container.time'], attrs['container.stream'], attrs.more ?? null]),
    ).toEqual([
      [TIME, 'stdout', null],
      [TIME, 'stdout', '{"container.more":{"attrs":{"tag":"shop"}}}'],
      [TIME, 'stdout', null],
    ])
  })
})

describe('the fast way keeps what the sample did not show', () => {
  const many = Array.from({ length: 400 }, (_, i) => caddyLine({ ...SAMPLE, us: i }))

  test('a new member, other objects, a member that is no object any more: kept, the others still read by the engine', async () => {
    const odd = [
      { ...caddyRecord(SAMPLE), ts: 1.5e9, tenant: { id: 12345678901234567890n.toString() } },
      {
        ...caddyRecord(SAMPLE),
        ts: 1.5e9 + 1,
        request: { ...(caddyRecord(SAMPLE).request as Json), new: 1 },
      },
    ].map(asLine)
    const text = [...many, ...odd, 'torn {', '{"logger":"tls","msg":"x"}', ...many]
      .map(line => `${line}\n`)
      .join('')
    expect(await wayOf(text)).toBe('fast')
    const workbook = await makeWorkbook()
    const big = `${text.repeat(13)}${odd.map(line => `${line.replace('tenant', 'tenant_2').replace('"new"', '"new_2"')}\n`).join('')}${text.repeat(11)}`
    const source = await importText(workbook, 'b.log', big)
    expect(source).toMatchObject({ rows: 24 * 802 + 2, skipped: 24, rejected: 24 })
    expect((await rejectsOf(workbook, source)).map(one => one.line)).toEqual(
      Array.from({ length: 24 }, (_, i) => i * 804 + 403 + (i >= 13 ? 2 : 0)),
    )
    const more = (await requestsOf(workbook)).map(one => one.attrs.more).filter(Boolean)
    expect(more.sort()).toEqual(['{"request.new_2":1}', '{"tenant_2":{"id":"12345678901234567890"}}'])
  })

  test.each(Object.entries(WRITERS))(
    '%s: one name that no other line has, in a file where all else is alike',
    { timeout: 60_000 },
    async (_, writer) => {
      const lines = Array.from({ length: 12_000 }, (_, i) =>
        writer.line({ ...SAMPLE, us: i, query: 'x'.repeat(200) }),
      )
      const edits = [
        (line: string) => line.replace('{', '{"unknown":{"a":"b"},'),
        (line: string) => line.replace(/("(?:request|httpRequest)":\{)/, '$1"inner":1,'),
        (line: string) => line.replace(/"headers":\{[^}]*\}/, '"headers":"none"'),
      ]
      for (const [i, edit] of edits.entries()) lines[6400 + i] = edit(lines[6400 + i]!)
      const workbook = await makeWorkbook()
      const source = await importText(workbook, 'a.log', lines.map(line => `${line}\n`).join(''))
      expect(source).toMatchObject({ rows: 12_000, rejected: 0, skipped: 0 })
      const more = (await requestsOf(workbook)).map(one => one.attrs.more).filter(Boolean)
      const isNested = /"(?:request|httpRequest)":\{/.test(lines[0]!)
      expect(more.sort()).toEqual([
        ...(isNested ? [`{"${lines[0]!.includes('httpRequest') ? 'httpRequest' : 'request'}.inner":1}`] : []),
        '{"unknown":{"a":"b"}}',
      ])
    },
  )
})
