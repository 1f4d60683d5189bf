// Writes a log as a balancer would: `node test/bench/make-log.js alb|nginx LINES FILE [BAD_PER_MILLION]`.
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
  const iso = new Date(Math.floor(time / 1000)).toISOString()
  const at = `${iso.slice(8, 10)}/Oct/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
  const answered = status === 460 || status === 504 ? '-' : seconds(upstream)
  return (
    `${client} - - [${at}] "${method} ${path} HTTP/1.1" ${status === 460 ? 499 : status} ${300 + integer(60000)} ` +
    `"https://shop.example.com/" "${agent}" ${seconds(upstream + 1)} ${answered}\n`
  )
}

const FORMATS = { alb: albLine, nginx: nginxLine }

const write = FORMATS[format]
if (!write) throw new Error(`There is no format “${format}”: ${Object.keys(FORMATS).join(', ')}`)
const out = createWriteStream(file, { highWaterMark: 1 << 22 })
let time = Date.UTC(2026, 9, 5) * 1000
let block = ''
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
  })
  block += badEvery > 0 && i % badEvery === 0 ? `${line.slice(0, 50)}\n` : line
  if (block.length > 1 << 22) {
    if (!out.write(block)) await once(out, 'drain')
    block = ''
  }
}
out.end(block)
await once(out, 'finish')
