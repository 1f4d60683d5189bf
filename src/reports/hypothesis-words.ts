/** Predictions, and what became of them, in words. Plain text that is not escaped. */
import type { MeasuredChange, StoryHypothesis } from '../stories/schema.js'
import { formatCount, formatDuration, formatPoints, formatShare, parseDuration } from '../units.js'

export const JUDGED = {
  confirmed: 'Confirmed',
  disproved: 'Disproved',
  'cannot tell yet': 'Can’t tell yet',
}

export const VERDICT = {
  better: 'It helped.',
  worse: 'It made things worse.',
  'no meaningful difference': 'It made no meaningful difference.',
  'cannot tell yet': 'The data can’t tell yet whether it helped.',
}

export const SIDES = {
  'before-after': ['before', 'after'],
  canary: ['without the change', 'with it'],
  'with-without': ['without it', 'with it'],
} as const

export function describePrediction({ metric, under, direction, smallest }: StoryHypothesis): string {
  const least =
    smallest === null
      ? ''
      : ` by at least ${metric === 'under' ? formatPoints(smallest).replace('+', '') : formatDuration(smallest)}`
  return `${nameMetric(metric, under)} goes ${direction}${least}`
}

function nameMetric(metric: string, under: string | null): string {
  if (metric === 'under')
    return `the share of good requests${under === null ? '' : ` (under ${formatTyped(under)})`}`
  return metric === 'median'
    ? 'the median response time'
    : `the response time that ${100 - Number(metric.slice(1))}% exceed (${metric})`
}

export function describeChange(
  result: MeasuredChange,
  { metric, design }: Pick<StoryHypothesis, 'metric' | 'design'>,
): string {
  const format = (change: number) => (metric === 'under' ? formatPoints(change) : signed(change))
  const range =
    result.interval === null ? '' : ` (95%: ${format(result.interval[0])} to ${format(result.interval[1])})`
  const change = result.change === null ? 'no change could be measured' : `${format(result.change)}${range}`
  const { before, after } = result
  const [first, second] = SIDES[design]
  const shares = before.share !== null && after.share !== null && metric === 'under'
  const sides = shares
    ? `${formatShare(before.share)} were good ${first}, ${formatShare(after.share)} ${second}; a change of `
    : ''
  return `${sides}${change}; ${formatCount(before.requests)} and ${formatCount(after.requests)} requests`
}

/** `300ms` as it was typed → `300 ms`. */
export function formatTyped(duration: string): string {
  return formatDuration(parseDuration(duration))
}

function signed(ms: number): string {
  return ms > 0 ? `+${formatDuration(ms)}` : formatDuration(ms)
}
