/** What was imported, as text: one row a file, and the lines that were rejected. */
import type { RejectedLine, Source } from '../store/catalog.js'
import { formatCount } from '../units.js'
import { paint, plain, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatDay, formatTime } from './times.js'

/** From this width on, periods are shown to the second. */
const ROOM_FOR_SECONDS = 130

export function renderSources(sources: readonly Source[], style: Style): string {
  if (sources.length === 0) return 'Nothing was imported yet.'
  const columns = [...sourceColumns(), { header: 'no account', align: 'right' as const, drop: 0 }]
  const rows = sources.flatMap(source => {
    const [first = [], ...further] = sourceRows(source, style)
    return [[...first, describeMissing(source)], ...further]
  })
  const isKnown = sources.some(source => source.withoutAccount !== undefined)
  return renderTable(isKnown ? columns : columns.slice(0, -1), rows, style)
}

function describeMissing({ withoutAccount }: Source): Cell {
  return withoutAccount === undefined ? '–' : formatCount(withoutAccount)
}

/** What was taken out. */
export function renderRemoved(sources: readonly Source[], style: Style): string {
  const rows = sources.flatMap(source => sourceRows(source, style))
  const summary = `Took out ${countRows(sources)}.`
  return `${renderTable(sourceColumns(), rows, style)}\n\n${wrap(style, plain(style, summary))}`
}

/** `30,124 requests and 160 accounts`. */
export function countRows(sources: readonly Source[]): string {
  const byKind = new Map<string, number>()
  for (const source of sources) {
    for (const [kind, rows] of [[source.kind, source.rows] as const, ...alsoOf(source)])
      byKind.set(kind, (byKind.get(kind) ?? 0) + rows)
  }
  const counts = [...byKind].map(
    ([kind, rows]) => `${formatCount(rows)} ${rows === 1 ? kind.slice(0, -1) : kind}`,
  )
  return counts.length === 1 ? counts[0]! : `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`
}

export function sourceColumns(): Column[] {
  return [
    { header: 'id' },
    { header: 'file', shrinkTo: 18, cut: 'start' },
    { header: 'kind', drop: 3 },
    { header: 'format', drop: 2 },
    { header: 'rows', align: 'right' },
    { header: 'rejected', align: 'right', drop: 5 },
    { header: 'skipped', align: 'right', drop: 1 },
    { header: 'from (UTC)', drop: 4 },
    { header: 'to (UTC)', drop: 4 },
  ]
}

/** One row, and one for each further kind that the same lines gave. */
export function sourceRows(source: Source, style: Style): Cell[][] {
  const further = alsoOf(source).map(([kind, rows]): Cell[] => [
    '',
    `  also ${kind}`,
    kind,
    source.format,
    formatCount(rows),
    '',
    '',
    '',
    '',
  ])
  return [sourceCells(source, style), ...further]
}

function alsoOf({ also = {} }: Source): [kind: string, rows: number][] {
  return Object.entries(also).filter(([, rows]) => rows > 0)
}

function sourceCells(source: Source, style: Style): Cell[] {
  const time = style.width >= ROOM_FOR_SECONDS ? formatTime : formatDay
  return [
    source.id,
    nameSource(source),
    source.kind,
    source.format,
    formatCount(source.rows),
    { text: formatCount(source.rejected), paint: source.rejected > 0 ? 'yellow' : 'dim' },
    { text: formatCount(source.skipped), paint: source.skipped > 0 ? undefined : 'dim' },
    time(source.from),
    time(source.to),
  ]
}

/** The file, and where in it the lines begin when what stands before was imported earlier. */
function nameSource({ file, after }: Source): string {
  const name = file === '-' ? '- (stdin)' : file
  return after ? `${name} from line ${formatCount(after.newlines + 1)}` : name
}

/** One source by name and value, then the lines of it that were rejected, at most `limit` of them. */
export function renderRejects(
  source: Source,
  rejects: readonly RejectedLine[],
  limit: number,
  style: Style,
): string {
  const head = renderSource(source, style)
  if (rejects.length === 0) return `${head}\n\nNo line was rejected.`
  const rows = rejects
    .slice(0, limit)
    .map(({ line, reason, text }): Cell[] => [formatCount(line), reason, text])
  const columns: Column[] = [
    { header: 'line', align: 'right' },
    { header: 'reason' },
    { header: 'text', shrinkTo: 20 },
  ]
  const rest = rejects.length - rows.length
  const table = renderTable(columns, rows, style)
  if (rest <= 0) return `${head}\n\n${table}`
  return `${head}\n\n${table}\n${paint(style, 'dim', wrap(style, `And ${formatCount(rest)} more: --limit ${rejects.length}`))}`
}

function renderSource(source: Source, style: Style): string {
  const pairs = [
    ['file', nameSource(source)],
    ...(source.after
      ? [['goes on', `from ${source.after.hash.slice(0, 12)}, which begins the same file`]]
      : []),
    ['id', source.id],
    ['kind', source.kind],
    ['format', source.format],
    ['rows', formatCount(source.rows)],
    ...alsoOf(source).map(([kind, rows]) => ['also', `${formatCount(rows)} ${kind}`]),
    ['rejected', formatCount(source.rejected)],
    ['skipped', `${formatCount(source.skipped)} (comments, headers and the like)`],
    ...(source.withoutAccount === undefined
      ? []
      : [['accounts', `unknown of ${formatCount(source.withoutAccount)} requests`]]),
    ['from', source.from === null ? '–' : `${formatTime(source.from)} UTC`],
    ['to', source.to === null ? '–' : `${formatTime(source.to)} UTC`],
    ['imported', `${formatTime(source.importedAt)} UTC`],
  ]
  return pairs
    .map(([name, value]) => `${paint(style, 'dim', name!.padEnd(8))}  ${plain(style, value!)}`)
    .join('\n')
}

/** A source as `--json` shows it. */
export interface SourceRow {
  id: string
  file: string
  kind: string
  format: string
  rows: number
  /** Rows of further kinds that the same lines gave; absent where there are none. */
  also?: Record<string, number>
  rejected: number
  skipped: number
  from: string | null
  to: string | null
  /** Of the file; more than 1 when what stands before was imported earlier. */
  firstLine: number
  /** Requests without an account; null where that isn't known, or there are none. */
  withoutAccount: number | null
  alreadyImported: boolean
}

/** A source that is listed, rather than just imported, was there already. */
export function sourceRow(source: Source & { alreadyImported?: boolean }): SourceRow {
  const { id, file, kind, format, rows, rejected, skipped, from, to, alreadyImported = true } = source
  const { withoutAccount = null } = source
  const firstLine = (source.after?.newlines ?? 0) + 1
  const also = Object.fromEntries(alsoOf(source))
  const further = Object.keys(also).length === 0 ? {} : { also }
  return {
    id,
    file,
    kind,
    format,
    rows,
    ...further,
    rejected,
    skipped,
    from,
    to,
    firstLine,
    withoutAccount,
    alreadyImported,
  }
}
