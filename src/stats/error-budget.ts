/**
 * Error budgets: an objective of 99% lets 1 request in 100 be bad. What of that was used, and how fast.
 * Budgets are of requests, not of time: a busy hour weighs more than a quiet one.
 */
import { type ClusterCount, type EstimateOptions, estimateShare, type ShareEstimate } from './clusters.js'
import type { Interval } from './intervals.js'
import { adjustForMany } from './many.js'
import { testShareAbove, testShareBelow } from './one-sample.js'

export interface Budget {
  /** Requests that may be bad: (1 − objective) of those that count. */
  allowed: number
  bad: number
  /** Of what is allowed; 1 is all of it. */
  spent: number
  /** What the spread between clusters makes of `spent`; null where it can't be told. */
  interval: Interval | null
  /** Less than 0 when more than all was spent. */
  left: number
}

/** Null without requests that count. */
export function measureBudget(
  { share, interval, requests }: Pick<ShareEstimate, 'share' | 'interval' | 'requests'>,
  objective: number,
): Budget | null {
  if (share === null) return null
  const spent = spentOf(share, objective)
  return {
    allowed: Number(((1 - objective) * requests).toPrecision(12)),
    bad: Number(((1 - share) * requests).toPrecision(12)),
    spent,
    interval: interval && [spentOf(interval[1], objective), spentOf(interval[0], objective)],
    left: 1 - spent,
  }
}

/** The bad requests over those that are allowed. In a shorter window than the budget's this is the burn rate. */
export function spentOf(share: number, objective: number): number {
  return (1 - share) / (1 - objective)
}

/**
 * How many times as many requests would tell whether more than all was spent, if things went on as they are; at least 1.
 * Null where nothing is known of it. Intervals shrink with the square root of what is counted.
 */
export function needsTimesMore({ spent, interval }: Budget): number | null {
  if (interval === null || spent === 1) return null
  const half = spent < 1 ? interval[1] - spent : spent - interval[0]
  return Math.max(1, (half / (1 - spent)) ** 2)
}

export interface Target {
  /** Of the whole window. */
  rows: readonly ClusterCount[]
  /** Share of requests that must be good, 0 to 1. */
  objective: number
  /** The part of the window that there is data of, 0 to 1. */
  covered: number
}

export interface Standing {
  estimate: ShareEstimate
  /** `missed` also where a part of the window is unknown, if not even a perfect rest would have made up for it. */
  standing: 'met' | 'missed' | 'unsure'
}

/** With less of the window than this, it isn't known whether an objective was met. */
export const COVERED_ENOUGH = 0.9

/**
 * Which of these targets were certainly met, and which missed. All were looked at, so all are corrected together
 * (Benjamini and Hochberg, 5%, two-sided); the intervals of the R of m that are certain are at 1 − 0.05·R/m
 * (Benjamini and Yekutieli 2005), of the others at 95%.
 *
 * Assumes clusters that are independent, and in a window that is known in part as much traffic in the rest of it.
 * Speaks of the time that was measured, not of time to come.
 */
export function judgeTargets(targets: readonly Target[], options: EstimateOptions = {}): Standing[] {
  const told = targets.flatMap((target, at) => {
    const p = testTarget(target)
    return p === null ? [] : [{ at, p }]
  })
  const { selected } = adjustForMany(told.map(({ p }) => p))
  const certain = new Set(selected.map(position => told[position]!.at))
  const level = 1 - (0.05 * certain.size) / told.length
  return targets.map((target, at) => {
    const isCertain = certain.has(at)
    const estimate = estimateShare(target.rows, { ...options, level: isCertain ? level : 0.95 })
    return { estimate, standing: isCertain ? judgeInterval(estimate.interval, target) : 'unsure' }
  })
}

/** Two-sided, where both could be told; a window that is known in part can only be missed. */
function testTarget(target: Target): number | null {
  const needed = neededShare(target)
  if (needed === null) return null
  const sides = [
    testShareBelow(target.rows, needed),
    target.covered >= COVERED_ENOUGH ? testShareAbove(target.rows, needed) : null,
  ].filter(p => p !== null)
  return sides.length === 0 ? null : Math.min(1, 2 * Math.min(...sides))
}

function judgeInterval(interval: Interval | null, target: Target): Standing['standing'] {
  const needed = neededShare(target)
  if (interval === null || needed === null) return 'unsure'
  if (interval[1] < needed) return 'missed'
  return interval[0] >= needed && target.covered >= COVERED_ENOUGH ? 'met' : 'unsure'
}

/** The share that the known part must have had at least, if all of the rest was good; null where any would do. */
function neededShare({ objective, covered }: Target): number | null {
  if (covered >= COVERED_ENOUGH) return objective
  const needed = 1 - (1 - objective) / covered
  return needed > 0 ? needed : null
}
