/** When a service is there: its URL answers with less than 400. */
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { systemErrorCode } from '../../errors.js'

export type Readiness =
  | { kind: 'ready' }
  /** `last`: what came of the last time that it was asked. */
  | { kind: 'late'; last: string }
  | { kind: 'stopped' }

const STEP_MS = 50
/** For one answer: a service that takes longer to begin with may answer at once the next time. */
const ANSWER_LIMIT_MS = 5000
const NO_ANSWER = 'it gave no answer'

/** Asks with GET until it answers, the limit is over, or it is stopped. Redirects aren't followed, certificates not checked. */
export async function waitUntilReady(
  url: string,
  { limit_ms, stopped }: { limit_ms: number; stopped: AbortSignal },
): Promise<Readiness> {
  const end = performance.now() + limit_ms
  let last: string | null = null
  while (!stopped.aborted) {
    const left_ms = end - performance.now()
    if (left_ms <= 0) return { kind: 'late', last: last ?? NO_ANSWER }
    const answer = await ask(url, Math.min(left_ms, ANSWER_LIMIT_MS), stopped)
    if (answer === 'ready') return { kind: 'ready' }
    // Cut short by the end of the time, it says less than what came before.
    if (answer !== NO_ANSWER || left_ms > ANSWER_LIMIT_MS) last = answer
    await new Promise(resolve => setTimeout(resolve, STEP_MS))
  }
  return { kind: 'stopped' }
}

/** `ready`, or what came instead. */
function ask(url: string, limit_ms: number, stopped: AbortSignal): Promise<string> {
  const request = new URL(url).protocol === 'https:' ? requestSecure : requestPlain
  return new Promise(resolve => {
    const limit = AbortSignal.timeout(Math.ceil(limit_ms))
    const signal = AbortSignal.any([limit, stopped])
    const onAnswer = (response: IncomingMessage): void => {
      const { statusCode = 0 } = response
      // What comes with it doesn't matter, and may never end.
      response.destroy()
      resolve(statusCode < 400 ? 'ready' : `it answered with status ${statusCode}`)
    }
    request(url, { agent: false, rejectUnauthorized: false, signal }, onAnswer)
      .on('error', error => resolve(limit.aborted ? NO_ANSWER : explain(error)))
      .end()
  })
}

function explain(error: Error): string {
  const code = systemErrorCode(error)
  return code === 'ECONNREFUSED' ? 'the connection was refused' : `${code ?? error.message}`
}
