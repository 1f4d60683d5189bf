/** A flame graph for a terminal, as an icicle: the outermost calls on top, each call under its caller, as wide as its share. */
import type { FlameGraph } from '../profilers/flame.js'
import { formatAmount, formatCount } from '../units.js'
import { drawBox, drawLegend, LEAST_LABEL, labelBox } from './flame-boxes.js'
import { type FlameBox, type FlameRow, foldRows, layRows, nameFrame } from './flame-rows.js'
import { fitCharset, paint, plain, type Style, truncate } from './style.js'

const MOST_ROWS = 24
/** Empty text for an empty graph. No line is wider than the terminal; at most `most` levels, folds included, and one line for those that have no room for names. */
export function renderFlame(flame: FlameGraph, style: Style, most = MOST_ROWS): string {
  if (flame.nodes.length === 0) return ''
  const { rows, left } = layRows(flame, style.width)
  const named = rows.findLastIndex(row => row.some(box => box.end - box.start > LEAST_LABEL)) + 1
  const whole = `all ${formatAmount(flame.total, flame.unit)}`
  const lines = [
    drawBox(whole, null, style.width, style),
    ...drawLevels(foldRows(rows.slice(0, named), style.width, most), rows.slice(named), flame, style),
  ]
  if (style.color) lines.push(...drawLegend(flame, style))
  const narrow = flame.narrow + left
  if (narrow > 0) lines.push(paint(style, 'dim', `${formatCount(narrow)} calls are too narrow to draw.`))
  return fitCharset(style, lines.join('\n'))
}

function drawRow(row: FlameRow, flame: FlameGraph, style: Style): string {
  if ('boxes' in row) return drawBoxes(row.boxes, flame, style)
  const names = [row.first, row.last].map(node => plain(style, nameFrame(node.frame)))
  const what = row.deepest
    ? `${formatCount(row.levels)} deeper levels`
    : `${formatCount(row.levels)} levels like the one above`
  const between = style.unicode ? '…' : '...'
  const text = `${style.unicode ? '⋮' : ':'} ${what}: ${names.join(` ${between} `)}`
  return paint(style, 'dim', truncate(style, text, style.width))
}

/** `slivers`: the deepest levels, where no box has room for a name. */
function drawLevels(rows: FlameRow[], slivers: FlameBox[][], flame: FlameGraph, style: Style): string[] {
  const last = rows.at(-1)
  if (last && 'levels' in last && last.deepest) {
    const deepest = slivers.at(-1)?.[0]?.node ?? last.last
    const deeper = { ...last, levels: last.levels + slivers.length, last: deepest }
    return [...rows.slice(0, -1), deeper].map(row => drawRow(row, flame, style))
  }
  const lines = rows.map(row => drawRow(row, flame, style))
  if (slivers.length < 2) return [...lines, ...slivers.map(boxes => drawBoxes(boxes, flame, style))]
  const mark = style.unicode ? '⋮' : ':'
  return [
    ...lines,
    paint(style, 'dim', `${mark} ${formatCount(slivers.length)} deeper levels, too narrow for names`),
  ]
}

function drawBoxes(boxes: FlameBox[], flame: FlameGraph, style: Style): string {
  let line = ''
  let column = 0
  for (const { node, start, end } of boxes) {
    line += ' '.repeat(start - column)
    line += drawBox(labelBox(node, flame, end - start, style), node, end - start, style)
    column = end
  }
  return line
}
