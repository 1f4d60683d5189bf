/** whyslow's side of the two guards that clean up when it can't: the process outside, and the worker in the target. */
import { createServer, type Socket } from 'node:net'
import { extname } from 'node:path'
import { startGuard, tellGuard } from '../start-guard.js'
import type { GuardOrders, GuardUpdate } from './guard.js'

export interface OutsideGuard {
  tell: (update: GuardUpdate) => void
  /** Ends the pipe without a word: the guard now does what it would do if whyslow had died. */
  letGo: () => void
}

/** Resolves when the guard is watching. Throws when it can't be started: then nothing may be signalled. */
export async function startOutsideGuard(orders: GuardOrders): Promise<OutsideGuard> {
  const url = new URL(`./guard${extname(import.meta.url)}`, import.meta.url)
  const pipe = await startGuard(url, orders, {
    message: 'The guard that closes the inspector if whyslow is killed',
    next: 'Nothing was done to the process. Try again when the machine has memory and processes to spare.',
  })
  return { tell: update => tellGuard(pipe, update), letGo: () => pipe.end() }
}

export interface Lifeline {
  port: number
  /** Whether the worker stood up within the time. */
  waitForWorker: (limit_ms: number) => Promise<boolean>
  tellPort: (port: number) => void
  /** All is taken back: the worker ends. */
  done: () => void
  /** Breaks the line without a word: the worker takes everything back. */
  letGo: () => void
}

/** Listens on loopback for the worker in the target; what doesn't know the token is cut off. */
export async function openLifeline(token: string): Promise<Lifeline> {
  let worker: Socket | null = null
  let isReady = false
  let wakeUp = (): void => {}
  const server = createServer(socket => {
    let rest = ''
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('close', () => wakeUp())
    socket.on('data', (part: string) => {
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const message = readMessage(line)
        if (message?.token !== token) return socket.destroy()
        worker = socket
        isReady ||= message.ready === true
        wakeUp()
      }
      if (rest.length > 10_000) socket.destroy()
    })
  })
  server.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()

  const waitFor = async (holds: () => boolean, limit_ms: number): Promise<boolean> => {
    const end = performance.now() + limit_ms
    while (!holds() && performance.now() < end) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.max(1, end - performance.now()))
        wakeUp = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return holds()
  }
  const say = (order: object): void => {
    worker?.write(`${JSON.stringify(order)}\n`)
  }
  return {
    port: (server.address() as { port: number }).port,
    waitForWorker: limit_ms => waitFor(() => isReady, limit_ms),
    tellPort: port => say({ port }),
    done: () => {
      worker?.end(`${JSON.stringify({ done: true })}\n`)
      server.close()
    },
    letGo: () => {
      worker?.destroy()
      server.close()
    },
  }
}

function readMessage(line: string): { token?: unknown; ready?: unknown } | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
