/** A change that was thought through, as text: what it buys, for whom, and what has to be true. */
import type { SpanSlack } from '../evidence/whatif/change.js'
import type { DescribedCrossing } from '../evidence/whatif/describe-crossing.js'
import type { SpanGains } from '../evidence/whatif/predict-on-traces.js'
import { formatCount, formatDuration, formatPoints, formatShare } from '../units.js'
import { renderOverlaid } from './overlaid.js'
import { describePredictedShares } from './prediction-words.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { type Column, renderTable } from './table.js'

/** What its text shows of a prediction. */
export interface ShownWhatIf extends DescribedCrossing {
  /** The change in words. */
  what: string
  under_ms: number
  /** Shares of good requests, with 95% of the one after. */
  under: { before: number; after: number; interval: [number, number] | null }
  change: { value: number; interval: [number, number] | null }
  slack: SpanSlack[]
  assumptions: string[]
  /** That count; and those of them that too little is known of, so that they stay as they are. */
  requests: number
  unchanged: number
  histogram: { edges_ms: number[]; before: number[]; after: number[] } | null
  /** Its id in the story; null where it wasn't written down. */
  prediction: string | null
  story: string | null
}

export interface WhatIfWords {
  title: string
  /** What decided on the target: `of the route`. */
  targetFrom: string
  currency: string
  /** The story that it was written into; null where it wasn't. */
  file: string | null
}

export function renderWhatIf(result: ShownWhatIf, style: Style, words: WhatIfWords): string {
  const say = (text: string) => wrap(style, plain(style, text))
  const sections = [
    [
      paint(style, 'bold', wrap(style, plain(style, `${words.title}: with ${result.what}`))),
      paint(style, result.change.value > 0 ? 'green' : 'yellow', say(describeShares(result))),
      say(describeBasis(result, words.targetFrom)),
    ].join('\n'),
    result.histogram === null ? '' : renderOverlaid(result.histogram, result.under_ms, style),
    [...describeCustomers(result, words.currency), ...describeWho(result)].map(say).join('\n'),
    renderSlack(result.slack, style),
    [
      `${paint(style, 'bold', 'Assumed')}`,
      ...result.assumptions.map(
        text => `  - ${wrap({ ...style, width: style.width - 4 }, plain(style, text), '    ')}`,
      ),
    ].join('\n'),
    say(describeSaved(result, words.file)),
  ]
  return fitCharset(style, sections.filter(text => text !== '').join('\n\n'))
}

function describeShares({ under, under_ms, change: { value, interval } }: ShownWhatIf): string {
  const shares = describePredictedShares(under, formatDuration(under_ms))
  if (Math.abs(value) < 1e-9) return `${shares}. Nothing changes.`
  const range =
    interval === null ? '' : ` (95%: ${formatPoints(interval[0])} to ${formatPoints(interval[1])})`
  return `${shares}. That is ${formatPoints(value)}${range}.`
}

function describeBasis({ requests, unchanged, under_ms }: ShownWhatIf, targetFrom: string): string {
  const kept = unchanged === 0 ? '' : `, of which ${formatCount(unchanged)} stay as they are for lack of data`
  return `Of ${formatCount(requests)} requests that count${kept}. ${formatDuration(under_ms)} is the target ${targetFrom}.`
}

function describeCustomers(
  { customers, untold, revenue, under_ms }: ShownWhatIf,
  currency: string,
): string[] {
  if (customers === null) return untold === null ? [] : [untold]
  const { cross, interval, of, unit, before, after } = customers
  const range = interval === null ? '' : ` (95%: ${formatCount(interval[0])} to ${formatCount(interval[1])})`
  const line = `${capitalise(unit)}s who cross: ${formatCount(cross)} of ${formatCount(of)}${range}. With three of four of their own requests under ${formatDuration(under_ms)}: ${formatCount(before)} → ${formatCount(after)} ${unit}s.`
  if (revenue === null)
    return unit === 'customer'
      ? [line, 'What they pay isn’t known: no account of theirs has a price.']
      : [line]
  if (cross < 0.5) return [line]
  const priced =
    revenue.customers < cross - 0.5 ? `, as far as known: ${formatCount(revenue.customers)} have a price` : ''
  return [line, `They pay ${currency} ${formatCount(revenue.monthly)} a month${priced}.`]
}

function describeWho({ who, customers }: ShownWhatIf): string[] {
  if (who === null || customers === null || who.gain === 0) return []
  const noun = `${customers.unit}s`
  const half = `${formatCount(who.half)} of the ${formatCount(who.gain)} ${noun} who gain hold half of the requests that become good`
  const all = `half of all requests are of ${formatCount(who.halfOfAll)}`
  const spread =
    who.spread === 'few' ? `A few gain most: ${half}, while ${all}.` : `Spread over many: ${half}; ${all}.`
  const largest = who.largest.map(({ name, title, plan, share }) => {
    const facts = [title === null ? '' : name, plan ?? ''].filter(fact => fact !== '').join(', ')
    return `${title ?? name}${facts === '' ? '' : ` (${facts})`} ${formatShare(share)}`
  })
  return [`${spread} The most: ${largest.join(', ')}.`]
}

