/** What a test said of a hypothesis, as text. */
import type { SlowTime } from '../evidence/slow-time.js'
import { formatDuration, formatShare } from '../units.js'
import { renderComparison } from './comparison.js'
import { fitCharset, type Style, wrap } from './style.js'

type ShownTest = Parameters<typeof renderComparison>[0] & { slowTime: SlowTime | null }

export function renderTest(result: ShownTest, style: Style): string {
  const { slowTime, under_ms } = result
  const comparison = renderComparison(result, style)
  if (slowTime === null || slowTime.share === null) return comparison
  const { share, part_ms, total_ms } = slowTime
  const text = `The requests with it (after) hold ${formatShare(share)} of the time that requests took beyond ${formatDuration(under_ms)}: ${formatDuration(part_ms)} of ${formatDuration(total_ms)}.`
  return `${comparison}\n\n${fitCharset(style, wrap(style, text))}`
}
