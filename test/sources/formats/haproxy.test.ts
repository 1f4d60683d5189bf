import { describe, expect, test } from 'vitest'
import {
  importInto,
  importText,
  makeWorkbook,
  query,
  rejectsOf,
  requestsOf,
  writeInto,
} from '../import-into.js'
import { checkRoundTrip, commonRow, or, type Request, stamp, targetOf, wayOf } from '../round-trip.js'

const accepted = (us: number) => {
  const time = stamp(us)
  return `[${time.slice(8, 10)}/Oct/2026:${time.slice(11, 23)}]`
}
/** As HAProxy writes what would end a text. */
const encoded = (text: string) =>
  text.replace(/["#{|}]/g, sign => `#${sign.charCodeAt(0).toString(16).toUpperCase()}`)
const timers = ({ timings }: Request) =>
  timings.map(text => (text === '-1' ? -1 : Math.round(Number(text) * 1000)))
const stateOf = ({ status }: Request) =>
  status === 460 || status === 499 ? 'CD--' : status === 504 ? 'sH--' : status >= 500 ? 'SC--' : '----'

function httpLine(one: Request): string {
  const [queue, connect, response] = timers(one)
  return [
    `${one.client}:${one.port}`,
    accepted(one.us),
    `http-in~ app/app${one.bytes[1] % 3}`,
    `3/${queue}/${connect}/${response}/${one.took}`,
    `${one.status} ${one.bytes[0]} ${or(one.user)} -`,
    `${stateOf(one)} 12/10/8/1/0 0/0`,
    `{${one.host}|${encoded(one.agent ?? '')}} {}`,
    `"${one.method} ${targetOf(one)} HTTP/1.1"`,
  ].join(' ')
}

function httpRow(one: Request) {
  const [queue = 0, connect = 0, response = 0] = timers(one)
  const { user_agent: _, ...common } = commonRow(one)
  const isCut = common.outcome === 'aborted' || common.outcome === 'timeout'
  const isWhole = queue >= 0 && connect >= 0 && response >= 0
  return {
    ...common,
    time: `${stamp(one.us).slice(0, 23)}000Z`,
    duration_ms: one.took,
    elapsed_ms: isCut ? one.took : null,
    queue_ms: queue < 0 ? null : queue,
    upstream_ms: response < 0 ? null : response,
    send_ms: isWhole ? Math.max(one.took - 3 - queue - connect - response, 0) : null,
    bytes_out: one.bytes[0],
    upstream: `app/app${one.bytes[1] % 3}`,
  }
}

function tcpLine(one: Request): string {
  const [queue, connect] = timers(one)
  const ended = stamp(one.us + one.took * 1000)
  return [
    `<134>1 ${ended.slice(0, 26)}+00:00 balancer haproxy 42 - -`,
    `${one.client}:${one.port}`,
    accepted(one.us),
    `tcp-in tcp-in/echo1 ${queue}/${connect}/${one.took} ${one.bytes[0]} -- 1/1/1/1/0 0/0`,
  ].join(' ')
}

function tcpRow(one: Request) {
  const [queue = 0] = timers(one)
  return {
    time: `${stamp(one.us).slice(0, 23)}000Z`,
    method: null,
    path: null,
    status: null,
    outcome: 'ok',
    duration_ms: one.took,
    queue_ms: queue < 0 ? null : queue,
    upstream_ms: null,
    bytes_out: one.bytes[0],
    client: one.client,
    upstream: 'tcp-in/echo1',
  }
}

describe('both ways give the rows that were meant', () => {
  test('HTTP with captured headers', () => checkRoundTrip({ line: httpLine, row: httpRow }))
  test('TCP behind RFC 5424', () => checkRoundTrip({ line: tcpLine, row: tcpRow }))
})

const record = (values: Record<string, string> = {}) => {
  const {
    prefix = '',
    timers = '1/2/3/4/20',
    status = '200',
    bytes = '5',
    state = '----',
    request = 'GET /a HTTP/1.1',
  } = values
  return `${prefix}203.0.113.7:4242 [05/Oct/2026:10:00:00.123] http-in app/app1 ${timers} ${status} ${bytes} - - ${state} 1/1/1/1/0 0/0 "${request}"\n`
}
const tcp = (state: string) =>
  `203.0.113.7:4242 [05/Oct/2026:10:00:00.123] tcp-in tcp-in/echo1 1/0/400 6 ${state} 1/1/0/0/0 0/0\n`

async function rowsOf(content: string) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'haproxy.log', content)
  expect(source.format).toBe('haproxy')
  return { source, rows: await requestsOf(workbook), rejects: await rejectsOf(workbook, source) }
}

