/**
 * Holding a target: its inspector open, both guards standing, one session, the claim set. In two parts, because what
 * takes long (the guard's start) needn't come after the signal. `giveBack` takes it all back.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import type { Warning } from '../../warnings.js'
import { giveBack } from './give-back.js'
import { type Lifeline, type OutsideGuard, openLifeline, startOutsideGuard } from './guards.js'
import { type ClaimAnswer, claimTarget, type HoldAnswer, readGuard, readHold } from './in-target.js'
import {
  connectInspector,
  evaluate,
  type InspectorSession,
  NoAnswer,
  probeInspector,
  SessionClosed,
} from './inspector.js'
import {
  findOpenInspector,
  type OpenedInspector,
  type OpenInspector,
  openBySignal,
} from './open-inspector.js'
import { countClients, hasClients, listListeners, type ProcessFacts, readProcess } from './processes.js'
import { refuseBusy, refuseNoHandler, refuseWrongProcess } from './refusals.js'
import { startWorker } from './worker-guard.js'

/** Time for a signalled target to open its inspector. */
export const OPEN_LIMIT_MS = 2000
const WORKER_LIMIT_MS = 2000
const MOVE_LIMIT_MS = 2000
const MOVE_STEP_MS = 3
const GUARD_STEP_MS = 100

/** What is profiled: a process of this machine, or an inspector of which only the address is known. */
export type Target = { facts: ProcessFacts; url: null } | { facts: null; url: string }

export interface Prepared {
  target: Target
  token: string
  /** The inspector that was open before: it stays open, where it is. */
  found: OpenInspector | null
  portsBefore: number[]
  /** A free port, to which an inspector that whyslow opens is moved. */
  freePort: number | null
  guard: OutsideGuard
  /** Null when the target isn't on this machine. */
  lifeline: Lifeline | null
  /** After which the guards end the capture by themselves. */
  limit_ms: number
}

export interface Hold extends Prepared {
  pid: number
  session: InspectorSession
  port: number
  wasOpen: boolean
  claimed: boolean
  /** The target's Node. */
  version: string
  countsCoverage: boolean
  signalledAt_ms: number | null
  /** Since when whyslow's preparations in the target are over, but for a new session; of `performance.now()`. */
  quietSince: number
  /** The thread of the guard in the target; null when it allows no worker. */
  guardThread: number | null
  /** Whether that guard stands, as soon as it is known. */
  guardStands: Promise<boolean>
  /** It had its time and doesn't stand. */
  guardMissing: boolean
  /** Something may run in worker threads, which only the guard in the target can end. */
  holdsWorkers: boolean
  warnings: Warning[]
}

/** Everything that can be done before the target notices. Throws a refusal. */
export async function prepareHold(target: Target, limit_ms: number): Promise<Prepared> {
  const { facts, url } = target
  const found = facts ? await findOpenInspector(facts) : { url, port: Number(new URL(url).port) }
  if (facts) {
    if (found && (await hasClients(facts.pid, found.port, 0)))
      throw refuseBusy(facts.pid, 'A debugger or another profiler')
    if (!found && facts.catchesSignal === false) throw refuseNoHandler(facts)
  }
  const token = randomUUID()
  const portsBefore = facts ? (listListeners(facts.pid) ?? []).map(({ port }) => port) : []
  const orders = { token, portsBefore, closeInspector: found === null, limit_ms }
  const lifeline = facts ? await openLifeline(token) : null
  try {
    const [guard, freePort] = await Promise.all([
      startOutsideGuard({
        ...orders,
        target: facts && { pid: facts.pid, startTime: facts.startTime },
        url,
      }),
      found ? null : findFreePort(),
      lifeline && warmUp(lifeline.port),
    ])
    return { target, token, found, portsBefore, freePort, guard, lifeline, limit_ms }
  } catch (error) {
    lifeline?.letGo()
    throw error
  }
}

/** Nothing was opened. */
export function abandonHold({ guard, lifeline }: Prepared): void {
  guard.tell({ done: true })
  lifeline?.letGo()
}

/** Signals, claims, stands the guard in the target, moves the inspector. Throws a refusal, with all taken back. */
export async function openHold(prepared: Prepared): Promise<Hold> {
  const { target, guard, found } = prepared
  const opened = await open(prepared).catch((error: unknown) => {
    // Signalled or not: if the inspector opens late, the guard sees to it.
    guard.tell({ stay: true })
    letGo(prepared)
    throw error
  })
  if (opened.wasOpen && !found) guard.tell({ keepOpen: true })
  guard.tell({ port: opened.port })
  const session = await connectInspector(opened.url).catch((error: unknown) => {
    letGo(prepared)
    throw error
  })
  const hold: Hold = {
    ...prepared,
    ...opened,
    pid: target.facts?.pid ?? 0,
    session,
    claimed: false,
    version: '',
    countsCoverage: false,
    quietSince: 0,
    guardThread: null,
    guardStands: Promise.resolve(false),
    guardMissing: false,
    holdsWorkers: false,
    warnings: [],
  }
  try {
    await claim(hold)
    if (!opened.wasOpen && (await hasClients(hold.pid, opened.port, 1)))
      throw refuseBusy(hold.pid, 'A debugger')
    await standGuard(hold)
    return hold
  } catch (error) {
    await giveBack(hold)
    throw error
  }
}

