/** Since when it is as it is: days from which on another share of requests was good, and what was deployed then. */
import { findChangePoints } from '../stats/change-points.js'
import { likenessOfDays } from '../stats/days-alike.js'
import { SHORTEST_SEGMENT } from '../stats/level-shifts.js'
import { calendarDay, isoTime } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import type { Warning } from '../warnings.js'

export interface Change {
  /** The first day of the new level, in the workbook's time zone. */
  day: string
  /** Shares of good requests, from the change before to this one, and from this one to the next. */
  before: number
  after: number
  /** By permutations of blocks of days. */
  p: number
  /** From the start of the day before to the end of the day; the last ones first, at most ten. */
  deploys: Deploy[]
}

export interface Deploy {
  /** ISO 8601, UTC. */
  time: string
  version: string | null
  commit: string | null
}

export interface Changes {
  points: Change[]
  /** The correlation of a day with the day before, about the levels; null where it is no more than chance would have it. */
  correlation: number | null
  seed: number
}

/** Two levels. */
const FEWEST_DAYS = 2 * SHORTEST_SEGMENT
const SEED = 1
const MOST_DEPLOYS = 10

/** Null with under ten days of data. The days that are given are those with requests, in order. */
export async function findChanges(
  store: Store,
  days: readonly { day: string; requests: number; good: number }[],
  timezone: string,
): Promise<Changes | null> {
  if (days.length < FEWEST_DAYS) return null
  const found = findChangePoints(days, { seed: SEED })
  const likeness = likenessOfDays(days, found)
  const starts = [0, ...found.map(({ at }) => at), days.length]
  const share = (level: number) => shareOf(days.slice(starts[level], starts[level + 1]))
  const points = found.map(async ({ at, p }, i) => ({
    day: days[at]!.day,
    before: share(i),
    after: share(i + 1),
    p,
    deploys: await listDeploys(store, days[at - 1]!.day, days[at]!.day, timezone),
  }))
  const correlation = likeness?.isAlike ? likeness.correlation : null
  return { points: await Promise.all(points), correlation, seed: SEED }
}

/** Where a change is named. */
export function warnAlike(changes: Changes | null): Warning[] {
  if (changes === null || changes.correlation === null || changes.points.length === 0) return []
  return [
    {
      code: 'days-alike',
      message: `Days resemble the day before (correlation ${changes.correlation.toFixed(1)}), so a run of days like each other may pass for a lasting change.`,
      next: 'More days tell them apart: --from, --last',
    },
  ]
}

function shareOf(days: readonly { requests: number; good: number }[]): number {
  const sum = (key: 'requests' | 'good') => days.reduce((total, day) => total + day[key], 0)
  return sum('good') / sum('requests')
}

/** From the start of one day to the end of another; the last ones first, at most ten. */
export async function listDeploys(
  store: Store,
  from: string,
  to: string,
  timezone: string,
): Promise<Deploy[]> {
  const day = calendarDay('"time"', timezone)
  return store.all<Deploy>(
    `SELECT ${isoTime('"time"')} AS "time", version, "commit" FROM deploys
     WHERE ${day} BETWEEN $1 AND $2 ORDER BY deploys."time" DESC LIMIT ${MOST_DEPLOYS}`,
    [from, to],
  )
}
