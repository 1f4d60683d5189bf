/**
 * Pages that were asked for and never reported back, and pages that began and never ended.
 *
 * A request and the beacons of its page have no id in common. So requests of pages and pages are counted side by side: of one path, and of one
 * customer or client where both kinds know it, in bursts with at least the beacon window of quiet around each. Where a burst has more
 * requests than pages, the rest is missing; those that never finished first. A page's request is a GET with neither an error nor
 * a redirect, of a route of which at least one view in twenty has a beacon.
 *
 * Pages of paths that no request is of (an application in one page, a log of its API alone) are counted by their beacons: of them is known
 * what began and never ended, but not what never reported at all. Pages of all other paths are left out, and how many is said: too few of
 * their requests have a beacon, or the log is of another time.
 */
import { distributionFromPairs, shareUnder } from '../stats/distribution.js'
import type { Stratum } from '../stats/kaplan-meier.js'
import { isoTime, oneText } from '../store/dialect.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatShare } from '../units.js'
import { IS_UNFINISHED } from './good.js'
import { type Cover, findCover } from './missing-cover.js'
import {
  type Absent,
  addUp,
  boundTimes,
  boundUnder,
  listMissingRoutes,
  type MissingKind,
  type MissingOptions,
  type PagesAlone,
} from './missing-kind.js'
import { readMissingWho } from './missing-who.js'
import { pathTemplatesSql } from './session-views.js'

/** What a page's time may be, and which beacons have at its end. */
const MEASURES = ['load_ms', 'lcp_ms', 'dom_ready_ms', 'fcp_ms', 'ttfb_ms'] as const
/** Of the beacons, so many have to know a value that requests know, too, for it to tell pages apart. */
const COMMON = 0.9
/** A route of which fewer views have a beacon isn't one of pages. */
const LEAST_PAGES = 0.05

export async function missingPages(
  store: Store,
  slice: Slice,
  { under_ms, asked, limit, beaconWindow_ms, alone }: MissingOptions,
): Promise<MissingKind | Absent> {
  const where = await slicePredicate(store, slice)
  const cover = await findCover(store, 'beacons', { where, wait_ms: beaconWindow_ms })
  const { keys, measure } = await chooseKeys(store, cover)
  const ctes = `${matchSql(where, cover, { keys, measure, beaconWindow_ms })}, others AS MATERIALIZED (${await othersSql(store, alone, { slice, where, measure, beaconWindow_ms })}),
    alone AS (SELECT * FROM others WHERE ${alone !== null} AND NOT "hasRequests")`
  const rows = await readGroups(store, ctes)
  const views = rows.filter(({ what }) => what !== 'no_request' && what !== 'uncounted')
  const of = addUp(views)
  const count = (what: Group['what']) => addUp(rows.filter(row => row.what === what))
  const uncounted = count('uncounted')
  if (of === 0) return explainNone(slice, { cover, alone, uncounted })
  const reasons = (['no_answer', 'no_beacon', 'no_end', 'unmeasured'] as const)
    .map(reason => ({ reason, count: count(reason), watched_ms: null }))
    .filter(row => row.count > 1e-9)
    .sort((one, other) => other.count - one.count)
  const also = [
    { what: 'no_start' as const, count: addUp(views.filter(row => row.noStart)) },
    { what: 'alone' as const, count: addUp(views.filter(row => row.isAlone)) },
    { what: 'uncounted' as const, count: alone === null ? 0 : uncounted },
    { what: 'no_request' as const, count: store.weighted ? 0 : count('no_request') },
  ].filter(row => row.count > 1e-9)
  const missing = reasons.reduce((sum, row) => sum + row.count, 0)
  const stratum = stratumOf(views)
  return {
    kind: 'pages',
    measure,
    of,
    finished: of - missing,
    missing,
    share: missing / of,
    reasons,
    also,
    covers: views.every(row => row.isAlone)
      ? { ...(await findExtent(store, ctes)), daysLeftOut: 0 }
      : { from: cover.from, to: cover.to, daysLeftOut: cover.daysLeftOut },
    ...boundTimes(stratum.finished, [stratum], { canEstimate: false }),
    under: asked ? boundUnder(shareUnder(stratum.finished, under_ms), [stratum], under_ms) : null,
    routes: listMissingRoutes(views, {
      isMissing: ({ what }) => what !== 'finished',
      timesOf: own => {
        const times = stratumOf(own)
        return boundTimes(times.finished, [times], { canEstimate: false })
      },
      limit,
    }),
    ...(await readMissingWho(
      store,
      `${ctes} SELECT * FROM facts UNION ALL BY NAME SELECT ${ALONE_FACTS} FROM alone`,
      {
        missing,
        limit,
      },
    )),
  }
}

