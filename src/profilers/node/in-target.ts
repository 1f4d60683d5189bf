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
export const DELAY_RESOLUTION_MS = 10

export interface ClaimAnswer {
  pid: number
  version: string
  /** Another capture holds the target. */
  taken: boolean
  /** The target counts its own coverage, which toggling would reset. */
  countsCoverage: boolean
}

/**
 * Does nothing but say so when it isn't in the process that was meant, or another capture is there. `force` takes
 * over from a capture that is known to be dead.
 */
export function claimTarget(order: { pid: number; token: string; seconds: number; force: boolean }): string {
  return `(() => {
    ${LOAD}
    const order = ${JSON.stringify(order)}
    const now = process.uptime()
    const old = globalThis[${CLAIM}]
    const taken = Boolean(old && old.until > now && !order.force)
    const answer = { pid: process.pid, version: process.version, taken, countsCoverage: Boolean(process.env.NODE_V8_COVERAGE) }
    if (taken || process.pid !== order.pid) return answer
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
  max: number | null
}

/** The event loop's turns since the last time this was asked. */
export function readDelay(): string {
  return `(() => {
    const { histogram } = globalThis[${CLAIM}]
    const { count } = histogram
    const answer = { count, mean: count ? histogram.mean / 1e6 : null, max: count ? histogram.max / 1e6 : null }
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
 * Closes the inspector and opens it on a free loopback port. The configured port is put back at once, so that the
 * next signal opens the target where its owners expect it.
 */
function movePort(): string {
  return `(() => {
    ${LOAD}
    const inspector = load('node:inspector')
    const port = process.debugPort
    inspector.close()
    inspector.open(0, '127.0.0.1')
    const url = inspector.url()
    process.debugPort = port
    return url
  })()
  //# sourceURL=whyslow:move`
}

export interface WorkerOrders {
  token: string
  /** Of whyslow's lifeline on loopback. */
  port: number
  closeInspector: boolean
  /** The time after which the capture is over, come what may. */
  limit_ms: number
}

/**
 * Starts the guard inside the target: a worker thread that holds a connection to whyslow (the lifeline). When
 * that breaks, or the limit passes, it takes everything back through its own session with the main thread, which
 * also works in a loop that never ends. It waits for other clients to leave, since closing under a client that
 * is stopped would block the target. It doesn't keep the process running, and loads none of its preloads.
 */
export function startWorker(orders: WorkerOrders): string {
  const release = releaseTarget({ token: orders.token, closeInspector: orders.closeInspector, claimed: true })
  const source = `
    const { Session } = require('node:inspector')
    const { connect } = require('node:net')
    const { readFileSync } = require('node:fs')
    const orders = ${JSON.stringify(orders)}
    const session = new Session()
    session.connectToMainThread()
    const run = expression => new Promise(resolve => session.post('Runtime.evaluate',
      { expression, returnByValue: true, includeCommandLineAPI: true, silent: true },
      (error, answer) => resolve(error ? null : answer.result.value)))
    let inspectorPort = 0
    let held = false
    let ending = false
    const lifeline = connect(orders.port, '127.0.0.1')
    const say = message => lifeline.write(JSON.stringify(Object.assign({ token: orders.token }, message)) + '\\n')
    lifeline.on('connect', () => { held = true; say({ ready: true }) })
    lifeline.on('error', () => {})
    lifeline.on('close', () => held ? end() : process.exit())
    let rest = ''
    lifeline.on('data', async part => {
      const lines = (rest + part).split('\\n')
      rest = lines.pop()
      for (const line of lines) {
        const order = JSON.parse(line)
        if (order.port) inspectorPort = order.port
        if (order.move) say({ url: await run(${JSON.stringify(movePort())}) })
        if (order.done) process.exit()
      }
    })
    setTimeout(end, orders.limit_ms)
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
    const { Worker } = load('node:worker_threads')
    const options = { eval: true, env: {}, execArgv: [], stdin: false, stdout: true, stderr: true, name: 'whyslow',
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 } }
    const worker = new Worker(${JSON.stringify(source)}, options)
    worker.on('error', () => {})
    worker.unref()
    return true
  })()
  //# sourceURL=whyslow:guard`
}
