/** How long answers take on both sides, on one log axis and one scale of shares. */
import type { ArmsComparison } from '../../experiments/compare-arms.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'
import { drawShareAxis, drawTimeAxis, shareTicks, timeAxis } from './axes.js'
import type { Chart, ChartTable } from './chart.js'
import { drawChart } from './draw-chart.js'
import { drawKeys, KEYS_HEIGHT } from './keys.js'
import { drawLabels, heightOf, placeLabels } from './labels.js'
import { lineY, rectY, ruleX, ruleY } from './plot.js'
import { nameTarget, positiveRanges, type TimeRange } from './time-ranges.js'

type Drawn = Pick<ArmsComparison, 'histograms' | 'under_ms' | 'arms'>
type Share = TimeRange & { share: number }
/** What the sides are, such as `without the change`. */
type SideNames = { before: string; after: string }

const MARGINS = { marginLeft: 52, marginRight: 28, marginBottom: 32 }
const PLOT_HEIGHT = 220

const IN_TIME: SideNames = { before: 'before', after: 'after' }

/** One side is an area, the other a line, so that each shows through the other. Null when nothing was measured. */
export function drawOverlay({ histograms, under_ms, arms }: Drawn, names: SideNames = IN_TIME): Chart | null {
  if (histograms === null) return null
  const before = toShares(positiveRanges(histograms.edges_ms, histograms.before))
  const after = toShares(positiveRanges(histograms.edges_ms, histograms.after))
  const top = Math.max(...[...before, ...after].map(({ share }) => share))
  if (!(top > 0)) return null
  const axis = timeAxis(before[0]!.from_ms, before.at(-1)!.to_ms, MARGINS)
  const [low, high] = axis.scale.domain
  const labels = placeLabels(
    [{ x: axis.at(under_ms), text: nameTarget(under_ms, [low, high]) }],
    MARGINS.marginLeft,
  )
  const above = heightOf(labels) + 10
  const marginTop = above + KEYS_HEIGHT
  const hint = (side: string) => (one: Share) => `${side}, ${one.hint}: ${formatShare(one.share)} of answers`
  return drawChart(
    {
      name: 'overlay',
      title: `How long answers take, ${names.before} and ${names.after}`,
      description: describe(arms, under_ms, names),
      table: tabulate(before, after, names),
    },
    {
      ...MARGINS,
      marginTop,
      height: marginTop + PLOT_HEIGHT + MARGINS.marginBottom,
      x: axis.scale,
      y: { domain: [0, top * 1.02], axis: null },
      marks: [
        ...drawTimeAxis(axis),
        ...drawShareAxis(shareTicks(top)),
        rectY(
          before.filter(({ share }) => share > 0),
          {
            x1: 'from_ms',
            x2: 'to_ms',
            y: 'share',
            title: hint(names.before),
            className: 'before soft',
          },
        ),
        lineY(outline(after), { x: 'ms', y: 'share', curve: 'step-after', className: 'after line' }),
        ruleY([0], { className: 'axis' }),
        ...(under_ms >= low && under_ms <= high
          ? [ruleX([under_ms], { strokeDasharray: '5 3', className: 'mark' })]
          : []),
        ...drawLabels(labels, MARGINS.marginLeft),
        ...drawKeys(
          [
            { className: 'before soft', symbol: 'square', text: `${names.before}, as an area` },
            { className: 'after line', symbol: 'square', text: `${names.after}, as a line` },
          ],
          above,
        ),
      ],
    },
  )
}

function toShares(ranges: readonly TimeRange[]): Share[] {
  const total = ranges.reduce((sum, { count }) => sum + count, 0)
  return ranges.map(range => ({ ...range, share: total === 0 ? 0 : range.count / total }))
}

/** Up to the end of the last range. */
function outline(ranges: readonly Share[]): { ms: number; share: number }[] {
  return [
    ...ranges.map(({ from_ms, share }) => ({ ms: from_ms, share })),
    { ms: ranges.at(-1)!.to_ms, share: ranges.at(-1)!.share },
  ]
}

function describe({ before, after }: Drawn['arms'], under_ms: number, names: SideNames): string {
  const side = (arm: Drawn['arms']['before'], name: string) =>
    `${name}, ${formatShare(arm.share)} of ${formatCount(arm.requests)} requests`
  const first = `${names.before.charAt(0).toUpperCase()}${names.before.slice(1)}`
  return `${side(before, first)} and ${side(after, names.after)} were good: answered without an error in less than ${formatDuration(under_ms)}.`
}

function tabulate(before: readonly Share[], after: readonly Share[], names: SideNames): ChartTable {
  return {
    columns: [
      { header: 'time' },
      { header: names.before, align: 'right' },
      { header: names.after, align: 'right' },
    ],
    rows: before.flatMap(({ hint, share }, i) => {
      const other = after[i]!.share
      return share === 0 && other === 0 ? [] : [[hint, formatShare(share), formatShare(other)]]
    }),
  }
}
