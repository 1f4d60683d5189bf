/** Between which functions a compiler's inlining may move time: callers, callees, and those that the same caller calls. */
import type { AlignedCaptures } from './align-captures.js'

/** A caller of more than these has hardly all of them inlined: they are no neighbours of each other. */
const MOST_SIBLINGS = 12

/** For a frame its neighbours that have a file: native code isn't inlined. Without callees: those whose time isn't within its own. */
export function findNeighbours({
  nodes,
  pairs,
}: Pick<AlignedCaptures, 'nodes' | 'pairs'>): (frame: number, withCallees: boolean) => number[] {
  const callers = pairs.map(() => new Set<number>())
  const callees = pairs.map(() => new Set<number>())
  for (const { frame, parent } of nodes) {
    if (parent < 0) continue
    const caller = nodes[parent]!.frame
    callers[frame]!.add(caller)
    callees[caller]!.add(frame)
  }
  const isCode = (frame: number) => (pairs[frame]!.after ?? pairs[frame]!.before)!.file !== null
  return (frame, withCallees) => {
    if (!isCode(frame)) return []
    const found = new Set<number>()
    for (const caller of callers[frame]!) {
      found.add(caller)
      if (callees[caller]!.size <= MOST_SIBLINGS) for (const sibling of callees[caller]!) found.add(sibling)
    }
    if (withCallees) for (const callee of callees[frame]!) found.add(callee)
    else for (const callee of callees[frame]!) found.delete(callee)
    found.delete(frame)
    return [...found].filter(isCode)
  }
}
