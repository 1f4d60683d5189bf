/** What the slow requests of a slice have in common. */
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { findCandidates } from './cause-candidates.js'
import { countCauses, countCovered, whereOf } from './count-causes.js'
import { chooseUnit, findP90, type Unit } from './count-clusters.js'
import { findCauses } from './find-causes.js'
import { IS_UNMEASURED, isBadSql, isCountedSql } from './good.js'
import { describeSlice, NO_DURATIONS } from './slice-warnings.js'
import { splitCustomers } from './split-customers.js'

export interface Explanation {
  /** Slow is what took this long or longer, or failed. */
  slowOver_ms: number
  /** What set it; the 90th percentile of the answers where the target tells too few or too many apart. */
  slowSetBy: SlowSetBy
  /** Requests that count: client errors and early aborts are outside. */
  requests: number
  slow: number
  unit: Unit
  /** Clearest first. What isn't confirmed is no cause, and only there when it was asked for. */
  causes: Cause[]
  /** Conditions and pairs that were looked at. */
  tried: number
  /** Of these, how many stood out and were tested on the other half. */
  tested: number
  seed: number
  warnings: Warning[]
}

export type SlowSetBy = 'asked for' | 'story' | 'route' | 'workbook' | 'p90'

export interface Cause {
  /** A condition that `--where` takes. */
  where: string
  /** The part of the slow requests for which it holds. */
  covers: number
  /** Of all customers. */
  requests: number
  slow: number
  /**
   * How much likelier a request is to be slow where the condition holds than where it doesn't. Like interval and q it is of the half of
   * the customers that confirms, so it isn't flattered by having been chosen. Null where nothing else was slow.
   */
  riskRatio: number | null
  /** An upper end of null is without bound. */
  interval: [low: number, high: number | null] | null
  /** By Holm over all that were carried forward; null where it can't be told. */
  q: number | null
  confirmed: boolean
  /** Why it can't be told. */
  reason: string | null
  /** Conditions that hold for nearly the same requests. */
  sameAs: string[]
}

export interface ExplainOptions {
  under_ms: number
  setBy: Exclude<SlowSetBy, 'p90'>
  timezone: string
  seed: number
  /** Also what stood out and wasn't confirmed. */
  all: boolean
}

/** Fewer slow requests have nothing in common that chance wouldn't give them. */
const FEWEST_SLOW = 20
/** Of both halves together. */
const FEWEST_CUSTOMERS = 12

export async function explain(store: Store, slice: Slice, options: ExplainOptions): Promise<Explanation> {
  const where = await slicePredicate(store, slice)
  const threshold = await chooseThreshold(store, slice, where, options)
  const { ms: slowOver_ms, by, found: seen } = threshold
  const unit = await chooseUnit(store, [slice])
  const explanation = {
    slowOver_ms,
    slowSetBy: by,
    requests: seen.counted,
    slow: seen.slow,
    unit,
    causes: [],
    tried: 0,
    tested: 0,
    seed: options.seed,
    warnings: [...describeSlice(store, slice, seen), ...threshold.warnings],
  }
  if (seen.unmeasured) {
    const said = explanation.warnings.some(({ code }) => code === NO_DURATIONS.code)
    return said ? explanation : { ...explanation, warnings: [...explanation.warnings, NO_DURATIONS] }
  }
  if (seen.slowRows === 0 || seen.slow >= seen.counted) return explanation
  const counted = `(${where}) AND ${isCountedSql(`${slowOver_ms}`)}`
  const halves = await splitCustomers(store, counted, options.seed)
  if (2 * halves.clusters < FEWEST_CUSTOMERS) {
    return { ...explanation, warnings: [...explanation.warnings, fewCustomers(unit)] }
  }
  const learnFrom = `${counted} AND ${halves.half} = 0`
  const columns = await findCandidates(store, {
    join: halves.join,
    where: learnFrom,
    count: seen.rows / 2,
    days: seen.days,
    timezone: options.timezone,
  })
  const requests = { where: counted, slowOver_ms, timezone: options.timezone, halves }
  const { causes: found, tried } = await findCauses(countCauses(store, columns, requests))
  const causes = found.filter(({ confirmed }) => confirmed || options.all)
  const wheres = causes.map(({ pick }) => whereOf(columns, pick))
  const covered = await countCovered(store, wheres, requests)
  return {
    ...explanation,
    tried,
    tested: found.length,
    causes: causes.map(({ riskRatio, interval, q, confirmed, reason, sameAs }, i): Cause => {
      const { requests: inside, slow } = covered[i]!
      return {
        where: wheres[i]!,
        covers: slow / seen.slow,
        requests: inside,
        slow,
        riskRatio,
        interval,
        q,
        confirmed,
        reason,
        sameAs: sameAs.map(candidate => whereOf(columns, [candidate])),
      }
    }),
  }
}

