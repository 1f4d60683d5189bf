/**
 * Requests as CSV with a header, or as NDJSON, by the names that loggers commonly use; see `NAMES`.
 *
 * Durations need a unit: `duration_ms`, `latency_us`, `elapsed_seconds` say it; `request_time` and `response_time` without one are seconds,
 * as nginx writes them. A name that says nothing (`duration`, `latency`) is refused until `--unit` says it.
 * Times: ISO 8601 (UTC without a zone), `05/Oct/2026:10:00:00 +0000`, or seconds, ms, µs or ns since 1970.
 */
import { WhyslowError } from '../../errors.js'
import { DURATION_UNITS, type DurationUnit, type Format, type LayoutOptions } from '../layout.js'
import { type Named, namedLayout, readNames } from './named.js'

const NAMES: Record<string, string[]> = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'datetime', 'time_iso8601', 'time_local', 'start_time', 'date', 'msec'],
  method: ['method', 'request_method', 'http_method', 'verb'],
  host: ['host', 'http_host', 'vhost', 'server_name', 'domain'],
  path: ['path', 'uri', 'request_uri', 'url', 'request_path'],
  query: ['query', 'query_string', 'args'],
  request: ['request', 'request_line'],
  route: ['route', 'endpoint'],
  status: ['status', 'status_code', 'code', 'http_status', 'response_code'],
  bytes_in: ['bytes_in', 'request_length', 'request_size', 'received_bytes'],
  bytes_out: ['bytes_out', 'body_bytes_sent', 'bytes_sent', 'body_bytes', 'size', 'bytes', 'response_size', 'sent_bytes'],
  client: ['client', 'client_ip', 'remote_addr', 'clientip', 'ip', 'remote_ip'],
  account: ['account', 'account_id', 'customer', 'customer_id', 'tenant', 'tenant_id', 'org_id', 'remote_user', 'user'],
  user_agent: ['user_agent', 'http_user_agent', 'ua', 'agent', 'useragent'],
  referer: ['referer', 'referrer', 'http_referer'],
  upstream: ['upstream', 'upstream_addr', 'instance', 'backend', 'pod', 'server'],
  trace_id: ['trace_id', 'traceid', 'x_request_id', 'request_id'],
  weight: ['weight', 'sample_weight'],
}

const DURATIONS: Record<string, string[]> = {
  duration_ms: ['duration', 'request_time', 'response_time', 'latency', 'elapsed', 'time_taken', 'reqtime', 'apptime', 'taken'],
  queue_ms: ['queue', 'queue_time'],
  upstream_ms: ['upstream', 'upstream_response_time', 'upstream_time'],
  send_ms: ['send', 'send_time'],
}
/** Names that mean seconds where loggers use them bare. */
const SECONDS = new Set(['request_time', 'response_time', 'reqtime', 'apptime', 'upstream_response_time'])
const SUFFIXES: [RegExp, DurationUnit][] = [
  [/_(?:ms|msec|millis|milliseconds)$/, 'ms'],
  [/_(?:us|usec|micros|microseconds)$/, 'us'],
  [/_(?:ns|nanos|nanoseconds)$/, 'ns'],
  [/_(?:s|sec|secs|seconds)$/, 's'],
]

export const namedRequests: Format = {
  name: 'requests',
  title: 'requests as CSV or NDJSON with named columns',
  layout(sample, options) {
    const names = readNames(sample)
    if (names === null) return null
    const has = (column: string) => names.columns.some(name => NAMES[column]!.includes(name.toLowerCase()))
    if (!has('time') || !(has('path') || has('request') || has('route')) || !(has('status') || findDurations(names, options).length > 0)) {
      return null
    }
    const durations = findDurations(names, options)
    const used = new Set<string>(durations.map(duration => duration.name))
    const sources: Record<string, string[]> = {}
    for (const [column, known] of Object.entries(NAMES)) {
      sources[column] = known
        .map(name => names.columns.find(candidate => candidate.toLowerCase() === name))
        .filter(name => name !== undefined)
      for (const name of sources[column].slice(0, 1)) used.add(name)
    }
    return namedLayout({
      format: 'requests',
      kind: 'requests',
      entries: names.entries,
      used,
      read: record => readRequest(record, sources, durations),
    })
  },
}

interface DurationSource {
  column: string
  name: string
  factor: number
}

function findDurations(names: Named, options: LayoutOptions): DurationSource[] {
  const found: DurationSource[] = []
  for (const [column, bases] of Object.entries(DURATIONS)) {
    for (const base of bases) {
      for (const name of names.columns) {
        const unit = tellUnit(name.toLowerCase(), base, options)
        if (unit !== null) found.push({ column, name, factor: DURATION_UNITS[unit] })
      }
    }
  }
  return found
}

