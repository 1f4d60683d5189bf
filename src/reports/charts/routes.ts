/** Routes: the share of its requests under the target, and the time that it takes in all. */
import type { Overview, RouteFigures } from '../../evidence/overview.js'
import { formatCount, formatDuration, formatPromise, formatShare } from '../../units.js'
import { nameRoutes } from '../overview.js'
import type { Chart, ChartTable } from './chart.js'
import { drawKeys, KEYS_HEIGHT } from './keys.js'
import { rect, ruleX } from './plot.js'
import { drawRows, layOutRows, rowScale } from './rows.js'
import type { ValueAxis } from './value-axis.js'

const BAR = 14
/** Where the second panel begins and ends, in widths of the first. */
const SECOND = { from: 1.2, to: 1.8 }

type Drawn = Pick<Overview, 'routes' | 'others' | 'total_ms'>
type Row = RouteFigures & { i: number }

/** Sorted as they are: by the total time. Null without routes. */
export function drawRoutes(overview: Drawn): Chart | null {
  const { routes, total_ms } = overview
  if (routes.length === 0) return null
  const rows = routes.map(route => ({ label: route.route, figures: nameFigures(route) }))
  const layout = layOutRows(rows, BAR + 10, 'shorten')
  const { middle, high } = rowScale(layout)
  const most = Math.max(...routes.map(route => route.total_ms)) || 1
  const own = routes.map((route, i): Row => ({ ...route, i }))
  const counted = own.filter(({ underShare }) => underShare !== null)
  const heights = {
    y1: ({ i }: Row) => middle(i) - high(BAR / 2),
    y2: ({ i }: Row) => middle(i) + high(BAR / 2),
  }
  const good = ({ route, underShare, under_ms }: Row) =>
    `${route}: ${formatShare(underShare)} under ${formatDuration(under_ms)}`
  const time = ({ route, total_ms: own_ms }: Row) =>
    `${route}: ${formatDuration(own_ms)} in all, ${nameTimeShare(own_ms, total_ms)} of all time`
  return drawRows(
    {
      name: 'routes',
      title: `${nameRoutes(overview)}: how many in time, and the time it takes`,
      description: describe(overview),
      table: tabulate(routes, total_ms),
    },
    {
      rows,
      layout,
      axis: panels(most, total_ms),
      marks: [
        rect(counted, { x1: 0, x2: 'underShare', ...heights, title: good, className: 'good' }),
        rect(counted, { x1: 'underShare', x2: 1, ...heights, title: good, className: 'late' }),
        rect(own, {
          x1: SECOND.from,
          x2: ({ total_ms: own_ms }: Row) => SECOND.from + (own_ms / most) * (SECOND.to - SECOND.from),
          ...heights,
          title: time,
          className: 'unknown',
        }),
        ruleX([0, SECOND.from], { className: 'axis' }),
      ],
      above: drawKeys([
        { className: 'good', symbol: 'square', text: 'under the target' },
        { className: 'late', symbol: 'square', text: 'not' },
        { className: 'unknown', symbol: 'square', text: 'total time' },
      ]),
      aboveHeight: KEYS_HEIGHT,
    },
  )
}

/** Shares at the left, at the right times from none to the longest. */
function panels(most_ms: number, total_ms: number): ValueAxis {
  const shares = [0, 0.5, 1].map(at => ({ at, label: formatPromise(at) }))
  const top = total_ms > 0 ? ` (${nameTimeShare(most_ms, total_ms)})` : ''
  return {
    type: 'linear',
    domain: [0, SECOND.to],
    ticks: [
      ...shares,
      { at: SECOND.from, label: '0' },
      { at: SECOND.to, label: `${formatDuration(most_ms)}${top}` },
    ],
  }
}

function nameFigures({ underShare, total_ms }: RouteFigures): string {
  return `${formatShare(underShare)} · ${formatDuration(total_ms)}`
}

function nameTimeShare(own_ms: number, total_ms: number): string {
  return formatShare(total_ms > 0 ? own_ms / total_ms : null)
}

function describe({ routes, others, total_ms }: Drawn): string {
  const [first] = routes
  const isCut = others.routes > 0
  const worst = routes
    .filter(({ underShare }) => underShare !== null)
    .toSorted((one, other) => one.underShare! - other.underShare!)[0]
  const least =
    worst === undefined
      ? ''
      : ` ${isCut ? 'Of them, the fewest' : 'The fewest'} are in time on ${worst.route}: ${formatShare(worst.underShare)} under ${formatDuration(worst.under_ms)}.`
  const longest =
    total_ms > 0
      ? `${first!.route} takes the most time: ${formatDuration(first!.total_ms)}, ${nameTimeShare(first!.total_ms, total_ms)} of all.`
      : 'No time was measured.'
  const shown = isCut
    ? nameRoutes({ routes, others })
    : `${formatCount(routes.length)} ${routes.length === 1 ? 'route' : 'routes'}`
  return `${shown}. ${longest}${least}`
}

function tabulate(routes: readonly RouteFigures[], total_ms: number): ChartTable {
  const right = 'right' as const
  return {
    columns: [
      { header: 'route' },
      ...['requests', 'target', 'under it', 'p50', 'p95', 'p99', 'total time', 'of all time'].map(header => ({
        header,
        align: right,
      })),
    ],
    rows: routes.map(route => [
      route.route,
      formatCount(route.requests),
      formatDuration(route.under_ms),
      formatShare(route.underShare),
      formatDuration(route.p50_ms),
      formatDuration(route.p95_ms),
      formatDuration(route.p99_ms),
      formatDuration(route.total_ms),
      nameTimeShare(route.total_ms, total_ms),
    ]),
  }
}
