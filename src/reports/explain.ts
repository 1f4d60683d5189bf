/** What slow requests have in common as text: the causes that were confirmed, and how to test the best one. */
import type { Cause, Explanation, SlowSetBy } from '../evidence/explain.js'
import { quote } from '../stories/describe-evidence.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { type Cell, renderTable } from './table.js'

export interface ExplainOptions {
  title: string
  /** For the commands that come next; null where there is none. */
  story: string | null
  route: string | null
}

const SET_BY: Record<SlowSetBy, string> = {
  'asked for': 'as asked for',
  story: 'the target of the story',
  route: 'the target of the route',
  workbook: 'the target of the workbook',
  p90: 'the 90th percentile of the answers',
}

export function renderExplanation(
  explanation: Explanation,
  style: Style,
  { title, story, route }: ExplainOptions,
): string {
  const heading = paint(style, 'bold', plain(style, title))
  const head = `${heading}\n${wrap(style, plain(style, describeSlow(explanation)))}`
  const confirmed = explanation.causes.filter(cause => cause.confirmed)
  const others = explanation.causes.filter(cause => !cause.confirmed)
  const sections = [head]
  if (explanation.slow === 0) return fitCharset(style, head)
  sections.push(
    confirmed.length > 0
      ? `${section('What the slow ones have in common', style)}\n${renderCauses(confirmed, style)}`
      : wrap(style, describeNothing(explanation)),
  )
  if (others.length > 0)
    sections.push(`${section('Looked alike, but not confirmed', style)}\n${renderCauses(others, style)}`)
  if (explanation.tried > 0)
    sections.push(paint(style, 'dim', wrap(style, plain(style, describeMethod(explanation)))))
  if (confirmed.length > 0) sections.push(renderNext(confirmed[0]!, style, { story, route, title }))
  return fitCharset(style, sections.join('\n\n'))
}

function describeSlow({ requests, slow, slowOver_ms, slowSetBy }: Explanation): string {
  if (requests === 0) return 'No requests.'
  const limit = `${formatDuration(slowOver_ms)} or more, or failed (${SET_BY[slowSetBy]})`
  if (slow === 0) return `None of ${formatCount(requests)} requests is slow: ${limit}.`
  return `${formatCount(slow)} of ${formatCount(requests)} requests are slow (${formatShare(slow / requests)}): ${limit}`
}

function describeNothing({ tried, slow }: Explanation): string {
  if (tried === 0) return 'Nothing could be tried.'
  return `Nothing. The ${formatCount(slow)} slow requests have nothing in common that chance would not give them, in what the log says of them.`
}

function renderCauses(causes: readonly Cause[], style: Style): string {
  const rows = causes.flatMap((cause): Cell[][] => [
    [
      cause.where,
      formatRatio(cause.riskRatio),
      formatInterval(cause.interval),
      formatShare(cause.covers),
      formatCount(cause.slow),
      formatCount(cause.requests),
      formatQ(cause.q),
    ],
    ...cause.sameAs.map((where): Cell[] => [{ text: `  same requests: ${where}`, paint: 'dim' }]),
  ])
  return renderTable(
    [
      { header: 'where', shrinkTo: 24 },
      { header: 'times\nas likely', name: 'times as likely', align: 'right' },
      { header: 'interval', align: 'right', drop: 3 },
      { header: 'of the\nslow ones', name: 'of the slow ones', align: 'right' },
      { header: 'slow', align: 'right', drop: 2 },
      { header: 'requests', align: 'right', drop: 1 },
      { header: 'q', align: 'right', drop: 4 },
    ],
    rows,
    style,
  )
}

function formatRatio(ratio: number | null): string {
  return ratio === null ? '∞' : `${ratio.toPrecision(ratio < 10 ? 2 : 3)}×`
}

function formatInterval(interval: Cause['interval']): string {
  if (interval === null) return '–'
  const [low, high] = interval
  return `${formatRatio(low)} to ${formatRatio(high)}`
}

function formatQ(q: number | null): string {
  if (q === null) return '–'
  return q < 0.001 ? '<0.001' : q.toFixed(3)
}

function describeMethod({ tried, tested, unit, causes }: Explanation): string {
  const stood = tested === 1 ? 'the one that stood out was' : `the ${formatCount(tested)} that stood out were`
  const tests = tested === 0 ? 'none stood out' : `${stood} tested on the other half`
  const parts = [`${formatCount(tried)} conditions were looked at on half of the ${unit}s, and ${tests}.`]
  const untold = causes.find(({ reason }) => reason !== null)?.reason
  if (untold) parts.push(untold)
  if (causes.length < tested) parts.push('With those that were not confirmed: --all.')
  return parts.join(' ')
}

/** A side by side comparison: with the condition, fewer requests are predicted to be good. */
function renderNext({ where }: Cause, style: Style, { story, route, title }: ExplainOptions): string {
  const arms = `--where-before ${quote(`NOT (${where})`)} --where-after ${quote(where)} --direction down`
  const command = `whyslow hypothesis new ${story ?? 'STORY'} --claim ${quote(`slow where ${where}`)} ${arms}`
  const first =
    story === null
      ? [`whyslow story new --title ${quote(`${title} is slow`)} --about ${quote(route ?? title)}`]
      : []
  const lines = [...first, command].map(line => `  ${plain(style, line)}`)
  const intro = 'In common is not yet the cause. What would test the first:'
  return `${wrap(style, intro)}\n${lines.join('\n')}`
}

function section(name: string, style: Style): string {
  return paint(style, 'bold', name)
}
