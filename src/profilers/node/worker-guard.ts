/**
 * The guard inside the target, as text; see `in-target.ts`. It is a worker thread with a session of its own with the
 * main thread.
 */
import { CLAIM, LOAD, releaseTarget } from './in-target.js'
import { releaseWorker } from './in-worker.js'

/** How long it waits for worker threads that are in native code when the capture ended badly. */
const WORKERS_LIMIT_MS = 600_000

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

function markGuard(): string {
  return `(() => { const claim = globalThis[${CLAIM}]; if (claim) claim.guardStands = true })()`
}

function readWorkers(): string {
  return `(() => { const claim = globalThis[${CLAIM}]; return Boolean(claim && claim.hasWorkers) })()`
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
    let cleaning = false
    setTimeout(end, orders.limit_ms)
    parentPort.on('message', async ({ clean }) => {
      cleaning = clean
      if (clean) await cleanWorkers()
      process.exit()
    })
    if (orders.port === null) run(${JSON.stringify(markGuard())})
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
      const hasWorkers = await run(${JSON.stringify(readWorkers())})
      await run(${JSON.stringify(release)})
      // Else the message that the release sends.
      if (!hasWorkers && !cleaning) process.exit()
    }
    async function cleanWorkers() {
      const waiting = new Set()
      session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
        if (workerInfo.title.endsWith(' whyslow')) return
        waiting.add(sessionId)
        const params = { expression: ${JSON.stringify(releaseWorker(orders.token))}, silent: true }
        session.post('NodeWorker.sendMessageToWorker',
          { sessionId, message: JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }) })
      })
      const settle = ({ params }) => waiting.delete(params.sessionId)
      session.on('NodeWorker.receivedMessageFromWorker', settle)
      session.on('NodeWorker.detachedFromWorker', settle)
      await new Promise(resolve => session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, resolve))
      // One in native code answers when it is back.
      const patience = Date.now() + ${WORKERS_LIMIT_MS}
      while (waiting.size > 0 && Date.now() < patience) await new Promise(resolve => setTimeout(resolve, 50))
      await new Promise(resolve => session.post('NodeWorker.disable', resolve))
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
      claim.worker = worker
      claim.isRemote = ${orders.port === null}
    } catch {
      // Not allowed here: the guard outside stands alone.
    }
    ${moveTo === null ? '' : moveInspector(moveTo)}
    claim.histogram.reset()
    return claim.guardThread
  })()
  //# sourceURL=whyslow:guard`
}
