/**
 * Load on a service in an open loop: requests start at their intended times, evenly spaced at a rate, whatever the
 * service does. A latency is from the intended start to the end of the answer, so a pause of a second costs all
 * requests that came in meanwhile what it cost them.
 *
 * autocannon's own rate isn't used: it sends each second's requests as a burst, and “corrects” a constant server to half
 * of what it takes.
 */
import type { Client } from 'undici'
import { WhyslowError } from '../errors.js'
import { type Distribution, distributionFromValues } from '../stats/distribution.js'
import { type Connections, openConnections } from './connections.js'
import { MOST_RATE, startMetronome } from './metronome.js'
import { checkLoad, type LoadOptions, type LoadResult, TIMEOUT_S } from './run-load.js'
import { type PlannedRequest, spreadMix } from './spread-mix.js'
import { roundLatency, startTally } from './tally.js'

export interface OpenLoopOptions extends LoadOptions {
  /** Requests a second. `connections` are kept; more are opened while all are busy. */
  rate: number
  /** At once (4,000): ports and memory are limited, here and at the service. Beyond it requests wait, and the wait counts. */
  mostConnections?: number
}

/**
 * `duration_ms` is the span of the starts; answers that came later are among the figures. A request's timeout counts from its
 * intended start. Unfinished are only those under way when it was ended early.
 */
export interface OpenLoopResult extends LoadResult {
  /** As it was asked for. */
  rate: number
  /** Answers under 400 a second, while the load was on: short of the rate where the service can't keep up. */
  throughput: number
  /**
   * Milliseconds: how late requests were sent, against their intended starts. It is the load generator's own fault and within
   * the latencies; mostly some 0.1 ms where it has a core, and milliseconds where it shares one. Without requests that waited for a connection.
   */
  lateness: Distribution
  /** Open at once. */
  mostConnections: number
}

interface Arrival {
  /** Of `performance.now()`. */
  intended_ms: number
  request: PlannedRequest
  client: Client | null
}

const MOST_CONNECTIONS = 4000
/** Between looks at what has timed out. */
const SWEEP_MS = 20
/** Of the clock, between threads. */
const TOLERANCE_MS = 0.02
/** The connection's own affair. */
const OWN_HEADERS = /^(?:connection|content-length|expect|keep-alive|transfer-encoding|upgrade)$/i

/** Throws a `WhyslowError` for options that make no sense. A service that doesn't answer is a result. */
export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { url, rate, connections, signal } = options
  checkLoad(options)
  if (!(rate > 0 && rate <= MOST_RATE)) {
    throw new WhyslowError(`Expected a rate of up to ${MOST_RATE} requests a second, found ${rate}.`)
  }
  const pool = await openConnections(new URL(url), {
    kept: connections,
    most: Math.max(connections, options.mostConnections ?? MOST_CONNECTIONS),
  })
  try {
    const load = new OpenLoop(options, pool)
    const startedAt = new Date().toISOString()
    const duration_ms = await load.run(signal)
    return {
      url,
      connections,
      startedAt,
      duration_ms,
      rate,
      ...load.finish(duration_ms),
      bytes: pool.bytes(),
      mostConnections: pool.most(),
    }
  } finally {
    await pool.close()
  }
}

class OpenLoop {
  private readonly options: OpenLoopOptions
  private readonly pool: Connections
  private readonly order: readonly PlannedRequest[]
  private readonly timeout_ms: number
  private readonly planned: number
  private readonly tally = startTally()
  private readonly lateness: number[] = []
  /** Without an end yet, in the order of their intended starts. */
  private readonly open = new Set<Arrival>()
  /** For a connection. */
  private readonly waiting: Arrival[] = []
  private begun = 0
  private start_ms = 0
  private end_ms = 0
  private answeredInTime = 0
  private errors = 0
  private timeouts = 0
  private isOver = false
  private settle: () => void = () => {}

  constructor(options: OpenLoopOptions, pool: Connections) {
    this.options = options
    this.pool = pool
    const { url, rate, seconds, mix } = options
    this.order = planRequests(options, mix, new URL(url))
    this.timeout_ms = (options.timeout_s ?? TIMEOUT_S) * 1000
    // Less a rounding error, so that 0.1 s at 10/s is one.
    this.planned = Math.max(1, Math.ceil(rate * seconds - 1e-9))
  }

