/**
 * The way to a tracker: https only (plain http to loopback), through the proxy that the environment names, with a limit to each
 * request. In a dry run nothing is written: what would be is kept, without its secrets.
 */
import { WhyslowError } from '../errors.js'

export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface TransportOptions {
  /** The values of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; null: not set. */
  proxy: { http: string | null; https: string | null; no: string | null }
  /** Of one request, milliseconds. */
  limit_ms: number
  /** Ctrl-C. */
  signal: AbortSignal
  /** Null: requests are sent. */
  dryRun: DryRun | null
}

/** Reads are sent all the same. */
export interface DryRun {
  /** In their order; the tracker fills it. */
  requests: WrittenRequest[]
  /** What the tracker would answer, as far as the next request needs it. */
  answer: (request: WrittenRequest) => { status: number; body: unknown }
}

/** A request that changes something. */
export interface WrittenRequest {
  method: string
  url: string
  /** JSON as a value, a form as its parts: `{name, type, bytes}` for a file. */
  body: unknown
}

/** Throws a `WhyslowError` for an address that tokens must not go to. */
export function checkAddress(address: string, name: string): URL {
  const url = URL.parse(address)
  const isLoopback = url !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url
  throw new WhyslowError(`Expected ${name} to be an https address, found “${address}”.`, {
    next: ['Tokens are sent to it. Plain http is only for this machine, such as http://127.0.0.1:8080.'],
  })
}

/**
 * A `fetch` for a tracker's library. Rejects as `fetch` does, also when the answer breaks off in its middle: what that means is the
 * tracker's to say.
 */
export function openTransport({ proxy, limit_ms, signal, dryRun }: TransportOptions): Fetch {
  const send = openSender(proxy)
  return async (input, init = {}) => {
    const request = new Request(input, init)
    checkAddress(request.url, 'the tracker')
    if (dryRun && !['GET', 'HEAD'].includes(request.method)) return answerDry(dryRun, request)
    const limits = [signal, AbortSignal.timeout(limit_ms), ...(init.signal ? [init.signal] : [])]
    const response = await follow(send, input, { ...init, signal: AbortSignal.any(limits) })
    const isEmpty = [204, 205, 304].includes(response.status)
    const bytes = await response.arrayBuffer()
    return new Response(isEmpty ? null : bytes, response)
  }
}

function openSender(proxy: TransportOptions['proxy']): Fetch {
  if (proxy.http === null && proxy.https === null) return (input, init) => fetch(input, init)
  const opened = import('undici').then(({ EnvHttpProxyAgent, fetch: fetchVia }) => {
    const dispatcher = new EnvHttpProxyAgent({
      httpProxy: proxy.http ?? '',
      httpsProxy: proxy.https ?? '',
      noProxy: proxy.no ?? '',
    })
    const sendVia: Fetch = (input, init) =>
      fetchVia(input as never, { ...init, dispatcher } as never) as unknown as Promise<Response>
    return sendVia
  })
  return async (input, init) => (await opened)(input, init)
}

const MOST_REDIRECTS = 5

/** A moved repository or project answers so. The request is the same there, and the token goes to no other server. */
async function follow(send: Fetch, input: string | URL | Request, init: RequestInit): Promise<Response> {
  let at = input
  for (let hops = 0; ; hops += 1) {
    const response = await send(at, { ...init, redirect: 'manual' })
    const location = [301, 302, 307, 308].includes(response.status) ? response.headers.get('location') : null
    if (location === null) return response
    const from = new URL(at instanceof Request ? at.url : at)
    const next = URL.parse(location, from.href)
    if (next?.origin !== from.origin || hops === MOST_REDIRECTS)
      throw new WhyslowError(`${from.host} sends requests on to “${location}”.`, {
        next: ['The token goes to no other server: give the address that is meant in whyslow.yaml.'],
        exit: 4,
      })
    await response.arrayBuffer()
    at = at instanceof Request ? new Request(next, at) : next
  }
}

async function answerDry({ requests, answer }: DryRun, request: Request): Promise<Response> {
  const written = { method: request.method, url: request.url, body: await readBody(request) }
  requests.push(written)
  const { status, body } = answer(written)
  const text = body === undefined ? null : JSON.stringify(body)
  return new Response(text, { status, headers: { 'content-type': 'application/json; charset=utf-8' } })
}

async function readBody(request: Request): Promise<unknown> {
  if (/^multipart\/form-data/.test(request.headers.get('content-type') ?? '')) {
    const parts = [...(await request.formData())] as [string, string | File][]
    return parts.map(([name, value]) =>
      typeof value === 'string' ? { name, value } : { name: value.name, type: value.type, bytes: value.size },
    )
  }
  const text = await request.text()
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
