/** One capture through an open session: start, wait for the deadline, stop, and what it cost the target. */
import { describeDelay, type EventLoopDelay, watchAfter, watchBefore } from './event-loop.js'
import { explainBreak } from './explain-break.js'
import type { Hold } from './hold.js'
import { type DelayAnswer, readDelay, tellOfWorkers } from './in-target.js'
import { evaluate, SessionClosed } from './inspector.js'
import { refuseAborted } from './refusals.js'
import { type Sampler, SLOW_LIMIT_MS } from './samplers.js'
import { captureWorker, describeThread, type ThreadProfile, type WorkerCapture } from './thread-capture.js'
import { followWorkers, leaveWorkers, type WorkerThread } from './worker-threads.js'

export interface CaptureProgress {
  phase: 'opening' | 'measuring' | 'capturing' | 'collecting' | 'closing'
  /** Of the capture itself; 0 before it. */
  elapsed_ms: number
  total_ms: number
}

/** What the capture cost the target. Delays are of the main thread's event loop; see `EventLoopDelay`. */
export interface CaptureCost {
  eventLoopDelayBefore_ms: number | null
  eventLoopDelayBeforeMax_ms: number | null
  eventLoopDelayDuring_ms: number | null
  eventLoopDelayDuringP99_ms: number | null
  eventLoopDelayDuringMax_ms: number | null
  eventLoopDelayAfter_ms: number | null
  eventLoopDelayAfterMax_ms: number | null
  /** Round trips of starting and stopping the profiler: upper bounds of the main thread's pauses. */
  startPause_ms: number
  stopPause_ms: number
  /** Samples that the time and the interval promise, less those taken; of all threads. */
  droppedSamples: number
  /** Null when no signal was sent, or the profile holds no times. */
  signalToFirstSample_ms: number | null
}

export interface Captured {
  /** The main thread's first. */
  threads: [ThreadProfile, ...ThreadProfile[]]
  /** `process`: it wanted to exit, and waited until its samples were fetched. */
  endedBy: 'deadline' | 'signal' | 'process'
  cost: CaptureCost
}

export interface CaptureOptions {
  seconds: number
  sampler: Sampler
  signal?: AbortSignal | undefined
  clock?: (() => Date) | undefined
  report: (phase: CaptureProgress['phase'], elapsed_ms?: number) => void
}

const PROGRESS_MS = 250
/** Each is a file. What starts a thread for every task would drown its reader. */
const MAX_WORKERS = 64

/** Adds to the hold's warnings. Throws a `WhyslowError` when the process ended, was closed, or doesn't answer. */
export async function captureProfile(hold: Hold, options: CaptureOptions): Promise<Captured> {
  const { session, pid, countsCoverage, warnings } = hold
  const { seconds, sampler, signal, report, clock = () => new Date() } = options
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
    const before = await watchBefore(hold, signal)
    if (signal?.aborted) throw refuseAborted(signal)

    for (const [method, params] of sampler.prepare) await session.send(method, params)
    const startedAt = clock().toISOString()
    // The profile's clock starts before V8 has listed all code, which a large heap makes long; so the deadline's does.
    start = performance.now()
    isCapturing = true
    await session.send(...sampler.start, SLOW_LIMIT_MS)
    if (!countsCoverage) {
      for (const [method, params] of sampler.complete) await session.send(method, params, SLOW_LIMIT_MS)
    }
    const startPause_ms = performance.now() - start
    await evaluate(session, readDelay())
    const workers = followCapturedWorkers(hold, sampler, clock)

    const endedBy = await waitForEnd(hold, exiting, start + asked_ms, signal, now =>
      report('capturing', now - start),
    )
    report('collecting', performance.now() - start)
    await workers.end()
    const stopCall = performance.now()
    const fetchMain = async () => {
      const answer = await session.send(sampler.stop, {}, SLOW_LIMIT_MS)
      const stopPause_ms = performance.now() - stopCall
      const taken = sampler.read(answer)
      const main = describeThread({ thread: 'main', threadId: 0, startedAt, start }, sampler, taken)
      return { main, stopPause_ms, firstSampleAt_ms: taken.firstSampleAt_ms }
    }
    const [during, { main, stopPause_ms, firstSampleAt_ms }, ...others] = await Promise.all([
      evaluate<DelayAnswer>(session, readDelay(), SLOW_LIMIT_MS),
      fetchMain(),
      ...workers.list.map(worker => worker.stop()),
    ])
    await leaveCapturedWorkers(hold, !others.includes(null))
    const unmeasured: EventLoopDelay = { mean_ms: null, p99_ms: null, max_ms: null }
    const canMeasure = endedBy === 'deadline' && during.count > 0
    const after = canMeasure ? await watchAfter(hold, signal).catch(() => unmeasured) : unmeasured

    const threads: Captured['threads'] = [main, ...others.filter(other => other !== null)]
    warnAboutCoverage(hold, sampler)
    warnAboutWorkers(hold, workers, others)
    if (endedBy === 'process') {
      warnings.push({
        code: 'process-ended',
        message: `Process ${pid} ended after ${(main.duration_ms / 1000).toFixed(1)} of ${seconds} s; what was captured is kept.`,
        next: 'Attach to the process that replaced it for the rest.',
      })
    }
    if (before.mean_ms === null || during.count === 0) {
      warnings.push({
        code: 'cost-not-measured',
        message: `The event loop of process ${pid} did not turn, so its delay could not be measured.`,
        next: 'A function that never returns to the event loop is itself the finding: see the hottest functions.',
      })
    }
    const delay = describeDelay(during)
    const cost: CaptureCost = {
      eventLoopDelayBefore_ms: before.mean_ms,
      eventLoopDelayBeforeMax_ms: before.max_ms,
      eventLoopDelayDuring_ms: delay.mean_ms,
      eventLoopDelayDuringP99_ms: delay.p99_ms,
      eventLoopDelayDuringMax_ms: delay.max_ms,
      eventLoopDelayAfter_ms: after.mean_ms,
      eventLoopDelayAfterMax_ms: after.max_ms,
      startPause_ms,
      stopPause_ms,
      droppedSamples: threads.reduce((sum, { dropped }) => sum + dropped, 0),
      signalToFirstSample_ms:
        hold.signalledAt_ms === null || firstSampleAt_ms === null
          ? null
          : firstSampleAt_ms - hold.signalledAt_ms,
    }
    return { threads, endedBy, cost }
  } catch (error) {
    const captured_ms = isCapturing ? performance.now() - start : 0
    throw await explainBreak(error, hold.target, pid, captured_ms, asked_ms)
  }
}

