/**
 * SQL that tells how long a view of a page took: from the beacon of the page, else from the request for it. Neither names the view, so
 * it is the nearest one in time of the same session, client or account and path, at most `FARTHEST_MS` away, each at most once.
 * Clocks differ, logs write the end of a request and often whole seconds only: where a second one is about as near, the match is left out.
 */

/** What an exposure's latency is of. */
export type LatencyMetric = 'load' | 'lcp' | 'fcp' | 'ttfb' | 'inp' | 'request'

const FARTHEST_MS = 30_000
/** A second candidate that is no farther than this behind the nearest. */
const AMBIGUOUS_MS = 1000

/**
 * CTEs `timed`, `pairs` and `matched` over the CTE `views` (id, time, path, account, client, session): one row a view that has a
 * candidate, with `latency_ms` (null where it never finished, or failed), `weight`, `network` and `ambiguous`.
 * `timed` is SQL of (time, path, account, client, session, latency_ms, weight, network).
 */
export function matchLatencySql(timed: string, keys: readonly ('session' | 'client' | 'account')[]): string {
  const near = `abs(epoch_ms(l."time") - epoch_ms(v."time"))`
  const joins = keys.map(
    key => `SELECT v.id AS view, l.id AS answer, ${near} AS far FROM slotted v JOIN timed l
      ON l.${key} = v.${key} AND l.path = v.path AND l.slot = v.slot WHERE ${near} <= ${FARTHEST_MS}`,
  )
  // Neighbours in time lie in the same slot or the next: without slots, an account's views would all meet all of its requests.
  const slot = `epoch_ms("time") // ${FARTHEST_MS}`
  const order = 'ORDER BY far, answer, view'
  return `timed AS MATERIALIZED (SELECT row_number() OVER (ORDER BY "time", path, account, client, latency_ms) AS id, ${slot} AS slot, * FROM (${timed})
      WHERE path IN (SELECT path FROM pages)),
    slotted AS (SELECT *, ${slot} + unnest([-1, 0, 1]) AS slot FROM views),
    pairs AS MATERIALIZED (SELECT view, answer, min(far) AS far FROM (${joins.join(' UNION ALL ')}) GROUP BY ALL),
    nearest AS (SELECT *, row_number() OVER (PARTITION BY view ${order}) AS of_view, row_number() OVER (PARTITION BY answer ${order}) AS of_answer,
      lead(far) OVER (PARTITION BY view ${order}) - far AS next_far FROM pairs),
    matched AS MATERIALIZED (SELECT view, latency_ms, weight, network, coalesce(next_far <= ${AMBIGUOUS_MS}, false) AS ambiguous
      FROM nearest JOIN timed ON timed.id = answer WHERE of_view = 1 AND of_answer = 1)`
}

/** Answers of requests that hold for `where`; those that failed or never ended have no time that can be compared. */
export function requestsSql(where: string): string {
  return `SELECT "time", path, account, client, NULL::VARCHAR AS session,
    CASE WHEN outcome = 'ok' AND duration_ms > 0 THEN duration_ms END AS latency_ms, weight, NULL::VARCHAR AS network FROM requests WHERE ${where}`
}

/** Pages by their beacons; `network` is SQL of what connection they had, if they say. */
export function beaconsSql(metric: LatencyMetric, network: string): string {
  return `SELECT "time", path, account, client, session, CASE WHEN ${metric}_ms > 0 THEN ${metric}_ms END AS latency_ms, 1 AS weight,
    ${network} AS network FROM beacons`
}
