/**
 * Captures of two sides as one tree of calls, and how much time each call path and each function took in each stretch of each capture.
 * Threads of one capture are added up. Idle time is left out, and what a capture itself ran in its target.
 */
import { addEntry, findLate, makeTable, type TimeTable, tellBlockTimes } from './block-times.js'
import { groupOfFrame } from './groups.js'
import { findOutermostCalls } from './hottest.js'
import { type FramePair, matchFrames } from './match-frames.js'
import type { Frame, Profile } from './profile.js'

export interface AlignedNode {
  /** Index into `pairs`. */
  frame: number
  /** Index into `nodes`, less than this node's own; -1 for an outermost call. */
  parent: number
}

export interface AlignedCapture {
  /** `BLOCKS`, or 1 where the samples' order isn't known. */
  width: number
  /** See `BlockTimes`. */
  skipped: number
  late_ms: number
  totalOfNode: TimeTable
  selfOfFrame: TimeTable
  totalOfFrame: TimeTable
  active_ms: number
  samples: number
}

export interface AlignedCaptures {
  pairs: FramePair[]
  nodes: AlignedNode[]
  before: AlignedCapture[]
  after: AlignedCapture[]
}

/** Each capture is one or several profiles: its threads. */
export function alignCaptures(
  before: readonly (readonly Profile[])[],
  after: readonly (readonly Profile[])[],
): AlignedCaptures {
  const intern = { before: new Map<string, Frame>(), after: new Map<string, Frame>() }
  const frames = {
    before: before.map(threads => threads.map(profile => internFrames(profile, intern.before))),
    after: after.map(threads => threads.map(profile => internFrames(profile, intern.after))),
  }
  const { pairs, pairOf } = matchFrames([...intern.before.values()], [...intern.after.values()])
  const tree = new Map<string, number>()
  const nodes: AlignedNode[] = []
  const place = (threads: readonly Profile[], framesOf: Frame[][]) =>
    threads.map((profile, i) =>
      placeNodes(
        profile,
        framesOf[i]!.map(frame => pairOf.get(frame)!),
        { tree, nodes },
      ),
    )
  const places = {
    before: before.map((threads, i) => place(threads, frames.before[i]!)),
    after: after.map((threads, i) => place(threads, frames.after[i]!)),
  }
  const late = findLate([...before, ...after].flat())
  const isOutermost = findOutermostCalls({ frames: pairs, stacks: nodes })
  const measure = (threads: readonly Profile[], placesOf: Int32Array[]) =>
    sumUp(threads, placesOf, { nodes, isOutermost, frames: pairs.length, late })
  return {
    pairs,
    nodes,
    before: before.map((threads, i) => measure(threads, places.before[i]!)),
    after: after.map((threads, i) => measure(threads, places.after[i]!)),
  }
}

function internFrames(profile: Profile, known: Map<string, Frame>): Frame[] {
  return profile.frames.map(frame => {
    const key = JSON.stringify([frame.function, frame.file, frame.line, frame.column, frame.kind])
    const same = known.get(key)
    if (same) return same
    known.set(key, frame)
    return frame
  })
}

/** For each node of the profile its node of the common tree; -1 for what is left out. */
function placeNodes(
  profile: Profile,
  pairs: readonly number[],
  { tree, nodes }: { tree: Map<string, number>; nodes: AlignedNode[] },
): Int32Array {
  const isOut = profile.frames.map(frame => frame.kind === 'idle' || groupOfFrame(frame) === 'whyslow')
  const places = new Int32Array(profile.stacks.length).fill(-1)
  for (const [index, { frame, parent }] of profile.stacks.entries()) {
    if (isOut[frame] || (parent >= 0 && places[parent]! < 0)) continue
    const above = parent < 0 ? -1 : places[parent]!
    const key = `${above} ${pairs[frame]}`
    let node = tree.get(key)
    if (node === undefined) {
      node = nodes.push({ frame: pairs[frame]!, parent: above }) - 1
      tree.set(key, node)
    }
    places[index] = node
  }
  return places
}

interface Tree {
  nodes: readonly AlignedNode[]
  isOutermost: readonly boolean[]
  frames: number
  late: number
}

function sumUp(threads: readonly Profile[], places: readonly Int32Array[], tree: Tree): AlignedCapture {
  const { nodes, isOutermost, frames, late } = tree
  const { table, width, skipped, late_ms } = tellBlockTimes(threads, places, { entries: nodes.length, late })
  const totalOfNode = { times: table.times.slice(), samples: table.samples.slice() }
  for (let node = nodes.length - 1; node >= 0; node -= 1) {
    const { parent } = nodes[node]!
    if (parent >= 0) addEntry(totalOfNode, parent, { from: totalOfNode, entry: node, width })
  }
  const selfOfFrame = makeTable(frames, width)
  const totalOfFrame = makeTable(frames, width)
  for (const [node, { frame }] of nodes.entries()) {
    addEntry(selfOfFrame, frame, { from: table, entry: node, width })
    if (isOutermost[node]) addEntry(totalOfFrame, frame, { from: totalOfNode, entry: node, width })
  }
  return {
    width,
    skipped,
    late_ms,
    totalOfNode,
    selfOfFrame,
    totalOfFrame,
    active_ms: table.times.reduce((sum, time) => sum + time, 0),
    samples: table.samples.reduce((sum, count) => sum + count, 0),
  }
}
