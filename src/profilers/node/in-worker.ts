/**
 * The JavaScript that runs inside a worker thread of the target; see `in-target.ts`.
 *
 * It samples through a session that the worker has with itself and that hangs on its `globalThis`. So whoever comes
 * later can stop it: whyslow at the end, or the guard in the target when whyslow is gone. A worker's sessions with
 * the outside can't be ended by anyone but who opened them.
 */
import { CLAIM, LOAD } from './in-target.js'

/** A method of the inspector and its parameters. */
export type Command = readonly [method: string, params: object]

/** Ends what an earlier capture left, if anything. True when all was started. */
export function startInWorker(token: string, commands: readonly Command[]): string {
  return `(() => {
    ${LOAD}
    const old = globalThis[${CLAIM}]
    if (old) old.session.disconnect()
    const { Session } = load('node:inspector')
    const session = new Session()
    session.connect()
    Object.defineProperty(globalThis, ${CLAIM},
      { value: { token: ${JSON.stringify(token)}, session }, configurable: true, enumerable: false })
    let failed = 0
    for (const [method, params] of ${JSON.stringify(commands)}) session.post(method, params, error => { if (error) failed += 1 })
    return failed === 0
  })()
  //# sourceURL=whyslow:worker`
}

/** The answer to a stopping command as JSON, with all taken back; null when the worker isn't held by this capture. */
export function stopInWorker(token: string, stop: string): string {
  return `(() => {
    const claim = globalThis[${CLAIM}]
    if (!claim || claim.token !== ${JSON.stringify(token)}) return null
    let answer = null
    claim.session.post(${JSON.stringify(stop)}, (error, result) => { answer = error ? null : JSON.stringify(result) })
    claim.session.disconnect()
    delete globalThis[${CLAIM}]
    return answer
  })()
  //# sourceURL=whyslow:worker`
}

/** Takes all back, whatever this capture sampled there. */
export function releaseWorker(token: string): string {
  return `(() => {
    const claim = globalThis[${CLAIM}]
    if (!claim || claim.token !== ${JSON.stringify(token)}) return
    claim.session.disconnect()
    delete globalThis[${CLAIM}]
  })()
  //# sourceURL=whyslow:worker`
}
