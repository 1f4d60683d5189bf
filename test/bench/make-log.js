// Writes a log as a balancer would: `node test/bench/make-log.js FORMAT LINES FILE [BAD_PER_MILLION]`.
// Seeded, so that two runs write the same bytes. 2,000,000 lines of ALB are about 1.3 GB, of nginx 0.45 GB.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const [format = 'alb', lines = '2000000', file = `${format}.log`, badPerMillion = '0'] = process.argv.slice(2)
const badEvery = Number(badPerMillion) > 0 ? Math.round(1e6 / Number(badPerMillion)) : 0

let state = 20261120
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 4294967296
}
const integer = n => Math.floor(random() * n)
const pick = list => list[integer(list.length)]

const ROUTES = [
  ['GET', () => '/', 8],
  ['GET', () => `/products/${integer(40000)}`, 40],
  ['GET', () => `/products/${integer(40000)}/reviews?page=${integer(9) + 1}`, 60],
  ['GET', () => `/orders/${integer(900000)}`, 25],
  ['GET', () => '/orders', 180],
  ['POST', () => '/cart/items', 30],
  ['GET', () => `/search?q=term${integer(5000)}`, 90],
  ['GET', () => `/customers/${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}/invoices`, 70],
  ['GET', () => `/static/app.${hex(8)}.js`, 2],
  ['POST', () => '/checkout', 220],
]
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
  'okhttp/4.12.0',
  'python-requests/2.32.3',
]

function hex(length) {
  let text = ''
  while (text.length < length) text += integer(16).toString(16)
  return text
}

function logNormal(median, spread) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return median * Math.exp(spread * normal)
}

const stamp = us =>
  `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 19)}.${String(us % 1e6).padStart(6, '0')}Z`
const seconds = ms => (ms / 1000).toFixed(3)

function albLine({ time, method, path, upstream, status, client, version, agent, target }) {
  const unanswered = status === 460 || status === 504
  const timings = unanswered ? '0.000 -1 -1' : `0.001 ${seconds(upstream)} 0.000`
  const targetStatus = unanswered ? '-' : status
  return (
    `${version} ${stamp(time)} app/shop/50dc6c495c0c9188 ${client}:${1024 + integer(60000)} ${target} ${timings} ` +
    `${status} ${targetStatus} ${200 + integer(1500)} ${300 + integer(60000)} ` +
    `"${method} https://shop.example.com:443${path} HTTP/${version === 'h2' ? '2.0' : '1.1'}" "${agent}" ` +
    `ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 ` +
    `"Root=1-${hex(8)}-${hex(24)}" "shop.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012" ` +
    `${integer(50)} ${stamp(time - 1000 - Math.round(upstream * 1000))} "forward" "-" "-" "${target}" "${targetStatus}" "-" "-" TID_${hex(16)}\n`
  )
}

/** `combined` with `$request_time` and `$upstream_response_time` behind it. */
function nginxLine({ time, method, path, upstream, status, client, agent }) {
  const answered = status === 460 || status === 504 ? '-' : seconds(upstream)
  return (
    `${client} - - [${clf(time)}] "${method} ${path} HTTP/1.1" ${status === 460 ? 499 : status} ${300 + integer(60000)} ` +
    `"https://shop.example.com/" "${agent}" ${seconds(upstream + 1)} ${answered}\n`
  )
}

const clf = time => {
  const iso = new Date(Math.floor(time / 1000)).toISOString()
  return `${iso.slice(8, 10)}/Oct/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}
const webStatus = status => (status === 460 ? 499 : status)
const escaped = agent => agent.replaceAll(' ', '%20')

/** `combined` with `%D` behind it. */
function apacheLine({ time, method, path, upstream, status, client, agent }) {
  return (
    `${client} - - [${clf(time)}] "${method} ${path} HTTP/1.1" ${status === 460 ? 200 : status} ${300 + integer(60000)} ` +
    `"https://shop.example.com/" "${agent}" ${Math.round(upstream * 1000)}\n`
  )
}

function traefikLine({ time, method, path, upstream, status, client, agent, target, i }) {
  return (
    `${client} - - [${clf(time)}] "${method} ${path} HTTP/2.0" ${webStatus(status)} ${300 + integer(60000)} ` +
    `"https://shop.example.com/" "${agent}" ${i} "shop@docker" "http://${target}" ${Math.round(upstream)}ms\n`
  )
}

function elbLine({ time, method, path, upstream, status, client, agent, target }) {
  return (
    `${stamp(time)} shop-lb ${client}:${1024 + integer(60000)} ${target} 0.000073 ${(upstream / 1000).toFixed(6)} 0.000057 ` +
    `${status === 460 ? 200 : status} ${status === 460 ? 200 : status} 0 ${300 + integer(60000)} ` +
    `"${method} https://shop.example.com:443${path} HTTP/1.1" "${agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2\n`
  )
}

function envoyLine({ time, method, path, upstream, status, client, agent, target }) {
  return (
    `[${stamp(time).slice(0, 23)}Z] "${method} ${path} HTTP/2" ${webStatus(status)} - 0 ${300 + integer(60000)} ` +
    `${Math.round(upstream) + 1} ${Math.round(upstream)} "${client}" "${agent}" ` +
    `"${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}" "shop.example.com" "${target}"\n`
  )
}

