/** The log axis of a column chart of text: what stands where, the target above it, and round times below it. */
import { formatDuration } from '../units.js'
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

/** Left of the chart, less a space. */
export const LABEL_WIDTH = 6

const SECOND = 1000
const MINUTE = 60 * SECOND
export const COARSE_TICKS = [0.01, 0.1, 1, 10, 100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, 60 * MINUTE]
export const FINE_TICKS = [
  ...[0.01, 0.1, 1, 10, 100, SECOND].flatMap(ms => [ms, 2 * ms, 5 * ms]),
  ...[10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE],
]

export interface Chart {
  /** Characters a bucket is wide. */
  scale: number
  width: number
  /** Positions in characters; the target's may lie outside of the chart. */
  target: number
  peaks: number[]
  ticks: { at: number; label: string }[]
}

export function layOut(data: HistogramData, marks: HistogramMarks, style: Style): Chart {
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

/** Neighbours of one colour are painted together. */
export function paintRuns(pieces: [string, Paint][], style: Style): string {
  let text = ''
  for (let i = 0; i < pieces.length; ) {
    const how = pieces[i]![1]
    let run = ''
    for (; i < pieces.length && pieces[i]![1] === how; i += 1) run += pieces[i]![0]
    text += paint(style, how, run)
  }
  return text
}

export function labelTarget(chart: Chart, marks: HistogramMarks, style: Style): string {
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
export function drawAxis(chart: Chart, style: Style): string {
  const line = style.unicode ? { rule: '─', tick: '┬', peak: '▲' } : { rule: '-', tick: '+', peak: '^' }
  const pieces = Array.from({ length: chart.width }, (_, position): [string, Paint] => {
    if (chart.peaks.includes(position)) return [line.peak, 'bold']
    return [chart.ticks.some(tick => tick.at === position) ? line.tick : line.rule, 'dim']
  })
  return paintRuns(pieces, style)
}

export function labelAxis(chart: Chart, style: Style): string {
  let text = ''
  for (const { at, label } of chart.ticks) {
    const shown = plain(style, label)
    const start = Math.max(Math.min(at, chart.width - widthOf(shown)), text === '' ? 0 : text.length + 1)
    text = text.padEnd(start) + shown
  }
  return text
}
