/** A benchmark's history as text: first whether it got worse, then each change with its commits, then each metric from run to run. */
import type {
  BenchmarkHistory,
  ChangeState,
  HistoryChange,
  HistoryLevel,
  MetricHistory,
} from '../../experiments/benchmarks/history.js'
import { formatCount } from '../../units.js'
import { renderSparkline } from '../sparkline.js'
import { fitCharset, paint, plain, type Style, truncate, wrap } from '../style.js'
import { formatDay } from '../times.js'
import {
  describeCommits,
  describeMove,
  describeSizes,
  describeWhen,
  formatSmallest,
  shortSha,
} from './change-words.js'
import { formatMeasured } from './measured.js'

export function renderHistory(history: BenchmarkHistory, style: Style): string {
  const { runs, changes, metrics } = history
  const head = `${paint(style, 'bold', plain(style, history.scenario))}: ${plain(style, describeRuns(history))}`
  const parts = [
    `${wrap(style, head)}\n${paint(style, history.verdict === 'worse' ? 'red' : 'bold', wrap(style, plain(style, describeVerdict(history))))}`,
    ...(runs.length === 0 ? [] : changes.map(change => renderChange(change, history, style))),
    ...(runs.length === 0 ? [] : metrics.map(metric => renderMetric(metric, style))),
  ]
  return fitCharset(style, parts.join('\n\n'))
}

function describeRuns({ runs }: BenchmarkHistory): string {
  if (runs.length === 0) return 'no runs yet.'
  const days = [formatDay(runs[0]!.at), formatDay(runs.at(-1)!.at)]
  const when = days[0] === days[1] ? `on ${days[0]}` : `from ${days[0]} to ${days[1]}`
  return `${runs.length === 1 ? '1 run' : `${formatCount(runs.length)} runs`} ${when}`
}

