/**
 * AWS network load balancer: its log of TLS connections.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
 *
 * A line is a TLS connection, not a request: the balancer doesn't look inside. It is kept as a request without method, path and status.
 * `connection_time` (ms) is from its start to its closure: `duration_ms` says how long the client kept it open, idle time included,
 * and says little of how fast anything was. What clients wait for is the TLS handshake, `tls_handshake_time` (ms), which is in
 * `queue_ms`: the time until something could be sent on. A connection whose handshake failed (`-`) is `aborted`.
 * `time` is the start (`tls_connection_creation_time`); without it, the end that the line begins with, less the connection's time.
 * Version 2.0 has 22 fields; further ones are kept as `field_23` and so on.
 */
import { sqlName } from '../../store/engine.js'
import { EARLIEST } from '../../store/read-time.js'
import type { Field, FieldType, Format, Layout, Split } from '../layout.js'
import { addressOf } from './request-sql.js'
import { fitWidth } from './split-quoted.js'

const FIELDS: [name: string, type?: FieldType][] = [
  ['type'],
  ['version'],
  ['time', 'time'],
  ['elb'],
  ['listener'],
  ['client_port'],
  ['destination_port'],
  ['connection_time', 'number'],
  ['tls_handshake_time', 'number'],
  ['received_bytes', 'integer'],
  ['sent_bytes', 'integer'],
  ['incoming_tls_alert'],
  ['chosen_cert_arn'],
  ['chosen_cert_serial'],
  ['tls_cipher'],
  ['tls_protocol_version'],
  ['tls_named_group'],
  ['domain_name'],
  ['alpn_fe_protocol'],
  ['alpn_be_protocol'],
  ['alpn_client_preference_list'],
  ['tls_connection_creation_time', 'time'],
]
/** The fields of 2019, before ALPN. */
const FEWEST_FIELDS = 18
const IN_COLUMNS = new Set([
  'connection_time',
  'tls_handshake_time',
  'received_bytes',
  'sent_bytes',
  'destination_port',
  'domain_name',
  'tls_connection_creation_time',
])
const START = /^tls \d+\.\d+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/

export const nlb: Format = {
  name: 'nlb',
  title: 'AWS network load balancer, TLS connections',
  layout({ lines }) {
    const widths = lines.filter(line => START.test(line)).map(line => line.split(' ').length)
    return widths.length === 0 ? null : nlbLayout(Math.max(...widths))
  },
}

function nlbLayout(width: number): Layout {
  const fields = Array.from({ length: Math.max(width, FIELDS.length) }, (_, i): Field => {
    const [name, type = 'text'] = FIELDS[i] ?? [`field_${i + 1}`]
    if (name === 'type') return { name, type, pattern: /^tls$/, required: true }
    return name === 'time' ? { name, type, required: true } : { name, type }
  })
  const kept = [...fields.map(field => field.name), 'more'].filter(name => !IN_COLUMNS.has(name))
  return {
    format: 'nlb',
    kind: 'requests',
    entries: 'lines',
    fields,
    overflow: 'more',
    split: entry => splitNlbLine(entry as string, fields.length),
    // Nothing is quoted as a whole: a list of protocols is written "h2","http/1.1", without spaces.
    ...(width < FIELDS.length ? {} : { fast: { delimiter: ' ', quote: '', nullText: '-' } }),
    select: {
      time: `coalesce(tls_connection_creation_time,
        "time" - to_microseconds(greatest(coalesce(connection_time, 0), 0)::BIGINT * 1000))`,
      host: 'domain_name',
      outcome: `CASE WHEN tls_handshake_time >= 0 THEN 'ok' ELSE 'aborted' END`,
      duration_ms: measured('connection_time'),
      elapsed_ms: `CASE WHEN tls_handshake_time >= 0 THEN NULL ELSE ${measured('connection_time')} END`,
      queue_ms: measured('tls_handshake_time'),
      bytes_in: 'received_bytes',
      bytes_out: 'sent_bytes',
      client: addressOf('client_port'),
      upstream: 'destination_port',
    },
    attrs: Object.fromEntries(kept.map(name => [name, sqlName(name)])),
    attribute: name => (fields.some(field => field.name === name) ? sqlName(name) : null),
    holds: `attrs."type" = 'tls' AND attrs."time" >= ${EARLIEST}`,
  }
}

function measured(field: string): string {
  return `CASE WHEN ${field} >= 0 THEN ${field} END`
}

function splitNlbLine(line: string, width: number): Split {
  const parts = line.replace(/ +$/, '').split(' ')
  if (parts.length < FEWEST_FIELDS)
    return { reject: `${parts.length} fields, at least ${FEWEST_FIELDS} expected` }
  return { values: fitWidth(parts, width) }
}
