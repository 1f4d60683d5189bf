/**
 * What whyslow puts into the Node processes of a service to measure them: a file for `--require`, which both kinds of modules
 * take, and which children inherit with NODE_OPTIONS. It connects to whyslow's socket and waits for orders.
 *
 * It keeps no process alive, prints nothing, and does nothing where whyslow isn't there (any more). Workers' threads are left alone: their
 * CPU time and memory are in their process's anyway, their event loops and garbage collection aren't measured. Old-fashioned
 * JavaScript, since the service's Node may be old (18 on).
 */

/**
 * How often the event loop is asked for its delay: a timer of Node's own, in C++. Its hundred wake-ups a second cost an idle
 * process 0.3 to 0.9% of a core, which is in its CPU time; at 5 ms it would be nearly twice that. A block may read up to this shorter than it was.
 */
export const DELAY_RESOLUTION_MS = 10

/** Lines of JSON, from the service. */
export type ProbeAnswer =
  | { kind: 'hello'; pid: number; version: string }
  /** CPU time since the process began. */
  | { kind: 'begun'; id: number; cpu_us: number }
  | {
      kind: 'ended'
      id: number
      cpu_us: number
      maxRss_kb: number
      /** Of the intervals between turns, the resolution included; null when it never turned. */
      delay: { p50_ms: number; p99_ms: number; longest_ms: number } | null
      gc: { count: number; total_ms: number; longest_ms: number }
    }

/** To the service. */
export type ProbeOrder = { begin: number } | { end: number }

/**
 * At the end it waits for one more turn of the loop's timer, so that a block that has just ended is in its figures, and for what the
 * garbage collector has yet to report.
 */
export function probeText(socketPath: string): string {
  return `'use strict'
const { isMainThread } = require('node:worker_threads')
if (isMainThread) {
  const socket = require('node:net').connect(${JSON.stringify(socketPath)})
  socket.unref()
  socket.on('error', () => {})
  const say = answer => socket.write(JSON.stringify(answer) + '\\n')
  const cpu = () => { const { user, system } = process.cpuUsage(); return user + system }
  let delay, observer, gc
  const count = entries => {
    for (const { duration } of entries) {
      gc.count += 1
      gc.total_ms += duration
      if (duration > gc.longest_ms) gc.longest_ms = duration
    }
  }
  const stop = () => {
    if (delay) delay.disable()
    if (observer) observer.disconnect()
    delay = observer = undefined
  }
  const begin = id => {
    stop()
    const { monitorEventLoopDelay, PerformanceObserver } = require('node:perf_hooks')
    gc = { count: 0, total_ms: 0, longest_ms: 0 }
    observer = new PerformanceObserver(list => count(list.getEntries()))
    observer.observe({ entryTypes: ['gc'] })
    delay = monitorEventLoopDelay({ resolution: ${DELAY_RESOLUTION_MS} })
    delay.enable()
    say({ kind: 'begun', id, cpu_us: cpu() })
  }
  const end = id => {
    const answer = { kind: 'ended', id, cpu_us: cpu(), maxRss_kb: process.resourceUsage().maxRSS }
    setTimeout(() => {
      if (!delay) return
      count(observer.takeRecords())
      const at = q => delay.percentile(q) / 1e6
      answer.delay = delay.max > 0 ? { p50_ms: at(50), p99_ms: at(99), longest_ms: delay.max / 1e6 } : null
      answer.gc = gc
      stop()
      say(answer)
    }, ${DELAY_RESOLUTION_MS * 2}).unref()
  }
  socket.on('close', stop)
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', part => {
    const lines = (rest + part).split('\\n')
    rest = lines.pop()
    for (const line of lines) {
      const order = JSON.parse(line)
      if (order.begin) begin(order.begin)
      if (order.end) end(order.end)
    }
  })
  say({ kind: 'hello', pid: process.pid, version: process.version })
}
`
}
