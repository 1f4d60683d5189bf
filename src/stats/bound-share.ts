import { shareUnder } from './distribution.js'
import type { Stratum } from './kaplan-meier.js'

/**
 * The share under a threshold (strictly), whatever the reason for giving up: as if none of what was given up would have ended in time, and
 * as if all of it would have that could, which is what was watched for less. Null without data.
 */
export function boundShareUnder(
  strata: readonly Stratum[],
  threshold: number,
): { worst: number; best: number } | null {
  let ended = 0
  let open = 0
  let total = 0
  for (const { finished, censored } of strata) {
    ended += (shareUnder(finished, threshold) ?? 0) * finished.total
    open += (shareUnder(censored, threshold) ?? 0) * censored.total
    total += finished.total + censored.total
  }
  return total === 0 ? null : { worst: ended / total, best: Math.min(1, (ended + open) / total) }
}
