// What somebody would write in ten minutes: per route the requests and p50, p95, p99 of an nginx log, with readline and a pattern.
// node test/bench/readline-script.js LOG
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const LINE = /^\S+ \S+ \S+ \[[^\]]+\] "(\S+) ([^ ?]+)\S* [^"]*" (\d+) (\d+) "[^"]*" "[^"]*" ([\d.]+)/
const ID = /\/(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=\/|$)/g

const routes = new Map()
for await (const line of createInterface({
  input: createReadStream(process.argv[2], { highWaterMark: 1 << 20 }),
})) {
  const match = LINE.exec(line)
  if (!match) continue
  const path = match[2].startsWith('/static/') ? '/static/:slug' : match[2].replace(ID, '/:id')
  const route = `${match[1]} ${path}`
  const times = routes.get(route)
  if (times) times.push(Number(match[5]))
  else routes.set(route, [Number(match[5])])
}
for (const [route, times] of routes) {
  const sorted = Float64Array.from(times).sort()
  const at = q => sorted[Math.floor((sorted.length - 1) * q)]
  console.log(`${route}\t${sorted.length}\t${at(0.5)}\t${at(0.95)}\t${at(0.99)}`)
}
