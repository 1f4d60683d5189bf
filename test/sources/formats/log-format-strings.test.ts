import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import { detectFormat } from '../../../src/sources/detect-format.js'
import { parseApache } from '../../../src/sources/formats/apache-directives.js'
import { type LogFormat, variablesOf } from '../../../src/sources/formats/log-format.js'
import { compileMatcher } from '../../../src/sources/formats/match-pieces.js'
import { parseNginx } from '../../../src/sources/formats/nginx-variables.js'
import { importText, makeWorkbook, nginxLog, ROOT, rejectsOf, requestsOf } from '../import-into.js'
import { wayOf } from '../round-trip.js'

const TIME = '20/Nov/2026:16:59:43 +0100'

function refusal(act: () => unknown): WhyslowError {
  try {
    act()
  } catch (error) {
    if (error instanceof WhyslowError) return error
    throw error
  }
  throw new Error('was read')
}

const names = ({ pieces }: LogFormat) =>
  pieces.map(piece => (typeof piece === 'string' ? piece : `<${piece.name}>`)).join('')

async function readOne(logFormat: string, line: string) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'a.log', `${line}\n`, { logFormat })
  expect(source).toMatchObject({ rows: 1, rejected: 0 })
  return (await requestsOf(workbook))[0]!
}

describe('strings of nginx', () => {
  test.each([
    ['bare', '$status [$time_local]', '<status> [<time_local>]'],
    ['braces', `\${status}s [$time_local]`, '<status>s [<time_local>]'],
    ['in pieces', `'$status '\n  '[$time_local]'`, '<status> [<time_local>]'],
    ['a directive', `log_format main '$status ' "[$time_local]";`, '<status> [<time_local>]'],
    ['escapes', String.raw`'$status\t\'[$time_local]\''`, `<status>\t'[<time_local>]'`],
    ['the same variable twice', '$status $status $msec', '<status> <status_2> <msec>'],
    [
      'pieces of a request',
      '"$request_method $uri$is_args$args $server_protocol" $msec',
      '"<request>" <msec>',
    ],
    ['an URL', '$msec $scheme://$host$request_uri', '<msec> <request_uri>'],
  ])('%s', (_name, text, expected) => {
    expect(names(parseNginx(text, 'here'))).toBe(expected)
  })

  test.each([
    [
      '$time_local $remote_addr$status',
      '$remote_addr and $status have nothing between them, so where one ends can’t be told (column 25)',
      1,
      25,
    ],
    [
      `'$time_local '\n'$uri$args'`,
      '$uri and $args have nothing between them, so where one ends can’t be told (column 6 of line 2)',
      2,
      6,
    ],
    ['$status', 'The log format has no time, so its requests can’t be placed (column 1)', 1, 1],
    ['$time_local $ $status', 'A $ without the name of a variable (column 13)', 1, 13],
    [`'$time_local`, "The ' is not closed (column 1)", 1, 1],
    [`escape=xml '$time_local'`, 'escape is default, json or none, not xml (column 1)', 1, 1],
  ])('%s is refused', (text, message, line, column) => {
    const error = refusal(() => parseNginx(text, 'here'))
    expect(error.message).toBe(message)
    expect(error.place).toEqual({ file: 'here', line, column })
    expect(error.next).toEqual([text.split('\n')[line - 1], `${' '.repeat(column - 1)}^`])
  })
})

