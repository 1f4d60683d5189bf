/** The names by which the columns of requests are known, in snake case. */
import type { DurationUnit } from '../layout.js'
import type { KnownNames, NameTable } from './by-name.js'

export const NAMES: NameTable = {
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

/** Names of durations, which may have a unit behind them. */
export const DURATIONS: NameTable = {
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
export const SECONDS = new Set([
  'request_time',
  'response_time',
  'reqtime',
  'apptime',
  'upstream_response_time',
])
export const SUFFIXES: [RegExp, DurationUnit][] = [
  [/_(?:ms|msec|millis|milliseconds)$/, 'ms'],
  [/_(?:us|usec|micros|microseconds)$/, 'us'],
  [/_(?:ns|nanos|nanoseconds)$/, 'ns'],
  [/_(?:s|sec|secs|seconds)$/, 's'],
]

export const REQUEST_NAMES: KnownNames = {
  format: 'requests',
  kind: 'requests',
  names: {
    ...NAMES,
    ...Object.fromEntries(
      Object.entries(DURATIONS).map(([column, bases]) => [
        column,
        [...bases.filter(base => SECONDS.has(base)), ...bases.map(base => `${base}_ms`)],
      ]),
    ),
  },
  required: [['time'], ['path', 'request', 'route'], ['status', 'duration_ms']],
  note: 'Names may be in camel case too. A duration’s name may end in `_s`, `_us` or `_ns` instead of `_ms`; one without an end is seconds.',
}
