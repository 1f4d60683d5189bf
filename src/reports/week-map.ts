/** The hours of the week as a map: seven rows, twenty-four columns, the darker the more requests were not good. */
import type { TimeShare } from '../evidence/times.js'
import { formatCount, formatShare } from '../units.js'
import { type Paint, paint, plain, type Style, wrap } from './style.js'

export type WeekHour = { weekday: number; hour: number } & TimeShare

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
const MARKS = {
  unicode: { none: '·', untold: '?', shades: ['░', '▒', '▓', '█'] },
  ascii: { none: '.', untold: '?', shades: ['-', '+', 'x', '#'] },
}
const CELL = 2

/** At most 60 columns wide, but for its legend. Empty text for no hours. */
export function renderWeek(week: readonly WeekHour[], style: Style): string {
  if (week.length === 0) return ''
  const top = findTop(week)
  const byPlace = new Map(week.map(cell => [placeOf(cell), cell]))
  const head = HOURS.map(hour => (hour % 3 === 0 ? String(hour) : '').padEnd(CELL)).join('')
  const rows = WEEKDAYS.map((name, i) => {
    const cells = HOURS.map(hour => drawHour(byPlace.get(placeOf({ weekday: i + 1, hour })), top, style))
    return `${paint(style, 'dim', name)} ${cells.join('')}`.trimEnd()
  })
  return [
    paint(style, 'dim', `    ${head.trimEnd()}`),
    ...rows,
    wrap(style, describeShades(week, top, style)).replace(/ +$/gm, ''),
    ...describeWorst(week, style),
  ].join('\n')
}

function placeOf({ weekday, hour }: { weekday: number; hour: number }): number {
  return weekday * 24 + hour
}

function drawHour(cell: WeekHour | undefined, top: number, style: Style): string {
  if (cell === undefined || cell.requests === 0) return ' '.repeat(CELL)
  const { mark, how } = markHour(cell, top, style)
  return paint(style, how, mark.repeat(CELL))
}

function markHour(cell: WeekHour, top: number, style: Style): { mark: string; how: Paint } {
  const { none, untold, shades } = style.unicode ? MARKS.unicode : MARKS.ascii
  const share = notGood(cell)
  if (share === null) return { mark: untold, how: 'dim' }
  if (share === 0) return { mark: none, how: 'cyan' }
  // 1 − 0.96 is a little more than 0.04.
  const step = Math.ceil((share / top) * shades.length - 1e-9)
  return { mark: shades[Math.min(Math.max(step, 1), shades.length) - 1]!, how: 'yellow' }
}

function notGood({ underShare }: TimeShare): number | null {
  return underShare === null ? null : 1 - underShare
}

/** Hours with as many requests as half of an average one: a lone slow request at night sets no scale. */
function busyHours(week: readonly WeekHour[]): WeekHour[] {
  const told = week.filter(cell => cell.underShare !== null)
  const mean = told.reduce((sum, cell) => sum + cell.requests, 0) / told.length
  return told.filter(cell => cell.requests >= mean / 2)
}

/** The share at which the darkest step ends; what is above it has the same shade. */
function findTop(week: readonly WeekHour[]): number {
  const worst = (cells: readonly WeekHour[]) => Math.max(0, ...cells.map(cell => notGood(cell) ?? 0))
  return worst(busyHours(week)) || worst(week)
}

function describeShades(week: readonly WeekHour[], top: number, style: Style): string {
  const { none, untold, shades } = style.unicode ? MARKS.unicode : MARKS.ascii
  const steps = shades.map((shade, i) => {
    const isLast = i === shades.length - 1
    const text = isLast ? 'more' : `to ${formatShare((top * (i + 1)) / shades.length)}`
    return `${paint(style, 'yellow', shade)} ${text}`
  })
  const words = [
    ...(week.some(cell => notGood(cell) === 0) ? [`${paint(style, 'cyan', none)} 0%`] : []),
    ...(top > 0 ? steps : []),
    ...(week.some(cell => cell.requests > 0 && cell.underShare === null) ? [`${untold} not known`] : []),
    'blank: no requests',
  ]
  return words.join('  ')
}

function describeWorst(week: readonly WeekHour[], style: Style): string[] {
  const worst = busyHours(week).toSorted((a, b) => a.underShare! - b.underShare!)[0]
  if (worst === undefined || notGood(worst) === 0) return []
  const { weekday, hour, requests } = worst
  const text = `worst ${WEEKDAYS[weekday - 1]} ${hour}:00–${hour + 1}:00: ${formatShare(notGood(worst))} not good of ${formatCount(requests)} requests`
  return [paint(style, 'dim', wrap(style, plain(style, text)))]
}