describe('strings of Apache', () => {
  test.each([
    [
      'bare',
      '%h %l %u %t "%r" %>s %b',
      '<remote_addr> <ident> <remote_user> <time_local> "<request>" <status> <body_bytes_sent>',
    ],
    ['as in the configuration', String.raw`%t \"%r\"`, '<time_local> "<request>"'],
    ['a directive', String.raw`LogFormat "%t \"%{Referer}i\" %%" main`, '<time_local> "<http_referer>" %'],
    ['modifiers', '%t %!200,304{User-Agent}i %<s', '<time_local> <http_user_agent> <original_status>'],
    [
      'unknown ones',
      '%t %{VAR}e %{X}n %{a}C %{Y}o %G',
      '<time_local> <VAR> <note_X> <cookie_a> <sent_http_y> <%G>',
    ],
    ['a time in pieces', '[%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t]', '[<time>]'],
    ['pieces of a request', '%t "%m %U%q %H"', '<time_local> "<request>"'],
  ])('%s', (_name, text, expected) => {
    expect(names(parseApache(text, 'here'))).toBe(expected)
  })

  test('two with nothing between them', () => {
    const error = refusal(() => parseApache(String.raw`%t \"%h%u\"`, 'here'))
    expect(error.place).toEqual({ file: 'here', line: 1, column: 8 })
  })

  test.each([
    ['%t %D', `[${TIME}] 1500`, { duration_ms: 1.5 }],
    ['%t %T', `[${TIME}] 2`, { duration_ms: 2000 }],
    ['%t %{ms}T', `[${TIME}] 17`, { duration_ms: 17 }],
    ['%t %{us}T', `[${TIME}] 17`, { duration_ms: 0.017 }],
    ['%t %T %D', `[${TIME}] 0 17`, { duration_ms: 0.017, attrs: { duration_s: '0' } }],
    ['%t %D', `[${TIME}] -`, { duration_ms: null }],
    ['%t %b', `[${TIME}] -`, { bytes_out: 0 }],
    ['%t %200b', `[${TIME}] -`, { bytes_out: null }],
    ['%{begin:msec}t %>s', '1795204381347 200', { time: '2026-11-20T19:53:01.347000Z' }],
    ['%{end:usec}t %D', '1795204381347000 47000', { time: '2026-11-20T19:53:01.300000Z' }],
    ['%{sec}t.%{usec_frac}t %>s', '1795204381.347001 200', { time: '2026-11-20T19:53:01.347001Z' }],
    ['%{sec}t%{msec_frac}t %>s', '1795204381347 200', { time: '2026-11-20T19:53:01.347000Z' }],
    [
      '%{%Y-%m-%d %H:%M:%S %z}t %>s',
      '2026-11-20 16:59:43 -0330 200',
      { time: '2026-11-20T20:29:43.000000Z' },
    ],
    ['%t %a %h', `[${TIME}] 10.0.0.1 name.example.com`, { client: '10.0.0.1' }],
    ['%t %{c}a %h', `[${TIME}] 10.0.0.9 10.0.0.1`, { client: '10.0.0.1', attrs: { peer_addr: '10.0.0.9' } }],
    ['%t %{Host}i %v', `[${TIME}] a.example.com:8080 b.example.com`, { host: 'a.example.com' }],
    ['%t %X %>s %D', `[${TIME}] X 200 5000`, { outcome: 'aborted', duration_ms: 5, elapsed_ms: 5 }],
    [
      '%t "%r" "%{User-Agent}i"',
      String.raw`[${TIME}] "GET /a\"b HTTP/1.1" "say \"x\" \\"`,
      { path: String.raw`/a\"b`, user_agent: String.raw`say \"x\" \\` },
    ],
    ['%t %m|%U|%q', `[${TIME}] GET|/a/b|?c=d`, { method: 'GET', path: '/a/b', query: 'c=d' }],
  ])('%s reads %s', async (format, line, expected) => {
    const withStatus = format.includes('s') ? format : `${format} %>s`
    expect(await readOne(withStatus, format === withStatus ? line : `${line} 200`)).toMatchObject(expected)
  })
})

describe('what nginx writes', () => {
  test.each([
    [
      '$msec $request_time',
      '1795204381.347 0.047',
      { time: '2026-11-20T19:53:01.300000Z', attrs: { msec: '1795204381.347' } },
    ],
    [
      '$time_iso8601 $request_time',
      '2026-11-20T16:59:43+01:00 0.500',
      { time: '2026-11-20T15:59:43.000000Z' },
    ],
    [
      '$msec|$request_method|$uri|$args',
      '1795204381.347|GET|/a|b=c',
      { method: 'GET', path: '/a', query: 'b=c' },
    ],
    ['$msec|$uri|$args', '1795204381.347|/a|-', { method: null, path: '/a', query: null }],
    ['$msec $http_user_agent', '1795204381.347 agent with spaces', { user_agent: 'agent with spaces' }],
    ['$msec ($http_user_agent) $host', '1795204381.347 (a (b) c) h', { user_agent: 'a (b) c', host: 'h' }],
    [
      '$msec "$http_x_forwarded_for" $remote_addr',
      '1795204381.347 "1.1.1.1, 2.2.2.2" 10.0.0.1',
      { client: '10.0.0.1', attrs: { http_x_forwarded_for: '1.1.1.1, 2.2.2.2' } },
    ],
    [
      '$msec $upstream_addr|$upstream_status',
      '1795204381.347 unix:/tmp/a.sock, [::1]:80|502, 200',
      { upstream: '[::1]:80', attrs: { upstream_status: '502, 200' } },
    ],
    [
      '$msec $body_bytes_sent $bytes_sent',
      '1795204381.347 5 105',
      { bytes_out: 5, attrs: { bytes_sent: '105' } },
    ],
    ['$msec $origin $garbage', '1795204381.347 x y', { attrs: { origin_2: 'x', garbage_2: 'y' } }],
    [
      '$msec [$request]',
      '1795204381.347 [\\x16\\x03\\x01]',
      { method: null, path: null, route: null, attrs: { garbage: '\\x16\\x03\\x01' } },
    ],
    [
      `escape=none '$msec "$http_user_agent" "$host"'`,
      '1795204381.347 "say "x" y" "h"',
      { user_agent: 'say "x" y', host: 'h' },
    ],
    [
      `escape=json '{"t":"$msec","u":"$uri","a":{"b":"$http_x_b"}}'`,
      '{"extra":1,"u":"/x","t":1795204381.347,"a":{"b":"c\\"d"}}',
      { path: '/x', attrs: { 'a.b': 'c"d', more: '{"extra":1}' } },
    ],
    [
      `escape=json '{"t":"$msec","rt":$request_time,"u":"$uri"}'`,
      '{"t":"1795204381.347","rt":,"u":"/x"}',
      { path: '/x', duration_ms: null },
    ],
  ])('%s reads %s', async (format, line, expected) => {
    expect(await readOne(format, line)).toMatchObject(expected)
  })

  test('what is no such line is rejected with the place', async () => {
    const workbook = await makeWorkbook()
    const good = `10.0.0.1 [${TIME}] 200 0.100\n`
    const content = `${good.repeat(20)}10.0.0.1 [${TIME}] 200\n10.0.0.1 [31/Feb/2026:16:59:43 +0100] 200 0.100\n`
    const source = await importText(workbook, 'a.log', content, {
      logFormat: '$remote_addr [$time_local] $status $request_time',
    })
    expect(source).toMatchObject({ rows: 20, rejected: 2 })
    expect((await rejectsOf(workbook, source)).map(({ line, reason }) => [line, reason])).toEqual([
      [21, 'not as the log format says: $status or what stands behind it, column 39'],
      [22, '$time_local is no time: 31/Feb/2026:16:59:43 +0100'],
    ])
  })

  test('a value that holds the delimiter now and then doesn’t keep the engine from reading the rest', async () => {
    const config = `logFormats: [{name: a, nginx: '$remote_user [$time_local] "$request" $status'}]`
    const line = (user: string) => `${user} [${TIME}] "GET / HTTP/1.1" 200\n`
    expect(await wayOf(line('a').repeat(300) + line('a b'), config)).toBe('fast')
    expect(await wayOf(line('a').repeat(9) + line('a b'), config)).toBe('exact')
    const workbook = await makeWorkbook(config)
    await importText(workbook, 'a.log', line('a').repeat(300) + line('a b'))
    expect((await requestsOf(workbook)).filter(row => row.account === 'a b')).toHaveLength(1)
  })

  test('another literal than the format’s is no request', async () => {
    const config = `logFormats: [{name: a, nginx: '$remote_addr - [$time_local] $status rt=$request_time'}]`
    const workbook = await makeWorkbook(config)
    const line = (dash: string, name: string) => `1.1.1.1 ${dash} [${TIME}] 200 ${name}=0.100\n`
    const content = line('-', 'rt').repeat(30) + line('x', 'rt') + line('-', 'xy')
    expect(await importText(workbook, 'a.log', content)).toMatchObject({ rows: 30, rejected: 2 })
  })
})

