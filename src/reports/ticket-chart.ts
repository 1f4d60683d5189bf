/** The distribution as a block of text for a ticket: lines that lie, since code blocks have gaps between their lines. */
import type { Look } from '../evidence/look.js'
import { formatDuration, formatShare } from '../units.js'

const MOST_ROWS = 20
/** The fastest requests share one line while they are fewer than this. */
const STRAY_SHARE = 0.005
const WIDEST_BAR = 32

/** A range of response times, `to_ms` not in it. */
export interface TimeRange {
  from_ms: number
  to_ms: number
  count: number
}

/**
 * A line for each range of response times, as wide as each other on a log scale but for the first one; `█` is in time, `▒` is not. Peaks and the target are
 * named at their line. Empty text when nothing was measured.
 */
export function renderTicketChart(
  look: Pick<Look, 'histogram' | 'modes' | 'under_ms' | 'measuredUnder'>,
): string {
  const rows = mergeBuckets(look.histogram, MOST_ROWS)
  const total = rows.reduce((sum, row) => sum + row.count, 0)
  if (total === 0) return ''
  const top = Math.max(...rows.map(row => row.count))
  const inTime = countInTime(rows, look, total)
  const from = padAll(rows.map(row => formatDuration(row.from_ms)))
  const to = padAll(rows.map(row => formatDuration(row.to_ms)))
  return rows
    .map((row, i) => {
      const share = row.count === 0 ? '' : formatShare(row.count / total)
      const marks = nameMarks(row, i === rows.length - 1, look)
      const line =
        `${from[i]} – ${to[i]} ${share.padStart(6)} ${drawBar(row.count, inTime[i]!, top)}`.trimEnd()
      return marks === '' ? line : `${line} ◄ ${marks}`
    })
    .join('\n')
}

function padAll(labels: string[]): string[] {
  const width = Math.max(...labels.map(label => label.length))
  return labels.map(label => label.padStart(width))
}

/** At most `most` ranges; the first may be wider than the others. */
export function mergeBuckets({ edges_ms, counts }: Look['histogram'], most: number): TimeRange[] {
  const row = (start: number, end: number): TimeRange => ({
    from_ms: edges_ms[start]!,
    to_ms: edges_ms[end]!,
    count: counts.slice(start, end).reduce((sum, one) => sum + one, 0),
  })
  const head = countFastest(counts)
  const size = chooseSize(counts.length - head, head === 0 ? most : most - 1)
  const rows = head === 0 ? [] : [row(0, head)]
  for (let start = head; start < counts.length; start += size) {
    rows.push(row(start, Math.min(start + size, counts.length)))
  }
  return rows
}

/** Buckets at the fast end that hold next to nothing: a few stray requests would take up half of the chart. */
function countFastest(counts: number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let held = 0
  const first = counts.findIndex(count => {
    held += count
    return held > total * STRAY_SHARE
  })
  return first < 2 ? 0 : first
}

/** Buckets a row: few enough rows, all of the same number if there is a way. */
function chooseSize(buckets: number, rows: number): number {
  const least = Math.ceil(buckets / rows) || 1
  return [least, least + 1, least + 2].find(size => buckets % size === 0) ?? least
}

/** How many of each row are under the target. The row that holds it is divided exactly, by the share under the target. */
function countInTime(
  rows: TimeRange[],
  { measuredUnder, under_ms }: Pick<Look, 'measuredUnder' | 'under_ms'>,
  total: number,
): number[] {
  let before = 0
  return rows.map(row => {
    const known = before
    before += row.count
    if (row.to_ms <= under_ms) return row.count
    if (row.from_ms >= under_ms) return 0
    return Math.min(row.count, Math.max(0, (measuredUnder ?? 0) * total - known))
  })
}

/** Anything more than nothing is at least a thin line. */
function drawBar(count: number, inTime: number, top: number): string {
  if (count === 0) return ''
  const length = Math.round((count / top) * WIDEST_BAR)
  if (length === 0) return '▏'
  const full = Math.round((inTime / count) * length)
  return '█'.repeat(full) + '▒'.repeat(length - full)
}

function nameMarks(
  row: TimeRange,
  isLast: boolean,
  { modes, under_ms }: Pick<Look, 'modes' | 'under_ms'>,
): string {
  const holds = (ms: number) => ms >= row.from_ms && (ms < row.to_ms || (isLast && ms === row.to_ms))
  const peaks = modes
    .filter(mode => holds(mode.ms))
    .map(
      mode =>
        `peak at ${formatDuration(mode.ms)}${modes.length > 1 ? `, ${formatShare(mode.share)} of requests around it` : ''}`,
    )
  return [...peaks, ...(holds(under_ms) ? [`target: ${formatDuration(under_ms)}`] : [])].join(' ◄ ')
}
