/** Requests to GitHub: paced, repeated where that is safe, and with errors that say what to do. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Octokit } from '@octokit/core'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { WhyslowError } from '../../errors.js'
import { checkAddress, openTransport, type TransportOptions } from '../transport.js'
import { explainFailure, pauseOf } from './github-errors.js'

/** Longer than this, seconds, no answer of GitHub's makes an export wait. */
const LONGEST_PAUSE_S = 120
const MOST_TRIES = 3
const MOST_PAGES = 200

export interface ClientOptions extends TransportOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  api: string
  token: string
  /** How long a second of waiting is, milliseconds: 1,000, unless there is nothing to wait for. */
  second_ms?: number
}

export interface Call {
  /** `GET /repos/{owner}/{repo}/issues`. */
  route: string
  params: Record<string, unknown>
}

/** What errors say of a call. */
export interface Purpose {
  doing: string
  what: string
}

export interface Client {
  /** Throws as octokit does. Only a read or a write that may be repeated has `again`. */
  send: (call: Call, options: { again: boolean }) => Promise<unknown>
  /** All pages of a list, or the first `most`. */
  list: (call: Call, most?: number) => Promise<unknown[]>
  /** Waits until the next write may be sent; whether that took any time. */
  takeTurn: () => Promise<boolean>
  /** Seconds. */
  wait: (seconds: number) => Promise<void>
  /** For how long GitHub asks to wait, seconds; null: it doesn't, or for too long. */
  pause: (error: unknown) => number | null
  /** Runs it, and explains what it throws. */
  explain: <T>(purpose: Purpose, run: () => Promise<T>) => Promise<T>
}

export function openClient(options: ClientOptions): Client {
  const { api, token, signal, limit_ms, second_ms = 1000 } = options
  checkAddress(api, 'trackers.github.api')
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new WhyslowError('Expected a token for GitHub without spaces and line ends, found another.', {
      next: ['Set GITHUB_TOKEN again, or run gh auth login.'],
    })
  const wait = async (seconds: number) => {
    await sleep(seconds * second_ms, undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
  }
  const writes = openPace(second_ms, signal)
  const octokit = openOctokit(options, writes, second_ms)
  const pause = (error: unknown) => {
    const asked = pauseOf(error, Date.now())
    return asked !== null && asked <= LONGEST_PAUSE_S ? asked : null
  }

  const send = async ({ route, params }: Call, { again }: { again: boolean }) => {
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted()
      const limits = again ? {} : { request: { retries: 0 } }
      try {
        return await orAbort(octokit.request(route, { ...params, ...limits }), signal)
      } catch (error) {
        signal.throwIfAborted()
        // A refused write was not done. Those that the throttling knows have been repeated by it.
        const asked = pause(error)
        if (asked === null || tries === MOST_TRIES || isThrottled(error) || isStale(route)) throw error
        await wait(asked)
      }
    }
  }

  return {
    wait,
    pause,
    takeTurn: () => writes.takeTurn(),
    send: async (call, how) => (await send(call, how)).data,
    list: async (call, most = MOST_PAGES) => {
      const found: unknown[] = []
      let next: string | null = null
      for (let page = 0; page < most; page += 1) {
        const answer = await send(next === null ? call : { route: `GET ${next}`, params: {} }, {
          again: true,
        })
        if (!Array.isArray(answer.data)) throw notGitHub()
        found.push(...answer.data)
        next = /<([^<>]+)>;[^,]*\brel="?next\b/.exec(String(answer.headers.link ?? ''))?.[1] ?? null
        if (next === null) break
        if (URL.parse(next)?.origin !== new URL(api).origin) throw notGitHub()
      }
      return found
    },
    explain: async (purpose, run) => {
      try {
        return await run()
      } catch (error) {
        signal.throwIfAborted()
        throw explainFailure(error, { ...purpose, token, limit_ms, now_ms: Date.now() })
      }
    },
  }
}

function notGitHub(): WhyslowError {
  return new WhyslowError('Expected a list from GitHub, found something else.', {
    next: [
      'Check api in whyslow.yaml: https://api.github.com, or https://HOST/api/v3 of a server of your own.',
    ],
    exit: 4,
  })
}

/** What is written depends on what was read, and a person may have changed that meanwhile: it is read again first. */
function isStale(route: string): boolean {
  return route.startsWith('PATCH ')
}

function isThrottled(error: unknown): boolean {
  return error instanceof Error && /\bsecondary rate\b/i.test(error.message)
}

function openOctokit(options: ClientOptions, writes: Pace, second_ms: number) {
  const { api, token, signal } = options
  const goesOn = (after: number, { method }: { method: string }, _: unknown, retried: number) =>
    after <= LONGEST_PAUSE_S && retried < MOST_TRIES - 1 && !isStale(`${method} `)
  const Client = Octokit.plugin(retry, throttling)
  const quiet = () => {}
  return new Client({
    auth: token,
    baseUrl: api.replace(/\/+$/, ''),
    userAgent: 'whyslow',
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: openTransport(options) },
    retry: { retryAfterBaseValue: second_ms, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    throttle: {
      retryAfterBaseValue: second_ms,
      fallbackSecondaryRateRetryAfter: 60,
      onRateLimit: goesOn,
      onSecondaryRateLimit: goesOn,
      // As GitHub asks: a second between writes, and three between those that notify. Its own are one for the whole process.
      write: writes.group as never,
      notifications: openPace(3 * second_ms, signal).group as never,
    },
  })
}

interface Pace {
  takeTurn: () => Promise<boolean>
  /** As the throttling plugin takes it. */
  group: { key: () => { schedule: (options: unknown, job: () => Promise<void>) => Promise<void> } }
}

function openPace(gap_ms: number, signal: AbortSignal): Pace {
  let free_ms = 0
  const takeTurn = async () => {
    const left_ms = free_ms - performance.now()
    if (left_ms > 0) await sleep(left_ms, undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
    return left_ms > 0
  }
  const schedule = async (_: unknown, job: () => Promise<void>) => {
    await takeTurn()
    free_ms = performance.now() + gap_ms
    await job()
  }
  return { takeTurn, group: { key: () => ({ schedule }) } }
}

/** The plugins don't hear of Ctrl-C while they wait. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
