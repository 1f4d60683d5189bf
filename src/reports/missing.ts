/** What never finished, whose it is, and what the quantiles may be because of it; the conclusion first. */
import type { Missing } from '../evidence/missing.js'
import type { MissingKind, MissingQuantile, Reason } from '../evidence/missing-kind.js'
import { formatCount, formatDuration, formatShare, formatShareRange } from '../units.js'
import { KIND_NAMES, renderMissingRoutes, renderMissingWho } from './missing-who.js'
import { type Paint, paint, plain, type Style, wrap } from './style.js'
import { type Cell, renderTable } from './table.js'
import { formatPeriod } from './times.js'

export interface MissingWords {
  /** What it is about. */
  title: string
}

const REASONS: Record<Reason, string> = {
  timeout: 'timed out',
  aborted: 'aborted by the client',
  unmeasured: 'ended, without a time',
  no_answer: 'never answered',
  no_beacon: 'answered, and no beacon came',
  no_end: 'began, and no end was seen',
  no_span: 'no span came',
}

export function renderMissing(missing: Missing, style: Style, { title }: MissingWords): string {
  const heading = paint(style, 'bold', plain(style, title))
  const kinds = missing.kinds.filter(({ of }) => of > 0)
  const [first] = kinds
  const say = (text: string, how?: Paint) => {
    const wrapped = wrap(style, plain(style, text))
    return how === undefined ? wrapped : paint(style, how, wrapped)
  }
  if (first === undefined)
    return [`${heading}\nNo requests.`, ...describeCover(missing, style, say)].join('\n\n')
  const period = `${formatPeriod(missing.window)} · ${formatCount(first.of)} ${KIND_NAMES[first.kind]}`
  return [
    [heading, say(period), ...kinds.map(kind => say(concludeOn(kind)))].join('\n'),
    renderReasons(kinds, style),
    ...kinds.flatMap(kind => renderBounds(kind, style, say)),
    ...renderMissingWho(kinds, style),
    ...renderMissingRoutes(kinds, style),
    ...describeCover(missing, style, say),
  ].join('\n\n')
}

/** One sentence or two: how many are missing, and what that does to the 99th percentile. */
export function concludeOn(kind: MissingKind): string {
  const { kind: name, missing, share } = kind
  if (missing === 0) return NOTHING[name]
  return `${describeShare(kind)}${describeP99(kind)}`
    .replace(/^./, letter => letter.toUpperCase())
    .concat(share > 0 ? '.' : '')
}

const NOTHING = {
  requests: 'Every request finished and was measured: nothing is missing from their times.',
  pages: 'Every page view reported its end.',
  traces: 'Every trace that requests name is there and ended.',
}

function describeShare({ kind, of, missing, reasons }: MissingKind): string {
  const few = `(${formatCount(missing)} of ${formatCount(of)})`
  if (kind === 'pages') return `${formatShare(missing / of)} of the page views never reported an end ${few}`
  if (kind === 'traces') return `${formatShare(missing / of)} of the traces never came or never ended ${few}`
  const unmeasured = reasons.find(({ reason }) => reason === 'unmeasured')?.count ?? 0
  if (missing === unmeasured)
    return `${formatShare(missing / of)} of the requests have no time in the log ${few}`
  const never = `${formatShare((missing - unmeasured) / of)} of the requests never finished`
  return unmeasured === 0
    ? `${never} ${few}`
    : `${never}, and ${formatShare(unmeasured / of)} have no time in the log ${few}`
}

function describeP99({ quantiles, last_ms }: MissingKind): string {
  const p99 = quantiles.at(-1)
  if (p99 === undefined || p99.naive_ms === null || last_ms === null) return ''
  const [best, worst] = [atBest(p99), later(p99.worst_ms, p99, last_ms)]
  const measured = formatDuration(p99.naive_ms)
  if (best === worst) return `; p99 is ${best} whatever became of them`
  return `: because of them p99 is ${best} at best and ${worst} at worst, ${measured} as measured`
}

/** Past the last that finished, and never before what is known at best. */
function later(ms: number | null, { best_ms }: MissingQuantile, last_ms: number): string {
  return ms !== null ? formatDuration(ms) : `over ${formatDuration(Math.max(last_ms, best_ms ?? 0))}`
}

/** 0 says that nothing is known. */
function atBest({ best_ms }: Pick<MissingQuantile, 'best_ms'>): string {
  return formatDuration(best_ms === 0 ? null : best_ms)
}

function renderReasons(kinds: readonly MissingKind[], style: Style): string {
  const rows = kinds.flatMap((kind): Cell[][] => [
    [
      KIND_NAMES[kind.kind],
      formatCount(kind.missing),
      formatShare(kind.share),
      kind.interval === null ? '–' : formatShareRange(kind.interval),
      '',
    ],
    ...kind.reasons.map(({ reason, count, watched_ms }): Cell[] => [
      { text: `  ${REASONS[reason]}`, paint: 'dim' },
      formatCount(count),
      formatShare(count / kind.of),
      '',
      watched_ms === null ? '' : `${formatDuration(watched_ms.p50)}, p90 ${formatDuration(watched_ms.p90)}`,
    ]),
  ])
  const table = renderTable(
    [
      { header: 'missing', shrinkTo: 20 },
      { header: 'count', align: 'right' },
      { header: 'share', align: 'right' },
      { header: '95% interval', align: 'right', drop: 2 },
      { header: 'watched for (median)', drop: 1 },
    ],
    rows,
    style,
  )
  const also = kinds.flatMap(kind => kind.also.map(({ what, count }) => ALSO[what](count)))
  return [table, ...also.map(text => paint(style, 'dim', wrap(style, plain(style, text))))].join('\n')
}

