/** One route (or any slice) in full: the whole distribution, when it is slow, and for whom. */
import type { Distribution } from '../stats/distribution.js'
import { quantile, shareUnder } from '../stats/distribution.js'
import { logHistogram } from '../stats/histogram.js'
import { findModes } from '../stats/modes.js'
import { calendarDay, dayOfWeek, hourOfDay, isoTime } from '../store/dialect.js'
import { sqlName, sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import type { Warning } from '../warnings.js'
import { readDurations } from './describe-shape.js'
import { bestShareSql, isBadSql, underShareSql, worstShareSql } from './good.js'
import { readQuantiles } from './quantiles.js'
import { describeSlice } from './slice-warnings.js'

export interface Look {
  window: { from: string | null; to: string | null }
  requests: number
  under_ms: number
  underShare: number | null
  /** The share if none and if all of the requests that were aborted too early to count would have been good. */
  underBounds: [worst: number, best: number] | null
  quantiles: { q: number; ms: number | null }[]
  /** Log buckets of the measured durations: `counts[i]` requests lie in [edges_ms[i], edges_ms[i + 1]). */
  histogram: { edges_ms: number[]; counts: number[] }
  /** Peaks of the answers that are real: at least 5% of them, in both halves of the customers. `share` is of all measured requests. */
  modes: { ms: number; share: number }[]
  /** Share of the measured requests under each threshold, whatever their outcome. */
  bands: { under_ms: number; share: number | null }[]
  outcomes: { outcome: string; requests: number; share: number }[]
  /** Hours and days in the workbook's time zone; hours 0 to 23, weekdays 1 (Monday) to 7. */
  hours: { hour: number; requests: number; underShare: number | null }[]
  weekdays: { weekday: number; requests: number; underShare: number | null }[]
  days: { day: string; requests: number; underShare: number | null }[]
  who: { accounts: Who[]; clients: Who[]; upstreams: Who[] }
  warnings: Warning[]
}

/** One customer, client or instance, most requests that were not good first. */
export interface Who {
  name: string
  /** From the imported accounts. */
  plan: string | null
  revenue: number | null
  requests: number
  notGood: number
  underShare: number | null
  p95_ms: number | null
}

export interface LookOptions {
  under_ms: number
  timezone: string
  /** Rows of `who`. */
  limit: number
}

const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
const THRESHOLDS = [50, 100, 200, 500, 1000, 2000, 5000, 10_000]
const BUCKETS = 40

export async function look(store: Store, slice: Slice, options: LookOptions): Promise<Look> {
  const where = await slicePredicate(store, slice)
  const under = `${options.under_ms}`
  const [all] = await store.all<{
    from: string | null
    to: string | null
    requests: number
    measured: number
    underShare: number | null
    worst: number | null
    best: number | null
  }>(
    `SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to", coalesce(sum(weight), 0) AS requests,
       coalesce(sum(weight) FILTER (duration_ms IS NOT NULL), 0) AS measured, ${underShareSql(under)} AS "underShare", ${worstShareSql(under)} AS worst, ${bestShareSql(under)} AS best
     FROM requests WHERE ${where}`,
  )
  const [distribution] = await readDurations(store, slice)
  // Requests that were cut off at a time limit would make a peak of their own, at the limit.
  const [answers, halves] = await readDurations(store, slice, `outcome = 'ok'`)
  const histogram = logHistogram(distribution, { buckets: BUCKETS })
  return {
    window: { from: all!.from, to: all!.to },
    requests: all!.requests,
    under_ms: options.under_ms,
    underShare: all!.underShare,
    underBounds:
      all!.underShare === null || all!.worst === null || all!.best === null ? null : [all!.worst, all!.best],
    quantiles: QUANTILES.map(q => ({ q, ms: distribution.total > 0 ? quantile(distribution, q) : null })),
    histogram: { edges_ms: histogram.edges, counts: histogram.counts },
    modes: findModes(answers, halves).map(mode => ({
      ms: mode.value,
      share: (mode.share * answers.total) / distribution.total,
    })),
    bands: distribution.total === 0 ? [] : readBands(distribution, options.under_ms),
    outcomes: await readOutcomes(store, where),
    hours: await readPer<'hour', number>(store, where, 'hour', hourOfDay('"time"', options.timezone), under),
    weekdays: await readPer<'weekday', number>(
      store,
      where,
      'weekday',
      dayOfWeek('"time"', options.timezone),
      under,
    ),
    days: await readPer<'day', string>(store, where, 'day', calendarDay('"time"', options.timezone), under),
    who: {
      accounts: await readAccounts(store, where, under, options.limit),
      clients: await readWho(store, where, 'client', under, options.limit),
      upstreams: await readWho(store, where, 'upstream', under, options.limit),
    },
    warnings: describeSlice(store, slice, all!),
  }
}

function readBands(distribution: Distribution, under_ms: number): Look['bands'] {
  const thresholds = [...new Set([...THRESHOLDS, under_ms])].sort((a, b) => a - b)
  return thresholds.map(threshold => ({ under_ms: threshold, share: shareUnder(distribution, threshold) }))
}

async function readOutcomes(store: Store, where: string): Promise<Look['outcomes']> {
  return store.all(
    `SELECT outcome, sum(weight) AS requests, sum(weight) / sum(sum(weight)) OVER () AS share
     FROM requests WHERE ${where} GROUP BY outcome ORDER BY requests DESC`,
  )
}

async function readPer<K extends string, V extends string | number>(
  store: Store,
  where: string,
  name: K,
  expression: string,
  under: string,
): Promise<(Record<K, V> & { requests: number; underShare: number | null })[]> {
  return store.all(
    `SELECT ${expression} AS ${sqlName(name)}, sum(weight) AS requests, ${underShareSql(under)} AS "underShare"
     FROM requests WHERE ${where} GROUP BY 1 ORDER BY 1`,
  )
}

async function readWho(
  store: Store,
  where: string,
  column: 'client' | 'upstream' | 'account',
  under: string,
  limit: number,
): Promise<Who[]> {
  const rows = await store.all<Who>(
    `SELECT ${column} AS name, NULL::VARCHAR AS plan, NULL::DOUBLE AS revenue, sum(weight) AS requests,
       coalesce(sum(weight) FILTER (${isBadSql(under)}), 0) AS "notGood", ${underShareSql(under)} AS "underShare",
       quantile_cont(duration_ms, 0.95) AS p95_ms
     FROM requests WHERE ${where} AND ${column} IS NOT NULL GROUP BY 1
     ORDER BY "notGood" DESC, requests DESC, name LIMIT ${limit}`,
  )
  if (!store.weighted) return rows
  return Promise.all(
    rows.map(async row => {
      const own = `${where} AND ${column} = ${sqlText(row.name)}`
      const [p95_ms = null] = await readQuantiles(store, 'duration_ms', own, [0.95])
      return { ...row, p95_ms }
    }),
  )
}

async function readAccounts(store: Store, where: string, under: string, limit: number): Promise<Who[]> {
  const rows = await readWho(store, where, 'account', under, limit)
  if (rows.length === 0) return rows
  const known = await store.all<{
    id: string
    name: string | null
    plan: string | null
    monthly_revenue: number | null
  }>(
    `SELECT id, name, plan, monthly_revenue FROM accounts WHERE list_contains([${rows.map((_, i) => `$${i + 1}`).join(', ')}], id)`,
    rows.map(row => row.name),
  )
  const byId = new Map(known.map(account => [account.id, account]))
  return rows.map(row => {
    const account = byId.get(row.name)
    return { ...row, plan: account?.plan ?? null, revenue: account?.monthly_revenue ?? null }
  })
}
