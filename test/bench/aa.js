/**
 * How often `bench compare` cries wolf on this machine: a small real server against itself, through the built command, for as many
 * comparisons as the minutes allow. The rate has a wide interval: an hour gives some tens of them. `npm run simulate` gives thousands.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { wilsonInterval } from '../../dist/stats/intervals.js'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

const SERVER = `import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
createServer((request, response) => {
  let hash = 'a'
  for (let i = 0; i < 300; i += 1) hash = createHash('sha256').update(hash).digest('hex')
  response.end(hash)
}).listen(Number(process.env.SERVICE_PORT), '127.0.0.1')
`

export async function benchAa({ minutes }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-aa-'))
  try {
    await mkdir(path.join(folder, 'bench'))
    await writeFile(path.join(folder, 'server.mjs'), SERVER)
    await writeFile(path.join(folder, 'bench', 'aa.yaml'), describeScenario(await findFreePort()))
    return summarise(await compareAgain(folder, performance.now() + minutes * 60_000))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function describeScenario(port) {
  return `service: {command: [node, server.mjs], ready: 'http://127.0.0.1:${port}/', env: {SERVICE_PORT: '${port}'}}
load: {url: 'http://127.0.0.1:${port}/', rate: 100/s, duration: 1s, warmup: 300ms}
under: 50ms
measure: [cpu]
`
}

/** One comparison after the other; the last one that was begun in time counts. */
async function compareAgain(folder, end) {
  const verdicts = {}
  let firstFails = 0
  let slowest = 0
  while (performance.now() + slowest < end || slowest === 0) {
    const start = performance.now()
    const { verdict, rounds } = await compareOnce(folder)
    slowest = Math.max(slowest, performance.now() - start)
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
    if (rounds[0].gates.some(gate => gate.fails)) firstFails += 1
    console.log(`${verdict}, after ${rounds.map(round => round.pairs).join(' and ')} pairs`)
  }
  return { verdicts, firstFails }
}

function compareOnce(folder) {
  const args = [BIN, 'bench', 'compare', '.', '.', '--json', '--pairs', '6', '--most-pairs', '12']
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1 << 28 }, (error, stdout) => {
      const result = stdout === '' ? null : JSON.parse(stdout)
      if (result?.rounds) resolve(result)
      else reject(new Error(result?.error?.message ?? String(error)))
    })
  })
}

function summarise({ verdicts, firstFails }) {
  const count = Object.values(verdicts).reduce((sum, one) => sum + one, 0)
  const line = (what, of) => {
    const [low, high] = wilsonInterval(of, count)
    const range = `${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)}%`
    return {
      what: `${what}: ${of} of ${count} (95%: ${range})`,
      value: (of / count) * 100,
      budget: null,
      unit: '%',
    }
  }
  return [
    line('regressions of a version against itself', verdicts.worse ?? 0),
    line('first rounds that failed', firstFails),
    ...['better', 'no meaningful difference', 'cannot tell yet'].map(verdict =>
      line(verdict, verdicts[verdict] ?? 0),
    ),
  ]
}

function findFreePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
