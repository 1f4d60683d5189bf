/** Single requests as text: a row each, or every column of each. */
import type { RequestList, RequestRow } from '../evidence/list-requests.js'
import { formatBytes, formatCount, formatDuration } from '../units.js'
import { paint, plain, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatTime } from './times.js'

export type RequestColumns = 'compact' | 'all'

export function renderRequests(list: RequestList, style: Style, columns: RequestColumns = 'compact'): string {
  if (list.total === 0 || list.requests.length === 0) return 'No requests.'
  const shown = list.requests.length
  const head =
    shown < list.total
      ? `The slowest ${shown === 1 ? '' : `${formatCount(shown)} `}of ${formatCount(list.total)} requests; times in UTC`
      : `${formatCount(list.total)} ${list.total === 1 ? 'request' : 'requests, slowest first'}; times in UTC`
  const body = columns === 'all' ? renderBlocks(list.requests, style) : renderRows(list.requests, style)
  return `${wrap(style, plain(style, head))}\n\n${body}`
}

function renderRows(requests: RequestRow[], style: Style): string {
  const has = (name: keyof RequestRow) => requests.some(request => request[name] !== null)
  const optional = (name: keyof RequestRow, column: Column, cell: (request: RequestRow) => Cell) =>
    has(name) ? [{ column, cell }] : []
  const columns: { column: Column; cell: (request: RequestRow) => Cell }[] = [
    { column: { header: 'time' }, cell: request => formatTime(text(request.time)) },
    { column: { header: 'request', shrinkTo: 24 }, cell: describeTarget },
    { column: { header: 'status', align: 'right' }, cell: request => text(request.status) },
    { column: { header: 'outcome', drop: 6 }, cell: paintOutcome },
    { column: { header: 'duration', align: 'right' }, cell: formatRequestDuration },
    ...optional('queue_ms', { header: 'queue', align: 'right', drop: 2 }, request =>
      formatDuration(number(request.queue_ms)),
    ),
    ...optional('upstream_ms', { header: 'upstream', align: 'right', drop: 4 }, request =>
      formatDuration(number(request.upstream_ms)),
    ),
    ...optional('send_ms', { header: 'send', align: 'right', drop: 1 }, request =>
      formatDuration(number(request.send_ms)),
    ),
    ...optional('account', { header: 'account', drop: 7 }, request => text(request.account)),
    ...optional('client', { header: 'client', drop: 5 }, request => text(request.client)),
    ...optional('upstream', { header: 'instance', drop: 3 }, request => text(request.upstream)),
  ]
  return renderTable(
    columns.map(({ column }) => column),
    requests.map(request => columns.map(({ cell }) => cell(request))),
    style,
  )
}

/** Method, path and query; the route where the log kept no path. */
function describeTarget(request: RequestRow): string {
  if (request.path === null) return text(request.route)
  const query =
    request.query === null || request.query === '' ? '' : `?${text(request.query).replace(/^\?/, '')}`
  return `${request.method === null ? '' : `${request.method} `}${request.path}${query}`
}

function paintOutcome(request: RequestRow): Cell {
  const outcome = text(request.outcome)
  const bad = outcome === 'server_error' || outcome === 'timeout' || outcome === 'aborted'
  return { text: outcome.replaceAll('_', ' '), paint: bad ? 'red' : undefined }
}

/** How long an unfinished request was watched is only the least that it would have taken. */
function formatRequestDuration(request: RequestRow): string {
  const unfinished = request.outcome === 'timeout' || request.outcome === 'aborted'
  const ms = number(request.duration_ms) ?? number(request.elapsed_ms)
  return ms !== null && unfinished ? `≥ ${formatDuration(ms)}` : formatDuration(ms)
}

function renderBlocks(requests: RequestRow[], style: Style): string {
  return requests.map((request, i) => renderBlock(request, i, style)).join('\n\n')
}

function renderBlock(request: RequestRow, index: number, style: Style): string {
  const { attrs, ...columns } = request
  const pairs = [
    ...Object.entries(columns).map(([name, value]) => [name, formatValue(name, value)]),
    ...Object.entries(attrs).map(([name, value]) => [`attrs.${name}`, formatValue(name, value)]),
  ].map(([name, value]) => [plain(style, name!), plain(style, value!)])
  const width = Math.max(...pairs.map(([name]) => name!.length))
  const lines = pairs.map(([name, value]) => `  ${paint(style, 'dim', name!.padEnd(width))}  ${value}`)
  return [paint(style, 'bold', `${index + 1}. ${plain(style, describeTarget(request))}`), ...lines].join('\n')
}

function formatValue(name: string, value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number' && name.endsWith('_ms')) return formatDuration(value)
  if (typeof value === 'number' && name.startsWith('bytes_')) return formatBytes(value)
  if (name === 'time') return formatTime(String(value))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function text(value: string | number | null): string {
  return value === null ? '–' : String(value)
}

function number(value: string | number | null): number | null {
  return value === null ? null : Number(value)
}
