/** A comparison of two arms as text: the verdict in one sentence, both sides, and what would settle what can't be told. */
import type { ArmsComparison } from '../experiments/compare-arms.js'
import { formatCount, formatDuration, formatPoints, formatShare, formatShareRange } from '../units.js'
import { escapeTerminal } from './escape.js'
import { renderOverlay } from './histogram.js'
import { fitCharset, type Paint, PLAIN, paint, type Style, wrap } from './style.js'
import { type Column, renderTable } from './table.js'

const VERDICT_PAINT: Record<ArmsComparison['verdict'], Paint> = {
  better: 'green',
  worse: 'red',
  'no meaningful difference': 'cyan',
  'cannot tell yet': 'yellow',
}

const JUDGED_PAINT: Record<string, Paint> = { confirmed: 'green', disproved: 'red' }

/** `judged` and `claim` are there for a registered hypothesis. */
type ShownComparison = ArmsComparison & {
  underSetBy?: string
  judged?: string
  claim?: string
  next?: string
}

export function renderComparison(result: ShownComparison, style: Style): string {
  const parts: string[] = []
  if (result.claim) parts.push(wrap(style, `Hypothesis: ${escapeTerminal(result.claim)}`))
  const settled = result.judged === 'confirmed' || result.judged === 'disproved'
  parts.push(wrapLines(style, settled ? judgementLines(result, style) : verdictLines(result, style)))
  parts.push(renderArms(result, style))
  if (result.histograms) parts.push(renderOverlay(result.histograms, result.under_ms, style))
  if (result.quantiles) parts.push(renderShifts(result.quantiles, style))
  parts.push(
    paint(
      style,
      'dim',
      wrapLines(style, [
        describeMeasure(result),
        ...describeMix(result),
        describeClusters(result),
        ...describeTests(result),
      ]),
    ),
  )
  if (result.next !== undefined) parts.push(`→ ${escapeTerminal(result.next)}`)
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}

/** The same in words, without tables and charts: the verdict, and what it rests on. A paragraph each, on one line. */
export function describeComparison(result: ShownComparison): { verdict: string[]; method: string[] } {
  const settled = result.judged === 'confirmed' || result.judged === 'disproved'
  return {
    verdict: settled ? judgementLines(result, PLAIN) : verdictLines(result, PLAIN),
    method: [
      describeMeasure(result),
      ...describeMix(result),
      describeClusters(result),
      ...describeTests(result),
    ],
  }
}

/** What moved, at each quantile of the answers. */
export function renderShifts(quantiles: NonNullable<ArmsComparison['quantiles']>, style: Style): string {
  const shown = quantiles.filter(({ q }) => SHOWN_QUANTILES.includes(q))
  if (shown.every(({ change_ms }) => change_ms === null)) return ''
  return renderTable(
    [
      { header: 'of the answers' },
      { header: 'before', align: 'right' },
      { header: 'after', align: 'right' },
      { header: 'change', align: 'right' },
      { header: '95%, all together', align: 'right' },
    ],
    shown.map(({ q, before_ms, after_ms, change_ms, interval_ms, few }) => [
      `${formatQuantile(q)} are faster than`,
      formatDuration(before_ms),
      formatDuration(after_ms),
      formatShift(change_ms),
      interval_ms === null
        ? nameFew(few)
        : `${formatShift(interval_ms[0])} to ${formatShift(interval_ms[1])}`,
    ]),
    style,
  )
}

/** What there is too little of for an interval. */
export function nameFew(few: NonNullable<ArmsComparison['quantiles']>[number]['few']): string {
  return few === 'days' ? 'too few days' : 'too few'
}

const SHOWN_QUANTILES = [0.1, 0.5, 0.9, 0.95, 0.99]

function formatQuantile(q: number): string {
  return `${Math.round(q * 100)}%`
}

/** `+12 ms`, `−3.0 s`, `0 ms`. */
export function formatShift(ms: number | null): string {
  if (ms === null) return '–'
  return `${ms > 0 ? '+' : ms < 0 ? '−' : ''}${formatDuration(Math.abs(ms))}`
}

/** The figures that support the verdict, in one sentence. */
function describeTests({ tests, hodgesLehmann_ms, cliffsDelta, unit }: ShownComparison): string[] {
  if (tests === null || hodgesLehmann_ms === null || cliffsDelta === null) return []
  const p = tests.mannWhitney.p ?? tests.mannWhitney.pClustered
  const chance = p === null ? 'can’t be told' : `p ${formatP(p)}`
  const over = unit === 'request' ? '' : `, over ${unit}s`
  return [
    `All answers together: typical shift ${formatShift(hodgesLehmann_ms)} (Hodges–Lehmann), Cliff’s delta ${formatSigned(cliffsDelta)}, Mann–Whitney ${chance}${over}. They mostly miss a tail that got worse; the share of good requests doesn’t.`,
  ]
}

function formatP(p: number): string {
  return p < 0.001 ? 'under 0.001' : p.toFixed(3)
}

