/** One capture through an open session: start, wait for the deadline, stop, and what it cost the target. */
import type { WhyslowError } from '../../errors.js'
import type { Hold } from './hold.js'
import { DELAY_RESOLUTION_MS, type DelayAnswer, readDelay } from './in-target.js'
import { evaluate, NoAnswer, SessionClosed } from './inspector.js'
import { type ProcessFacts, readProcess } from './processes.js'
import { explainEnded, explainLostSession, explainSilent, refuseAborted } from './refusals.js'

export interface CaptureProgress {
  phase: 'opening' | 'measuring' | 'capturing' | 'collecting' | 'closing'
  /** Of the capture itself; 0 before it. */
  elapsed_ms: number
  total_ms: number
}

/**
 * What the capture cost the target. Delays are the event loop's mean lateness beyond a timer of 10 ms, so one long
 * block weighs as little as one short one; null when the loop didn't turn in that time, as in an endless loop.
 */
export interface CaptureCost {
  eventLoopDelayBefore_ms: number | null
  eventLoopDelayDuring_ms: number | null
  eventLoopDelayAfter_ms: number | null
  /** Round trips of starting and stopping the profiler: upper bounds of the target's pauses. */
  startPause_ms: number
  stopPause_ms: number
  /** Samples that the time and the interval promise, less those taken. */
  droppedSamples: number
}

export interface Captured {
  /** The text of a `.cpuprofile`. */
  profile: string
  startedAt: string
  duration_ms: number
  samples: number
  /** `process`: it wanted to exit, and waited until its samples were fetched. */
  endedBy: 'deadline' | 'signal' | 'process'
  cost: CaptureCost
}

export interface CaptureOptions {
  seconds: number
  interval_us: number
  signal?: AbortSignal | undefined
  clock?: (() => Date) | undefined
  report: (phase: CaptureProgress['phase'], elapsed_ms?: number) => void
}

/** How long the event loop is watched before and after. Short, because it comes on top of the capture's time. */
const DELAY_WINDOW_MS = 200
/** For what walks the heap or sends a long profile. A target that is silent for longer is in native code. */
const SLOW_LIMIT_MS = 10_000
const PROGRESS_MS = 250

/** Adds to the hold's warnings. Throws a `WhyslowError` when the process ended, was closed, or doesn't answer. */
export async function captureProfile(hold: Hold, options: CaptureOptions): Promise<Captured> {
  const { session, facts, warnings } = hold
  const { seconds, interval_us, signal, report, clock = () => new Date() } = options
  const asked_ms = seconds * 1000
  let start = performance.now()
  let isCapturing = false
  try {
    report('measuring')
    await session.send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true }).catch(() => {})
    await session.send('NodeRuntime.enable').catch(() => {})
    const exiting = new Promise<'process'>(resolve =>
      session.on('NodeRuntime.waitingForDisconnect', () => resolve('process')),
    )
    const before = await watchDelay(hold, signal)
    if (signal?.aborted) throw refuseAborted(signal)

    await session.send('Profiler.enable')
    await session.send('Profiler.setSamplingInterval', { interval: interval_us })
    const startedAt = clock().toISOString()
    const startCall = performance.now()
    await session.send('Profiler.start', {}, SLOW_LIMIT_MS)
    start = performance.now()
    isCapturing = true
    await showOptimisedFunctions(hold)
    const startPause_ms = performance.now() - startCall
    await evaluate(session, readDelay())

    const endedBy = await waitForEnd(hold, exiting, start + asked_ms, signal, now =>
      report('capturing', now - start),
    )
    report('collecting', performance.now() - start)
    const stopCall = performance.now()
    const duringAnswer = evaluate<DelayAnswer>(session, readDelay(), SLOW_LIMIT_MS)
    const [during, { profile }] = await Promise.all([
      duringAnswer,
      session.send('Profiler.stop', {}, SLOW_LIMIT_MS) as Promise<{ profile: V8Profile }>,
    ])
    const stopPause_ms = performance.now() - stopCall
    const after =
      endedBy === 'deadline' && during.count > 0 ? await watchDelay(hold, signal).catch(() => null) : null

    const duration_ms = (profile.endTime - profile.startTime) / 1000
    const samples = profile.samples.length
    if (endedBy === 'process') {
      warnings.push({
        code: 'process-ended',
        message: `Process ${facts.pid} ended after ${(duration_ms / 1000).toFixed(1)} of ${seconds} s; what was captured is kept.`,
        next: 'Attach to the process that replaced it for the rest.',
      })
    }
    if (before === null || during.count === 0) {
      warnings.push({
        code: 'cost-not-measured',
        message: `The event loop of process ${facts.pid} did not turn, so its delay could not be measured.`,
        next: 'A function that never returns to the event loop is itself the finding: see the hottest functions.',
      })
    }
    const cost: CaptureCost = {
      eventLoopDelayBefore_ms: before,
      eventLoopDelayDuring_ms: delayOf(during),
      eventLoopDelayAfter_ms: after,
      startPause_ms,
      stopPause_ms,
      droppedSamples: Math.max(0, Math.round((duration_ms * 1000) / interval_us) - samples),
    }
    return { profile: JSON.stringify(profile), startedAt, duration_ms, samples, endedBy, cost }
  } catch (error) {
    const captured_ms = isCapturing ? performance.now() - start : 0
    throw await explainBreak(error, facts, captured_ms, asked_ms)
  }
}

