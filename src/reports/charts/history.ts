/** One metric of a benchmark from run to run: its values, the levels with their intervals, and where they changed. */
import type { BenchmarkHistory, HistoryChange, MetricHistory } from '../../experiments/benchmarks/history.js'
import { DAY_MS } from '../../units.js'
import {
  describeMove,
  describeSizes,
  describeWhen,
  formatChange,
  shortSha,
} from '../benchmarks/change-words.js'
import { capitalise } from '../benchmarks/gate-words.js'
import { describeNewest } from '../benchmarks/history.js'
import { formatMeasured } from '../benchmarks/measured.js'
import { formatDay, formatTime } from '../times.js'
import { roundStep } from './axes.js'
import type { Chart, ChartTable } from './chart.js'
import { chooseDayTicks, type DayTick, drawDayTicks } from './day-ticks.js'
import { drawChart, WIDTH } from './draw-chart.js'
import { drawLabels, heightOf, type Label, placeLabels } from './labels.js'
import { dot, lineY, link, rect, ruleX, ruleY, text } from './plot.js'

const MARGINS = { marginLeft: 84, marginRight: 28, marginBottom: 32 }
const PLOT_HEIGHT = 170
/** Null with fewer than two runs that have a value. */
export function drawHistory(metric: MetricHistory, history: Pick<BenchmarkHistory, 'changes'>): Chart | null {
  const { values, levels, unit } = metric
  if (values.length < 2) return null
  const days = new Map(values.map(({ run, at }) => [run, Date.parse(at) / DAY_MS]))
  const points = values.map(value => ({ ...value, day: days.get(value.run)! }))
  const changes = history.changes.filter(change => change.metric === metric.metric).reverse()
  const [first, last] = [points[0]!.day, points.at(-1)!.day]
  const pad = Math.max((last - first) * 0.01, 0.02)
  const domain = [first - pad, last + pad] as const
  const room = WIDTH - MARGINS.marginLeft - MARGINS.marginRight
  const place = (day: number) => MARGINS.marginLeft + ((day - domain[0]) / (domain[1] - domain[0])) * room
  const edges = changes.map(({ run }) => edgeBefore(points, run))
  const labels = placeLabels(
    changes.flatMap((change, i) => labelChange(change, place(edges[i]!))),
    MARGINS.marginLeft,
  )
  const axis = valueAxis(
    points.map(({ value }) => value),
    value => formatMeasured(value, unit),
  )
  const marginTop = heightOf(labels) + 12
  // A short level’s interval may be wider than all values: it is cut off at the edge.
  const inside = (value: number) => Math.min(Math.max(value, axis.domain[0]), axis.domain[1])
  const spans = levels.map(({ from, to, start, end, interval }) => ({
    x1: days.get(from)!,
    x2: days.get(to)!,
    start: inside(start),
    end: inside(end),
    interval,
  }))
  return drawChart(
    {
      name: `history-${metric.metric.toLowerCase().replaceAll('.', '-')}`,
      title: `${capitalise(metric.title)}, run by run`,
      description: describe(metric, changes),
      table: tabulate(metric, changes),
    },
    {
      ...MARGINS,
      marginTop,
      height: marginTop + PLOT_HEIGHT + MARGINS.marginBottom,
      x: { type: 'linear', domain: [...domain], axis: null },
      y: { type: 'linear', domain: axis.domain, axis: null },
      marks: [
        ruleY(axis.ticks, { className: 'grid' }),
        text(axis.ticks, {
          y: (value: number) => value,
          text: (value: number) => formatMeasured(value, unit),
          frameAnchor: 'left',
          textAnchor: 'end',
          dx: -8,
          className: 'quiet',
        }),
        drawDayTicks(dayTicks(first, last, room)),
        rect(
          spans.filter(({ interval, x1, x2 }) => interval !== null && x2 > x1),
          {
            x1: 'x1',
            x2: 'x2',
            y1: ({ interval }: (typeof spans)[number]) => inside(interval![0]),
            y2: ({ interval }: (typeof spans)[number]) => inside(interval![1]),
            className: 'range',
          },
        ),
        lineY(points, { x: 'day', y: 'value', className: 'before line thin' }),
        dot(points, {
          x: 'day',
          y: 'value',
          r: points.length > 120 ? 1.5 : 3,
          title: ({ at, commit, value }: (typeof points)[number]) =>
            `${formatTime(at)} UTC${commit === null ? '' : `, ${shortSha(commit)}`}: ${formatMeasured(value, unit)}`,
          fill: 'currentColor',
          className: 'before',
        }),
        ruleX(edges, { strokeDasharray: '5 3', className: 'mark' }),
        link(spans, { x1: 'x1', x2: 'x2', y1: 'start', y2: 'end', className: 'mark level' }),
        ...drawLabels(labels, MARGINS.marginLeft),
      ],
    },
  )
}

