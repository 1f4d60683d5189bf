/**
 * A client of the V8 inspector over its WebSocket: https://nodejs.org/api/inspector.html and the Chrome DevTools
 * protocol. Imports nothing of whyslow, because the guard (`guard.ts`) loads it on its own.
 */
import { get } from 'node:http'

/** The connection ended, by the target or by the network; what was asked for won't come. */
export class SessionClosed extends Error {
  override name = 'SessionClosed'
}

/** No answer in the time given: the target's thread is in native code, or stopped. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
  readonly waited_ms: number

  constructor(what: string, waited_ms: number) {
    super(`${what} was not answered in ${waited_ms} ms`)
    this.waited_ms = waited_ms
  }
}

const CLOSE_LIMIT_MS = 2000
const ANSWER_FIRST_MS = 100

/** Requests and their answers with one thread of the target. */
export interface Channel {
  /** Answers also while the thread is in a loop: the inspector interrupts it. Not while it is in native code. */
  send: (method: string, params?: object, limit_ms?: number) => Promise<Record<string, unknown>>
  /** One listener an event; a later one replaces it. */
  on: (event: string, listener: (params: Record<string, unknown>) => void) => void
  isClosed: () => boolean
  /** Settles when the connection has ended, by whichever side. */
  closed: Promise<void>
}

export interface InspectorSession extends Channel {
  /** Waits for the other side, but not for ever. */
  close: () => Promise<void>
}

/** The WebSocket's address when a Node inspector answers there, else null. Its own connection is closed by then. */
export function probeInspector(at: { host: string; port: number }, limit_ms = 1000): Promise<string | null> {
  const { host, port } = at
  return new Promise(resolve => {
    let text = ''
    const request = get({ host, port, path: '/json/list', agent: false }, response => {
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
        if (text.length > 100_000) request.destroy()
      })
      response.on('end', () => request.destroy())
      response.on('error', () => {})
    })
    const timer = setTimeout(() => request.destroy(), limit_ms)
    request.on('error', () => {})
    request.on('close', () => {
      clearTimeout(timer)
      resolve(readTarget(text, host, port))
    })
  })
}

function readTarget(text: string, host: string, port: number): string | null {
  try {
    const [target] = JSON.parse(text) as { type?: string; id?: string; webSocketDebuggerUrl?: string }[]
    if (target?.type !== 'node' || !target.id) return null
    return `ws://${host.includes(':') ? `[${host}]` : host}:${port}/${target.id}`
  } catch {
    return null
  }
}

export function connectInspector(url: string, limit_ms = 3000): Promise<InspectorSession> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const { channel, take, end } = openChannel(text => socket.send(text))
    const timer = setTimeout(() => {
      socket.close()
      reject(new NoAnswer(url, limit_ms))
    }, limit_ms)
    socket.onopen = () => {
      clearTimeout(timer)
      resolve({
        ...channel,
        close: async () => {
          socket.close()
          const timer = setTimeout(end, CLOSE_LIMIT_MS)
          await channel.closed
          clearTimeout(timer)
        },
      })
    }
    socket.onmessage = event => take(String(event.data))
    socket.onclose = () => {
      clearTimeout(timer)
      end()
      reject(new SessionClosed(`${url} closed the connection`))
    }
  })
}

/** Matches answers with requests over whatever carries texts: a WebSocket, or the main thread for one of its workers. */
export function openChannel(post: (text: string) => void): {
  channel: Channel
  /** A text from the other side. */
  take: (text: string) => void
  /** The other side is gone: what was asked won't be answered. */
  end: () => void
} {
  const waiting = new Map<number, (message: Answer | null) => void>()
  const listeners = new Map<string, (params: Record<string, unknown>) => void>()
  let lastId = 0
  let isClosed = false
  let settleClosed = (): void => {}
  const closed = new Promise<void>(settle => {
    settleClosed = settle
  })
  const send: Channel['send'] = (method, params = {}, limit = 5000) =>
    new Promise((answer, fail) => {
      if (isClosed) return fail(new SessionClosed(`${method}: the session is closed`))
      lastId += 1
      const id = lastId
      // In two steps, since after a stop (SIGSTOP) timers are served before the answers that lie waiting.
      let late = setTimeout(() => {
        late = setTimeout(() => {
          waiting.delete(id)
          fail(new NoAnswer(method, limit))
        }, ANSWER_FIRST_MS)
      }, limit)
      waiting.set(id, message => {
        clearTimeout(late)
        if (message === null) fail(new SessionClosed(`${method}: the session closed before the answer`))
        else if (message.error) fail(new Error(`${method}: ${message.error.message}`))
        else answer(message.result ?? {})
      })
      post(JSON.stringify({ id, method, params }))
    })
  return {
    channel: {
      send,
      on: (event, listener) => listeners.set(event, listener),
      isClosed: () => isClosed,
      closed,
    },
    take: text => {
      const message = JSON.parse(text) as Answer
      if (message.method) listeners.get(message.method)?.(message.params ?? {})
      const settle = message.id === undefined ? undefined : waiting.get(message.id)
      if (message.id !== undefined) waiting.delete(message.id)
      settle?.(message)
    },
    end: () => {
      isClosed = true
      for (const settle of waiting.values()) settle(null)
      waiting.clear()
      settleClosed()
    },
  }
}

interface Answer {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { message: string }
}

/** The value of an expression in the target, by JSON. Throws what it throws. */
export async function evaluate<T>(
  session: Pick<Channel, 'send'>,
  expression: string,
  limit_ms?: number,
): Promise<T> {
  const params = { expression, returnByValue: true, includeCommandLineAPI: true, silent: true }
  const { result, exceptionDetails } = (await session.send('Runtime.evaluate', params, limit_ms)) as {
    result?: { value?: T }
    exceptionDetails?: { text: string; exception?: { description?: string } }
  }
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result?.value as T
}
