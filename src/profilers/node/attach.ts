/**
 * Profiles of Node processes that are running already, without restarting them and with nothing left behind.
 *
 * Order: look (no effect) → guard outside → SIGUSR1 → claim → worker guard, free port → event-loop delay before →
 * profile until the deadline → delay after → everything back. The deadline is kept here, never by a timer in the
 * target, so it also holds for a target in an endless loop.
 *
 * Several processes are opened one after the other, since the signal opens the same port in all of them, and then
 * profiled together.
 */
import { WhyslowError } from '../../errors.js'
import type { Warning } from '../../warnings.js'
import { type Captured, type CaptureProgress, captureProfile } from './capture.js'
import { explainBreak } from './explain-break.js'
import { giveBack, type Left } from './give-back.js'
import {
  abandonHold,
  type Hold,
  OPEN_LIMIT_MS,
  openHold,
  type Prepared,
  prepareHold,
  type Target,
} from './hold.js'
import { checkProcess } from './open-inspector.js'
import { type Output, openOutput } from './output.js'
import { refuseAborted } from './refusals.js'
import { findRemoteInspector } from './remote.js'
import { cpuSampler, heapSampler, type Sampler } from './samplers.js'
import type { ThreadProfile } from './thread-capture.js'

export type { CaptureCost, CaptureProgress } from './capture.js'
export type { Left } from './give-back.js'

/** What is sampled; CPU every `DEFAULT_INTERVAL_US` unless given. */
export type Sampling =
  | { kind: 'cpu'; interval_us: number }
  | { kind: 'heap'; interval_bytes: number; live: boolean }

/** A process of this machine, or the address of an inspector. */
export type Attachable = { pid: number } | { url: string; allowRemote: boolean }

export interface AttachOptions {
  /** From the profiler's start to its stop. */
  seconds: number
  sampling?: Sampling | undefined
  /**
   * The main thread's file; the others' lie beside it. Must not exist. Opened first, so that an hour isn't lost to a
   * full or forbidden disk.
   */
  nameFile?: ((pid: number, extension: string) => string) | undefined
  onProgress?: ((progress: CaptureProgress) => void) | undefined
  /** Ends the capture early and keeps what was captured. */
  signal?: AbortSignal | undefined
  clock?: (() => Date) | undefined
}

export interface Capture extends Captured {
  pid: number
  threads: [CapturedThread, ...CapturedThread[]]
  /** The target's Node: `v24.1.0`. */
  toolVersion: string
  left: Left
  warnings: Warning[]
}

export interface CapturedThread extends ThreadProfile {
  /** Null when no file was asked for. */
  file: string | null
}

export interface AttachFailure {
  at: Attachable
  error: unknown
}

/**
 * About 200 a second, and not in step with timers of 5 or 10 ms. V8 takes each sample by a signal to the thread: a server that computes
 * all the time uses 8% more CPU at 1 ms, 3 to 4% more at this.
 */
export const DEFAULT_INTERVAL_US = 4900
/** The first second costs most, since V8 compiles anew what was optimised: 16% of it. */
export const DEFAULT_SECONDS = 20

/** Beyond the capture's own time, after which the guards end it by themselves. */
const GRACE_MS = 30_000

/**
 * Refuses with a `WhyslowError` that says why and what to do: no such process, not Node, another user's, stopped,
 * in a container, SIGUSR1 disabled, port taken, debugger attached, ended abruptly, not answering.
 */
export async function attachToProcess({
  pid,
  ...options
}: AttachOptions & { pid: number }): Promise<Capture> {
  const { captures, failures } = await attachToProcesses([{ pid }], options)
  if (failures[0]) throw failures[0].error
  return captures[0]!
}

