/** Two distributions in one chart, one lying over the other: what only one side has is told by its shade. */
import { formatShare } from '../units.js'
import type { Overlay } from './histogram.js'
import { drawAxis, LABEL_WIDTH, labelAxis, labelTarget, layOut, paintRuns } from './log-axis.js'
import { type Paint, paint, type Style } from './style.js'

const ROWS = 10
const MARKS = {
  unicode: { before: '░', after: '▓', both: '█', target: '┊' },
  ascii: { before: '-', after: '+', both: '#', target: '|' },
}

/** Each side in shares of its own requests. Empty text when there is nothing to draw. */
export function renderOverlaid({ edges_ms, before, after }: Overlay, under_ms: number, style: Style): string {
  const sides = [toShares(before), toShares(after)] as const
  const top = Math.max(...sides.flat())
  if (!(top > 0)) return ''
  const marks = { under_ms, modes: [] }
  const chart = layOut({ edges_ms, counts: before }, marks, style)
  const signs = style.unicode ? MARKS.unicode : MARKS.ascii
  const heights = sides.map(side => side.map(share => (share === 0 ? 0 : Math.ceil((share / top) * ROWS))))
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const label = paint(style, 'dim', (i === 0 ? formatShare(top) : '').padStart(LABEL_WIDTH))
    const pieces = Array.from({ length: chart.width }, (_, position): [string, Paint] => {
      const bucket = Math.floor(position / chart.scale)
      const [isBefore, isAfter] = heights.map(side => side[bucket]! >= ROWS - i)
      if (isBefore && isAfter) return [signs.both, 'dim']
      if (isBefore) return [signs.before, 'dim']
      if (isAfter) return [signs.after, 'bold']
      return position === chart.target ? [signs.target, 'yellow'] : [' ', 'dim']
    })
    return `${label} ${paintRuns(pieces, style)}`.trimEnd()
  })
  const indent = ' '.repeat(LABEL_WIDTH + 1)
  return [
    indent + paint(style, 'yellow', labelTarget(chart, marks, style)),
    ...rows,
    indent + drawAxis(chart, style),
    indent + paint(style, 'dim', labelAxis(chart, style)),
    `${indent}${signs.before} before only  ${signs.after} after only  ${signs.both} both`,
  ].join('\n')
}

function toShares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map(count => (total === 0 ? 0 : count / total))
}
