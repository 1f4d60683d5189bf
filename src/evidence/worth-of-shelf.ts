/** What it is worth in a month that pages are as fast as they may be. */
import { placeOnShape } from '../stats/fit-shelf.js'
import type { Interval } from '../stats/intervals.js'
import type { Shelf } from '../stats/judge-tolerance.js'
import { totalBins, type Visits } from '../stats/visits.js'
import { DAY_MS } from '../units.js'
import type { SessionCounts } from './sessions.js'

/** More sessions that go on in a month, if every slower one were as fast as the target. */
export interface Worth {
  sessions: number
  interval: Interval
  money: { monthly: number; interval: Interval } | null
}

const MONTH_DAYS = 30
/** Shorter data says nothing of a month. A day less what is still open at its end counts as one. */
export const LEAST_DAYS = 0.9

/** Between the first and the last session that is counted. */
export function daysOf({ from, to }: SessionCounts['window']): number {
  return from === null || to === null ? 0 : (Date.parse(to) - Date.parse(from)) / DAY_MS
}

/** Null of less than a day; money only with `value`, that of one more session that goes on. */
export function valueShelf(
  visits: Visits,
  shelf: Shelf,
  { days, sampledBy, value }: { days: number; sampledBy: number; value: number | null },
): Worth | null {
  if (days < LEAST_DAYS) return null
  const ms = visits.bins.map(bin => bin.ms)
  const place = placeOnShape(ms, shelf)
  const slow = totalBins(visits).visits.reduce((sum, count, i) => sum + count * place[i]!, 0)
  const monthly = (slow * sampledBy * MONTH_DAYS) / days
  const interval = shelf.interval.map(gain => gain * monthly) as Interval
  const sessions = shelf.gain * monthly
  const money =
    value === null
      ? null
      : { monthly: sessions * value, interval: interval.map(end => end * value) as Interval }
  return { sessions, interval, money }
}