/**
 * A function that V8 optimised before the profiler's start is missing from its samples, now and then even when it is
 * entered again later; one that has been looping since always is. Toggling precise coverage makes V8 log them all.
 * It walks the heap once more, so it takes about as long as the start itself (0.2 s for 2 million objects). Left out
 * in a target that counts its own coverage, which it would reset.
 */
async function showOptimisedFunctions({ session, countsCoverage, warnings }: Hold): Promise<void> {
  if (countsCoverage) {
    warnings.push({
      code: 'functions-missing',
      message:
        'The process counts its coverage (NODE_V8_COVERAGE), so functions optimised before may be missing.',
      next: 'For a profile, start it without NODE_V8_COVERAGE.',
    })
    return
  }
  await session.send('Profiler.startPreciseCoverage', { callCount: false, detailed: false }, SLOW_LIMIT_MS)
  await session.send('Profiler.stopPreciseCoverage', {}, SLOW_LIMIT_MS)
}

/** A session that broke, as an error that says why; anything else as it is. */
export async function explainBreak(
  error: unknown,
  facts: ProcessFacts,
  captured_ms: number,
  asked_ms: number,
): Promise<WhyslowError | unknown> {
  if (error instanceof NoAnswer) return explainSilent(facts.pid, error.waited_ms)
  if (!(error instanceof SessionClosed)) return error
  return (await hasEnded(facts))
    ? explainEnded(facts.pid, captured_ms, asked_ms)
    : explainLostSession(facts.pid, captured_ms, asked_ms)
}

interface V8Profile {
  startTime: number
  endTime: number
  samples: number[]
}

/** Until the deadline, Ctrl-C, or the process wants to exit, whichever is first. Throws when the session is lost. */
async function waitForEnd(
  { session }: Hold,
  exiting: Promise<'process'>,
  deadline: number,
  signal: AbortSignal | undefined,
  tick: (now: number) => void,
): Promise<Captured['endedBy']> {
  const cleanUp: (() => void)[] = []
  const aborted = new Promise<'signal'>(resolve => {
    const stop = (): void => resolve('signal')
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    cleanUp.push(() => signal?.removeEventListener('abort', stop))
  })
  const timeUp = new Promise<'deadline'>(resolve => {
    const timer = setTimeout(() => resolve('deadline'), Math.max(0, deadline - performance.now()))
    cleanUp.push(() => clearTimeout(timer))
  })
  const ticker = setInterval(() => tick(performance.now()), PROGRESS_MS)
  try {
    const lost = session.closed.then((): never => {
      throw new SessionClosed('the session closed during the capture')
    })
    return await Promise.race([timeUp, aborted, exiting, lost])
  } finally {
    clearInterval(ticker)
    for (const undo of cleanUp) undo()
  }
}

/** The mean delay over the window; null when the loop didn't turn in it. */
async function watchDelay({ session }: Hold, signal: AbortSignal | undefined): Promise<number | null> {
  await evaluate(session, readDelay())
  await new Promise<void>(resolve => {
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, DELAY_WINDOW_MS)
    if (signal?.aborted) finish()
    signal?.addEventListener('abort', finish)
  })
  return delayOf(await evaluate<DelayAnswer>(session, readDelay()))
}

function delayOf({ mean }: DelayAnswer): number | null {
  return mean === null ? null : Math.max(0, mean - DELAY_RESOLUTION_MS)
}

async function hasEnded(facts: ProcessFacts): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    const now = readProcess(facts.pid)
    if (now === null || now.startTime !== facts.startTime || now.state === 'ended') return true
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  return false
}
