/** The overview as text: what all requests sum up to, then one row a route. */
import type { Overview, RouteFigures } from '../evidence/overview.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { renderSparkline } from './sparkline.js'
import { paint, plain, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatPeriod, formatRound } from './times.js'

export interface OverviewOptions {
  /** The share of requests that must be good; routes below it are coloured. */
  objective: number
  /** Whether anybody has set a target, or one was assumed. */
  targets: { isSet: boolean }
}

/** What the overview shows: `Every route`, or how many of how many. */
export function nameRoutes({ routes, others }: Pick<Overview, 'routes' | 'others'>): string {
  if (others.routes === 0) return 'Every route'
  const all = formatCount(routes.length + others.routes)
  return routes.length === 1
    ? `The route that takes the most time, of ${all}`
    : `The ${formatCount(routes.length)} routes that take the most time, of ${all}`
}

export function renderOverview(overview: Overview, style: Style, options: OverviewOptions): string {
  if (overview.requests === 0) return 'No requests.'
  const axis = shareAxis(overview, style)
  const several = new Set(overview.routes.map(route => route.under_ms)).size > 1
  const rows = overview.routes.map(route => listCells(route, overview, axis, several, options))
  const parts = [
    renderTotals(overview, several, style, options),
    '',
    renderTable(listColumns(overview, axis, several), rows, style),
  ]
  const { others } = overview
  if (others.routes > 0) {
    const share = formatShare(overview.total_ms > 0 ? others.total_ms / overview.total_ms : null)
    const rest = `And ${formatCount(others.routes)} more routes: ${formatCount(others.requests)} requests, ${formatDuration(others.total_ms)} (${share} of the time).`
    parts.push(paint(style, 'dim', wrap(style, plain(style, rest))))
  }
  return parts.join('\n')
}

function renderTotals(
  overview: Overview,
  several: boolean,
  style: Style,
  { targets }: OverviewOptions,
): string {
  const assumed = targets.isSet ? '' : ' (assumed: whyslow.yaml names none)'
  const parts = [
    formatPeriod(overview.window),
    `${formatCount(overview.requests)} requests`,
    `${formatDuration(overview.total_ms)} in all`,
    several ? 'targets by route' : `target ${formatDuration(overview.routes[0]?.under_ms)}${assumed}`,
    ...describeMissing(overview),
  ]
  return wrap(style, plain(style, parts.join(' · ')))
}

function describeMissing({ requests, withoutAccount }: Overview): string[] {
  if (withoutAccount === 0) return []
  return [
    `${withoutAccount === requests ? 'all' : formatShare(withoutAccount / requests)} without an account`,
  ]
}

function listColumns(overview: Overview, axis: ShapeAxis, several: boolean): Column[] {
  const target = several ? 'target' : formatDuration(overview.routes[0]?.under_ms)
  return [
    { header: 'route', shrinkTo: 20 },
    { header: 'requests', align: 'right' },
    { header: `under\n${target}`, align: 'right' },
    ...(several ? [{ header: 'target', align: 'right' as const, drop: 8 }] : []),
    { header: 'p50', align: 'right', drop: 9 },
    { header: 'p95', align: 'right' },
    { header: 'p99', align: 'right', drop: 5 },
    { header: 'total\ntime', align: 'right' },
    { header: 'of all\ntime', align: 'right', drop: 6 },
    { header: 'errors', align: 'right', drop: 7 },
    { header: 'never\nfinished', align: 'right', drop: 2 },
    { header: 'clients', align: 'right', drop: 1 },
    { header: 'accounts', align: 'right', drop: 4 },
    { header: `shape\n${axis.label}`, name: 'shape', drop: 3 },
  ]
}

function listCells(
  route: RouteFigures,
  overview: Overview,
  axis: ShapeAxis,
  several: boolean,
  options: OverviewOptions,
): Cell[] {
  const missed = route.underShare !== null && route.underShare < options.objective
  return [
    route.route,
    formatCount(route.requests),
    { text: formatShare(route.underShare), paint: missed ? 'red' : undefined },
    ...(several ? [formatDuration(route.under_ms)] : []),
    formatDuration(route.p50_ms),
    formatDuration(route.p95_ms),
    formatDuration(route.p99_ms),
    formatDuration(route.total_ms),
    formatShare(overview.total_ms > 0 ? route.total_ms / overview.total_ms : null),
    dimZero(route.errorShare),
    dimZero(route.unfinishedShare),
    formatCount(route.clients),
    formatCount(route.accounts),
    { text: axis.draw(route.shape), paint: 'cyan' },
  ]
}

function dimZero(share: number): Cell {
  return { text: formatShare(share), paint: share === 0 ? 'dim' : undefined }
}

interface ShapeAxis {
  /** Where the axis starts and ends, as wide as the shapes below it. */
  label: string
  draw(shape: readonly number[]): string
}

/** The log axis that all shapes share: the part of it in which any route has requests. */
function shareAxis(overview: Overview, style: Style): ShapeAxis {
  const edges = overview.shapeEdges_ms
  const used = edges.map((_, i) => overview.routes.some(route => (route.shape[i] ?? 0) > 0))
  const first = used.indexOf(true)
  const last = used.lastIndexOf(true)
  if (first < 0) return { label: '', draw: () => '' }
  const from = formatRound(edges[first]!)
  const to = formatRound(edges[last + 1] ?? edges[last]!)
  const length = last + 1 - first
  return {
    label: from + ' '.repeat(Math.max(length - from.length - to.length, 1)) + to,
    draw: shape => renderSparkline(shape.slice(first, last + 1), style),
  }
}
