/** Where the time went, by function. */
import { sumSubtrees, walkPaths } from './children.js'
import { groupOfFrame } from './groups.js'
import type { Profile, ProfileUnit } from './profile.js'

interface FunctionPlace {
  function: string
  file: string | null
  line: number | null
  /** See `groupOfFrame`. */
  group: string
}

/** Amounts are in the profile's unit. */
export interface HotFunction extends FunctionPlace {
  /** In the function itself. */
  self: number
  /** In the function and what it called; a recursive call counts once. */
  total: number
}

export interface Hottest {
  /** By `self`, most first; those with the same by `total`. */
  hottest: HotFunction[]
  /** Waiting for work: in no function's time. */
  idle: number
  /** Everything else, native code and garbage collection included: the whole that shares are taken of. */
  active: number
}

/** As data: the unit stands in the names. */
export type NamedFunction = FunctionPlace & {
  [name in `self_${ProfileUnit}` | `total_${ProfileUnit}`]?: number
}

export function nameUnit({ self, total, ...place }: HotFunction, unit: ProfileUnit): NamedFunction {
  return { ...place, [`self_${unit}`]: self, [`total_${unit}`]: total }
}

/** As in `Profile`: a node comes after its parent. */
export interface CallTree {
  frames: { length: number }
  stacks: readonly { frame: number; parent: number }[]
}

/** Functions that were never seen are missing, not 0: at 1 ms between samples, what took under a few ms is chance. */
export function hottestFunctions(profile: Profile, { limit = 20 }: { limit?: number } = {}): Hottest {
  const { frames, stacks } = profile
  const self = new Float64Array(frames.length)
  const total = new Float64Array(frames.length)
  const subtree = sumSubtrees(stacks)
  const outermost = findOutermostCalls(profile)
  for (const [index, node] of stacks.entries()) {
    self[node.frame]! += node.self
    if (outermost[index]) total[node.frame]! += subtree[index]!
  }

  let idle = 0
  let active = 0
  for (const [index, frame] of frames.entries()) {
    if (frame.kind === 'idle') idle += self[index]!
    else active += self[index]!
  }
  const hottest = frames
    .map((frame, index) => ({ frame, self: self[index]!, total: total[index]! }))
    .filter(one => one.frame.kind !== 'idle' && one.total > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total)
    .slice(0, limit)
    .map(({ frame, ...amounts }) => ({
      function: frame.function,
      file: frame.file,
      line: frame.line,
      group: groupOfFrame(frame),
      ...amounts,
    }))
  return { hottest, idle, active }
}

/** For each node whether no caller above it is the same function. */
export function findOutermostCalls({ frames, stacks }: CallTree): boolean[] {
  const open = new Int32Array(frames.length)
  const outermost: boolean[] = new Array(stacks.length).fill(false)
  walkPaths(stacks, {
    enter: index => {
      const { frame } = stacks[index]!
      outermost[index] = open[frame] === 0
      open[frame]! += 1
    },
    leave: index => {
      open[stacks[index]!.frame]! -= 1
    },
  })
  return outermost
}
