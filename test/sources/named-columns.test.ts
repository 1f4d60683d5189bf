import { describe, expect, test } from 'vitest'
import {
  importInto,
  importText,
  makeWorkbook,
  query,
  rejectsOf,
  requestsOf,
  writeInto,
} from './import-into.js'

const TIME = '2026-10-05T10:00:00Z'

async function read(
  name: string,
  content: string,
  request: { as?: string; unit?: 's' | 'ms' | 'us' | 'ns' } = {},
  config = '',
) {
  const workbook = await makeWorkbook(config)
  const source = await importText(workbook, name, content, request)
  return { source, rows: await requestsOf(workbook), rejects: await rejectsOf(workbook, source) }
}

describe('durations', () => {
  test.each([
    ['duration_ms', '57', 57],
    ['latency_us', '57000', 57],
    ['elapsed_seconds', '0.057', 57],
    ['duration_ns', '57000000', 57],
    ['request_time', '0.057', 57],
    ['response_time', '0.057', 57],
    ['reqtime', '0.057', 57],
    ['durationMs', '57', 57],
    ['responseTimeMs', '57', 57],
    ['duration_ms', '-1', null],
    ['duration_ms', '-', null],
    ['duration_ms', '', null],
    ['duration_ms', ' ', null],
    ['duration_ms', ' 57 ', 57],
    ['duration_ms', '0', 0],
  ])('%s: %s is %s ms', async (column, value, expected) => {
    const { rows } = await read('a.csv', `time,path,status,${column}\n${TIME},/a,200,${value}\n`)
    expect(rows).toMatchObject([{ duration_ms: expected, status: 200, attrs: {} }])
  })

  test.each(['duration', 'latency', 'time_taken', 'responseTime'])(
    '%s says no unit: asked for, never guessed',
    async column => {
      const text = `time,path,status,${column}\n${TIME},/a,200,57\n`
      await expect(read('a.csv', text)).rejects.toMatchObject({
        message: `The column “${column}” is a duration, but its name doesn't say in which unit.`,
        next: [expect.stringContaining('--unit s, ms, us or ns')],
        exit: 2,
      })
      expect((await read('a.csv', text, { unit: 'us' })).rows[0]).toMatchObject({ duration_ms: 0.057 })
    },
  )

  test('--unit goes before what a bare name usually means', async () => {
    const { rows } = await read('a.csv', `time,path,status,response_time\n${TIME},/a,200,57\n`, {
      unit: 'ms',
    })
    expect(rows[0]).toMatchObject({ duration_ms: 57 })
  })

  test('of several, the first that has a value; the others stay beside the columns', async () => {
    const text = `time,path,status,latency,duration_ms,request_time\n${TIME},/a,200,9,57,0.1\n${TIME},/b,200,9,,0.1\n`
    const { rows } = await read('a.csv', text)
    expect(rows).toMatchObject([
      { path: '/a', duration_ms: 57, attrs: { latency: '9', request_time: '0.1' } },
      { path: '/b', duration_ms: 100, attrs: { latency: '9', request_time: '0.1' } },
    ])
  })

  test('parts; several upstreams in one value are kept as they are', async () => {
    const header = 'time,path,status,request_time,upstream_response_time,queue_ms,send_us'
    const { rows } = await read(
      'a.csv',
      `${header}\n${TIME},/a,200,0.2,0.1,3,4000\n${TIME},/b,200,0.2,"0.1, 0.05",,\n`,
    )
    expect(rows).toMatchObject([
      { duration_ms: 200, upstream_ms: 100, queue_ms: 3, send_ms: 4 },
      { duration_ms: 200, upstream_ms: null, attrs: { upstream_response_time: '0.1, 0.05' } },
    ])
  })

  test('no number: rejected with its line', async () => {
    const { source, rejects } = await read(
      'a.csv',
      `time,path,status,duration_ms\n${TIME},/a,200,5\n${TIME},/b,200,soon\n`,
    )
    expect(source).toMatchObject({ rows: 1, rejected: 1, skipped: 1 })
    expect(rejects).toEqual([
      { line: 3, reason: 'duration_ms is no number: soon', text: `${TIME},/b,200,soon` },
    ])
  })
})

