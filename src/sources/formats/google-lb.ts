/**
 * Google Cloud's external and internal application load balancers, as Cloud Logging exports them: one LogEntry a line, or a list of them.
 * https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
 *
 * `httpRequest.latency` is seconds with their sign (`0.123456s`), from the first byte of the request to the last byte of the answer, as the
 * balancer saw it; `timestamp` is when it took the request in. How a request ended is told by `statusDetails` where that says more than the
 * status: the client left, or the backend was too slow. Entries of other resources are counted by resource.
 */
import type { Format } from '../layout.js'
import { isRecord } from '../parse-json.js'
import { memberOf, type Path } from './json-paths.js'
import { readRecords } from './json-records.js'
import { jsonLayout } from './json-requests.js'

const http = (name: string): Path => ['httpRequest', name]
const DETAILS: Path = ['jsonPayload', 'statusDetails']

/** https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring#statusdetails_http_success_messages */
const ABORTED = [
  'client_cert_validation_failed',
  'client_disconnected_after_partial_response',
  'client_disconnected_before_any_response',
  'client_disconnected',
  'client_timed_out',
  'downstream_remote_disconnect',
]
const TIMEOUT = [
  'backend_timeout',
  'backend_early_response_with_non_error_status_timeout',
  'response_timeout',
  'upstream_response_timeout',
]

export const googleLb: Format = {
  name: 'google-lb',
  title: 'Google Cloud HTTP(S) load balancer as JSON',
  layout(sample) {
    const found = readRecords(sample)
    if (!found.records.some(isAccess)) return null
    return jsonLayout({
      format: 'google-lb',
      records: found,
      open: [['httpRequest'], ['jsonPayload'], ['resource'], ['resource', 'labels']],
      time: [['timestamp'], ['receiveTimestamp']],
      target: [http('requestUrl')],
      columns: {
        method: [http('requestMethod')],
        status: [http('status')],
        bytes_in: [http('requestSize')],
        bytes_out: [http('responseSize')],
        client: [http('remoteIp'), ['jsonPayload', 'remoteIp']],
        user_agent: [http('userAgent')],
        referer: [http('referer')],
        upstream: [http('serverIp')],
        trace_id: [['trace']],
      },
      durations: { duration_ms: [{ path: http('latency'), unit: 'text' }] },
      used: [
        'requestUrl',
        'requestMethod',
        'status',
        'requestSize',
        'responseSize',
        'remoteIp',
        'userAgent',
        'referer',
        'serverIp',
        'latency',
      ].map(http),
      refuse: record => {
        if (isAccess(record)) return null
        const resource = memberOf(record, ['resource', 'type'])
        return typeof resource === 'string'
          ? { skip: `resource ${resource}` }
          : { reject: 'no entry of the load balancer: no httpRequest' }
      },
      holds: at => `${at(http('requestUrl'))} IS NOT NULL OR ${at(http('requestMethod'))} IS NOT NULL`,
      select: (at, own) => ({
        // `projects/PROJECT/traces/ID`
        trace_id: `coalesce(nullif(split_part(${own.trace_id}, '/traces/', 2), ''), ${own.trace_id})`,
        outcome: `CASE WHEN ${at(DETAILS)} IN (${list(ABORTED)}) THEN 'aborted'
          WHEN ${at(DETAILS)} IN (${list(TIMEOUT)}) THEN 'timeout' ELSE ${own.outcome} END`,
      }),
    })
  },
}

function list(texts: string[]): string {
  return texts.map(text => `'${text}'`).join(', ')
}

function isAccess(record: Record<string, unknown>): boolean {
  const request = record.httpRequest
  if (!isRecord(request) || !Object.hasOwn(record, 'timestamp')) return false
  if (!Object.hasOwn(request, 'requestUrl') && !Object.hasOwn(request, 'requestMethod')) return false
  const type = memberOf(record, ['resource', 'type'])
  return type === undefined || BALANCERS.includes(String(type))
}

const BALANCERS = ['http_load_balancer', 'http_external_regional_lb_rule', 'internal_http_lb_rule']
