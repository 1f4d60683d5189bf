/** One beacon by the names of its sender: plain ones, boomerang's or those of web-vitals. See `beacons.ts`. */
import { readTime } from '../../store/read-time.js'

export type Fields = Record<string, unknown>

export const PAGE_IDS = [
  'page_view_id',
  'pageview_id',
  'pageviewid',
  'view_id',
  'viewid',
  'page_id',
  'pageid',
  'page_load_id',
  'pageloadid',
  'beacon_id',
  'pid',
]
export const NAMES = {
  id: [...PAGE_IDS, 'id'],
  time: ['time', 'timestamp', 'ts', '@timestamp', 'received_at', 'sent_at', 'date', 'rt.end', 'rt.tstart'],
  type: ['type', 'event', 'phase', 'beacon_type'],
  url: ['pgu', 'url', 'u', 'page_url', 'href', 'location'],
  host: ['host', 'hostname'],
  path: ['path', 'pathname', 'page'],
  query: ['query', 'query_string'],
  referer: ['referrer', 'referer', 'r'],
  account: [
    'account',
    'account_id',
    'customer',
    'customer_id',
    'tenant',
    'tenant_id',
    'org_id',
    'user_id',
    'user',
  ],
  client: ['client', 'client_ip', 'ip', 'remote_addr', 'visitor_id', 'user_pseudo_id'],
  session: ['session', 'session_id', 'sessionid', 'rt.si'],
  user_agent: ['user_agent', 'useragent', 'http_user_agent', 'ua'],
}
export const TIMINGS: Record<string, string[]> = {
  ttfb_ms: ['ttfb_ms', 'ttfb', 't_resp'],
  fcp_ms: ['fcp_ms', 'fcp', 'pt.fcp'],
  dom_ready_ms: ['dom_ready_ms', 'dom_ready', 'domcontentloaded', 'dom_content_loaded'],
  load_ms: ['load_ms', 'load', 'load_time', 'loadtime', 'page_load_time', 't_done'],
  lcp_ms: ['lcp_ms', 'lcp', 'pt.lcp'],
  inp_ms: ['inp_ms', 'inp', 'et.inp'],
  cls: ['cls', 'c.cls'],
}
/** Moments of Navigation Timing, for what boomerang gives no duration of. */
const MOMENTS: Record<string, string> = {
  ttfb_ms: 'nt_res_st',
  dom_ready_ms: 'nt_domcontloaded_st',
  load_ms: 'nt_load_end',
}
const METRICS: Record<string, string> = {
  TTFB: 'ttfb_ms',
  FCP: 'fcp_ms',
  LCP: 'lcp_ms',
  INP: 'inp_ms',
  CLS: 'cls',
}
const CONTAINERS = ['metrics', 'timing', 'timings', 'vitals', 'web_vitals']
const STARTS = new Set([
  'start',
  'begin',
  'early',
  'init',
  'load_start',
  'page_start',
  'pagestart',
  'navigation',
])
const ENDS = new Set([
  'end',
  'full',
  'complete',
  'finish',
  'final',
  'load',
  'unload',
  'pagehide',
  'page_end',
  'pageend',
])

/** With the members of `metrics`, `timing` and the like beside the others. */
export function flatten(record: Fields): Fields {
  if (!CONTAINERS.some(name => isObject(record[name]))) return record
  const flat: Fields = {}
  for (const [name, value] of Object.entries(record)) {
    if (!CONTAINERS.includes(name) || !isObject(value)) flat[name] = value
    else
      for (const [inner, own] of Object.entries(value))
        flat[inner in record ? `${name}.${inner}` : inner] = own
  }
  return flat
}

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export interface Beacon {
  columns: Record<string, string | null>
  /** What the columns don't hold. */
  rest: Fields
}

