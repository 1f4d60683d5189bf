// What a capture costs the server: CPU time a request with and without, in turns, beside tools that start the server themselves.
// Requests are counted against the server's own CPU time (/proc/PID/stat), so that the load generator isn't measured.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { attachToProcess, DEFAULT_SECONDS } from '../../dist/profilers/node/attach.js'
import { measureProcess, median } from './measure.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const bin = name => path.join(here, '../../node_modules/.bin', name)
const SERVER = path.join(here, 'profile-server.cjs')
const WARM_UP_MS = 3000
/** As long as the command takes unless told otherwise: right after its start, code that V8 had optimised is slow for a moment. */
const CAPTURE_S = DEFAULT_SECONDS
const WINDOW_MS = 5000
const CONNECTIONS = 4
const TICKS_PER_SECOND = 100

/** Name → how it starts the server, as its manual says. */
const TOOLS = [
  { name: 'node --cpu-prof', command: [process.execPath, '--cpu-prof', SERVER] },
  { name: '0x', command: [bin('0x'), '--output-dir', 'out', '--', process.execPath, SERVER] },
  { name: 'clinic flame', command: [bin('clinic'), 'flame', '--open=false', '--', process.execPath, SERVER] },
]
const PLAIN = { name: 'without', command: [process.execPath, SERVER] }

export async function benchProfile({ rounds }) {
  if (process.platform !== 'linux') {
    console.log('left out: CPU time is read from /proc')
    return []
  }
  return [
    ...(await benchAttach(rounds)),
    ...(await benchCommand(rounds)),
    ...(await benchTools(Math.min(rounds, 3))),
  ]
}

async function benchAttach(rounds) {
  const ratios = []
  const firstSamples = []
  await withServer(PLAIN, async ({ pid, port }) => {
    const load = startLoad(port)
    await sleep(WARM_UP_MS)
    let before = await measureWindow(pid, load)
    for (let round = 0; round < rounds; round += 1) {
      let from = null
      let to = null
      const { cost } = await attachToProcess({
        pid,
        seconds: CAPTURE_S,
        onProgress: ({ phase }) => {
          if (phase === 'capturing') from ??= readUse(pid, load)
          if (phase === 'collecting') to = readUse(pid, load)
        },
      })
      const after = await measureWindow(pid, load)
      const without = (before + after) / 2
      before = after
      ratios.push(costOf(from, to) / without)
      firstSamples.push(cost.signalToFirstSample_ms)
    }
    load.stop()
    console.log(
      `${(1000 * before).toFixed(2)} ms of CPU a request without; during captures ${ratios.map(ratio => ratio.toFixed(2)).join(' ')}x`,
    )
  })
  return [
    {
      what: "server's CPU a request during a capture, against without",
      value: median(ratios),
      budget: 1 / 0.95,
      unit: 'x',
    },
    { what: 'from the signal to the first sample', value: median(firstSamples), budget: 100, unit: ' ms' },
  ]
}

/** From the profiler's end to the command's, with what it then writes and shows. */
async function benchCommand(rounds) {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  const waits = []
  await withServer(PLAIN, async ({ pid, port }) => {
    const load = startLoad(port)
    await sleep(1000)
    for (let round = 0; round < rounds; round += 1) {
      const args = [
        path.join(here, '../../bin/run.js'),
        'profile',
        'attach',
        String(pid),
        '--seconds',
        '2',
        '--json',
      ]
      const { stdout } = await measureProcess(process.execPath, args, { cwd: folder })
      const [profile] = JSON.parse(stdout).profiles
      waits.push(Date.now() - Date.parse(profile.startedAt) - profile.duration_ms)
      await sleep(1000)
    }
    load.stop()
  })
  await rm(folder, { recursive: true })
  return [
    {
      what: "from the capture's end to all that is written of it",
      value: median(waits),
      budget: 1000,
      unit: ' ms',
    },
  ]
}

async function benchTools(rounds) {
  const costs = new Map([PLAIN, ...TOOLS].map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const tool of [PLAIN, ...TOOLS]) {
      await withServer(tool, async ({ pid, port }) => {
        const load = startLoad(port)
        await sleep(WARM_UP_MS)
        costs.get(tool.name).push(await measureWindow(pid, load))
        load.stop()
      })
    }
  }
  return TOOLS.map(({ name }) => ({
    what: `the same under ${name}`,
    value: median(costs.get(name).map((cost, round) => cost / costs.get(PLAIN.name)[round])),
    budget: null,
    unit: 'x',
  }))
}

/** In a folder and a process group of its own, both gone afterwards. */
async function withServer({ name, command: [program, ...args] }, use) {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  const READY = path.join(folder, 'ready.json')
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, READY, NO_INSIGHT: '1' },
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  try {
    const limit = performance.now() + 30_000
    while (!isReady(READY)) {
      if (performance.now() > limit || child.exitCode !== null)
        throw new Error(`${name} did not start the server`)
      await sleep(50)
    }
    await use(JSON.parse(readFileSync(READY, 'utf8')))
  } finally {
    process.kill(-child.pid, 'SIGINT')
    // What it makes of its samples takes it some seconds, which aren't measured here.
    await Promise.race([ended, sleep(20_000)])
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended with all its children.
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function isReady(file) {
  return existsSync(file) && readFileSync(file, 'utf8').endsWith('}')
}

function startLoad(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const load = { answered: 0, isOver: false, stop: () => {} }
  load.stop = () => {
    load.isOver = true
    agent.destroy()
  }
  const ask = () => {
    if (load.isOver) return
    get({ host: '127.0.0.1', port, agent }, response => {
      response.resume()
      response.on('end', () => {
        load.answered += 1
        ask()
      })
    }).on('error', () => {})
  }
  for (let connection = 0; connection < CONNECTIONS; connection += 1) ask()
  return load
}

async function measureWindow(pid, load) {
  const from = readUse(pid, load)
  await sleep(WINDOW_MS)
  return costOf(from, readUse(pid, load))
}

function readUse(pid, load) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { answered: load.answered, cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND }
}

/** Seconds of CPU a request. */
function costOf(from, to) {
  return (to.cpu - from.cpu) / (to.answered - from.answered)
}
