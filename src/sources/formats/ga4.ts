/**
 * Google Analytics 4, events as CSV (one row an event, as warehouse exports write them: `name` or `event_name`, `timestamp`,
 * `user_pseudo_id`, parameters as `param_*`). Without `param_page_location` a row has no path.
 * https://support.google.com/analytics/answer/7029846
 */

import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import {
  hasColumns,
  type KnownNames,
  mappingFor,
  type NameTable,
  readByName,
  scaleMapped,
  withMapping,
} from './by-name.js'
import { namedLayout, readNames } from './named.js'

const NAMES: NameTable = {
  time: ['timestamp', 'event_timestamp'],
  event: ['event_name', 'name'],
  path: ['param_page_location', 'page_location', 'page_path'],
  host: ['event_dimensions_hostname', 'device_web_info_hostname', 'hostname'],
  account: ['user_id'],
  client: ['user_pseudo_id'],
  session: ['param_ga_session_id', 'ga_session_id'],
  engagement_ms: ['param_engagement_time_msec', 'engagement_time_msec'],
  device: ['device_category'],
  country: ['geo_country', 'country'],
}

export const PAGEVIEW_NAMES: KnownNames = {
  format: 'ga4',
  kind: 'pageviews',
  names: NAMES,
  required: [['time'], ['event'], ['client']],
}

export const ga4: Format = {
  name: 'ga4',
  title: 'Google Analytics 4 events as CSV',
  layout(sample, options) {
    const names = readNames(sample)
    // Events of BigQuery have their page in `event_params`.
    if (names === null || names.columns.includes('event_params')) return null
    const mapping = mappingFor('pageviews', names.columns, options.columns)
    const table = withMapping(NAMES, mapping)
    // Other tools' page views needn't say which browser it was.
    const needed = mapping.size > 0 ? ['time', 'path'] : ['time', 'event', 'client']
    if (!hasColumns(names.columns, table, needed)) return null
    return namedLayout({
      format: 'ga4',
      kind: 'pageviews',
      entries: names.entries,
      read(record) {
        const { text } = readByName(record, table)
        const time = readTime(text('time'))
        if (time === null)
          return { reject: `timestamp is no time: ${text('time')?.slice(0, 40) ?? 'nothing'}` }
        const page = splitPage(text('path'))
        const engagement = text('engagement_ms')
        const mapped = mapping.get('engagement_ms')
        return {
          time,
          event: text('event'),
          host: page.host ?? text('host'),
          path: page.path,
          account: text('account'),
          client: text('client'),
          session: text('session'),
          engagement_ms: engagement !== null && mapped ? scaleMapped(engagement, mapped) : engagement,
          device: text('device'),
          country: text('country'),
        }
      },
    })
  },
}

/** A page's URL, or its path, without the query. */
export function splitPage(page: string | null): { host: string | null; path: string | null } {
  if (page === null) return { host: null, path: null }
  const [, host = null, local] = /^https?:\/\/([^/?#]*)([^?#]*)/i.exec(page) ?? []
  return { host, path: (local ?? page.replace(/[?#].*/, '')) || '/' }
}
