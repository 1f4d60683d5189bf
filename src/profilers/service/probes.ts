/** whyslow's side of the probes: the socket that they connect to, and a measurement of all of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import type { Environment } from '../tools/group.js'
import { addNodeOptions } from '../tools/node-options.js'
import { type ProbeAnswer, type ProbeOrder, probeText } from './probe.js'

export interface ProbedUse {
  version: string
  /** CPU time since the process began, in ms; `begun`: 0 where it began later than the measurement. */
  cpu: { begun_ms: number; ended_ms: number }
  maxRss_mb: number
  delay: Extract<ProbeAnswer, { kind: 'ended' }>['delay']
  gc: Extract<ProbeAnswer, { kind: 'ended' }>['gc']
}

export interface Probes {
  /** What the service is started with. */
  env: { NODE_OPTIONS: string }
  /** Temporary; the guard may remove it. */
  folder: string
  /** Resolves when all have begun, or didn't answer in time. */
  begin: () => Promise<void>
  /** By pid, of those that are there; null for one that doesn't answer in time, because its event loop doesn't turn. */
  end: () => Promise<Map<number, ProbedUse | null>>
  close: () => Promise<void>
}

interface Probe {
  socket: Socket
  pid: number
  version: string
  begun_ms: number | null
  ended: ProbedUse | null
}

const ANSWER_LIMIT_MS = 2000
const STEP_MS = 5
/** Of a socket's path, which some systems limit to 104 bytes with its end. */
const MOST_PATH = 100

export async function openProbes(env: Environment): Promise<Probes> {
  const folder = await makeFolder(env)
  const socketPath = path.join(folder, 'probes.sock')
  const file = path.join(folder, 'probe.cjs')
  await writeFile(file, probeText(socketPath))

  const probes = new Set<Probe>()
  let current = 0
  let isMeasuring = false
  const order = (probe: Probe, message: ProbeOrder) => probe.socket.write(`${JSON.stringify(message)}\n`)

  const server = createServer(socket => {
    const probe: Probe = { socket, pid: 0, version: '', begun_ms: null, ended: null }
    socket.on('error', () => {})
    socket.on('close', () => probes.delete(probe))
    readLines(socket, line => {
      const answer = JSON.parse(line) as ProbeAnswer
      if (answer.kind === 'hello') {
        Object.assign(probe, { pid: answer.pid, version: answer.version })
        probes.add(probe)
        if (!isMeasuring) return
        // All of its life is within the measurement.
        probe.begun_ms = 0
        order(probe, { begin: current })
      } else if (answer.id !== current) {
        // Late, of a measurement before.
      } else if (answer.kind === 'begun') {
        probe.begun_ms ??= answer.cpu_us / 1000
      } else if (probe.begun_ms !== null) {
        const { delay, gc } = answer
        const cpu = { begun_ms: probe.begun_ms, ended_ms: answer.cpu_us / 1000 }
        probe.ended = { version: probe.version, cpu, maxRss_mb: answer.maxRss_kb / 1024, delay, gc }
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })

  const waitFor = async (isDone: (probe: Probe) => boolean): Promise<void> => {
    const limit = performance.now() + ANSWER_LIMIT_MS
    while (performance.now() < limit && ![...probes].every(isDone)) {
      await new Promise(resolve => setTimeout(resolve, STEP_MS))
    }
  }
  return {
    env: addNodeOptions(env, ['--require', file]),
    folder,
    begin: async () => {
      current += 1
      for (const probe of probes) {
        Object.assign(probe, { begun_ms: null, ended: null })
        order(probe, { begin: current })
      }
      isMeasuring = true
      await waitFor(probe => probe.begun_ms !== null)
    },
    end: async () => {
      isMeasuring = false
      for (const probe of probes) order(probe, { end: current })
      await waitFor(probe => probe.ended !== null)
      return new Map([...probes].map(({ pid, ended }) => [pid, ended]))
    },
    close: async () => {
      server.close()
      for (const { socket } of probes) socket.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeFolder(env: Environment): Promise<string> {
  const usual = env.TMPDIR
  const isShort = usual && Buffer.byteLength(path.join(usual, 'whyslow-XXXXXX/probes.sock')) < MOST_PATH
  const base = isShort ? usual : '/tmp'
  return mkdtemp(path.join(base, 'whyslow-')).catch(error => {
    throw new WhyslowError(
      `No folder for the probe of the service could be made in ${base}: ${error.message}.`,
      {
        exit: 4,
        cause: error,
        next: ['Set TMPDIR to a folder that can be written to.'],
      },
    )
  })
}

function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (part: string) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
