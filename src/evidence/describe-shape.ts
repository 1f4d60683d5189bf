/** What the whole distribution says about the kind of problem: two peaks, wide (with the customer), or a long tail. */
import { type Dip, dipOfLogs } from '../stats/dip.js'
import { type Distribution, distributionFromPairs, quantile } from '../stats/distribution.js'
import { findModes, type Mode } from '../stats/modes.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatDuration, formatShare } from '../units.js'
import { readQuantiles } from './quantiles.js'

export interface Shape {
  kind: 'peaks' | 'customer' | 'tail' | 'wide' | 'plain'
  /** One sentence. */
  text: string
  /** What it usually comes from. */
  means: string
  modes: Modes
  /** p90 over p10, and p99 over p50; null where the lower one is 0. */
  width: number | null
  tail: number | null
  /** How far it is from having one peak, on the log scale. */
  dip: Dip | null
  /** Share of the variance of log durations that lies between customers, 0 to 1; null without accounts. */
  betweenCustomers: number | null
}

type Modes = { ms: number; share: number }[]

/** From here on, which customer it is says more about a request's time than everything else together. */
const MOSTLY_CUSTOMER = 0.5
/** p99 over p50 of a distribution that is no longer just noisy: a log-normal with a standard deviation of 1 has 10. */
const LONG_TAIL = 12

/** p90 over p10 of a distribution that is wide in its middle: that log-normal has 13. */
const WIDE = 10

/** Timeouts from this share on belong to the picture. */
const MANY_TIMEOUTS = 0.01
const FEWEST_ANSWERS = 50
const SEED = 1

/** Of answers only: requests that were cut off at a time limit would make a peak of their own, and are named beside it. */
export async function describeShape(store: Store, slice: Slice): Promise<Shape | null> {
  const where = await slicePredicate(store, slice)
  const outcomes = await store.all<OutcomeShare>(
    `SELECT outcome, sum(weight) / sum(sum(weight)) OVER () AS share FROM requests WHERE ${where} GROUP BY outcome`,
  )
  return shapeOf(store, where, await readDurations(store, where), outcomes)
}

interface OutcomeShare {
  outcome: string
  share: number
}

/** The same where these are known already. Null with fewer than 50 answers. */
export async function shapeOf(
  store: Store,
  where: string,
  { answers, modes }: Durations,
  outcomes: readonly OutcomeShare[],
): Promise<Shape | null> {
  if (answers.total < FEWEST_ANSWERS) return null
  const betweenCustomers = await shareBetweenCustomers(store, where)
  const at = (q: number) => quantile(answers, q)!
  const width = over(at(0.9), at(0.1))
  const tail = over(at(0.99), at(0.5))
  const kind = chooseKind({ modes, betweenCustomers, width, tail })
  const text = TEXTS[kind](at, modes, betweenCustomers ?? 0)
  const timeouts = await describeTimeouts(store, where, outcomes)
  const dip = dipOfLogs(answers, SEED)
  return { kind, text: text + timeouts, means: MEANINGS[kind], modes, width, tail, dip, betweenCustomers }
}

function over(high: number, low: number): number | null {
  return low > 0 ? high / low : null
}

function chooseKind(shape: Pick<Shape, 'modes' | 'betweenCustomers' | 'width' | 'tail'>): Shape['kind'] {
  if (shape.betweenCustomers !== null && shape.betweenCustomers >= MOSTLY_CUSTOMER) return 'customer'
  if (shape.modes.length > 1) return 'peaks'
  if (shape.tail === null || shape.tail > LONG_TAIL) return 'tail'
  return shape.width === null || shape.width >= WIDE ? 'wide' : 'plain'
}

const MEANINGS: Record<Shape['kind'], string> = {
  peaks: 'two ways through the code, one of them a bad case to remove, such as a cache that misses',
  customer: 'work that scales with the data of the customer',
  tail: 'something serial: a queue, a lock, a pool that runs empty, pauses of the garbage collector',
  wide: 'work that scales with the data it is asked for',
  plain: 'the same work for every request: what it takes is in the code itself',
}

type Describe = (at: (q: number) => number, modes: Modes, between: number) => string

