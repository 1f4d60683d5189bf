/** A flame graph on a grid: whole columns, one row a level, and levels that say nothing new folded where there are too many. */
import path from 'node:path'
import type { FlameGraph, FlameNode } from '../profilers/flame.js'
import type { Frame } from '../profilers/profile.js'

export interface FlameBox {
  node: FlameNode
  /** Columns, the end excluded; at least one. */
  start: number
  end: number
}

export type FlameRow =
  | { boxes: FlameBox[] }
  /** Levels that are not shown. `deepest`: there is nothing below them. */
  | { levels: number; deepest: boolean; first: FlameNode; last: FlameNode }

/** What takes no column is left out and counted. */
export function layRows({ nodes, depth }: FlameGraph, columns: number): { rows: FlameBox[][]; left: number } {
  const rows: FlameBox[][] = Array.from({ length: depth }, () => [])
  let left = 0
  for (const node of nodes) {
    const start = Math.round(node.x * columns)
    const end = Math.min(columns, Math.round((node.x + node.width) * columns))
    if (end > start) rows[node.depth]!.push({ node, start, end })
    else left += 1
  }
  const empty = rows.findIndex(row => row.length === 0)
  return { rows: empty < 0 ? rows : rows.slice(0, empty), left }
}

/**
 * At most `most` rows. Runs of levels that look like the one above them (a chain of middleware, a recursion) are
 * folded first, so that what is at their end comes into sight; then the deepest levels.
 */
export function foldRows(rows: FlameBox[][], columns: number, most: number): FlameRow[] {
  if (rows.length <= most) return rows.map(boxes => ({ boxes }))
  const folded: FlameRow[] = []
  for (let index = 0; index < rows.length; ) {
    let end = index
    while (index > 0 && end < rows.length && looksAlike(rows[end]!, rows[index - 1]!, columns)) end += 1
    // A fold costs a row, so that folding one level gains nothing.
    if (end - index > 1) {
      folded.push({
        levels: end - index,
        deepest: end === rows.length,
        first: widest(rows[index]!),
        last: widest(rows[end - 1]!),
      })
      index = end
    } else {
      folded.push({ boxes: rows[index]! })
      index += 1
    }
  }
  return folded.length <= most ? folded : cutDeepest(folded, rows, most)
}

function cutDeepest(folded: FlameRow[], rows: FlameBox[][], most: number): FlameRow[] {
  const kept = folded.slice(0, most - 1)
  const shown = kept.reduce((sum, row) => sum + ('levels' in row ? row.levels : 1), 0)
  const rest = rows.slice(shown)
  return [
    ...kept,
    { levels: rest.length, deepest: true, first: widest(rest[0]!), last: widest(rest.at(-1)!) },
  ]
}

/** The same boxes of a twentieth of the width or more, at the same places but for one column or a hundredth of the width. */
function looksAlike(row: FlameBox[], above: FlameBox[], columns: number): boolean {
  const grain = Math.max(1, columns / 100)
  const isWide = ({ start, end }: FlameBox): boolean => end - start >= columns / 20
  const wide = row.filter(isWide)
  const wideAbove = above.filter(isWide)
  return (
    wide.length === wideAbove.length &&
    wide.every((box, i) => {
      const { start, end } = wideAbove[i]!
      return Math.abs(box.start - start) <= grain && Math.abs(box.end - end) <= grain
    })
  )
}

function widest(boxes: FlameBox[]): FlameNode {
  return boxes.reduce((a, b) => (b.node.total > a.node.total ? b : a)).node
}

/** What a box is called: a function without a name by where it is, `(server.js:12)`. Not escaped. */
export function nameFrame({ function: name, file, line }: Pick<Frame, 'function' | 'file' | 'line'>): string {
  if (name !== '' && name !== '(anonymous)') return name
  if (file === null) return '(anonymous)'
  return `(${path.basename(file)}${line === null ? '' : `:${line}`})`
}
