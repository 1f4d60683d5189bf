/** The layout of a flame graph: who called whom, as boxes whose widths are their shares. */
import { linkChildren, listChildren, sumSubtrees } from './children.js'
import { groupOfFrame } from './groups.js'
import { mergeProfiles } from './merge-profiles.js'
import type { Frame, Profile, ProfileUnit } from './profile.js'
import { withoutIdle } from './without-idle.js'

/** A call path. `x` and `width` are shares of everything that is drawn, from 0 to 1. */
export interface FlameNode {
  frame: Frame
  /** See `groupOfFrame`. */
  group: string
  /** 0 for an outermost call. */
  depth: number
  /** Index into the graph's nodes, less than this node's own; -1 for an outermost call. */
  parent: number
  x: number
  width: number
  /** In the profile's unit. */
  self: number
  total: number
}

export interface FlameGraph {
  unit: ProfileUnit
  /** What the full width stands for, in the profile's unit. */
  total: number
  /** Parents first. A call lies within its caller; on the right of its callees is the caller's own time. */
  nodes: FlameNode[]
  /** Levels; 0 when there is nothing to draw. */
  depth: number
  /** Call paths that were narrower than the minimum. */
  narrow: number
}

export interface FlameOptions {
  /** As a share of the whole; what is narrower is left out, with all that it called. */
  minWidth?: number
  /** Time in which nothing was to be done; left out unless asked for. */
  idle?: boolean
  /** By name, so that two graphs of one service can be laid side by side; or the heaviest first. */
  order?: 'name' | 'heavy'
}

export function layoutFlame(profile: Profile, options: FlameOptions = {}): FlameGraph {
  const { minWidth = 0, idle = false, order = 'name' } = options
  const { frames, stacks, unit } = mergeProfiles([idle ? profile : withoutIdle(profile)])
  const total = sumSubtrees(stacks)
  const paths = total.reduce((count, amount) => count + Number(amount > 0), 0)
  const whole = stacks.reduce((sum, { parent }, index) => sum + (parent < 0 ? total[index]! : 0), 0)
  const children = linkChildren(stacks)
  const compare =
    order === 'heavy'
      ? (a: number, b: number) => total[b]! - total[a]! || a - b
      : compareByName(frames, stacks)
  const childrenOf = (parent: number): number[] =>
    [...listChildren(children, parent)].filter(index => total[index]! > 0).sort(compare)

  const groups = frames.map(groupOfFrame)
  const nodes: FlameNode[] = []
  let depth = 0
  const open = [{ calls: childrenOf(-1), next: 0, x: 0, node: -1 }]
  for (let level = open.at(-1); level; level = open.at(-1)) {
    const index = level.calls[level.next]
    if (index === undefined) {
      open.pop()
      continue
    }
    level.next += 1
    const width = total[index]! / whole
    const { x } = level
    level.x += width
    if (width < minWidth) continue
    const { frame, self } = stacks[index]!
    nodes.push({
      frame: frames[frame]!,
      group: groups[frame]!,
      depth: open.length - 1,
      parent: level.node,
      x,
      width,
      self,
      total: total[index]!,
    })
    depth = Math.max(depth, open.length)
    open.push({ calls: childrenOf(index), next: 0, x, node: nodes.length - 1 })
  }
  return { unit, total: whole, nodes, depth, narrow: paths - nodes.length }
}

/** Names are compared once a frame and not once a call path. */
function compareByName(frames: Frame[], stacks: { frame: number }[]): (a: number, b: number) => number {
  const rank = new Int32Array(frames.length)
  const sortable = frames.map((frame, index) => ({ frame, index }))
  sortable.sort(
    (a, b) =>
      compareText(a.frame.function, b.frame.function) ||
      compareText(a.frame.file ?? '', b.frame.file ?? '') ||
      (a.frame.line ?? 0) - (b.frame.line ?? 0) ||
      a.index - b.index,
  )
  for (const [position, { index }] of sortable.entries()) rank[index] = position
  return (a, b) => rank[stacks[a]!.frame]! - rank[stacks[b]!.frame]!
}

/** By code units: the same on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
