/** What slow requests have in common as text: the causes that were confirmed, and how to test the best one. */
import type { Cause, Explanation, SlowSetBy } from '../evidence/explain.js'
import { quote } from '../stories/describe-evidence.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'

export interface ExplainOptions {
  title: string
  /** For the commands that come next; null where there is none. */
  story: string | null
  route: string | null
  timezone: string
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
  { title, story, route, timezone }: ExplainOptions,
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
    sections.push(`${section('Stood out, but was not confirmed', style)}\n${renderCauses(others, style)}`)
  if (explanation.tried > 0)
    sections.push(paint(style, 'dim', wrap(style, plain(style, describeMethod(explanation, timezone)))))
  if (confirmed.length > 0) sections.push(renderNext(confirmed[0]!, style, { story, route, title }))
  else if (explanation.tried > 0) sections.push(renderOtherWays(style, { story, route, title }))
  return fitCharset(style, sections.join('\n\n'))
}

export function describeSlow({ requests, slow, slowOver_ms, slowSetBy }: Explanation): string {
  if (requests === 0) return 'No requests.'
  const limit = `${formatDuration(slowOver_ms)} or more, or failed (${SET_BY[slowSetBy]})`
  if (slow === 0) return `None of ${formatCount(requests)} requests is slow: ${limit}.`
  return `${formatCount(slow)} of ${formatCount(requests)} requests are slow (${formatShare(slow / requests)}): ${limit}`
}

export function describeNothing({ tried, slow }: Explanation): string {
  if (tried === 0) return 'Nothing could be tried.'
  return `Nothing. The ${formatCount(slow)} slow requests have nothing in common that chance would not give them, in what is known of them.`
}

const INDENT = '   '

/** Not a table: a condition has to be read to its end. */
function renderCauses(causes: readonly Cause[], style: Style): string {
  return causes.map((cause, i) => renderCause(cause, i + 1, style)).join('\n')
}

function renderCause(cause: Cause, place: number, style: Style): string {
  const { where, covers, slow, requests, riskRatio, interval, q, sameAs } = cause
  const range = interval === null ? '' : ` (${formatRatio(interval[0])} to ${formatRatio(interval[1])})`
  const figures = [
    riskRatio === null
      ? 'nothing else is slow'
      : `${formatRatio(riskRatio)} times as likely to be slow${range}`,
    `${formatShare(covers)} of the slow ones`,
    `${formatCount(slow)} of its ${formatCount(requests)} requests are slow`,
    ...(q === null ? [] : [`q ${formatQ(q)}`]),
  ]
  const indented = { ...style, width: style.width - INDENT.length }
  const same = sameAs.map(other => `nearly the same requests: ${other}`)
  const head = wrap(style, `${place}. ${plain(style, where)}`, INDENT)
  const lines = [figures.join(' · '), ...same].map(line =>
    wrap(indented, plain(style, line)).replace(/^/gm, INDENT),
  )
  return [
    paint(style, 'bold', head),
    lines[0]!,
    ...lines.slice(1).map(line => paint(style, 'dim', line)),
  ].join('\n')
}

/** With `null` for one without bound. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return 'any number'
  return ratio < 99.5 ? ratio.toPrecision(2) : formatCount(ratio)
}

function formatQ(q: number): string {
  return q < 0.001 ? '<0.001' : q.toFixed(3)
}

export function describeMethod({ tried, tested, unit, causes }: Explanation, timezone: string): string {
  const stood = tested === 1 ? 'the one that stood out was' : `the ${formatCount(tested)} that stood out were`
  const tests = tested === 0 ? 'none stood out' : `${stood} tested on the other half`
  const parts = [`${formatCount(tried)} conditions were looked at on half of the ${unit}s, and ${tests}.`]
  if (causes.some(({ where }) => /\b(hour|isodow)\(/.test(where)))
    parts.push(`Hours and weekdays are in ${timezone}.`)
  const untold = causes.find(({ reason }) => reason !== null)?.reason
  if (untold) parts.push(untold)
  if (causes.length < tested) parts.push('With those that were not confirmed: --all.')
  return parts.join(' ')
}

/** A side by side comparison: with the condition, fewer requests are predicted to be good. */
function renderNext(
  { where }: Cause,
  style: Style,
  { story, route, title }: Omit<ExplainOptions, 'timezone'>,
): string {
  const arms = `--where-before ${quote(`NOT (${where})`)} --where-after ${quote(where)} --direction down`
  const command = `whyslow hypothesis new ${story ?? 'STORY'} --claim ${quote(`slow where ${where}`)} ${arms}`
  const intro = 'In common is not yet the cause. What would test the first:'
  return renderCommands(style, intro, [...beginStory({ story, route, title }), command])
}

/** What may tell more where the log tells nothing. */
function renderOtherWays(
  style: Style,
  { story, route, title }: Pick<ExplainOptions, 'story' | 'route' | 'title'>,
): string {
  const intro =
    'What may tell more: which part of a request takes the time, by its spans where there are traces; or a timebox with a profiler.'
  return renderCommands(style, intro, [
    `whyslow whatif ${story ?? quote(route ?? title)}`,
    ...beginStory({ story, route, title }),
    `whyslow timebox start ${story ?? 'STORY'}`,
  ])
}

function beginStory({ story, route, title }: Pick<ExplainOptions, 'story' | 'route' | 'title'>): string[] {
  if (story !== null) return []
  return [`whyslow story new --title ${quote(`${title} is slow`)} --about ${quote(route ?? title)}`]
}

function renderCommands(style: Style, intro: string, commands: readonly string[]): string {
  return `${wrap(style, intro)}\n${commands.map(command => `  ${plain(style, command)}`).join('\n')}`
}

function section(name: string, style: Style): string {
  return paint(style, 'bold', name)
}
