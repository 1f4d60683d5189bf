/** A tolerance curve as text: the conclusion first, then the curve, what the same client sees, and what would settle it. */
import type { LatencyMetric } from '../evidence/match-latency.js'
import type { Goal } from '../evidence/session-views.js'
import { GOES_ON, type SeenGain, type Tolerance } from '../evidence/tolerance.js'
import { type Shelf, SMALLEST_GAIN } from '../stats/judge-tolerance.js'
import { quote } from '../stories/describe-evidence.js'
import { formatCount, formatDuration, formatPoints, formatShare, formatShareRange } from '../units.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { renderTable } from './table.js'
import { formatDay } from './times.js'

export interface ToleranceWords {
  currency: string
  /** The event of the goal `convert`. */
  event: string
}

export function renderTolerance(found: Tolerance, style: Style, words: ToleranceWords): string {
  const sentence = (text: string) => wrap(style, plain(style, text))
  const sections = [
    [
      paint(style, 'bold', plain(style, found.route ?? found.page)),
      sentence(conclude(found)),
      dim(style, describeData(found, words)),
    ].join('\n'),
  ]
  if (found.curve.length > 0) sections.push(`${title(found, style, words)}\n${renderCurve(found, style)}`)
  const seen = describeSeen(found)
  if (seen.length > 0) sections.push(seen.map(sentence).join('\n'))
  const next = [...describeWorth(found, words), ...describeExperiment(found)]
  if (next.length > 0) sections.push(next.map(sentence).join('\n'))
  if (found.target) sections.push(renderTarget(found, style))
  return fitCharset(style, sections.join('\n\n'))
}

function dim(style: Style, text: string): string {
  return paint(style, 'dim', wrap(style, plain(style, text)))
}

const SMALLEST = formatPoints(SMALLEST_GAIN).slice(1)

function conclude({ verdict, shelves, confounded, goal, missing, within }: Tolerance): string {
  const [shelf] = shelves
  const on = GOES_ON[goal]
  if (verdict === 'cannot tell' && (missing.length > 0 || !within))
    return `Cannot tell yet. There are too few ${missing.join('; and too few ')}.`
  if (verdict === 'cannot tell')
    return `Cannot tell yet. What the same clients gain by being faster is only known to be from ${formatPoints(within!.interval[0])} to ${formatPoints(within!.interval[1])} of the sessions that ${on} (95%). That is too wide to say that it pays, or that it makes no difference (under ${SMALLEST} either way).`
  if (verdict === 'no effect')
    return `No effect of latency: the same clients ${on} as often when they are slower, to within ${SMALLEST}. So no target follows from it, and no money.`
  if (confounded || !shelf)
    return `Confounded: ${confounded?.reason} What speed is worth can’t be told from this, so no figure is given.`
  const start = shelf.openAbove
    ? `the slowest sessions (${formatDuration(shelf.to_ms)})`
    : formatDuration(shelf.to_ms)
  const stop = shelf.openBelow
    ? `the fastest (${formatDuration(shelf.from_ms)})`
    : formatDuration(shelf.from_ms)
  return `Getting faster pays from ${start} down to ${stop}: ${formatPoints(shelf.gain)} of the sessions ${on} (${range(shelf.interval)}), as the same clients show.${describeBelow(shelf)}`
}

function describeBelow({ from_ms, below, openBelow }: Shelf): string {
  if (below === null)
    return openBelow ? '' : ' Whether it goes on below can’t be told: too little is seen there.'
  const from = formatDuration(from_ms)
  const gained = `${formatPoints(below.gain)} down to ${formatDuration(below.from_ms)} (${range(below.interval)})`
  if (below.tells === 'none') return ` At ${from} it stops: below, ${gained}, which is under ${SMALLEST}.`
  return below.tells === 'more'
    ? ` Below ${from} it still pays: ${gained}.`
    : ` Below ${from} a further gain can’t be told from none: ${gained}.`
}

function range([low, high]: readonly [number, number]): string {
  return `95% interval ${formatPoints(low)} to ${formatPoints(high)}`
}

const MEASURED: Record<LatencyMetric, string> = {
  load: 'the page’s load time',
  lcp: 'the largest contentful paint',
  fcp: 'the first contentful paint',
  ttfb: 'the time to the first byte',
  inp: 'the interaction to next paint',
  request: 'the request’s duration',
}

