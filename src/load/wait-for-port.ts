/** When a service is there: its port takes connections. */
import { connect } from 'node:net'

const STEP_MS = 50

/** True once the URL's port takes a connection; false after the limit, or when it is aborted. Sends nothing. */
export async function waitForPort(
  url: string,
  { limit_ms, signal }: { limit_ms: number; signal?: AbortSignal | undefined },
): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const number = Number(port || (protocol === 'https:' ? 443 : 80))
  const end = performance.now() + limit_ms
  while (!signal?.aborted) {
    const left_ms = end - performance.now()
    if (left_ms <= 0) return false
    if (await takesConnection(host, number, left_ms)) return true
    await new Promise(resolve => setTimeout(resolve, STEP_MS))
  }
  return false
}

function takesConnection(host: string, port: number, limit_ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const finish = (taken: boolean): void => {
      socket.destroy()
      resolve(taken)
    }
    socket.setTimeout(Math.max(1, limit_ms), () => finish(false))
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}
