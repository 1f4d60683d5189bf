/** The time that two kinds of data both cover: outside of it, what is missing was never there to be found. */
import { isoTime, timeLiteral } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import type { Covers } from './missing-kind.js'

export interface Cover extends Covers {
  /** SQL over a time: in between, and not on a day that was left out. False where the two have no time in common. */
  within(time: string): string
  /** The same for what may be seen of what began in between: until the other kind's end. */
  withinAll(time: string): string
  /** The same for what must have begun in between: not so close to the start that it may have begun before. */
  wellWithin(time: string): string
}

/**
 * From the later of both beginnings to the earlier of both ends, less `wait_ms` (at most a tenth of it), within which the other kind may
 * not have come yet. Days (UTC) on which only one of them has any data are left out: then one of the two wasn't collected.
 */
export async function findCover(
  store: Store,
  other: 'beacons' | 'spans',
  { where, wait_ms }: { where: string; wait_ms: number },
): Promise<Cover> {
  const perDay = (kind: string) =>
    `SELECT date_trunc('day', "time") AS day, min("time") AS first, max("time") AS last FROM ${kind} GROUP BY 1`
  const [row] = await store.all<{ from_ms: number | null; to_ms: number | null; apart: string[] | null }>(
    `WITH days AS (SELECT coalesce(r.day, o.day) AS day, r.first AS r_first, r.last AS r_last, o.first AS o_first, o.last AS o_last
       FROM (${perDay('requests')}) r FULL JOIN (${perDay(other)}) o ON r.day = o.day),
     span AS (SELECT greatest(min(r_first), min(o_first)) AS "from", least(max(r_last), max(o_last)) AS "to" FROM days)
     SELECT epoch_us("from") / 1000 AS from_ms, epoch_us("to") / 1000 AS to_ms, (SELECT list(strftime(day, '%Y-%m-%d') ORDER BY day) FROM days
       WHERE (r_first IS NULL OR o_first IS NULL) AND day BETWEEN date_trunc('day', "from") AND "to") AS apart FROM span`,
  )
  const { from_ms, to_ms } = row!
  if (from_ms === null || to_ms === null || to_ms <= from_ms) {
    return { from: null, to: null, daysLeftOut: 0, ...NEVER }
  }
  const wait = Math.min(wait_ms, (to_ms - from_ms) / 10)
  const apart = row!.apart ?? []
  const days = apart.map(day => `DATE '${day}'`).join(', ')
  const onDays = (time: string) => (apart.length === 0 ? '' : ` AND ${time}::DATE NOT IN (${days})`)
  const literal = (ms: number) => timeLiteral(new Date(ms).toISOString())
  const between = (time: string, first: number, last: number) =>
    `(${time} >= ${literal(Math.floor(first))} AND ${time} <= ${literal(Math.ceil(last))}${onDays(time)})`
  const within = (time: string) => between(time, from_ms, to_ms - wait)
  const [seen] = await store.all<{ from: string | null; to: string | null }>(
    `SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to" FROM requests WHERE ${where} AND ${within('"time"')}`,
  )
  return {
    ...seen!,
    daysLeftOut: apart.length,
    within,
    withinAll: time => between(time, from_ms, to_ms),
    wellWithin: time => between(time, from_ms + wait, to_ms - wait),
  }
}

const NEVER = { within: () => 'false', withinAll: () => 'false', wellWithin: () => 'false' }
