/**
 * HAProxy: `option httplog`, `httpslog` and `tcplog`, as it sends them, or behind a syslog prefix (RFC 3164, RFC 5424, rsyslog's).
 * https://docs.haproxy.org/3.0/configuration.html#8.2
 *
 * Timers are in milliseconds, −1 where a step was not reached: `TR` (the client's sending of the request), `Tw` (`queue_ms`), `Tc` (connecting),
 * `Tr` (`upstream_ms`), and the total: `Ta` from the first byte of the request, in TCP mode `Tt` from the connection. What the total has beyond
 * its parts is `send_ms`. With `option logasap` (`+`) the line is written before the end: the duration is unknown then, and `elapsed_ms` is how
 * long it was watched.
 * The termination state says how it ended: `C` the client left → aborted; `c`, `s` a timeout of its side → timeout; `S` the server refused or broke
 * off → server_error; otherwise the status does, and of a connection without one `P` is a refusal (client_error), `R` `I` `D` `U` `K` are server_error.
 * A connection in TCP mode is a request without method and path: its duration is how long it was open. `<BADREQ>` and connections whose handshake
 * failed are kept in the same way.
 * Times have no zone. It is told from the prefix where that has one, to a quarter of an hour; else they are taken for UTC, with a doubt.
 * Captured headers are kept as they are, `{request|headers} {response|headers}`; HAProxy writes `"`, `|`, braces, control characters and non-ASCII as `#xx`.
 * `identify` reads one of them as `captured_request_header_1` and so on.
 * Lines of other programs, and messages such as “Server … is DOWN”, are skipped. Own `log-format` strings are not read.
 */

import { type Doubt, type Field, type Format, fitFields, type Layout, STATUS } from '../layout.js'
import { type Habits, PARTS, type Parts, readHaproxyLine, tellHabits } from './haproxy-lines.js'
import { addressOf, outcomeOf, splitRequestLine } from './request-sql.js'

export const haproxy: Format = {
  name: 'haproxy',
  title: 'HAProxy, HTTP, HTTPS or TCP log format, with or without a syslog prefix',
  layout(sample) {
    const habits = tellHabits(sample)
    return habits && haproxyLayout(habits)
  },
}

const INTEGERS = new Set(['t_request', 't_queue', 't_connect', 't_response', 'status'])

const FIELDS = PARTS.map((name): Field => {
  if (name === 'status') return { name, type: 'integer', pattern: STATUS }
  return { name, type: INTEGERS.has(name) ? 'integer' : 'text' }
})

function haproxyLayout(habits: Habits): Layout {
  const exact: Layout = {
    format: 'haproxy',
    kind: 'requests',
    entries: 'lines',
    fields: FIELDS,
    split(entry) {
      const parts = readHaproxyLine(entry as string)
      return 'client_port' in parts ? { values: PARTS.map(name => parts[name]) } : parts
    },
    targetOf(entry) {
      const parts = readHaproxyLine(entry as string)
      const target = 'client_port' in parts ? parts.request?.split(' ')[1] : undefined
      return target === undefined ? null : { target, status: (parts as Parts).status }
    },
    derived: { ...LISTS, ...DERIVED, ...LINE.derived },
    select: {
      ...LINE.columns,
      ...SELECT,
      time: habits.hasZone ? IN_UTC : 'accepted_at',
    },
    attrs: { ...ATTRS, ...LINE.attrs },
    attribute,
    doubts: doubtsOf(habits),
  }
  const detected: Layout = {
    ...exact,
    // HAProxy writes a quote sign in a text as #22, so a line has the two around its request line, or none.
    fields: (habits.isHttp ? ['head', 'request', 'behind'] : ['head']).map(name => ({ name, type: 'text' })),
    fast: { delimiter: '"', quote: '', nullText: '' },
    derived: { ...(habits.isHttp ? HTTP_PARTS : TCP_PARTS), ...exact.derived },
    split(entry) {
      const line = exact.split(entry)
      const fitted = 'values' in line ? fitFields(FIELDS, line.values) : line
      return 'values' in fitted ? { values: [] } : fitted
    },
    exact: () => exact,
  }
  return detected
}

const LINE = splitRequestLine('request')

