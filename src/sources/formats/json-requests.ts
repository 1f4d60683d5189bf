/**
 * Logs of one JSON object a request, by a declaration of which member holds which column and in which unit. What has no column becomes an
 * attribute under its own dotted name. Lines may stand in a container runtime's (see `container-line.ts`), or be the list of one document.
 */
import { sqlText } from '../../store/engine.js'
import { type Doubt, DURATION_UNITS, type DurationUnit, type Layout } from '../layout.js'
import { durationSql } from './json-duration.js'
import { type JsonShape, keyOf, learnShape, memberOf, type Path, pointerTo } from './json-paths.js'
import type { JsonRecords } from './json-records.js'
import { NUMBERS, splitRecord, targetOf } from './json-split.js'
import { tellTimeForm } from './json-time.js'
import { outcomeOf, splitRequestLine } from './request-sql.js'

type TextColumn =
  | 'method'
  | 'host'
  | 'client'
  | 'account'
  | 'user_agent'
  | 'referer'
  | 'upstream'
  | 'trace_id'
  | 'route'
  | 'query'
type NumberColumn = 'status' | 'bytes_in' | 'bytes_out' | 'weight'
type DurationColumn = 'duration_ms' | 'queue_ms' | 'upstream_ms' | 'send_ms'

/** `text` is a number with its unit: `0.25s` as Google writes it, `1m2.5s` as Go does. */
export type JsonUnit = DurationUnit | 'text'

export interface JsonDuration {
  path: Path
  unit: JsonUnit
  /** Several servers may stand in it one behind the other: no number then, but no mistake. */
  isList?: boolean
}

export interface JsonRequests {
  format: string
  records: JsonRecords
  time: Path[]
  /** A path with its query, or a URL. */
  target: Path[]
  /** Whole request lines, where there is no target. */
  request?: Path[]
  /** Columns by the members that hold them, the most telling first. */
  columns: Partial<Record<TextColumn | NumberColumn, Path[]>>
  durations: Partial<Record<DurationColumn, JsonDuration[]>>
  /** Objects whose members are attributes of their own. */
  open?: Path[]
  /** What of these members isn't kept as an attribute: the columns say all of it. */
  used?: Path[]
  /** Why a record is no request of this program; null when it is one. */
  refuse(record: Record<string, unknown>): { skip: string } | { reject: string } | null
  /** Holds in SQL for the same records. */
  holds(at: JsonShape['at']): string
  /** Which of the program's own lines this text is, that is no JSON. */
  ownLine?(text: string): string | null
  /** SQL of columns by other rules; `own` is SQL of all columns by these. */
  select?(at: JsonShape['at'], own: Record<string, string>): Record<string, string>
  /** SQL of attributes by other rules; null leaves one out. */
  attrs?(at: JsonShape['at']): Record<string, string>
  doubts?: Doubt[]
}

/** Texts that stand for nothing. */
const clean = (sql: string) => `nullif(nullif(${sql}, ''), '-')`

export function firstOf(at: JsonShape['at'], paths: readonly Path[] = []): string {
  const sources = paths.map(path => clean(at(path)))
  return sources.length > 1 ? `coalesce(${sources.join(', ')})` : (sources[0] ?? 'NULL::VARCHAR')
}

