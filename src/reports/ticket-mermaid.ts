/**
 * The distribution as a Mermaid chart, which GitHub draws in Markdown. Syntax: https://mermaid.js.org/syntax/xyChart.html (its header
 * has `-beta`, which all versions take). Text in it is of whyslow alone: numbers and units.
 */
import type { Look } from '../evidence/look.js'
import { formatDuration } from '../units.js'
import { mergeBuckets } from './ticket-chart.js'

/** More have no room for their labels side by side. */
const MOST_BARS = 12

/**
 * Bars of the shares of requests, each with the start of its range below it. Empty text when nothing was measured, and where all took
 * so much the same time that the bars would have one label: Mermaid draws those over each other.
 */
export function renderMermaidChart(look: Pick<Look, 'histogram'>): string {
  const bars = mergeBuckets(look.histogram, MOST_BARS)
  const total = bars.reduce((sum, bar) => sum + bar.count, 0)
  const labels = labelBars(bars.map(bar => bar.from_ms))
  if (total === 0 || labels === null) return ''
  const shares = bars.map(bar => ((bar.count / total) * 100).toFixed(1))
  const top = Math.ceil(Math.max(...shares.map(Number)) / 5) * 5
  return [
    'xychart-beta',
    `  x-axis "response time from" [${labels.map(label => `"${label}"`).join(', ')}]`,
    `  y-axis "% of requests" 0 --> ${Math.max(5, top)}`,
    `  bar [${shares.join(', ')}]`,
  ].join('\n')
}

function labelBars(starts_ms: readonly number[]): string[] | null {
  const ways = [formatDuration, (ms: number) => `${ms.toFixed(3)} ms`]
  const labelled = ways.map(format => starts_ms.map(format))
  return labelled.find(labels => new Set(labels).size === labels.length) ?? null
}
