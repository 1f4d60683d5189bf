/** One route (or any slice) in full: the whole distribution, when it is slow, and for whom. */
import { scoreApdex } from '../stats/apdex.js'
import { quantile, shareUnder } from '../stats/distribution.js'
import { logHistogram } from '../stats/histogram.js'
import { isoTime } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import type { Warning } from '../warnings.js'
import { type Band, readBands } from './bands.js'
import { type Changes, findChanges, warnAlike } from './changes.js'
import type { Unit } from './count-clusters.js'
import { readDurations, type Shape, shapeOf } from './describe-shape.js'
import { bestShareSql, IS_UNMEASURED, isCountedSql, underShareSql, worstShareSql } from './good.js'
import { describeSlice } from './slice-warnings.js'
import { readTimes, type Times } from './times.js'
import { readUnfinished, type Unfinished } from './unfinished.js'
import { readAllWho, type Who } from './who.js'

export interface Look extends Omit<Times, 'counts'> {
  window: { from: string | null; to: string | null }
  requests: number
  under_ms: number
  underShare: number | null
  /** The share if none and if all of the requests that were aborted too early to count would have been good. */
  underBounds: [worst: number, best: number] | null
  /** Of all measured durations, whatever the outcome. */
  quantiles: { q: number; ms: number | null }[]
  /** Log buckets of the measured durations: `counts[i]` requests lie in [edges_ms[i], edges_ms[i + 1]). */
  histogram: { edges_ms: number[]; counts: number[] }
  /** The share of the histogram that is under the target. */
  measuredUnder: number | null
  /** Peaks of the answers that are real: at least 5% of them, in both halves of the customers. `share` is of all measured requests. */
  modes: { ms: number; share: number }[]
  /** Of answers; null with fewer than 50. */
  shape: Shape | null
  /** Empty when nothing was measured, or too many answers were not. */
  bands: Band[]
  /** What counts as a customer in `bands`. */
  unit: Unit
  /** The score for the target; see `scoreApdex`. */
  apdex: number | null
  outcomes: { outcome: string; requests: number; share: number }[]
  /** Null where at most 0.5% of the requests never finished. */
  unfinished: Unfinished | null
  /** Null with under ten days of data. */
  changes: Changes | null
  who: { accounts: Who[]; clients: Who[]; upstreams: Who[] }
  warnings: Warning[]
}

export interface LookOptions {
  under_ms: number
  timezone: string
  /** Rows of `who`. */
  limit: number
  /** The share of requests that must be good, in each hour too; 0.95 unless said. */
  objective?: number
}

const QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
const BUCKETS = 40

export async function look(store: Store, slice: Slice, options: LookOptions): Promise<Look> {
  const where = await slicePredicate(store, slice)
  const { under_ms, timezone, limit, objective = 0.95 } = options
  const under = `${under_ms}`
  const all = await readTotals(store, where, under)
  const durations = await readDurations(store, where)
  const { measured, answers } = durations
  const histogram = logHistogram(measured, { buckets: BUCKETS })
  const outcomes = await readOutcomes(store, where)
  const shape = await shapeOf(store, where, durations, outcomes)
  const { counts, ...times } = await readTimes(store, where, { under_ms, timezone, objective })
  const changes = await findChanges(store, counts, timezone)
  return {
    window: { from: all.from, to: all.to },
    requests: all.requests,
    under_ms,
    underShare: all.underShare,
    underBounds:
      all.underShare === null || all.worst === null || all.best === null ? null : [all.worst, all.best],
    quantiles: QUANTILES.map(q => ({ q, ms: quantile(measured, q) })),
    histogram: { edges_ms: histogram.edges, counts: histogram.counts },
    measuredUnder: shareUnder(measured, under_ms),
    modes: durations.modes.map(({ ms, share }) => ({ ms, share: (share * answers.total) / measured.total })),
    shape,
    bands:
      measured.total === 0 || all.unmeasured
        ? []
        : await readBands(store, where, { under_ms, unit: all.unit }),
    unit: all.unit,
    apdex: all.underShare === null ? null : scoreApdex(answers, under_ms, all.failed),
    outcomes,
    unfinished: await readUnfinished(store, where, measured, { qs: QUANTILES, outcomes }),
    ...times,
    changes,
    who: await readAllWho(store, where, under, limit),
    warnings: [...describeSlice(store, slice, all), ...warnAlike(changes)],
  }
}

interface Totals {
  from: string | null
  to: string | null
  requests: number
  measured: number
  /** Requests that count and have no answer. */
  failed: number
  unit: Unit
  unmeasured: boolean
  underShare: number | null
  worst: number | null
  best: number | null
}

async function readTotals(store: Store, where: string, under: string): Promise<Totals> {
  const [row] = await store.all<Totals>(
    `SELECT ${isoTime('min("time")')} AS "from", ${isoTime('max("time")')} AS "to", coalesce(sum(weight), 0) AS requests,
       coalesce(sum(weight) FILTER (duration_ms IS NOT NULL), 0) AS measured,
       coalesce(sum(weight) FILTER (outcome <> 'ok' AND ${isCountedSql(under)}), 0) AS failed,
       CASE WHEN 2 * count(account) >= count(*) THEN 'customer' WHEN 2 * count(client) >= count(*) THEN 'client' ELSE 'time block' END AS unit,
       ${IS_UNMEASURED} AS unmeasured, ${underShareSql(under)} AS "underShare", ${worstShareSql(under)} AS worst, ${bestShareSql(under)} AS best
     FROM requests WHERE ${where}`,
  )
  return row!
}

async function readOutcomes(store: Store, where: string): Promise<Look['outcomes']> {
  return store.all(
    `SELECT outcome, sum(weight) AS requests, sum(weight) / sum(sum(weight)) OVER () AS share
     FROM requests WHERE ${where} GROUP BY outcome ORDER BY requests DESC`,
  )
}
