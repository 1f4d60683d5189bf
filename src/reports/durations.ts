/** How long requests take: the chart, its shape and what that usually means, quantiles, and shares under thresholds. */
import type { Look } from '../evidence/look.js'
import type { Unfinished } from '../evidence/unfinished.js'
import { formatDuration, formatShare } from '../units.js'
import { describeModes, renderHistogram } from './histogram.js'
import { paint, plain, type Style, wrap } from './style.js'
import { type Column, renderTable } from './table.js'
import { formatRound } from './times.js'

const NAME_WIDTH = 9

/** Paragraphs; none when nothing was measured. `next` is a command. */
export function renderDurations(look: Look, style: Style, next: string | null): string[] {
  if (look.measuredUnder === null) return []
  const chart = renderHistogram(look.histogram, look, style)
  return [
    [chart, ...renderShape(look, style, next)].filter(text => text !== '').join('\n'),
    [renderQuantiles(look, style), ...explainUnfinished(look.unfinished, style)].join('\n'),
    ...(look.bands.length === 0 ? [] : [renderBands(look, style)]),
  ]
}

/** What kind of problem it may be, in one paragraph; empty where the shape can't be told. */
export function describeShape({ shape }: Pick<Look, 'shape'>): string[] {
  if (shape === null) return []
  const times = (ratio: number | null) => (ratio === null ? 'many' : formatRatio(ratio))
  return [
    [
      `p90 is ${times(shape.width)} times p10, and p99 ${times(shape.tail)} times p50.`,
      ...(shape.kind === 'customer'
        ? [`${formatShare(shape.betweenCustomers ?? 0)} of the spread lies between customers.`]
        : []),
      `Usually that is ${shape.means}.`,
    ].join(' '),
  ]
}

function renderShape({ modes, shape }: Look, style: Style, next: string | null): string[] {
  const text = [describeModes(modes), ...describeShape({ shape })].join(' ')
  if (shape === null) return [wrap(style, plain(style, text))]
  return [
    wrap(style, plain(style, text)),
    ...(next === null ? [] : [paint(style, 'dim', wrap(style, plain(style, `→ ${next}`), '  '))]),
  ]
}

function formatRatio(ratio: number): string {
  return ratio < 9.95 ? ratio.toFixed(1) : String(Math.round(ratio))
}

function renderQuantiles({ quantiles, unfinished }: Look, style: Style): string {
  const names = quantiles.map(({ q }) => `p${Math.round(q * 100)}`)
  const measured = quantiles.map(({ ms }) => formatDuration(ms))
  if (unfinished === null) return sideways(names, 'quantile', [['', measured]], style)
  const late = (ms: number | null) => (ms === null ? 'later' : formatDuration(ms))
  return sideways(
    names,
    'quantile',
    [
      ['measured', measured],
      ['answered', unfinished.quantiles.map(({ ms }) => late(ms))],
      ['at least', unfinished.quantiles.map(({ bounds_ms }) => late(bounds_ms[0]))],
      ['at most', unfinished.quantiles.map(({ bounds_ms }) => late(bounds_ms[1]))],
    ],
    style,
  )
}

function explainUnfinished(unfinished: Unfinished | null, style: Style): string[] {
  if (unfinished === null) return []
  const { share, unwatched, requests, routes } = unfinished
  const each = routes === 1 ? '' : `, each of the ${routes} routes by itself`
  const missing =
    unwatched === 0 ? '' : ` Of ${formatShare(unwatched / requests)} of these, the log has no time at all.`
  const text = `${formatShare(share)} of the requests never finished. “answered” is the time to an answer if they had been waited for (Kaplan–Meier${each}); whatever they were given up for, it lies between the two below. “later” is past the last answer.${missing}`
  return [paint(style, 'dim', wrap(style, plain(style, text)))]
}

const CUSTOMERS = {
  customer: 'customers',
  client: 'clients',
  'time block': '',
  request: '',
  pair: '',
  repetition: '',
}

function renderBands({ bands, unit }: Look, style: Style): string {
  const rows: Row[] = [['requests', bands.map(({ share }) => formatShare(share))]]
  const name = CUSTOMERS[unit]
  if (name !== '') rows.push([name, bands.map(({ customers }) => formatShare(customers))])
  const table = sideways(
    bands.map(({ under_ms }) => formatRound(under_ms)),
    'under',
    rows,
    style,
  )
  const text = `requests: the share that ended well in less. ${name}: those of whom at least three in four requests did.`
  return name === '' ? table : `${table}\n${paint(style, 'dim', wrap(style, plain(style, text)))}`
}

type Row = [name: string, values: string[]]

/** Columns with one value a row; several such tables where the terminal is narrow. */
function sideways(headers: string[], name: string, rows: Row[], style: Style): string {
  const widest = Math.max(...[headers, ...rows.map(row => row[1])].flat().map(text => text.length)) + 2
  const most = Math.max(1, Math.floor((style.width - NAME_WIDTH) / widest))
  const perTable = Math.ceil(headers.length / Math.ceil(headers.length / most))
  const tables: string[] = []
  for (let i = 0; i < headers.length; i += perTable) {
    const columns = headers
      .slice(i, i + perTable)
      .map((header): Column => ({ header: header.padStart(widest - 2), align: 'right' }))
    const cells = rows.map(([row, values]) => [row, ...values.slice(i, i + perTable)])
    tables.push(renderTable([{ header: name.padEnd(NAME_WIDTH) }, ...columns], cells, style))
  }
  return tables.join('\n')
}