describe('how it ended', () => {
  test.each([
    ['----', '200', 'ok'],
    ['----', '404', 'client_error'],
    ['CD--', '200', 'aborted'],
    ['CR--', '400', 'aborted'],
    ['cR--', '408', 'timeout'],
    ['cD--', '200', 'timeout'],
    ['sH--', '504', 'timeout'],
    ['sQ--', '503', 'timeout'],
    ['SC--', '503', 'server_error'],
    ['SD--', '200', 'server_error'],
    ['PR--', '403', 'client_error'],
    ['PD--', '200', 'server_error'],
    ['LR--', '302', 'ok'],
    ['RC--', '503', 'server_error'],
    ['ID--', '200', 'server_error'],
    ['----', '-1', 'aborted'],
    ['--VN', '200', 'ok'],
  ])('%s with %s is %s', async (state, status, outcome) => {
    const { rows } = await rowsOf(record({ state, status }))
    expect(rows[0]).toMatchObject({ outcome, status: status === '-1' ? null : Number(status) })
  })

  test.each([
    ['--', 'ok'],
    ['CD', 'aborted'],
    ['cD', 'timeout'],
    ['sC', 'timeout'],
    ['SD', 'server_error'],
    ['PC', 'client_error'],
    ['RC', 'server_error'],
    ['KD', 'server_error'],
  ])('a connection with %s is %s', async (state, outcome) => {
    expect((await rowsOf(tcp(state))).rows[0]).toMatchObject({ outcome, duration_ms: 400, path: null })
  })
})

describe('timers', () => {
  test.each([
    ['1/2/3/4/20', { queue_ms: 2, upstream_ms: 4, send_ms: 10, duration_ms: 20, elapsed_ms: null }],
    ['0/0/0/-1/1001', { queue_ms: 0, upstream_ms: null, send_ms: null, duration_ms: 1001 }],
    ['-1/-1/-1/-1/0', { queue_ms: null, upstream_ms: null, send_ms: null, duration_ms: 0 }],
    ['1/2/3/4/+20', { queue_ms: 2, upstream_ms: 4, send_ms: null, duration_ms: null, elapsed_ms: 20 }],
    ['1/2/3/4/-1', { duration_ms: null, elapsed_ms: null }],
  ])('%s', async (timers, expected) => {
    const { rows } = await rowsOf(record({ timers, bytes: '+5' }))
    expect(rows[0]).toMatchObject({ ...expected, bytes_out: 5 })
  })

  test('logasap leaves its mark, and a doubt', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.log', record({ timers: '1/2/3/4/+20', bytes: '+5' }))
    const { warnings } = await importInto(workbook, file)
    expect(warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining('logasap'))
    expect((await requestsOf(workbook))[0]!.attrs).toMatchObject({ logasap: '+20 +5' })
  })
})

