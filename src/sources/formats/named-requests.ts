/**
 * Requests as CSV with a header, or as NDJSON, by the names that loggers commonly use, in snake or camel case; see `NAMES`.
 *
 * Durations need a unit: `duration_ms`, `latency_us`, `elapsed_seconds` say it; `request_time` and `response_time` without one are seconds,
 * as nginx writes them. A name that says nothing (`duration`, `latency`) is refused until `--unit` says it, unless another name does.
 * `--unit` goes before what a bare name usually means.
 */
import { WhyslowError } from '../../errors.js'
import { readTime } from '../../store/read-time.js'
import { COLUMN_UNITS, type MappedColumn } from '../../workbook/column-mapping.js'
import { DURATION_UNITS, type DurationUnit, type Format, type Layout, type LayoutOptions } from '../layout.js'
import { mappingFor, scaleMapped } from './by-name.js'
import { readRecords } from './json-records.js'
import { namedLayout, type Row, readNames } from './named.js'
import { namedJsonLayout } from './named-json.js'
import { DURATIONS, NAMES, SECONDS, SUFFIXES } from './request-names.js'

/** Columns that hold all that their source said; a request line has its protocol beside. */
const WHOLE = Object.keys(NAMES).filter(column => column !== 'request')

export const namedRequests: Format = {
  name: 'requests',
  title: 'requests as CSV or NDJSON with named columns',
  layout(given, options) {
    const found = readRecords(given)
    // What a container runtime wrote around the lines has names of its own.
    const sample =
      found.runtime === null ? given : { ...given, lines: found.lines, head: found.lines.join('\n') }
    const names = readNames(sample, flattenRequest)
    if (names === null) return null
    const mapping = mappingFor('requests', names.columns, options.columns)
    const sources = findSources(names.columns, mapping)
    const has = (column: string) => sources[column]!.length > 0
    if (!has('time') || !(has('path') || has('request') || has('route'))) return null
    const { durations, unclear } = findDurations(names.columns, mapping, options)
    if (!has('status') && durations.length === 0 && unclear === null) return null
    const duration = durations.find(({ column }) => column === 'duration_ms')
    const refusal = unclear === null || duration ? {} : { refusal: askForUnit(unclear) }
    if (names.entries === 'ndjson' && mapping.size === 0) {
      const members = { records: found, sources, durations, requestMembers: REQUEST_MEMBERS }
      return { ...namedJsonLayout(members), ...refusal }
    }
    const used = new Map<string, string>()
    for (const column of WHOLE) for (const name of sources[column]!.slice(0, 1)) used.set(name, column)
    if (duration) used.set(duration.name, duration.column)
    const rows = namedLayout({
      format: 'requests',
      kind: 'requests',
      entries: names.entries,
      used,
      hasStatus: has('status'),
      read: record => readRequest(record, sources, durations),
    })
    const layout: Layout = {
      ...rows,
      split: entry => rows.split(flattenRequest(entry as Record<string, unknown>)),
    }
    return { ...layout, ...refusal }
  },
}

/** Members of `request` where it is an object, as Caddy writes it: these stand beside it then, unless the record has its own. */
const REQUEST_MEMBERS = ['method', 'host', 'uri', 'url', 'path', 'remote_ip', 'client_ip']

function flattenRequest(record: Record<string, unknown>): Record<string, unknown> {
  const { request, ...flat } = record
  if (!isObject(request)) return record
  const rest: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(request)) {
    if (REQUEST_MEMBERS.includes(name) && !(name in flat)) flat[name] = value
    else rest[name] = value
  }
  return Object.keys(rest).length === 0 ? flat : { ...flat, request: rest }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Column → the file's names for it, the most telling first. */
function findSources(
  columns: string[],
  mapping: ReadonlyMap<string, MappedColumn>,
): Record<string, string[]> {
  const free = withoutMapped(columns, mapping)
  const find = (known: string) => free.find(name => name.toLowerCase() === known || snakeCase(name) === known)
  const sources: Record<string, string[]> = {}
  for (const [column, known] of Object.entries(NAMES)) {
    const names = [mapping.get(column)?.column, ...known.map(find)]
    sources[column] = [...new Set(names.filter(name => name !== undefined))]
  }
  return sources
}

/** What the workbook names is that column and no other. */
function withoutMapped(columns: string[], mapping: ReadonlyMap<string, MappedColumn>): string[] {
  const taken = new Set([...mapping.values()].map(({ column }) => column))
  return columns.filter(name => !taken.has(name))
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase()
}

interface DurationSource {
  column: string
  name: string
  factor: number
  /** Set for what the workbook names. */
  mapped?: MappedColumn
}

