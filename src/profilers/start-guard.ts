/** Starts a guard: a detached process of its own, to which lines of JSON are written, and that acts when the pipe ends. */
import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { WhyslowError } from '../errors.js'

const READY_LIMIT_MS = 10_000

/**
 * Resolves to its pipe once it has said that it is watching. `failure`: what could not start, and what that left undone, for the
 * `WhyslowError` when it can't be started: then nothing may be begun.
 */
export function startGuard(
  url: URL,
  orders: object,
  failure: { message: string; next: string },
): Promise<Writable> {
  const child = spawn(process.execPath, ['--no-warnings', fileURLToPath(url)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
  })
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer)
      child.kill()
      reject(
        new WhyslowError(`${failure.message} could not start: ${why}.`, { exit: 4, next: [failure.next] }),
      )
    }
    const timer = setTimeout(() => fail(`it was not ready in ${READY_LIMIT_MS} ms`), READY_LIMIT_MS)
    child.on('error', error => fail(error.message))
    child.on('exit', code => fail(`it ended with code ${code}`))
    child.stdin.on('error', () => {})
    child.stdout.once('data', () => {
      clearTimeout(timer)
      child.removeAllListeners('exit')
      child.stdout.destroy()
      child.unref()
      resolve(child.stdin)
    })
    tellGuard(child.stdin, orders)
  })
}

export function tellGuard(pipe: Writable, message: object): void {
  pipe.write(`${JSON.stringify(message)}\n`)
}