interface Found {
  requests: number
  measured: number
  counted: number
  slow: number
  /** Rows of the log, of which there are fewer where it is sampled. */
  rows: number
  slowRows: number
  /** From the first to the last. */
  days: number
  unmeasured: boolean
}

interface Threshold {
  ms: number
  by: SlowSetBy
  found: Found
  warnings: Warning[]
}

/** The target, unless it tells too few or too many apart and nobody asked for it: then the 90th percentile of the answers. */
async function chooseThreshold(
  store: Store,
  slice: Slice,
  where: string,
  { under_ms, setBy }: ExplainOptions,
): Promise<Threshold> {
  const found = await countSlow(store, where, under_ms)
  const few = found.slowRows < FEWEST_SLOW
  const own = { ms: under_ms, by: setBy, found }
  if (found.counted === 0 || found.unmeasured || (!few && found.slow <= found.counted / 2)) {
    return { ...own, warnings: [] }
  }
  const said = few
    ? `${found.slow === 0 ? 'None' : `Only ${formatCount(found.slow)}`} of ${formatCount(found.counted)} requests are slow at ${formatDuration(under_ms)}`
    : `${formatShare(found.slow / found.counted)} of requests are slow at ${formatDuration(under_ms)}`
  const p90 = await findP90(store, slice)
  if (setBy === 'asked for' || p90 === null) {
    const next =
      p90 === null
        ? {}
        : {
            next: `--under ${asFlag(p90)}, the 90th percentile, tells a tenth apart`,
          }
    const meaning = few ? 'too few to have anything in common' : 'what they have in common is what most have'
    return { ...own, warnings: [{ code: 'few-slow', message: `${said}: ${meaning}.`, ...next }] }
  }
  const moved = await countSlow(store, where, p90)
  const message = `${said}, so slow means here: slower than nine tenths of the answers, ${formatDuration(p90)} or more.`
  const next = `To have it stay, or another one: --under ${asFlag(p90)}`
  return { ms: p90, by: 'p90', found: moved, warnings: [{ code: 'threshold-moved', message, next }] }
}

function asFlag(ms: number): string {
  return formatDuration(ms).replaceAll(' ', '')
}

async function countSlow(store: Store, where: string, under_ms: number): Promise<Found> {
  const counted = isCountedSql(`${under_ms}`)
  const slow = isBadSql(`${under_ms}`)
  const [row] = await store.all<Found>(
    `SELECT coalesce(sum(weight), 0) AS requests, coalesce(sum(weight) FILTER (duration_ms IS NOT NULL), 0) AS measured,
       coalesce(sum(weight) FILTER (${counted}), 0) AS counted, coalesce(sum(weight) FILTER (${slow}), 0) AS slow,
       count(*) FILTER (${counted}) AS rows, count(*) FILTER (${slow}) AS "slowRows", ${IS_UNMEASURED} AS unmeasured,
       coalesce((epoch_ms(max("time")) - epoch_ms(min("time"))) / 86400000.0, 0) AS days
     FROM requests WHERE ${where}`,
  )
  return row!
}

function fewCustomers(unit: Unit): Warning {
  return {
    code: 'few-customers',
    message: `There are fewer than ${FEWEST_CUSTOMERS} ${unit}s: what one half of them shows can't be confirmed on the other.`,
    next: 'Take in more time or more data: --from, --last, whyslow import',
  }
}
