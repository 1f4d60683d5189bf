/**
 * A Jira of Cloud or of Data Center, as far as whyslow uses one: it holds issues, properties, comments, attachments and links, checks
 * what it is sent, and fails when it is told to.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerJira } from './jira-operations.js'
import { JiraState, type StateOptions } from './jira-state.js'

export interface SeenRequest {
  method: string
  /** Without the site's path and the query. */
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: Buffer
  /** From 1, of those with this method and path so far. */
  times: number
}

/** What goes wrong with a request. `after`: it has taken effect by then. */
export type Fault =
  | { status: number; headers?: Record<string, string>; body?: unknown; when?: 'before' | 'after' }
  | { cut: 'before' | 'after' }
  /** It takes effect, and no answer comes. */
  | { silent: true }
  /** It takes effect only then. */
  | { until: Promise<unknown> }

export interface ServerOptions extends Partial<StateOptions> {
  fail?: (request: SeenRequest) => Fault | undefined
  /** Called with every request, before anything is done. */
  onRequest?: (request: SeenRequest) => void
  /** Called when it took effect, before the answer goes. */
  onDone?: (request: SeenRequest) => void
}

export interface JiraServer {
  state: JiraState
  site: string
  seen: SeenRequest[]
  /** Of requests so far: `POST /issue`. */
  count: (start: string) => number
  /** Of requests that write. */
  writes: () => string[]
  options: ServerOptions
  close: () => Promise<void>
}

export async function openJiraServer(options: ServerOptions = {}): Promise<JiraServer> {
  const state = new JiraState(options)
  const seen: SeenRequest[] = []
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(error => {
      state.problems.push(String(error))
      response.destroy()
    })
  })

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url!, 'http://jira')
    const path = url.pathname.replace(/^\/jira/, '')
    const body = Buffer.concat(await incoming.toArray())
    const method = incoming.method!
    const times = seen.filter(other => other.method === method && other.path === path).length + 1
    const request = { method, path, query: url.searchParams, headers: incoming.headers, body, times }
    seen.push(request)
    options.onRequest?.(request)
    const fault = options.fail?.(request)
    if (fault && 'cut' in fault && fault.cut === 'before') return void incoming.socket.destroy()
    if (fault && 'until' in fault) await fault.until
    if (fault && 'status' in fault && fault.when !== 'after')
      return send(response, fault.status, fault.body ?? { errorMessages: ['Told to fail.'] }, fault.headers)
    const answer = await answerJira(state, request)
    options.onDone?.(request)
    if (fault && 'silent' in fault) return
    if (fault && 'cut' in fault) return void incoming.socket.destroy()
    if (fault && 'status' in fault) return send(response, fault.status, fault.body ?? {}, fault.headers)
    send(response, answer.status, answer.body)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  state.site = `http://127.0.0.1:${port}/jira`
  const named = () => seen.map(({ method, path }) => `${method} ${path.replace(/^\/rest\/api\/\d/, '')}`)
  return {
    state,
    site: state.site,
    seen,
    count: start => named().filter(name => name.startsWith(start)).length,
    writes: () => named().filter(name => !name.startsWith('GET ')),
    options,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers })
  response.end(text)
}
