/** How late the target's event loop is, over a window of time. */
import type { Hold } from './hold.js'
import { DELAY_RESOLUTION_MS, type DelayAnswer, readDelay } from './in-target.js'
import { evaluate } from './inspector.js'

/**
 * How late timers were. One long block weighs as little in the mean as one short one; it is the maximum that shows
 * it. All null when the loop didn't turn in that time, as in an endless loop.
 */
export interface EventLoopDelay {
  mean_ms: number | null
  p99_ms: number | null
  max_ms: number | null
}

/** Some of it passes while whyslow connects anew; it is filled up to this. */
const BEFORE_MS = 25
/** As long is waited for a loop that hasn't turned in that. */
const LONG_WINDOW_MS = 200

/**
 * Before the profiler: short, so that the first sample comes soon after the signal; an upper bound, because the new
 * session's start (1–4 ms) is in it, and the guard's worker starts on another thread meanwhile, which a machine
 * without a free core notices. The delay after, over a longer time, is the better one to compare with.
 */
export async function watchBefore(hold: Hold, signal: AbortSignal | undefined): Promise<EventLoopDelay> {
  await pause(hold.quietSince + BEFORE_MS - performance.now(), signal)
  const answer = await evaluate<DelayAnswer>(hold.session, readDelay())
  if (answer.count > 0 || signal?.aborted) return describeDelay(answer)
  await pause(LONG_WINDOW_MS - BEFORE_MS, signal)
  return describeDelay(await evaluate<DelayAnswer>(hold.session, readDelay()))
}

export async function watchAfter(hold: Hold, signal: AbortSignal | undefined): Promise<EventLoopDelay> {
  await evaluate(hold.session, readDelay())
  await pause(LONG_WINDOW_MS, signal)
  return describeDelay(await evaluate<DelayAnswer>(hold.session, readDelay()))
}

export function describeDelay({ mean, p99, max }: DelayAnswer): EventLoopDelay {
  const beyond = (value: number | null): number | null =>
    value === null ? null : Math.max(0, value - DELAY_RESOLUTION_MS)
  return { mean_ms: beyond(mean), p99_ms: beyond(p99), max_ms: beyond(max) }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, Math.max(0, ms))
    if (signal?.aborted) finish()
    signal?.addEventListener('abort', finish)
  })
}
