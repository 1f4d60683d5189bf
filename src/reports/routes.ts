/** Path templates as text: what they stand for, and what a change of them did. */
import { formatCount } from '../units.js'
import { escapeTerminal } from './escape.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { type Cell, renderTable } from './table.js'

export interface TemplateRow {
  template: string
  /** In which list of `routes.yaml` it stands; null for a path that is its own route. */
  list: 'routes' | 'inferred' | null
  methods: string[]
  requests: number
  paths: number
  examples: string[]
}

export interface TemplateList {
  templates: TemplateRow[]
  /** Routes that are no templates and were left out. */
  others: { routes: number; requests: number }
}

export function renderTemplates({ templates, others }: TemplateList, limit: number, style: Style): string {
  if (templates.length === 0 && others.routes === 0)
    return 'There are no routes yet: whyslow import access.log'
  const shown = templates.slice(0, limit)
  const rows = shown.map((row): Cell[] => [
    row.template,
    row.list === 'routes' ? 'yours' : row.list === 'inferred' ? 'inferred' : '–',
    row.methods.join(' '),
    { text: formatCount(row.requests), paint: row.requests === 0 ? 'yellow' : undefined },
    formatCount(row.paths),
    row.examples.join('  '),
  ])
  const columns = [
    { header: 'template', shrinkTo: 24 },
    { header: 'kept as', drop: 2 },
    { header: 'methods', drop: 1 },
    { header: 'requests', align: 'right' as const },
    { header: 'paths', align: 'right' as const },
    { header: 'for example', shrinkTo: 24 },
  ]
  const rest = templates.length - shown.length
  const parts = rows.length === 0 ? ['No template is kept yet.'] : [renderTable(columns, rows, style)]
  if (rest > 0) parts.push(dim(style, `And ${formatCount(rest)} more: --limit ${templates.length}`))
  if (others.routes > 0) {
    const what = others.routes === 1 ? '1 path is a route' : `${formatCount(others.routes)} paths are routes`
    parts.push(dim(style, `${what} by themselves: ${formatCount(others.requests)} requests (--all)`))
  }
  return fitCharset(style, parts.join('\n'))
}

export interface RoutesReport {
  added: readonly string[]
  removed: readonly string[]
  requests: number
  sources: number
  changes: readonly { from: string; to: string[]; requests: number }[]
  stories: readonly { id: string; from: string; to: string }[]
}

const MOST_CHANGES = 20

export function renderRoutesChanged(report: RoutesReport, style: Style): string {
  const lines = [
    ...report.removed.map(template => `${paint(style, 'red', '-')} ${escapeTerminal(template)}`),
    ...report.added.map(template => `${paint(style, 'green', '+')} ${escapeTerminal(template)}`),
  ]
  if (lines.length === 0) lines.push('routes.yaml is as it was.')
  if (report.changes.length > 0) {
    const rows = report.changes
      .slice(0, MOST_CHANGES)
      .map(({ from, to, requests }): Cell[] => [from, describeTargets(to), formatCount(requests)])
    const columns = [
      { header: 'was', shrinkTo: 20 },
      { header: 'is', shrinkTo: 20 },
      { header: 'requests', align: 'right' as const },
    ]
    lines.push('', renderTable(columns, rows, style))
    const rest = report.changes.length - rows.length
    if (rest > 0) lines.push(dim(style, `And ${formatCount(rest)} more routes.`))
  }
  const sources = report.sources === 1 ? '1 source' : `${formatCount(report.sources)} sources`
  lines.push(
    '',
    report.requests === 0
      ? 'No imported request has another route.'
      : `${formatCount(report.requests)} requests in ${sources} have another route.`,
  )
  for (const { id, to } of report.stories)
    lines.push(wrap(style, plain(style, `Story ${id} is about ${to} now.`)))
  return fitCharset(style, lines.join('\n'))
}

function describeTargets(routes: readonly string[]): string {
  const rest = routes.length - 1
  return rest === 0 ? routes[0]! : `${routes[0]} and ${formatCount(rest)} more`
}

function dim(style: Style, text: string): string {
  return paint(style, 'dim', wrap(style, text))
}