function describeData(found: Tolerance, words: ToleranceWords): string {
  const { leftOut, counted, sessions, clients, customers, again, metric, window } = found
  const left = [
    [leftOut.noLatency, 'of unknown latency'],
    [leftOut.ambiguous, 'with several latencies as near'],
    [leftOut.unfinished, 'that failed or never finished'],
    [leftOut.open, 'whose time isn’t over'],
  ] as const
  const out = left.filter(([count]) => count > 0).map(([count, why]) => `${formatCount(count)} ${why}`)
  const parts = [
    `${formatCount(counted)} of ${formatCount(sessions)} sessions that saw the page count (${formatCount(clients)} clients, ${formatCount(customers)} customers${window.from === null ? '' : `; ${formatDay(window.from)} to ${formatDay(window.to)}`})`,
    ...(out.length > 0 ? [`left out: ${out.join(', ')}`] : []),
    `latency is ${MEASURED[metric]} at the first view of a session${again > 0 ? ` (${formatCount(again)} later views don’t count)` : ''}`,
    `a session counts as going on when ${describeGoal(found.goal, words.event)}`,
  ]
  return `${parts.join(' · ')}.`
}

function describeGoal(goal: Goal, event: string): string {
  if (goal === 'continue') return 'another page is viewed after it within 30 min'
  return goal === 'convert'
    ? `“${event}” follows in it within 4 h`
    : 'the client begins another one within 7 d'
}

function title({ goal }: Tolerance, style: Style, words: ToleranceWords): string {
  const what = { continue: 'go on', convert: `reach “${words.event}”`, return: 'come back' }[goal]
  return `${paint(style, 'bold', plain(style, `Sessions that ${what}, by latency`))}  ${paint(style, 'dim', plain(style, '95% intervals over customers'))}`
}

const BAR_LEAST = 16

function renderCurve(found: Tolerance, style: Style): string {
  const { curve, shelves } = found
  const [shelf] = shelves
  const width = Math.max(BAR_LEAST, Math.min(40, style.width - 58))
  const ends = curve.flatMap(({ share, interval }) => interval ?? [share])
  const [low, high] = [Math.max(0, Math.min(...ends)), Math.min(1, Math.max(...ends))]
  const rows = curve.map(({ under_ms, ms, share, interval, visits, clients }) => [
    formatDuration(under_ms),
    formatShare(share),
    interval === null ? 'too few' : formatShareRange(interval),
    {
      text: drawPoint(share, interval, { low, high, width, unicode: style.unicode }),
      paint: shelf && ms > shelf.from_ms ? ('yellow' as const) : ('green' as const),
    },
    formatCount(visits),
    formatCount(clients),
  ])
  return renderTable(
    [
      { header: 'up to', align: 'right' },
      { header: 'share', align: 'right' },
      { header: 'interval' },
      {
        header: `${formatShare(low, 0)}${' '.repeat(Math.max(1, width - formatShare(low, 0).length - formatShare(high, 0).length))}${formatShare(high, 0)}`,
        name: 'chart',
        drop: 2,
      },
      { header: 'sessions', align: 'right' },
      { header: 'clients', align: 'right', drop: 1 },
    ],
    rows,
    style,
  )
}

/** The interval as a line with the share on it. */
function drawPoint(
  share: number,
  interval: readonly [number, number] | null,
  { low, high, width, unicode }: { low: number; high: number; width: number; unicode: boolean },
): string {
  const at = (value: number) => Math.round(((value - low) / Math.max(1e-9, high - low)) * (width - 1))
  const [rule, point] = unicode ? ['─', '●'] : ['-', 'o']
  const cells = Array.from({ length: width }, (_, i) =>
    interval !== null && i >= at(interval[0]) && i <= at(interval[1]) ? rule : ' ',
  )
  cells[Math.min(width - 1, Math.max(0, at(share)))] = point
  return cells.join('').trimEnd()
}

