/** Calendar days such as `2026-10-05` in a named zone, as `calendarDay` has them in SQL. Pure. */
import { DAY_MS } from '../units.js'

/** The day that a point in time is in. */
export function dayOf(time: string | number, timezone: string): string {
  // Sweden writes its days as ISO 8601 does.
  const words = { timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' } as const
  return new Intl.DateTimeFormat('sv-SE', words).format(typeof time === 'number' ? time : Date.parse(time))
}

/** No zone is further from UTC. */
const FURTHEST_MS = 15 * 3_600_000

/** Its first instant, ISO 8601 in UTC: not always midnight, since some zones change their clocks then. */
export function startOfDay(day: string, timezone: string): string {
  const midnight = Date.parse(day)
  let [before, within] = [midnight - FURTHEST_MS, midnight + FURTHEST_MS]
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2)
    if (dayOf(middle, timezone) < day) before = middle
    else within = middle
  }
  return new Date(within).toISOString().replace('.000Z', 'Z')
}

export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}
