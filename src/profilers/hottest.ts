/** Where the time went, by function. */
import { sumSubtrees, walkPaths } from './children.js'
import { groupOfFrame } from './groups.js'
import type { Profile } from './profile.js'

export interface HotFunction {
  function: string
  file: string | null
  line: number | null
  /** See `groupOfFrame`. */
  group: string
  /** In the function itself. */
  self_ms: number
  /** In the function and what it called; a recursive call counts once. */
  total_ms: number
}

export interface Hottest {
  /** By `self_ms`, most first; those with the same by `total_ms`. */
  hottest: HotFunction[]
  /** Waiting for work: in no function's time. */
  idle_ms: number
  /** Everything else, native code and garbage collection included: the whole that shares are taken of. */
  active_ms: number
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

  let idle_ms = 0
  let active_ms = 0
  for (const [index, frame] of frames.entries()) {
    if (frame.kind === 'idle') idle_ms += self[index]!
    else active_ms += self[index]!
  }
  const hottest = frames
    .map((frame, index) => ({ frame, self_ms: self[index]!, total_ms: total[index]! }))
    .filter(({ frame, total_ms }) => frame.kind !== 'idle' && total_ms > 0)
    .sort((a, b) => b.self_ms - a.self_ms || b.total_ms - a.total_ms)
    .slice(0, limit)
    .map(({ frame, self_ms, total_ms }) => ({
      function: frame.function,
      file: frame.file,
      line: frame.line,
      group: groupOfFrame(frame),
      self_ms,
      total_ms,
    }))
  return { hottest, idle_ms, active_ms }
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
