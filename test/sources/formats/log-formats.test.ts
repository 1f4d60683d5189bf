import { describe, expect, test } from 'vitest'
import { importText, makeWorkbook, requestsOf } from '../import-into.js'
import { checkRoundTrip, commonRow, ms, or, type Request, stamp, targetOf } from '../round-trip.js'

/** In milliseconds since 1970. */
const atEnd = ({ us }: Request) => Date.UTC(2026, 9, 5) + Math.floor(us / 1000)
const when = (one: Request) => new Date(atEnd(one)).toISOString()
/** `05/Oct/2026:10:00:00 +0000` */
const clf = (one: Request) => `05/Oct/2026:${when(one).slice(11, 19)} +0000`
const wholeSecond = (one: Request) => `${stamp(one.us).slice(0, 19)}.000000Z`
const requestLine = (one: Request) => `${one.method} ${targetOf(one)} HTTP/1.1`
const escapeNginx = (text: string | null) => text?.replaceAll('\\', '\\x5C') ?? null
const escapeApache = (text: string | null) => text?.replaceAll('\\', '\\\\') ?? null
/** Its timings as nginx lists those of several upstreams. */
const tries = (one: Request) =>
  one.timings.map(time => (time === '-1' ? '-' : time)).join(one.status === 200 ? ', ' : ' : ')
const sumOfTries = (one: Request) => {
  const parts = one.timings.map(ms)
  return parts.includes(null) ? null : parts.reduce((sum, part) => sum! + part!, 0)
}

function rowOf(one: Request) {
  const isCut = [460, 499, 504].includes(one.status)
  const took = ms(one.duration)
  return { ...commonRow(one), time: wholeSecond(one), duration_ms: took, elapsed_ms: isCut ? took : null }
}