/** Midway between the last run of the old level and the first of the new one. */
function edgeBefore(points: readonly { run: string; day: number }[], run: string): number {
  const at = points.findIndex(point => point.run === run)
  return (points[Math.max(at - 1, 0)]!.day + points[Math.max(at, 0)]!.day) / 2
}

function labelChange(change: HistoryChange, x: number): Label[] {
  const { from, to, unit, commits } = change
  const moved = `${formatMeasured(from.value, unit)} → ${formatMeasured(to.value, unit)} (${formatChange(change.change.value, change)})`
  const label = { x, text: moved }
  if (commits.until === null) return [label]
  return [label, { x, text: `▲ ${shortSha(commits.until)}`, className: 'quiet' }]
}

/** Round ticks about the values, each with a label of its own: from 0 on, changes of a few percent would not be seen. */
function valueAxis(
  values: readonly number[],
  format: (value: number) => string,
): { domain: [number, number]; ticks: number[] } {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const span = high > low ? high - low : Math.abs(high) * 0.02 || 1
  const domain: [number, number] = [low - span * 0.08, high + span * 0.08]
  for (let step = roundStep(span / 4); ; step = roundStep(step * 1.5)) {
    const first = Math.ceil(domain[0] / step)
    const count = Math.floor(domain[1] / step) - first + 1
    const ticks = Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(10)))
    if (ticks.length < 2) return { domain, ticks: [low] }
    if (new Set(ticks.map(format)).size === ticks.length) return { domain, ticks }
  }
}

/** Days where there are several, else the times of the first and the last run. */
function dayTicks(first: number, last: number, room: number): DayTick[] {
  const [from, to] = [Math.ceil(first), Math.floor(last)]
  if (to - from >= 1) return chooseDayTicks(from, to, (room * (to - from)) / (last - first))
  return [first, ...(last > first ? [last] : [])].map(day => ({
    day,
    label: formatTime(new Date(day * DAY_MS).toISOString()).slice(5, 16),
  }))
}

function describe(metric: MetricHistory, changes: readonly HistoryChange[]): string {
  const { values, unit, title } = metric
  const numbers = values.map(({ value }) => value)
  const span = `${values.length} runs from ${formatDay(values[0]!.at)} to ${formatDay(values.at(-1)!.at)}, ${title} from ${formatMeasured(Math.min(...numbers), unit)} to ${formatMeasured(Math.max(...numbers), unit)}.`
  const moved = changes.map(
    change => `It ${describeMove(change)} ${describeWhen(change)}: ${describeSizes(change)}.`,
  )
  const newest = describeNewest(metric)
  return [
    span,
    ...(moved.length === 0 ? ['No lasting change.'] : moved),
    ...(newest === '' ? [] : [newest]),
  ].join(' ')
}

function tabulate({ values, levels, unit }: MetricHistory, changes: readonly HistoryChange[]): ChartTable {
  const changed = new Set(changes.map(({ run }) => run))
  const positions = new Map(values.map(({ run }, i) => [run, i]))
  const levelAt = (i: number) =>
    levels.find(({ from, to }) => positions.get(from)! <= i && i <= positions.get(to)!)
  return {
    columns: [
      { header: 'run' },
      { header: 'commit' },
      { header: 'value', align: 'right' },
      { header: 'level', align: 'right' },
      { header: '' },
    ],
    rows: values.map(({ run, at, commit, value }, i) => {
      const level = levelAt(i)
      return [
        `${formatTime(at)} UTC`,
        commit === null ? '–' : shortSha(commit),
        formatMeasured(value, unit),
        level === undefined || level.kind === 'drift' ? 'drift' : formatMeasured(level.end, unit),
        changed.has(run) ? 'changed' : '',
      ]
    }),
  }
}
