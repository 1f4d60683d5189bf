/** One thread's part of a capture: the main thread's, or a worker's. */
import { startInWorker, stopInWorker } from './in-worker.js'
import { evaluate } from './inspector.js'
import { type Sampler, SLOW_LIMIT_MS, type Taken } from './samplers.js'
import type { WorkerThread } from './worker-threads.js'

export interface ThreadProfile {
  /** `main`, or `worker 3: name`. */
  thread: string
  /** 0 for the main thread. */
  threadId: number
  /** The text of a `.cpuprofile` or `.heapprofile`. */
  text: string
  startedAt: string
  duration_ms: number
  samples: number
  /** Samples that the time and the interval promise, less those taken. */
  dropped: number
  interval_us: number | null
}

export interface WorkerCapture {
  name: string
  /** What it has; null when that can't be had. Never throws. */
  stop: () => Promise<ThreadProfile | null>
}

/** A worker that doesn't answer for so long at the end is in native code: it is not waited for. */
const ANSWER_LIMIT_MS = 700

/**
 * Starts at once. A worker that exits takes its samples along. It could be made to wait for whyslow
 * (`NodeRuntime.notifyWhenWaitingForDisconnect`), but then it waits for ever, and its process with it, when whyslow
 * has been killed meanwhile (seen in Node 18 to 24).
 */
export function captureWorker(
  worker: WorkerThread,
  sampler: Sampler,
  { token, clock, countsCoverage }: { token: string; clock: () => Date; countsCoverage: boolean },
): WorkerCapture {
  const { channel, id } = worker
  const name = worker.name === null ? `worker ${id}` : `worker ${id}: ${worker.name}`
  const commands = [...sampler.prepare, sampler.start, ...(countsCoverage ? [] : sampler.complete)]
  const startedAt = clock().toISOString()
  const start = performance.now()
  evaluate(channel, startInWorker(token, commands), SLOW_LIMIT_MS).catch(() => {})
  const stop = async (): Promise<ThreadProfile | null> => {
    await evaluate(channel, '0', ANSWER_LIMIT_MS)
    const answer = await evaluate<string | null>(channel, stopInWorker(token, sampler.stop), SLOW_LIMIT_MS)
    if (answer === null) return null
    const taken = sampler.read(JSON.parse(answer) as Record<string, unknown>)
    return describeThread({ thread: name, threadId: id, startedAt, start }, sampler, taken)
  }
  return { name, stop: () => stop().catch(() => null) }
}

export function describeThread(
  known: { thread: string; threadId: number; startedAt: string; start: number },
  sampler: Sampler,
  { text, duration_ms, samples, dropped }: Taken,
): ThreadProfile {
  const { thread, threadId, startedAt, start } = known
  return {
    thread,
    threadId,
    text,
    startedAt,
    duration_ms: duration_ms ?? performance.now() - start,
    samples,
    dropped,
    interval_us: sampler.interval_us,
  }
}
