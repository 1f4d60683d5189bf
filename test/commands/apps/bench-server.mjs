// A small service for benchmarks. /ok answers at once, /work after some milliseconds of CPU time, /slow after 100 ms, /fail with a
// 500, and /die is its end. Listens on PORT; its name says what else it does: WHEN=never ends it before it listens.
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'

const { PORT, WHEN } = process.env
if (WHEN === 'never') {
  console.error('No database at db.example.com:5432')
  process.exit(3)
}

function work(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

let asked = 0
const answers = {
  '/ok': () => 200,
  '/work': () => {
    work(2)
    return 200
  },
  '/slow': async () => {
    await setTimeout(100)
    return 200
  },
  '/fail': () => 500,
  '/missing': () => 404,
  '/die': () => {
    asked += 1
    if (asked < 20) return 200
    console.error('Out of memory, or so')
    process.exit(7)
  },
}

createServer(async (request, response) => {
  const answer = answers[request.url?.split('?')[0] ?? '']
  response.writeHead(answer ? await answer() : 404).end('done\n')
}).listen(Number(PORT), '127.0.0.1')
