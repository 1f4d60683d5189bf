/** What a profile says: hottest functions, groups, heaviest path, flame graph, and what to look at next. */
import type { Advice } from '../profilers/advise.js'
import type { Profile, ProfileUnit } from '../profilers/profile.js'
import type { FunctionShare, ProfileSummary } from '../profilers/summary.js'
import { formatAmount, formatCount, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { renderFlame } from './flame-terminal.js'
import { renderHotFunctions, showPlace } from './hot-functions.js'
import { describeActive, describeOrigin, type ProfileOrigin, titleProfile } from './profile-words.js'
import { fitCharset, paint, type Style, wrap } from './style.js'
import { type Cell, renderTable } from './table.js'

export interface ProfileReport {
  profiles: (ProfileOrigin & { file: string })[]
  merged: Profile
  summary: ProfileSummary
  functions: FunctionShare[]
  /** Functions beyond those. */
  more: number
  requests: number | null
  advice: Advice[]
}

const MOST_GROUPS = 8
/** Of a longer path, the calls in the middle are left out. */
const PATH_HEAD = 3
const PATH_TAIL = 9

/** `show` shortens a path for this terminal. */
export function renderProfile(report: ProfileReport, show: (file: string) => string, style: Style): string {
  const flame = renderFlame(report.summary.flame, style)
  const parts = [renderHead(report, show, style), ...renderTables(report, show, style)]
  const rest = [
    ...section('Flame graph', flame, style),
    ...section('What to look at next', renderAdvice(report.advice, style), style),
  ]
  // The flame graph has the charset fitted already, and its boxes would be spoilt by doing it again.
  return [fitCharset(style, parts.join('\n\n')), ...rest].join('\n\n')
}

/** What is hot, without the flame graph: functions, groups, the heaviest path, and what to look at next. */
export function renderHottest(
  report: Omit<ProfileReport, 'merged'>,
  show: (file: string) => string,
  style: Style,
): string {
  const advice = section('What to look at next', renderAdvice(report.advice, style), style)
  return fitCharset(style, [...renderTables(report, show, style), ...advice].join('\n\n'))
}

function renderTables(
  report: Omit<ProfileReport, 'merged'>,
  show: (file: string) => string,
  style: Style,
): string[] {
  return [
    ...section('Hottest functions', renderFunctions(report, show, style), style),
    ...section('By group', renderGroups(report.summary, style), style),
    ...section('Heaviest path', renderPath(report.summary, show, style), style),
  ]
}

function section(title: string, text: string, style: Style): string[] {
  return text === '' ? [] : [`${paint(style, 'bold', title)}\n${text}`]
}

function renderHead(
  { profiles, merged, summary, requests }: ProfileReport,
  show: (file: string) => string,
  style: Style,
): string {
  const describe = (one: ProfileOrigin): string => `${titleProfile(one)}, ${describeOrigin(one)}`
  const lines = profiles.map(one => `${show(one.file)}: ${describe(one)}`)
  if (profiles.length > 1) lines.push(`Together: ${profiles.length} profiles, ${describeOrigin(merged)}`)
  const active = describeActive(summary.unit, summary.active, summary.idle)
  const per = requests === null ? '' : ` ${formatCount(requests)} requests.`
  return [...lines, active + per].map(line => wrap(style, escapeTerminal(line), '  ')).join('\n')
}

function renderFunctions(
  { summary, functions, more, requests }: Omit<ProfileReport, 'merged'>,
  show: (file: string) => string,
  style: Style,
): string {
  if (functions.length === 0) return ''
  const format = (amount: number): string => formatAmount(amount, summary.unit)
  const last = requests !== null && {
    column: { header: 'self per\nrequest', align: 'right' as const },
    cell: (one: { self: number }) => format(one.self / requests),
  }
  const table = renderHotFunctions(
    functions,
    { whole: summary.active, share: nameWhole(summary.unit), format, ...(last && { last }) },
    show,
    style,
  )
  return more === 0
    ? table
    : `${table}\n${paint(style, 'dim', `${formatCount(more)} more: --limit ${functions.length + more}`)}`
}

function renderGroups({ groups, unit }: ProfileSummary, style: Style): string {
  if (groups.length === 0) return ''
  const rest = groups.slice(MOST_GROUPS)
  const sum = (key: 'self' | 'share'): number => rest.reduce((total, one) => total + one[key], 0)
  const others = { group: `${formatCount(rest.length)} others`, self: sum('self'), share: sum('share') }
  const shown = [...groups.slice(0, MOST_GROUPS), ...(rest.length === 0 ? [] : [others])]
  return renderTable(
    [{ header: 'group' }, { header: 'self', align: 'right' }, { header: nameWhole(unit), align: 'right' }],
    shown.map(({ group, self, share }) => [group, formatAmount(self, unit), formatShare(share)]),
    style,
  )
}

function renderPath(
  { heaviestPath, unit }: ProfileSummary,
  show: (file: string) => string,
  style: Style,
): string {
  if (heaviestPath.length === 0) return ''
  const row = (one: FunctionShare): Cell[] => [
    one.function,
    showPlace(one, show),
    formatAmount(one.total, unit),
    formatShare(one.share),
  ]
  const left = heaviestPath.length - PATH_HEAD - PATH_TAIL
  const rows =
    left < 2
      ? heaviestPath.map(row)
      : [
          ...heaviestPath.slice(0, PATH_HEAD).map(row),
          [{ text: `… ${formatCount(left)} more calls …`, paint: 'dim' as const }, '', '', ''],
          ...heaviestPath.slice(-PATH_TAIL).map(row),
        ]
  return renderTable(
    [
      { header: 'function', shrinkTo: 16 },
      { header: 'where', shrinkTo: 14, drop: 1, cut: 'start' },
      { header: 'total', align: 'right' },
      { header: nameWhole(unit), align: 'right' },
    ],
    rows,
    style,
  )
}

function renderAdvice(advice: Advice[], style: Style): string {
  const narrower = { ...style, width: style.width - 2 }
  const lines = advice.flatMap(({ message, next }) => [
    wrap(style, escapeTerminal(message)),
    paint(style, 'dim', wrap(narrower, `→ ${escapeTerminal(next)}`, '  ').replaceAll(/^/gm, '  ')),
  ])
  return fitCharset(style, lines.join('\n'))
}

function nameWhole(unit: ProfileUnit): string {
  return unit === 'bytes' ? 'of all' : 'of active'
}
