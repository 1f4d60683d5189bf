/**
 * Holding a target: its inspector open, both guards standing, one session, the claim set. And giving it back, the
 * same way after success, Ctrl-C and errors.
 */
import { randomUUID } from 'node:crypto'
import type { Warning } from '../../warnings.js'
import { type Lifeline, type OutsideGuard, openLifeline, startOutsideGuard } from './guards.js'
import { type ClaimAnswer, claimTarget, pauseTarget, releaseTarget, startWorker } from './in-target.js'
import { connectInspector, evaluate, type InspectorSession, probeInspector } from './inspector.js'
import { findOpenInspector, openBySignal } from './open-inspector.js'
import { countClients, hasClients, listListeners, type ProcessFacts, readProcess } from './processes.js'
import { refuseBusy, refuseNoHandler, refuseWrongProcess } from './refusals.js'

/** Time for a signalled target to open its inspector. */
const OPEN_LIMIT_MS = 2000
const WORKER_LIMIT_MS = 2000
const CLOSE_LIMIT_MS = 2000
/** Beyond the capture's own time, after which the guards end it by themselves. */
const GRACE_MS = 30_000

export interface Hold {
  facts: ProcessFacts
  token: string
  session: InspectorSession
  port: number
  /** The inspector was open before: it stays open, where it is. */
  wasOpen: boolean
  claimed: boolean
  /** The target's Node. */
  version: string
  countsCoverage: boolean
  guard: OutsideGuard
  lifeline: Lifeline
  warnings: Warning[]
}

/** `open` could not be mended in time; a warning says what goes on. */
export type Left = 'closed' | 'as found' | 'open'

export async function takeHold(facts: ProcessFacts, seconds: number): Promise<Hold> {
  const { pid } = facts
  const token = randomUUID()
  const found = await findOpenInspector(facts)
  if (found && (await hasClients(pid, found.port, 0))) throw refuseBusy(pid, 'A debugger or another profiler')
  if (!found && facts.catchesSignal === false) throw refuseNoHandler(facts)
  const limit_ms = seconds * 1000 + GRACE_MS
  const portsBefore = (listListeners(pid) ?? []).map(({ port }) => port)
  const guard = await startOutsideGuard({
    pid,
    startTime: facts.startTime,
    token,
    portsBefore,
    closeInspector: found === null,
    limit_ms,
  })
  const opened = await (found
    ? Promise.resolve({ ...found, wasOpen: true })
    : openBySignal(facts, portsBefore, OPEN_LIMIT_MS, () => guard.tell({ signalled: true }))
  ).catch((error: unknown) => {
    // Signalled or not: if the inspector opens late, the guard sees to it.
    guard.tell({ stay: true })
    guard.letGo()
    throw error
  })
  if (opened.wasOpen) guard.tell({ keepOpen: true })
  guard.tell({ port: opened.port })

  const connected = await connectHold({ facts, token, guard, ...opened }).catch((error: unknown) => {
    guard.letGo()
    throw error
  })
  try {
    await claim(connected, limit_ms)
    if (!opened.wasOpen && (await hasClients(pid, opened.port, 1))) throw refuseBusy(pid, 'A debugger')
    await standWorker(connected, limit_ms)
    return connected
  } catch (error) {
    await giveBack(connected)
    throw error
  }
}

async function connectHold(
  known: Pick<Hold, 'facts' | 'token' | 'guard' | 'port' | 'wasOpen'> & { url: string },
): Promise<Hold> {
  const { url, ...rest } = known
  const session = await connectInspector(url)
  const lifeline = await openLifeline(known.token)
  return { ...rest, session, lifeline, claimed: false, version: '', countsCoverage: false, warnings: [] }
}

