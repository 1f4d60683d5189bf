/** What a change was said to buy, in one line. */
import type { StoryPrediction } from '../stories/schema.js'
import { formatCount, formatShare, formatShareRange } from '../units.js'
import { formatTyped } from './hypothesis-words.js'

/** `48.2% → 71.3% under 500 ms (95%: 68.0% to 74.5%)`. */
export function describePredictedShares(
  { before, after, interval }: StoryPrediction['share'],
  under: string,
): string {
  const range = interval === null ? '' : ` (95%: ${formatShareRange(interval)})`
  return `${formatShare(before)} → ${formatShare(after)} under ${under}${range}`
}

/** With those who cross, and their number's noun, by which small counts are recognised and hidden. */
export function describePredicted({ share, under, customers }: StoryPrediction): string {
  const shares = describePredictedShares(share, formatTyped(under))
  if (customers === null) return shares
  const { cross, of, unit } = customers
  const crossing = Math.round(cross) === 1 ? `1 ${unit} crosses` : `${formatCount(cross)} ${unit}s cross`
  return `${shares}; ${crossing}, of ${formatCount(of)}`
}