function formatSigned(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

export function renderArms({ arms, unit, under_ms }: ArmsComparison, style: Style): string {
  const row = (name: string, arm: ArmsComparison['arms']['before']) => [
    name,
    formatCount(arm.requests),
    formatCount(arm.clusters),
    arm.days === null ? '–' : formatCount(arm.days),
    formatShare(arm.share),
    arm.interval === null ? '–' : formatShareRange(arm.interval),
  ]
  const columns: Column[] = [
    { header: '' },
    { header: 'requests', align: 'right' },
    { header: `${unit}s`, align: 'right' },
    { header: 'days', align: 'right', drop: 1 },
    { header: `under ${formatDuration(under_ms)}`, align: 'right' },
    { header: '95% interval', align: 'right' },
  ]
  // Numbers by themselves have neither.
  const isShown = columns.map((_, i) => unit !== 'request' || (i !== 2 && i !== 3))
  const pick = <T>(cells: T[]) => cells.filter((_, i) => isShown[i])
  return renderTable(pick(columns), [row('before', arms.before), row('after', arms.after)].map(pick), style)
}

/** What became of the prediction: that settles it, whatever else could be asked of the same data. */
function judgementLines(result: ShownComparison, style: Style): string[] {
  const { judged = '' } = result
  const name = paint(style, 'bold', paint(style, JUDGED_PAINT[judged] ?? 'yellow', judged))
  const lines = [`${name}${describeChange(result)}.`]
  if (judged === 'disproved')
    lines.push(`The change of ${formatSmallest(result)} that was predicted is ruled out.`)
  return lines
}

function verdictLines(result: ShownComparison, style: Style): string[] {
  const { verdict, reason, needs } = result
  const name = paint(style, VERDICT_PAINT[verdict], verdict)
  const lines = [`${name}${describeChange(result)}.`]
  if (result.judged && result.judged !== verdict) lines.unshift(`The prediction: ${result.judged}.`)
  if (reason !== null) lines.push(escapeTerminal(withStop(reason)))
  if (needs !== null) lines.push(escapeTerminal(describeNeeds(needs, result.unit)))
  return lines
}

function describeChange({ change, metric }: Pick<ArmsComparison, 'change' | 'metric'>): string {
  if (change.value === null) return ''
  const format = metric === 'under' ? formatPoints : formatShift
  const interval =
    change.interval === null ? '' : ` (95%: ${format(change.interval[0])} to ${format(change.interval[1])})`
  return `: ${nameMetric(metric)} changed by ${format(change.value)}${interval}`
}

function nameMetric(metric: ArmsComparison['metric']): string {
  if (metric === 'under') return 'the share of good requests'
  return metric === 'median' ? 'the median of the answers' : `the ${metric} of the answers`
}

function formatSmallest({ change, metric }: Pick<ArmsComparison, 'change' | 'metric'>): string {
  return metric === 'under' ? formatPoints(change.smallest).replace('+', '') : formatDuration(change.smallest)
}

const SET_BY: Record<string, string> = {
  flag: '',
  hypothesis: ', as the hypothesis says',
  prediction: ', as the prediction says',
  story: ', the target of the story',
  route: ', the target of its route',
  workbook: ', the target of the workbook',
  'p90 before': ', the 90th percentile of the side before, since no target is set',
  assumed: ', assumed, since whyslow.yaml names no target',
}

function describeMeasure(result: ShownComparison): string {
  const { under_ms, underSetBy } = result
  return `Good: answered without an error in less than ${formatDuration(under_ms)}${SET_BY[underSetBy ?? ''] ?? ''}. Smallest change worth having: ${formatSmallest(result)}.`
}

function describeMix({ sameMix }: ShownComparison): string[] {
  if (sameMix === null) return []
  const { columns, leftOut } = sameMix
  const isWhole = leftOut.before === 0 && leftOut.after === 0
  const without = isWhole
    ? ''
    : `, without the ${formatShare(leftOut.before)} before and ${formatShare(leftOut.after)} after that the other side has none like`
  return [
    `Both sides at one mix of ${escapeTerminal(columns.join(' and '))}, that of both together${without}.`,
  ]
}

function describeClusters({
  unit,
  effectiveClusters,
  weightedEqually,
  largestCustomer: largest,
  metric,
}: ShownComparison) {
  if (unit === 'request') return 'Each number counts by itself.'
  const parts = [
    `What counts is ${unit}s${unit === 'customer' ? ' (clients, for requests without an account)' : ''}, not requests: they weigh as ${formatCount(effectiveClusters)} equal ones.`,
  ]
  if (weightedEqually !== null && metric === 'under')
    parts.push(`With each ${unit} weighted equally: ${formatPoints(weightedEqually)}.`)
  if (largest !== null && metric === 'under')
    parts.push(
      `Without the largest (${escapeTerminal(largest.cluster)}, ${formatShare(largest.share)} of requests): ${largest.verdictWithout}.`,
    )
  return parts.join(' ')
}

/** What would settle what can't be told, in one sentence. */
function describeNeeds(needs: NonNullable<ArmsComparison['needs']>, unit: string): string {
  const wants = [
    needs.clusters === null ? null : `about ${formatCount(needs.clusters)} ${unit}s a side`,
    needs.days === null ? null : `about ${formatCount(needs.days)} days a side`,
  ].filter(want => want !== null)
  const reach = wants.length === 0 || needs.reachable ? '' : ', which is out of reach'
  const better = needs.betterDesign === null ? [] : [`better: ${needs.betterDesign}`]
  const said = wants.length === 0 ? [] : [`${wants.join(' and ')}${reach}`]
  const all = [...said, ...better]
  return `What would settle it: ${all.length === 0 ? 'nothing that is known' : all.join('; ')}.`
}

/** With one full stop at its end, whether it had one or not. */
function withStop(sentence: string): string {
  return `${sentence.replace(/\.+$/, '')}.`
}

function wrapLines(style: Style, lines: string[]): string {
  return lines.map(line => wrap(style, line)).join('\n')
}