  /** Resolves to how long requests were started, in ms. */
  async run(signal: AbortSignal | undefined): Promise<number> {
    const { rate, seconds } = this.options
    const over = new Promise<void>(resolve => {
      this.settle = resolve
    })
    const metronome = await startMetronome({ perSecond: rate, beats: this.planned }, () => this.sendDue())
    this.start_ms = metronome.start_ms
    const sweep = setInterval(() => {
      // Should the clocks of the two threads differ, the last beat may come before its request is due.
      this.sendDue()
      this.giveUp()
    }, SWEEP_MS)
    signal?.addEventListener('abort', this.settle)
    if (signal?.aborted) this.settle()
    try {
      await over
    } finally {
      this.isOver = true
      this.end_ms = performance.now()
      clearInterval(sweep)
      signal?.removeEventListener('abort', this.settle)
      await metronome.stop()
    }
    const isWhole = this.begun === this.planned
    return isWhole ? seconds * 1000 : Math.max(0, performance.now() - this.start_ms)
  }

  finish(
    duration_ms: number,
  ): Omit<
    OpenLoopResult,
    'url' | 'connections' | 'startedAt' | 'duration_ms' | 'rate' | 'bytes' | 'mostConnections'
  > {
    return {
      ...this.tally.finish(),
      errors: this.errors,
      timeouts: this.timeouts,
      unfinished: this.open.size,
      waited: distributionFromValues(
        Array.from(this.open, ({ intended_ms }) => roundLatency(Math.max(0, this.end_ms - intended_ms))),
      ),
      throughput: duration_ms > 0 ? (this.answeredInTime / duration_ms) * 1000 : 0,
      lateness: distributionFromValues(this.lateness),
    }
  }

  private sendDue(): void {
    while (!this.isOver && this.begun < this.planned) {
      const intended_ms = this.start_ms + (this.begun / this.options.rate) * 1000
      if (intended_ms > performance.now() + TOLERANCE_MS) return
      const request = this.order[this.begun % this.order.length]!
      this.begun += 1
      const arrival = { intended_ms, request, client: null }
      this.open.add(arrival)
      const client = this.pool.take()
      if (!client) {
        this.waiting.push(arrival)
        continue
      }
      this.lateness.push(roundLatency(Math.max(0, performance.now() - intended_ms)))
      this.send(arrival, client)
    }
  }

  private send(arrival: Arrival, client: Client): void {
    const { method, path, headers, body } = arrival.request
    let status = 0
    arrival.client = client
    client.dispatch(
      { method: method as 'GET', path, headers: headers ?? {}, body: body ?? null },
      {
        onRequestStart: () => {},
        onResponseStart: (_, code) => {
          status = code
        },
        onResponseEnd: () => {
          if (this.close(arrival)) {
            const now = performance.now()
            this.tally.add(status, now - arrival.intended_ms)
            if (status < 400 && now <= this.start_ms + this.options.seconds * 1000) this.answeredInTime += 1
          }
          this.release(client)
        },
        onResponseError: () => {
          if (this.close(arrival)) this.errors += 1
          this.release(client)
        },
      },
    )
  }

  /** False when it has been given up already. */
  private close(arrival: Arrival): boolean {
    if (this.isOver || !this.open.delete(arrival)) return false
    if (this.begun === this.planned && this.open.size === 0) this.settle()
    return true
  }

  private release(client: Client): void {
    if (this.isOver) return
    this.pool.giveBack(client)
    this.serveWaiting()
    // The metronome may be waiting for a core.
    this.sendDue()
  }

  private serveWaiting(): void {
    while (this.waiting.length > 0) {
      // Given up while it waited.
      if (!this.open.has(this.waiting[0]!)) {
        this.waiting.shift()
        continue
      }
      const client = this.pool.take()
      if (!client) return
      this.send(this.waiting.shift()!, client)
    }
  }

  private giveUp(): void {
    const limit_ms = performance.now() - this.timeout_ms
    for (const arrival of this.open) {
      if (arrival.intended_ms > limit_ms) break
      this.close(arrival)
      this.timeouts += 1
      if (arrival.client) this.pool.drop(arrival.client)
    }
    this.serveWaiting()
  }
}

function planRequests(
  { method = 'GET', headers, body, seed = 1 }: OpenLoopOptions,
  mix: OpenLoopOptions['mix'],
  { pathname, search }: URL,
): PlannedRequest[] {
  const order = mix ? spreadMix(mix, 1, seed)[0]! : [{ method, path: `${pathname}${search}`, body }]
  return order.map(request => ({
    ...request,
    headers: Object.fromEntries(
      Object.entries({ ...headers, ...request.headers }).filter(([name]) => !OWN_HEADERS.test(name)),
    ),
  }))
}
