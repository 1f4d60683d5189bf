/**
 * Envoy's access log as JSON: the members of Istio's default, Envoy Gateway's, Contour's, and those of Envoy's own examples.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 * https://istio.io/latest/docs/tasks/observability/logs/access-log/
 *
 * `duration` is milliseconds from the first byte of the request to the last byte of the answer; the upstream service time is milliseconds until
 * the answer's headers. A flag says how a request ended where the status doesn't: DC (the client left), UT, SI, DT and UMSDR (too slow).
 * A connection of plain TCP has neither method nor protocol; it failed when its flags say so. Envoy's own log lines are counted as `log line`.
 */
import type { Format } from '../layout.js'
import { memberOf, type Path } from './json-paths.js'
import { readRecords } from './json-records.js'
import { jsonLayout, withoutPort, withPort } from './json-requests.js'
import { addressOf, outcomeOf } from './request-sql.js'

const START: Path[] = [['start_time'], ['@timestamp'], ['timestamp'], ['time']]
const STATUS: Path[] = [['response_code'], ['status']]
const METHOD: Path[] = [['method'], [':method']]
const CLIENT: Path[] = [['downstream_remote_address'], ['downstream_direct_remote_address']]
const FLAGS: Path = ['response_flags']

export const envoyJson: Format = {
  name: 'envoy-json',
  title: 'Envoy access log as JSON, also Istio’s',
  layout(sample) {
    const found = readRecords(sample)
    const requests = found.records.filter(isAccess)
    if (requests.length === 0) return null
    const time = START.filter(path => requests.some(record => memberOf(record, path) !== undefined))
    if (time.length === 0) return null
    return jsonLayout({
      format: 'envoy-json',
      records: found,
      time,
      target: [
        ['path'],
        ['x-envoy-origin-path'],
        ['x-envoy-original-path'],
        ['x_envoy_original_path'],
        [':path'],
      ],
      columns: {
        method: METHOD,
        host: [['authority'], [':authority'], ['host']],
        status: STATUS,
        bytes_in: [['bytes_received']],
        bytes_out: [['bytes_sent']],
        client: CLIENT,
        user_agent: [['user_agent'], ['user-agent']],
        referer: [['referer']],
        upstream: [['upstream_host']],
        trace_id: [['request_id'], ['x-request-id'], ['x_request_id']],
      },
      durations: {
        duration_ms: [{ path: ['duration'], unit: 'ms' }],
        upstream_ms: [
          { path: ['upstream_service_time'], unit: 'ms' },
          { path: ['x-envoy-upstream-service-time'], unit: 'ms' },
          { path: ['x_envoy_upstream_service_time'], unit: 'ms' },
        ],
      },
      used: [
        time[0]!,
        ['path'],
        ['method'],
        ['response_code'],
        ['bytes_received'],
        ['bytes_sent'],
        ['user_agent'],
        ['referer'],
        ['upstream_host'],
        ['request_id'],
        ['duration'],
        ['upstream_service_time'],
      ],
      refuse: record => {
        if (isAccess(record)) return null
        return typeof (record.level ?? record.severity) === 'string'
          ? { skip: 'log line' }
          : { reject: 'no access line of Envoy: no response_flags' }
      },
      holds: at => `${at(FLAGS)} IS NOT NULL AND ${at(['duration'])} IS NOT NULL`,
      ownLine: text => (OWN.test(text) ? 'log line' : null),
      attrs: at => ({ authority: withPort(at(['authority'])) }),
      select: (at, own) => ({
        host: withoutPort(own.host!),
        client: addressOf(`(${own.client})`),
        outcome: outcomeSql(at(FLAGS), `coalesce(${at(['method'])}, ${at(['protocol'])})`),
      }),
    })
  },
}

/** `[2026-11-20 10:00:00.123][1][info][main] [source/server/server.cc:404] initializing`, and Istio's agent beside it. */
const OWN =
  /^(?:\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\]\[\d+\]\[\w+\]|\d{4}-\d\d-\d\dT\S+\t(?:info|warn|warning|error|debug|critical|fatal)\t)/

function isAccess(record: Record<string, unknown>): boolean {
  return Object.hasOwn(record, 'response_flags') && Object.hasOwn(record, 'duration')
}

function outcomeSql(flags: string, http: string): string {
  const has = (...wanted: string[]) =>
    wanted.map(flag => `(',' || ${flags} || ',') LIKE '%,${flag},%'`).join(' OR ')
  return `CASE WHEN ${flags} IN ('-', '') THEN CASE WHEN nullif(${http}, '-') IS NULL THEN 'ok' ELSE ${outcomeOf('status_number')} END
    WHEN ${has('DC')} THEN 'aborted'
    WHEN ${has('UT', 'SI', 'DT', 'UMSDR')} THEN 'timeout'
    WHEN nullif(${http}, '-') IS NULL AND ${flags} IS NOT NULL THEN 'server_error'
    ELSE ${outcomeOf('status_number')} END`
}
