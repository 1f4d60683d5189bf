/** How long requests take on both sides of a comparison: what moved, and where. */
import type { ArmsComparison } from '../experiments/compare-arms.js'
import { renderArms, renderShifts } from './comparison.js'
import { renderOverlaid } from './overlaid.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'

/** Empty text when no times were compared. */
export function renderSides(
  comparison: ArmsComparison & { hypothesis: string; claim: string; judged: string },
  style: Style,
): string {
  const { histograms, quantiles, under_ms, hypothesis, judged, claim } = comparison
  if (histograms === null) return ''
  const parts = [
    `${paint(style, 'bold', 'Before and after')}\n${wrap(style, plain(style, `${hypothesis}, ${judged}: ${claim}`), '  ')}`,
    renderOverlaid(histograms, under_ms, style),
    renderArms(comparison, style),
    quantiles === null ? '' : renderShifts(quantiles, style),
  ]
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}
