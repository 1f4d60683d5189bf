import type { Interval } from './intervals.js'

export type Verdict = 'better' | 'worse' | 'no meaningful difference' | 'cannot tell yet'

/** The smallest change of a share worth having, where nobody said one: a percentage point, or a quarter of what the objective allows if that is less. */
export function defaultSmallest(objective: number): number {
  return Math.min(0.01, (1 - objective) / 4)
}

/** Why an interval can't tell. */
export const UNDECIDED = 'The interval holds no change as well as one worth having.'

/**
 * What an interval for a change says, where up is better and `smallest` ≥ 0 is the smallest change worth
 * having: better or worse when it excludes 0 and reaches past the smallest; no meaningful difference when it
 * lies inside ± smallest, also if it excludes 0; else it can't be told yet. Without an interval nothing can.
 */
export function judgeChange(interval: Interval | null, smallest: number): Verdict {
  if (interval === null) return 'cannot tell yet'
  const [low, high] = interval
  if (low >= -smallest && high <= smallest) return 'no meaningful difference'
  if (low > 0) return 'better'
  if (high < 0) return 'worse'
  return 'cannot tell yet'
}