export function jsonLayout(spec: JsonRequests): Layout {
  const { runtime, records } = spec.records
  const timeForm = tellTimeForm(records.map(record => memberOf(record, spec.time[0]!)))
  const durations = Object.values(spec.durations).flat()
  const shape = learnShape(records, {
    open: spec.open ?? [],
    declared: [
      ...spec.time,
      ...spec.target,
      ...(spec.request ?? []),
      ...Object.values(spec.columns).flat(),
      ...durations.map(one => one.path),
      ...(spec.used ?? []),
    ],
    types: new Map([[spec.time[0]!, timeForm.type]]),
  })
  const { at } = shape
  const target = targetSql(spec, at)
  const numbers = numbersSql(spec, at)
  const own = ownColumns(spec, at, target.columns)
  const select = { ...own, ...spec.select?.(at, own) }
  const ended = select.outcome!
  const derived: Record<string, string> = {
    record: shape.transform,
    keys: shape.keys,
    ...numbers.derived,
    ...target.derived,
    ended,
    took: select.duration_ms!,
  }
  const columns: Record<string, string> = {
    ...select,
    time: `coalesce(${timeForm.sql(at(spec.time[0]!))}, exact_time)`,
    outcome: 'ended',
    duration_ms: 'took',
    elapsed_ms: select.elapsed_ms ?? `CASE WHEN ended IN ('aborted', 'timeout') THEN took END`,
  }
  const attrs = attributesSql(spec, shape, { ...derived, ...columns })
  return {
    format: spec.format,
    kind: 'requests',
    entries: spec.records.entries,
    fields: [
      { name: 'json', type: 'text', required: true },
      { name: 'exact_time', type: 'time' },
      { name: 'more', type: 'text' },
      { name: 'container', type: 'text' },
    ],
    split: entry => splitRecord(entry, spec, shape),
    targetOf: entry => targetOf(entry, spec),
    derived,
    select: columns,
    attrs: {
      ...attrs,
      ...target.attrs,
      ...(runtime && {
        'container.time': `split_part(container, ' ', 1)`,
        'container.stream': `split_part(container, ' ', 2)`,
      }),
      more: 'more',
    },
    attribute: name => attributeSql(name, shape),
    ...(spec.doubts && { doubts: spec.doubts }),
    ...(spec.records.entries === 'json-lines' && {
      json: {
        runtime,
        strict: runtime === null && isUniform(spec, shape) ? shape.strict : null,
        known: `coalesce(${shape.keysKnown}, false)`,
        // A NUL in a path would be in a route, which nobody could type.
        sound: ['NOT coalesce(contains(target, chr(0)), false)', ...numbers.sound, spec.holds(at)]
          .map(sql => `coalesce(${sql}, false)`)
          .join(' AND '),
      },
    }),
  }
}

/** The pieces of a target by themselves, or behind those of a request line. */
function targetSql(spec: JsonRequests, at: JsonShape['at']) {
  const line = splitRequestLine('request_line')
  const { method_end, version_at, target, ...pieces } = line.derived
  const own = firstOf(at, spec.target)
  const origin = { origin: 'origin' }
  if (!spec.request?.length)
    return {
      derived: { target: own, ...pieces },
      columns: { ...line.columns, method: 'NULL' },
      attrs: origin,
    }
  return {
    derived: {
      request_line: firstOf(at, spec.request),
      method_end: method_end!,
      version_at: version_at!,
      line_target: target!,
      target: `coalesce(${own}, line_target)`,
      ...pieces,
    },
    columns: line.columns,
    attrs: origin,
  }
}

/** The numbers of a record, and that what isn't one isn't taken for nothing. */
function numbersSql(spec: JsonRequests, at: JsonShape['at']) {
  const derived: Record<string, string> = {}
  const sound: string[] = []
  for (const column of NUMBERS) {
    const paths = spec.columns[column]
    if (!paths?.length) continue
    const text = firstOf(at, paths)
    derived[`${column}_number`] = `try_cast(${text} AS ${column === 'weight' ? 'DOUBLE' : 'BIGINT'})`
    sound.push(`(${column}_number IS NULL) = (${text} IS NULL)`)
  }
  if (spec.columns.status?.length) sound.push('coalesce(status_number BETWEEN 0 AND 999, true)')
  if (spec.columns.weight?.length) sound.push('coalesce(weight_number > 0, true)')
  for (const [column, sources] of Object.entries(spec.durations)) {
    for (const [i, { path, unit, isList }] of sources.entries()) {
      const name = `${column}_${i + 1}`
      derived[name] = durationSql(clean(at(path)), unit)
      if (isList) continue
      sound.push(`(${name} IS NULL) = (${clean(at(path))} IS NULL)`)
    }
  }
  return { derived, sound }
}

