/** Why a session broke: the process ended, somebody closed the inspector, or it doesn't answer. */
import type { WhyslowError } from '../../errors.js'
import type { Target } from './hold.js'
import { NoAnswer, SessionClosed } from './inspector.js'
import { type ProcessFacts, readProcess } from './processes.js'
import { explainEnded, explainLostConnection, explainLostSession, explainSilent } from './refusals.js'

/** A session that broke, as an error that says why; anything else as it is. */
export async function explainBreak(
  error: unknown,
  { facts, url }: Target,
  pid: number,
  captured_ms: number,
  asked_ms: number,
): Promise<WhyslowError | unknown> {
  const isSilent = error instanceof NoAnswer
  if (!isSilent && !(error instanceof SessionClosed)) return error
  if (isSilent && !(facts && isGone(facts))) return explainSilent(pid, error.waited_ms)
  if (facts === null) return explainLostConnection(url, captured_ms, asked_ms)
  return (await hasEnded(facts))
    ? explainEnded(pid, captured_ms, asked_ms)
    : explainLostSession(pid, captured_ms, asked_ms)
}

async function hasEnded(facts: ProcessFacts): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    if (isGone(facts)) return true
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  return false
}

function isGone(facts: ProcessFacts): boolean {
  const now = readProcess(facts.pid)
  return now === null || now.startTime !== facts.startTime || now.state === 'ended'
}
