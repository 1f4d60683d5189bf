/**
 * Burn rates: how many times faster than allowed an error budget is used. At 1 it lasts exactly for its window.
 *
 * Two windows have to agree: the long one says that it is much, the short one that it still goes on. Source: *The Site
 * Reliability Workbook* (Beyer et al. 2018), chapter 5, "Multiwindow, Multi-Burn-Rate Alerts", table 5-8, whose rates use
 * 2%, 5% and 10% of a budget of 30 days; they are taken as they are for budgets of other lengths.
 */
import { type ClusterCount, type EstimateOptions, estimateShare } from './clusters.js'
import { spentOf } from './error-budget.js'
import type { Interval } from './intervals.js'
import { adjustForMany } from './many.js'
import { testShareBelow } from './one-sample.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export interface BurnAlert {
  long_ms: number
  short_ms: number
  /** From which burn rate on, in both windows. */
  rate: number
}

/** The fastest first. */
export const BURN_ALERTS: readonly BurnAlert[] = [
  { long_ms: HOUR, short_ms: 5 * MINUTE, rate: 14.4 },
  { long_ms: 6 * HOUR, short_ms: 30 * MINUTE, rate: 6 },
  { long_ms: 72 * HOUR, short_ms: 6 * HOUR, rate: 1 },
]

/** Those that say something about a budget of this length: within half of it, and within what is known. */
export function alertsFor(window_ms: number, known_ms: number): BurnAlert[] {
  return BURN_ALERTS.filter(alert => alert.long_ms <= Math.min(window_ms / 2, known_ms))
}

interface Burning {
  /** Those that count. */
  requests: number
  /** Null without requests. */
  rate: number | null
  /** 95%; null where it can't be told. */
  interval: Interval | null
}

export interface Burn extends BurnAlert {
  long: Burning
  short: Burning
  /** Whether both windows are past `rate`; null where they seem to be, and it may be chance. */
  exceeds: boolean | null
}

export interface BurnQuestion {
  alert: BurnAlert
  objective: number
  /** Of the two windows. */
  long: readonly ClusterCount[]
  short: readonly ClusterCount[]
}

/**
 * Both windows are past the rate when their estimates are, and chance is ruled out in each: lower bounds and one-sided
 * tests over clusters, the larger p of both windows, all questions corrected together (Benjamini and Hochberg, 5%).
 *
 * A short window of thin traffic has few clusters and rules nothing out: then it can't be told, never "not burning".
 */
export function judgeBurns(questions: readonly BurnQuestion[], options: EstimateOptions = {}): Burn[] {
  const measured = questions.map(question => ({ question, burn: measureBurn(question, options) }))
  const told = measured.flatMap(({ question, burn }) => {
    const p = testBurn(question)
    return p === null ? [] : [{ burn, p }]
  })
  for (const at of adjustForMany(told.map(({ p }) => p)).selected) {
    const { burn } = told[at]!
    if (burn.exceeds === null && isPast(burn.long, burn.rate) && isPast(burn.short, burn.rate))
      burn.exceeds = true
  }
  return measured.map(({ burn }) => burn)
}

function measureBurn({ alert, objective, long, short }: BurnQuestion, options: EstimateOptions): Burn {
  const measure = (rows: readonly ClusterCount[]): Burning => {
    const { share, interval, requests } = estimateShare(rows, options)
    return {
      requests,
      rate: share === null ? null : spentOf(share, objective),
      interval: interval && [spentOf(interval[1], objective), spentOf(interval[0], objective)],
    }
  }
  const sides = { long: measure(long), short: measure(short) }
  const isUnder = [sides.long, sides.short].some(({ rate }) => rate !== null && rate <= alert.rate)
  const isUnknown = sides.long.rate === null
  return { ...alert, ...sides, exceeds: isUnder && !isUnknown ? false : null }
}

function isPast({ interval }: Burning, rate: number): boolean {
  return interval !== null && interval[0] > rate
}

/** One-sided; null where it can't be told, or where the objective is so low that nothing could burn that fast. */
function testBurn({ alert, objective, long, short }: BurnQuestion): number | null {
  const threshold = 1 - alert.rate * (1 - objective)
  if (threshold <= 0) return null
  const [one, other] = [testShareBelow(long, threshold), testShareBelow(short, threshold)]
  return one === null || other === null ? null : Math.max(one, other)
}