/** What `--check` goes by, in words. */
export function describeVerdict({ verdict, changes, metrics, runs, fewest }: BenchmarkHistory): string {
  const fresh = changes.filter(({ state }) => state === 'new')
  const worse = fresh.filter(({ isWorse }) => isWorse).length
  const better = fresh.length - worse
  const also = better === 0 ? '' : `, and ${better} for the better`
  if (worse > 0) return `${count(worse, 'new change')} for the worse${also}.`
  if (verdict === 'cannot tell yet') {
    const short = metrics.filter(({ values }) => values.length < fewest).map(({ metric }) => metric)
    const least = Math.min(runs.length, ...metrics.map(({ values }) => values.length))
    return `Cannot tell yet: a change takes ${fewest} runs, and there ${least === 1 ? 'is 1' : `are ${least}`}${short.length === metrics.length ? '' : ` of ${short.join(', ')}`}.`
  }
  const open = changes.filter(({ state, isWorse }) => state === 'known' && isWorse).length
  const known =
    open === 0 ? '' : ` ${count(open, 'known change')} for the worse ${open === 1 ? 'is' : 'are'} undecided.`
  return better > 0
    ? `${count(better, 'new change')} for the better, none for the worse.${known}`
    : `No new change.${known}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

const STATES: Record<ChangeState, string> = {
  new: 'new',
  known: 'known',
  acknowledged: 'acknowledged',
  fixed: 'fixed',
  'wont-fix': 'won’t fix',
}
const MOST_COMMITS = 5

function renderChange(change: HistoryChange, history: BenchmarkHistory, style: Style): string {
  const { state, isWorse, title, id, reason, differs } = change
  const isOpen = state === 'new' || state === 'known'
  const colour = !isWorse ? 'green' : isOpen ? 'red' : 'dim'
  const first = `${isWorse ? 'Worse' : 'Better'} (${STATES[state]}): ${title} ${describeMove(change)} ${describeWhen(change)}`
  const line = (text: string) => wrap(style, plain(style, text), '  ')
  const other = differs.map(({ what, before, after }) =>
    before === '' ? `${what} (${after})` : `${what} (${before} → ${after})`,
  )
  return [
    paint(style, colour, line(first)),
    `  ${line(describeSizes(change))}`,
    ...renderCommits(change, style),
    ...(other.length === 0 ? [] : [`  ${line(`Also other than before: ${other.join(', ')}`)}`]),
    ...(reason === null ? [] : [`  ${line(`Reason: ${reason}`)}`]),
    ...(change.story === null ? [] : [`  ${line(`Story: ${change.story}`)}`]),
    ...(isOpen && isWorse
      ? [paint(style, 'dim', `  → ${line(`whyslow bench history ${history.file} --acknowledge ${id}`)}`)]
      : [paint(style, 'dim', `  ${id}`)]),
  ].join('\n')
}

function renderCommits(change: HistoryChange, style: Style): string[] {
  const { between, more } = change.commits
  const range = describeCommits(change)
  if (range === '') return []
  const head = `  ${plain(style, between === null ? `${range} (not known in this clone)` : range)}`
  const listed = between ?? []
  const lines = listed
    .slice(0, MOST_COMMITS)
    .map(({ sha, author, subject }) =>
      truncate(style, plain(style, `    ${shortSha(sha)} ${subject} (${author})`), style.width - 1),
    )
  const left = more + Math.max(0, listed.length - MOST_COMMITS)
  return [head, ...lines, ...(left === 0 ? [] : [`    and ${count(left, 'more commit')}`])]
}

const LEAST_OF_BAR = 0.08

function renderMetric(metric: MetricHistory, style: Style): string {
  const { title, values, unit, levels, smallest } = metric
  const name = paint(style, 'bold', plain(style, title))
  if (values.length === 0) return `${name}  not measured`
  const numbers = values.map(({ value }) => value)
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const note = `${formatMeasured(low, unit)} to ${formatMeasured(high, unit)}; changes of ${formatSmallest(smallest, unit)} and more count`
  const sentences = [describeLevels(levels, metric), describeNewest(metric)].filter(text => text !== '')
  return [
    `${name}  ${paint(style, 'dim', plain(style, note))}`,
    paint(style, 'cyan', renderBars(numbers, low, high, style)),
    ...sentences.map(text => wrap(style, plain(style, text))),
  ].join('\n')
}

/** From the lowest to the highest value, the lowest as a small bar: changes of a few percent would show in none from 0 on. More runs than columns: several a bar. */
function renderBars(numbers: readonly number[], low: number, high: number, style: Style): string {
  const perBar = Math.max(1, Math.ceil(numbers.length / style.width))
  const bars = Array.from({ length: Math.ceil(numbers.length / perBar) }, (_, i) => {
    const part = numbers.slice(i * perBar, (i + 1) * perBar)
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
  const span = high - low || 1
  const heights = bars.map(value => LEAST_OF_BAR + ((1 - LEAST_OF_BAR) * (value - low)) / span)
  return renderSparkline(high > low ? heights : heights.map(() => 0.5), style, 1)
}

function describeLevels(levels: readonly HistoryLevel[], { unit, values }: MetricHistory): string {
  const last = levels.at(-1)
  if (last === undefined) return ''
  const day = (run: string) => formatDay(values.find(value => value.run === run)?.at)
  const range =
    last.interval === null
      ? ''
      : ` (95%: ${formatMeasured(last.interval[0], unit)} to ${formatMeasured(last.interval[1], unit)})`
  const since = levels.length === 1 ? '' : ` since ${day(last.from)}`
  return `Level${since}: ${formatMeasured(last.end, unit)}${range}, ${count(last.runs, 'run')}.`
}

export function describeNewest({ newest, unit }: MetricHistory): string {
  if (newest === null) return ''
  const { expected, runs, side, inARow, value } = newest
  const range = `${formatMeasured(expected[0], unit)} to ${formatMeasured(expected[1], unit)}`
  const did = `what the ${runs} runs before ${newest.side === 'inside' ? 'it ' : ''}did (${range})`
  if (side === 'inside') return `The newest run is inside of ${did}.`
  if (inARow === 1)
    return `The newest run, ${formatMeasured(value, unit)}, is ${side} ${did}; one in twenty is outside by chance.`
  return `The newest ${inARow} runs, last ${formatMeasured(value, unit)}, are ${side} ${did}: too few for a change, which takes five.`
}
