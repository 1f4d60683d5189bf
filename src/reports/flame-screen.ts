/** The part of a flame graph that fits on a screen, around the call that is selected, with what is known of that call. */
import { styleText } from 'node:util'
import type { FlameGraph } from '../profilers/flame.js'
import { formatAmount, formatShare } from '../units.js'
import { drawBox, drawLegend, labelBox } from './flame-boxes.js'
import { nameFrame } from './flame-rows.js'
import { type FlameWalk, layZoomed, levelOf, rootOf, type WalkBox } from './flame-walk.js'
import { showPlace } from './hot-functions.js'
import { paint, plain, type Style, truncate, widthOf } from './style.js'

const HEAD_ROWS = 3
/** Of a lower screen, the legend gives its row to the graph. */
const LEAST_WITH_LEGEND = 14

/** At most `height` lines, each at most as wide as the terminal; the selection is among them. */
export function renderFlameScreen(
  flame: FlameGraph,
  walk: FlameWalk,
  height: number,
  style: Style,
): string[] {
  if (flame.nodes.length === 0) return ['Nothing was sampled.']
  const legend = style.color && height >= LEAST_WITH_LEGEND ? drawLegend(flame, style) : []
  const rows = layZoomed(flame, walk, style.width)
  const room = Math.max(1, height - HEAD_ROWS - legend.length)
  const level = Math.max(0, levelOf(flame, walk))
  const first = Math.max(0, Math.min(level - Math.floor(room / 2), rows.length - room))
  const seen = rows.slice(first, first + room)
  const levels =
    seen.length < rows.length ? `levels ${first + 1}–${first + seen.length} of ${rows.length}` : null
  return [
    ...describeSelected(flame, walk, levels, style),
    drawRoot(flame, walk, style),
    ...seen.map(row => drawRow(row, flame, walk, style)),
    ...legend,
  ]
}

/** Two lines: which function, and how much of the time is its own. */
function describeSelected(
  flame: FlameGraph,
  walk: FlameWalk,
  levels: string | null,
  style: Style,
): [string, string] {
  const { total: whole, unit, nodes } = flame
  const node = nodes[walk.selected]
  const amount = (value: number) => `${formatAmount(value, unit)} (${formatShare(value / whole)})`
  const root = nodes[rootOf(walk)]
  const facts =
    node === undefined
      ? [`all ${formatAmount(whole, unit)}`]
      : [
          `self ${amount(node.self)}`,
          `total ${amount(node.total)}`,
          ...(root && root !== node ? [`${formatShare(node.total / root.total)} of what is shown`] : []),
        ]
  const line = truncate(
    style,
    plain(style, [...facts, ...(levels === null ? [] : [levels])].join(' · ')),
    style.width,
  )
  if (node === undefined) return [paint(style, 'bold', 'everything'), line]
  const name = truncate(style, plain(style, nameFrame(node.frame)), style.width)
  const place = plain(style, `${showPlace(node.frame, file => file)} · ${node.group}`)
  const room = style.width - widthOf(name) - 2
  const where = room < 8 ? '' : `  ${paint(style, 'dim', truncate(style, place, room, 'start'))}`
  return [paint(style, 'bold', name) + where, line]
}

function drawRoot(flame: FlameGraph, walk: FlameWalk, style: Style): string {
  const root = rootOf(walk)
  const node = flame.nodes[root]
  const label = node
    ? labelBox(node, flame, style.width, style)
    : `all ${plain(style, formatAmount(flame.total, flame.unit))}`
  if (walk.selected === root) return drawSelected(label, style.width, style)
  return node
    ? drawBox(label, node, style.width, style)
    : drawBox(label, null, style.width, { ...style, color: false })
}

function drawRow(row: WalkBox[], flame: FlameGraph, walk: FlameWalk, style: Style): string {
  let line = ''
  let column = 0
  for (const { index, start, end } of row) {
    const node = flame.nodes[index]!
    const width = end - start
    const box =
      index === walk.selected
        ? drawSelected(labelBox(node, flame, width - 1, style), width, style)
        : drawBox(labelBox(node, flame, width, style), node, width, style)
    line += ' '.repeat(start - column) + box
    column = end
  }
  return line
}

/** In brackets, so that it is seen without colours, too. */
function drawSelected(label: string, width: number, style: Style): string {
  if (width < 2) return inverse(style.unicode ? '◆' : '*', style)
  const shown = truncate(style, label, width - 2)
  return inverse(`[${shown}${' '.repeat(width - 2 - widthOf(shown))}]`, style)
}

function inverse(text: string, style: Style): string {
  return style.color ? styleText(['bold', 'inverse'], text, { validateStream: false }) : text
}
