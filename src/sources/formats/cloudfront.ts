/**
 * AWS CloudFront: standard logs of a web distribution, legacy and v2 in the W3C format.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
 *
 * Tab-separated under a `#Fields:` header, whatever fields that names. `date` and `time` (UTC, whole seconds), or `timestamp(ms)` in v2,
 * are when the response had been sent, so `time-taken` (seconds) is subtracted; they are kept as they are written.
 * `time-to-first-byte` stays an attribute; what is between it and `time-taken` is `send_ms`. `upstream_ms` is `origin-fbl` (v2), the time to the
 * origin's first byte, where that is logged: with a hit there is no origin.
 * Texts are URL-encoded. The user agent is decoded, so that it compares with that of other logs (where it is no UTF-8, it stays as it is);
 * path, query, referer and cookies stay as they are written.
 * A request that ended while the response was sent keeps the status that was sent. It was cut off when its result became `Error` after
 * `x-edge-response-result-type` had been a good one (an error page that is sent with 200 is `Error` in both), and
 * `x-edge-detailed-result-type` says by whom.
 * `x-host-header` is the host that the viewer asked for, `cs(Host)` the distribution's own.
 * Logs of RTMP distributions and real-time logs (no header) are not read.
 */
import { type Field, type Format, STATUS } from '../layout.js'
import type { Labelled } from './labelled.js'
import { millisecondsOf, outcomeOf } from './request-sql.js'
import { EDGE, subtractTaken } from './w3c.js'
import { readHeaders, w3cLayout } from './w3c-lines.js'

const CORE: Field[] = [
  { name: 'date', type: 'text' },
  { name: 'time', type: 'text' },
  { name: 'timestamp(ms)', type: 'text', pattern: /^\d{1,15}$/ },
  { name: 'c-ip', type: 'text' },
  { name: 'cs-method', type: 'text' },
  { name: 'cs(Host)', type: 'text' },
  { name: 'x-host-header', type: 'text' },
  { name: 'cs-uri-stem', type: 'text' },
  { name: 'cs-uri-query', type: 'text' },
  { name: 'sc-status', type: 'integer', pattern: STATUS },
  { name: 'sc-bytes', type: 'integer' },
  { name: 'cs-bytes', type: 'integer' },
  { name: 'time-taken', type: 'number' },
  { name: 'time-to-first-byte', type: 'text' },
  { name: 'origin-fbl', type: 'text' },
  { name: 'cs(User-Agent)', type: 'text' },
  { name: 'cs(Referer)', type: 'text' },
  { name: 'x-edge-request-id', type: 'text' },
  { name: 'x-edge-result-type', type: 'text' },
  { name: 'x-edge-response-result-type', type: 'text' },
  { name: 'x-edge-detailed-result-type', type: 'text' },
]
const IN_COLUMNS = new Map([
  ['c-ip', 'client'],
  ['cs-method', 'method'],
  ['cs-uri-stem', 'path'],
  ['cs-uri-query', 'query'],
  ['sc-status', 'status'],
  ['sc-bytes', 'bytes_out'],
  ['cs-bytes', 'bytes_in'],
  ['time-taken', 'duration_ms'],
  ['cs(User-Agent)', 'user_agent'],
  ['cs(Referer)', 'referer'],
  ['x-host-header', 'host'],
  ['x-edge-request-id', 'trace_id'],
])

export const cloudfront: Format = {
  name: 'cloudfront',
  title: 'AWS CloudFront standard logs',
  layout(sample) {
    const headers = readHeaders(sample).filter(
      names => names.some(name => EDGE.test(name)) && names.includes('cs-uri-stem') && names.includes('time'),
    )
    return headers.length === 0 ? null : w3cLayout(headers, LABELLED, { delimiter: '\t', quoted: false })
  },
}

const DETAILED = '"x-edge-detailed-result-type"'

/** How it ended although a good status was sent: the origin's answer broke off, or the viewer left before its end. */
const CUT = `CASE WHEN starts_with(${DETAILED}, 'Origin') THEN 'server_error'
  WHEN ${DETAILED} = 'AbortedOrigin' THEN 'server_error' ELSE 'aborted' END`

const LABELLED: Labelled = {
  format: 'cloudfront',
  core: CORE,
  inColumns: IN_COLUMNS,
  derived: {
    taken_ms: millisecondsOf('"time-taken"'),
    first_ms: millisecondsOf('try_cast("time-to-first-byte" AS DOUBLE)'),
    ended: `CASE WHEN "x-edge-result-type" = 'Error' THEN CASE WHEN ${DETAILED} = 'ClientHungUpRequest' THEN 'aborted'
        WHEN ${DETAILED} = 'ClientCommError' THEN 'aborted'
        WHEN "sc-status" BETWEEN 100 AND 399 AND "x-edge-response-result-type" <> 'Error' THEN ${CUT}
        ELSE ${outcomeOf('"sc-status"')} END
      ELSE ${outcomeOf('"sc-status"')} END`,
  },
  select: {
    time: subtractTaken(
      `coalesce(make_timestamp("timestamp(ms)"::BIGINT * 1000), try_cast("date" || ' ' || "time" AS TIMESTAMP))`,
    ),
    method: '"cs-method"',
    host: 'coalesce("x-host-header", "cs(Host)")',
    path: '"cs-uri-stem"',
    query: '"cs-uri-query"',
    status: '"sc-status"',
    outcome: 'ended',
    duration_ms: 'taken_ms',
    elapsed_ms: `CASE WHEN ended = 'aborted' THEN taken_ms WHEN ended = 'timeout' THEN taken_ms END`,
    upstream_ms: millisecondsOf('try_cast("origin-fbl" AS DOUBLE)'),
    send_ms: 'CASE WHEN first_ms <= taken_ms THEN round(taken_ms - first_ms, 3) END',
    bytes_in: '"cs-bytes"',
    bytes_out: '"sc-bytes"',
    client: '"c-ip"',
    user_agent: 'coalesce(TRY(url_decode("cs(User-Agent)")), "cs(User-Agent)")',
    referer: '"cs(Referer)"',
    trace_id: '"x-edge-request-id"',
  },
  holds: `length(attrs."date") = 10 AND length(attrs."time") >= 8`,
  asks: record => ({ target: record.get('cs-uri-stem'), status: record.get('sc-status') }),
}
