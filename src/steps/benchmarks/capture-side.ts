/** One capture of a version: a repetition of the scenario with a CPU profiler attached to the service. */
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import {
  type RepetitionPlan,
  type RepetitionProgress,
  runRepetition,
} from '../../experiments/benchmarks/run-repetition.js'
import { readLocalFiles } from '../../profilers/local-files.js'
import { attachToProcesses, type Capture, DEFAULT_INTERVAL_US } from '../../profilers/node/attach.js'
import type { Profile } from '../../profilers/profile.js'
import { readProfiles } from '../../profilers/read-profiles.js'
import type { Service } from '../../profilers/service/start-service.js'
import type { Warning } from '../../warnings.js'
import type { OpenSide } from './open-sides.js'
import type { SettledScenario } from './settle-scenario.js'

export type Which = 'base' | 'head'

export interface SideCapture {
  side: Which
  capture: number
  /** One a thread. */
  files: string[]
  /** Answered while it was taken, by the load's mean rate. */
  requests: number
  duration_ms: number
  startedAt: string
  pid: number
  samples: number
}

export interface ReadSideCapture extends SideCapture {
  profiles: Profile[]
}

/** Where files go, and what stands before each one's name. */
interface Place {
  folder: string
  prefix: string
}

interface CaptureRequest extends Pick<RepetitionPlan, 'env' | 'run' | 'version' | 'now' | 'signal'> {
  home: string
  onPhase: (phase: RepetitionProgress['phase']) => void
}

interface CaptureOrder {
  side: Which
  capture: number
  place: Place
  request: CaptureRequest
  warn: (...warnings: Warning[]) => void
}

export async function captureSide(
  { scenario, under_ms, mix }: SettledScenario,
  { folder, commit, name }: OpenSide,
  { side, capture, place, request, warn }: CaptureOrder,
): Promise<ReadSideCapture> {
  const { env, run, version, now, signal } = request
  let captured: Capture[] = []
  // Nothing else inside the service: what a probe does there would be in the profile.
  const repetition = await runRepetition(
    { ...scenario, measure: [] },
    {
      ...{ folder, env, under_ms, mix, run, index: capture, commit, version, now, signal },
      during: async (service, seconds, stopped) => {
        captured = await attach(service, { side, capture, place, seconds, stopped, name, warn })
      },
      onProgress: ({ phase }) => request.onPhase(phase),
    },
  )
  const threads = captured.flatMap(one => one.threads)
  const files = threads.flatMap(({ file }) => file ?? [])
  const read = await Promise.all(
    files.map(file => readProfiles(file, { readFile: readLocalFiles(request.home) })),
  )
  warn(...read.flatMap(one => one.warnings))
  const duration_ms = Math.max(...threads.map(one => one.duration_ms))
  if (repetition.requests === 0)
    throw new WhyslowError(`${name} answered nothing under the load, so nothing can be said per request.`, {
      exit: 4,
      next: ['Ask for the URL of the load by hand: is it the right one?'],
    })
  return {
    side,
    capture,
    files,
    requests: Math.max(1, Math.round((repetition.requests * duration_ms) / repetition.duration_ms)),
    duration_ms,
    startedAt: threads[0]!.startedAt,
    pid: captured[0]!.pid,
    samples: threads.reduce((sum, { samples }) => sum + samples, 0),
    profiles: read.flatMap(one => one.profiles),
  }
}

interface Attachment extends Pick<CaptureOrder, 'side' | 'capture' | 'place' | 'warn'> {
  seconds: number
  stopped: AbortSignal
  /** Of the side. */
  name: string
}

/** As long as the load lasts. */
async function attach(
  service: Service,
  { side, capture, place, seconds, stopped, name, warn }: Attachment,
): Promise<Capture[]> {
  const pids = service.nodeProcesses()
  if (pids.length === 0)
    throw new WhyslowError(`The service of ${name} has no Node process that could be profiled.`, {
      exit: 4,
      next: ['Of other runtimes: whyslow profile run perf --pid PID, under the same load'],
    })
  const { captures, failures } = await attachToProcesses(
    pids.map(pid => ({ pid })),
    {
      seconds,
      sampling: { kind: 'cpu', interval_us: DEFAULT_INTERVAL_US },
      nameFile: (pid, extension) =>
        path.join(
          place.folder,
          `${place.prefix}${side}-${capture}${pids.length > 1 ? `-${pid}` : ''}${extension}`,
        ),
      signal: stopped,
    },
  )
  if (captures.length === 0) throw explainNone(failures[0]!.error, stopped)
  for (const { at, error } of failures) {
    if (!(error instanceof WhyslowError)) throw error
    warn({
      code: 'process-missing',
      message: `Nothing of process ${'pid' in at ? at.pid : at.url}: ${error.message}`,
    })
  }
  warn(...captures.flatMap(one => one.warnings))
  return captures
}

function explainNone(error: unknown, stopped: AbortSignal): unknown {
  if (!stopped.aborted) return error
  return new WhyslowError('The load was over before the profiler was attached, which takes some seconds.', {
    exit: 4,
    cause: error,
    next: ['Measure longer in the scenario: load: {duration: 10s}'],
  })
}
