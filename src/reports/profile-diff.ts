/** What changed between two sides of profiles: one sentence, what is beyond noise, what came and went, and what lies within noise. */
import type { FrameChange, ProfileDiff, TimeChange } from '../profilers/diff-profiles.js'
import { formatCount, formatDuration } from '../units.js'
import { escapeTerminal } from './escape.js'
import { fitCharset, paint, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'

export type ShownDiff = Pick<ProfileDiff, 'per' | 'captures' | 'active' | 'frames'>

/** `show` shortens a path for this terminal. `limit`: of rows within noise. */
export function renderProfileDiff(
  diff: ShownDiff,
  show: (file: string) => string,
  { style, limit }: { style: Style; limit: number },
): string {
  const { frames } = diff
  const own = frames.filter(({ significant }) => significant)
  const below = frames.filter(({ significant, total }) => !significant && total?.significant)
  const quiet = frames.filter(({ significant, total }) => !significant && !total?.significant)
  const rows = (list: FrameChange[], of: (one: FrameChange) => TimeChange) =>
    list.map(one => toRow(one, of(one), show))
  const parts = [
    wrap(style, escapeTerminal(describeDiff(diff))),
    paint(style, 'dim', wrap(style, describeSides(diff))),
    ...section(
      `Beyond noise, per ${diff.per}: the function itself`,
      rows(own, one => one),
      style,
    ),
    ...section(
      `Beyond noise, per ${diff.per}: with what it called`,
      rows(below, one => one.total!),
      style,
    ),
    ...renderQuiet(quiet, { diff, limit, show, style }),
  ]
  return fitCharset(style, parts.join('\n\n'))
}

/** The whole result in a sentence. Names are not escaped. */
export function describeDiff({ frames, per, active }: ShownDiff): string {
  const whole = `all together ${formatDuration(active.before_ms)} → ${formatDuration(active.after_ms)}`
  const own = frames.filter(({ significant }) => significant)
  const below = frames.filter(({ significant, total }) => !significant && total?.significant)
  const first = own[0] ?? below[0]
  if (!first)
    return `Nothing changed beyond noise, in ${formatCount(frames.length)} functions; ${whole} per ${per}.`
  const more = own.length + below.length - 1
  const name = own[0] ? first.function : `${first.function}, with what it called,`
  const change = describeChange(first, own[0] ? first : first.total!, per)
  const others =
    more === 0
      ? ''
      : ` ${formatCount(more)} more changed${own.length === 1 ? ' through what they call' : ''}.`
  return `${name} ${change}; ${whole}.${others}`
}

function describeChange(
  { only }: FrameChange,
  { before_ms, after_ms, change_ms, interval_ms }: TimeChange,
  per: string,
): string {
  if (only === 'before') return `is gone: it took ${formatDuration(before_ms)} per ${per}`
  if (only === 'after') return `is new: it takes ${formatDuration(after_ms)} per ${per}`
  const much = formatDuration(Math.abs(change_ms))
  const range =
    interval_ms === null ? '' : ` (${formatSigned(interval_ms[0])} to ${formatSigned(interval_ms[1])})`
  return `takes ${much} ${change_ms > 0 ? 'more' : 'less'} per ${per}: ${formatDuration(before_ms)} → ${formatDuration(after_ms)}${range}`
}

function describeSides({ captures: { before, after } }: ShownDiff): string {
  const describe = (side: ShownDiff['captures']['before']) => {
    const sum = (of: (one: (typeof side)[number]) => number) => side.reduce((all, one) => all + of(one), 0)
    const requests = side.every(one => one.requests !== null)
      ? `, ${formatCount(sum(one => one.requests!))} requests`
      : ''
    const count = side.length === 1 ? '' : `${side.length} captures, `
    return `${count}${formatDuration(sum(one => one.duration_ms))}, ${formatCount(sum(one => one.samples))} samples of work${requests}${describeSkipped(sum(one => one.skipped_ms))}`
  }
  return `Before: ${describe(before)}. After: ${describe(after)}.`
}

function describeSkipped(skipped_ms: number): string {
  return skipped_ms === 0 ? '' : `, ${formatDuration(skipped_ms)} of warming up left out`
}

function section(title: string, rows: Cell[][], style: Style): string[] {
  return rows.length === 0 ? [] : [`${paint(style, 'bold', title)}\n${renderTable(COLUMNS, rows, style)}`]
}

const COLUMNS: Column[] = [
  { header: 'function', shrinkTo: 14 },
  { header: 'where', shrinkTo: 12, drop: 1, cut: 'start' },
  { header: 'before', align: 'right' },
  { header: 'after', align: 'right' },
  { header: 'change', align: 'right' },
  { header: 'between', align: 'right', drop: 2, name: 'the interval of the change' },
]

function toRow(frame: FrameChange, change: TimeChange, show: (file: string) => string): Cell[] {
  const { file, line, only } = frame
  const how = change.significant
    ? change.change_ms > 0
      ? ('red' as const)
      : ('green' as const)
    : ('dim' as const)
  const signed = formatSigned(change.change_ms)
  const known = only === 'before' ? 'gone' : only === 'after' ? 'new' : signed
  const word = change.significant ? known : change.moved ? `moved ${signed}` : signed
  const cells = [
    frame.function || '(anonymous)',
    file === null ? '–' : `${show(file)}${line === null ? '' : `:${line}`}`,
    formatDuration(change.before_ms),
    formatDuration(change.after_ms),
    word,
    change.interval_ms === null
      ? 'can’t be told'
      : `${formatSigned(change.interval_ms[0])} to ${formatSigned(change.interval_ms[1])}`,
  ]
  return cells.map((text, column) => {
    if (how === 'dim') return { text, paint: how }
    return column === 4 ? { text, paint: how } : text
  })
}

function renderQuiet(
  quiet: readonly FrameChange[],
  {
    diff,
    limit,
    show,
    style,
  }: { diff: ShownDiff; limit: number; show: (file: string) => string; style: Style },
): string[] {
  const shown = quiet.filter(({ change_ms }) => change_ms !== 0).slice(0, limit)
  if (shown.length === 0) return []
  const rows = shown.map(one => toRow(one, one, show))
  const table = renderTable(COLUMNS, rows, style)
  const moved = shown.some(one => one.moved)
    ? `\n${paint(style, 'dim', wrap(style, 'moved: beyond noise, but its neighbours in the call tree changed the other way, as when a function is inlined into its caller.'))}`
    : ''
  const more = quiet.length - shown.length
  const rest =
    more === 0
      ? ''
      : `\n${paint(style, 'dim', `${formatCount(more)} more within noise: --limit ${quiet.length}`)}`
  return [
    `${paint(style, 'dim', `Within noise, per ${diff.per}: the largest differences`)}\n${table}${moved}${rest}`,
  ]
}

function formatSigned(ms: number): string {
  return ms > 0 ? `+${formatDuration(ms)}` : formatDuration(ms)
}
