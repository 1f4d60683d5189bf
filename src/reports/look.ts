/** One route (or any slice) as text: how long it takes, when it is slow, and for whom. */
import type { Look } from '../evidence/look.js'
import type { Who } from '../evidence/who.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { describeChanges, describeMissed } from './changes.js'
import { renderDurations } from './durations.js'
import { renderDays, renderStrip, type StripCell } from './strips.js'
import { PLAIN, paint, plain, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatPeriod } from './times.js'

export interface LookOptions {
  /** What decided on the target: `of the route`. */
  targetFrom: string
  /** Of the hours and days. */
  timezone: string
  /** Of the revenue. */
  currency: string
  /** The share of requests that must be good. */
  objective: number
  /** The command that goes on from the shape. */
  next?: string | null
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const OUTCOMES: Record<string, string> = {
  client_error: 'client errors',
  server_error: 'server errors',
  timeout: 'timeouts',
}

export function renderLook(title: string, look: Look, style: Style, options: LookOptions): string {
  const heading = paint(style, 'bold', plain(style, title))
  if (look.requests === 0) return `${heading}\nNo requests.`
  const sections = [
    `${heading}\n${renderSummary(look, style, options)}`,
    ...renderHowLong(look, style, options),
    ...renderTimes(look, style, options),
    ...renderWho(look, style, options),
  ]
  return sections.join('\n\n')
}

function renderSummary(look: Look, style: Style, { targetFrom, objective }: LookOptions): string {
  const share = `${formatShare(look.underShare)} under ${formatDuration(look.under_ms)} (the target ${targetFrom})`
  const missed = look.underShare !== null && look.underShare < objective
  const goal =
    look.underShare === null
      ? ''
      : `, ${missed ? 'short of' : 'meets'} the objective of ${formatShare(objective)}`
  const period = `${formatPeriod(look.window)} · ${formatCount(look.requests)} requests`
  const outcomes = look.outcomes.map(({ outcome, requests, share }) => {
    return `${formatCount(requests)} ${OUTCOMES[outcome] ?? outcome} (${formatShare(share)})`
  })
  return [
    wrap(style, plain(style, period)),
    paint(style, missed ? 'red' : 'green', wrap(style, plain(style, share + goal))),
    wrap(style, plain(style, outcomes.join(' · '))),
    ...renderBounds(look, style),
  ].join('\n')
}

/** When, how many, how good: a line each, without colours. */
export function describeSummary(look: Look, options: LookOptions): string[] {
  return renderSummary(look, { ...PLAIN, width: Infinity }, options).split('\n')
}

const WORTH_SAYING = 0.005

/** Only where the requests that were aborted early could change the figure that is shown. */
function renderBounds({ underBounds, under_ms }: Look, style: Style): string[] {
  if (underBounds === null || underBounds[1] - underBounds[0] < WORTH_SAYING) return []
  const [worst, best] = underBounds.map(formatShare)
  const text = `Requests that were aborted before ${formatDuration(under_ms)} are left out; with them it is between ${worst} and ${best}.`
  return [paint(style, 'dim', wrap(style, plain(style, text)))]
}

export function renderHowLong(look: Look, style: Style, { next = null }: LookOptions): string[] {
  const [chart, ...tables] = renderDurations(look, style, next)
  if (chart === undefined) return []
  return [`${section('How long', 'all measured durations, on a log axis', style)}\n${chart}`, ...tables]
}

function renderTimes(look: Look, style: Style, { timezone }: LookOptions): string[] {
  if (look.underShare === null) return []
  const hours = Array.from({ length: 24 }, (_, hour): StripCell => {
    const found = look.hours.find(other => other.hour === hour)
    return { label: String(hour), requests: found?.requests ?? 0, underShare: found?.underShare ?? null }
  })
  const weekdays = WEEKDAYS.map((label, i): StripCell => {
    const found = look.weekdays.find(other => other.weekday === i + 1)
    return { label, requests: found?.requests ?? 0, underShare: found?.underShare ?? null }
  })
  return [
    `${section('When', `requests that were not good, in percent; ${timezone}`, style)}\n${renderStrip('hour', hours, 2, style)}`,
    renderStrip('day', weekdays, 3, style),
    renderDays(look.days, style),
    [describeMissed(look.missed), ...describeChanges(look.changes)]
      .map(sentence => wrap(style, plain(style, sentence)))
      .join('\n'),
  ]
}

/** One table for all, so that its columns stand in line; each group under a row that names it. */
function renderWho({ who }: Look, style: Style, options: LookOptions): string[] {
  const groups: [string, Who[]][] = [
    ['accounts', who.accounts],
    ['clients', who.clients],
    ['instances', who.upstreams],
  ]
  const found = groups.filter(([, rows]) => rows.length > 0)
  if (found.length === 0) return []
  const plans = who.accounts.some(row => row.plan !== null || row.revenue !== null)
  const rows = found.flatMap(([name, rows]): Cell[][] => [
    [{ text: name, paint: 'dim' }],
    ...rows.map(row => listCells(row, plans && name === 'accounts', options)),
  ])
  const table = renderTable(listColumns(plans, options), rows, style)
  return [`${section('Who', 'most requests that were not good first', style)}\n${table}`]
}

function listColumns(plans: boolean, { currency }: LookOptions): Column[] {
  return [
    { header: '', shrinkTo: 16 },
    { header: 'requests', align: 'right' },
    { header: 'not good', align: 'right' },
    { header: 'good', align: 'right' },
    { header: 'p95', align: 'right', drop: 3 },
    ...(plans
      ? [
          { header: 'plan', drop: 2 },
          { header: `${currency} a month`, align: 'right' as const, drop: 1 },
        ]
      : []),
  ]
}

function listCells(row: Who, plans: boolean, { objective }: LookOptions): Cell[] {
  const missed = row.underShare !== null && row.underShare < objective
  return [
    `  ${row.name}`,
    formatCount(row.requests),
    formatCount(row.notGood),
    { text: formatShare(row.underShare), paint: missed ? 'red' : undefined },
    formatDuration(row.p95_ms),
    ...(plans ? [row.plan ?? '–', row.revenue === null ? '–' : formatCount(row.revenue)] : []),
  ]
}

function section(name: string, note: string, style: Style): string {
  return `${paint(style, 'bold', name)}  ${paint(style, 'dim', plain(style, note))}`
}
