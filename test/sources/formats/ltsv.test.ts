import { describe, expect, test } from 'vitest'
import { importText, makeWorkbook, rejectsOf, requestsOf } from '../import-into.js'
import { checkRoundTrip, commonRow, ms, or, type Request, stamp, targetOf, wayOf } from '../round-trip.js'

const iso = (us: number) => `${stamp(us).slice(0, 26)}+00:00`

function ltsvLine(one: Request): string {
  const [, upstream] = one.timings
  return [
    `time:${iso(one.us)}`,
    `host:${one.client}`,
    `method:${one.method}`,
    `uri:${targetOf(one)}`,
    `status:${one.status}`,
    `size:${one.bytes[0]}`,
    `reqsize:${one.bytes[1]}`,
    `ua:${or(one.agent)}`,
    `referer:${or(one.referer)}`,
    `vhost:${one.host}`,
    `user:${or(one.user)}`,
    `reqtime:${one.duration}`,
    `apptime:${upstream}`,
    `note:${or(one.user)}`,
  ].join('\t')
}

function ltsvRow(one: Request) {
  return {
    ...commonRow(one),
    time: stamp(one.us),
    host: one.host,
    duration_ms: ms(one.duration),
    elapsed_ms: [460, 499, 504].includes(one.status) ? ms(one.duration) : null,
    upstream_ms: ms(one.timings[1]),
    bytes_out: one.bytes[0],
    bytes_in: one.bytes[1],
    referer: one.referer,
    account: one.user,
  }
}

const START = 'time:2026-10-05T10:00:00+02:00\tmethod:GET\turi:/a?b=1\tstatus:200'

async function rowsOf(content: string, options = {}) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'access.ltsv', content, options)
  expect(source.format).toBe('ltsv')
  return { source, rows: await requestsOf(workbook), rejects: await rejectsOf(workbook, source) }
}
const rowOf = async (more: string, options = {}) => (await rowsOf(`${START}\t${more}\n`, options)).rows[0]!

describe('both ways give the rows that were meant', () => {
  test('ISO 8601', () => checkRoundTrip({ line: ltsvLine, row: ltsvRow }))

  test.each([
    ['brackets', '[05/Oct/2026:10:00:00 +0200]'],
    ['none', '05/Oct/2026:10:00:00 +0200'],
    ['ISO 8601', '2026-10-05T08:00:00Z'],
  ])('times of the servers: %s', async (_, time) => {
    const line = `time:${time}\tmethod:GET\turi:/a\tstatus:200\tsize:1\n`
    expect((await rowsOf(line)).rows[0]).toMatchObject({ time: '2026-10-05T08:00:00.000000Z' })
    expect(await wayOf(line.repeat(50))).toBe('fast')
  })

  test('seconds since 1970', async () => {
    const { rows } = await rowsOf('time:1791187200.125\tmethod:GET\turi:/a\tstatus:200\n')
    expect(rows[0]).toMatchObject({ time: '2026-10-05T08:00:00.125000Z' })
  })
})

describe('durations', () => {
  test.each([
    ['reqtime:0.25', 250, null],
    ['reqtime:0.3\treqtime_microsec:250125', 250.125, null],
    ['request_time_ms:250\tapptime:0.2', 250, 200],
    ['reqtime:-\tapptime:0.2', null, 200],
    ['reqtime:-1\tapptime:-', null, null],
    ['reqtime:1.5\tapptime:1.0, 0.25', 1500, 1250],
    ['reqtime:1.5\tapptime:1.0, -', 1500, null],
    ['reqtime:1.5\tapptime:1.0 : 0.25', 1500, 1250],
    ['apptime:0.2', 200, 200],
  ])('%s', async (label, duration_ms, upstream_ms) => {
    expect(await rowOf(label)).toMatchObject({ duration_ms, upstream_ms })
  })

  test('retries stay whole beside their sum', async () => {
    expect((await rowOf('reqtime:1.5\tapptime:1.0, 0.25')).attrs).toEqual({ apptime: '1.0, 0.25' })
    expect((await rowOf('reqtime:1.5\tapptime:1.0')).attrs).toEqual({})
  })

  test('a name that says nothing needs a unit', async () => {
    await expect(rowOf('latency:250')).rejects.toThrow("doesn't say in which unit")
    expect(await rowOf('latency:250', { unit: 'ms' })).toMatchObject({ duration_ms: 250 })
  })
})

describe('labels', () => {
  test('host is the client where its values are addresses, else the host', async () => {
    expect(await rowOf('host:203.0.113.7')).toMatchObject({ client: '203.0.113.7', host: null })
    expect(await rowOf('host:shop.example.com')).toMatchObject({ client: null, host: 'shop.example.com' })
    expect(await rowOf('host:203.0.113.7\tremote_addr:203.0.113.8')).toMatchObject({
      client: '203.0.113.8',
      host: '203.0.113.7',
    })
  })

  test('a request line by itself', async () => {
    const { rows } = await rowsOf(
      [
        'req:GET https://shop.example.com/a?b=1 HTTP/2.0',
        'req:GET /a?b=1 HTTP/1.1',
        'req:\\x16\\x03\\x01',
        'req:-',
      ]
        .map((req, i) => `time:2026-10-05T10:00:0${i}Z\t${req}\tstatus:200\n`)
        .join(''),
    )
    expect(
      rows
        .map(row => [
          row.time?.toString().slice(17, 19),
          row.method,
          row.host,
          row.path,
          row.query,
          row.attrs,
        ])
        .sort(),
    ).toEqual([
      [
        '00',
        'GET',
        'shop.example.com',
        '/a',
        'b=1',
        { req: 'GET https://shop.example.com/a?b=1 HTTP/2.0', http_version: '2.0' },
      ],
      ['01', 'GET', null, '/a', 'b=1', { http_version: '1.1' }],
      ['02', null, null, null, null, { req: '\\x16\\x03\\x01' }],
      ['03', null, null, null, null, {}],
    ])
  })

  test('lines with other labels are read as well, and keep what only they have', async () => {
    const other = `${START}\tcache:HIT\n`
    const usual = `${START}\tsize:5\n`
    expect(await wayOf(usual.repeat(40) + other + usual)).toBe('exact')
    const { source, rows } = await rowsOf(`${usual.repeat(40)}${other}${START}\tsize:5\tpod:b\n`)
    expect(source).toMatchObject({ rows: 42, rejected: 0 })
    expect(rows.flatMap(row => Object.entries(row.attrs)).sort()).toEqual([
      ['cache', 'HIT'],
      ['pod', 'b'],
    ])
  })

  test('torn lines are rejected with their reason', async () => {
    const usual = `${START}\treqtime:0.5\n`
    const { source, rejects } = await rowsOf(
      `${usual.repeat(30)}time:2026-10-05T10:0\nnonsense\n${START.slice(0, 48)}\n${START.replace('T10', 'T30')}\n${START}\treqtime:fast\n`,
    )
    expect(source).toMatchObject({ rows: 30, rejected: 5, skipped: 0 })
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'not “label:value” between tabs',
      'not “label:value” between tabs',
      'no status',
      'time is no time: 2026-10-05T30:00:00+02:00',
      'reqtime is no number: fast',
    ])
  })
})

test('carriage returns within texts are kept', async () => {
  expect(await rowOf('ua:a\rb')).toMatchObject({ user_agent: 'a\rb' })
})
