/**
 * The JavaScript that runs inside the target. It is old-fashioned on purpose, since the target's Node may be old
 * (18 on), and kept as text because a compiler may add helpers that the target doesn't have.
 *
 * All it leaves on the target's `globalThis` during a capture is one hidden property: the claim. Besides holding
 * the event-loop histogram, the claim keeps a second capture out, whichever network or container that runs in.
 *
 * Imports nothing of whyslow, because the guard (`guard.ts`) loads it on its own.
 */

const CLAIM = `Symbol.for('whyslow.capture')`
const LOAD = `const load = name => (process.getBuiltinModule ? process.getBuiltinModule(name) : require(name))`

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
    if (claim && claim.worker) claim.worker.postMessage('done')
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

/**
 * Closes the inspector and opens it on another loopback port; where that is taken by now, on the one it had. The
 * configured port is put back at once, so that the next signal opens the target where its owners expect it.
 */
function moveInspector(port: number): string {
  return `
    const inspector = load('node:inspector')
    const configured = process.debugPort
    inspector.close()
    inspector.open(${port}, '127.0.0.1')
    if (!inspector.url()) inspector.open(configured, '127.0.0.1')
    process.debugPort = configured`
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

export interface WorkerOrders {
  token: string
  /** Of whyslow's lifeline on loopback; null when the target is on another machine: then only the limit ends it. */
  port: number | null
  closeInspector: boolean
  /** The time after which the capture is over, come what may. */
  limit_ms: number
}

/**
 * Starts the guard inside the target: a worker thread that holds a connection to whyslow (the lifeline). When
 * that breaks, or the limit passes, it takes everything back through its own session with the main thread, which
 * also works in a loop that never ends. It waits for other clients to leave, since closing under a client that
 * is stopped would block the target. It doesn't keep the process running, and loads none of its preloads.
 *
 * With `moveTo` the inspector then moves to that port, which ends the session that runs this. The event loop's delay
 * is counted from here on, so that none of this is in it.
 */
export function startWorker(orders: WorkerOrders, moveTo: number | null): string {
  const release = releaseTarget({ token: orders.token, closeInspector: orders.closeInspector, claimed: true })
  const source = `
    const { Session } = require('node:inspector')
    const { connect } = require('node:net')
    const { readFileSync } = require('node:fs')
    const { parentPort } = require('node:worker_threads')
    const orders = ${JSON.stringify(orders)}
    const session = new Session()
    session.connectToMainThread()
    const run = expression => new Promise(resolve => session.post('Runtime.evaluate',
      { expression, returnByValue: true, includeCommandLineAPI: true, silent: true },
      (error, answer) => resolve(error ? null : answer.result.value)))
    let inspectorPort = 0
    let ending = false
    setTimeout(end, orders.limit_ms)
    if (orders.port === null) parentPort.on('message', () => process.exit())
    else holdOn()
    function holdOn() {
      let held = false
      let rest = ''
      const lifeline = connect(orders.port, '127.0.0.1')
      lifeline.on('connect', () => {
        held = true
        lifeline.write(JSON.stringify({ token: orders.token, ready: true }) + '\\n')
      })
      lifeline.on('error', () => {})
      lifeline.on('close', () => held ? end() : process.exit())
      lifeline.on('data', part => {
        const lines = (rest + part).split('\\n')
        rest = lines.pop()
        for (const line of lines) {
          const order = JSON.parse(line)
          if (order.port) inspectorPort = order.port
          if (order.done) process.exit()
        }
      })
    }
    function countClients() {
      const local = '0100007F:' + inspectorPort.toString(16).toUpperCase().padStart(4, '0')
      try {
        return readFileSync('/proc/self/net/tcp', 'utf8').split('\\n').map(line => line.trim().split(/\\s+/))
          .filter(fields => fields[3] === '01' && fields[1] === local).length
      } catch { return 0 }
    }
    async function end() {
      if (ending) return
      ending = true
      while (orders.closeInspector && countClients() > 0) await new Promise(resolve => setTimeout(resolve, 100))
      await run(${JSON.stringify(release)})
      process.exit()
    }`
  return `(() => {
    ${LOAD}
    const claim = globalThis[${CLAIM}]
    claim.guardThread = null
    try {
      const { Worker } = load('node:worker_threads')
      const options = { eval: true, env: {}, execArgv: [], stdin: false, stdout: true, stderr: true, name: 'whyslow',
        resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 } }
      const worker = new Worker(${JSON.stringify(source)}, options)
      worker.on('error', () => {})
      worker.unref()
      claim.guardThread = worker.threadId
      if (${orders.port === null}) claim.worker = worker
    } catch {
      // Not allowed here: the guard outside stands alone.
    }
    ${moveTo === null ? '' : moveInspector(moveTo)}
    claim.histogram.reset()
    return claim.guardThread
  })()
  //# sourceURL=whyslow:guard`
}
