/**
 * SQL that tells how long a view of a page took: from the beacon of the page, else from the request for it. Neither names the view, so
 * it is the nearest one in time of the same session, else client, else account, and path, at most `FARTHEST_MS` away, each at most once.
 * Clocks differ, logs write the end of a request and often whole seconds only: where a second one is about as near, the match is left out.
 */

/** What an exposure's latency is of. */
export type LatencyMetric = 'load' | 'lcp' | 'fcp' | 'ttfb' | 'inp' | 'request'

const FARTHEST_MS = 30_000
/** A second candidate that is no farther than this behind the nearest. */
const AMBIGUOUS_MS = 1000

/** Of one key and path in one slot: with more, several are about as near to every view. */
const MOST_NEAR = 60

/**
 * CTEs `timed`, `pairs` and `matched` over the CTE `views` (id, time, path, account, client, session): one row a view that has a
 * candidate, with `latency_ms` (null where it never finished, or failed), `weight`, `network` and `ambiguous`.
 * `timed` is SQL of (time, path, account, client, session, latency_ms, weight, network). `keys`: the strongest first; of a weaker one is
 * only taken what has no candidate by a stronger.
 */
export function matchLatencySql(timed: string, keys: readonly ('session' | 'client' | 'account')[]): string {
  const near = `abs(epoch_ms(l."time") - epoch_ms(v."time"))`
  const pairs = keys.map((key, rank) => {
    const ofKey = `l.${key} = v.${key} AND l.path = v.path AND l.slot = v.slot`
    const beyond =
      'greatest(epoch_ms(l."first") - epoch_ms(v."time"), epoch_ms(v."time") - epoch_ms(l."last"), 0)'
    return `SELECT v.id AS view, l.id AS answer, ${rank} AS rank, ${near} AS far FROM slotted v
        JOIN (SELECT * FROM timed QUALIFY count(*) OVER (PARTITION BY ${key}, path, slot) <= ${MOST_NEAR}) l ON ${ofKey} WHERE ${near} <= ${FARTHEST_MS}
      UNION ALL SELECT v.id, NULL, ${rank}, ${beyond} FROM slotted v
        JOIN (SELECT ${key}, path, slot, min("time") AS "first", max("time") AS "last" FROM timed GROUP BY ALL HAVING count(*) > ${MOST_NEAR}) l ON ${ofKey}
        WHERE ${beyond} <= ${FARTHEST_MS}`
  })
  // Neighbours in time lie in the same slot or the next: without slots, an account's views would all meet all of its requests.
  const slot = `epoch_ms("time") // ${FARTHEST_MS}`
  const order = 'ORDER BY rank, far, answer NULLS FIRST, view'
  // Without an answer: too many are as near.
  return `timed AS MATERIALIZED (SELECT row_number() OVER (ORDER BY "time", path, account, client, latency_ms) AS id, ${slot} AS slot, * FROM (${timed})
      WHERE path IN (SELECT path FROM pages)),
    slotted AS (SELECT *, ${slot} + unnest([-1, 0, 1]) AS slot FROM views),
    pairs AS MATERIALIZED (SELECT view, answer, min(rank) AS rank, min(far) AS far FROM (${pairs.join(' UNION ALL ')}) GROUP BY ALL),
    nearest AS (SELECT *, row_number() OVER (PARTITION BY view ${order}) AS of_view, row_number() OVER (PARTITION BY answer ${order}) AS of_answer,
      lead(far) OVER (PARTITION BY view, rank ${order}) - far AS next_far FROM pairs),
    matched AS MATERIALIZED (SELECT view, latency_ms, coalesce(weight, 1) AS weight, network, answer IS NULL OR coalesce(next_far <= ${AMBIGUOUS_MS}, false) AS ambiguous
      FROM nearest LEFT JOIN timed ON timed.id = answer WHERE of_view = 1 AND (of_answer = 1 OR answer IS NULL))`
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
