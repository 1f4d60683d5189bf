/**
 * Cloudflare Logpush, data set `http_requests`, as NDJSON.
 * https://developers.cloudflare.com/logs/reference/log-fields/zone/http_requests/
 *
 * The duration is from `EdgeStartTimestamp` to `EdgeEndTimestamp`: whole nanoseconds, RFC 3339, or seconds, by the job's `timestamp_format`. Whole
 * seconds can't measure a request, so `EdgeTimeToFirstByteMs` stands for it then, and the doubt is said. `OriginResponseDurationMs` is
 * milliseconds, `OriginResponseTime` before it nanoseconds; both 0 beside an `OriginResponseStatus` of 0 mean that no origin was asked. A job
 * that keeps a sample says in `SampleInterval` for how many requests a line stands. 522 and 524 are origins that were too slow.
 */
import type { Doubt, Format } from '../layout.js'
import type { Path } from './json-paths.js'
import { readRecords } from './json-records.js'
import { type JsonDuration, jsonLayout } from './json-requests.js'
import { tellTimeForm } from './json-time.js'

const START: Path = ['EdgeStartTimestamp']
const END: Path = ['EdgeEndTimestamp']
const FIRST_BYTE: JsonDuration = { path: ['EdgeTimeToFirstByteMs'], unit: 'ms' }

export const cloudflare: Format = {
  name: 'cloudflare',
  title: 'Cloudflare Logpush HTTP requests as NDJSON',
  layout(sample) {
    const found = readRecords(sample)
    const requests = found.records.filter(isAccess)
    if (requests.length === 0) return null
    const starts = requests.map(record => record.EdgeStartTimestamp)
    const ends = requests.map(record => record.EdgeEndTimestamp)
    const isFine = [...starts, ...ends].some(time => /\.\d*[1-9]|^\d{11,19}$/.test(String(time)))
    const [start, end] = [tellTimeForm(starts), tellTimeForm(ends)]
    return jsonLayout({
      format: 'cloudflare',
      records: found,
      time: [START],
      target: [['ClientRequestURI'], ['ClientRequestPath']],
      columns: {
        method: [['ClientRequestMethod']],
        host: [['ClientRequestHost']],
        status: [['EdgeResponseStatus']],
        bytes_in: [['ClientRequestBytes']],
        bytes_out: [['EdgeResponseBytes']],
        client: [['ClientIP']],
        user_agent: [['ClientRequestUserAgent']],
        referer: [['ClientRequestReferer']],
        upstream: [['OriginIP']],
        trace_id: [['RayID']],
        weight: [['SampleInterval']],
      },
      durations: {
        ...(!isFine && { duration_ms: [FIRST_BYTE] }),
        upstream_ms: [
          { path: ['OriginResponseDurationMs'], unit: 'ms' },
          { path: ['OriginResponseTime'], unit: 'ns' },
        ],
      },
      used: [
        START,
        ...['URI', 'Method', 'Host', 'Bytes', 'UserAgent', 'Referer'].map(
          (name): Path => [`ClientRequest${name}`],
        ),
        ...['EdgeResponseStatus', 'EdgeResponseBytes', 'ClientIP', 'OriginIP', 'RayID', 'SampleInterval'].map(
          (name): Path => [name],
        ),
      ],
      refuse: record =>
        isAccess(record) ? null : { reject: 'no HTTP request of Cloudflare: no EdgeStartTimestamp' },
      holds: at => `${at(['ClientRequestMethod'])} IS NOT NULL OR ${at(['RayID'])} IS NOT NULL`,
      select: (at, own) => ({
        outcome: `CASE WHEN status_number IN (522, 524) THEN 'timeout' ELSE ${own.outcome} END`,
        upstream_ms: `CASE WHEN ${at(['OriginResponseStatus'])} = '0' THEN nullif(${own.upstream_ms}, 0) ELSE ${own.upstream_ms} END`,
        ...(isFine && {
          duration_ms: between(start.sql(at(START)), end.sql(`try_cast(${at(END)} AS ${end.type})`)),
        }),
      }),
      doubts: isFine ? [] : [WHOLE_SECONDS],
    })
  },
}

const WHOLE_SECONDS: Doubt = {
  message: 'The times are whole seconds, so the time to the first byte stands for the duration.',
  next: 'Let the Logpush job write them finer: "timestamp_format": "unixnano"',
}

/** An end before its start was not measured. */
function between(start: string, end: string): string {
  const micros = `date_diff('microsecond', ${start}, ${end})`
  return `CASE WHEN ${micros} >= 0 THEN ${micros} / 1e3 END`
}

function isAccess(record: Record<string, unknown>): boolean {
  return (
    Object.hasOwn(record, 'EdgeStartTimestamp') &&
    (Object.hasOwn(record, 'ClientRequestMethod') || Object.hasOwn(record, 'RayID'))
  )
}
