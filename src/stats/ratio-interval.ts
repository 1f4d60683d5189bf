import type { Interval } from './intervals.js'

export interface Estimate {
  value: number
  interval: Interval
}

/**
 * Interval of `top / bottom` by the intervals of both, at their level (MOVER-R: Donner and Zou 2012). It is Fieller's where both are
 * symmetric, and takes those that aren't. Null where the interval of `bottom` reaches 0: the ratio then has no bounds.
 *
 * Assumes that both were estimated apart. Where a quantity is in both with the same sign (a promise and an outcome that share the side
 * before), it is too wide rather than too narrow.
 */
export function ratioInterval(top: Estimate, bottom: Estimate): Interval | null {
  const [low, high] = bottom.interval
  if (low <= 0 && high >= 0) return null
  if (bottom.value < 0) {
    const flipped = ratioInterval(top, { value: -bottom.value, interval: [-high, -low] })
    return flipped && [-flipped[1], -flipped[0]]
  }
  // Each bound is the ratio r at which the interval of top − r·bottom just reaches 0.
  const below = [bottom.value - low, high - bottom.value] as const
  const [topLow, topHigh] = top.interval
  const least = solve(top.value, bottom.value, top.value - topLow, topLow >= 0 ? below[1] : below[0], -1)
  const most = solve(top.value, bottom.value, topHigh - top.value, topHigh >= 0 ? below[0] : below[1], 1)
  return least === null || most === null ? null : [least, most]
}

/** The root of (top − r·bottom)² = reach² + (r·other)² on the side `sign` of top / bottom. */
function solve(top: number, bottom: number, reach: number, other: number, sign: 1 | -1): number | null {
  const square = bottom * bottom - other * other
  if (square <= 0) return null
  const product = top * bottom
  const root = Math.sqrt(Math.max(0, product * product - square * (top * top - reach * reach)))
  return (product + sign * root) / square
}
