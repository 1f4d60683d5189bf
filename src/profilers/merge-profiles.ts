/** Several threads, processes or captures as one: what was the same call path is one row. */
import { WhyslowError } from '../errors.js'
import { linkChildren } from './children.js'
import type { Frame, Profile, StackNode } from './profile.js'

const UNIT_NAMES = { ms: 'time', bytes: 'memory', samples: 'samples without a time' } as const

/** A caller and a frame make one number, which is a lighter key than text; 2^53 leaves room for 2^27 callers. */
const MOST_FRAMES = 2 ** 26

/**
 * Weights and samples are added up, so that four threads over 10 s hold 40 s. `duration_ms` is the wall time that they
 * cover together: threads side by side count once. Also joins equal paths within one profile; one without any is returned as it is. Throws a `WhyslowError`
 * for none, and where the units differ.
 */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  const first = profiles[0]
  if (!first) throw new WhyslowError('There is no profile in it.')
  const other = profiles.find(one => one.unit !== first.unit)
  if (other) {
    throw new WhyslowError(
      `A profile of ${UNIT_NAMES[first.unit]} and one of ${UNIT_NAMES[other.unit]} can't be added up.`,
      { next: ['Show them one by one.'] },
    )
  }
  if (profiles.length === 1 && !hasTwins(first)) return first
  const frames: Frame[] = []
  const stacks: StackNode[] = []
  const frameIndex = new Map<string, number>()
  const nodeIndex = new Map<number, number>()
  for (const profile of profiles) {
    const frameOf = profile.frames.map(frame => intern(frames, frameIndex, keyOfFrame(frame), () => frame))
    const nodeOf = new Int32Array(profile.stacks.length)
    for (const [index, node] of profile.stacks.entries()) {
      const parent = node.parent < 0 ? -1 : nodeOf[node.parent]!
      const frame = frameOf[node.frame]!
      const key = (parent + 1) * MOST_FRAMES + frame
      const merged = intern(stacks, nodeIndex, key, () => ({ frame, parent, self: 0, samples: 0 }))
      nodeOf[index] = merged
      stacks[merged]!.self += node.self
      stacks[merged]!.samples += node.samples
    }
  }
  return {
    name: agree(profiles.map(one => one.name)),
    tool: agree(profiles.map(one => one.tool)) ?? 'several',
    toolVersion: agree(profiles.map(one => one.toolVersion)),
    pid: agree(profiles.map(one => one.pid)),
    startedAt: profiles.some(one => one.startedAt === null)
      ? null
      : profiles.map(one => one.startedAt!).sort()[0]!,
    unit: first.unit,
    duration_ms: coveredTime(profiles),
    samples: profiles.reduce((sum, one) => sum + one.samples, 0),
    interval_us: middleInterval(profiles),
    frames,
    stacks,
  }
}

/** Whether a function was called by the same path twice, as V8 has it where one was compiled anew. */
function hasTwins({ frames, stacks }: Profile): boolean {
  const { first, next } = linkChildren(stacks)
  const calledBy = new Int32Array(frames.length).fill(-2)
  for (let parent = -1; parent < stacks.length; parent += 1) {
    for (let index = first[parent + 1]!; index >= 0; index = next[index]!) {
      const { frame } = stacks[index]!
      if (calledBy[frame] === parent) return true
      calledBy[frame] = parent
    }
  }
  return false
}

/** Two frames with the same key are the same function. */
function keyOfFrame({ function: name, file, line, column, kind }: Frame): string {
  return JSON.stringify([name, file, line, column, kind])
}

function intern<T, K>(list: T[], indexOf: Map<K, number>, key: K, make: () => T): number {
  const known = indexOf.get(key)
  if (known !== undefined) return known
  indexOf.set(key, list.length)
  return list.push(make()) - 1
}

function agree<T>(values: readonly T[]): T | null {
  return values.every(value => value === values[0]) ? (values[0] ?? null) : null
}

/** Of those that say when they began, the time that at least one ran; the others are taken to have run beside it. */
function coveredTime(profiles: readonly Profile[]): number {
  let covered = 0
  let end = -Infinity
  const known = profiles
    .filter(one => one.startedAt !== null)
    .map(one => ({ start: Date.parse(one.startedAt!), duration_ms: one.duration_ms }))
    .sort((a, b) => a.start - b.start)
  for (const { start, duration_ms } of known) {
    const stop = start + duration_ms
    covered += Math.max(0, stop - Math.max(start, end))
    end = Math.max(end, stop)
  }
  const unknown = profiles.filter(one => one.startedAt === null).map(one => one.duration_ms)
  return Math.max(covered, ...unknown)
}

function middleInterval(profiles: readonly Profile[]): number | null {
  const known = profiles.map(one => one.interval_us).filter(interval => interval !== null)
  return known.sort((a, b) => a - b)[known.length >> 1] ?? null
}
