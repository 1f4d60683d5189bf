/**
 * Requests to one Jira, for the functions of `jira.js`, which take any client that has `sendRequest`. Its own client can't be given a
 * transport, never repeats what was answered with 429, and knows version 3 of the API only.
 */
import type { SendRequestOptions } from 'jira.js/core'
import type { Fetch } from '../transport.js'
import {
  type Asked,
  describeAnswer,
  describePage,
  describeRejection,
  type Flavour,
  JiraFailure,
} from './failure.js'

export interface Credentials {
  /** Of Jira Cloud: the account that the token is of. Null: the token stands alone, as in Data Center. */
  email: string | null
  token: string
}

export interface ClientOptions {
  /** `https://acme.atlassian.net`, `https://tracker.example/jira`. */
  site: URL
  flavour: Flavour
  credentials: Credentials
  fetch: Fetch
  /** Waits so many milliseconds; rejects when the user has had enough. */
  pause: (ms: number) => Promise<void>
  now: () => Date
}

export interface JiraClient {
  flavour: Flavour
  /** Without a slash at the end. */
  site: string
  pause: (ms: number) => Promise<void>
  /**
   * The answer's JSON as it came. Throws a `JiraFailure`. Asks again where that can't do anything twice: after 429, for reads, and for
   * writes that put a thing in its place.
   */
  sendRequest: <T>(options: SendRequestOptions<T>) => Promise<T>
}

const MAX_TRIES = 6
/** Of one wait that Jira asks for, and of all for one request, milliseconds. */
const MAX_WAIT = 120_000

export function openClient(options: ClientOptions): JiraClient {
  const { flavour, pause } = options
  const site = options.site.href.replace(/[/?#]+$/, '')
  const headers = { accept: 'application/json', 'user-agent': 'whyslow', ...authorise(options.credentials) }
  const secrets = secretsOf(options.credentials)

  const sendRequest = async <T>(request: SendRequestOptions<T>): Promise<T> => {
    const method = request.method ?? 'GET'
    const path = pathOf(request, flavour)
    const asked: Asked = { method, path: path.split('?')[0]!, site, flavour }
    let waited = 0
    for (let tries = 1; ; tries += 1) {
      const answer = await sendOnce(options, asked, new URL(site + path), {
        method,
        headers: { ...headers, ...contentType(request.body), ...request.headers },
        body: bodyOf(request.body),
        // A token goes to no other address.
        redirect: 'manual',
      })
      if (!('failure' in answer)) return answer.value as T
      const wait = waitOf(answer, tries, method !== 'POST')
      waited += wait ?? 0
      if (wait === null || tries === MAX_TRIES || waited > MAX_WAIT)
        throw withoutSecrets(answer.failure, secrets)
      await pause(wait)
    }
  }
  return { flavour, site, pause, sendRequest }
}

type Answer = { value: unknown } | { failure: JiraFailure; after_ms: number | null }

async function sendOnce(
  { fetch, now }: ClientOptions,
  asked: Asked,
  url: URL,
  init: RequestInit,
): Promise<Answer> {
  try {
    const response = await fetch(url, init)
    const text = await response.text()
    if (!response.ok)
      return {
        failure: describeAnswer(asked, response.status, text),
        after_ms: readRetryAfter(response.headers.get('retry-after'), now()),
      }
    if (text === '') return { value: undefined }
    try {
      return { value: JSON.parse(text) }
    } catch {
      return { failure: describePage(asked), after_ms: null }
    }
  } catch (error) {
    const failure = describeRejection(asked, error)
    if (!failure) throw error
    return { failure, after_ms: null }
  }
}

/** Milliseconds until the next try; null: there is none. */
function waitOf(
  { failure, after_ms }: { failure: JiraFailure; after_ms: number | null },
  tries: number,
  isRepeatable: boolean,
): number | null {
  const backOff = 500 * 2 ** tries
  if (failure.status === 429) return after_ms === null ? backOff : after_ms > MAX_WAIT ? null : after_ms
  const isPassing = failure.status === null || failure.status >= 500
  if (!isPassing || !failure.mayHaveWorked || !isRepeatable) return null
  return Math.min(after_ms ?? backOff, MAX_WAIT)
}

/** Seconds, or a date (RFC 9110, 10.2.3). Null where it says nothing that can be used. */
function readRetryAfter(value: string | null, now: Date): number | null {
  if (value === null) return null
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime())
}

/** `jira.js` writes paths of version 3; those that Data Center has, it has under 2. */
function pathOf(request: SendRequestOptions, flavour: Flavour): string {
  const path = flavour === 'cloud' ? request.url : request.url.replace('/rest/api/3/', '/rest/api/2/')
  const query = Object.entries(request.searchParams ?? {}).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [[name, Array.isArray(value) ? value.join(',') : String(value)] as [string, string]],
  )
  return query.length > 0 ? `${path}?${new URLSearchParams(query)}` : path
}

function contentType(body: unknown): Record<string, string> {
  return body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }
}

function bodyOf(body: unknown): FormData | string | null {
  if (body === undefined) return null
  return body instanceof FormData ? body : JSON.stringify(body)
}

function authorise({ email, token }: Credentials): { authorization: string } {
  return { authorization: email === null ? `Bearer ${token}` : `Basic ${toBase64(`${email}:${token}`)}` }
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function secretsOf({ email, token }: Credentials): string[] {
  return [token, toBase64(`${email}:${token}`), encodeURIComponent(token)].filter(secret => secret !== '')
}

/** A server may give back what it was sent. */
function withoutSecrets(failure: JiraFailure, secrets: string[]): JiraFailure {
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), failure.message)
  if (message === failure.message) return failure
  const { status, mayHaveWorked, next, exit } = failure
  return new JiraFailure(message, { status, mayHaveWorked, next, exit: exit === 2 ? 2 : 4 })
}
