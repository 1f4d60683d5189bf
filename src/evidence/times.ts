/** When a slice is slow: its hours, weekdays and days, and whether it misses its objective always or sometimes. */
import { binomialCdf } from '../stats/special-functions.js'
import { calendarDay, dayOfWeek, hourOfDay, quarterHour } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { isCountedSql, isGoodSql, isUnmeasured } from './good.js'

export interface TimeShare {
  requests: number
  underShare: number | null
}

export interface Times {
  /** In the workbook's time zone; hours 0 to 23, weekdays 1 (Monday) to 7. */
  hours: ({ hour: number } & TimeShare)[]
  weekdays: ({ weekday: number } & TimeShare)[]
  /** Each hour of the week in which there were requests, Monday first. */
  week: ({ weekday: number; hour: number } & TimeShare)[]
  days: ({ day: string } & TimeShare)[]
  missed: MissedHours
  /** Of each day with a share: the requests that count, and the good ones. */
  counts: { day: string; requests: number; good: number }[]
}

/** In how many hours too few requests were good. */
export interface MissedHours {
  /** The share of requests that must be good. */
  objective: number
  /** Logged requests that an hour needs to be judged: so many that one bad one isn't a miss. */
  fewest: number
  /** Hours, each of one day, that were judged. */
  hours: number
  missed: number
  /** Hours of the day and weekdays that miss more often than chance explains; worst first. Of weekdays, whole days are judged. */
  worstHours: ({ hour: number } & Misses)[]
  worstWeekdays: ({ weekday: number } & Misses)[]
}

interface Misses {
  missed: number
  of: number
}

export interface TimesOptions {
  under_ms: number
  timezone: string
  objective: number
}

interface Sums {
  requests: number
  counted: number
  good: number
  /** Rows that count: fewer than `counted` when each stands for several requests. */
  observed: number
  ok: number
  measured: number
}

/** One hour of one day. */
interface Hour extends Sums {
  day: string
  hour: number
  weekday: number
}

/** One pass over the requests: in every time zone, hours begin with a quarter of an hour. */
export async function readTimes(store: Store, where: string, options: TimesOptions): Promise<Times> {
  const { under_ms, timezone, objective } = options
  const counted = isCountedSql(`${under_ms}`)
  const sumOf = (only: string) => `coalesce(sum(weight) FILTER (${only}), 0)`
  const rows = await store.all<Hour>(
    `SELECT ${calendarDay('quarter', timezone)} AS day, ${hourOfDay('quarter', timezone)} AS hour, ${dayOfWeek('quarter', timezone)} AS weekday,
       ${SUMS.map(name => `sum(${name}) AS ${name}`).join(', ')}
     FROM (SELECT ${quarterHour('"time"')} AS quarter, sum(weight) AS requests, ${sumOf(counted)} AS counted,
         ${sumOf(isGoodSql(`${under_ms}`))} AS good, count(*) FILTER (${counted}) AS observed,
         ${sumOf("outcome = 'ok'")} AS ok, ${sumOf("outcome = 'ok' AND duration_ms IS NOT NULL")} AS measured
       FROM requests WHERE ${where} GROUP BY 1)
     GROUP BY ALL ORDER BY day, hour`,
  )
  const days = addUpPer(rows, row => row.day)
  return {
    hours: addUpPer(rows, row => row.hour).map(([hour, sums]) => ({ hour, ...showShare(sums) })),
    weekdays: addUpPer(rows, row => row.weekday).map(([weekday, sums]) => ({ weekday, ...showShare(sums) })),
    week: addUpPer(rows, row => (row.weekday - 1) * 24 + row.hour).map(([place, sums]) => ({
      weekday: Math.floor(place / 24) + 1,
      hour: place % 24,
      ...showShare(sums),
    })),
    days: days.map(([day, sums]) => ({ day, ...showShare(sums) })),
    missed: countMissed(rows, objective),
    counts: days.flatMap(([day, sums]) =>
      shareOf(sums) === null ? [] : [{ day, requests: sums.counted, good: sums.good }],
    ),
  }
}

const SUMS = ['requests', 'counted', 'good', 'observed', 'ok', 'measured'] as const

function addUpPer<K extends string | number>(rows: readonly Hour[], key: (row: Hour) => K): [K, Sums][] {
  const groups = [...Map.groupBy(rows, key)].map(([value, own]): [K, Sums] => [value, addUp(own)])
  return groups.sort(([one], [other]) => (one < other ? -1 : 1))
}

function addUp(rows: readonly Sums[]): Sums {
  const total = { requests: 0, counted: 0, good: 0, observed: 0, ok: 0, measured: 0 }
  for (const row of rows) for (const name of SUMS) total[name] += row[name]
  return total
}

function showShare(sums: Sums): TimeShare {
  return { requests: sums.requests, underShare: shareOf(sums) }
}

function shareOf(sums: Sums): number | null {
  return sums.counted === 0 || isUnmeasured(sums) ? null : sums.good / sums.counted
}

const FEWEST = 20
/** Taken together, so often would chance name an hour of the day, or a weekday, that is like the others. */
const CHANCE = 0.05

function countMissed(rows: readonly Hour[], objective: number): MissedHours {
  const fewest = Math.max(FEWEST, Math.ceil(1 / (1 - objective) - 1e-9))
  const judge = (sums: Sums) => {
    const share = sums.observed < fewest ? null : shareOf(sums)
    return share === null ? [] : [share < objective - 1e-12]
  }
  const hours = rows.flatMap(row => judge(row).map(missed => ({ key: row.hour, missed })))
  const weekdayOf = new Map(rows.map(row => [row.day, row.weekday]))
  const days = addUpPer(rows, row => row.day).flatMap(([day, sums]) =>
    judge(sums).map(missed => ({ key: weekdayOf.get(day)!, missed })),
  )
  return {
    objective,
    fewest,
    hours: hours.length,
    missed: hours.filter(({ missed }) => missed).length,
    worstHours: findWorst(hours).map(({ key, ...misses }) => ({ hour: key, ...misses })),
    worstWeekdays: findWorst(days).map(({ key, ...misses }) => ({ weekday: key, ...misses })),
  }
}

/** By the binomial distribution around the share of all that is missed, each at its part of the chance (Bonferroni). */
function findWorst(judged: readonly { key: number; missed: boolean }[]): ({ key: number } & Misses)[] {
  const overall = judged.filter(({ missed }) => missed).length / judged.length
  const groups = [...Map.groupBy(judged, ({ key }) => key)].map(([key, own]) => ({
    key,
    missed: own.filter(({ missed }) => missed).length,
    of: own.length,
  }))
  return groups
    .filter(
      ({ missed, of }) => missed > 0 && 1 - binomialCdf(missed - 1, of, overall) < CHANCE / groups.length,
    )
    .sort((one, other) => other.missed / other.of - one.missed / one.of || one.key - other.key)
}
