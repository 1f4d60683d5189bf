/** A profile small enough for a viewer that walks it with recursion, in a page. */
import { sumSubtrees } from './children.js'
import type { Frame, Profile, StackNode } from './profile.js'

export interface TrimLimits {
  levels: number
  paths: number
}

const LEFT_OUT: Frame = {
  function: '(left out: deeper or rarer calls)',
  file: null,
  line: null,
  column: null,
  kind: 'program',
}

/**
 * The heaviest paths within the limits. What is left out stays as weight: below its caller, in a frame that says so.
 * `left` counts the paths that are gone.
 */
export function trimProfile(
  profile: Profile,
  { levels, paths }: TrimLimits,
): { profile: Profile; left: number } {
  const { frames, stacks } = profile
  const total = sumSubtrees(stacks)
  const least = stacks.length <= paths ? 0 : total.toSorted()[stacks.length - paths]!
  const depth = new Int32Array(stacks.length)
  const kept: StackNode[] = []
  const nodeOf = new Int32Array(stacks.length).fill(-1)
  const leftOut = new Map<number, StackNode>()
  let left = 0
  for (const [index, { frame, parent, self, samples }] of stacks.entries()) {
    depth[index] = parent < 0 ? 1 : depth[parent]! + 1
    const caller = parent < 0 ? -1 : nodeOf[parent]!
    const isCallerGone = parent >= 0 && caller < 0
    if (!isCallerGone && total[index]! >= least && depth[index]! <= levels) {
      nodeOf[index] = kept.push({ frame, parent: caller, self, samples }) - 1
      continue
    }
    left += 1
    if (isCallerGone) continue
    let rest = leftOut.get(caller)
    if (!rest) {
      rest = { frame: frames.length, parent: caller, self: 0, samples: 0 }
      leftOut.set(caller, rest)
      kept.push(rest)
    }
    rest.self += total[index]!
  }
  if (left === 0) return { profile, left }
  const { order: _, ...rest } = profile
  return { profile: { ...rest, frames: [...frames, LEFT_OUT], stacks: kept }, left }
}
