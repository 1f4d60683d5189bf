/** What a capture's files show together, and what it cost, as data and as a finding of a story. */
import type { PackageVersions } from '../profilers/find-versions.js'
import type { HotFunction } from '../profilers/hottest.js'
import { hottestFunctions } from '../profilers/hottest.js'
import type { ReadText } from '../profilers/local-files.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Capture, CaptureCost, Left } from '../profilers/node/attach.js'
import type { Profile } from '../profilers/profile.js'
import { formatBytes, formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { describeHottest, type ProfileFinding } from './file-profile.js'

/** A function by what it allocated; bytes are V8's estimate. */
export interface HeavyFunction extends Omit<HotFunction, 'self_ms' | 'total_ms'> {
  self_bytes: number
  total_bytes: number
}

export interface CaptureSummary {
  unit: 'ms' | 'bytes'
  /** Over all threads and processes. */
  hottest: (HotFunction | HeavyFunction)[]
  /** Of the threads' time: in which nothing was to be done, and in which something was. Null for heap profiles. */
  idle_ms: number | null
  active_ms: number | null
  /** Null for CPU profiles. */
  allocated_bytes: number | null
}

/** What happened to one process. */
export interface CapturedProcess {
  pid: number
  toolVersion: string
  cost: CaptureCost
  left: Left
}

export interface ReadCapture {
  /** All threads and processes as one. */
  profile: Profile
  /** By file. */
  versions: PackageVersions[]
  warnings: Warning[]
}

export async function readCapture(files: readonly string[], readFile: ReadText): Promise<ReadCapture> {
  // With it come all formats, for which the capture needn't wait.
  const { readProfiles } = await import('../profilers/read-profiles.js')
  const read = await Promise.all(files.map(file => readProfiles(file, { readFile })))
  return {
    profile: mergeProfiles(read.flatMap(one => one.profiles)),
    versions: read.map(one => one.versions),
    warnings: read.flatMap(one => one.warnings),
  }
}

export function summarizeCapture(merged: Profile, limit: number): CaptureSummary {
  const { hottest, idle_ms, active_ms } = hottestFunctions(merged, { limit })
  if (merged.unit !== 'bytes') return { unit: 'ms', hottest, idle_ms, active_ms, allocated_bytes: null }
  return {
    unit: 'bytes',
    hottest: hottest.map(({ self_ms, total_ms, ...rest }) => ({
      ...rest,
      self_bytes: self_ms,
      total_bytes: total_ms,
    })),
    idle_ms: null,
    active_ms: null,
    allocated_bytes: active_ms,
  }
}

/** Of several processes the dearest, figure by figure; dropped samples are added up. */
export function worstCost(costs: readonly CaptureCost[]): CaptureCost {
  const names = Object.keys(costs[0]!) as (keyof CaptureCost)[]
  const worst = names.map(name => {
    const known = costs.flatMap(cost => cost[name] ?? [])
    return [name, known.length === 0 ? null : Math.max(...known)]
  })
  const droppedSamples = costs.reduce((sum, cost) => sum + cost.droppedSamples, 0)
  return { ...(Object.fromEntries(worst) as unknown as CaptureCost), droppedSamples }
}

/** `open` if any still is; else as found, unless all are closed. */
export function describeLeft(captures: readonly { left: Left }[]): Left {
  const lefts = captures.map(({ left }) => left)
  if (lefts.includes('open')) return 'open'
  return lefts.every(left => left === 'closed') ? 'closed' : 'as found'
}

/** A sentence and a figure for the story, with what the capture cost. */
export function describeFinding(
  summary: CaptureSummary,
  captures: readonly Capture[],
  live: boolean,
): Omit<ProfileFinding, 'command'> {
  const threads = captures.flatMap(capture => capture.threads)
  const cost = describeCost(worstCost(captures.map(capture => capture.cost)))
  if (summary.unit === 'bytes') {
    const duration_ms = Math.max(...threads.map(thread => thread.duration_ms))
    const allocated = summary.allocated_bytes ?? 0
    const top = (summary.hottest as HeavyFunction[]).slice(0, 3).map(one => {
      return `${one.function || '(anonymous)'} ${formatShare(allocated === 0 ? null : one.self_bytes / allocated)}`
    })
    const what = live ? 'still held of what was allocated' : 'allocated'
    return {
      finding: `about ${formatBytes(allocated)} ${what} in ${formatDuration(duration_ms)}; of that: ${top.join(', ')}; ${cost}`,
      value: Math.round(allocated),
      unit: `bytes ${what}`,
    }
  }
  const duration_ms = threads.reduce((sum, thread) => sum + thread.duration_ms, 0)
  const hot = describeHottest(summary.hottest as HotFunction[], summary.active_ms ?? 0, duration_ms)
  return { ...hot, finding: `${hot.finding}; ${cost}` }
}

function describeCost(cost: CaptureCost): string {
  const delay = `event-loop delay ${formatDuration(cost.eventLoopDelayBefore_ms)} before, ${formatDuration(cost.eventLoopDelayDuring_ms)} during`
  const pauses = `paused ${formatDuration(cost.startPause_ms)} and ${formatDuration(cost.stopPause_ms)}`
  return `the capture's cost: ${delay}, ${pauses}, ${cost.droppedSamples} samples dropped`
}
