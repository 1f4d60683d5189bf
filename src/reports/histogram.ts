/** A distribution as a column chart on a log axis, with the target and the peaks marked. */
import { formatDuration, formatShare } from '../units.js'
import {
  type Chart,
  drawAxis,
  type HistogramData,
  type HistogramMarks,
  LABEL_WIDTH,
  labelAxis,
  labelTarget,
  layOut,
  paintRuns,
} from './log-axis.js'
import { type Paint, paint, type Style } from './style.js'

const ROWS = 8
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_STEPS = [' ', '.', ':', '#']

/** Columns in front of the target in cyan, from it on in yellow. Empty text when there is nothing to draw. */
export function renderHistogram(data: HistogramData, marks: HistogramMarks, style: Style): string {
  const total = data.counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return ''
  const chart = layOut(data, marks, style)
  const top = Math.max(...data.counts)
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const label = i === 0 ? formatShare(top / total) : ''
    return `${paint(style, 'dim', label.padStart(LABEL_WIDTH))} ${drawRow(data, chart, ROWS - 1 - i, { top, rows: ROWS }, style)}`.trimEnd()
  })
  const indent = ' '.repeat(LABEL_WIDTH + 1)
  return [
    indent + paint(style, 'yellow', labelTarget(chart, marks, style)),
    ...rows,
    indent + drawAxis(chart, style),
    indent + paint(style, 'dim', labelAxis(chart, style)),
  ].join('\n')
}

export interface Overlay {
  edges_ms: readonly number[]
  before: readonly number[]
  after: readonly number[]
}

/** Two distributions above each other on one axis and one scale of shares. Empty text when there is nothing to draw. */
export function renderOverlay({ edges_ms, before, after }: Overlay, under_ms: number, style: Style): string {
  const shares = [toShares(before), toShares(after)]
  const top = Math.max(...shares.flat())
  if (!(top > 0)) return ''
  const marks = { under_ms, modes: [] }
  const chart = layOut({ edges_ms, counts: before }, marks, style)
  const indent = ' '.repeat(LABEL_WIDTH + 1)
  const charts = shares.flatMap((counts, side) =>
    Array.from({ length: OVERLAY_ROWS }, (_, i) => {
      const label =
        i === 0 ? formatShare(top) : i === OVERLAY_ROWS - 1 ? (side === 0 ? 'before' : 'after') : ''
      const row = drawRow(
        { edges_ms, counts },
        chart,
        OVERLAY_ROWS - 1 - i,
        { top, rows: OVERLAY_ROWS },
        style,
      )
      return `${paint(style, 'dim', label.padStart(LABEL_WIDTH))} ${row}`.trimEnd()
    }),
  )
  return [
    indent + paint(style, 'yellow', labelTarget(chart, marks, style)),
    ...charts.slice(0, OVERLAY_ROWS),
    indent + drawAxis(chart, style),
    ...charts.slice(OVERLAY_ROWS),
    indent + drawAxis(chart, style),
    indent + paint(style, 'dim', labelAxis(chart, style)),
  ].join('\n')
}

const OVERLAY_ROWS = 5

function toShares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map(count => (total === 0 ? 0 : count / total))
}

function drawRow(
  data: HistogramData,
  chart: Chart,
  row: number,
  { top, rows }: { top: number; rows: number },
  style: Style,
): string {
  const steps = style.unicode ? EIGHTHS : ASCII_STEPS
  const full = steps.length - 1
  const pieces = Array.from({ length: chart.width }, (_, position): [string, Paint] => {
    const count = data.counts[Math.floor(position / chart.scale)]!
    const height = count === 0 ? 0 : Math.max(Math.round((count / top) * rows * full), 1)
    const step = Math.min(Math.max(height - row * full, 0), full)
    if (step === 0 && position === chart.target) return [style.unicode ? '┊' : '|', 'yellow']
    return [steps[step]!, position < chart.target ? 'cyan' : 'yellow']
  })
  return paintRuns(pieces, style)
}

const COUNTS: Record<number, string> = { 2: 'Two', 3: 'Three', 4: 'Four' }

/** `Two peaks: 15 ms (72.0%) and 902 ms (28.0%).`; for one, where it is. Empty text for none. */
export function describeModes(modes: HistogramMarks['modes']): string {
  const [first] = modes
  if (first === undefined) return ''
  if (modes.length === 1) return `One peak, at ${formatDuration(first.ms)}.`
  const named = modes.map(mode => `${formatDuration(mode.ms)} (${formatShare(mode.share)} of requests)`)
  return `${COUNTS[modes.length] ?? modes.length} peaks: ${named.slice(0, -1).join(', ')} and ${named.at(-1)}.`
}