describe('prefixes', () => {
  const at = '2026-10-05T08:00:00.123000Z'
  test.each([
    ['none', '', '2026-10-05T10:00:00.123000Z'],
    ['RFC 3164', 'Oct  5 10:00:00 lb1 haproxy[42]: ', '2026-10-05T10:00:00.123000Z'],
    [
      'RFC 3164 with its priority, without a host',
      '<134>Oct  5 10:00:00 haproxy[42]: ',
      '2026-10-05T10:00:00.123000Z',
    ],
    ['RFC 5424', '<134>1 2026-10-05T10:00:00.143000+02:00 lb1 haproxy 42 - - ', at],
    ['rsyslog', '2026-10-05T10:00:00.143000+02:00 lb1 haproxy[42]: ', at],
    ['a log host in UTC', '2026-10-05T08:00:00.200Z lb1 haproxy[42]: ', at],
    [
      'haproxy in UTC, a log host elsewhere',
      '2026-10-05T15:30:01+05:30 lb1 haproxy[42]: ',
      '2026-10-05T10:00:00.123000Z',
    ],
  ])('%s', async (_, prefix, time) => {
    const { rows } = await rowsOf(record({ prefix }))
    expect(rows[0]).toMatchObject({ time, client: '203.0.113.7', path: '/a' })
    expect(rows[0]!.attrs.syslog).toBe(prefix === '' ? undefined : prefix.trimEnd())
    expect(await wayOf(record({ prefix }).repeat(50))).toBe('fast')
  })
})

describe('lines between the records', () => {
  const syslog = 'Oct  5 10:00:00 lb1 haproxy[42]: '
  test('messages and other programs are skipped by kind, halves of records rejected', async () => {
    const { source, rows, rejects } = await rowsOf(
      [
        record({ prefix: syslog }).repeat(3),
        `${syslog}Server app/app1 is DOWN, reason: Layer4 connection problem, info: "Connection refused".\n`,
        `${syslog}backend app has no server available!\n`,
        '[NOTICE]   (1) : New worker (3) forked\n',
        'Oct  5 10:00:00 lb1 sshd[7]: Accepted publickey for root\n',
        record({ prefix: syslog }).slice(0, 100).trimEnd(),
        '\n',
        record({ prefix: syslog }).slice(0, 60).trimEnd(),
        '\n',
        'what is this\n',
      ].join(''),
    )
    expect(source).toMatchObject({ rows: 3, skipped: 4, rejected: 3 })
    expect(rows).toHaveLength(3)
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'neither the HTTP, the HTTPS nor the TCP log format',
      'cut off',
      'no line of HAProxy’s, and no syslog message',
    ])
  })

  test('handshakes that failed and garbage are requests without method and path; a long line lacks its quote', async () => {
    const { source, rows } = await rowsOf(
      [
        '203.0.113.7:4242 [05/Oct/2026:10:00:00.123] https-in/1: SSL handshake failure\n',
        record({ request: '<BADREQ>', timers: '-1/-1/-1/-1/0', status: '400', state: 'PR--' }),
        record({ request: `GET /${'a'.repeat(900)}` }).replace(/"\n$/, '\n'),
      ].join(''),
    )
    expect(source).toMatchObject({ rows: 3, rejected: 0 })
    const failed = rows.find(row => row.attrs.message)!
    expect(failed).toMatchObject({
      outcome: 'aborted',
      duration_ms: null,
      attrs: { frontend_name: 'https-in/1' },
    })
    expect(rows.find(row => row.attrs.garbage)).toMatchObject({
      method: null,
      attrs: { garbage: '<BADREQ>' },
    })
    expect(rows.filter(row => row.path?.toString().startsWith('/aaa'))).toHaveLength(1)
  })
})

test('a captured header may tell the account', async () => {
  const workbook = await makeWorkbook('identify:\n  - attribute: captured_request_header_2\n')
  const line = record().replace(' "GET', ' {shop.example.com|1042} {text/html} "GET')
  await importText(workbook, 'haproxy.log', line + record())
  expect(await query(workbook, 'SELECT account FROM requests ORDER BY account')).toEqual([
    { account: '1042' },
    { account: null },
  ])
})
