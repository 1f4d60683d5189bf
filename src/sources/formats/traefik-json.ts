/**
 * Traefik's access log with `format: json`; field names of versions 1 to 3.
 * https://doc.traefik.io/traefik/observability/access-logs/
 *
 * `Duration`, `OriginDuration` and `Overhead` are nanoseconds. `StartUTC` is when the request came in. An `OriginStatus` of 0 means that no
 * server was asked, so `OriginDuration` 0 beside it was not measured. Traefik's own log lines, in JSON or logfmt, are counted as `log line`.
 */
import type { Format } from '../layout.js'
import { readRecords } from './json-records.js'
import { jsonLayout } from './json-requests.js'

export const traefikJson: Format = {
  name: 'traefik-json',
  title: 'Traefik access log as JSON',
  layout(sample) {
    const found = readRecords(sample)
    if (!found.records.some(isAccess)) return null
    return jsonLayout({
      format: 'traefik-json',
      records: found,
      time: [['StartUTC'], ['StartLocal'], ['time']],
      target: [['RequestPath']],
      columns: {
        method: [['RequestMethod']],
        host: [['RequestHost'], ['RequestAddr']],
        status: [['DownstreamStatus']],
        bytes_in: [['RequestContentSize']],
        bytes_out: [['DownstreamContentSize']],
        client: [['ClientHost']],
        account: [['ClientUsername']],
        user_agent: [['request_User-Agent']],
        referer: [['request_Referer']],
        upstream: [['ServiceAddr'], ['BackendAddr']],
        trace_id: [['TraceId']],
      },
      durations: {
        duration_ms: [{ path: ['Duration'], unit: 'ns' }],
        upstream_ms: [{ path: ['OriginDuration'], unit: 'ns' }],
      },
      used: [
        ['StartUTC'],
        ['RequestPath'],
        ['RequestMethod'],
        ['RequestHost'],
        ['DownstreamStatus'],
        ['RequestContentSize'],
        ['DownstreamContentSize'],
        ['ClientHost'],
        ['ClientUsername'],
        ['request_User-Agent'],
        ['request_Referer'],
        ['ServiceAddr'],
        ['TraceId'],
        ['Duration'],
      ],
      refuse: record => {
        if (isAccess(record)) return null
        return typeof record.level === 'string'
          ? { skip: 'log line' }
          : { reject: 'no line of Traefik: neither Duration nor level' }
      },
      holds: at => `${at(['Duration'])} IS NOT NULL AND ${at(['DownstreamStatus'])} IS NOT NULL`,
      ownLine: text => (OWN.test(text) ? 'log line' : null),
      select: (at, own) => ({
        upstream_ms: `CASE WHEN ${at(['OriginStatus'])} = '0' AND upstream_ms_1 = 0 THEN NULL ELSE ${own.upstream_ms} END`,
      }),
    })
  },
}

const OWN = /^(?:time="[^"]+" level=\w+ |\d{4}-\d\d-\d\dT\S+ (?:\x1b\[\d+m)?[A-Z]{3}\b)/

function isAccess(record: Record<string, unknown>): boolean {
  return Object.hasOwn(record, 'Duration') && Object.hasOwn(record, 'DownstreamStatus')
}
