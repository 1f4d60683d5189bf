import { expect, test } from 'vitest'
import { importText, makeWorkbook, requestsOf } from '../import-into.js'
import { checkRoundTrip, or, type Request, stamp } from '../round-trip.js'

const second = (us: number) => stamp(Math.floor(us / 1e6) * 1e6).slice(0, 19)

function nlbLine(one: Request): string {
  return [
    'tls 2.0',
    second(one.us),
    'net/shop/c6e77e28c25b2234 g3d4b5e8bb8464cd',
    `${one.client}:${one.port}`,
    '10.0.0.1:443',
    one.took,
    or(one.status < 400 ? one.bytes[0] % 1000 : null),
    ...one.bytes,
    '- arn:aws:acm:1 - TLS_AES_128_GCM_SHA256 tlsv13 -',
    one.host,
    `h2 h2 ${one.status < 400 ? '"h2","http/1.1"' : '-'}`,
    or(one.user === null ? null : second(one.us)),
  ].join(' ')
}

function nlbRow(one: Request) {
  const start = Date.UTC(2026, 9, 5) + Math.floor(one.us / 1e6) * 1000 - (one.user === null ? one.took : 0)
  return {
    time: new Date(start).toISOString().replace('Z', '000Z'),
    method: null,
    path: null,
    status: null,
    outcome: one.status < 400 ? 'ok' : 'aborted',
    host: one.host,
    duration_ms: one.took,
    elapsed_ms: one.status < 400 ? null : one.took,
    queue_ms: one.status < 400 ? one.bytes[0] % 1000 : null,
    bytes_in: one.bytes[0],
    bytes_out: one.bytes[1],
    client: one.client,
    upstream: '10.0.0.1:443',
  }
}

test('random connections come back', () => checkRoundTrip({ line: nlbLine, row: nlbRow }))

test('further fields are kept, older lines are read, torn ones are rejected', async () => {
  const start = 'tls 2.0 2026-10-05T08:00:10 net/shop/1 l 203.0.113.218:51341 10.0.0.185:443 5 2 98 246 -'
  const workbook = await makeWorkbook()
  const source = await importText(
    workbook,
    'nlb.log',
    `${start} arn - AES tlsv12 - shop.example.com - - - 2026-10-05T08:00:09 new\n${start} arn - AES tlsv12 - shop.example.com\n${start}\n`,
  )
  expect(source).toMatchObject({ format: 'nlb', rows: 2, rejected: 1, skipped: 0 })
  expect(await requestsOf(workbook)).toMatchObject([
    { time: '2026-10-05T08:00:09.000000Z', duration_ms: 5, attrs: { field_23: 'new' } },
    { time: '2026-10-05T08:00:09.995000Z', duration_ms: 5 },
  ])
})
