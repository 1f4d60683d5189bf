/**
 * Requests with a trace's id of which no span ever came, and traces that never ended.
 *
 * Spans are sent when they end. So one that names a parent in its own process which isn't there (an internal, client or producer span) shows
 * that the parent never did. The parent of a server or consumer span is of the caller, who may not be traced: it says nothing, unless most
 * traces have a root of their own and this one has none.
 */
import { distributionFromPairs, shareUnder } from '../stats/distribution.js'
import { plainTraceId } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { IS_UNFINISHED } from './good.js'
import { findCover } from './missing-cover.js'
import {
  type Absent,
  addUp,
  boundTimes,
  boundUnder,
  type MissingKind,
  type MissingOptions,
} from './missing-kind.js'
import { readMissingWho } from './missing-who.js'

/** Exporters send what ended in batches, a few seconds later; a trace itself may take minutes. */
const WAIT_MS = 10 * 60_000

export async function missingTraces(
  store: Store,
  where: string,
  { under_ms, limit }: MissingOptions,
): Promise<MissingKind | Absent> {
  const cover = await findCover(store, 'spans', { where, wait_ms: WAIT_MS })
  if (cover.from === null) return NOT_TOGETHER
  const ctes = tracesSql(`(${where}) AND ${cover.within('"time"')}`)
  const rows = await readGroups(store, ctes)
  const of = addUp(rows)
  const count = (what: Group['what']) => addUp(rows.filter(row => row.what === what))
  if (of === 0 || count('no_span') === of) return NO_IDS
  const reasons = (['no_span', 'no_end', 'unmeasured'] as const)
    .map(reason => ({ reason, count: count(reason), watched_ms: null }))
    .filter(row => row.count > 0)
    .sort((one, other) => other.count - one.count)
  const missing = reasons.reduce((sum, row) => sum + row.count, 0)
  const wentOn = addUp(rows.filter(row => row.what === 'finished' && row.gaveUp))
  const pairs = (isThere: boolean) =>
    distributionFromPairs(
      rows.flatMap(({ value, weight }) =>
        (value !== null) === isThere ? [[value ?? 0, weight] as const] : [],
      ),
    )
  const stratum = { finished: pairs(true), censored: pairs(false) }
  return {
    kind: 'traces',
    measure: 'duration_ms',
    of,
    finished: of - missing,
    missing,
    share: missing / of,
    reasons,
    also: wentOn > 0 ? [{ what: 'went_on', count: wentOn }] : [],
    covers: { from: cover.from, to: cover.to, daysLeftOut: cover.daysLeftOut },
    ...boundTimes(stratum.finished, [stratum], { canEstimate: false }),
    under: boundUnder(shareUnder(stratum.finished, under_ms), [stratum], under_ms),
    routes: [],
    ...(await readMissingWho(store, `${ctes} SELECT * FROM facts`, { missing, limit })),
  }
}

const NOT_TOGETHER: Absent = {
  kind: 'traces',
  reason:
    'Requests and spans have no time in common. With both of one time: requests of which no span ever came, and traces that never ended.',
  next: 'whyslow sources',
}

const NO_IDS: Absent = {
  kind: 'traces',
  reason:
    'No request here has the id of a trace that was imported. With the id in the log: requests of which no span ever came, and traces that never ended.',
  next: 'Log the trace’s id: nginx has $http_traceparent, or $otel_trace_id with its OpenTelemetry module',
}

interface Group {
  what: 'finished' | 'no_span' | 'no_end' | 'unmeasured'
  /** By the log, nobody waited for its end. */
  gaveUp: boolean
  value: number | null
  weight: number
}

async function readGroups(store: Store, ctes: string): Promise<Group[]> {
  return store.all<Group>(
    `${ctes} SELECT what, gave_up AS "gaveUp", CASE WHEN what = 'finished' THEN took END AS value, sum(weight) AS weight FROM judged GROUP BY ALL`,
  )
}

/** CTEs: `judged`, a row a trace that requests name, and `facts` for `readMissingWho`. Who made it is told by its first request. */
function tracesSql(where: string): string {
  const first = (column: string) => `arg_min(${column}, "time") AS ${column}`
  const isRemote = `coalesce(s.kind IN ('server', 'consumer'), false)`
  return `WITH asked AS (SELECT ${plainTraceId('trace_id')} AS trace, min("time") AS "time",
        ${['route', 'account', 'client', 'upstream', 'user_agent'].map(first).join(', ')}, max(weight) AS weight,
        bool_or(${IS_UNFINISHED}) AS gave_up
      FROM requests WHERE ${where} AND trace_id IS NOT NULL GROUP BY 1),
    own AS MATERIALIZED (SELECT ${plainTraceId('trace_id')} AS trace, span_id, parent_id, kind, duration_ms FROM spans),
    ended AS (SELECT s.*, s.parent_id IS NULL AS is_root, s.parent_id IS NOT NULL AND p.span_id IS NULL AS is_cut
      FROM own s LEFT JOIN (SELECT DISTINCT trace, span_id FROM own) p ON p.trace = s.trace AND p.span_id = s.parent_id),
    traces AS (SELECT trace, bool_or(is_root) AS has_root, bool_or(is_cut AND NOT ${isRemote}) AS is_cut,
        max(duration_ms) FILTER (is_root OR (is_cut AND ${isRemote})) AS took FROM ended s GROUP BY trace),
    usual AS (SELECT avg(has_root::INTEGER) >= 0.5 AS has_roots FROM traces),
    judged AS (SELECT asked.*, took, CASE WHEN traces.trace IS NULL THEN 'no_span' WHEN is_cut OR (has_roots AND NOT has_root) THEN 'no_end'
        WHEN took IS NULL THEN 'unmeasured' ELSE 'finished' END AS what
      FROM asked LEFT JOIN traces USING (trace), usual),
    facts AS (SELECT *, weight AS whole, CASE WHEN what = 'finished' THEN 0 ELSE weight END AS part FROM judged)`
}
