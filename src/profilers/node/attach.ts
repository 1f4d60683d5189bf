/**
 * A CPU profile of a Node process that is running already, without restarting it and with nothing left behind.
 *
 * Order: look (no effect) → guard outside → SIGUSR1 → claim → worker guard → free port → event-loop delay before →
 * profile until the deadline → delay after → everything back. The deadline is kept here, never by a timer in the
 * target, so it also holds for a target in an endless loop.
 */
import { open, rm } from 'node:fs/promises'
import { systemErrorCode, WhyslowError } from '../../errors.js'
import type { Warning } from '../../warnings.js'
import { type Captured, type CaptureProgress, captureProfile, explainBreak } from './capture.js'
import { giveBack, type Left, takeHold } from './hold.js'
import { checkProcess } from './open-inspector.js'
import { refuseAborted } from './refusals.js'

export type { CaptureCost, CaptureProgress } from './capture.js'

export interface AttachOptions {
  pid: number
  /** From the profiler's start to its stop. */
  seconds: number
  /** Between samples; 1000 unless given. Less costs the target more. */
  interval_us?: number | undefined
  /** Written at the end; must not exist. Opened first, so that an hour isn't lost to a full or forbidden disk. */
  outFile?: string | undefined
  onProgress?: ((progress: CaptureProgress) => void) | undefined
  /** Ends the capture early and keeps what was captured. */
  signal?: AbortSignal | undefined
  clock?: (() => Date) | undefined
}

export interface Capture extends Captured {
  pid: number
  /** The target's Node: `v24.1.0`. */
  toolVersion: string
  interval_us: number
  left: Left
  warnings: Warning[]
}

/**
 * Refuses with a `WhyslowError` that says why and what to do: no such process, not Node, another user's, stopped,
 * in a container, SIGUSR1 disabled, port taken, debugger attached, ended abruptly, not answering.
 */
export async function attachToProcess(options: AttachOptions): Promise<Capture> {
  const { pid, seconds, interval_us = 1000, outFile, signal } = options
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new WhyslowError(`Expected a capture of more than 0 s and at most 1 h, found ${seconds} s.`)
  }
  if (!(Number.isInteger(interval_us) && interval_us >= 50 && interval_us <= 1_000_000)) {
    throw new WhyslowError(
      `Expected whole microseconds between samples, from 50 to 1000000, found ${interval_us}.`,
    )
  }
  const report = (phase: CaptureProgress['phase'], elapsed_ms = 0): void =>
    options.onProgress?.({ phase, elapsed_ms, total_ms: seconds * 1000 })
  const facts = checkProcess(pid)
  const out = outFile === undefined ? null : await openNew(outFile)
  let isWritten = false
  try {
    if (signal?.aborted) throw refuseAborted(signal)
    report('opening')
    const hold = await takeHold(facts, seconds).catch(async (error: unknown) => {
      throw await explainBreak(error, facts, 0, seconds * 1000)
    })
    let captured: Captured
    try {
      captured = await captureProfile(hold, { seconds, interval_us, signal, clock: options.clock, report })
    } catch (error) {
      await giveBack(hold)
      throw error
    }
    report('closing', captured.duration_ms)
    const left = await giveBack(hold)
    if (out) await out.writeFile(captured.profile)
    isWritten = true
    return { ...captured, pid, toolVersion: hold.version, interval_us, left, warnings: hold.warnings }
  } finally {
    await out?.close()
    if (out && outFile && !isWritten) await rm(outFile, { force: true })
  }
}

async function openNew(file: string): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    return await open(file, 'wx')
  } catch (error) {
    const code = systemErrorCode(error)
    throw new WhyslowError(
      code === 'EEXIST'
        ? 'The profile would overwrite a file that is there already.'
        : `The profile can't be written (${code}).`,
      { place: { file }, cause: error, next: ['Name another file.'] },
    )
  }
}