async function findExtent(store: Store, ctes: string): Promise<{ from: string | null; to: string | null }> {
  const [extent] = await store.all<{ from: string | null; to: string | null }>(
    `${ctes} SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to" FROM alone`,
  )
  return extent!
}

function explainNone(
  slice: Slice,
  { cover, alone, uncounted }: { cover: Cover; alone: PagesAlone | null; uncounted: number },
): Absent {
  if (alone !== null && uncounted === 0) return NO_PAGES
  if (cover.from === null) return NOT_TOGETHER
  if (uncounted > 0) return FEW_BEACONS
  return { ...NO_PATHS, next: `whyslow missing${slice.cohort === null ? '' : ' --all-traffic'}` }
}

const NOT_TOGETHER: Absent = {
  kind: 'pages',
  reason:
    'These requests and the beacons have no time in common. With both of one time: pages that never reported back.',
  next: 'whyslow sources',
}

const FEW_BEACONS: Absent = {
  kind: 'pages',
  reason: `The log has requests of the paths that beacons are of, but under ${formatShare(LEAST_PAGES, 0)} of those that may be page views (a GET without an error or a redirect) have a beacon: too few to take them for page views.`,
  next: 'If they are, send the beacons of all page views',
}

const NO_PATHS: Omit<Absent, 'next'> = {
  kind: 'pages',
  reason:
    'No route here is one of pages: beacons and these requests have no paths in common. Pages that the log has no requests of are told by their beacons alone, unless --where, a cohort or a route narrows the question to requests.',
}

const NO_PAGES: Absent = {
  kind: 'pages',
  reason: 'No beacon is of a page in this time.',
  next: 'whyslow sources',
}

interface Group {
  route: string | null
  what: 'finished' | 'no_answer' | 'no_beacon' | 'no_end' | 'unmeasured' | 'no_request' | 'uncounted'
  noStart: boolean
  /** Counted by its beacons: no request is of its path. */
  isAlone: boolean
  value: number | null
  weight: number
}

async function readGroups(store: Store, ctes: string): Promise<Group[]> {
  const ended = `CASE WHEN state = 'unfinished' THEN 'no_end' WHEN value IS NULL THEN 'unmeasured' ELSE 'finished' END AS what,
       state = 'no_start' AS "noStart"`
  const value = `CASE WHEN state = 'unfinished' THEN NULL ELSE value END AS value`
  return store.all<Group>(
    `${ctes}
     SELECT route, CASE WHEN is_unfinished THEN 'no_answer' ELSE 'no_beacon' END AS what, false AS "noStart", false AS "isAlone", NULL::DOUBLE AS value, sum(unheard) AS weight
       FROM matched WHERE wanted AND unheard > 0 GROUP BY ALL
     UNION ALL SELECT route, ${ended}, false AS "isAlone", ${value}, sum(each) AS weight FROM seen GROUP BY ALL
     UNION ALL SELECT route, ${ended}, true AS "isAlone", ${value}, count(*)::DOUBLE AS weight FROM alone GROUP BY ALL
     UNION ALL SELECT NULL AS route, 'no_request' AS what, false AS "noStart", false AS "isAlone", NULL AS value, sum(extra) AS weight FROM spare HAVING sum(extra) > 0
     UNION ALL SELECT NULL AS route, 'uncounted' AS what, false AS "noStart", false AS "isAlone", NULL AS value, count(*)::DOUBLE AS weight FROM others WHERE "hasRequests" HAVING count(*) > 0`,
  )
}

