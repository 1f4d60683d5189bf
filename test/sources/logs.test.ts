import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ImportedSource } from '../../src/steps/import-files.js'
import {
  countLines,
  type Found,
  importInto,
  importText,
  makeWorkbook,
  nginxLine,
  query,
  ROOT,
  rejectsOf,
  requestsOf,
} from './import-into.js'

const LOGS = path.join(ROOT, 'fixtures/logs')
const REFERENCE = process.env.WHYSLOW_REFERENCE ? path.join(process.env.WHYSLOW_REFERENCE, 'logs') : null

async function importFile(file: string): Promise<{ source: ImportedSource; rows: Found[] }> {
  const workbook = await makeWorkbook()
  const { sources } = await importInto(workbook, file)
  return { source: sources[0]!, rows: await requestsOf(workbook) }
}

describe('every line is accounted for, and none is rejected', () => {
  test.each(['alb.log', 'nginx-combined.log', 'nginx-combined-request-time.log'])('%s', async name => {
    const text = await readFile(path.join(LOGS, name), 'utf8')
    const { source } = await importFile(path.join(LOGS, name))
    expect(source).toMatchObject({
      rows: countLines(text),
      rejected: 0,
      skipped: 0,
      format: name.split(/[-.]/)[0],
    })
  })

  test('the recording of the shop', async () => {
    const file = path.join(ROOT, 'fixtures/recordings/shop/access.log.gz')
    const lines = countLines(gunzipSync(await readFile(file)))
    const { source } = await importFile(file)
    expect(source).toMatchObject({ rows: lines, rejected: 0, skipped: 0, format: 'nginx' })
  })

  test.skipIf(REFERENCE === null)(
    'reference logs: one line of 10,000 is torn',
    { timeout: 60_000 },
    async () => {
      const workbook = await makeWorkbook()
      const names = await readdir(REFERENCE!)
      expect(names.length).toBeGreaterThan(3)
      for (const name of names) {
        const content = await readFile(path.join(REFERENCE!, name))
        const { sources } = await importInto(workbook, path.join(REFERENCE!, name))
        const { rows, rejected, skipped } = sources[0]!
        expect([name, rows + rejected + skipped]).toEqual([name, countLines(content)])
        const rejects = rejected > 0 ? await rejectsOf(workbook, sources[0]!) : []
        for (const { line, text } of rejects) {
          const found = content.toString().split('\n')[line - 1]!
          expect(found.startsWith(text)).toBe(true)
          expect(found.split('"').length % 2, 'a quote is open').toBe(0)
        }
        expect(rejects.length).toBeLessThanOrEqual(1)
      }
    },
  )
})