const LISTS = {
  conns: `string_split(connections, '/')`,
  waiting: `string_split(queues, '/')`,
}

/** What the engine makes of the part of a line that all formats begin with. */
const HEAD_PARTS = {
  date_at: `strpos(head, ' [')`,
  before: 'left(head, date_at - 1)',
  client_port: `split_part(before, ' ', -1)`,
  prefix:
    'CASE WHEN length(before) > length(client_port) THEN left(before, length(before) - length(client_port) - 1) END',
  words: `string_split(rtrim(substr(head, date_at + 2), ' '), ' ')`,
  frontend_name: 'words[2]',
  server: 'words[3]',
  timers: `string_split(words[4], '/')`,
}
const IS_SOUND = `date_at > 1 AND length(words[1]) = 25 AND ends_with(words[1], ']') AND strpos(server, '/') > 1
  AND len(conns) = 5 AND len(waiting) = 2`

const HTTP_PARTS = {
  ...HEAD_PARTS,
  termination_state: 'words[9]',
  connections: 'words[10]',
  queues: 'words[11]',
  ...LISTS,
  captures_at: `strpos(head, ' {')`,
  accepted: `CASE WHEN ${IS_SOUND} AND len(timers) = 5 AND length(termination_state) = 4
      AND CASE WHEN captures_at = 0 THEN len(words) = 11 ELSE starts_with(words[12], '{') AND ends_with(head, '} ') END
      AND coalesce(starts_with(behind, ' '), true)
    THEN left(words[1], 24) ELSE error('unsound') END`,
  t_request: 'timers[1]::BIGINT',
  t_queue: 'timers[2]::BIGINT',
  t_connect: 'timers[3]::BIGINT',
  t_response: 'timers[4]::BIGINT',
  t_total: 'timers[5]',
  status: 'CASE WHEN words[5]::BIGINT > 0 THEN words[5]::BIGINT END',
  bytes_read: 'words[6]',
  captured_request_cookie: `nullif(words[7], '-')`,
  captured_response_cookie: `nullif(words[8], '-')`,
  captured_headers: `CASE WHEN captures_at > 0 THEN rtrim(substr(head, captures_at + 1), ' ') END`,
  tls: 'substr(behind, 2)',
  message: 'NULL::VARCHAR',
}

const TCP_PARTS = {
  ...HEAD_PARTS,
  termination_state: 'words[6]',
  connections: 'words[7]',
  queues: 'words[8]',
  ...LISTS,
  accepted: `CASE WHEN ${IS_SOUND} AND len(timers) = 3 AND length(termination_state) = 2 AND len(words) = 8
    THEN left(words[1], 24) ELSE error('unsound') END`,
  t_request: 'NULL::BIGINT',
  t_queue: 'timers[1]::BIGINT',
  t_connect: 'timers[2]::BIGINT',
  t_response: 'NULL::BIGINT',
  t_total: 'timers[3]',
  status: 'NULL::BIGINT',
  bytes_read: 'words[5]',
  ...Object.fromEntries(
    [
      'captured_request_cookie',
      'captured_response_cookie',
      'captured_headers',
      'request',
      'tls',
      'message',
    ].map(name => [name, 'NULL::VARCHAR']),
  ),
}

/** How a request with this status ended, or a connection that has none. */
const BY_STATUS = `CASE WHEN status IS NULL AND t_request IS NULL THEN 'ok' ELSE ${outcomeOf('status')} END`

const DERIVED = {
  accepted_at: `try_strptime(accepted, '%d/%b/%Y:%H:%M:%S.%g')`,
  is_early: `starts_with(t_total, '+')`,
  total_ms: `CASE WHEN ltrim(t_total, '+')::BIGINT >= 0 THEN ltrim(t_total, '+')::BIGINT END`,
  server_name: `split_part(server, '/', 2)`,
  sni: `nullif(nullif(split_part(split_part(tls, ' ', 2), '/', 1), '-'), '')`,
  ended: `CASE left(termination_state, 1)
    WHEN '-' THEN ${BY_STATUS} WHEN 'L' THEN ${BY_STATUS}
    WHEN 'C' THEN 'aborted' WHEN 'c' THEN 'timeout' WHEN 's' THEN 'timeout' WHEN 'S' THEN 'server_error'
    WHEN 'P' THEN CASE WHEN status >= 400 THEN ${BY_STATUS} WHEN t_request IS NULL THEN 'client_error' ELSE 'server_error' END
    ELSE CASE WHEN status >= 400 THEN ${BY_STATUS} WHEN termination_state IS NULL THEN 'aborted' ELSE 'server_error' END END`,
  // A prefix begins with “<134>1 ”, “<134>” or its time.
  stamp: `try_cast(CASE WHEN strpos(split_part(prefix, ' ', 1), '>1') > 0 THEN split_part(prefix, ' ', 2)
    ELSE split_part(split_part(prefix, ' ', 1), '>', -1) END AS TIMESTAMPTZ)`,
}

