/**
 * Pages from their beacons. A page sends a light beacon when it starts and a full one at its end; either may be lost, sent twice, or lie
 * in another file. So they are put together when they are read: what comes out doesn't depend on the order in which files were imported.
 */
import { sqlName } from './engine.js'
import { COLUMNS } from './schema.js'

/** Beacons of one id with more than this between them are of two pages. */
export const BEACON_WINDOW_MS = 30 * 60_000

/** What a page begins with: it may be another address by its end. The rest is taken from the last beacon that has it. */
const FROM_FIRST = new Set(['host', 'path', 'query', 'referer'])

/**
 * One row a page, over rows of beacons and the names in their `attrs`:
 * - `time`: its first beacon; `beacons`: how many there were;
 * - `state`: `complete`; `unfinished` (no end was seen); `no_start` (only its end, or more, was seen);
 * - `seen_ms`: from its first beacon to its last. Of an unfinished page that sent one beacon only: until the window or the data ended,
 *   which is how long its end was waited for. So of an unfinished page it is a lower bound;
 * - the columns and attributes of its beacons.
 */
export function stitchBeacons(beacons: string, attributes: readonly string[], window_ms: number): string {
  const columns = Object.keys(COLUMNS.beacons).filter(name => !['time', 'id', 'type'].includes(name))
  const last = (column: string) => `arg_max(${column}, moment)`
  const merged = columns.map(name =>
    FROM_FIRST.has(name)
      ? `arg_min(${sqlName(name)}, moment) AS ${sqlName(name)}`
      : `${last(sqlName(name))} AS ${sqlName(name)}`,
  )
  const attrs = attributes.map(name => `${sqlName(name)} := ${last(`attrs.${sqlName(name)}`)}`)
  const window = `to_microseconds(${Math.round(window_ms * 1000)})`
  return `WITH sent AS NOT MATERIALIZED (${beacons}),
    spaced AS (SELECT *, CASE WHEN "time" - lag("time") OVER (PARTITION BY id ORDER BY "time") > ${window} THEN 1 ELSE 0 END AS apart FROM sent),
    numbered AS (SELECT *, sum(apart) OVER (PARTITION BY id ORDER BY "time" ROWS UNBOUNDED PRECEDING) AS page,
      4 * epoch_us("time") + CASE "type" WHEN 'start' THEN 0 WHEN 'end' THEN 2 ELSE 1 END AS moment FROM spaced),
    pages AS (SELECT id, min("time") AS "time", max("time") AS latest, count(*) AS beacons,
      bool_or("type" = 'start') AS started, bool_or("type" = 'end') AS ended,
      ${merged.join(', ')}, struct_pack(${attrs.join(', ')}) AS attrs FROM numbered GROUP BY id, page)
    SELECT "time", id, CASE WHEN NOT ended THEN 'unfinished' WHEN started THEN 'complete' ELSE 'no_start' END AS state,
      epoch_us(CASE WHEN ended OR latest > "time" THEN latest
        ELSE least("time" + ${window}, (SELECT max("time") FROM sent)) END - "time") / 1000 AS seen_ms, beacons,
      ${columns.map(sqlName).join(', ')}, attrs FROM pages`
}
