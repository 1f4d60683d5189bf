/**
 * Load on a service in a closed loop: each connection sends its next request as soon as it has its answer.
 *
 * autocannon keeps the connections; the latencies are its raw ones, each from the write of a request to the end of
 * its answer. It is given no rate: with one it sends each second's requests as a burst, and “corrects” a constant
 * server to half of what it takes.
 *
 * Misleads about a service that stalls: while it does, a closed loop sends nothing, so a pause of a second costs
 * each connection one slow request, not all those that would have come in meanwhile.
 */
import type { Client, Instance, Options } from 'autocannon'
import { WhyslowError } from '../errors.js'
import { type Distribution, distributionFromValues } from '../stats/distribution.js'
import { type MixedRequest, spreadMix } from './spread-mix.js'
import { type Answers, roundLatency, startTally } from './tally.js'

export interface LoadOptions {
  /** `http:` or `https:`; certificates are not checked. With a mix, only its host counts. */
  url: string
  connections: number
  seconds: number
  method?: string
  /** With a mix: of all its requests, unless they have their own of that name. */
  headers?: Readonly<Record<string, string>>
  /** Not with a mix: its requests have their own. */
  body?: string | undefined
  /** Instead of the one URL. */
  mix?: readonly MixedRequest[] | undefined
  /** A request without an answer for so long is given up. */
  timeout_s?: number
  /** Ends it early; what was measured is kept. */
  signal?: AbortSignal | undefined
  seed?: number
}

export interface LoadResult extends Answers {
  url: string
  connections: number
  /** ISO 8601, UTC. */
  startedAt: string
  duration_ms: number
  /** Without an answer: connections refused or reset. */
  errors: number
  /** Without an answer in time; not among the errors. Their latencies are in no figure. */
  timeouts: number
  /** Under way when the load ended. Their latencies are in no figure. */
  unfinished: number
  /** How long those were waited for, in milliseconds: the least that they would have taken. */
  waited: Distribution
  /** Received, heads included. */
  bytes: number
}

/** Between looks at whether to stop. */
const STOP_STEP_MS = 50
export const TIMEOUT_S = 10
/** autocannon's own error, which has no code. */
const TIMED_OUT = 'request timed out'
/** Errors in a row, a connection, after which nobody is there any more. autocannon connects again without a pause. */
const HOPELESS = 200
/** Not HEAD: autocannon waits for a body that never comes. */
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']

/** Throws a `WhyslowError` for options that make no sense. A service that doesn't answer is a result. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, connections, seconds, signal } = options
  checkLoad(options)
  const autocannon = await loadGenerator()
  const tally = startTally()
  let bytes = 0
  let errors = 0
  let timeouts = 0
  let inARow = 0

  const unmute = muteNegativeTimeouts()
  const clients: Client[] = []
  const addClient = (client: Client): void => {
    clients.push(client)
    forgetLost(client, () => addError())
  }
  const run: Instance = autocannon(planLoad(options, addClient))
  // It builds its requests before it returns, and no answer comes before that.
  const start = performance.now()
  const startedAt = new Date().toISOString()
  let duration_ms = seconds * 1000
  let waited_ms: number[] = []
  let over = false
  const stop = (): void => {
    if (over) return
    over = true
    duration_ms = performance.now() - start
    waited_ms = clients.flatMap(listWaits)
    run.stop()
  }
  run.on('response', (_client, status, size, latency_ms) => {
    if (over) return
    inARow = 0
    tally.add(status, latency_ms)
    bytes += size
  })
  const addError = (error?: Error): void => {
    if (over) return
    if (error?.message === TIMED_OUT) timeouts += 1
    else errors += 1
    inARow += 1
    if (inARow >= HOPELESS * connections) stop()
  }
  run.on('reqError', addError)
  const timer = setTimeout(stop, seconds * 1000)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  try {
    await run
    stop()
    return {
      url,
      connections,
      startedAt,
      duration_ms,
      ...tally.finish(),
      errors,
      timeouts,
      unfinished: waited_ms.length,
      waited: distributionFromValues(waited_ms),
      bytes,
    }
  } finally {
    unmute()
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** autocannon's timer (`retimer`) asks for −1 ms when it is late, about which Node warns on stderr. Returns the undoing. */
function muteNegativeTimeouts(): () => void {
  const { emitWarning } = process
  process.emitWarning = ((...args: Parameters<typeof emitWarning>) => {
    if (!args.some(arg => arg === 'TimeoutNegativeWarning')) emitWarning(...args)
  }) as typeof emitWarning
  return () => {
    process.emitWarning = emitWarning
  }
}

