/** A watch as it goes on: a block that is drawn anew after each look, one line a look for logs, and how it ended. */
import type { Overview } from '../evidence/overview.js'
import type { SlowTime } from '../evidence/slow-time.js'
import type { ArmsComparison } from '../experiments/compare-arms.js'
import { formatCount, formatDuration, formatPoints, formatPromise, formatShare } from '../units.js'
import { renderArms } from './comparison.js'
import { escapeTerminal } from './escape.js'
import { renderTest } from './hypothesis-test.js'
import { type OverviewOptions, renderOverview } from './overview.js'
import { fitCharset, paint, type Style, wrap } from './style.js'
import { formatRound } from './times.js'

export interface ShownWatch extends ArmsComparison {
  story: string
  hypothesis: string
  claim: string
  judged: string
  registered: string
  looks: number
  sequence: { interval: readonly [number, number] | null }
  underSetBy?: string
  slowTime: SlowTime | null
}

export interface WatchState {
  /** UTC, of the last look. */
  at: Date
  interval_ms: number
  /** Milliseconds until it ends by itself; null for never. */
  left_ms: number | null
  files: readonly string[]
}

/** What the last looks said, the newest last. */
export interface PastLook {
  looks: number
  value: number | null
  interval: readonly [number, number] | null
}

const PAST_SHOWN = 8
const MISSED_SHOWN = 3

export function renderWatch(
  watch: ShownWatch,
  past: readonly PastLook[],
  state: WatchState,
  style: Style,
): string {
  const { story, hypothesis, claim, looks } = watch
  const head = wrap(
    style,
    paint(style, 'bold', escapeTerminal(`Watching ${hypothesis} of ${story}: ${claim}`)),
  )
  const source = state.files.length === 0 ? '' : ` Following ${state.files.map(escapeTerminal).join(', ')}.`
  const left = state.left_ms === null ? '' : ` Ends in ${formatDuration(state.left_ms)}.`
  const about = `${countLooks(looks)}, the last at ${clock(state.at)} UTC; looks every ${formatRound(state.interval_ms)} if data came.${source}${left} Ctrl-C ends.`
  const parts = [
    `${head}\n${paint(style, 'dim', wrap(style, about))}`,
    renderArms(watch, style),
    renderStrips(watch, past, style),
    wrap(style, escapeTerminal(describeState(watch))),
  ]
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}

/** For a log: when, how much there is, and what it says. */
export function renderLookLine(watch: ShownWatch, at: Date): string {
  const { before, after } = watch.arms
  const data = `${formatCount(before.requests)} + ${formatCount(after.requests)} requests of ${formatCount(before.clusters)} + ${formatCount(after.clusters)} ${watch.unit}s`
  return `${clock(at)} UTC, look ${formatCount(watch.looks)}: ${data}; ${describeState(watch)}`
}

/** The overview as it is now, with when that was. */
export function renderOverviewWatch(
  overview: Overview,
  { at, interval_ms, files }: Pick<WatchState, 'at' | 'interval_ms' | 'files'>,
  style: Style,
  options: OverviewOptions,
): string {
  const source = files.length === 0 ? '' : ` Following ${files.map(escapeTerminal).join(', ')}.`
  const about = `${clock(at)} UTC; looks every ${formatRound(interval_ms)} if data came.${source} Ctrl-C ends.`
  return `${fitCharset(style, paint(style, 'dim', wrap(style, about)))}\n${renderOverview(overview, style, options)}`
}

/** For a log: when, how much there is, and which of the routes miss the objective. */
export function renderOverviewLine(
  { requests, routes, others }: Overview,
  at: Date,
  { objective }: OverviewOptions,
): string {
  const missed = routes.filter(({ underShare }) => underShare !== null && underShare < objective)
  const named = missed.slice(0, MISSED_SHOWN).map(one => `${one.route} ${formatShare(one.underShare)}`)
  const more = missed.length > MISSED_SHOWN ? ` and ${formatCount(missed.length - MISSED_SHOWN)} more` : ''
  const below = `below the objective of ${formatPromise(objective)}`
  const isCut = others.routes > 0
  const shown = `of the ${routes.length === 1 ? '1 route' : `${formatCount(routes.length)} routes`} shown, `
  const said =
    missed.length === 0
      ? `${isCut ? 'none' : 'no route'} is ${below}`
      : `${below}: ${named.join(', ')}${more}`
  const count = requests === 1 ? '1 request' : `${formatCount(requests)} requests`
  return `${clock(at)} UTC: ${count}; ${isCut ? shown : ''}${said}`
}

/** The result, and what its interval is; `command` goes on with it. */
export function renderWatched(watch: ShownWatch, ended: string, style: Style): string {
  const how =
    watch.sequence.interval === null
      ? ''
      : `The interval holds over all looks (${formatCount(watch.looks)} so far): ending at a verdict doesn't weaken it. It is an asymptotic one, for many ${watch.unit}s.`
  const next = `whyslow hypothesis watch ${watch.story} --hypothesis ${watch.hypothesis}`
  const end =
    ended === 'judged'
      ? ''
      : ended === 'timeout'
        ? `Its time is over. It is filed as it stands; to go on: ${next}`
        : `Interrupted: no result is filed. To go on: ${next}`
  const notes = [how, end].filter(note => note !== '').map(note => wrap(style, note))
  return [renderTest(watch, style), ...notes.map(note => fitCharset(style, note))].join('\n\n')
}

function describeState({ judged, change, verdict, reason }: ShownWatch): string {
  const said = judged === 'cannot tell yet' ? verdict : judged
  if (change.value === null) return `${said}. ${reason ?? ''}`.trim()
  const range =
    change.interval === null
      ? `. ${reason ?? ''}`
      : ` (over all looks: ${formatPoints(change.interval[0])} to ${formatPoints(change.interval[1])})`
  return `${said}, ${formatPoints(change.value)}${range}`.trim()
}

/** Each look's interval on one scale that holds 0 and what is worth having. */
function renderStrips({ change }: ShownWatch, past: readonly PastLook[], style: Style): string {
  const shown = past.filter(({ interval }) => interval !== null).slice(-PAST_SHOWN)
  if (shown.length === 0) return ''
  const ends = shown.flatMap(({ interval }) => interval!)
  const low = Math.min(-change.smallest * 2, ...ends)
  const high = Math.max(change.smallest * 2, ...ends)
  const width = Math.max(20, Math.min(style.width - 30, 60))
  const place = (value: number) => Math.round(((value - low) / (high - low)) * (width - 1))
  const lines = shown.map(({ looks, value, interval }) => {
    const cells = Array.from({ length: width }, () => ' ')
    for (let i = place(interval![0]); i <= place(interval![1]); i += 1) cells[i] = '─'
    for (const edge of [-change.smallest, change.smallest]) cells[place(edge)] = '┊'
    cells[place(0)] = '│'
    if (value !== null) cells[place(value)] = '●'
    return `look ${String(looks).padStart(4)}  ${cells.join('')}  ${value === null ? '' : formatPoints(value)}`
  })
  const scale = `${formatPoints(low)} to ${formatPoints(high)}; │ no change, ┊ the smallest worth having`
  return [...lines, paint(style, 'dim', scale)].join('\n')
}

function countLooks(looks: number): string {
  return looks === 1 ? '1 look' : `${formatCount(looks)} looks`
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 19)
}