test('no line takes more time than its length', () => {
  const format = parseNginx('$a $b $c $d $e $f $time_local x', 'here')
  const match = compileMatcher(format)
  const began = performance.now()
  expect(match('a '.repeat(200_000))).toHaveProperty('failed')
  expect(performance.now() - began).toBeLessThan(10_000)
  expect(variablesOf(format.pieces)).toHaveLength(7)
})

describe('which format a file has', () => {
  const detect = (text: string, options: Parameters<typeof detectFormat>[1] = {}) =>
    detectFormat({ name: 'a.log', head: text, lines: text.split('\n').filter(Boolean) }, options).format

  test.each([
    ['apache-common', 'apache'],
    ['apache-combined', 'apache'],
    ['apache-vhost-combined', 'apache'],
    ['nginx-combined', 'nginx'],
    ['envoy', 'envoy'],
    ['envoy-istio', 'envoy'],
    ['traefik', 'traefik'],
    ['alb', 'alb'],
  ])('%s.log is %s, also where a log format of the workbook doesn’t fit', async (name, format) => {
    const text = await readFile(path.join(ROOT, `fixtures/logs/${name}.log`), 'utf8')
    expect(detect(text)).toBe(format)
    expect(detect(text, { as: format })).toBe(format)
    const logFormats = [{ name: 'own', nginx: '$remote_addr [$time_local] $status' }]
    expect(detect(text, { logFormats })).toBe(format)
  })

  const logFormats = [
    {
      name: 'own',
      nginx:
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time',
    },
    { name: 'other', apache: '%h %t' },
  ]

  test('a log format of the workbook goes before those that are known', () => {
    expect(detect(nginxLog(30), { logFormats })).toBe('own')
    expect(detect(nginxLog(30), { logFormats, as: 'nginx' })).toBe('nginx')
    expect(detect(`h [${TIME}]\n`, { logFormats, as: 'other' })).toBe('other')
  })

  test('one that is given goes before all', () => {
    expect(detect(nginxLog(30), { logFormats, logFormat: '%h %t' })).toBe('apache')
    const error = refusal(() => detect(nginxLog(30), { logFormat: 'combined' }))
    expect(error.message).toContain('neither variables of nginx')
  })

  test('a log format of the workbook that can’t be read is named', () => {
    const error = refusal(() => detect(nginxLog(3), { logFormats: [{ name: 'own', nginx: '$msec$status' }] }))
    expect(error.place).toEqual({ file: 'whyslow.yaml, log format own', line: 1, column: 6 })
  })
})
