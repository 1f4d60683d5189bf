/** Getting a Node process to listen, and telling which port is its inspector's. */
import { systemErrorCode, WhyslowError } from '../../errors.js'
import { probeInspector } from './inspector.js'
import { findListenerOn, type Listener, listListeners, type ProcessFacts, readProcess } from './processes.js'
import {
  configuredPort,
  refuseForeign,
  refuseMissing,
  refuseNoHandler,
  refuseNotNode,
  refuseOtherNetwork,
  refuseOwn,
  refuseStopped,
  refuseUnopened,
} from './refusals.js'

const STEP_MS = 10
/** An idle process opens in about 10 ms. */
const FIRST_STEP_MS = 4
const FIRST_STEPS_MS = 60
const SIGNAL_AGAIN_MS = 300
/** For the service's own ports, where nothing needs to answer. */
const LAST_PROBE_MS = 300

export interface OpenInspector {
  url: string
  port: number
}

export interface OpenedInspector extends OpenInspector {
  wasOpen: boolean
  /** Of the first signal, in ms of the monotonic clock that V8 counts by; null when none was sent. */
  signalledAt_ms: number | null
}

/** What is known of a process that may be profiled; throws a refusal for one that may not. Touches nothing. */
export function checkProcess(pid: number, platform: NodeJS.Platform = process.platform): ProcessFacts {
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    throw new WhyslowError(`Expected the number of a process, found “${pid}”.`, {
      next: ['List the Node processes: pgrep -a node'],
    })
  }
  if (pid === process.pid) throw refuseOwn(pid)
  const facts = readProcess(pid, platform)
  if (facts === null || facts.state === 'ended') throw refuseMissing(pid)
  try {
    process.kill(pid, 0)
  } catch (error) {
    throw systemErrorCode(error) === 'EPERM' ? refuseForeign(pid) : refuseMissing(pid)
  }
  if (!facts.isNode) throw refuseNotNode(facts)
  if (facts.state === 'stopped') throw refuseStopped(facts)
  if (facts.sameNetwork === false) throw refuseOtherNetwork(facts)
  return facts
}

/**
 * An inspector that is open already. Asks only ports that are likely to be one, so that a service's own port
 * doesn't get a stray request.
 */
export async function findOpenInspector(facts: ProcessFacts): Promise<OpenInspector | null> {
  const listeners = listListeners(facts.pid)
  if (listeners === null) return facts.command.some(isInspectFlag) ? probeFirst(usualPorts()) : null
  if (facts.hasInspectorThread === false) return null
  const isLikely = facts.hasInspectorThread || facts.command.some(isInspectFlag)
  const usual = usualPorts().map(({ port }) => port)
  const isUsual = ({ port }: Listener): boolean => usual.includes(port)
  const rank = (listener: Listener): number => (isUsual(listener) ? 0 : listener.isLoopback ? 1 : 2)
  return probeFirst(
    listeners.filter(listener => isLikely || isUsual(listener)).sort((a, b) => rank(a) - rank(b)),
  )
}

/** Sends the signal, after telling the guard of it, and waits until the inspector listens. Throws a refusal, having signalled, when it doesn't. */
export async function openBySignal(
  facts: ProcessFacts,
  portsBefore: number[],
  limit_ms: number,
  beforeSignal: () => void,
): Promise<OpenedInspector> {
  const now = readProcess(facts.pid)
  if (now === null || now.startTime !== facts.startTime) throw refuseMissing(facts.pid)
  if (now.catchesSignal === false) throw refuseNoHandler(now)
  const start = performance.now()
  let signalled = Number.NEGATIVE_INFINITY
  let signalledAt_ms: number | null = null
  while (performance.now() - start < limit_ms) {
    // Again only when the port is taken, perhaps by another capture that is about to move: Node gives up at once.
    const isDue = performance.now() - signalled > SIGNAL_AGAIN_MS
    if (signalled < 0 || (isDue && isPortTaken(now))) {
      beforeSignal()
      signalledAt_ms ??= readMonotonicClock()
      sendSignal(facts.pid)
      signalled = performance.now()
    }
    const step = performance.now() - start < FIRST_STEPS_MS ? FIRST_STEP_MS : STEP_MS
    await new Promise(resolve => setTimeout(resolve, step))
    const found = await probeFirst(listNewPorts(facts, portsBefore))
    if (found) return { ...found, wasOpen: false, signalledAt_ms }
    if (readProcess(facts.pid)?.startTime !== facts.startTime) throw refuseMissing(facts.pid)
  }
  // An inspector on an unusual port ignores the signal; so, last, the ports that were there before.
  const waited_ms = performance.now() - start
  const before = listListeners(facts.pid) ?? []
  const found = await probeFirst(
    before.filter(({ port }) => portsBefore.includes(port)),
    LAST_PROBE_MS,
  )
  if (found) return { ...found, wasOpen: true, signalledAt_ms: null }
  throw refuseUnopened(now, waited_ms)
}

/** Milliseconds; the same clock in all processes of the machine, and the one of V8's profiles. */
function readMonotonicClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function isPortTaken(facts: ProcessFacts): boolean {
  const other = findListenerOn(configuredPort(facts.command), facts.pid)
  return other !== null && other.pid !== facts.pid
}

function sendSignal(pid: number): void {
  try {
    ;(process as unknown as { _debugProcess: (pid: number) => void })._debugProcess(pid)
  } catch (error) {
    throw systemErrorCode(error) === 'EPERM' ? refuseForeign(pid) : refuseMissing(pid)
  }
}

function listNewPorts(facts: ProcessFacts, portsBefore: number[]): Listener[] {
  const listeners = listListeners(facts.pid)
  if (listeners === null) return usualPorts().filter(({ port }) => !portsBefore.includes(port))
  return listeners.filter(({ port }) => !portsBefore.includes(port))
}

async function probeFirst(listeners: Listener[], limit_ms = 1000): Promise<OpenInspector | null> {
  for (const listener of listeners) {
    const url = await probeInspector(listener, limit_ms)
    if (url) return { url, port: listener.port }
  }
  return null
}

function isInspectFlag(part: string): boolean {
  return part.startsWith('--inspect') && !part.startsWith('--inspect-port')
}

function usualPorts(): Listener[] {
  return Array.from({ length: 10 }, (_, index) => ({
    host: '127.0.0.1',
    port: 9229 + index,
    isLoopback: true,
  }))
}