describe('nothing of a line is lost', () => {
  /** The line's parts, at spaces and quotes, without the sign for “nothing”. */
  const partsOf = (line: string) =>
    [...line.matchAll(/"([^"]*)"|\S+/g)]
      .map(match => match[1] ?? match[0])
      .filter(part => !['-', ''].includes(part))

  test.each(['alb.log', 'nginx-combined.log', 'nginx-combined-request-time.log'])('%s', async name => {
    const text = await readFile(path.join(LOGS, name), 'utf8')
    const lines = text
      .split('\n')
      .filter(Boolean)
      .sort((a, b) => b.length - a.length)
    const { rows } = await importFile(path.join(LOGS, name))
    // Which row is a line's is told by trying them all; the lines that say most come first, so that no row is taken by a line that says less.
    const left = rows.map(textOf)
    for (const line of lines) {
      const parts = partsOf(line).map(part => sayings(part))
      const at = left.findIndex(text => parts.every(part => part.some(one => text.includes(one))))
      expect(at, line.slice(0, 300)).not.toBe(-1)
      left.splice(at, 1)
    }
  })

  function textOf({ attrs, ...columns }: Found): string {
    const { method, path, query, duration_ms } = columns
    const target = `${attrs.origin ?? ''}${path ?? ''}${query === null ? '' : `?${query}`}`
    const request = `${method} ${target}${attrs.http_version ? ` HTTP/${attrs.http_version}` : ''}`
    return JSON.stringify([request, duration_ms, Object.values(columns), Object.values(attrs)]).replaceAll(
      '\\\\',
      '\\',
    )
  }

  /** The ways in which a part may stand in a row: times in UTC, durations in milliseconds; −1 is null. */
  function sayings(part: string): string[] {
    if (/^\[\d\d\/Nov\/2026/.test(part))
      return [new Date(`2026-11-20T${part.slice(13)}+01:00`).toISOString().slice(0, 19)]
    if (part === '+0100]') return ['Z']
    if (/^\d{4}-\d\d-\d\dT.*Z$/.test(part)) return [part.replace('T', ' ').replace(/\.?0*Z$/, ''), part]
    if (/^\d+\.\d{3}$/.test(part)) return [String(Math.round(Number(part) * 1000))]
    if (part === '-1') return ['null']
    return [part]
  }
})

describe('ALB', () => {
  const find = async (path: string) => {
    const { rows } = await importFile(`${LOGS}/alb.log`)
    return rows.find(row => row.path === path)!
  }

  test('an answered request, all columns', async () => {
    expect(await find('/products/42')).toEqual({
      time: '2026-10-05T09:23:01.486000Z',
      method: 'GET',
      host: 'shop.example.com',
      path: '/products/42',
      query: 'ref=mail',
      route: 'GET /products/:id',
      status: 200,
      outcome: 'ok',
      duration_ms: 171,
      elapsed_ms: null,
      queue_ms: 86,
      upstream_ms: 48,
      send_ms: 37,
      bytes_in: 0,
      bytes_out: 57,
      client: '192.0.2.39',
      account: null,
      user_agent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
      referer: null,
      upstream: '10.0.0.1:80',
      trace_id: expect.stringMatching(/^Root=1-/),
      weight: 1,
      attrs: expect.objectContaining({
        type: 'https',
        time: '2026-10-05 09:23:01.657641',
        client_port: '192.0.2.39:2818',
        origin: 'https://shop.example.com:443',
        http_version: '1.1',
        target_status_code: '200',
        ssl_protocol: 'TLSv1.2',
      }),
    })
  })

  test('a client that left: watched for ten seconds, never measured', async () => {
    expect(await find('/reports/monthly')).toMatchObject({
      status: 460,
      outcome: 'aborted',
      duration_ms: null,
      queue_ms: 0,
      upstream_ms: null,
      send_ms: null,
      elapsed_ms: expect.closeTo(10_000, -2),
    })
  })

  test('a target that did not answer in time', async () => {
    expect(await find('/invoices/100109/pdf')).toMatchObject({
      status: 504,
      outcome: 'timeout',
      route: 'GET /invoices/:id/pdf',
      duration_ms: null,
      upstream_ms: null,
      elapsed_ms: expect.closeTo(60_000, -3),
    })
  })

  test('no target: an error, timings unknown, never zero', async () => {
    expect(await find('/checkout')).toMatchObject({
      outcome: 'server_error',
      duration_ms: null,
      elapsed_ms: null,
      queue_ms: null,
      upstream: null,
    })
  })

  test('an IPv6 client without brackets', async () => {
    expect(await find('/account')).toMatchObject({
      client: '2001:db8:4538:1:bcf4:5264:e01c:f215',
      attrs: expect.objectContaining({ client_port: '2001:db8:4538:1:bcf4:5264:e01c:f215:50311' }),
    })
  })

  test('what is no request has neither method nor path nor route, and is kept', async () => {
    const { rows } = await importFile(`${LOGS}/alb.log`)
    expect(rows.filter(row => row.path === null)).toEqual([
      expect.objectContaining({
        method: null,
        route: null,
        status: 400,
        outcome: 'client_error',
        duration_ms: null,
        attrs: expect.objectContaining({ garbage: '- http://shop.example.com:80- -' }),
      }),
    ])
  })

  const line = async (edit: (text: string) => string) => {
    const workbook = await makeWorkbook()
    const [first = ''] = (await readFile(`${LOGS}/alb.log`, 'utf8')).split('\n')
    await importText(workbook, 'one.log', `${edit(first)}\n`)
    const [row] = await requestsOf(workbook)
    return row
  }

  test.each([
    ['http://shop.example.com:80?a=1', '/', 'a=1', 'http://shop.example.com:80'],
    ['http://shop.example.com:80', '/', null, 'http://shop.example.com:80'],
    ['http://shop.example.com:80/a b?c d', '/a b', 'c d', 'http://shop.example.com:80'],
    ['http://shop.example.com:80/r?to=http://x/y?z', '/r', 'to=http://x/y?z', 'http://shop.example.com:80'],
  ])('target %s', async (target, path, query, origin) => {
    const row = await line(text => text.replace('http://shop.example.com:80/', target))
    expect(row).toMatchObject({ method: 'GET', path, query, attrs: { origin, http_version: '1.1' } })
  })

  test('fields that AWS adds later are kept by their place', async () => {
    expect(await line(text => `${text} "new" 17`)).toMatchObject({
      attrs: { field_34: 'new', field_35: '17' },
    })
  })

  test('without a creation time, the time of the answer counts', async () => {
    const row = await line(text => text.replace(/ 2026-10-05T09:23:00\.18\d{4}Z "forward"/, ' - "forward"'))
    expect(row).toMatchObject({ time: '2026-10-05T09:23:00.186641Z' })
  })
})

describe('nginx', () => {
  const find = async (edit: (row: Found) => boolean, name = 'nginx-combined-request-time.log') => {
    const { rows } = await importFile(`${LOGS}/${name}`)
    return rows.filter(edit)
  }

  test('a request, all columns', async () => {
    expect(await find(row => row.path === '/products/42')).toEqual([
      {
        time: '2026-11-20T15:59:43.000000Z',
        method: 'GET',
        host: null,
        path: '/products/42',
        query: 'ref=mail&utm_source=a%20b',
        route: 'GET /products/:id',
        status: 200,
        outcome: 'ok',
        duration_ms: 39,
        elapsed_ms: null,
        queue_ms: null,
        upstream_ms: null,
        send_ms: null,
        bytes_in: null,
        bytes_out: 16,
        client: '127.0.0.1',
        account: '1042',
        user_agent: 'curl/7.88.1',
        referer: 'https://shop.example.com/products',
        upstream: null,
        trace_id: null,
        weight: 1,
        attrs: { remote_user: '1042', http_version: '1.1' },
      },
    ])
  })

  test('without $request_time nothing is measured', async () => {
    expect(await find(row => row.duration_ms !== null, 'nginx-combined.log')).toEqual([])
  })

  test('unfinished requests were watched for as long as they took', async () => {
    expect(await find(row => row.path === '/slow')).toEqual([
      expect.objectContaining({ status: 499, outcome: 'aborted', duration_ms: 300, elapsed_ms: 300 }),
      expect.objectContaining({ status: 504, outcome: 'timeout', duration_ms: 1000, elapsed_ms: 1000 }),
    ])
    expect(await find(row => row.path === '/down')).toEqual([
      expect.objectContaining({ status: 502, outcome: 'server_error', elapsed_ms: null }),
    ])
  })

  test('a user name with spaces', async () => {
    expect(await find(row => row.account === 'user with spaces')).toHaveLength(1)
  })

  test('handshakes and fragments have neither method nor path; HTTP/0.9 has', async () => {
    const garbage = await find(row => row.path === null)
    expect(garbage.map(row => [row.method, row.route, String(row.attrs.garbage ?? '').slice(0, 12)])).toEqual(
      [
        [null, null, 'GET'],
        [null, null, '\\x03\\x00\\x00'],
        [null, null, '\\x16\\x03\\x01'],
        [null, null, ''],
      ],
    )
    expect(await find(row => row.path === '/nine')).toEqual([
      expect.objectContaining({ method: 'GET', attrs: {} }),
    ])
    expect(await find(row => row.path === '*')).toEqual([expect.objectContaining({ method: 'PRI' })])
  })

  test.each([
    ['the upstream first', ['0.100 0.140', '- 0.001', '0.050 0.050'], [140, 1, 50]],
    ['the upstream first, rounded up once', ['0.100 0.140', '0.051 0.050'], [140, 50]],
    ['the upstream last', ['0.140 0.100', '0.001 -', '0.050 0.051'], [140, 1, 50]],
    ['nothing tells', ['0.100 0.200', '0.200 0.100'], [100, 200]],
  ])('two times, %s', async (_, times, expected) => {
    const workbook = await makeWorkbook()
    const lines = times.map((time, i) => nginxLine(i).replace(/0\.\d+\n$/, `${time}\n`))
    await importText(workbook, 'a.log', lines.join(''))
    expect((await requestsOf(workbook)).map(row => row.duration_ms)).toEqual(expected)
  })

  test.each([
    ['0.100 0.090 10.0.0.7:8080', { duration_ms: 100, upstream_ms: 90, upstream: '10.0.0.7:8080' }],
    [
      '"203.0.113.7, 10.0.0.1" 0.100',
      { duration_ms: 100, attrs: { http_x_forwarded_for: '203.0.113.7, 10.0.0.1' } },
    ],
    ['"-" 0.100', { duration_ms: 100 }],
    ['0.100 0.040,', { duration_ms: 100, upstream_ms: null }],
    ['1234', { duration_ms: null, attrs: { field_11: '1234' } }],
    ['- rt=0.1', { duration_ms: null, attrs: { field_12: 'rt=0.1' } }],
  ])('fields behind: %s', async (behind, expected) => {
    const workbook = await makeWorkbook()
    const line = `10.0.0.1 - - [20/Nov/2026:16:59:43 -0330] "GET /a HTTP/1.1" 200 16 "-" "curl" ${behind}\n`
    await importText(workbook, 'a.log', line.repeat(3))
    const [row] = await requestsOf(workbook)
    expect(row).toMatchObject({ time: '2026-11-20T20:29:43.000000Z', ...expected })
  })

  test('quotes as Apache writes them', async () => {
    const workbook = await makeWorkbook()
    const line = String.raw`::1 - - [20/Nov/2026:16:59:43 +0000] "GET /a HTTP/1.1" 200 16 "-" "say \"hello\" \\"`
    expect(await importText(workbook, 'a.log', `${line}\n`)).toMatchObject({ rows: 1, rejected: 0 })
    expect(await query(workbook, 'SELECT user_agent, client FROM requests')).toEqual([
      { user_agent: String.raw`say \"hello\" \\`, client: '::1' },
    ])
  })
})