function describeSeen({ within, between, span, p, confounded, missing }: Tolerance): string[] {
  if (!within || !between || missing.length > 0) return []
  const test =
    p === null ? '' : ` Mundlak’s test that both are the same: p ${p < 0.001 ? '<0.001' : p.toFixed(3)}.`
  const lines = [
    `From ${formatDuration(span.to_ms)} to ${formatDuration(span.from_ms)}, the same client gains ${gain(within)}; clients differ by ${gain(between)}.${test}`,
  ]
  if (confounded) {
    const named = confounded.because.map(
      ({ by, share }) => `${by} (${formatShare(share, 0)} of the difference)`,
    )
    if (named.length > 0)
      lines.push(`Among clients alike in it, the difference gets smaller: ${named.join(', ')}.`)
    else if (within.interval[1] >= 0)
      lines.push('None of what is known of clients (device, network, country, plan) explains the difference.')
  }
  return lines
}

function gain({ gain, interval }: SeenGain): string {
  return `${formatPoints(gain)} (${formatPoints(interval[0])} to ${formatPoints(interval[1])})`
}

function describeWorth({ worth, target }: Tolerance, { currency }: ToleranceWords): string[] {
  if (!worth || !target) return []
  const count = (sessions: number) => formatCount(sessions)
  const under = formatDuration(target.under_ms)
  const sessions = `If every session that was slower than ${under} had taken ${under}: ${count(worth.sessions)} more of those that are counted here would go on a month (${count(worth.interval[0])} to ${count(worth.interval[1])})`
  const { money } = worth
  if (money === null)
    return [
      `${sessions}. What that is in ${currency} isn’t in the data: --value says what one of them is worth.`,
    ]
  const amount = (value: number) => `${currency} ${formatCount(value)}`
  return [
    `${sessions}, worth ${amount(money.monthly)} a month (${amount(money.interval[0])} to ${amount(money.interval[1])}).`,
  ]
}

/** Nobody waits longer. */
const MOST_DAYS = 365

function describeExperiment({ experiment, verdict }: Tolerance): string[] {
  if (!experiment) return []
  const { delay_ms, clients, sessions, days, detects } = experiment
  const purpose = verdict === 'pays' ? 'An experiment would confirm it' : 'An experiment would settle it'
  if (days > MOST_DAYS)
    return [
      `An experiment that settles it (a delay of ${formatDuration(delay_ms)}, a loss of ${formatPoints(detects).replace('+', '')}) would need ${formatCount(clients)} clients: at this traffic more than a year.`,
    ]
  return [
    `${purpose}: delay the page by ${formatDuration(delay_ms)} for half of ${formatCount(clients)} clients, drawn at random (${formatCount(sessions)} sessions, about ${formatCount(days)} ${days === 1 ? 'day' : 'days'} at this traffic). It finds a loss of ${formatPoints(detects).replace('+', '')} four times out of five.`,
  ]
}

function renderTarget(found: Tolerance, style: Style): string {
  const { target, route, page, metric } = found
  const { under_ms, why } = target!
  const sentence = (text: string) => wrap(style, plain(style, text))
  const next = nextSteps(found).map(command => paint(style, 'dim', plain(style, `→ ${command}`)))
  if (metric !== 'request') {
    const text = `A target for the page: ${formatDuration(under_ms)}, ${why}. That is ${MEASURED[metric]}, as the browser saw it: the targets in whyslow.yaml judge requests, which are only a part of it.`
    const log = '→ Log the referer, and the requests behind the page can be told'
    return [sentence(text), ...(next.length > 0 ? next : [paint(style, 'dim', plain(style, log))])].join('\n')
  }
  const line = `${JSON.stringify(route ?? `GET ${page}`)}: ${under_ms}ms`
  const text = `A target for the SLO: ${formatDuration(under_ms)}, ${why}. In whyslow.yaml, under targets.routes:`
  return [sentence(text), `  ${plain(style, line)}`, ...next].join('\n')
}

/** Of a page: how to see the requests behind it. */
function nextSteps({ target, route, metric }: Tolerance): string[] {
  const { under_ms, behind } = target!
  if (metric === 'request')
    return route === null ? [] : [`whyslow look ${quote(route)} --under ${under_ms}ms`]
  if (route !== null) return [`whyslow look ${quote(route)}`]
  return behind === null ? [] : [`whyslow overview --where ${quote(behind)}`]
}