function tellUnit(name: string, base: string, options: LayoutOptions): DurationUnit | null {
  for (const [suffix, unit] of SUFFIXES) if (suffix.test(name) && name.replace(suffix, '') === base) return unit
  if (name !== base || base === 'upstream' || base === 'queue' || base === 'send') return null
  if (SECONDS.has(base)) return 's'
  if (options.unit) return options.unit
  throw new WhyslowError(`The column “${name}” is a duration, but its name doesn't say in which unit.`, {
    next: ['Say it: --unit s, ms, us or ns (or name the column duration_ms)'],
  })
}

function readRequest(
  record: Record<string, unknown>,
  sources: Record<string, string[]>,
  durations: DurationSource[],
): Record<string, string | null> | { reject: string } {
  const text = (column: string) => firstText(record, sources[column] ?? [])
  const row: Record<string, string | null> = {}
  const time = readTime(text('time'))
  if (time === null) return { reject: `no time that can be read: ${text('time')?.slice(0, 40) ?? 'nothing'}` }
  row.time = time
  const request = /^([A-Z]+) (\S.*?)(?: HTTP\/[\d.]+)?$/.exec(text('request') ?? '')
  const target = splitTarget(text('path') ?? request?.[2] ?? null)
  row.method = text('method')?.toUpperCase() ?? request?.[1] ?? null
  row.host = text('host') ?? target.host
  row.path = target.path
  row.query = text('query') ?? target.query
  row.route = text('route')
  row.status = text('status')
  for (const column of ['bytes_in', 'bytes_out', 'client', 'account', 'user_agent', 'referer', 'upstream', 'trace_id', 'weight']) {
    row[column] = text(column)
  }
  for (const { column, name, factor } of durations) {
    if (row[column] != null) continue
    const value = firstText(record, [name])
    if (value === null) row[column] = null
    else if (!Number.isFinite(Number(value))) return { reject: `${name} is no number: ${value.slice(0, 40)}` }
    else row[column] = Number(value) < 0 ? null : String(Math.round(Number(value) * factor * 1e6) / 1e6)
  }
  return row
}

function firstText(record: Record<string, unknown>, names: string[]): string | null {
  for (const name of names) {
    const value = record[name]
    if (value === null || value === undefined || value === '' || value === '-') continue
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return null
}

function splitTarget(target: string | null): { host: string | null; path: string | null; query: string | null } {
  if (target === null) return { host: null, path: null, query: null }
  const [, host, local = target] = /^[a-z]+:\/\/([^/?#]*)(.*)$/i.exec(target) ?? []
  const mark = local.indexOf('?')
  return {
    host: host ?? null,
    path: (mark === -1 ? local : local.slice(0, mark)) || '/',
    query: mark === -1 ? null : local.slice(mark + 1),
  }
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** ISO 8601 in UTC, or null for a text that is no time. */
export function readTime(text: string | null): string | null {
  if (text === null) return null
  if (/^\d{9,19}(?:\.\d+)?$/.test(text)) return fromEpoch(text)
  const clf = /^\[?(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\]?$/.exec(text)
  const iso = clf
    ? `${clf[3]}-${String(MONTHS.indexOf(clf[2]!) + 1).padStart(2, '0')}-${clf[1]}T${clf[4]}${clf[5]}:${clf[6]}`
    : text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T').replace(/ UTC$/, 'Z')
  if (!/^\d{4}-\d\d-\d\d/.test(iso)) return null
  const zoned = /T.*(?:[zZ]|[+-]\d\d:?\d\d)$/.test(iso) || iso.length === 10 ? iso : `${iso}Z`
  const date = new Date(zoned)
  if (Number.isNaN(date.getTime())) return null
  const micros = /\.(\d{4,6})/.exec(iso)?.[1]
  return micros ? date.toISOString().replace(/\.\d{3}Z$/, `.${micros.padEnd(6, '0')}Z`) : date.toISOString()
}

function fromEpoch(text: string): string | null {
  const [whole = '', fraction = ''] = text.split('.')
  const digits = whole.length
  const micros =
    digits <= 10
      ? BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6) || '0')
      : digits <= 13
        ? BigInt(whole) * 1000n
        : digits <= 16
          ? BigInt(whole)
          : BigInt(whole) / 1000n
  const date = new Date(Number(micros / 1000n))
  if (Number.isNaN(date.getTime())) return null
  return date.toISOString().replace('Z', `${String(micros % 1000n).padStart(3, '0')}Z`)
}