const TEXTS: Record<Shape['kind'], Describe> = {
  customer: (at, _, between) =>
    `wide, and it depends on the customer (${formatShare(between)} of the spread): p10 ${formatDuration(at(0.1))}, p90 ${formatDuration(at(0.9))}; it probably scales with their data`,
  peaks: (_, modes) => {
    const peaks = modes.map(mode => `${formatShare(mode.share)} around ${formatDuration(mode.ms)}`).join(', ')
    return `${modes.length} peaks: ${peaks}; a bad case to remove`
  },
  tail: at => `one peak with a long tail: ${describeTail(at)}; something serial, such as a queue`,
  wide: at => `one wide peak: p10 ${formatDuration(at(0.1))}, p90 ${formatDuration(at(0.9))}`,
  plain: at => `one peak: ${describeTail(at)}`,
}

function describeTail(at: (q: number) => number): string {
  return `p50 ${formatDuration(at(0.5))}, p99 ${formatDuration(at(0.99))}`
}

async function describeTimeouts(
  store: Store,
  where: string,
  outcomes: readonly OutcomeShare[],
): Promise<string> {
  const share = outcomes.find(({ outcome }) => outcome === 'timeout')?.share ?? 0
  if (share < MANY_TIMEOUTS) return ''
  const watched = 'coalesce(elapsed_ms, duration_ms)'
  const [limit = null] = await readQuantiles(store, watched, `${where} AND outcome = 'timeout'`, [0.5])
  const at = limit === null ? '' : ` at ${formatDuration(limit)}`
  return `; beside these answers, ${formatShare(share)} of the requests were cut off${at}`
}

export interface Durations {
  /** All that were measured, whatever the outcome. */
  measured: Distribution
  answers: Distribution
  /** Peaks of the answers that both halves of the customers have. */
  modes: Modes
  /** The same, each with the valleys beside it. */
  peaks: Mode[]
}

export async function readDurations(store: Store, where: string): Promise<Durations> {
  const rows = await store.all<{ value: number; half: number; answered: boolean; weight: number }>(
    `SELECT duration_ms AS value, hash(coalesce(account, client, '')) % 2 AS half, outcome = 'ok' AS answered, sum(weight) AS weight
     FROM requests WHERE ${where} AND duration_ms IS NOT NULL GROUP BY ALL`,
  )
  const collect = (wanted: typeof rows) =>
    distributionFromPairs(wanted.map(row => [row.value, row.weight] as const))
  const answered = rows.filter(row => row.answered)
  const half = (n: number) => collect(answered.filter(row => row.half === n))
  const answers = collect(answered)
  const peaks = findModes(answers, [half(0), half(1)])
  const modes = peaks.map(mode => ({ ms: mode.value, share: mode.share }))
  return { measured: collect(rows), answers, modes, peaks }
}

/**
 * The part of the variance of log durations that lies between customers (ω², which is about 0 by chance, also with few requests each).
 * Source: Hays, Statistics for Psychologists, 1963.
 */
async function shareBetweenCustomers(store: Store, where: string): Promise<number | null> {
  const [row] = await store.all<{
    between: number | null
    total: number | null
    groups: number
    requests: number
  }>(
    `WITH logs AS (SELECT account, ln(duration_ms) AS v, weight / avg(weight) OVER () AS w FROM requests
         WHERE ${where} AND outcome = 'ok' AND duration_ms > 0 AND account IS NOT NULL),
       overall AS (SELECT sum(w * v) / sum(w) AS mean, sum(w) AS n FROM logs),
       means AS (SELECT account, sum(w) AS n, sum(w * v) / sum(w) AS mean FROM logs GROUP BY account)
     SELECT (SELECT sum(w * (v - mean) ** 2) FROM logs, overall) AS total, sum(m.n * (m.mean - o.mean) ** 2) AS "between",
       count(*) AS groups, any_value(o.n) AS requests
     FROM means m, overall o`,
  )
  if (!row || row.between === null || row.total === null || row.groups < 6 || row.requests <= row.groups)
    return null
  const within = (row.total - row.between) / (row.requests - row.groups)
  return Math.max(0, (row.between - (row.groups - 1) * within) / (row.total + within))
}
