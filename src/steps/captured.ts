/** What a capture's files show together, and what it cost, as data and as a finding of a story. */
import type { PackageVersions } from '../profilers/find-versions.js'
import type { ReadText } from '../profilers/local-files.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Capture, CaptureCost, Left } from '../profilers/node/attach.js'
import type { Profile } from '../profilers/profile.js'
import { formatBytes, formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { describeHottest, type ProfileFinding } from './file-profile.js'
import type { SummedProfile } from './sum-up-profile.js'

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
  summary: SummedProfile,
  captures: readonly Capture[],
  live: boolean,
): Omit<ProfileFinding, 'command'> {
  const threads = captures.flatMap(capture => capture.threads)
  const cost = describeCost(worstCost(captures.map(capture => capture.cost)))
  if (summary.unit === 'bytes') {
    const duration_ms = Math.max(...threads.map(thread => thread.duration_ms))
    const allocated = summary.allocated_bytes ?? 0
    const top = summary.hottest.slice(0, 3).map(({ function: name, self_bytes = 0 }) => {
      return `${name || '(anonymous)'} ${formatShare(allocated === 0 ? null : self_bytes / allocated)}`
    })
    const what = live ? 'still held of what was allocated' : 'allocated'
    return {
      finding: `about ${formatBytes(allocated)} ${what} in ${formatDuration(duration_ms)}; of that: ${top.join(', ')}; ${cost}`,
      value: Math.round(allocated),
      unit: `bytes ${what}`,
    }
  }
  const duration_ms = threads.reduce((sum, thread) => sum + thread.duration_ms, 0)
  const hot = describeHottest(summary.hottest, summary.active_ms ?? 0, duration_ms)
  return { ...hot, finding: `${hot.finding}; ${cost}` }
}

function describeCost(cost: CaptureCost): string {
  const delay = `event-loop delay ${formatDuration(cost.eventLoopDelayBefore_ms)} before, ${formatDuration(cost.eventLoopDelayDuring_ms)} during`
  const pauses = `paused ${formatDuration(cost.startPause_ms)} and ${formatDuration(cost.stopPause_ms)}`
  return `the capture's cost: ${delay}, ${pauses}, ${cost.droppedSamples} samples dropped`
}