describe('random requests come back', { timeout: 120_000 }, () => {
  test('nginx, with pieces inside of cells', async () => {
    await checkRoundTrip({
      config: `logFormats: [{name: edge, nginx: '$remote_addr - $remote_user [$time_local] "$request" $status $request_length/$body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time urt="$upstream_response_time" $host $request_id'}]`,
      line: (one, i) =>
        `${one.client} - ${or(one.user)} [${clf(one)}] "${requestLine(one)}" ${one.status} ${one.bytes.join('/')} ${or(one.referer, '"')} ${or(escapeNginx(one.agent), '"')} rt=${one.duration} urt="${i % 400 === 7 ? tries(one) : or(one.timings[0] === '-1' ? null : one.timings[0])}" ${one.host} ${one.id}`,
      row: (one, i) => ({
        ...rowOf(one),
        bytes_in: one.bytes[0],
        bytes_out: one.bytes[1],
        referer: one.referer,
        user_agent: escapeNginx(one.agent),
        upstream_ms: i % 400 === 7 ? sumOfTries(one) : ms(one.timings[0]),
        account: one.user,
        host: one.host,
        trace_id: one.id,
      }),
    })
  })

  test('nginx, tabs and names, the end of the request to the millisecond', async () => {
    await checkRoundTrip({
      config: String.raw`logFormats: [{name: tabs, nginx: "'msec:$msec\\thost:$host\\tmethod:$request_method\\turi:$request_uri\\tstatus:$status\\tsize:$bytes_sent\\ttook:$request_time\\tip:$remote_addr\\tua:$http_user_agent\\tupstream:$upstream_response_time'"}]`,
      line: one =>
        [
          `msec:${(atEnd(one) / 1000).toFixed(3)}`,
          `host:${one.host}`,
          `method:${one.method}`,
          `uri:${targetOf(one)}`,
          `status:${one.status}`,
          `size:${one.bytes[1]}`,
          `took:${one.duration}`,
          `ip:${one.client}`,
          `ua:${or(escapeNginx(one.agent))}`,
          `upstream:${tries(one)}`,
        ].join('\t'),
      row: one => ({
        ...rowOf(one),
        time: new Date(atEnd(one) - ms(one.duration)!).toISOString().replace('Z', '000Z'),
        host: one.host,
        bytes_out: one.bytes[1],
        user_agent: escapeNginx(one.agent),
        upstream_ms: sumOfTries(one),
      }),
    })
  })

  test('nginx, JSON', async () => {
    await checkRoundTrip(
      {
        config: `logFormats: [{name: json, nginx: 'escape=json {"t":"$time_iso8601","ip":"$remote_addr","m":"$request_method","u":"$request_uri","s":$status,"rt":$request_time,"up":$upstream_response_time,"ua":"$http_user_agent"}'}]`,
        line: one =>
          `{"t":"${when(one).slice(0, 19)}+00:00","ip":"${one.client}","m":"${one.method}","u":${JSON.stringify(targetOf(one))},"s":${one.status},"rt":${one.duration},"up":${tries(one)},"ua":${JSON.stringify(one.agent ?? '')}}`,
        row: one => ({ ...rowOf(one), upstream_ms: sumOfTries(one) }),
      },
      'exact',
    )
  })

  const apacheLine = (one: Request) =>
    `${one.client} - ${or(one.user)} [${clf(one)}] "${requestLine(one)}" ${one.status} ${or(one.bytes[1] || null)}`
  const apacheRow = (one: Request) => ({
    ...rowOf(one),
    duration_ms: null,
    elapsed_ms: null,
    bytes_out: one.bytes[1],
    account: one.user,
  })
  const texts = (one: Request) => `${or(one.referer, '"')} ${or(escapeApache(one.agent), '"')}`

  test('Apache common', () =>
    checkRoundTrip({ line: apacheLine, row: one => ({ ...apacheRow(one), user_agent: null }) }))
  test('Apache vhost_combined', () =>
    checkRoundTrip({
      line: one => `${one.host}:443 ${apacheLine(one)} ${texts(one)}`,
      row: one => ({
        ...apacheRow(one),
        host: one.host,
        user_agent: escapeApache(one.agent),
        referer: one.referer,
      }),
    }))
  test('Apache, a LogFormat with durations in three units', () =>
    checkRoundTrip({
      config: `logFormats: [{name: timed, apache: '%a [%{%F %T}t.%{usec_frac}t %{%z}t] "%m %U%q %H" %>s %D %T %{ms}T %I/%O "%{User-agent}i"'}]`,
      line: one =>
        `${one.client} [2026-10-05 ${stamp(one.us).slice(11, 26)} +0000] "${requestLine(one)}" ${one.status} ${one.took} ${Math.floor(one.took / 1e6)} ${Math.floor(one.took / 1e3)} ${one.bytes.join('/')} ${or(escapeApache(one.agent), '"')}`,
      row: one => ({
        ...rowOf(one),
        time: stamp(one.us),
        duration_ms: one.took / 1000,
        elapsed_ms: [460, 499, 504].includes(one.status) ? one.took / 1000 : null,
        bytes_in: one.bytes[0],
        bytes_out: one.bytes[1],
        user_agent: escapeApache(one.agent),
      }),
    }))

  test('Envoy', () =>
    checkRoundTrip({
      line: one =>
        `[${stamp(one.us).slice(0, 23)}Z] "${requestLine(one)}" ${one.status} ${one.status === 499 ? 'DC' : '-'} ${one.bytes.join(' ')} ${one.took} ${or(ms(one.timings[0]))} "${one.client}" ${or(one.agent, '"')} "${one.id}" "${one.host}" "10.0.0.1:80"`,
      row: one => ({
        ...rowOf(one),
        time: `${stamp(one.us).slice(0, 23)}000Z`,
        duration_ms: one.took,
        elapsed_ms: [460, 499, 504].includes(one.status) ? one.took : null,
        upstream_ms: ms(one.timings[0]),
        bytes_in: one.bytes[0],
        bytes_out: one.bytes[1],
        host: one.host,
        trace_id: one.id,
        upstream: '10.0.0.1:80',
      }),
    }))

  test('Traefik', () =>
    checkRoundTrip({
      line: (one, i) =>
        `${one.client} - ${or(one.user)} [${clf(one)}] "${requestLine(one)}" ${one.status} ${one.bytes[1]} ${or(one.referer, '"')} ${or(one.agent, '"')} ${i + 1} "web@docker" "http://10.0.0.1:80" ${ms(one.duration)}ms`,
      row: one => ({
        ...rowOf(one),
        account: one.user,
        referer: one.referer,
        bytes_out: one.bytes[1],
        upstream: 'http://10.0.0.1:80',
      }),
    }))
})

test.each([
  ['-, -, 0.040', null],
  ['0.100, 0.200', 300],
  ['0.100 : 0.200, 0.050', 350],
  ['-', null],
  ['0.000', 0],
])('upstream times %s', async (times, expected) => {
  const workbook = await makeWorkbook()
  const line = `1.2.3.4 [20/Nov/2026:16:59:43 +0000] "GET /a HTTP/1.1" 200 ${times}\n`
  await importText(workbook, 'a.log', line, {
    logFormat: '$remote_addr [$time_local] "$request" $status $upstream_response_time',
  })
  expect((await requestsOf(workbook))[0]).toMatchObject({
    upstream_ms: expected,
    attrs: times === '-' ? {} : { upstream_response_time: times },
  })
})
