/** Which of a line's labels is which column: those of ltsv.org, and what people commonly write beside them. */
import { WhyslowError } from '../../errors.js'
import { DURATION_UNITS, type DurationUnit, type LayoutOptions } from '../layout.js'

/** Column → labels, the most telling first. `target` is the path with its query, `request` a whole request line. */
const LABELS = {
  time: ['time', 'time_iso8601', 'time_local', 'timestamp', '@timestamp', 'datetime', 'msec', 'ts'],
  request: ['req', 'request', 'request_line'],
  method: ['method', 'request_method', 'http_method', 'verb'],
  target: ['uri', 'request_uri', 'url', 'path', 'request_path'],
  query: ['query', 'query_string', 'args'],
  status: ['status', 'status_code', 'http_status', 'code'],
  bytes_in: ['reqsize', 'request_length', 'request_size', 'bytes_in'],
  bytes_out: ['size', 'body_bytes_sent', 'body_bytes', 'bytes_sent', 'bytes', 'response_size', 'bytes_out'],
  client: ['remote_addr', 'client_ip', 'client', 'clientip', 'remote_ip', 'remotehost', 'remote_host', 'ip'],
  host: ['vhost', 'http_host', 'server_name', 'domain'],
  account: ['account', 'account_id', 'customer_id', 'tenant', 'tenant_id', 'user', 'remote_user', 'user_id'],
  user_agent: ['ua', 'user_agent', 'http_user_agent', 'useragent', 'agent'],
  referer: ['referer', 'referrer', 'http_referer'],
  upstream: ['upstream_addr', 'upstream', 'backend', 'instance'],
  trace_id: ['trace_id', 'traceid', 'request_id', 'x_request_id', 'reqid', 'req_id'],
} as const

export type LtsvColumn = keyof typeof LABELS

export interface LtsvLabels {
  columns: Partial<Record<LtsvColumn, string>>
  /** Times from the first byte to the last, the finest unit first. */
  whole: { label: string; factor: number }[]
  /** What an instance took; its retries are listed one behind the other. */
  upstream: { label: string; factor: number } | null
  /** Of a duration whose label doesn't say its unit. */
  refusal: WhyslowError | null
}

const SECONDS = ['reqtime', 'request_time', 'response_time', 'restime']
const UNCLEAR = ['duration', 'latency', 'elapsed', 'time_taken', 'taken']
const UPSTREAM = ['apptime', 'upstream_response_time', 'upstream_time']
const SUFFIXES: [RegExp, DurationUnit][] = [
  [/_(?:ns|nsec|nanos|nanosec|nanoseconds)$/, 'ns'],
  [/_(?:us|usec|micros|microsec|microseconds)$/, 'us'],
  [/_(?:ms|msec|millis|millisec|milliseconds)$/, 'ms'],
  [/_(?:s|sec|secs|seconds)$/, 's'],
]
const FINEST_FIRST = Object.values(DURATION_UNITS).reverse()

/** `isAddress` tells of the label `host` whether its values are addresses: ltsv.org means the client by it, many mean the virtual host. */
export function tellLabels(
  labels: readonly string[],
  isAddress: (label: string) => boolean,
  options: LayoutOptions,
): LtsvLabels {
  const find = (known: string) => labels.find(label => label.toLowerCase() === known)
  const columns: LtsvLabels['columns'] = {}
  for (const [column, known] of Object.entries(LABELS)) {
    const label = known.map(find).find(found => found !== undefined)
    if (label !== undefined) columns[column as LtsvColumn] = label
  }
  const host = find('host')
  if (host !== undefined) {
    const isClient = columns.client === undefined && (columns.host !== undefined || isAddress(host))
    if (isClient) columns.client = host
    else columns.host ??= host
  }
  const timings = labels.flatMap(label => {
    const unit = tellUnit(label, options)
    return unit === null ? [] : [{ label, unit, isUpstream: UPSTREAM.includes(baseOf(label)) }]
  })
  const clear = timings.flatMap(({ label, unit, isUpstream }) =>
    unit === 'unclear' ? [] : [{ label, factor: DURATION_UNITS[unit], isUpstream }],
  )
  const whole = clear
    .filter(({ isUpstream }) => !isUpstream)
    .sort((a, b) => FINEST_FIRST.indexOf(a.factor) - FINEST_FIRST.indexOf(b.factor))
  const unclear = timings.find(({ unit }) => unit === 'unclear')
  return {
    columns,
    whole,
    upstream: clear.find(({ isUpstream, factor }) => isUpstream && factor !== DURATION_UNITS.ns) ?? null,
    refusal: unclear && whole.length === 0 ? askForUnit(unclear.label) : null,
  }
}

function baseOf(label: string): string {
  const lower = label.toLowerCase()
  return SUFFIXES.reduce((base, [suffix]) => base.replace(suffix, ''), lower)
}

function tellUnit(label: string, options: LayoutOptions): DurationUnit | 'unclear' | null {
  const base = baseOf(label)
  if (![...SECONDS, ...UNCLEAR, ...UPSTREAM].includes(base)) return null
  const suffix = SUFFIXES.find(
    ([pattern]) => base !== label.toLowerCase() && pattern.test(label.toLowerCase()),
  )
  if (suffix) return suffix[1]
  return options.unit ?? (UNCLEAR.includes(base) ? 'unclear' : 's')
}

function askForUnit(label: string): WhyslowError {
  return new WhyslowError(`The label “${label}” is a duration, but its name doesn't say in which unit.`, {
    next: ['Say it: --unit s, ms, us or ns (or name the label request_time_ms)'],
  })
}