export function readBeacon(record: Fields): Beacon | { reject: string } {
  const byName = new Map(Object.keys(record).map(name => [name.toLowerCase(), name]))
  const rest = { ...record }
  const find = (names: readonly string[]) => {
    for (const name of names) {
      const own = byName.get(name)
      const text = own === undefined ? null : textOf(record[own])
      if (text !== null) return { own: own!, text }
    }
    return null
  }
  const take = (names: readonly string[]) => {
    const found = find(names)
    if (found) delete rest[found.own]
    return found?.text ?? null
  }
  const id = take(NAMES.id)
  if (id === null) return { reject: 'no id' }
  const written = find(NAMES.time)
  const time = readTime(written?.text ?? null)
  if (time === null) return { reject: `time can't be read: ${written?.text.slice(0, 40) ?? 'nothing'}` }
  if (!written!.own.startsWith('rt.')) delete rest[written!.own]
  const columns: Record<string, string | null> = { id, time }
  const metric = find(['rating', 'delta']) === null || !byName.has('value') ? null : find(['name'])
  if (metric) {
    columns.type = 'end'
    readMetric(record, rest, metric.text, columns)
  } else {
    columns.type = tellType(find, rest)
    if (columns.type !== 'other' || find(['http.initiator']) === null) readTimings(find, rest, columns)
  }
  columns.type ??= Object.keys(TIMINGS).some(name => columns[name] != null) ? 'end' : 'start'
  Object.assign(columns, readPage(find, take, rest))
  for (const name of ['referer', 'account', 'client', 'session', 'user_agent'] as const)
    columns[name] = take(NAMES[name])
  return { columns, rest }
}

type Find = (names: readonly string[]) => { own: string; text: string } | null

/** Null where the beacon doesn't say. */
function tellType(find: Find, rest: Fields): 'start' | 'end' | 'other' | null {
  const isBoomerang =
    find(['rt.start', 'rt.si', 'rt.tstart', 't_done', 'v']) !== null && find(['u', 'pid']) !== null
  if (isBoomerang && find(NAMES.type) === null) {
    if (find(['early']) !== null) return 'start'
    if (find(['rt.quit']) !== null) return 'end'
    return (find(['http.initiator'])?.text ?? 'spa_hard') === 'spa_hard' ? 'end' : 'other'
  }
  const said = find(NAMES.type)
  if (said === null) return null
  const type = said.text.toLowerCase()
  const known = STARTS.has(type) ? 'start' : ENDS.has(type) ? 'end' : 'other'
  if (known === type) delete rest[said.own]
  return known
}

function readTimings(find: Find, rest: Fields, columns: Record<string, string | null>): void {
  const began = Number(find(['nt_nav_st'])?.text ?? Number.NaN)
  for (const [column, names] of Object.entries(TIMINGS)) {
    const found = find(names)
    const moment = found === null && MOMENTS[column] ? find([MOMENTS[column]]) : null
    columns[column] = found
      ? asTiming(found.text)
      : moment
        ? asTiming(String(Number(moment.text) - began))
        : null
    if (found && columns[column] !== null) delete rest[found.own]
  }
}

/** What several metrics of a page each have is kept under the metric's name. */
function readMetric(
  record: Fields,
  rest: Fields,
  metric: string,
  columns: Record<string, string | null>,
): void {
  const byName = new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]))
  const column = METRICS[metric]
  if (column) columns[column] = asTiming(textOf(byName.get('value')) ?? '')
  for (const [name, value] of Object.entries(rest)) {
    const lower = name.toLowerCase()
    if (!['name', 'value', 'rating', 'delta', 'id', 'entries', 'attribution'].includes(lower)) continue
    delete rest[name]
    const isHeld = lower === 'name' || (lower === 'value' && column !== undefined && columns[column] !== null)
    if (!isHeld) rest[`${metric}.${lower}`] = value
  }
}

function readPage(find: Find, take: (names: readonly string[]) => string | null, rest: Fields) {
  const url = find(NAMES.url)
  const [, scheme, host, local] = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(url?.text ?? '') ?? []
  const target = local ?? (url?.text.startsWith('/') ? url.text.replace(/#.*/s, '') : null)
  if (!url || target === null)
    return { host: take(NAMES.host), path: take(NAMES.path), query: take(NAMES.query) }
  const mark = target.indexOf('?')
  const page = {
    host: host ?? take(NAMES.host),
    path: (mark === -1 ? target : target.slice(0, mark)) || '/',
    query: mark === -1 ? null : target.slice(mark + 1) || null,
  }
  const query = page.query === null ? '' : `?${page.query}`
  const whole = `${scheme === undefined ? '' : `https://${page.host}`}${page.path}${query}`
  if (url.text === whole) delete rest[url.own]
  return page
}

/** A time or score that was measured. */
function asTiming(text: string): string | null {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) && value >= 0 ? String(value) : null
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value).trim()
  return text === '' || text === 'undefined' || text === 'null' ? null : text
}
