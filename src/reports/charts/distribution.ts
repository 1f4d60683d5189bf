/** How long requests take: every measured duration, on a log axis, with the target and the peaks. */
import type { Look } from '../../evidence/look.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import { describeModes } from '../histogram.js'
import { drawShareAxis, drawTimeAxis, shareTicks, timeAxis } from './axes.js'
import type { Chart, ChartTable } from './chart.js'
import { drawChart } from './draw-chart.js'
import { drawLabels, heightOf, placeLabels } from './labels.js'
import { rectY, ruleX, ruleY } from './plot.js'
import { nameTarget, positiveRanges, type TimeRange } from './time-ranges.js'

type Drawn = Pick<Look, 'histogram' | 'modes' | 'under_ms' | 'measuredUnder'>

const MARGINS = { marginLeft: 52, marginRight: 28 }
const PLOT_HEIGHT = 220
const MARGIN_BOTTOM = 32

/** Bars before the target are blue, from it on orange. Null when nothing was measured. */
export function drawDistribution(look: Drawn): Chart | null {
  const ranges = positiveRanges(look.histogram.edges_ms, look.histogram.counts)
  const total = ranges.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  const { under_ms, modes } = look
  const axis = timeAxis(ranges[0]!.from_ms, ranges.at(-1)!.to_ms, MARGINS)
  const top = Math.max(...ranges.map(({ count }) => count)) / total
  const inside = under_ms >= axis.scale.domain[0] && under_ms <= axis.scale.domain[1]
  const labels = placeLabels(
    [
      { x: axis.at(under_ms), text: nameTarget(under_ms, axis.scale.domain) },
      ...modes.map(({ ms, share }) => ({
        x: axis.at(ms),
        text: `peak ${formatDuration(ms)}, ${formatShare(share, 0)}`,
      })),
    ],
    MARGINS.marginLeft,
  )
  const marginTop = heightOf(labels) + 10
  const bars = (side: 'good' | 'late') =>
    rectY(cutRanges(ranges, under_ms, side), {
      x1: 'from_ms',
      x2: 'to_ms',
      y: ({ count }: TimeRange) => count / total,
      inset: 0.5,
      title: ({ hint, count }: TimeRange) => `${hint}: ${formatShare(count / total)} of requests`,
      className: side,
    })
  return drawChart(
    {
      name: 'distribution',
      title: 'How long requests take',
      description: describe(look, total),
      table: tabulate(ranges, total),
    },
    {
      ...MARGINS,
      marginTop,
      marginBottom: MARGIN_BOTTOM,
      height: marginTop + PLOT_HEIGHT + MARGIN_BOTTOM,
      x: axis.scale,
      y: { domain: [0, top], axis: null },
      marks: [
        ...drawTimeAxis(axis),
        ...drawShareAxis(shareTicks(top)),
        ruleX(
          modes.map(({ ms }) => Math.max(ms, axis.scale.domain[0])),
          { className: 'axis', strokeDasharray: '1 3' },
        ),
        bars('good'),
        bars('late'),
        ruleY([0], { className: 'axis' }),
        ...(inside ? [ruleX([under_ms], { className: 'mark', strokeDasharray: '5 3' })] : []),
        ...drawLabels(labels, MARGINS.marginLeft),
      ],
    },
  )
}

/** The parts on one side of the target. */
function cutRanges(ranges: readonly TimeRange[], under_ms: number, side: 'good' | 'late'): TimeRange[] {
  return ranges
    .map(range =>
      side === 'good'
        ? { ...range, to_ms: Math.min(range.to_ms, under_ms) }
        : { ...range, from_ms: Math.max(range.from_ms, under_ms) },
    )
    .filter(({ from_ms, to_ms, count }) => to_ms > from_ms && count > 0)
}

function describe({ modes, under_ms, measuredUnder }: Drawn, total: number): string {
  const share =
    measuredUnder === null ? '' : ` ${formatShare(measuredUnder)} took less than ${formatDuration(under_ms)}.`
  const peaks = describeModes(modes)
  return `${formatCount(total)} ${total === 1 ? 'request' : 'requests'} on a log axis of time.${share}${peaks === '' ? '' : ` ${peaks}`}`
}

function tabulate(ranges: readonly TimeRange[], total: number): ChartTable {
  return {
    columns: [
      { header: 'time' },
      { header: 'requests', align: 'right' },
      { header: 'share', align: 'right' },
    ],
    rows: ranges
      .filter(({ count }) => count > 0)
      .map(({ hint, count }) => [hint, formatCount(count), formatShare(count / total)]),
  }
}