/** Ahead of a load whose seconds are counted already: it takes a tenth of one, and more on a busy machine. */
export async function loadGenerator(): Promise<(options: Options) => Instance> {
  return (await import('autocannon')).default
}

function planLoad(options: LoadOptions, addClient: (client: Client) => void): Options {
  const { url, connections, seconds, mix, headers, body } = options
  const plan: Options = {
    url,
    connections,
    // Ended by a timer of our own: autocannon's starts before its connections do.
    duration: Math.ceil(seconds) + 3600,
    timeout: options.timeout_s ?? TIMEOUT_S,
    sampleInt: STOP_STEP_MS,
    method: options.method ?? 'GET',
    headers: { ...headers },
  }
  if (!mix) return { ...plan, ...(body === undefined ? {} : { body }), setupClient: addClient }
  const orders = spreadMix(mix, connections, options.seed ?? 1)
  const setupClient = (client: Client): void => {
    addClient(client)
    client.setRequests(orders.pop() ?? [])
  }
  return { ...plan, setupClient, requests: orders[0]!.slice(0, 1) }
}

/**
 * Where the service closes a connection, autocannon asks again on a new one, but goes on waiting for what it sent last on the old one:
 * each answer would then count from an older request.
 *
 * A connection that is closed instead of an answer is no error to autocannon. What was sent on one whose last answer announced its
 * end, and on one that failed, which is an error already, isn't lost again.
 */
function forgetLost(client: Client, onLost: () => void): void {
  const connect = client._connect
  let isAccounted = false
  client.on('headers', ({ shouldKeepAlive }) => {
    isAccounted = !shouldKeepAlive
  })
  client.on('connError', () => {
    isAccounted = true
  })
  client._connect = () => {
    if (!isAccounted) for (const _ of client.pipelinedRequests.toArray()) onLost()
    isAccounted = false
    client.pipelinedRequests.clear()
    connect.call(client)
  }
}

/** Of what was sent on it, or waits for it to connect, and has no answer yet. */
function listWaits({ pipelinedRequests }: Client): number[] {
  return pipelinedRequests.toArray().map(({ startTime }) => {
    const [seconds, nanoseconds] = process.hrtime(startTime)
    return roundLatency(seconds * 1e3 + nanoseconds / 1e6)
  })
}

/** Throws a `WhyslowError` that says what is wrong; so that it is said before anything is started. */
export function checkLoad({
  url,
  connections,
  seconds,
  method = 'GET',
  headers,
  mix,
}: Omit<LoadOptions, 'seconds'> & { seconds?: number }): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new WhyslowError(
      `Expected the URL that the load asks for, such as http://127.0.0.1:3000/orders/1, found “${url}”.`,
    )
  }
  if (!(Number.isInteger(connections) && connections >= 1 && connections <= 10_000)) {
    throw new WhyslowError(`Expected 1 to 10,000 connections, found ${connections}.`)
  }
  if (seconds !== undefined && !(seconds > 0)) {
    throw new WhyslowError(`Expected more than 0 s of load, found ${seconds} s.`)
  }
  for (const one of [{ method, headers }, ...(mix ?? [])]) checkRequest(one)
  if (mix && mix.length === 0) {
    throw new WhyslowError('The mix of requests is empty.', {
      next: ['Without --load-mix, the URL is asked for.'],
    })
  }
}

function checkRequest({
  method,
  headers = {},
}: {
  method: string
  headers?: Readonly<Record<string, string>> | undefined
}): void {
  if (!METHODS.includes(method)) {
    throw new WhyslowError(`Expected a method such as ${METHODS.slice(0, 4).join(', ')}, found “${method}”.`)
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[\r\n\0]/.test(value))
      throw new WhyslowError(`“${name}: ${value}” is no header: expected a name and a value in one line.`)
  }
}
