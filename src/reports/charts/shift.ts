/** How far each part of the answers moved. */
import type { ArmsComparison } from '../../experiments/compare-arms.js'
import { formatDuration, formatShare } from '../../units.js'
import { formatShift, nameFew } from '../comparison.js'
import type { Chart, ChartTable } from './chart.js'
import { drawEstimates, type Estimate } from './estimates.js'
import { changeAxis, formatShiftTick, roundTime } from './value-axis.js'

type Shift = NonNullable<ArmsComparison['quantiles']>[number]

/** Less is better. Null where no quantile has a change. */
export function drawShift({ quantiles }: Pick<ArmsComparison, 'quantiles'>): Chart | null {
  const known = (quantiles ?? []).filter(({ change_ms }) => change_ms !== null)
  if (known.length === 0) return null
  const estimates = known.map((shift): Estimate => {
    const { q, before_ms, after_ms, change_ms, interval_ms, few } = shift
    return {
      label: nameQuantile(q),
      figures: `${formatDuration(before_ms)} → ${formatDuration(after_ms)}${interval_ms === null ? `, ${nameFew(few)}` : ''}`,
      value: change_ms!,
      interval: interval_ms,
      judged: judge(shift),
      title: `${nameQuantile(q)}: ${formatShift(change_ms!)}${interval_ms === null ? '' : `, ${formatInterval(interval_ms)}`}`,
    }
  })
  return drawEstimates(
    {
      name: 'shift',
      title: 'How far each part of the answers moved',
      description: describe(known),
      table: tabulate(known),
    },
    estimates,
    {
      axis: (values, room) =>
        changeAxis(values, { format: formatShiftTick, roundStep: roundTime, room, least: 2 }),
      zero: 0,
      keys: { better: 'faster', worse: 'slower', unknown: 'within chance, or too few' },
    },
  )
}

function judge({ interval_ms }: Shift): Estimate['judged'] {
  if (interval_ms === null) return 'unknown'
  return interval_ms[1] < 0 ? 'better' : interval_ms[0] > 0 ? 'worse' : 'unknown'
}

function nameQuantile(q: number): string {
  return `${Math.round(q * 100)}% are faster than`
}

function formatInterval([low, high]: [number, number]): string {
  return `${formatShift(low)} to ${formatShift(high)}`
}

function describe(known: readonly Shift[]): string {
  const told = known.filter(shift => judge(shift) !== 'unknown')
  const said =
    told.length === 0
      ? 'No part moved by more than chance would have it.'
      : `Moved by more than chance would have it: ${told.map(({ q, change_ms }) => `p${Math.round(q * 100)} ${formatShift(change_ms!)}`).join(', ')}.`
  return `The change of each quantile of the answers from before to after, with intervals that hold together at ${formatShare(0.95, 0)}. Less is better. ${said}`
}

function tabulate(known: readonly Shift[]): ChartTable {
  const right = 'right' as const
  return {
    columns: [
      { header: 'of the answers' },
      ...['before', 'after', 'change', '95%, all together'].map(header => ({ header, align: right })),
    ],
    rows: known.map(({ q, before_ms, after_ms, change_ms, interval_ms, few }) => [
      nameQuantile(q),
      formatDuration(before_ms),
      formatDuration(after_ms),
      formatShift(change_ms!),
      interval_ms === null ? nameFew(few) : formatInterval(interval_ms),
    ]),
  }
}