/** `unclear` is a name that doesn't say its unit. */
function findDurations(
  columns: string[],
  mapping: ReadonlyMap<string, MappedColumn>,
  options: LayoutOptions,
): { durations: DurationSource[]; unclear: string | null } {
  const durations: DurationSource[] = []
  let unclear: string | null = null
  const free = withoutMapped(columns, mapping)
  for (const [column, bases] of Object.entries(DURATIONS)) {
    const mapped = mapping.get(column)
    if (mapped) durations.push({ column, name: mapped.column, factor: unitOf(mapped), mapped })
    for (const base of bases) {
      for (const name of free) {
        const unit = tellUnit(name, base, options)
        if (unit === 'unclear') unclear ??= name
        else if (unit !== null) durations.push({ column, name, factor: DURATION_UNITS[unit] })
      }
    }
  }
  return { durations, unclear }
}

/** Milliseconds, unless the workbook or the end of the name says otherwise. */
function unitOf({ column, unit }: MappedColumn): number {
  if (unit !== undefined) return COLUMN_UNITS[unit]
  const suffix = SUFFIXES.find(([pattern]) => pattern.test(snakeCase(column)))
  return suffix ? DURATION_UNITS[suffix[1]] : 1
}

function askForUnit(name: string): WhyslowError {
  return new WhyslowError(`The column “${name}” is a duration, but its name doesn't say in which unit.`, {
    next: ['Say it: --unit s, ms, us or ns (or name the column duration_ms)'],
  })
}

function tellUnit(name: string, base: string, options: LayoutOptions): DurationUnit | 'unclear' | null {
  const snake = snakeCase(name)
  for (const [suffix, unit] of SUFFIXES)
    if (suffix.test(snake) && snake.replace(suffix, '') === base) return unit
  if (snake !== base || ['upstream', 'queue', 'send'].includes(base)) return null
  return options.unit ?? (SECONDS.has(name.toLowerCase()) ? 's' : 'unclear')
}

function readRequest(
  record: Record<string, unknown>,
  sources: Record<string, string[]>,
  durations: DurationSource[],
): Row {
  const text = (column: string) => firstText(record, sources[column] ?? [])
  const time = readTime(text('time'))
  if (time === null) return { reject: `no time that can be read: ${text('time')?.slice(0, 40) ?? 'nothing'}` }
  const request = /^([A-Z]+) (\S.*?)(?: HTTP\/[\d.]+)?$/.exec(text('request') ?? '')
  const target = splitTarget(text('path') ?? request?.[2] ?? null)
  // An empty request line is what is logged of a handshake or of garbage: that is a request without a path.
  const places = ['path', 'route', 'request'].flatMap(column => sources[column] ?? [])
  if (target.path === null && !places.some(name => typeof record[name] === 'string'))
    return { reject: 'no path, route or request line' }
  const row = Object.fromEntries(WHOLE.map(column => [column, text(column)]))
  row.time = time
  row.method = row.method?.toUpperCase() ?? request?.[1] ?? null
  row.host ??= target.host
  row.path = target.path
  row.query ??= target.query
  if (row.route?.startsWith('/') && row.method) row.route = `${row.method} ${row.route}`
  if (row.weight !== null && !(Number(row.weight) > 0))
    return { reject: `weight is not above 0: ${row.weight}` }
  for (const { column, name, factor, mapped } of durations) {
    if (row[column] != null) continue
    const written = firstText(record, [name])
    const value = written === null || !mapped ? written : scaleMapped(written, { ...mapped, unit: undefined })
    const amount = value === null ? -1 : Number(value)
    // Several upstreams are listed one behind the other; the list stays with the attributes.
    if (Number.isNaN(amount) && column === 'duration_ms')
      return { reject: `${name} is no number: ${value!.slice(0, 40)}` }
    row[column] = amount >= 0 ? String(Math.round(amount * factor * 1e6) / 1e6) : null
  }
  return row
}

function firstText(record: Record<string, unknown>, names: string[]): string | null {
  for (const name of names) {
    const value = record[name]
    if (value === null || value === undefined) continue
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    if (!/^\s*-?\s*$/.test(text)) return text
  }
  return null
}

function splitTarget(target: string | null): {
  host: string | null
  path: string | null
  query: string | null
} {
  if (target === null) return { host: null, path: null, query: null }
  const [, host, local = target] = /^[a-z]+:\/\/([^/?#]*)(.*)$/is.exec(target) ?? []
  const mark = local.indexOf('?')
  return {
    host: host ?? null,
    path: (mark === -1 ? local : local.slice(0, mark)) || '/',
    query: mark === -1 ? null : local.slice(mark + 1),
  }
}
