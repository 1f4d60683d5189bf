/**
 * The guard outside the target: a process of its own, detached, started before the target is signalled. When
 * whyslow is gone without a word (its pipe ends), it closes the inspector that whyslow opened. It covers what the
 * worker in the target can't: the moments before that worker stands, and targets where no worker can be started.
 *
 * Speaks lines of JSON on stdin: first `GuardOrders`, then any number of `GuardUpdate`s. Run only as a process.
 * It loads its modules by its own file's extension, so that it runs compiled and, in tests, uncompiled.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InspectorSession } from './inspector.js'

export interface GuardOrders {
  /** Null: the process is on another machine, and only its inspector's address is known. */
  target: { pid: number; startTime: string } | null
  /** Of an inspector that was open before and is never moved; null: it is looked for at the process's ports. */
  url: string | null
  token: string
  /** Ports on which the target listened before the signal. */
  portsBefore: number[]
  /** False when the inspector was open before: then only whyslow's own traces are taken back. */
  closeInspector: boolean
  /** The time after which a whyslow that was stopped (SIGSTOP) is woken to end the capture. */
  limit_ms: number
}

export interface GuardUpdate {
  /** The signal is about to be sent. Before this there is nothing to take back. */
  signalled?: true
  /** Where the inspector listens now. */
  port?: number
  /** The inspector is about to move there. Until the next `port` it may listen at either. */
  moveTo?: number
  /** The target is claimed: from now on only what this capture holds is taken back. */
  claimed?: true
  /** The inspector turned out to have been open before. */
  keepOpen?: true
  /** Nothing is open any more: go. */
  done?: true
  /** The target took the signal but didn't open yet: stay, and close the inspector if it opens after all. */
  stay?: true
}

const EXTENSION = extname(fileURLToPath(import.meta.url))
const STEP_MS = 150
/** For the worker in the target to do it first. */
const HEAD_START_MS = 300
/** How long a target is watched that was signalled and has not opened its inspector. */
const WATCH_MS = 120_000
/** After this it looks less often. */
const SOON_MS = 10_000
const SLOW_STEP_MS = 1000
/** Looks that find nothing before it is believed. */
const QUIET_STEPS = 3
const CONFIGURED_PORT = 9229

const load = <Module>(name: string): Promise<Module> =>
  import(new URL(`./${name}${EXTENSION}`, import.meta.url).href)
const processes = await load<typeof import('./processes.js')>('processes')
const inspector = await load<typeof import('./inspector.js')>('inspector')
const inTarget = await load<typeof import('./in-target.js')>('in-target')

await watch()

interface Knowledge {
  orders: GuardOrders
  signalled: boolean
  claimed: boolean
  ports: number[]
}

async function watch(): Promise<void> {
  let known: Knowledge | null = null
  let stays = false
  const parent = process.ppid
  for await (const line of readLines()) {
    if (known === null) {
      const orders = JSON.parse(line) as GuardOrders
      known = { orders, signalled: false, claimed: false, ports: [] }
      setTimeout(() => wake(parent), orders.limit_ms).unref()
      process.stdout.write('ready\n')
      continue
    }
    const update = JSON.parse(line) as GuardUpdate
    if (update.signalled) known.signalled = true
    if (update.claimed) known.claimed = true
    if (update.port) known.ports = [update.port]
    if (update.moveTo) known.ports.push(update.moveTo)
    if (update.keepOpen) known.orders.closeInspector = false
    if (update.stay) stays = true
    if (update.done) process.exit()
  }
  if (known && (known.signalled || known.claimed)) {
    if (!stays) await wait(HEAD_START_MS)
    await closeAfter(known)
  }
  process.exit()
}

/** Until nothing of this capture is left. Not claimed yet: until the signal has had its effect, and that is undone. */
async function closeAfter(known: Knowledge): Promise<void> {
  const start = performance.now()
  let quiet = 0
  let tried = false
  while (performance.now() - start < WATCH_MS && isSameProcess(known.orders)) {
    const outcome = await tryToClose(known)
    if (outcome === 'not held' && known.claimed) return
    if (outcome === 'tried') tried = true
    quiet = outcome === 'nothing open' ? quiet + 1 : 0
    if (quiet > QUIET_STEPS && (known.claimed || tried)) return
    await wait(performance.now() - start < SOON_MS ? STEP_MS : SLOW_STEP_MS)
  }
}

type Outcome = 'tried' | 'nothing open' | 'in use' | 'not held'

async function tryToClose(known: Knowledge): Promise<Outcome> {
  const { target, url, closeInspector } = known.orders
  if (url !== null) return await closeThere(known, url)
  for (const listener of listCandidates(known)) {
    const url = await inspector.probeInspector(listener)
    if (url === null) continue
    if (closeInspector && target && (await processes.hasClients(target.pid, listener.port, 0)))
      return 'in use'
    return await closeThere(known, url)
  }
  return 'nothing open'
}

async function closeThere({ orders, claimed }: Knowledge, url: string): Promise<Outcome> {
  let session: InspectorSession | null = null
  try {
    session = await inspector.connectInspector(url)
    const innerPid = await inspector.evaluate<number>(session, 'process.pid')
    const { target } = orders
    if (target && innerPid !== processes.readProcess(target.pid)?.innerPid) return 'not held'
    const { token, closeInspector } = orders
    const answer = await inspector.evaluate<string>(
      session,
      inTarget.releaseTarget({ token, closeInspector, claimed }),
    )
    return answer === 'released' ? 'tried' : 'not held'
  } catch {
    // Closed by the release itself, or by the worker, or not answering: look again.
    return 'tried'
  } finally {
    await session?.close()
  }
}

/** Once the port is known, only that: a later one belongs to whoever opened it. */
function listCandidates({ orders, claimed, ports }: Knowledge): { host: string; port: number }[] {
  const listeners = orders.target && processes.listListeners(orders.target.pid)
  if (claimed || listeners === null) {
    return (ports.length > 0 ? ports : [CONFIGURED_PORT]).map(port => ({ host: '127.0.0.1', port }))
  }
  return listeners.filter(({ port }) => ports.includes(port) || !orders.portsBefore.includes(port))
}

/** True where that can't be known. */
function isSameProcess({ target }: GuardOrders): boolean {
  return target === null || processes.readProcess(target.pid)?.startTime === target.startTime
}

/** A whyslow that runs is not disturbed by this; it ends by itself. */
function wake(pid: number): void {
  try {
    if (process.ppid === pid) process.kill(pid, 'SIGCONT')
  } catch {
    // Gone: then stdin ends too.
  }
}

async function* readLines(): AsyncGenerator<string> {
  let rest = ''
  process.stdin.setEncoding('utf8')
  for await (const part of process.stdin) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

function wait(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