interface Matching {
  /** Columns that tell pages apart, beside the path. */
  keys: string[]
  measure: string
}

/** Those of which nearly all values of beacons occur in requests as well; and the time that most beacons of ended pages have. */
async function chooseKeys(store: Store, cover: Cover): Promise<Matching> {
  const together = cover.from === null ? 'true' : cover.withinAll('"time"')
  const known = (column: string) =>
    `count(*) FILTER (${column} IN (SELECT ${column} FROM requests WHERE ${together})) / count(*)::DOUBLE AS ${column}`
  const times = MEASURES.map(name => `count(${name}) FILTER (state <> 'unfinished') AS ${name}`)
  const [row] = await store.all<Record<string, number>>(
    `SELECT ${['host', 'account', 'client'].map(known).join(', ')}, ${times.join(', ')} FROM beacons WHERE ${together}`,
  )
  const found = row!
  const isKnown = (column: string) => (found[column] ?? 0) >= COMMON
  const who = isKnown('account') ? ['account'] : isKnown('client') ? ['client'] : []
  const most = MEASURES.reduce((best, name) => (found[name]! > found[best]! ? name : best), MEASURES[0])
  return { keys: [...(isKnown('host') ? ['host'] : []), ...who], measure: most }
}

/**
 * CTEs. `matched`: a row a view that was asked for, with `unheard`, what of it has no page, and whether it is `wanted`. `seen`: a row a page,
 * with `each`, the wanted views that it stands for. `spare`: pages beyond the requests. `facts`: for `readMissingWho`.
 *
 * Rows are matched by number, since a page is one whatever the weight of its request; weights count from there on.
 */
function matchSql(
  where: string,
  cover: Cover,
  { keys, measure, beaconWindow_ms }: Matching & { beaconWindow_ms: number },
): string {
  const keyed = `hash(${oneText(['path', ...keys])}) AS page`
  const window = `to_microseconds(${Math.round(beaconWindow_ms * 1000)})`
  return `WITH pages AS MATERIALIZED (SELECT "time", ${keyed}, path, state, ${measure} AS value FROM beacons WHERE ${cover.withinAll('"time"')}),
    asked AS (SELECT "time", ${keyed}, path, route, account, client, upstream, user_agent, weight, ${IS_UNFINISHED} AS is_unfinished,
        coalesce((${where}) AND ${cover.within('"time"')}, false) AS wanted
      FROM requests WHERE method = 'GET' AND outcome IN ('ok', 'timeout', 'aborted')
        AND (status IS NULL OR status = 304 OR status NOT BETWEEN 300 AND 399) AND ${cover.withinAll('"time"')}),
    paths AS (SELECT path, any_value(route) AS route, count(*) AS asked FROM asked GROUP BY path),
    page_paths AS (SELECT path, route FROM paths LEFT JOIN (SELECT path, count(*) AS pages FROM pages GROUP BY path) AS sent USING (path)
      QUALIFY sum(coalesce(pages, 0)) OVER (PARTITION BY route) >= ${LEAST_PAGES} * sum(asked) OVER (PARTITION BY route)),
    events AS (SELECT "time", page, true AS is_request, path, asked.route, account, client, upstream, user_agent, weight, is_unfinished, wanted,
        NULL AS state, NULL::DOUBLE AS value FROM asked SEMI JOIN page_paths USING (path)
      UNION ALL SELECT "time", page, false, path, route, NULL, NULL, NULL, NULL, NULL, false, ${cover.within('"time"')}, state, value
        FROM pages JOIN page_paths USING (path)),
    spaced AS (SELECT *, CASE WHEN "time" - lag("time") OVER (PARTITION BY page ORDER BY "time") > ${window} THEN 1 ELSE 0 END AS apart FROM events),
    bursts AS (SELECT *, sum(apart) OVER (PARTITION BY page ORDER BY "time", is_request DESC ROWS UNBOUNDED PRECEDING) AS burst FROM spaced),
    counted AS MATERIALIZED (SELECT *, count(*) FILTER (is_request) OVER w AS asked, count(*) FILTER (NOT is_request) OVER w AS sent,
        count(*) FILTER (is_request AND is_unfinished) OVER w AS unfinished,
        count(*) FILTER (NOT is_request AND wanted) OVER w AS sent_within
      FROM bursts WINDOW w AS (PARTITION BY page, burst)),
    matched AS (SELECT *, weight * CASE WHEN asked <= sent THEN 0
        WHEN is_unfinished THEN least(1, (asked - sent) / unfinished)
        ELSE greatest(0, (asked - sent - unfinished) / (asked - unfinished)) END AS unheard FROM counted WHERE is_request),
    heard AS (SELECT page, burst, sum(weight - unheard) AS heard FROM matched WHERE wanted GROUP BY ALL),
    seen AS (SELECT counted.*, heard / CASE WHEN sent_within > 0 THEN sent_within ELSE sent END AS each FROM counted JOIN heard USING (page, burst)
      WHERE NOT is_request AND heard > 0 AND (wanted OR sent_within = 0)),
    spare AS (SELECT greatest(0, sent - asked) / sent AS extra FROM counted SEMI JOIN (SELECT DISTINCT path FROM matched WHERE wanted) USING (path)
      WHERE NOT is_request AND ${cover.wellWithin('"time"')}),
    unended AS (SELECT page, burst, sum(each) FILTER (state = 'unfinished' OR value IS NULL) / sum(each) AS share FROM seen GROUP BY ALL),
    facts AS (SELECT "time", route, account, client, upstream, user_agent, weight AS whole, unheard + (weight - unheard) * coalesce(share, 0) AS part
      FROM matched LEFT JOIN unended USING (page, burst) WHERE wanted)`
}

