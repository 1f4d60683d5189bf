import { describe, expect, test } from 'vitest'
import { nginxLine, nginxLog } from './import-into.js'
import { checkRoundTrip, commonRow, ms, or, type Request, stamp, targetOf, wayOf } from './round-trip.js'

function albLine(one: Request, i: number): string {
  const [queue, target, send] = one.timings
  return [
    'https',
    stamp(one.us + one.took),
    'app/shop/50dc6c495c0c9188',
    `${one.client}:${one.port}`,
    '10.0.0.1:80',
    queue,
    target,
    send,
    one.status,
    or(one.status < 460 ? one.status : null),
    ...one.bytes,
    `"${one.method} https://${one.host}:443${targetOf(one)} HTTP/2.0"`,
    or(one.agent, '"'),
    'TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:shop',
    `"Root=1-${one.id}-${i}"`,
    `"${one.host}"`,
    '"arn:cert" 1',
    stamp(one.us),
    '"forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1',
  ].join(' ')
}

function albRow(one: Request, i: number) {
  const [queue, target, send] = one.timings
  const parts = one.timings.map(ms)
  const isCut = one.status === 460 || one.status === 504
  return {
    ...commonRow(one),
    time: stamp(one.us),
    host: one.host,
    duration_ms: parts.includes(null) ? null : parts.reduce((sum, part) => sum! + part!, 0),
    elapsed_ms: isCut ? one.took / 1000 : null,
    queue_ms: ms(queue),
    upstream_ms: ms(target),
    send_ms: ms(send),
    bytes_in: one.bytes[0],
    bytes_out: one.bytes[1],
    upstream: '10.0.0.1:80',
    trace_id: `Root=1-${one.id}-${i}`,
  }
}

function nginxLogLine(one: Request): string {
  const time = new Date(Date.UTC(2026, 9, 5) + Math.floor(one.us / 1000)).toISOString()
  const day = `${time.slice(8, 10)}/Oct/${time.slice(0, 4)}`
  const agent = or(one.agent?.replaceAll('\\', '\\x5C') ?? null, '"')
  const line = `${one.client} - ${or(one.user)} [${day}:${time.slice(11, 19)} +0000] "${one.method} ${targetOf(one)} HTTP/1.1"`
  return `${line} ${one.status} ${one.bytes[1]} ${or(one.referer, '"')} ${agent} ${one.duration}`
}

function nginxRow(one: Request) {
  const isCut = one.status === 499 || one.status === 504
  return {
    ...commonRow(one),
    time: `${stamp(one.us).slice(0, 19)}.000000Z`,
    duration_ms: ms(one.duration),
    elapsed_ms: isCut ? ms(one.duration) : null,
    bytes_in: null,
    bytes_out: one.bytes[1],
    account: one.user,
    user_agent: one.agent?.replaceAll('\\', '\\x5C') ?? null,
    referer: one.referer,
  }
}

describe('both ways give the rows that were meant', () => {
  test('ALB', () => checkRoundTrip({ line: albLine, row: albRow }))
  test('nginx', () => checkRoundTrip({ line: nginxLogLine, row: nginxRow }))
})

describe('what happens to a file', () => {
  test('a clean one goes the fast way, one with few bad lines too, one with a carriage return does not', async () => {
    const log = nginxLog(300)
    expect(await wayOf(log)).toBe('fast')
    expect(await wayOf(`${log}torn\n\n${nginxLine(7)}`)).toBe('fast')
    expect(await wayOf(log.replace('\n', '\r\n'))).toBe('exact')
  })
})
