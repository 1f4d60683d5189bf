/** One thread's part of a capture: the main thread's, or a worker's. */
import type { Channel } from './inspector.js'
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
  { clock, countsCoverage }: { clock: () => Date; countsCoverage: boolean },
): WorkerCapture {
  const { channel, id } = worker
  const name = worker.name === null ? `worker ${id}` : `worker ${id}: ${worker.name}`
  let startedAt: string | null = null
  let start = 0

  const begin = async (): Promise<void> => {
    await sampler.prepare(channel)
    const now = clock().toISOString()
    start = performance.now()
    await sampler.start(channel)
    startedAt = now
    if (sampler.kind === 'cpu' && !countsCoverage) await showOptimisedFunctions(channel)
  }
  const stop = async (): Promise<ThreadProfile | null> => {
    await channel.send('Runtime.getIsolateId', {}, ANSWER_LIMIT_MS)
    if (startedAt === null) return null
    const taken = await sampler.stop(channel)
    return describeThread({ thread: name, threadId: id, startedAt, start }, sampler, taken)
  }
  begin().catch(() => {})
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

/**
 * A function that V8 optimised before the profiler's start is missing from its samples, now and then even when it is
 * entered again later; one that has been looping since always is. Toggling precise coverage makes V8 log them all.
 * It walks the heap once more, so it takes about as long as the start itself (0.2 s for 2 million objects). Not for
 * a target that counts its own coverage, which it would reset.
 */
export async function showOptimisedFunctions(thread: Pick<Channel, 'send'>): Promise<void> {
  await thread.send('Profiler.startPreciseCoverage', { callCount: false, detailed: false }, SLOW_LIMIT_MS)
  await thread.send('Profiler.stopPreciseCoverage', {}, SLOW_LIMIT_MS)
}
