/** From fields to the columns at rest: the SQL in which both ways end. */
import { sqlName, sqlText } from '../store/engine.js'
import { EARLIEST } from '../store/read-time.js'
import { ACCOUNT_GIVEN, COLUMNS, ROUTE_GIVEN, WITH_ATTRS } from '../store/schema.js'
import { normaliseOnceSql, normaliseRestSql, templateSql } from '../store/template-sql.js'
import type { IdentifyRule } from '../workbook/config.js'
import { identifySql } from './identify-sql.js'
import { FIELD_SQL_TYPE, type Layout } from './layout.js'

export interface ColumnOptions {
  /** How `account` is told; tried in order, before the format's own. Those with a lookup need its table (`createLookupTables`). */
  identify: IdentifyRule[]
  /** Path templates of the workbook. */
  templates: readonly string[]
}

/** `SELECT` of the kind's columns, cast to their types, from a source of the layout's fields; `further` is SQL of more columns. */
export function selectColumns(
  layout: Layout,
  from: string,
  options: ColumnOptions,
  further: Record<string, string> = {},
): string {
  const types: Record<string, string> = COLUMNS[layout.kind]
  let source = from
  for (const [name, sql] of Object.entries(derivedColumns(layout))) {
    source = `(SELECT *, ${sql} AS ${sqlName(name)} FROM ${source})`
  }
  let select = layout.select
  if (layout.kind === 'requests') {
    const identified = identifySql(options.identify, layout, source)
    source = identified.from
    select = requestColumns(layout, options, identified.accounts)
  }
  const columns = Object.entries(types).map(
    ([name, type]) => `(${select[name] ?? 'NULL'})::${type} AS ${sqlName(name)}`,
  )
  if (WITH_ATTRS.has(layout.kind)) columns.push(`${attrsSql(layout)} AS attrs`)
  if (layout.kind === 'requests' && layout.select.route)
    columns.push(`(${layout.select.route}) IS NOT NULL AS ${ROUTE_GIVEN}`)
  if (layout.kind === 'requests' && layout.select.account && options.identify.length > 0)
    columns.push(`(${layout.select.account})::VARCHAR AS ${ACCOUNT_GIVEN}`)
  for (const [name, sql] of Object.entries(further)) columns.push(`${sql} AS ${sqlName(name)}`)
  return `SELECT ${columns.join(',\n  ')} FROM ${source}`
}

function derivedColumns(layout: Layout): Record<string, string> {
  if (layout.kind !== 'requests') return layout.derived ?? {}
  return {
    ...layout.derived,
    derived_path: layout.select.path ?? 'NULL',
    derived_query: layout.select.query ?? 'NULL',
    derived_host: layout.select.host ?? 'NULL',
    derived_once: normaliseOnceSql('derived_path'),
    derived_normal: normaliseRestSql('derived_once'),
  }
}

function requestColumns(
  layout: Layout,
  options: ColumnOptions,
  identified: string[],
): Record<string, string> {
  const own = layout.select
  const accounts = [...identified, own.account ?? 'NULL']
  return {
    weight: '1',
    ...own,
    path: 'derived_path',
    query: 'derived_query',
    host: 'derived_host',
    route: routeSql(layout, options.templates),
    account: `coalesce(${accounts.join(', ')})`,
  }
}

function routeSql(layout: Layout, templates: readonly string[]): string {
  const template = templateSql('derived_path', 'derived_normal', templates)
  const inferred = `coalesce((${layout.select.method ?? 'NULL'}) || ' ', '') || ${template}`
  return layout.select.route ? `coalesce(${layout.select.route}, ${inferred})` : inferred
}

function attrsSql(layout: Layout): string {
  if (layout.attrs) {
    const members = Object.entries(layout.attrs).map(([name, sql]) => `${sqlName(name)} := ${sql}`)
    return `struct_pack(${members.join(', ')})`
  }
  const names = [...(layout.attrNames ?? [])].sort()
  if (names.length === 0) return 'NULL::STRUCT(format VARCHAR)'
  const shape = JSON.stringify(Object.fromEntries(names.map(name => [name, 'VARCHAR'])))
  return `from_json(attrs, ${sqlText(shape)})`
}

/**
 * What the engine keeps of lines that it can't read: about one error for each of their fields, so some 10,000 lines. With more, the
 * account doesn't balance, and reading them again one by one would take longer than the exact way.
 */
const MOST_ERRORS = 60_000
/** A longer line is one error: of 50,000 spaces, each would be one, with the whole line. */
const LONGEST_FAST_LINE = 16_384

/** The engine's reader over the file itself. What it can't read goes to the table `reject_errors`. */
export function readFast(layout: Layout, file: string): string {
  const { delimiter, quote, nullText } = layout.fast!
  const reader = readDelimited(layout, file, [
    `delim = ${sqlText(delimiter)}`,
    `quote = ${sqlText(quote)}`,
    `escape = ${sqlText(quote)}`,
    `nullstr = ${sqlText(nullText)}`,
    `store_rejects = true`,
    `rejects_limit = ${MOST_ERRORS}`,
    `max_line_size = ${LONGEST_FAST_LINE}`,
    `buffer_size = 33554432`,
  ])
  return layout.overflow ? `(SELECT *, NULL::VARCHAR AS ${sqlName(layout.overflow)} FROM ${reader})` : reader
}

/** SQL over the columns at rest: whether they can be those of a request. */
export function isSound(layout: Layout): string {
  const durations = ['duration_ms', 'elapsed_ms', 'queue_ms', 'upstream_ms', 'send_ms']
  return `isfinite("time") AND "time" >= ${EARLIEST} AND (${layout.holds ?? 'true'})
    AND ${durations.map(name => `coalesce(${name}, 0) < 1e15`).join(' AND ')}`
}

/** The same columns, or an error at the first row that only a lenient reader takes for a request. */
export function refuseUnsound(layout: Layout, select: string): string {
  return `SELECT * REPLACE (CASE WHEN ${isSound(layout)} THEN weight ELSE error('unsound') END AS weight) FROM (${select})`
}

/** The rows that the exact way wrote. They fit; an error here is a bug. */
export function readClean(layout: Layout, file: string): string {
  const fields = layout.overflow
    ? [...layout.fields, { name: layout.overflow, type: 'text' as const }]
    : layout.fields
  return readDelimited({ ...layout, fields }, file, [
    `delim = ','`,
    `quote = '"'`,
    `escape = '"'`,
    `nullstr = ''`,
    // A carriage return within a text would be taken for the end of a line.
    `new_line = '\\n'`,
    `allow_quoted_nulls = false`,
    `max_line_size = 33554432`,
    `buffer_size = 67108864`,
    // Texts of other entries may hold newlines, which the engine's threads would have to guess at.
    `parallel = ${layout.entries === 'lines' || layout.entries === 'json-lines'}`,
  ])
}

function readDelimited(layout: Layout, file: string, options: string[]): string {
  const columns = layout.fields
    .map(field => `${sqlText(field.name)}: '${FIELD_SQL_TYPE[field.type]}'`)
    .join(', ')
  return `read_csv(${sqlText(file)}, auto_detect = false, header = false, columns = {${columns}},
    compression = 'none', hive_partitioning = false, ${options.join(', ')})`
}
