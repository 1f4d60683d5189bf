/**
 * What can be known of a process from outside, before anything is done to it.
 *
 * Linux answers all of it (`/proc`, see proc(5)); elsewhere `ps` says whether it runs and what it is, and the rest
 * is null: not known. Imports nothing of whyslow, because the guard (`guard.ts`) loads it on its own.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Listener {
  /** To connect to; the unspecified addresses are given as loopback. */
  host: string
  port: number
  /** Reached from this machine only, as inspectors are by default. */
  isLoopback: boolean
}

export interface ProcessFacts {
  pid: number
  /** Tells a process from a later one with the same pid. */
  startTime: string
  /** Its own `process.pid`: another number when it runs in a container. */
  innerPid: number
  /** The executable's name; null when this user may not see it. */
  executable: string | null
  command: string[]
  isNode: boolean
  /** `stopped` by a signal or a debugger, `ended` but not yet collected by its parent. */
  state: 'running' | 'stopped' | 'ended'
  /** Whether SIGUSR1 reaches a handler. If it doesn't, the signal would kill the process or do nothing. */
  catchesSignal: boolean | null
  sameNetwork: boolean | null
  /** Whether a thread of its inspector is seen; null where threads have no names (Node before 24). */
  hasInspectorThread: boolean | null
}

const SIGUSR1_BIT = 1n << 9n
const LISTEN = '0A'
const ESTABLISHED = '01'
const NODE_NAME = /^(node|nodejs)([-_.\d].*)?(\.exe)?$/i

/** Null when there is no such process. A pid that is only a thread of another process counts as none. */
export function readProcess(pid: number, platform: NodeJS.Platform = process.platform): ProcessFacts | null {
  return platform === 'linux' ? readLinuxProcess(pid) : readProcessByPs(pid)
}

function readLinuxProcess(pid: number): ProcessFacts | null {
  const status = readOrNull(`/proc/${pid}/status`)
  const startTime = readStartTime(pid)
  if (status === null || startTime === null) return null
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? ''
  if (field('Tgid') !== String(pid)) return null
  const path = linkOrNull(`/proc/${pid}/exe`)
  const executable = path === null ? null : baseName(path.replace(/ \(deleted\)$/, ''))
  const threads = readThreadNames(pid)
  const network = linkOrNull(`/proc/${pid}/ns/net`)
  return {
    pid,
    startTime,
    innerPid: Number(field('NSpid').split(/\s+/).at(-1) || pid),
    executable,
    command: (readOrNull(`/proc/${pid}/cmdline`) ?? '').split('\0').filter(part => part !== ''),
    isNode: NODE_NAME.test(executable ?? '') || threads.includes('SignalInspector'),
    state: /^[Tt]/.test(field('State')) ? 'stopped' : /^[ZX]/.test(field('State')) ? 'ended' : 'running',
    catchesSignal: (BigInt(`0x${field('SigCgt') || '0'}`) & SIGUSR1_BIT) !== 0n,
    sameNetwork: network === null ? null : network === linkOrNull('/proc/self/ns/net'),
    hasInspectorThread: threads.some(name => name === 'DelayedTaskSche')
      ? threads.includes('InspectorIo')
      : null,
  }
}

/** macOS and other systems with a POSIX `ps`. */
export function readProcessByPs(pid: number): ProcessFacts | null {
  const ask = (what: string): string => {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
    return execFileSync('ps', ['-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8', stdio }).trim()
  }
  try {
    const executable = baseName(ask('comm'))
    const command = ask('args').split(/\s+/)
    const state = ask('state')
    return {
      pid,
      startTime: ask('lstart'),
      innerPid: pid,
      executable,
      command,
      isNode: NODE_NAME.test(executable) || NODE_NAME.test(baseName(command[0] ?? '')),
      state: state.startsWith('T') ? 'stopped' : state.startsWith('Z') ? 'ended' : 'running',
      catchesSignal: null,
      sameNetwork: null,
      hasInspectorThread: null,
    }
  } catch {
    return null
  }
}

