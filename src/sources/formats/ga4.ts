/**
 * Google Analytics 4, events as CSV (one row an event, as warehouse exports write them: `name` or `event_name`, `timestamp`,
 * `user_pseudo_id`, parameters as `param_*`). Without `param_page_location` a row has no path.
 * https://support.google.com/analytics/answer/7029846
 */

import { readTime } from '../../store/read-time.js'
import type { Format } from '../layout.js'
import { hasColumns, type NameTable, readByName } from './by-name.js'
import { namedLayout, readNames } from './named.js'

const NAMES: NameTable = {
  time: ['timestamp', 'event_timestamp'],
  event: ['event_name', 'name'],
  page: ['param_page_location', 'page_location', 'page_path'],
  host: ['event_dimensions_hostname', 'device_web_info_hostname', 'hostname'],
  account: ['user_id'],
  client: ['user_pseudo_id'],
  session: ['param_ga_session_id', 'ga_session_id'],
  engagement_ms: ['param_engagement_time_msec', 'engagement_time_msec'],
  device: ['device_category'],
  country: ['geo_country', 'country'],
}

export const ga4: Format = {
  name: 'ga4',
  title: 'Google Analytics 4 events as CSV',
  layout(sample) {
    const names = readNames(sample)
    if (names === null || !hasColumns(names.columns, NAMES, ['time', 'event', 'client'])) return null
    return namedLayout({
      format: 'ga4',
      kind: 'pageviews',
      entries: names.entries,
      read(record) {
        const { text } = readByName(record, NAMES)
        const time = readTime(text('time'))
        if (time === null)
          return { reject: `timestamp is no time: ${text('time')?.slice(0, 40) ?? 'nothing'}` }
        const page = text('page')
        const [, host, local] = /^https?:\/\/([^/?#]*)([^?#]*)/.exec(page ?? '') ?? []
        return {
          time,
          event: text('event'),
          host: host ?? text('host'),
          path: page === null ? null : (local ?? page.replace(/[?#].*/, '')) || '/',
          account: text('account'),
          client: text('client'),
          session: text('session'),
          engagement_ms: text('engagement_ms'),
          device: text('device'),
          country: text('country'),
        }
      },
    })
  },
}
