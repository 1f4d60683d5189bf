import { describe, expect, test } from 'vitest'
import { importText, makeWorkbook, requestsOf } from '../import-into.js'
import { checkRoundTrip, commonRow, ms, or, type Request, stamp, targetOf, wayOf } from '../round-trip.js'

function elbLine(one: Request): string {
  return [
    stamp(one.us),
    'shop-lb',
    `${one.client}:${one.port}`,
    '10.0.0.1:80',
    ...one.timings,
    one.status,
    or(one.status < 460 ? one.status : null),
    ...one.bytes,
    `"${one.method} https://${one.host}:443${targetOf(one)} HTTP/1.1"`,
    or(one.agent, '"'),
    'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2',
  ].join(' ')
}

function elbRow(one: Request) {
  const [queue, backend, send] = one.timings
  const parts = one.timings.map(ms)
  const duration = parts.includes(null) ? null : parts.reduce((sum, part) => sum! + part!, 0)
  return {
    ...commonRow(one),
    time: stamp(one.us),
    host: one.host,
    duration_ms: duration,
    elapsed_ms: one.status === 460 || one.status === 504 ? duration : null,
    queue_ms: ms(queue),
    upstream_ms: ms(backend),
    send_ms: ms(send),
    bytes_in: one.bytes[0],
    bytes_out: one.bytes[1],
    upstream: '10.0.0.1:80',
  }
}

const REQUEST = '"GET http://shop.example.com:80/a HTTP/1.1"'
const line = (more = '"curl/8" - -', timings = '0.1 0.2 0.3') =>
  `2026-10-05T08:00:00.945958Z lb 203.0.113.1:2817 10.0.0.1:80 ${timings} 200 200 0 29 ${REQUEST} ${more}\n`

async function rowsOf(content: string) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'elb.log', content)
  return { source, rows: await requestsOf(workbook) }
}

test('random requests come back', () => checkRoundTrip({ line: elbLine, row: elbRow }))

describe('odd lines', () => {
  test('microseconds are kept, and the total is null when a part is', async () => {
    const { rows } = await rowsOf(
      line(undefined, '0.000073 0.001048 0.000057') + line(undefined, '0.000073 -1 -1'),
    )
    expect(rows.map(row => [row.queue_ms, row.upstream_ms, row.send_ms, row.duration_ms])).toEqual(
      expect.arrayContaining([
        [0.073, 1.048, 0.057, 1.178],
        [0.073, null, null, null],
      ]),
    )
  })
  test('the 12 fields of old and fields that are yet to come', async () => {
    const old = line('').replace(/ \n$/, '\n')
    expect((await rowsOf(old)).rows[0]).toMatchObject({ path: '/a', user_agent: null, duration_ms: 600 })
    expect(await wayOf(line().repeat(50))).toBe('fast')
    const { source, rows } = await rowsOf(line('"curl/8" - - new'))
    expect(source.format).toBe('elb')
    expect(rows[0]!.attrs).toMatchObject({ field_16: 'new' })
    const mixed = await rowsOf(line().repeat(30) + line('"curl/8" - - new'))
    expect(mixed.source).toMatchObject({ rows: 31, rejected: 0 })
    expect(mixed.rows.filter(row => row.attrs.more === 'new')).toHaveLength(1)
  })
  test('torn lines are rejected', async () => {
    const { source } = await rowsOf(`${line().repeat(3)}${line().slice(0, 70)}\n${line().slice(0, 120)}\n`)
    expect(source).toMatchObject({ rows: 3, rejected: 2, skipped: 0 })
  })
})
