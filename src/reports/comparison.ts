/** A comparison of two arms as text: the verdict in one sentence, both sides, and what would settle what can't be told. */
import type { ArmsComparison } from '../experiments/compare-arms.js'
import { formatCount, formatDuration, formatPoints, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { type Paint, paint, type Style, wrap } from './style.js'
import { renderTable } from './table.js'

const VERDICT_PAINT: Record<ArmsComparison['verdict'], Paint> = {
  better: 'green',
  worse: 'red',
  'no meaningful difference': 'cyan',
  'cannot tell yet': 'yellow',
}

/** `judged` and `claim` are there for a registered hypothesis. */
export function renderComparison(
  result: ArmsComparison & { underSetBy?: string; judged?: string; claim?: string },
  style: Style,
): string {
  const { arms, change } = result
  const parts: string[] = []
  if (result.claim) parts.push(wrap(style, `Hypothesis: ${escapeTerminal(result.claim)}`))
  if (result.judged) {
    const how: Paint = result.judged === 'confirmed' ? 'green' : result.judged === 'disproved' ? 'red' : 'yellow'
    parts.push(`${paint(style, 'bold', paint(style, how, result.judged))}`)
  }
  parts.push(wrap(style, verdictSentence(result, style)))
  const setBy = result.underSetBy ? `, set by the ${result.underSetBy}` : ''
  const noun = result.unit === 'time block' ? 'time blocks' : `${result.unit}s`
  const row = (name: string, arm: ArmsComparison['arms']['before']) => [
    name,
    formatCount(arm.requests),
    formatCount(arm.clusters),
    arm.days === null ? '–' : formatCount(arm.days),
    formatShare(arm.share),
    arm.interval === null ? '–' : `${formatShare(arm.interval[0])} to ${formatShare(arm.interval[1])}`,
  ]
  parts.push(
    renderTable(
      [
        { header: '' },
        { header: 'requests', align: 'right' },
        { header: noun, align: 'right' },
        { header: 'days', align: 'right', drop: 1 },
        { header: `under ${formatDuration(result.under_ms)}`, align: 'right' },
        { header: '95% interval', align: 'right' },
      ],
      [row('before', arms.before), row('after', arms.after)],
      style,
    ),
  )
  parts.push(
    paint(
      style,
      'dim',
      wrap(
        style,
        `Good: answered without an error in less than ${formatDuration(result.under_ms)}${setBy}. Smallest change worth having: ${formatPoints(change.smallest).replace('+', '')}. Each ${result.unit} counts as one observation.`,
      ),
    ),
  )
  return parts.join('\n\n')
}

function verdictSentence(result: ArmsComparison, style: Style): string {
  const { change, verdict, reason, needs } = result
  const name = paint(style, VERDICT_PAINT[verdict], verdict)
  const measured =
    change.value === null
      ? ''
      : `: the share of good requests changed by ${formatPoints(change.value)}${change.interval === null ? '' : ` (95%: ${formatPoints(change.interval[0])} to ${formatPoints(change.interval[1])})`}`
  const why = reason ? `\nWhy not: ${escapeTerminal(reason)}.` : ''
  return `${name}${measured}.${why}${needs ? `\n${describeNeeds(needs, result.unit)}` : ''}`
}

export function describeNeeds(needs: NonNullable<ArmsComparison['needs']>, unit: string): string {
  const wants = [
    needs.clusters === null ? null : `about ${formatCount(needs.clusters)} ${unit}s a side`,
    needs.days === null ? null : `about ${formatCount(needs.days)} days a side`,
  ].filter(want => want !== null)
  const reach = needs.reachable ? '' : ', which is out of reach'
  const better = needs.betterDesign ? `${wants.length > 0 ? '; ' : ''}better: ${needs.betterDesign}` : ''
  return `What would settle it: ${wants.join(' and ')}${wants.length > 0 ? reach : ''}${better}.`
}
