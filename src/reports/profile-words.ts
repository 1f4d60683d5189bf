/** A profile in words: what it is of, when and how it was taken. */
import type { Profile } from '../profilers/profile.js'
import { formatBytes, formatCount, formatDuration, formatShare } from '../units.js'

export type ProfileOrigin = Omit<Profile, 'frames' | 'stacks'>

/** `CPU profile of process 4711`; just `Profile` where its tool knew no time. */
export function titleProfile({ unit, pid, name }: ProfileOrigin): string {
  const kind = unit === 'ms' ? 'CPU profile' : unit === 'bytes' ? 'Heap profile' : 'Profile'
  const subject = [pid === null ? null : `process ${pid}`, name].filter(part => part !== null && part !== '')
  return subject.length === 0 ? kind : `${kind} of ${subject.join(', ')}`
}

/** `2026-11-28 15:32:17 UTC, 5.02 s, 3,684 samples, one every 1 ms, by v8 v24.1.0`: what is known of it. */
export function describeOrigin(origin: ProfileOrigin): string {
  const { startedAt, duration_ms, samples, interval_us, tool, toolVersion } = origin
  const parts = [
    startedAt === null ? null : `${startedAt.slice(0, 19).replace('T', ' ')} UTC`,
    duration_ms > 0 ? formatDuration(duration_ms) : null,
    samples > 0 ? `${formatCount(samples)} samples` : null,
    interval_us === null ? null : `one every ${formatDuration(interval_us / 1000)}`,
    `by ${toolVersion === null ? tool : `${tool} ${toolVersion}`}`,
  ]
  return parts.filter(part => part !== null).join(', ')
}

/** How much of the time it was busy; of a heap profile, how much memory it counts. */
export function describeActive(unit: Profile['unit'], active: number, idle: number): string {
  if (unit === 'bytes') return `${formatBytes(active)} of memory.`
  const whole = active + idle
  const share = formatShare(whole === 0 ? null : active / whole)
  return unit === 'ms'
    ? `On the CPU ${share} of the time (${formatDuration(active)} of ${formatDuration(whole)}).`
    : `Busy in ${share} of the samples (${formatCount(active)} of ${formatCount(whole)}).`
}
