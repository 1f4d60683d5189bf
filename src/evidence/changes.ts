/** Since when it is as it is: days from which on another share of requests was good, and what was deployed then. */
import { findChangePoints, SHORTEST_SEGMENT } from '../stats/change-points.js'
import { calendarDay, isoTime } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'

export interface Change {
  /** The first day of the new level, in the workbook's time zone. */
  day: string
  /** Shares of good requests, from the change before to this one, and from this one to the next. */
  before: number
  after: number
  /** By permutations of two-day blocks. */
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
  const starts = [0, ...found.map(({ at }) => at), days.length]
  const share = (level: number) => shareOf(days.slice(starts[level], starts[level + 1]))
  const points = found.map(async ({ at, p }, i) => ({
    day: days[at]!.day,
    before: share(i),
    after: share(i + 1),
    p,
    deploys: await listDeploys(store, days[at - 1]!.day, days[at]!.day, timezone),
  }))
  return { points: await Promise.all(points), seed: SEED }
}

function shareOf(days: readonly { requests: number; good: number }[]): number {
  const sum = (key: 'requests' | 'good') => days.reduce((total, day) => total + day[key], 0)
  return sum('good') / sum('requests')
}

async function listDeploys(store: Store, from: string, to: string, timezone: string): Promise<Deploy[]> {
  const day = calendarDay('"time"', timezone)
  return store.all<Deploy>(
    `SELECT ${isoTime('"time"')} AS "time", version, "commit" FROM deploys
     WHERE ${day} BETWEEN $1 AND $2 ORDER BY deploys."time" DESC LIMIT ${MOST_DEPLOYS}`,
    [from, to],
  )
}
