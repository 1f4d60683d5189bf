/** When a service is there: its port takes connections. */
import { connect } from 'node:net'

const STEP_MS = 50

/** True once the URL's port takes a connection; false after the limit, or when it is aborted. Sends nothing. */
export async function waitForPort(
  url: string,
  { limit_ms, signal }: { limit_ms: number; signal?: AbortSignal | undefined },
): Promise<boolean> {
  const end = performance.now() + limit_ms
  while (!signal?.aborted) {
    const left_ms = end - performance.now()
    if (left_ms <= 0) return false
    if (await takesConnection(url, left_ms)) return true
    await new Promise(resolve => setTimeout(resolve, STEP_MS))
  }
  return false
}

/** Whether the URL's port takes a connection now. */
export function takesConnection(url: string, limit_ms: number): Promise<boolean> {
  const { hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise(resolve => {
    const socket = connect({ host, port: portOf(url) })
    const finish = (taken: boolean): void => {
      socket.destroy()
      resolve(taken)
    }
    socket.setTimeout(Math.max(1, limit_ms), () => finish(false))
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}

export function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return Number(port || (protocol === 'https:' ? 443 : 80))
}
