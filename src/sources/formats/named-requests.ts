/**
 * Requests as CSV with a header, or as NDJSON, by the names that loggers commonly use, in snake or camel case; see `NAMES`.
 *
 * Durations need a unit: `duration_ms`, `latency_us`, `elapsed_seconds` say it; `request_time` and `response_time` without one are seconds,
 * as nginx writes them. A name that says nothing (`duration`, `latency`) is refused until `--unit` says it, unless another name does.
 * `--unit` goes before what a bare name usually means.
 */
import { WhyslowError } from '../../errors.js'
import { readTime } from '../../store/read-time.js'
import { DURATION_UNITS, type DurationUnit, type Format, type Layout, type LayoutOptions } from '../layout.js'
import { namedLayout, readNames } from './named.js'

const NAMES: Record<string, string[]> = {
  time: [
    'time',
    'timestamp',
    '@timestamp',
    'ts',
    'datetime',
    'time_iso8601',
    'time_local',
    'start_time',
    'date',
    'msec',
  ],
  method: ['method', 'request_method', 'http_method', 'verb'],
  host: ['host', 'http_host', 'vhost', 'server_name', 'domain'],
  path: ['path', 'uri', 'request_uri', 'url', 'request_path'],
  query: ['query', 'query_string', 'args'],
  request: ['request', 'request_line'],
  route: ['route', 'endpoint'],
  status: [
    'status',
    'status_code',
    'code',
    'http_status',
    'response_code',
    'downstream_status',
    'resp_status',
    'elb_status_code',
    'sc-status',
    'origin_status',
  ],
  bytes_in: ['bytes_in', 'request_length', 'request_size', 'received_bytes'],
  bytes_out: [
    'bytes_out',
    'body_bytes_sent',
    'bytes_sent',
    'body_bytes',
    'size',
    'bytes',
    'response_size',
    'sent_bytes',
  ],
  client: ['client', 'client_ip', 'remote_addr', 'clientip', 'ip', 'remote_ip'],
  account: [
    'account',
    'account_id',
    'customer',
    'customer_id',
    'tenant',
    'tenant_id',
    'org_id',
    'remote_user',
    'user',
  ],
  user_agent: ['user_agent', 'http_user_agent', 'ua', 'agent', 'useragent'],
  referer: ['referer', 'referrer', 'http_referer'],
  upstream: ['upstream', 'upstream_addr', 'instance', 'backend', 'pod', 'server'],
  trace_id: ['trace_id', 'traceid', 'x_request_id', 'request_id'],
  weight: ['weight', 'sample_weight'],
}

const DURATIONS: Record<string, string[]> = {
  duration_ms: [
    'duration',
    'request_time',
    'response_time',
    'latency',
    'elapsed',
    'time_taken',
    'reqtime',
    'apptime',
    'taken',
  ],
  queue_ms: ['queue', 'queue_time'],
  upstream_ms: ['upstream', 'upstream_response_time', 'upstream_time'],
  send_ms: ['send', 'send_time'],
}
/** Names that mean seconds where loggers use them bare. Not so `responseTime`, which is milliseconds to some. */
const SECONDS = new Set(['request_time', 'response_time', 'reqtime', 'apptime', 'upstream_response_time'])
const SUFFIXES: [RegExp, DurationUnit][] = [
  [/_(?:ms|msec|millis|milliseconds)$/, 'ms'],
  [/_(?:us|usec|micros|microseconds)$/, 'us'],
  [/_(?:ns|nanos|nanoseconds)$/, 'ns'],
  [/_(?:s|sec|secs|seconds)$/, 's'],
]

/** Columns that hold all that their source said; a request line has its protocol beside. */
const WHOLE = Object.keys(NAMES).filter(column => column !== 'request')

export const namedRequests: Format = {
  name: 'requests',
  title: 'requests as CSV or NDJSON with named columns',
  layout(sample, options) {
    const names = readNames(sample, flattenRequest)
    if (names === null) return null
    const sources = findSources(names.columns)
    const has = (column: string) => sources[column]!.length > 0
    if (!has('time') || !(has('path') || has('request') || has('route'))) return null
    const { durations, unclear } = findDurations(names.columns, options)
    if (!has('status') && durations.length === 0 && unclear === null) return null
    const used = new Map<string, string>()
    for (const column of WHOLE) for (const name of sources[column]!.slice(0, 1)) used.set(name, column)
    const duration = durations.find(({ column }) => column === 'duration_ms')
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
    return unclear === null || duration ? layout : { ...layout, refusal: askForUnit(unclear) }
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
function findSources(columns: string[]): Record<string, string[]> {
  const find = (known: string) =>
    columns.find(name => name.toLowerCase() === known || snakeCase(name) === known)
  const sources: Record<string, string[]> = {}
  for (const [column, known] of Object.entries(NAMES)) {
    sources[column] = [...new Set(known.map(find).filter(name => name !== undefined))]
  }
  return sources
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase()
}

interface DurationSource {
  column: string
  name: string
  factor: number
}

/** `unclear` is a name that doesn't say its unit. */
function findDurations(
  columns: string[],
  options: LayoutOptions,
): { durations: DurationSource[]; unclear: string | null } {
  const durations: DurationSource[] = []
  let unclear: string | null = null
  for (const [column, bases] of Object.entries(DURATIONS)) {
    for (const base of bases) {
      for (const name of columns) {
        const unit = tellUnit(name, base, options)
        if (unit === 'unclear') unclear ??= name
        else if (unit !== null) durations.push({ column, name, factor: DURATION_UNITS[unit] })
      }
    }
  }
  return { durations, unclear }
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
): Record<string, string | null> | { reject: string } {
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
  for (const { column, name, factor } of durations) {
    if (row[column] != null) continue
    const value = firstText(record, [name])
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
