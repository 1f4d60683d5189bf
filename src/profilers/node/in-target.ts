/**
 * The JavaScript that runs inside the target. It is old-fashioned on purpose, since the target's Node may be old
 * (18 on), and kept as text because a compiler may add helpers that the target doesn't have.
 *
 * All it leaves on the target's `globalThis` during a capture is one hidden property: the claim. Besides holding
 * the event-loop histogram, the claim keeps a second capture out, whichever network or container that runs in.
 *
 * Imports nothing of whyslow, because the guard (`guard.ts`) loads it on its own.
 */

export const CLAIM = `Symbol.for('whyslow.capture')`
export const LOAD = `const load = name => (process.getBuiltinModule ? process.getBuiltinModule(name) : require(name))`

/** How often the target's event loop is asked for its delay. */
export const DELAY_RESOLUTION_MS = 5

export interface ClaimAnswer {
  pid: number
  version: string
  /** Another capture holds the target. */
  taken: boolean
  /** The target counts its own coverage, which toggling would reset. */
  countsCoverage: boolean
}

/**
 * Does nothing but say so when it isn't in the process that was meant, or another capture is there. Without a `pid`
 * any process is meant. `force` takes over from a capture that is known to be dead.
 */
export function claimTarget(order: {
  pid: number | null
  token: string
  seconds: number
  force: boolean
}): string {
  return `(() => {
    ${LOAD}
    const order = ${JSON.stringify(order)}
    const now = process.uptime()
    const old = globalThis[${CLAIM}]
    const taken = Boolean(old && old.until > now && !order.force)
    const answer = { pid: process.pid, version: process.version, taken, countsCoverage: Boolean(process.env.NODE_V8_COVERAGE) }
    if (taken || (order.pid !== null && process.pid !== order.pid)) return answer
    if (old) old.histogram.disable()
    const histogram = load('node:perf_hooks').monitorEventLoopDelay({ resolution: ${DELAY_RESOLUTION_MS} })
    histogram.enable()
    const value = { token: order.token, until: now + order.seconds, histogram }
    Object.defineProperty(globalThis, ${CLAIM}, { value, configurable: true, enumerable: false, writable: true })
    return answer
  })()
  //# sourceURL=whyslow:claim`
}

export interface DelayAnswer {
  count: number
  /** Of the intervals between turns, in ms; the loop's delay is what exceeds the resolution. Null without turns. */
  mean: number | null
  p99: number | null
  max: number | null
}

/** The event loop's turns since the last time this was asked. */
export function readDelay(): string {
  return `(() => {
    const { histogram } = globalThis[${CLAIM}]
    const { count } = histogram
    const answer = { count, mean: null, p99: null, max: null }
    if (count) Object.assign(answer, { mean: histogram.mean / 1e6, p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 })
    histogram.reset()
    return answer
  })()
  //# sourceURL=whyslow:delay`
}

export interface ReleaseOrder {
  token: string
  closeInspector: boolean
  /** Whether the claim was set; then the inspector is closed only while the claim is still this capture's. */
  claimed: boolean
}

/**
 * Takes everything back. Leaves another capture, its claim and its inspector, alone.
 *
 * Node answers SIGUSR1 twice: at once by interrupting JavaScript, and again when the event loop next turns
 * (`Agent::RequestIoThreadStart` in Node's src/inspector_agent.cc). A target that was in a long computation for the
 * whole capture would therefore open its inspector again after it was closed. Immediates run right after the poll
 * that gives the second answer, which is this turn's or, if the computation runs inside this turn's poll, the next
 * one's; so a few turns are watched. An idle loop takes them at once: left for later, they would close what the next
 * signal opens.
 */
export function releaseTarget(order: ReleaseOrder): string {
  return `(() => {
    ${LOAD}
    const order = ${JSON.stringify(order)}
    const claim = globalThis[${CLAIM}]
    if (claim ? claim.token !== order.token : order.claimed) return 'not held'
    if (claim) claim.histogram.disable()
    if (claim && claim.worker && (claim.isRemote || claim.hasWorkers)) claim.worker.postMessage({ clean: Boolean(claim.hasWorkers) })
    delete globalThis[${CLAIM}]
    if (order.closeInspector) {
      const inspector = load('node:inspector')
      const { setImmediate } = load('node:timers')
      let turns = 3
      const closeAgain = () => {
        if (globalThis[${CLAIM}]) return
        if (inspector.url()) inspector.close()
        if (turns-- > 0) setImmediate(closeAgain)
      }
      setImmediate(closeAgain)
      inspector.close()
    }
    return 'released'
  })()
  //# sourceURL=whyslow:release`
}

/** Stops what runs but keeps the claim, while the inspector can't be closed yet. */
export function pauseTarget(): string {
  return `(() => { const claim = globalThis[${CLAIM}]; if (claim) claim.histogram.disable() })()
  //# sourceURL=whyslow:release`
}

export interface HoldAnswer {
  pid: number
  /** The claim is this capture's. */
  held: boolean
  /** The number of the guard's thread; null when the target allows no worker. */
  guardThread: number | null
}

/** Who is there, after the inspector moved. */
export function readHold(token: string): string {
  return `(() => {
    const claim = globalThis[${CLAIM}]
    const held = Boolean(claim && claim.token === ${JSON.stringify(token)})
    return { pid: process.pid, held, guardThread: held ? claim.guardThread : null }
  })()
  //# sourceURL=whyslow:hold`
}

/** Whether something runs in worker threads, so that whoever takes back the claim has the guard end it. */
export function tellOfWorkers(has: boolean): string {
  return `(() => { const claim = globalThis[${CLAIM}]; if (claim) claim.hasWorkers = ${has} })()
  //# sourceURL=whyslow:hold`
}

/** Whether the guard in the target stands. */
export function readGuard(): string {
  return `(() => { const claim = globalThis[${CLAIM}]; return Boolean(claim && claim.guardStands) })()
  //# sourceURL=whyslow:hold`
}