function ownColumns(
  spec: JsonRequests,
  at: JsonShape['at'],
  line: { method: string; host: string; path: string; query: string },
): Record<string, string> {
  const text = (column: TextColumn) => firstOf(at, spec.columns[column])
  const has = (column: TextColumn | NumberColumn) => (spec.columns[column]?.length ?? 0) > 0
  const number = (column: NumberColumn) => (has(column) ? `${column}_number` : 'NULL')
  const or = (column: TextColumn, other: string) =>
    has(column) ? `coalesce(${text(column)}, ${other})` : other
  const duration = (column: DurationColumn) => {
    const sources = (spec.durations[column] ?? []).map(
      ({ unit }, i) => `CASE WHEN ${column}_${i + 1} >= 0 THEN ${scaled(`${column}_${i + 1}`, unit)} END`,
    )
    return sources.length === 0 ? 'NULL' : `coalesce(${sources.join(', ')})`
  }
  return {
    line_method: line.method,
    method: or('method', line.method),
    host: or('host', line.host),
    path: line.path,
    query: or('query', line.query),
    ...(has('route') && { route: text('route') }),
    status: number('status'),
    outcome: has('status') ? outcomeOf('status_number') : `'ok'`,
    duration_ms: duration('duration_ms'),
    queue_ms: duration('queue_ms'),
    upstream_ms: duration('upstream_ms'),
    send_ms: duration('send_ms'),
    bytes_in: number('bytes_in'),
    bytes_out: number('bytes_out'),
    client: text('client'),
    account: text('account'),
    user_agent: text('user_agent'),
    referer: text('referer'),
    upstream: text('upstream'),
    trace_id: text('trace_id'),
    weight: has('weight') ? 'coalesce(weight_number, 1)' : '1',
  }
}

/** To milliseconds, rounded to the nanosecond: `0.1 * 1000` is no tenth of a second otherwise. */
function scaled(number: string, unit: JsonUnit): string {
  if (unit === 'ms' || unit === 'text') return number
  return unit === 's' ? `round(${number} * 1e9) / 1e6` : `${number} / ${Math.round(1 / DURATION_UNITS[unit])}`
}

/** Whether all that the sample shows is requests with known members. */
function isUniform(spec: JsonRequests, shape: JsonShape): boolean {
  const { records, lines } = spec.records
  return (
    records.length === lines.length &&
    records.every(record => spec.refuse(record) === null && shape.rest(record) === null)
  )
}

/** What no column needs is kept in any case: the engine's strict reader checks names only while it reads all members. */
function attributesSql(
  spec: JsonRequests,
  shape: JsonShape,
  columns: Record<string, string>,
): Record<string, string> {
  const used = new Set([spec.time[0]!, ...(spec.used ?? [])].map(keyOf))
  const needed = Object.values(columns).join(' ')
  const kept = shape.members.filter(({ path, sql }) => !used.has(keyOf(path)) || !needed.includes(sql))
  return {
    ...Object.fromEntries(kept.map(({ name, sql }) => [name, `nullif((${sql})::VARCHAR, '')`])),
    ...spec.attrs?.(shape.at),
  }
}

/** Of a list, as headers are logged, the first. */
function attributeSql(name: string, shape: JsonShape): string {
  const member = shape.members.find(one => one.path.join('.') === name)
  if (member) return clean(`(${member.sql})::VARCHAR`)
  const parent = shape.members.find(one => name.startsWith(`${one.path.join('.')}.`))
  const inside = (object: string, path: Path) =>
    ['/0', ''].map(end => `json_extract_string(${object}, ${sqlText(pointerTo(path) + end)})`)
  const parts = parent
    ? inside(`try_cast(${parent.sql} AS JSON)`, [name.slice(parent.path.join('.').length + 1)])
    : inside('more', [name])
  return `coalesce(${parts.join(', ')})`
}

/** `shop.example:8443` → the name. */
export function withoutPort(host: string): string {
  return `CASE WHEN starts_with(${host}, '[') THEN split_part(${host}, ']', 1) || ']' ELSE split_part(${host}, ':', 1) END`
}

/** What `withoutPort` leaves out something of, to be kept beside it. */
export function withPort(host: string): string {
  return `CASE WHEN contains(${host}, ':') THEN ${host} END`
}