/** Each by itself: what one refuses doesn't keep the others from it. Throws only for wrong options. */
export async function attachToProcesses(
  targets: readonly Attachable[],
  options: AttachOptions,
): Promise<{ captures: Capture[]; failures: AttachFailure[] }> {
  const { seconds, signal, onProgress } = options
  const sampler = chooseSampler(options)
  const report = (phase: CaptureProgress['phase'], elapsed_ms = 0): void =>
    onProgress?.({ phase, elapsed_ms, total_ms: seconds * 1000 })
  const failures: AttachFailure[] = []
  const limit_ms = seconds * 1000 + GRACE_MS + (targets.length - 1) * 2 * OPEN_LIMIT_MS
  const captureOne = new Map<Attachable, Started>()

  const prepared = await Promise.all(
    targets.map(async at => {
      try {
        return { at, ...(await prepare(at, options, sampler, limit_ms, report)) }
      } catch (error) {
        failures.push({ at, error })
        return null
      }
    }),
  )
  for (const one of prepared) {
    if (one === null) continue
    try {
      captureOne.set(one.at, await begin(one, options, sampler))
    } catch (error) {
      failures.push({ at: one.at, error })
    }
  }
  const captures = await Promise.all(
    [...captureOne].map(async ([at, started], index) => {
      try {
        const quiet = (): void => {}
        const captureOptions = { ...options, seconds, sampler, signal, report: index === 0 ? report : quiet }
        return await finish(started, captureOptions)
      } catch (error) {
        failures.push({ at, error })
        return null
      }
    }),
  )
  return { captures: captures.filter(capture => capture !== null), failures }
}

function chooseSampler({
  seconds,
  sampling = { kind: 'cpu', interval_us: DEFAULT_INTERVAL_US },
}: AttachOptions): Sampler {
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new WhyslowError(`Expected a capture of more than 0 s and at most 1 h, found ${seconds} s.`)
  }
  if (sampling.kind === 'heap') {
    const { interval_bytes, live } = sampling
    if (Number.isInteger(interval_bytes) && interval_bytes >= 1024) return heapSampler(interval_bytes, live)
    throw new WhyslowError(`Expected whole bytes between samples, from 1024, found ${interval_bytes}.`)
  }
  const { interval_us } = sampling
  if (Number.isInteger(interval_us) && interval_us >= 50 && interval_us <= 1_000_000)
    return cpuSampler(interval_us)
  throw new WhyslowError(
    `Expected whole microseconds between samples, from 50 to 1000000, found ${interval_us}.`,
  )
}

interface Started {
  hold: Hold
  output: Output | null
}

/** Looks, opens the file, starts the guard outside: nothing is done to the target yet. */
async function prepare(
  at: Attachable,
  { nameFile, signal }: AttachOptions,
  sampler: Sampler,
  limit_ms: number,
  report: (phase: CaptureProgress['phase']) => void,
): Promise<{ prepared: Prepared; output: Output | null }> {
  const target: Target =
    'pid' in at
      ? { facts: checkProcess(at.pid), url: null }
      : { facts: null, url: await findRemoteInspector(at.url, at.allowRemote) }
  const output = 'pid' in at && nameFile ? await openOutput(nameFile(at.pid, sampler.extension)) : null
  try {
    if (signal?.aborted) throw refuseAborted(signal)
    report('opening')
    return { prepared: await prepareHold(target, limit_ms), output }
  } catch (error) {
    await output?.discard()
    throw error
  }
}

async function begin(
  { prepared, output }: { prepared: Prepared; output: Output | null },
  { seconds, nameFile, signal }: AttachOptions,
  sampler: Sampler,
): Promise<Started> {
  try {
    if (signal?.aborted) {
      abandonHold(prepared)
      throw refuseAborted(signal)
    }
    const hold = await openHold(prepared).catch(async (error: unknown) => {
      throw await explainBreak(error, prepared.target, prepared.target.facts?.pid ?? 0, 0, seconds * 1000)
    })
    try {
      return {
        hold,
        output: output ?? (nameFile ? await openOutput(nameFile(hold.pid, sampler.extension)) : null),
      }
    } catch (error) {
      await giveBack(hold)
      throw error
    }
  } catch (error) {
    await output?.discard()
    throw error
  }
}

async function finish(
  { hold, output }: Started,
  options: Parameters<typeof captureProfile>[1],
): Promise<Capture> {
  const { pid, version, warnings } = hold
  try {
    let captured: Captured
    try {
      captured = await captureProfile(hold, options)
    } catch (error) {
      await giveBack(hold)
      throw error
    }
    options.report('closing', captured.threads[0].duration_ms)
    const left = await giveBack(hold)
    const files = output ? await output.write(captured.threads) : []
    const [main, ...workers] = captured.threads.map((thread, index) => ({
      ...thread,
      file: files[index] ?? null,
    }))
    return { ...captured, threads: [main!, ...workers], pid, toolVersion: version, left, warnings }
  } finally {
    await output?.discard()
  }
}
