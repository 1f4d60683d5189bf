/** What the whole distribution says about the kind of problem: two peaks, wide with the customer, or a long tail. */
import { type Distribution, distributionFromPairs, quantile } from '../stats/distribution.js'
import { findModes } from '../stats/modes.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatDuration, formatShare } from '../units.js'
import { readQuantiles } from './quantiles.js'

export interface Shape {
  kind: 'peaks' | 'customer' | 'tail' | 'plain'
  /** One sentence. */
  text: string
  modes: { ms: number; share: number }[]
  /** Share of the variance of log durations that lies between customers, 0 to 1; null without accounts. */
  betweenCustomers: number | null
}

/** From here on, which customer it is says more about a request's time than everything else together. */
const MOSTLY_CUSTOMER = 0.5
/** p99 over p50 of a distribution that is no longer just noisy: a log-normal with a standard deviation of 1 has 10. */
const LONG_TAIL = 12

/** Timeouts from this share on belong to the picture. */
const MANY_TIMEOUTS = 0.01

/** Of answers only: requests that were cut off at a time limit would make a peak of their own, and are named beside it. */
export async function describeShape(store: Store, slice: Slice): Promise<Shape | null> {
  const where = await slicePredicate(store, slice)
  const [distribution, halves] = await readDurations(store, slice, `outcome = 'ok'`)
  if (distribution.total < 50) return null
  const modes = findModes(distribution, halves).map(mode => ({ ms: mode.value, share: mode.share }))
  const betweenCustomers = await shareBetweenCustomers(store, where)
  const { kind, text } = tellShape(distribution, modes, betweenCustomers)
  return { kind, text: text + (await describeTimeouts(store, where)), modes, betweenCustomers }
}

function tellShape(
  distribution: Distribution,
  modes: Shape['modes'],
  betweenCustomers: number | null,
): Pick<Shape, 'kind' | 'text'> {
  const at = (q: number) => quantile(distribution, q)!
  if (betweenCustomers !== null && betweenCustomers >= MOSTLY_CUSTOMER) {
    return {
      kind: 'customer',
      text: `wide, and it depends on the customer (${formatShare(betweenCustomers)} of the spread): p10 ${formatDuration(at(0.1))}, p90 ${formatDuration(at(0.9))}; it probably scales with their data`,
    }
  }
  if (modes.length > 1) {
    const peaks = modes.map(mode => `${formatShare(mode.share)} around ${formatDuration(mode.ms)}`).join(', ')
    return { kind: 'peaks', text: `${modes.length} peaks: ${peaks}; a bad case to remove` }
  }
  const spread = `p50 ${formatDuration(at(0.5))}, p99 ${formatDuration(at(0.99))}`
  return at(0.99) > at(0.5) * LONG_TAIL
    ? { kind: 'tail', text: `one peak with a long tail: ${spread}; something serial, such as a queue` }
    : { kind: 'plain', text: `one peak: ${spread}` }
}

async function describeTimeouts(store: Store, where: string): Promise<string> {
  const [row] = await store.all<{ share: number | null }>(
    `SELECT sum(weight) FILTER (outcome = 'timeout') / sum(weight) AS share FROM requests WHERE ${where}`,
  )
  const share = row!.share ?? 0
  if (share < MANY_TIMEOUTS) return ''
  const watched = 'coalesce(elapsed_ms, duration_ms)'
  const [limit = null] = await readQuantiles(store, watched, `${where} AND outcome = 'timeout'`, [0.5])
  const at = limit === null ? '' : ` at ${formatDuration(limit)}`
  return `; beside these answers, ${formatShare(share)} of the requests were cut off${at}`
}

/** The measured durations of a slice, and the same for two halves of its customers. `only` is SQL of our own. */
export async function readDurations(
  store: Store,
  slice: Slice,
  only = 'true',
): Promise<[Distribution, [Distribution, Distribution]]> {
  const where = await slicePredicate(store, slice)
  const rows = await store.all<{ value: number; half: number; weight: number }>(
    `SELECT duration_ms AS value, hash(coalesce(account, client, '')) % 2 AS half, sum(weight) AS weight
     FROM requests WHERE ${where} AND ${only} AND duration_ms IS NOT NULL GROUP BY ALL`,
  )
  const pairsOf = (wanted: typeof rows) => wanted.map(row => [row.value, row.weight] as const)
  const half = (n: number) => distributionFromPairs(pairsOf(rows.filter(row => row.half === n)))
  return [distributionFromPairs(pairsOf(rows)), [half(0), half(1)]]
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
