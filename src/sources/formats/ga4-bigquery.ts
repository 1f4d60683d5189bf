/**
 * Google Analytics 4 as BigQuery exports it: rows of `events_*` as NDJSON (`bq extract`, or a query's result as JSON), one event each.
 * https://support.google.com/analytics/answer/7029846
 *
 * Read: `event_timestamp` (µs since 1970, UTC), `event_name`, `event_params` (a list of `{key, value}`; of a value the one member that is
 * set), `user_id`, `user_pseudo_id`, `device.category`, `device.web_info.hostname`, `geo.country`. `page_location` gives host and path, its
 * query is left out; without it a row has no path. `ga_session_id` is unique within one `user_pseudo_id` only. Everything else is ignored.
 */
import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import { splitPage } from './ga4.js'
import { asRecord, asText, namedLayout, type Row, readNames } from './named.js'

const COLUMNS = ['event_timestamp', 'event_name', 'event_params']

export const ga4BigQuery: Format = {
  name: 'ga4-bigquery',
  title: 'Google Analytics 4 events as BigQuery exports them, NDJSON or JSON',
  layout(sample) {
    const names = readNames(sample)
    if (names === null || names.entries === 'csv') return null
    if (!COLUMNS.every(column => names.columns.includes(column))) return null
    return namedLayout({
      format: 'ga4-bigquery',
      kind: 'pageviews',
      entries: names.entries,
      read: readEvent,
    })
  },
}

function readEvent(record: Record<string, unknown>): Row {
  const given = asText(record.event_timestamp)
  const time = readTime(given)
  if (time === null) return { reject: `event_timestamp is no time: ${given?.slice(0, 40) ?? 'nothing'}` }
  const params = readParams(record.event_params)
  if (params === null) return { reject: 'event_params is no list of keys and values' }
  const device = asRecord(record.device)
  const { host, path } = splitPage(params.get('page_location') ?? null)
  return {
    time,
    event: asText(record.event_name),
    host: host ?? asText(asRecord(device?.web_info)?.hostname),
    path,
    account: asText(record.user_id),
    client: asText(record.user_pseudo_id),
    session: params.get('ga_session_id') ?? null,
    engagement_ms: params.get('engagement_time_msec') ?? null,
    device: asText(device?.category),
    country: asText(asRecord(record.geo)?.country),
  }
}

const MEMBERS = ['string_value', 'int_value', 'float_value', 'double_value']

/** Of a key that is there twice the first one counts. Null when it is no list of `{key, value}`. */
function readParams(list: unknown): Map<string, string> | null {
  const params = new Map<string, string>()
  if (list === null || list === undefined) return params
  if (!Array.isArray(list)) return null
  for (const item of list) {
    const [key, value] = [asText(asRecord(item)?.key), asRecord(asRecord(item)?.value)]
    if (key === null) return null
    const text = MEMBERS.map(member => asText(value?.[member])).find(member => member !== null)
    if (text !== undefined && !params.has(key)) params.set(key, text)
  }
  return params
}
