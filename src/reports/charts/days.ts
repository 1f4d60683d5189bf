/** Requests that were not good from day to day, the levels that they moved between, and what was deployed then. */
import type { Look } from '../../evidence/look.js'
import { formatCount, formatShare } from '../../units.js'
import { drawShareAxis, shareTicks } from './axes.js'
import type { Chart, ChartTable } from './chart.js'
import { chooseDayTicks, dayNumber, drawDayTicks } from './day-ticks.js'
import { drawChart, WIDTH } from './draw-chart.js'
import { drawLabels, heightOf, type Label, placeLabels } from './labels.js'
import { dot, lineY, link, ruleX, ruleY } from './plot.js'
import { shorten } from './rows.js'

type Drawn = Pick<Look, 'days' | 'changes'>

interface Day {
  day: number
  name: string
  requests: number
  /** Null for a day without a share: the line has a gap there. */
  notGood: number | null
}

const MARGINS = { marginLeft: 52, marginRight: 28, marginBottom: 32 }
const PLOT_HEIGHT = 170

/** Null with fewer than two days that have a share. */
export function drawDays({ days, changes }: Drawn): Chart | null {
  const all = fillGaps(days)
  const known = all.filter(({ notGood }) => notGood !== null)
  if (known.length < 2) return null
  const [first, last] = [all[0]!.day, all.at(-1)!.day]
  const domain = [first - 0.5, last + 0.5] as const
  const room = WIDTH - MARGINS.marginLeft - MARGINS.marginRight
  const at = (day: number) => MARGINS.marginLeft + ((day - domain[0]) / (domain[1] - domain[0])) * room
  const points = changes?.points ?? []
  const labels = placeLabels(
    points.flatMap(point => labelChange(point, at(dayNumber(point.day) - 0.5))),
    MARGINS.marginLeft,
  )
  const top = Math.max(...known.map(({ notGood }) => notGood!), 0.001) * 1.05
  const marginTop = heightOf(labels) + 12
  return drawChart(
    {
      name: 'days',
      title: 'Requests that were not good, by day',
      description: describe(known, changes),
      table: tabulate(known),
    },
    {
      ...MARGINS,
      marginTop,
      height: marginTop + PLOT_HEIGHT + MARGINS.marginBottom,
      x: { type: 'linear', domain: [...domain], axis: null },
      y: { type: 'linear', domain: [0, top], axis: null },
      marks: [
        ...drawShareAxis(shareTicks(top)),
        ruleY([0], { className: 'axis' }),
        drawDayTicks(chooseDayTicks(first, last, room)),
        lineY(all, { x: 'day', y: 'notGood', className: 'late line thin' }),
        dot(known, {
          x: 'day',
          y: 'notGood',
          r: all.length > 120 ? 1.5 : 3,
          title: ({ name, notGood, requests }: Day) =>
            `${name}: ${formatShare(notGood)} of ${formatCount(requests)} requests not good`,
          fill: 'currentColor',
          className: 'late',
        }),
        ruleX(
          points.map(({ day }) => dayNumber(day) - 0.5),
          { strokeDasharray: '5 3', className: 'mark' },
        ),
        link(levelsOf(points, first, last), {
          x1: 'from',
          x2: 'to',
          y1: 'level',
          y2: 'level',
          className: 'mark level',
        }),
        ...drawLabels(labels, MARGINS.marginLeft),
      ],
    },
  )
}

type Point = NonNullable<Look['changes']>['points'][number]

/** What was deployed stands above the change, marked by a triangle. */
function labelChange({ before, after, deploys }: Point, x: number): Label[] {
  const change = { x, text: `${formatShare(1 - before)} → ${formatShare(1 - after)}` }
  const [newest, ...others] = deploys.map(
    ({ version, commit }) => version ?? commit?.slice(0, 12) ?? 'unnamed',
  )
  if (newest === undefined) return [change]
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return [change, { x, text: `▲ deployed ${shorten(newest, 24)}${more}`, className: 'quiet' }]
}

function levelsOf(
  points: readonly Point[],
  first: number,
  last: number,
): { from: number; to: number; level: number }[] {
  const start = points[0]
  if (start === undefined) return []
  const edges = [first - 0.5, ...points.map(({ day }) => dayNumber(day) - 0.5), last + 0.5]
  const levels = [start.before, ...points.map(({ after }) => after)]
  return levels.map((share, i) => ({ from: edges[i]!, to: edges[i + 1]!, level: 1 - share }))
}

/** Every calendar day from the first to the last. */
function fillGaps(days: Look['days']): Day[] {
  const byNumber = new Map(days.map(day => [dayNumber(day.day), day]))
  const [first = 0, last = -1] = [byNumber.keys().next().value, [...byNumber.keys()].at(-1)]
  return Array.from({ length: last - first + 1 }, (_, i): Day => {
    const found = byNumber.get(first + i)
    const share = found?.underShare ?? null
    return {
      day: first + i,
      name: found?.day ?? '',
      requests: found?.requests ?? 0,
      notGood: share === null ? null : 1 - share,
    }
  })
}

function describe(known: readonly Day[], changes: Look['changes']): string {
  const worst = known.toSorted((one, other) => other.notGood! - one.notGood!)[0]!
  const span = `${known.length} days from ${known[0]!.name} to ${known.at(-1)!.name}.`
  const most =
    worst.notGood === 0
      ? 'All requests were good.'
      : `Worst ${worst.name}: ${formatShare(worst.notGood)} not good of ${formatCount(worst.requests)} requests.`
  const moved = (changes?.points ?? []).map(
    ({ day, before, after }) =>
      `From ${day} on ${formatShare(1 - after)} were not good, ${formatShare(1 - before)} before.`,
  )
  const none = changes !== null && moved.length === 0 ? ['No lasting change.'] : []
  return [span, most, ...moved, ...none].join(' ')
}

function tabulate(known: readonly Day[]): ChartTable {
  return {
    columns: [
      { header: 'day' },
      { header: 'requests', align: 'right' },
      { header: 'not good', align: 'right' },
    ],
    rows: known.map(({ name, requests, notGood }) => [name, formatCount(requests), formatShare(notGood)]),
  }
}