interface CapturedWorkers {
  list: WorkerCapture[]
  /** Those beyond the limit. */
  leftOut: number
  /** From then on none is started; the list is whole. */
  end: () => Promise<void>
}

/** Those that run and those that start from now on; the list grows. Only under the eyes of the guard in the target. */
function followCapturedWorkers(hold: Hold, sampler: Sampler, clock: () => Date): CapturedWorkers {
  const { session, guardThread, token, countsCoverage } = hold
  let isOver = false
  let following: Promise<void> | null = null
  const meet = (worker: WorkerThread): void => {
    if (isOver) return
    if (workers.list.length >= MAX_WORKERS) workers.leftOut += 1
    else workers.list.push(captureWorker(worker, sampler, { token, clock, countsCoverage }))
  }
  const follow = async (): Promise<void> => {
    hold.holdsWorkers = true
    await evaluate(session, tellOfWorkers(true))
    if (!isOver) await followWorkers(session, guardThread, meet)
  }
  const workers: CapturedWorkers = {
    list: [],
    leftOut: 0,
    end: async () => {
      isOver = true
      await following
    },
  }
  void hold.guardStands.then(stands => {
    // A session that is lost is noticed elsewhere.
    if (stands && !isOver) following = follow().catch(() => {})
  })
  return workers
}

/** Where not all are given back, the guard in the target goes on with the rest. */
async function leaveCapturedWorkers(hold: Hold, allGivenBack: boolean): Promise<void> {
  if (!hold.holdsWorkers) return
  await leaveWorkers(hold.session)
  if (!allGivenBack) return
  await evaluate(hold.session, tellOfWorkers(false)).then(
    () => {
      hold.holdsWorkers = false
    },
    () => {},
  )
}

function warnAboutWorkers(
  { pid, warnings }: Hold,
  { list, leftOut }: CapturedWorkers,
  profiles: (ThreadProfile | null)[],
): void {
  const lost = list.filter((_, index) => profiles[index] === null).map(({ name }) => name)
  if (lost.length > 0) {
    const shown = lost.slice(0, 5).join(', ') + (lost.length > 5 ? ` and ${lost.length - 5} more` : '')
    warnings.push({
      code: 'threads-missing',
      message: `Nothing could be had of ${shown} in process ${pid}: ended abruptly or in its first moments, or in a native call at the end.`,
      next: 'The main thread and the other workers are complete. For these, attach again.',
    })
  }
  if (leftOut > 0) {
    warnings.push({
      code: 'threads-missing',
      message: `Process ${pid} ran more than ${MAX_WORKERS} worker threads; ${leftOut} were left out.`,
      next: 'Starting a thread for each task costs more than most tasks: keep a pool of them.',
    })
  }
}

function warnAboutCoverage({ countsCoverage, warnings }: Hold, sampler: Sampler): void {
  if (!countsCoverage || sampler.kind !== 'cpu') return
  warnings.push({
    code: 'functions-missing',
    message:
      'The process counts its coverage (NODE_V8_COVERAGE), so functions optimised before may be missing.',
    next: 'For a profile, start it without NODE_V8_COVERAGE.',
  })
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
