/** Strips: one small cell an hour, a weekday or a day, for what comes and goes with time. */
import { DAY_MS, formatCount, formatShare } from '../units.js'
import { renderSparkline } from './sparkline.js'
import { type Paint, paint, plain, type Style, wrap } from './style.js'

export interface StripCell {
  label: string
  requests: number
  underShare: number | null
}

const NAME_WIDTH = 4

/**
 * Under each label the share of requests that were not good: as a bar, from nothing to the largest share of the strip, and as a
 * number in whole percent. Broken into several strips where the terminal is narrow.
 */
export function renderStrip(
  name: string,
  cells: readonly StripCell[],
  cellWidth: number,
  style: Style,
): string {
  const most = Math.max(1, Math.floor((style.width - NAME_WIDTH) / (cellWidth + 1)))
  const perLine = Math.ceil(cells.length / Math.ceil(cells.length / most))
  const top = Math.max(0, ...cells.map(cell => notGood(cell) ?? 0))
  const lines: string[] = []
  for (let i = 0; i < cells.length; i += perLine) {
    lines.push(...renderLine(name, cells.slice(i, i + perLine), cellWidth, top, style))
  }
  return lines.join('\n')
}

function renderLine(
  name: string,
  cells: readonly StripCell[],
  width: number,
  top: number,
  style: Style,
): string[] {
  const row = (start: string, texts: string[], how: Paint | null) => {
    const text =
      `${start.padEnd(NAME_WIDTH)}${texts.map(text => ` ${text.padStart(width)}`).join('')}`.trimEnd()
    return how === null ? text : paint(style, how, text)
  }
  const bars = cells.map(cell => renderSparkline([notGood(cell)], style, top).repeat(width))
  const labels = cells.map(cell => plain(style, cell.label))
  return [
    row(name, labels, 'dim'),
    ...(top > 0 ? [row('', bars, 'yellow')] : []),
    row(
      '%',
      cells.map(cell => percent(notGood(cell), style)),
      null,
    ),
  ]
}

function notGood(cell: { underShare: number | null }): number | null {
  return cell.underShare === null ? null : 1 - cell.underShare
}

/** Whole percent in at most 3 characters: `0`, `<1`, `12`, `100`; `–` where nothing counts. */
function percent(share: number | null, style: Style): string {
  if (share === null) return plain(style, '–')
  if (share > 0 && share < 0.005) return '<1'
  return String(Math.round(share * 100))
}

export interface DayCell {
  /** `2026-10-05`. */
  day: string
  requests: number
  underShare: number | null
}

/**
 * One bar a day, days without requests left blank, and the worst day by name. More days than columns: several days a bar,
 * and the line says so.
 */
export function renderDays(days: readonly DayCell[], style: Style): string {
  if (days.length === 0) return ''
  const all = fillGaps(days)
  const room = style.width - DAY_NAME_WIDTH
  const perBar = Math.max(1, Math.ceil(all.length / room))
  const bars: (DayCell | null)[][] = []
  for (let i = 0; i < all.length; i += perBar) bars.push(all.slice(i, i + perBar))
  const name = (text: string) => paint(style, 'dim', text.padEnd(DAY_NAME_WIDTH))
  const lines = [
    name('not good') + paint(style, 'yellow', renderSparkline(bars.map(meanNotGood), style)),
    name('requests') +
      renderSparkline(
        bars.map(bar => bar.reduce((sum, day) => sum + (day?.requests ?? 0), 0)),
        style,
      ),
  ]
  const worst = days
    .filter(day => day.underShare !== null)
    .toSorted((a, b) => a.underShare! - b.underShare!)[0]
  const each = perBar === 1 ? 'one bar a day' : `one bar for ${perBar} days`
  const span = days.length === 1 ? days[0]!.day : `${days[0]?.day} – ${days.at(-1)?.day}, ${each}`
  const parts = [span]
  if (worst && days.length > 1 && notGood(worst)! > 0) {
    parts.push(
      `worst ${worst.day}: ${formatShare(notGood(worst))} not good of ${formatCount(worst.requests)} requests`,
    )
  }
  lines.push(paint(style, 'dim', wrap(style, plain(style, parts.join(' · ')))))
  return lines.map(line => line.trimEnd()).join('\n')
}

function meanNotGood(bar: readonly (DayCell | null)[]): number | null {
  let bad = 0
  let requests = 0
  for (const day of bar) {
    if (day === null || day.underShare === null) continue
    bad += notGood(day)! * day.requests
    requests += day.requests
  }
  return requests === 0 ? null : bad / requests
}

const DAY_NAME_WIDTH = 10

/** Every calendar day from the first to the last; null where there were no requests. */
function fillGaps(days: readonly DayCell[]): (DayCell | null)[] {
  const byDay = new Map(days.map(day => [day.day, day]))
  const first = Date.parse(days[0]?.day ?? '')
  const last = Date.parse(days.at(-1)?.day ?? '')
  const all: (DayCell | null)[] = []
  for (let time = first; time <= last; time += DAY_MS) {
    all.push(byDay.get(new Date(time).toISOString().slice(0, 10)) ?? null)
  }
  return all
}
