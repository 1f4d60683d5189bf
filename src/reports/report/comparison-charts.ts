/** Two sides of a comparison: their shares in a table, both distributions over each other, and what moved at each quantile. */
import { formatCount, formatDuration, formatShare } from '../../units.js'
import { drawOverlay } from '../charts/overlay.js'
import { drawShift } from '../charts/shift.js'
import type { ReportComparison } from './contents.js'
import type { Markup } from './markup.js'
import { renderChart, renderOrigin, renderTable } from './parts.js'

export function renderComparisonCharts(
  part: ReportComparison,
  names: { before: string; after: string },
): (Markup | null)[] {
  const { comparison } = part
  const { arms, under_ms, unit } = comparison
  const row = (side: 'before' | 'after') => {
    const { requests, clusters, days, share, interval } = arms[side]
    return [
      names[side],
      formatCount(requests),
      formatCount(clusters),
      days === null ? '–' : formatCount(days),
      formatShare(share),
      interval === null ? '–' : interval.map(part => formatShare(part)).join(' to '),
    ]
  }
  return [
    renderTable(
      'Both sides as they are on the data that is here',
      ['', 'requests', `${unit}s`, 'days', `under ${formatDuration(under_ms)}`, '95%'],
      [row('before'), row('after')],
      [1, 2, 3, 4, 5],
    ),
    renderOrigin(part),
    renderChart(drawOverlay(comparison, names), part),
    renderChart(drawShift(comparison), part),
  ]
}