/** The line was written when the t_total was over, so what is between is the zone; more than 15 hours is a late line. */
const ZONE_S = `round((epoch_ms(accepted_at) + coalesce(total_ms, 0) - epoch_ms(stamp)) / 900000.0) * 900`
const IN_UTC = `CASE WHEN abs(${ZONE_S}) <= 54000 THEN accepted_at - to_seconds(${ZONE_S}) ELSE accepted_at END`

const SELECT = {
  host: `coalesce(${LINE.columns.host}, sni)`,
  status: 'status',
  outcome: 'ended',
  duration_ms: 'CASE WHEN is_early THEN NULL ELSE total_ms END',
  elapsed_ms: `CASE WHEN is_early THEN total_ms WHEN ended = 'aborted' THEN total_ms WHEN ended = 'timeout' THEN total_ms END`,
  queue_ms: 'CASE WHEN t_queue >= 0 THEN t_queue END',
  upstream_ms: 'CASE WHEN t_response >= 0 THEN t_response END',
  send_ms: `CASE WHEN NOT is_early AND t_request >= 0 AND t_queue >= 0 AND t_connect >= 0 AND t_response >= 0
    THEN greatest(total_ms - t_request - t_queue - t_connect - t_response, 0) END`,
  bytes_out: `ltrim(bytes_read, '+')::BIGINT`,
  client: addressOf('client_port'),
  upstream: `CASE WHEN NOT starts_with(server_name, '<') THEN server END`,
}

const ATTRS: Record<string, string> = {
  syslog: 'prefix',
  client_port: 'client_port',
  frontend_name: 'frontend_name',
  backend_name: `split_part(server, '/', 1)`,
  server_name: 'server_name',
  termination_state: 'termination_state',
  TR: 'CASE WHEN t_request >= 0 THEN t_request END',
  Tc: 'CASE WHEN t_connect >= 0 THEN t_connect END',
  actconn: 'conns[1]',
  feconn: 'conns[2]',
  beconn: 'conns[3]',
  srv_conn: 'conns[4]',
  retries: 'conns[5]',
  srv_queue: 'waiting[1]',
  backend_queue: 'waiting[2]',
  captured_request_cookie: 'captured_request_cookie',
  captured_response_cookie: 'captured_response_cookie',
  captured_headers: 'captured_headers',
  logasap: `CASE WHEN is_early THEN t_total || ' ' || bytes_read END`,
  tls: 'tls',
  message: 'message',
}

function attribute(name: string): string | null {
  const [, side, place] = /^captured_(request|response)_header_(\d+)$/.exec(name) ?? []
  if (side === undefined) return ATTRS[name] ?? null
  const group = `split_part(captured_headers, '} {', ${side === 'request' ? 1 : 2})`
  return `nullif(split_part(trim(${group}, '{}'), '|', ${place}), '')`
}

function doubtsOf({ hasZone, logsEarly }: Habits): Doubt[] {
  return [
    ...(hasZone
      ? []
      : [
          {
            message:
              'HAProxy writes times without a zone, and nothing else in the lines has one. They are taken for UTC.',
            next: 'Run haproxy with TZ=UTC, or log in a format with the zone: log … format rfc5424',
          },
        ]),
    ...(logsEarly
      ? [
          {
            message:
              'With option logasap, lines are written before the answer is sent: the durations of these requests are not known.',
            next: 'Take option logasap out of haproxy.cfg, or look at upstream_ms',
          },
        ]
      : []),
  ]
}
