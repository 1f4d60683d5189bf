/**
 * Intervals for shares that assume independent trials. Requests of one customer are not: here they are only a
 * floor.
 */
import { normalQuantile } from './special-functions.js'

export type Interval = [low: number, high: number]

/**
 * Wilson's score interval (1927) for `good` of `trials`; within 0 and 1, and sensible at 0 and at all.
 * Assumes independent trials: with several trials per customer it is too narrow, often by a factor of 3 and
 * more. Throws a `RangeError` without trials.
 */
export function wilsonInterval(good: number, trials: number, level = 0.95): Interval {
  if (!(trials > 0) || !(good >= 0) || good > trials * (1 + 1e-9)) {
    throw new RangeError(`Expected good trials among at least one, found ${good} of ${trials}.`)
  }
  const z = normalQuantile((1 + level) / 2)
  const share = Math.min(1, good / trials)
  const shrink = 1 + (z * z) / trials
  const middle = (share + (z * z) / (2 * trials)) / shrink
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))
  return [share === 0 ? 0 : Math.max(0, middle - half), share === 1 ? 1 : Math.min(1, middle + half)]
}

/**
 * Interval for the difference of two independent shares, after − before, from their Wilson intervals
 * (Newcombe 1998, method 10). Assumes what `wilsonInterval` assumes, and that the arms have nothing in
 * common.
 */
export function newcombeInterval(
  before: { good: number; trials: number },
  after: { good: number; trials: number },
  level = 0.95,
): Interval {
  const [beforeLow, beforeHigh] = wilsonInterval(before.good, before.trials, level)
  const [afterLow, afterHigh] = wilsonInterval(after.good, after.trials, level)
  const beforeShare = before.good / before.trials
  const afterShare = after.good / after.trials
  const change = afterShare - beforeShare
  return [
    change - Math.hypot(afterShare - afterLow, beforeHigh - beforeShare),
    change + Math.hypot(afterHigh - afterShare, beforeShare - beforeLow),
  ]
}