function haproxyLine({ time, method, path, upstream, status, client }) {
  const ms = Math.round(upstream)
  const at = `${clf(time).slice(0, 20)}.${String(Math.floor(time / 1000) % 1000).padStart(3, '0')}`
  return (
    `Oct ${at.slice(0, 2)} ${at.slice(12, 20)} balancer haproxy[17754]: ${client}:${1024 + integer(60000)} [${at}] http-in ` +
    `app/app${integer(9)} 0/0/1/${ms}/${ms + 1} ${webStatus(status)} ${300 + integer(60000)} - - ---- 1/1/0/0/0 0/0 ` +
    `"${method} ${path} HTTP/1.1"\n`
  )
}

function w3cLine({ time, method, path, upstream, status, client, agent }) {
  const [stem, query = '-'] = path.split('?')
  const at = stamp(time)
  return (
    `${at.slice(0, 10)} ${at.slice(11, 19)} 10.0.0.5 ${method} ${stem} ${query} 443 - ${client} ${agent.replaceAll(' ', '+')} - ` +
    `${status === 460 ? 200 : status} 0 0 ${Math.round(upstream)}\n`
  )
}

function cloudfrontLine({ time, method, path, upstream, status, client, agent }) {
  const [stem, query = '-'] = path.split('?')
  const at = stamp(time)
  const fields = [
    at.slice(0, 10),
    at.slice(11, 19),
    'FRA2',
    300 + integer(60000),
    client,
    method,
    'd111111abcdef8.cloudfront.net',
    stem,
  ]
  fields.push(
    status === 460 ? 200 : status,
    '-',
    escaped(agent),
    query,
    '-',
    'Miss',
    `${hex(40)}==`,
    'www.example.com',
    'https',
    363,
  )
  fields.push(
    seconds(upstream),
    '-',
    'TLSv1.3',
    'TLS_AES_128_GCM_SHA256',
    'Miss',
    'HTTP/2.0',
    '-',
    '-',
    1024 + integer(60000),
  )
  return `${[...fields, seconds(upstream * 0.9), 'Miss', 'text/html', 78, '-', '-'].join('\t')}\n`
}

function ltsvLine({ time, method, path, upstream, status, client, agent }) {
  const fields = {
    time: clf(time),
    host: client,
    req: `${method} ${path} HTTP/1.1`,
    status: webStatus(status),
  }
  Object.assign(fields, { size: 300 + integer(60000), referer: '-', ua: agent, vhost: 'shop.example.com' })
  Object.assign(fields, { reqtime: seconds(upstream + 1), apptime: seconds(upstream) })
  return `${Object.entries(fields)
    .map(([label, value]) => `${label}:${value}`)
    .join('\t')}\n`
}

function caddyLine({ time, method, path, upstream, status, client, agent }) {
  const headers = { 'User-Agent': [agent], Accept: ['*/*'], 'Accept-Encoding': ['gzip, deflate, br'] }
  const tls = {
    resumed: false,
    version: 772,
    cipher_suite: 4865,
    proto: 'h2',
    server_name: 'shop.example.com',
  }
  const request = {
    remote_ip: client,
    remote_port: '41342',
    client_ip: client,
    proto: 'HTTP/2.0',
    method,
    host: 'shop.example.com',
    uri: path,
    headers,
    tls,
  }
  const served = {
    bytes_read: 0,
    user_id: '',
    duration: upstream / 1000,
    size: 300 + integer(60000),
    status: webStatus(status),
    resp_headers: { Server: ['Caddy'], 'Content-Type': ['text/html'] },
  }
  return `${JSON.stringify({ level: 'info', ts: time / 1e6, logger: 'http.log.access.log0', msg: 'handled request', request, ...served })}\n`
}

const W3C_HEAD = `#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-10-05 00:00:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken
`
const CLOUDFRONT_HEAD = `#Version: 1.0
#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end
`

const FORMATS = {
  alb: albLine,
  elb: elbLine,
  nginx: nginxLine,
  apache: apacheLine,
  traefik: traefikLine,
  envoy: envoyLine,
  haproxy: haproxyLine,
  w3c: w3cLine,
  cloudfront: cloudfrontLine,
  ltsv: ltsvLine,
  caddy: caddyLine,
}
/** What stands above the lines. */
const HEADS = { w3c: W3C_HEAD, cloudfront: CLOUDFRONT_HEAD }

const write = FORMATS[format]
if (!write) throw new Error(`There is no format “${format}”: ${Object.keys(FORMATS).join(', ')}`)
const out = createWriteStream(file, { highWaterMark: 1 << 22 })
let time = Date.UTC(2026, 9, 5) * 1000
let block = HEADS[format] ?? ''
for (let i = 1; i <= Number(lines); i += 1) {
  time += integer(600_000)
  const [method, path, median] = pick(ROUTES)
  const upstream = logNormal(median, 0.8)
  const roll = random()
  const status = roll < 0.001 ? 504 : roll < 0.003 ? 460 : roll < 0.006 ? 500 : roll < 0.03 ? 404 : 200
  const client = `10.${integer(8)}.${integer(250)}.${integer(250)}`
  const target = `172.31.${integer(4)}.${integer(20)}:8080`
  const version = pick(['h2', 'https', 'https'])
  const line = write({
    time,
    method,
    path: path(),
    upstream,
    status,
    client,
    target,
    version,
    agent: pick(AGENTS),
    i,
  })
  block += badEvery > 0 && i % badEvery === 0 ? `${line.slice(0, 50)}\n` : line
  if (block.length > 1 << 22) {
    if (!out.write(block)) await once(out, 'drain')
    block = ''
  }
}
out.end(block)
await once(out, 'finish')
