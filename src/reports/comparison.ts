/** A comparison of two arms as text: the verdict in one sentence, both sides, and what would settle what can't be told. */
import type { ArmsComparison } from '../experiments/compare-arms.js'
import { formatCount, formatDuration, formatPoints, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { fitCharset, type Paint, paint, type Style, wrap } from './style.js'
import { renderTable } from './table.js'

const VERDICT_PAINT: Record<ArmsComparison['verdict'], Paint> = {
  better: 'green',
  worse: 'red',
  'no meaningful difference': 'cyan',
  'cannot tell yet': 'yellow',
}

const JUDGED_PAINT: Record<string, Paint> = { confirmed: 'green', disproved: 'red' }

/** `judged` and `claim` are there for a registered hypothesis. */
type ShownComparison = ArmsComparison & { underSetBy?: string; judged?: string; claim?: string }

export function renderComparison(result: ShownComparison, style: Style): string {
  const parts: string[] = []
  if (result.claim) parts.push(wrap(style, `Hypothesis: ${escapeTerminal(result.claim)}`))
  const settled = result.judged === 'confirmed' || result.judged === 'disproved'
  parts.push(wrapLines(style, settled ? judgementLines(result, style) : verdictLines(result, style)))
  parts.push(renderArms(result, style))
  parts.push(paint(style, 'dim', wrapLines(style, [describeMeasure(result), describeClusters(result)])))
  return fitCharset(style, parts.join('\n\n'))
}

function renderArms({ arms, unit, under_ms }: ArmsComparison, style: Style): string {
  const row = (name: string, arm: ArmsComparison['arms']['before']) => [
    name,
    formatCount(arm.requests),
    formatCount(arm.clusters),
    arm.days === null ? '–' : formatCount(arm.days),
    formatShare(arm.share),
    arm.interval === null ? '–' : `${formatShare(arm.interval[0])} to ${formatShare(arm.interval[1])}`,
  ]
  return renderTable(
    [
      { header: '' },
      { header: 'requests', align: 'right' },
      { header: `${unit}s`, align: 'right' },
      { header: 'days', align: 'right', drop: 1 },
      { header: `under ${formatDuration(under_ms)}`, align: 'right' },
      { header: '95% interval', align: 'right' },
    ],
    [row('before', arms.before), row('after', arms.after)],
    style,
  )
}

/** What became of the prediction: that settles it, whatever else could be asked of the same data. */
function judgementLines({ judged = '', change }: ShownComparison, style: Style): string[] {
  const name = paint(style, 'bold', paint(style, JUDGED_PAINT[judged] ?? 'yellow', judged))
  const smallest = formatPoints(change.smallest).replace('+', '')
  const lines = [`${name}${describeChange(change)}.`]
  if (judged === 'disproved') lines.push(`The change of ${smallest} that was predicted is ruled out.`)
  return lines
}

function verdictLines(result: ShownComparison, style: Style): string[] {
  const { change, verdict, reason, needs } = result
  const name = paint(style, VERDICT_PAINT[verdict], verdict)
  const lines = [`${name}${describeChange(change)}.`]
  if (result.judged && result.judged !== verdict) lines.unshift(`The prediction: ${result.judged}.`)
  if (reason !== null) lines.push(escapeTerminal(withStop(reason)))
  if (needs !== null) lines.push(escapeTerminal(describeNeeds(needs, result.unit)))
  return lines
}

function describeChange(change: ArmsComparison['change']): string {
  if (change.value === null) return ''
  const interval =
    change.interval === null
      ? ''
      : ` (95%: ${formatPoints(change.interval[0])} to ${formatPoints(change.interval[1])})`
  return `: the share of good requests changed by ${formatPoints(change.value)}${interval}`
}

const SET_BY: Record<string, string> = {
  hypothesis: ', as the hypothesis says',
  story: ', the target of the story',
  route: ', the target of its route',
  workbook: ', the target of the workbook',
  'p90 before': ', the 90th percentile of the side before, since no target is set',
  assumed: ', assumed, since whyslow.yaml names no target',
}

function describeMeasure({ under_ms, underSetBy, change }: ShownComparison): string {
  const smallest = formatPoints(change.smallest).replace('+', '')
  return `Good: answered without an error in less than ${formatDuration(under_ms)}${SET_BY[underSetBy ?? ''] ?? ''}. Smallest change worth having: ${smallest}.`
}

function describeClusters({
  unit,
  effectiveClusters,
  weightedEqually,
  largestCustomer: largest,
}: ShownComparison) {
  const parts = [
    `What counts is ${unit}s${unit === 'customer' ? ' (clients, for requests without an account)' : ''}, not requests: they weigh as ${formatCount(effectiveClusters)} equal ones.`,
  ]
  if (weightedEqually !== null)
    parts.push(`With each ${unit} weighted equally: ${formatPoints(weightedEqually)}.`)
  if (largest !== null)
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