const ALSO: Record<MissingKind['also'][number]['what'], (count: number) => string> = {
  no_start: count =>
    `Of ${countOf(count, 'page view')} only the end was seen, so beacons do get lost: not all that is missing never ended.`,
  no_request: count =>
    `On these paths, ${countOf(count, 'more page')} ${count === 1 ? 'has' : 'have'} no request in the log: from a cache, or lines are missing.`,
  alone: count =>
    `Of ${countOf(count, 'page view')} the log has no request of ${count === 1 ? 'its' : 'their'} path: counted by beacons alone, so without those that never reported at all.`,
  uncounted: count =>
    `Not counted: ${countOf(count, 'page view')} of paths that the log has requests of, too few of which have a beacon in the time that both cover.`,
  went_on: count =>
    `${countOf(count, 'request')} without an answer in the log, of which the trace ended: the work went on after nobody waited for it.`,
}

function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${Math.round(count) === 1 ? '' : 's'}`
}

function renderBounds(kind: MissingKind, style: Style, say: (text: string, how?: Paint) => string): string[] {
  const { quantiles, last_ms, under } = kind
  if (kind.missing === 0 || last_ms === null) return []
  const estimated = quantiles.some(({ estimate_ms }) => estimate_ms !== null)
  const rows = quantiles.map((row): Cell[] => [
    `p${Math.round(row.q * 100)}`,
    formatDuration(row.naive_ms),
    ...(estimated ? [later(row.estimate_ms, row, last_ms)] : []),
    atBest(row),
    { text: later(row.worst_ms, row, last_ms), paint: isWide(row) ? 'red' : undefined },
  ])
  if (under !== null) {
    const { naive, best, worst } = under
    rows.push([
      `under ${formatDuration(under.under_ms)}`,
      formatShare(naive),
      ...(estimated ? [''] : []),
      formatShare(best),
      formatShare(worst),
    ])
  }
  const right = { align: 'right' as const }
  const table = renderTable(
    [
      { header: '' },
      { header: 'measured', ...right },
      ...(estimated ? [{ header: 'estimated', ...right }] : []),
      { header: 'at best', ...right },
      { header: 'at worst', ...right },
    ],
    rows,
    style,
  )
  const title = `${paint(style, 'bold', TITLES[kind.kind])}  ${paint(style, 'dim', MEASURES[kind.measure] ?? kind.measure)}`
  const note = kind.kind === 'requests' ? [say(EXPLAIN, 'dim')] : []
  return [[title, table, ...note].join('\n')]
}

const TITLES = { requests: 'Requests', pages: 'Page views', traces: 'Traces' }

const MEASURES: Record<string, string> = {
  duration_ms: 'how long they took',
  load_ms: 'until loaded',
  lcp_ms: 'until the largest part was shown',
  dom_ready_ms: 'until the document was ready',
  fcp_ms: 'until something was shown',
  ttfb_ms: 'until the first byte',
}

const EXPLAIN =
  'at best: all that is missing had been about to end when it was last seen; at worst: none of it ever would have. Whatever the reason, the quantile of these requests lies between the two. estimated: as if what was given up would have gone on like the rest (Kaplan–Meier, each route by itself). over: past the slowest that finished, and past the time at best.'

/** At worst half as long again as measured, or never. */
function isWide({ naive_ms, worst_ms }: MissingQuantile): boolean {
  return naive_ms !== null && (worst_ms === null || worst_ms > 1.5 * naive_ms)
}

function isAlone({ also, of }: MissingKind): boolean {
  return also.some(({ what, count }) => what === 'alone' && count >= of)
}

function describeCover(missing: Missing, style: Style, say: (text: string, how?: Paint) => string): string[] {
  const compared = missing.kinds
    .filter(kind => kind.kind !== 'requests' && !isAlone(kind))
    .map(({ kind, covers }) => {
      const days =
        covers.daysLeftOut === 0
          ? ''
          : `, without ${covers.daysLeftOut === 1 ? '1 day' : `${covers.daysLeftOut} days`} of which only one of the two has data`
      const [name, others] = kind === 'pages' ? ['Page views', 'beacons'] : ['Traces', 'spans']
      return `${name} are compared over the time that requests and ${others} both cover: ${formatPeriod(covers)}${days}.`
    })
  const absent = missing.absent.map(({ reason, next }) =>
    [say(reason), paint(style, 'dim', wrap(style, plain(style, `→ ${next}`), '  '))].join('\n'),
  )
  const lines = [...compared.map(text => say(text, 'dim')), ...absent]
  return lines.length === 0 ? [] : [lines.join('\n')]
}
