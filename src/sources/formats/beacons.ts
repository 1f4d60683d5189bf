/**
 * Beacons that pages send of themselves (real user monitoring), as NDJSON, a JSON list, or CSV with the same names. One with an id at the
 * page's start and one at its end become one page when questions are read: see `stitchBeacons`. Names, in any case:
 *
 * - plain: `id`, `type` (start, end, or anything between), `time`, `url` (or `host`, `path`, `query`), `account`, `session`, `client`,
 *   `referrer`, `user_agent`, `ttfb_ms`, `fcp_ms`, `dom_ready_ms`, `load_ms`, `lcp_ms`, `inp_ms`, `cls`, also without `_ms` and in an
 *   object `metrics`, `timing` or `vitals`. Without `type`, one with a timing is an end, one without is a start.
 * - boomerang: `pid`, `u`, `r`, `rt.si`, `t_done`, `t_resp`, `nt_*`, `pt.*`, `c.cls`, `et.inp`. `early` is a start; a beacon of an
 *   XMLHttpRequest or a soft navigation (`http.initiator`) is neither start nor end, and its timings aren't the page's.
 *   https://akamai.github.io/boomerang/akamai/BOOMR.plugins.RT.html
 * - web-vitals: a beacon a metric (`name`, `value`, `rating`, `delta`), sent with an id of the page (`page_id`, `view_id` …) and a time;
 *   `id` is the metric's own. https://github.com/GoogleChrome/web-vitals#metric
 *
 * Timings are milliseconds since the navigation began, as browsers give them; negative ones are not measured. What has no column, or
 * isn't held by it in full, stays in `attrs`.
 */
import type { Doubt, Format, Layout, Sample, Split } from '../layout.js'
import { Attributes, fieldsOf, type Named, readNames } from './named.js'
import { type Fields, flatten, NAMES, PAGE_IDS, readBeacon, TIMINGS } from './read-beacon.js'

export const beacons: Format = {
  name: 'beacons',
  title: 'beacons of pages: plain names, boomerang or web-vitals, as NDJSON or CSV',
  layout(sample) {
    const names = readNames(sample, flatten)
    if (names === null || !isBeacons(sample, names)) return null
    const lower = new Set(names.columns.map(name => name.toLowerCase()))
    const isMetricsOnly = lower.has('rating') && !PAGE_IDS.some(name => lower.has(name))
    return beaconLayout(names, isMetricsOnly ? [NO_PAGE_ID] : [])
  },
}

const NO_PAGE_ID: Doubt = {
  message:
    'Each metric has an id of its own and the page has none, so what one page sent can’t be put together.',
  next: 'Send an id of the page with each metric, as page_id',
}

const SAYS_TYPE = /(?:^|["',;\t])(?:start|end|begin|early|unload|pagehide|ping|heartbeat)(?:["',;\t]|$)/i

/** An id, a time, and something that only a page says of itself. */
function isBeacons(sample: Sample, { columns }: Named): boolean {
  const lower = new Set(columns.map(name => name.toLowerCase()))
  const has = (names: readonly string[]) => names.some(name => lower.has(name))
  if (!has(NAMES.id) || !has(NAMES.time) || has(['status', 'status_code', 'subject'])) return false
  if (lower.has('pid') && has(['t_done', 'rt.tstart', 'rt.si', 'early'])) return true
  if (['name', 'value', 'rating'].every(name => lower.has(name))) return true
  const known = Object.values(TIMINGS).filter(has)
  if (known.length >= 2 && has(['lcp', 'lcp_ms', 'inp', 'inp_ms', 'cls', 'fcp', 'fcp_ms', 'load_ms']))
    return true
  const isTyped = sample.lines.some(line => SAYS_TYPE.test(line))
  return has(NAMES.type) && isTyped && has([...NAMES.url, ...NAMES.path])
}

function beaconLayout({ entries }: Named, doubts: Doubt[]): Layout {
  const fields = fieldsOf('beacons')
  const attributes = new Attributes()
  return {
    format: 'beacons',
    kind: 'beacons',
    entries,
    fields: [...fields, { name: 'attrs', type: 'text' }],
    attrs: null,
    attrNames: attributes.names,
    doubts,
    select: Object.fromEntries(fields.map(({ name }) => [name, `"${name}"`])),
    attribute: () => null,
    split(entry): Split {
      const read = readBeacon(flatten(entry as Fields))
      if ('reject' in read) return read
      const values = fields.map(({ name }) => read.columns[name] ?? null)
      return { values: [...values, attributes.pack(read.rest, NONE)] }
    },
  }
}

const NONE: ReadonlyMap<string, string> = new Map()