/** In clock ticks since boot; null when the process is gone. */
function readStartTime(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  // The name is in parentheses and may itself hold some; what follows the last one is split by spaces.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

/** The TCP sockets on which the process listens; null where that can't be known. */
export function listListeners(pid: number): Listener[] | null {
  const own = readSocketInodes(pid)
  if (own === null) return null
  return readSockets(pid, LISTEN)
    .filter(socket => own.has(socket.inode))
    .map(({ host, port, isLoopback }) => ({ host, port, isLoopback }))
}

/**
 * How many clients a listening port of the process has now, whoever they are; null where that can't be known. Only
 * sockets that the process holds: elsewhere on the machine the same number may be the near end of another connection.
 */
export function countClients(pid: number, port: number): number | null {
  const own = readSocketInodes(pid)
  if (own === null) return null
  return readSockets(pid, ESTABLISHED).filter(socket => socket.port === port && own.has(socket.inode)).length
}

/**
 * Whether more than `ours` clients stay attached to a port. One that is gone after 0.3 s was only a request for the
 * list of targets, ours or a browser's. False where clients can't be counted.
 */
export async function hasClients(pid: number, port: number, ours: number): Promise<boolean> {
  const end = performance.now() + 300
  while ((countClients(pid, port) ?? 0) > ours) {
    if (performance.now() > end) return true
    await new Promise(resolve => setTimeout(resolve, 15))
  }
  return false
}

/** Who else listens on a loopback port, so that an error can name it; null when nobody does or it can't be seen. */
export function findListenerOn(port: number, networkOf: number): { pid: number | null } | null {
  const inodes = readSockets(networkOf, LISTEN).filter(socket => socket.port === port)
  if (inodes.length === 0) return null
  for (const name of readNames('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const own = readSocketInodes(pid)
    if (own && inodes.some(socket => own.has(socket.inode))) return { pid }
  }
  return { pid: null }
}

/** Processes below this one that are Node: what a person meant who gave the pid of a shell. */
export function listNodeDescendants(pid: number): number[] {
  const found: number[] = []
  const todo = [pid]
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    for (const thread of readNames(`/proc/${next}/task`)) {
      const children = readOrNull(`/proc/${next}/task/${thread}/children`) ?? ''
      todo.push(...children.split(' ').filter(Boolean).map(Number))
    }
    if (next !== pid && readProcess(next)?.isNode) found.push(next)
  }
  return found
}

interface Socket extends Listener {
  inode: string
}

/** A busy balancer's target has tens of thousands of sockets, so lines in another state are passed over early. */
function readSockets(pid: number, state: string): Socket[] {
  return ['tcp', 'tcp6'].flatMap(kind =>
    (readOrNull(`/proc/${pid}/net/${kind}`) ?? '')
      .split('\n')
      .slice(1)
      .filter(line => line.includes(` ${state} `))
      .flatMap(line => {
        const fields = line.trim().split(/\s+/)
        if (fields[3] !== state) return []
        const [address, port] = fields[1]?.split(':') ?? []
        if (!address || !port) return []
        const isUnspecified = /^0+$/.test(address)
        const host = isUnspecified ? (address.length === 8 ? '127.0.0.1' : '::1') : decodeAddress(address)
        const isLoopback = !isUnspecified && (host.startsWith('127.') || /^(0{4}:){7}0001$/.test(host))
        return [{ host, port: Number.parseInt(port, 16), isLoopback, inode: fields[9]! }]
      }),
  )
}

/** The kernel prints addresses as 32-bit words in the machine's byte order; all that Node runs on are little-endian. */
function decodeAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap(word => (word.match(/../g) ?? []).reverse())
  const isMapped = bytes.length === 16 && bytes.slice(0, 12).join('') === '00000000000000000000FFFF'
  if (bytes.length === 4 || isMapped) {
    return bytes
      .slice(-4)
      .map(byte => Number.parseInt(byte, 16))
      .join('.')
  }
  return (
    bytes
      .join('')
      .match(/.{4}/g)
      ?.map(group => group.toLowerCase())
      .join(':') ?? ''
  )
}

function readSocketInodes(pid: number): Set<string> | null {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map(fd => linkOrNull(`/proc/${pid}/fd/${fd}`) ?? '')
    return new Set(links.flatMap(link => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  } catch {
    return null
  }
}

function readThreadNames(pid: number): string[] {
  return readNames(`/proc/${pid}/task`).map(id => (readOrNull(`/proc/${pid}/task/${id}/comm`) ?? '').trim())
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function linkOrNull(file: string): string | null {
  try {
    return readlinkSync(file)
  } catch {
    return null
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