const SPAN_COLUMNS: readonly Column[] = [
  { header: 'span', shrinkTo: 20 },
  { header: 'takes', align: 'right' },
  { header: 'slack', align: 'right' },
  { header: 'on the path', align: 'right', drop: 2 },
]
const TRACES_COLUMN: Column = { header: 'traces', align: 'right', drop: 1 }

const SLACK_MEANS =
  'takes, slack: medians. Slack is how much longer a span could take before anybody waits longer; one with slack gains nothing by being faster.'

function spanCells({ span, duration_ms, slack_ms, onPath }: SpanSlack): string[] {
  return [span, formatDuration(duration_ms), formatDuration(slack_ms), formatShare(onPath)]
}

function renderSlack(slack: readonly SpanSlack[], style: Style): string {
  if (slack.length === 0) return ''
  const rows = slack.map(span => [...spanCells(span), formatCount(span.traces)])
  const table = renderTable([...SPAN_COLUMNS, TRACES_COLUMN], rows, style)
  return `${table}\n${dim(SLACK_MEANS, style)}`
}

function dim(text: string, style: Style): string {
  return paint(style, 'dim', wrap(style, plain(style, text)))
}

function describeSaved({ prediction, story }: ShownWhatIf, file: string | null): string {
  if (prediction !== null && file !== null) return `Written into ${file} as ${prediction}.`
  return story === null
    ? 'Nothing was written down: that takes a story. To have one: whyslow triage, or whyslow story new'
    : 'Nothing was written down (--no-save).'
}

function capitalise(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

interface ShownChanges {
  under_ms: number
  requests: number
  underShare: number | null
  peaks: { ms: number; share: number; most: number | null; command: string }[]
  parts: { part: string; share: number; known: number; most: number; command: string }[]
  slack: (SpanGains & { command: string })[]
}

const SPAN_COMMANDS_SHOWN = 3

/** What could be asked. */
export function renderPossibleChanges(
  { under_ms, requests, underShare, peaks, parts, slack }: ShownChanges,
  style: Style,
  { title, targetFrom, example }: { title: string; targetFrom: string; example: string },
): string {
  const heading = paint(style, 'bold', wrap(style, plain(style, title)))
  if (requests === 0) return `${heading}\nNo requests.`
  const now = `${formatShare(underShare)} of ${formatCount(requests)} requests are under ${formatDuration(under_ms)} (the target ${targetFrom}). What would change that?`
  // Without its fastest requests a route is no better: nobody asks for that.
  const slowPeaks = peaks.filter(({ most }) => most !== null && most > (underShare ?? 0))
  const rows = [
    ...slowPeaks.map(({ ms, share, most }) => [
      `no peak at ${formatDuration(ms)}`,
      `${formatShare(share)} of the answers`,
      formatShare(most),
    ]),
    ...parts.map(({ part, share, known, most }) => [
      `${part} taking no time`,
      `${formatShare(share)} of the time${known < 0.9995 ? ` (known of ${formatShare(known)})` : ''}`,
      formatShare(most),
    ]),
  ]
  const table =
    rows.length === 0
      ? wrap(style, 'No peak is slow by itself, and the log knows no part of a request’s time.')
      : renderTable(
          [
            { header: 'with', shrinkTo: 20 },
            { header: 'which is', shrinkTo: 20 },
            { header: `under ${formatDuration(under_ms)}`, align: 'right' },
          ],
          rows,
          style,
        )
  const commands = [...slowPeaks, ...parts.filter(({ most }) => most > (underShare ?? 0))].map(
    ({ command }) => command,
  )
  const gainOf = ({ freeGain, parallelGain }: SpanGains) => Math.max(freeGain, parallelGain ?? 0)
  const spans = slack
    .filter(span => gainOf(span) > 0)
    .sort((a, b) => gainOf(b) - gainOf(a))
    .slice(0, SPAN_COMMANDS_SHOWN)
  const lines = [...commands, ...spans.map(({ command }) => command), example].map(
    command => `  ${plain(style, command)}`,
  )
  const sections = [
    `${heading}\n${wrap(style, plain(style, now))}`,
    table,
    renderGains(slack, style),
    `${paint(style, 'bold', 'In full')}\n${lines.join('\n')}`,
  ]
  return fitCharset(style, sections.filter(text => text !== '').join('\n\n'))
}

function renderGains(spans: readonly SpanGains[], style: Style): string {
  if (spans.length === 0) return ''
  const table = renderTable(
    [
      ...SPAN_COLUMNS,
      { header: 'free', align: 'right' },
      { header: 'side by side', align: 'right' },
      TRACES_COLUMN,
    ],
    spans.map(span => [
      ...spanCells(span),
      formatPoints(span.freeGain),
      span.parallelGain === null ? '–' : formatPoints(span.parallelGain),
      formatCount(span.traces),
    ]),
    style,
  )
  const means =
    'free, side by side: what the share of the requests with traces gains if these spans took no time, or if those that run one after another ran together.'
  return `${table}\n${dim(`${means} ${SLACK_MEANS}`, style)}`
}
