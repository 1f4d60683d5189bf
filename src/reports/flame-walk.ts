/** A walk through a flame graph, one call at a time: where one stands, what is zoomed into, and where a step leads. */
import type { FlameGraph } from '../profilers/flame.js'

/** Indices into the nodes of the graph; -1 is the whole, above the outermost calls. */
export interface FlameWalk {
  selected: number
  /** What was zoomed into, one after the other: the last of them fills the width, and the selection lies in it. */
  zooms: readonly number[]
}

export type FlameMove = 'caller' | 'callee' | 'left' | 'right' | 'in' | 'out'

export const FLAME_START: FlameWalk = { selected: -1, zooms: [] }

export function rootOf({ zooms }: FlameWalk): number {
  return zooms.at(-1) ?? -1
}

/**
 * `callee` is the heaviest one; `left` and `right` are on the same level, whoever called them. A step that leads nowhere, or out of what
 * is zoomed into, changes nothing.
 */
export function moveInFlame(flame: FlameGraph, walk: FlameWalk, move: FlameMove, columns: number): FlameWalk {
  const { selected, zooms } = walk
  const root = rootOf(walk)
  switch (move) {
    case 'caller':
      return selected === root ? walk : { zooms, selected: flame.nodes[selected]!.parent }
    case 'callee':
      return { zooms, selected: findHeaviest(flame, selected) ?? selected }
    case 'left':
    case 'right':
      return { zooms, selected: findBeside(flame, walk, move, columns) ?? selected }
    case 'in':
      return selected === root ? walk : { selected, zooms: [...zooms, selected] }
    case 'out':
      return { selected, zooms: zooms.slice(0, -1) }
  }
}

function findHeaviest({ nodes }: FlameGraph, caller: number): number | undefined {
  let heaviest: number | undefined
  for (const [index, { parent, total }] of nodes.entries()) {
    if (parent === caller && (heaviest === undefined || total > nodes[heaviest]!.total)) heaviest = index
  }
  return heaviest
}

/** What takes no column is passed over: nobody sees it. */
function findBeside(
  flame: FlameGraph,
  walk: FlameWalk,
  side: 'left' | 'right',
  columns: number,
): number | undefined {
  if (walk.selected === rootOf(walk)) return undefined
  const row = layZoomed(flame, walk, columns)[levelOf(flame, walk)]!
  return row[row.findIndex(box => box.index === walk.selected) + (side === 'left' ? -1 : 1)]?.index
}

/** Of the selection, below the root: -1 for the root itself, 0 for what it calls. */
export function levelOf({ nodes }: FlameGraph, walk: FlameWalk): number {
  const depth = (index: number) => nodes[index]?.depth ?? -1
  return depth(walk.selected) - depth(rootOf(walk)) - 1
}

export interface WalkBox {
  /** Of the node. */
  index: number
  /** Columns, the end excluded; at least one. */
  start: number
  end: number
}

/** A row a level below the root, each from left to right. The selection has its column however narrow it is. */
export function layZoomed(flame: FlameGraph, walk: FlameWalk, columns: number): WalkBox[][] {
  const { nodes } = flame
  const root = rootOf(walk)
  const { x: left, width, depth: above } = nodes[root] ?? { x: 0, width: 1, depth: -1 }
  const columnOf = (at: number) => Math.round(((at - left) / width) * columns)
  const isInside = new Uint8Array(nodes.length)
  const rows: WalkBox[][] = []
  for (const [index, { x, width: own, parent, depth }] of nodes.entries()) {
    if (parent !== root && !isInside[parent]) continue
    isInside[index] = 1
    const level = depth - above - 1
    rows[level] ??= []
    const row = rows[level]
    // Sums of shares differ in their last digit, so that neighbours may lie over each other by as much.
    const start = Math.max(columnOf(x), row.at(-1)?.end ?? 0)
    const end = Math.min(columnOf(x + own), columns)
    if (end > start) row.push({ index, start, end })
    else if (index === walk.selected) {
      const only = Math.min(start, columns - 1)
      row.push({ index, start: only, end: only + 1 })
    }
  }
  return Array.from(rows, row => makeRoom(row ?? [], walk.selected))
}

/** A selection without a column of its own, at the right edge, takes that of its neighbour. */
function makeRoom(row: WalkBox[], selected: number): WalkBox[] {
  const own = row.find(box => box.index === selected)
  if (own === undefined) return row
  return row
    .map(box => (box.start <= own.start && box !== own ? { ...box, end: Math.min(box.end, own.start) } : box))
    .filter(box => box.end > box.start)
}