async function open({ target, found, portsBefore, guard }: Prepared): Promise<OpenedInspector> {
  if (found) return { ...found, wasOpen: true, signalledAt_ms: null }
  return openBySignal(target.facts!, portsBefore, OPEN_LIMIT_MS, () => guard.tell({ signalled: true }))
}

function letGo({ guard, lifeline }: Prepared): void {
  guard.letGo()
  lifeline?.letGo()
}

/** Makes sure that it is the right process and that no other capture holds it. */
async function claim(hold: Hold): Promise<void> {
  const { session, token, port, guard, limit_ms } = hold
  const { facts } = hold.target
  const order = { pid: facts?.innerPid ?? null, token, seconds: limit_ms / 1000, force: false }
  let answer = await evaluate<ClaimAnswer>(session, claimTarget(order))
  if (
    answer.taken &&
    facts &&
    countClients(facts.pid, port) !== null &&
    !(await hasClients(facts.pid, port, 1))
  ) {
    // Nobody else is connected, so whoever claimed it was killed.
    answer = await evaluate<ClaimAnswer>(session, claimTarget({ ...order, force: true }))
  }
  hold.pid = facts?.pid ?? answer.pid
  if (answer.taken || (facts && answer.pid !== facts.innerPid)) {
    // Not ours to close: the other capture, or the other process, sees to itself.
    hold.wasOpen = true
    guard.tell({ keepOpen: true })
    throw answer.taken ? refuseBusy(hold.pid, 'Another capture') : refuseWrongProcess(hold.pid, answer.pid)
  }
  guard.tell({ claimed: true })
  hold.claimed = true
  hold.version = answer.version
  hold.countsCoverage = answer.countsCoverage
}

/** Starts the worker in the target, which needs some time to stand, and moves an inspector that whyslow opened. */
async function standGuard(hold: Hold): Promise<void> {
  const { token, session, lifeline, wasOpen, guard, limit_ms, freePort } = hold
  const orders = { token, port: lifeline?.port ?? null, closeInspector: !wasOpen, limit_ms }
  if (wasOpen || freePort === null) {
    hold.guardThread = await evaluate(session, startWorker(orders, null))
    hold.quietSince = performance.now()
  } else {
    guard.tell({ moveTo: freePort })
    const moving = evaluate(session, startWorker(orders, freePort), MOVE_LIMIT_MS)
    const failed = moving.then(
      () => null,
      (error: unknown) => (error instanceof SessionClosed ? null : error),
    )
    const error = await Promise.race([failed, session.closed])
    if (error) throw error
    hold.quietSince = performance.now()
    await followMove(hold, freePort)
    guard.tell({ port: hold.port })
  }
  // Not waited for: until it stands, the guard outside stands alone.
  hold.guardStands = hold.guardThread === null ? Promise.resolve(false) : waitForGuard(hold)
  void hold.guardStands.then(stands => {
    hold.guardMissing = !stands
    if (stands) lifeline?.tellPort(hold.port)
  })
}

/** A guard on another machine can't call; it leaves word in its process. */
async function waitForGuard({ lifeline, session }: Hold): Promise<boolean> {
  if (lifeline) return lifeline.waitForWorker(WORKER_LIMIT_MS)
  const end = performance.now() + WORKER_LIMIT_MS
  while (performance.now() < end) {
    await new Promise(resolve => setTimeout(resolve, GUARD_STEP_MS))
    if (await evaluate<boolean>(session, readGuard()).catch(() => false)) return true
  }
  return false
}

/** Where the inspector is now: there, or, when somebody took that port meanwhile, where it was. */
async function followMove(hold: Hold, freePort: number): Promise<void> {
  const end = performance.now() + MOVE_LIMIT_MS
  while (performance.now() < end) {
    for (const port of [freePort, hold.port]) {
      const url = await probeInspector({ host: '127.0.0.1', port })
      if (url === null) continue
      hold.session = await connectInspector(url)
      const answer = await evaluate<HoldAnswer>(hold.session, readHold(hold.token))
      if (!answer.held) throw refuseWrongProcess(hold.pid, answer.pid)
      hold.port = port
      hold.guardThread = answer.guardThread
      return
    }
    if (readProcess(hold.pid)?.startTime !== hold.target.facts?.startTime) break
    await new Promise(resolve => setTimeout(resolve, MOVE_STEP_MS))
  }
  throw new NoAnswer('the moved inspector', MOVE_LIMIT_MS)
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Loads, before the signal, what else the first request and the first session would load after it. */
async function warmUp(port: number): Promise<void> {
  await probeInspector({ host: '127.0.0.1', port })
  await connectInspector(`ws://127.0.0.1:${port}/`).catch(() => {})
}
