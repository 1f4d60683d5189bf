/** A distribution as a column chart on a log axis, with the target and the peaks marked. */
import { formatDuration, formatShare } from '../units.js'
import { type Paint, paint, plain, type Style, widthOf } from './style.js'
import { formatRound } from './times.js'

export interface HistogramData {
  /** `counts[i]` lie in [edges_ms[i], edges_ms[i + 1]); as wide as each other on a log scale. */
  edges_ms: readonly number[]
  counts: readonly number[]
}

export interface HistogramMarks {
  under_ms: number
  modes: readonly { ms: number; share: number }[]
}

const ROWS = 8
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_STEPS = [' ', '.', ':', '#']
const LABEL_WIDTH = 6

const SECOND = 1000
const MINUTE = 60 * SECOND
const COARSE_TICKS = [0.01, 0.1, 1, 10, 100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, 60 * MINUTE]
const FINE_TICKS = [
  ...[0.01, 0.1, 1, 10, 100, SECOND].flatMap(ms => [ms, 2 * ms, 5 * ms]),
  ...[10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE],
]

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

interface Chart {
  /** Characters a bucket is wide. */
  scale: number
  width: number
  /** Positions in characters; the target's may lie outside of the chart. */
  target: number
  peaks: number[]
  ticks: { at: number; label: string }[]
}

function layOut(data: HistogramData, marks: HistogramMarks, style: Style): Chart {
  const buckets = data.counts.length
  const scale = Math.max(1, Math.min(2, Math.floor((style.width - LABEL_WIDTH - 1) / buckets)))
  const width = buckets * scale
  const at = (ms: number) => Math.floor(bucketOf(data.edges_ms, ms) * scale)
  return {
    scale,
    width,
    target: at(marks.under_ms),
    peaks: marks.modes.map(mode => Math.min(Math.max(at(mode.ms), 0), width - 1)),
    ticks: chooseTicks(data.edges_ms, width, at),
  }
}

/** Where a value lies on the axis, in buckets with a fraction. Under zero or above the number of buckets: outside. */
function bucketOf(edges: readonly number[], ms: number): number {
  const first = edges[0]!
  const last = edges.at(-1)!
  if (ms < first) return -1
  if (ms > last) return edges.length
  let i = 0
  while (i < edges.length - 2 && ms >= edges[i + 1]!) i += 1
  const [low, high] = [edges[i]!, edges[i + 1]!]
  const inside = low > 0 ? Math.log(ms / low) / Math.log(high / low) : (ms - low) / (high - low)
  return Math.min(i + inside, edges.length - 1 - 1e-9)
}

/** Round times, of the fine list where their labels have room, else of the coarse one. */
function chooseTicks(edges: readonly number[], width: number, at: (ms: number) => number): Chart['ticks'] {
  const first = edges.find(edge => edge > 0) ?? 1
  const last = edges.at(-1)!
  for (const list of [FINE_TICKS, COARSE_TICKS]) {
    const inside = list.filter(ms => ms >= first && ms <= last)
    const ticks = inside.map(ms => ({ at: Math.min(at(ms), width - 1), label: formatRound(ms) }))
    if (ticks.length > 0 && ticks.every((tick, i) => i === 0 || hasRoom(ticks[i - 1]!, tick))) return ticks
  }
  return [{ at: 0, label: formatDuration(first) }]
}

function hasRoom(left: { at: number; label: string }, right: { at: number }): boolean {
  return left.at + left.label.length + 2 <= right.at
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

/** Neighbours of one colour are painted together. */
function paintRuns(pieces: [string, Paint][], style: Style): string {
  let text = ''
  for (let i = 0; i < pieces.length; ) {
    const how = pieces[i]![1]
    let run = ''
    for (; i < pieces.length && pieces[i]![1] === how; i += 1) run += pieces[i]![0]
    text += paint(style, how, run)
  }
  return text
}

function labelTarget(chart: Chart, marks: HistogramMarks, style: Style): string {
  const label = `target ${formatDuration(marks.under_ms)}`
  if (chart.target < 0) return plain(style, `${label}, left of the chart`)
  if (chart.target >= chart.width)
    return ' '.repeat(Math.max(chart.width - label.length - 2, 0)) + plain(style, `${label} →`)
  const start = Math.min(
    Math.max(chart.target - Math.floor(label.length / 2), 0),
    Math.max(chart.width - label.length, 0),
  )
  return ' '.repeat(start) + label
}

/** The axis, with a mark at each tick and a triangle under each peak. */
function drawAxis(chart: Chart, style: Style): string {
  const line = style.unicode ? { rule: '─', tick: '┬', peak: '▲' } : { rule: '-', tick: '+', peak: '^' }
  const pieces = Array.from({ length: chart.width }, (_, position): [string, Paint] => {
    if (chart.peaks.includes(position)) return [line.peak, 'bold']
    return [chart.ticks.some(tick => tick.at === position) ? line.tick : line.rule, 'dim']
  })
  return paintRuns(pieces, style)
}

function labelAxis(chart: Chart, style: Style): string {
  let text = ''
  for (const { at, label } of chart.ticks) {
    const shown = plain(style, label)
    const start = Math.max(Math.min(at, chart.width - widthOf(shown)), text === '' ? 0 : text.length + 1)
    text = text.padEnd(start) + shown
  }
  return text
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
