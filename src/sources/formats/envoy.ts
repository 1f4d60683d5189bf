/**
 * Envoy's default text format, and the longer one that Istio has as its default.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 * https://istio.io/latest/docs/tasks/observability/logs/access-log/
 *
 * Durations are in milliseconds, the start time is when the request came in. The response flags decide the outcome where they say more
 * than the status: DC and DR are a client that left, UT, SI, DT and UMSDR a time limit. There is no client address but the last one that
 * Envoy itself put into X-Forwarded-For, in the default format. Quote signs in values are written as they are.
 */
import type { Format } from '../layout.js'
import { type LogFormat, readPlaceholders, settlePieces, type Variable } from './log-format.js'
import { layoutFor } from './log-format-layout.js'
import { ISO_TIME } from './log-time.js'
import { compileMatcher } from './match-pieces.js'

/** The operators by the names that they have in Envoy's JSON logs. */
const OPERATORS: Record<string, Omit<Variable, 'name' | 'source' | 'at'>> = {
  start_time: { role: 'time', time: ISO_TIME },
  method: { role: 'method' },
  path: { role: 'target' },
  protocol: { role: 'protocol' },
  response_code: { role: 'status', shape: 'status' },
  response_flags: { role: 'flags' },
  bytes_received: { role: 'bytes_in', shape: 'integer' },
  bytes_sent: { role: 'bytes_out', shape: 'integer' },
  duration: { role: 'duration', shape: 'integer', unit: 1 },
  upstream_service_time: { role: 'upstream_time', shape: 'integer', unit: 1 },
  x_forwarded_for: { role: 'client', rank: 2, isForwarded: true },
  user_agent: { role: 'user_agent' },
  request_id: { role: 'trace_id' },
  authority: { role: 'host', isLossy: true },
  upstream_host: { role: 'upstream' },
  downstream_remote_address: { role: 'client', rank: 1, isLossy: true },
}

const BEGIN = '[<start_time>] "<method> <path> <protocol>" <response_code> <response_flags>'
const MIDDLE = '<bytes_received> <bytes_sent> <duration> <upstream_service_time>'
const TEXTS = '"<x_forwarded_for>" "<user_agent>" "<request_id>" "<authority>" "<upstream_host>"'
const FORMATS = [
  `${BEGIN} ${MIDDLE} ${TEXTS}`,
  `${BEGIN} <response_code_details> <connection_termination_details> "<upstream_transport_failure_reason>" ${MIDDLE} ${TEXTS} <upstream_cluster> <upstream_local_address> <downstream_local_address> <downstream_remote_address> <requested_server_name> <route_name>`,
].map((text): LogFormat => {
  const pieces = readPlaceholders(text, OPERATORS)
  return settlePieces({ pieces, escaping: 'none', text, origin: 'envoy' })
})
const MATCHERS = FORMATS.map(compileMatcher)

export const envoy: Format = {
  name: 'envoy',
  title: 'Envoy’s default text format (also Istio’s)',
  layout({ lines }) {
    const counts = MATCHERS.map(match => lines.filter(line => 'values' in match(line)).length)
    const most = Math.max(...counts)
    return most === 0 ? null : layoutFor('envoy', FORMATS[counts.indexOf(most)]!, lines)
  },
}
