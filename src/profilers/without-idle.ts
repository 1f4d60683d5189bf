import type { Profile, StackNode } from './profile.js'

/** Only what was active; `duration_ms` stays the wall time. Frames stay in the table. */
export function withoutIdle(profile: Profile): Profile {
  const { frames, stacks } = profile
  if (frames.every(frame => frame.kind !== 'idle')) return profile
  const kept: StackNode[] = []
  const nodeOf = new Int32Array(stacks.length).fill(-1)
  for (const [index, node] of stacks.entries()) {
    const isBelowIdle = node.parent >= 0 && nodeOf[node.parent]! < 0
    if (isBelowIdle || frames[node.frame]!.kind === 'idle') continue
    const parent = node.parent < 0 ? -1 : nodeOf[node.parent]!
    nodeOf[index] = kept.push({ ...node, parent }) - 1
  }
  const { order: _, ...rest } = profile
  return { ...rest, stacks: kept, samples: kept.reduce((sum, node) => sum + node.samples, 0) }
}
