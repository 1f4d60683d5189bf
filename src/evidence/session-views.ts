/** SQL of sessions: the first view of a page in each, and whether the session went on after it. */
import { sqlText } from '../store/engine.js'
import { normaliseOnceSql, normaliseRestSql, templateSql } from '../store/template-sql.js'
import { DAY_MS } from '../units.js'

export type Goal = 'continue' | 'convert' | 'return'

/** How long after the view its outcome counts. Views whose time isn't over at the end of the data are left out. */
const GOAL_WINDOW_MS: Record<Goal, number> = {
  continue: 30 * 60_000,
  convert: 4 * 3_600_000,
  return: 7 * DAY_MS,
}

/** Rows without a session begin a new one after so long without any. */
const IDLE = 'INTERVAL 30 MINUTE'

export interface Page {
  /** `/orders/:id`. */
  template: string
  /** Null where there are no requests of it. */
  route: string | null
}

export interface ViewsQuestion {
  page: Page
  /** All templates, so that a more particular one takes its own paths. */
  templates: readonly string[]
  goal: Goal
  /** Of `convert`. */
  event: string
  /** SQL over `time`. */
  when: string
  /** What views are read from. Beacons are views themselves where no analytics were imported. */
  from: 'pageviews' | 'beacons'
}

/** Events that are views; where an export has none of these names, every row is one. */
const VIEW_EVENTS = ['page_view', 'pageview', '$pageview', 'page view', 'screen_view', 'page']

const MOBILE = `CASE WHEN user_agent ILIKE '%mobile%' OR user_agent ILIKE '%android%' THEN 'mobile' WHEN user_agent IS NOT NULL THEN 'desktop' END`

/** CTEs `events`, `pages` and `views`: id, who, visit (the session's key), time, path, account, client, session, device, country. */
export function viewsSql({ page, templates, from }: ViewsQuestion): string {
  const who = `coalesce('client ' || client, 'account ' || account${from === 'beacons' ? `, 'session ' || session` : ''})`
  const columns =
    from === 'pageviews'
      ? 'lower(event) AS event, device, country'
      : `'page_view' AS event, ${MOBILE} AS device, NULL::VARCHAR AS country`
  const names = VIEW_EVENTS.map(sqlText).join(', ')
  const last = `lag("time") OVER (PARTITION BY who ORDER BY "time", path)`
  const ofRoute =
    page.route === null ? '' : ` OR path IN (SELECT path FROM requests WHERE route = ${sqlText(page.route)})`
  return `sent AS (SELECT "time", path, account, client, session, ${who} AS who, ${columns} FROM ${from} WHERE ${who} IS NOT NULL),
    spaced AS (SELECT *, CASE WHEN session IS NULL AND coalesce("time" - ${last} > ${IDLE}, true) THEN 1 ELSE 0 END AS apart FROM sent),
    events AS MATERIALIZED (SELECT * EXCLUDE (apart), coalesce('is ' || session,
      'no ' || sum(apart) OVER (PARTITION BY who ORDER BY "time", path ROWS UNBOUNDED PRECEDING)) AS visit FROM spaced),
    pages AS MATERIALIZED (SELECT path FROM (${pathTemplatesSql('events', templates)}) WHERE template = ${sqlText(page.template)}${ofRoute}),
    views AS MATERIALIZED (SELECT row_number() OVER (ORDER BY who, visit, "time", path) AS id, * FROM events
      WHERE path IN (SELECT path FROM pages) AND (event IS NULL OR event IN (${names}) OR NOT (SELECT coalesce(bool_or(event IN (${names})), false) FROM events)))`
}

/** SQL for each path of a table, with its template. */
export function pathTemplatesSql(table: string, templates: readonly string[]): string {
  return `SELECT path, ${templateSql('path', 'normal', templates, { all: true })} AS template FROM
    (SELECT path, once, ${normaliseRestSql('once')} AS normal FROM
      (SELECT path, ${normaliseOnceSql('path')} AS once FROM (SELECT DISTINCT path FROM ${table} WHERE path IS NOT NULL)))`
}

/** CTEs `firsts` (the first view of the page in each session, within the slice, with how many followed) and `outcomes` (id, went_on). */
export function outcomesSql({ goal, event, when }: ViewsQuestion): string {
  const window = `to_milliseconds(${GOAL_WINDOW_MS[goal]})`
  const within = `e."time" > f."time" AND e."time" <= f."time" + ${window}`
  const outcomes =
    goal === 'return'
      ? `SELECT f.id, coalesce(n.began <= f."time" + ${window}, false) AS went_on FROM firsts f ASOF LEFT JOIN
         (SELECT who, min("time") AS began FROM events GROUP BY who, visit) n ON n.who = f.who AND n.began > f."time"`
      : `SELECT f.id, count(e."time") > 0 AS went_on FROM firsts f LEFT JOIN events e ON e.who = f.who AND e.visit = f.visit AND ${within}
         AND ${goal === 'convert' ? `e.event = ${sqlText(event.toLowerCase())}` : 'e.path <> f.path'} GROUP BY f.id`
  return `firsts AS MATERIALIZED (SELECT *, "time" + ${window} > (SELECT max("time") FROM events) AS is_open
      FROM (SELECT * FROM views QUALIFY row_number() OVER (PARTITION BY who, visit ORDER BY "time", id) = 1) WHERE ${when}),
    outcomes AS (${outcomes})`
}
