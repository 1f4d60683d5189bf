/** What an export did to tickets, what a dry run would have sent, and what was brought back. */
import { formatCount } from '../units.js'
import { escapeJson, escapeTerminal } from './escape.js'
import { fitCharset, paint, type Style } from './style.js'
import { renderTable } from './table.js'

interface Exported {
  story: string
  key: string
  url: string
  did: 'created' | 'updated' | 'unchanged'
}

interface Request {
  method: string
  url: string
  body: unknown
}

interface Pulled {
  story: string
  key: string
  status: string
  assignee: string | null
  closed: string | null
  notes: number
}

/** What an export with `--dry-run`, with `--pull`, or with neither of them came to. */
export interface TicketRun {
  exports: readonly Exported[]
  pulled?: readonly Pulled[]
  requests?: readonly Request[]
  redacted: readonly { kind: string; count: number }[]
}

export function renderTicketRun(run: TicketRun, style: Style): string {
  if (run.requests) return renderDryRun(run.requests, run.redacted, style)
  return run.pulled ? renderPulled(run.pulled, style) : renderExports(run.exports, style)
}

function renderExports(exports: readonly Exported[], style: Style): string {
  if (exports.length === 0) return ''
  const columns = [
    { header: 'story', shrinkTo: 16 },
    { header: 'did' },
    { header: 'ticket', drop: 1 },
    { header: 'address' },
  ]
  const rows = exports.map(({ story, did, key, url }) => [story, did, key, url])
  return fitCharset(style, renderTable(columns, rows, style))
}

/** Every request that changes something, as it would be sent, and what was taken out of them. */
function renderDryRun(
  requests: readonly Request[],
  redacted: readonly { kind: string; count: number }[],
  style: Style,
): string {
  const sent = requests.map(({ method, url, body }) => {
    const head = paint(style, 'bold', escapeTerminal(`${method} ${url}`))
    return body === null || body === undefined
      ? head
      : `${head}\n${escapeJson(JSON.stringify(body, null, 2))}`
  })
  const count = requests.length === 1 ? '1 request' : `${formatCount(requests.length)} requests`
  const end =
    requests.length === 0 ? 'Nothing would be sent.' : `A dry run: ${count} would be sent, none was.`
  return fitCharset(style, [...sent, `${describeRedacted(redacted)}\n${end}`].join('\n\n'))
}

/** `Taken out: 3 × ip, 1 × secret`. */
export function describeRedacted(redacted: readonly { kind: string; count: number }[]): string {
  if (redacted.length === 0) return 'Taken out: nothing'
  return `Taken out: ${redacted.map(({ kind, count }) => `${formatCount(count)} × ${kind}`).join(', ')}`
}

function renderPulled(pulled: readonly Pulled[], style: Style): string {
  if (pulled.length === 0) return ''
  const columns = [
    { header: 'story', shrinkTo: 16 },
    { header: 'ticket' },
    { header: 'status', shrinkTo: 10 },
    { header: 'assignee', shrinkTo: 10 },
    { header: 'closed' },
    { header: 'new notes', align: 'right' as const },
  ]
  const rows = pulled.map(({ story, key, status, assignee, closed, notes }) => [
    story,
    key,
    status,
    assignee ?? '–',
    closed?.slice(0, 10) ?? '–',
    formatCount(notes),
  ])
  return fitCharset(style, renderTable(columns, rows, style))
}