const ALONE_FACTS = `"time", route, account, client, NULL AS upstream, user_agent, 1 AS whole, CASE WHEN state = 'unfinished' OR value IS NULL THEN 1 ELSE 0 END AS part`

/**
 * Pages of paths that `page_paths` hasn't, and whether any request is of them, or of their route where that isn't one of pages: what it
 * names as their route is the template. Where the question is about requests, only those of their paths. Without the newest, whose end may
 * be to come.
 */
async function othersSql(
  store: Store,
  alone: PagesAlone | null,
  {
    slice,
    where,
    measure,
    beaconWindow_ms,
  }: { slice: Slice; where: string; measure: string; beaconWindow_ms: number },
): Promise<string> {
  const times = await slicePredicate(store, { ...slice, where: null, cohort: null })
  const wait = `least(to_microseconds(${Math.round(beaconWindow_ms * 1000)}), (max("time") - min("time")) / 10)`
  const asked =
    alone === null
      ? `path IN (SELECT path FROM requests WHERE ${where})`
      : `${times}${alone.page === null ? '' : ` AND template = ${sqlText(alone.page)}`}`
  return `SELECT "time", template AS route, account, client, user_agent, state, ${measure} AS value,
      path IN (SELECT path FROM requests WHERE path IS NOT NULL) OR template IN (SELECT regexp_replace(route, '^\\S+ ', '') FROM requests
        WHERE route NOT IN (SELECT route FROM page_paths WHERE route IS NOT NULL)) AS "hasRequests"
    FROM beacons ANTI JOIN page_paths USING (path) JOIN (${pathTemplatesSql('beacons', alone?.templates ?? [])}) USING (path)
    WHERE ${asked} AND "time" <= (SELECT max("time") - ${wait} FROM beacons)`
}

/** Of a page that never ended nothing says that it hadn't loaded: its end may have got lost. So it was watched for no time. */
function stratumOf(views: readonly Group[]): Stratum {
  return {
    finished: distributionFromPairs(
      views.flatMap(({ value, weight }) => (value === null ? [] : [[value, weight] as const])),
    ),
    censored: distributionFromPairs(
      views.flatMap(({ value, weight }) => (value === null ? [[0, weight] as const] : [])),
    ),
  }
}