describe('the status', () => {
  test.each(['downstream_status', 'OriginStatus', 'elb_status_code', 'sc-status', 'resp_status', 'Status'])(
    'as %s',
    async column => {
      const { rows } = await read('a.csv', `time,path,${column}\n${TIME},/a,503\n`)
      expect(rows).toMatchObject([{ status: 503, outcome: 'server_error', attrs: {} }])
    },
  )

  test('of several, the one that the client got', async () => {
    const line = { time: TIME, RequestPath: '/a', OriginStatus: 200, DownstreamStatus: 499 }
    const { rows } = await read('a.ndjson', `${JSON.stringify(line)}\n`)
    expect(rows).toMatchObject([{ status: 499, outcome: 'aborted', attrs: { OriginStatus: '200' } }])
  })

  test('none: every request is ok, and a warning says so', async () => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.csv', `time,path,duration_ms,result\n${TIME},/a,5,503\n`)
    const { warnings } = await importInto(workbook, file)
    expect(warnings).toMatchObject([
      { code: 'format-guessed', message: expect.stringContaining('every request counts as ok') },
    ])
    expect(await requestsOf(workbook)).toMatchObject([{ outcome: 'ok', status: null }])
  })
})

describe('CSV', () => {
  test('all columns, in any order and case', async () => {
    const text = [
      'Status,Path,Time,Method,Host,Bytes_Sent,Request_Length,Client_IP,User_Agent,Referer,Upstream_Addr,Trace_ID,Tenant,Weight,Region,duration_ms',
      `503,/orders/7?a=1&b,${TIME},get,shop.example,10,20,10.0.0.9,curl,https://x/,10.0.0.1:80,t1,acme,20,eu,12.5`,
    ].join('\r\n')
    const { source, rows } = await read('a.csv', `\ufeff${text}\r\n`)
    expect(source).toMatchObject({ rows: 1, rejected: 0, skipped: 1, weighted: true, format: 'requests' })
    expect(rows).toEqual([
      {
        time: '2026-10-05T10:00:00.000000Z',
        method: 'GET',
        host: 'shop.example',
        path: '/orders/7',
        query: 'a=1&b',
        route: 'GET /orders/:id',
        status: 503,
        outcome: 'server_error',
        duration_ms: 12.5,
        elapsed_ms: null,
        queue_ms: null,
        upstream_ms: null,
        send_ms: null,
        bytes_in: 20,
        bytes_out: 10,
        client: '10.0.0.9',
        account: 'acme',
        user_agent: 'curl',
        referer: 'https://x/',
        upstream: '10.0.0.1:80',
        trace_id: 't1',
        weight: 20,
        attrs: { Region: 'eu' },
      },
    ])
  })

  test('newlines, commas and quotes in quotes; every line is counted', async () => {
    const text = `time,path,status,note\n${TIME},/a,200,"two\n\nlines, ""quoted"""\n\n${TIME},/b,200,x\n`
    const { source, rows } = await read('a.csv', text)
    expect(source).toMatchObject({ rows: 2, rejected: 0, skipped: 2 })
    expect(rows[0]!.attrs).toEqual({ note: 'two\n\nlines, "quoted"' })
  })

  test('a stray quote costs its line, not the rest of the file', async () => {
    const good = `${TIME},/a,200,x\n`
    const { source, rejects } = await read(
      'a.csv',
      `time,path,status,note\n${good.repeat(50)}${TIME},/b,200,"open\n${good.repeat(5000)}`,
    )
    expect(source).toMatchObject({ rows: 5050, rejected: 1, skipped: 1 })
    expect(rejects).toMatchObject([{ line: 52, reason: expect.stringContaining('quote') }])
    const two = await read(
      'a.csv',
      `time,path,status,note\n${good}${TIME},/b,200,5" disk\n${good}${TIME},/c,200,7" disk\n${good}`,
    )
    expect([two.source.rows, two.rejects.map(reject => reject.line)]).toEqual([3, [3, 5]])
  })

  test('too few or too many fields are rejected by line', async () => {
    const { rejects } = await read(
      'a.csv',
      `time,path,status\n${TIME},/a\n${TIME},/b,200\n${TIME},/c,200,1\n   \n`,
    )
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [2, '2 fields, 3 expected as in the header'],
      [4, '4 fields, 3 expected as in the header'],
    ])
  })

  test('a repeated name keeps both values', async () => {
    const { rows } = await read('a.csv', `time,path,status,tag,tag,\n${TIME},/a,200,one,two,three\n`)
    expect(rows[0]!.attrs).toEqual({ tag: 'one', tag_2: 'two', field_6: 'three' })
  })

  test('without a method, the route is the path', async () => {
    const { rows } = await read('a.csv', `time,path,status\n${TIME},/orders/7,200\n`)
    expect(rows[0]).toMatchObject({ method: null, route: '/orders/:id' })
  })

  test.each([
    ['/orders/:id', 'GET /orders/:id'],
    ['GET /orders/:number', 'GET /orders/:number'],
    ['OrdersController#show', 'OrdersController#show'],
  ])('a route that the log gives, %s, is kept', async (given, expected) => {
    const { rows } = await read(
      'a.csv',
      `time,method,path,status,route\n${TIME},GET,/orders/7,200,${given}\n${TIME},GET,/orders/8,200,\n`,
    )
    expect(rows.map(row => row.route).sort()).toEqual([expected, 'GET /orders/:id'].sort())
  })

  test.each([
    ['status', '99999'],
    ['status', 'ok'],
    ['bytes', '99999999999999999999'],
    ['weight', '0'],
    ['time', '2026-02-30'],
  ])('%s %s is rejected, and the others come in', async (column, value) => {
    const fields: Record<string, string> = { time: TIME, path: '/a', status: '200', bytes: '1', weight: '1' }
    const line = (some: Record<string, string>) => `${Object.values(some).join(',')}\n`
    const text = `${Object.keys(fields).join(',')}\n${line(fields)}${line({ ...fields, [column]: value })}`
    expect((await read('a.csv', text)).source).toMatchObject({ rows: 1, rejected: 1 })
  })
})