/** Makes sure that it is the right process and that no other capture holds it. */
async function claim(hold: Hold, limit_ms: number): Promise<void> {
  const { facts, session, token, port, guard } = hold
  const { pid, innerPid } = facts
  const order = { pid: innerPid, token, seconds: limit_ms / 1000, force: false }
  let answer = await evaluate<ClaimAnswer>(session, claimTarget(order))
  if (answer.taken && countClients(pid, port) !== null && !(await hasClients(pid, port, 1))) {
    // Nobody else is connected, so whoever claimed it was killed.
    answer = await evaluate<ClaimAnswer>(session, claimTarget({ ...order, force: true }))
  }
  if (answer.taken || answer.pid !== innerPid) {
    // Not ours to close: the other capture, or the other process, sees to itself.
    hold.wasOpen = true
    guard.tell({ keepOpen: true })
    throw answer.taken ? refuseBusy(pid, 'Another capture') : refuseWrongProcess(pid, answer.pid)
  }
  guard.tell({ claimed: true })
  hold.claimed = true
  hold.version = answer.version
  hold.countsCoverage = answer.countsCoverage
}

/** The worker in the target, and with its help the move to a free port. A target without worker is not moved. */
async function standWorker(hold: Hold, limit_ms: number): Promise<void> {
  const { token, session, lifeline, wasOpen, guard } = hold
  const orders = { token, port: lifeline.port, closeInspector: !wasOpen, limit_ms }
  const stands = await evaluate(session, startWorker(orders)).then(
    () => lifeline.waitForWorker(WORKER_LIMIT_MS),
    () => false,
  )
  if (!stands) {
    hold.warnings.push({
      code: 'inspector-left-open',
      message:
        'The process allows no worker thread, so only the guard outside it closes its inspector if whyslow is killed.',
      next: 'Nothing, unless whyslow and its guard are both killed: then end the inspector by restarting the process.',
    })
    return
  }
  lifeline.tellPort(hold.port)
  if (wasOpen) return
  const url = await lifeline.movePort(WORKER_LIMIT_MS)
  if (url === null) return
  hold.port = Number(new URL(url).port)
  guard.tell({ port: hold.port })
  lifeline.tellPort(hold.port)
  hold.session = await connectInspector(url)
}

/** Takes everything back, and says how the inspector was left. Never throws. */
export async function giveBack(hold: Hold): Promise<Left> {
  const { facts, token, session, guard, lifeline, wasOpen, claimed } = hold
  const othersAttached = !wasOpen && !session.isClosed() && (await hasClients(facts.pid, hold.port, 1))
  const closeInspector = !wasOpen && !othersAttached
  let released = false
  if (!session.isClosed()) {
    const release = othersAttached ? pauseTarget() : releaseTarget({ token, closeInspector, claimed })
    released = await evaluate(session, release, CLOSE_LIMIT_MS).then(
      () => true,
      // The answer can't come through what it closes; whether it closed is looked at below.
      () => closeInspector && session.isClosed(),
    )
    await session.close()
  }
  const isDone = (): Promise<boolean> => (wasOpen ? Promise.resolve(released) : isClosed(hold))
  if (released && !othersAttached && (await waitFor(isDone))) {
    lifeline.done()
    guard.tell({ done: true })
    return wasOpen ? 'as found' : 'closed'
  }
  lifeline.letGo()
  guard.letGo()
  if (wasOpen) return 'as found'
  if (!othersAttached && (await waitFor(() => isClosed(hold)))) return 'closed'
  hold.warnings.push({
    code: 'inspector-left-open',
    message: othersAttached
      ? `A debugger attached to process ${facts.pid} during the capture, so its inspector (port ${hold.port}) stays open until that leaves.`
      : `Process ${facts.pid} does not answer, so its inspector (port ${hold.port}) is still open. Its guard closes it as soon as it answers.`,
    next: `See whether it is closed: ss -tlnp | grep pid=${facts.pid}`,
  })
  return 'open'
}

async function isClosed({ facts, port }: Hold): Promise<boolean> {
  if (readProcess(facts.pid)?.startTime !== facts.startTime) return true
  const listeners = listListeners(facts.pid)
  if (listeners) return !listeners.some(known => known.port === port)
  return (await probeInspector({ host: '127.0.0.1', port })) === null
}

async function waitFor(holds: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + CLOSE_LIMIT_MS
  while (performance.now() < end) {
    if (await holds()) return true
    await pause(20)
  }
  return false
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