describe('NDJSON', () => {
  const line = (more: object) =>
    `${JSON.stringify({ time: TIME, method: 'GET', path: '/a', status: 200, ...more })}\n`

  test('numbers, nested values, nulls; what has no column is kept by name', async () => {
    const { rows } = await read(
      'a.ndjson',
      line({
        duration_ms: 5.25,
        user: { id: 7 },
        tags: ['a'],
        flag: true,
        none: null,
        "it's": 'ok',
        'a.b': 1,
      }),
    )
    expect(rows[0]).toMatchObject({
      duration_ms: 5.25,
      account: '{"id":7}',
      attrs: { tags: '["a"]', flag: 'true', "it's": 'ok', 'a.b': '1' },
    })
  })

  test('a request that is an object', async () => {
    const caddy = {
      ts: 1791194400.5,
      logger: 'web',
      request: {
        remote_ip: '10.0.0.9',
        proto: 'HTTP/2.0',
        method: 'GET',
        host: 'shop.example',
        uri: '/orders/7?a=1',
        headers: { Accept: ['*/*'] },
      },
      duration: 0.25,
      size: 10,
      status: 200,
    }
    const empty = { ...caddy, request: { remote_ip: '10.0.0.9' } }
    const lines = [caddy, caddy, empty].map(entry => `${JSON.stringify(entry)}\n`).join('')
    const { rows, rejects } = await read('caddy.log', lines, { unit: 's' })
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      method: 'GET',
      host: 'shop.example',
      path: '/orders/7',
      query: 'a=1',
      route: 'GET /orders/:id',
      client: '10.0.0.9',
      duration_ms: 250,
      bytes_out: 10,
      attrs: { logger: 'web', 'request.proto': 'HTTP/2.0', 'request.headers': '{"Accept":["*/*"]}' },
    })
    expect(rejects).toMatchObject([{ line: 3, reason: 'no path, route or request line' }])
  })

  test('ids with more digits than a number holds', async () => {
    const { rows } = await read(
      'a.ndjson',
      line({}).replace('}', ',"trace_id":12345678901234567890,"n":98765432109876543210}'),
    )
    expect(rows[0]).toMatchObject({ trace_id: '12345678901234567890', attrs: { n: '98765432109876543210' } })
  })

  test('names that differ in case only', async () => {
    const { rows } = await read('a.ndjson', line({ Foo: 1, foo: 2 }) + line({ foo: 3 }))
    expect(rows.map(row => row.attrs).sort((a, b) => Object.keys(a).length - Object.keys(b).length)).toEqual([
      { foo_2: '3' },
      { Foo: '1', foo_2: '2' },
    ])
  })

  test('more names than columns can have', async () => {
    const many = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`n${i}`, i]))
    const [row] = (await read('a.ndjson', line(many))).rows
    const { more, ...named } = row!.attrs
    expect({ ...named, ...JSON.parse(more!) }).toEqual({ ...JSON.parse(JSON.stringify(many)), ...named })
    expect(Object.keys(named)).toHaveLength(500)
  })

  test('a name that is a trap', async () => {
    const { rows } = await read(
      'a.ndjson',
      line({}).replace('}', ',"__proto__":"x","constructor":"y","":"z"}'),
    )
    expect(Object.entries(rows[0]!.attrs).sort()).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['unnamed', 'z'],
    ])
  })

  test('what nginx writes without escape=json, and bytes that are no UTF-8', async () => {
    const text = Buffer.concat([
      Buffer.from(line({ ua: 'X' }).replace('"X"', '"say \\x22hi\\x22"')),
      Buffer.from(line({ ua: 'Y' }).split('Y')[0]!),
      Buffer.from([0xe9]),
      Buffer.from(line({ ua: 'Y' }).split('Y')[1]!),
    ])
    const workbook = await makeWorkbook()
    await importText(workbook, 'a.ndjson', text)
    expect(await query(workbook, 'SELECT user_agent FROM requests ORDER BY 1')).toEqual([
      { user_agent: '\\xe9' },
      { user_agent: 'say \\x22hi\\x22' },
    ])
  })

  test('lines that are no object are rejected by line', async () => {
    const { source, rejects } = await read(
      'a.ndjson',
      `${line({}).repeat(6)}[1]\n{"time":\n \n${line({ time: 'soon' })}`,
    )
    expect(source).toMatchObject({ rows: 6, rejected: 3, skipped: 1 })
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [7, 'JSON, but no object'],
      [8, 'no JSON'],
      [10, 'no time that can be read: soon'],
    ])
  })

  test.each([
    [1791194400.5, '2026-10-05T10:00:00.500000Z'],
    [1791194400123, '2026-10-05T10:00:00.123000Z'],
    ['2026-10-05T12:00:00+02:00', '2026-10-05T10:00:00.000000Z'],
  ])('time %s', async (time, expected) => {
    expect((await read('a.ndjson', line({ time }))).rows[0]).toMatchObject({ time: expected })
  })

  test('how a request ended: unknown without a status, unfinished by its status', async () => {
    const only = await read('a.ndjson', `${JSON.stringify({ time: TIME, path: '/a', duration_ms: 5 })}\n`)
    expect(only.rows[0]).toMatchObject({ outcome: 'ok', status: null, elapsed_ms: null })
    const { rows } = await read(
      'a.ndjson',
      line({ status: 499, duration_ms: 5 }) +
        line({ status: 504, duration_ms: 6 }) +
        line({ status: null, duration_ms: 7 }),
    )
    expect(rows.map(row => [row.outcome, row.elapsed_ms]).sort()).toEqual([
      ['aborted', 5],
      ['aborted', 7],
      ['timeout', 6],
    ])
  })

  test('a request line, and a whole URL', async () => {
    const { rows } = await read(
      'a.ndjson',
      `{"ts":"${TIME}","request":"POST /a/7?b=c HTTP/2.0","status":200}\n`,
    )
    expect(rows[0]).toMatchObject({
      method: 'POST',
      path: '/a/7',
      query: 'b=c',
      attrs: { request: 'POST /a/7?b=c HTTP/2.0' },
    })
    const url = await read('a.ndjson', `{"ts":"${TIME}","url":"https://shop.example/a?b","status":200}\n`)
    expect(url.rows[0]).toMatchObject({ host: 'shop.example', path: '/a', query: 'b' })
  })
})

describe('identify', () => {
  const log = `{"time":"${TIME}","path":"/t/acme/x","query":"a=1&account=q7","host":"blue.shop.example","status":200,"org":"o1","remote_addr":"10.1.1.1"}\n`

  test.each([
    ['attribute: org', 'o1'],
    ['attribute: remote_addr', '10.1.1.1'],
    ['attribute: nothing', null],
    ['query: account', 'q7'],
    ['path: ^/t/([^/]+)/', 'acme'],
    ['host: ^([^.]+)\\.shop', 'blue'],
  ])('%s', async (rule, expected) => {
    const { rows } = await read('a.ndjson', log, {}, `identify:\n  - ${rule}\n`)
    expect(rows[0]).toMatchObject({ account: expected })
  })

  test('the first rule that finds one wins', async () => {
    const { rows } = await read(
      'a.ndjson',
      log,
      {},
      'identify:\n  - attribute: nothing\n  - query: account\n  - attribute: org\n',
    )
    expect(rows[0]).toMatchObject({ account: 'q7' })
  })
})
