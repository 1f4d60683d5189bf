import type { Distribution } from './distribution.js'

/**
 * The Hodges–Lehmann shift (1963): the median of all differences after − before. In the unit of the values; null without numbers in both
 * arms. On pairs of value and count, in time that grows with distinct values.
 *
 * Estimates how far the whole distribution moved, and is hardly moved by a few outliers: nor by a tail that only some requests are in.
 */
export function hodgesLehmann(before: Distribution, after: Distribution): number | null {
  const pairs = before.total * after.total
  if (pairs === 0) return null
  const low = differenceAt(before, after, (pairs - 1) / 2)
  if (pairs % 2 === 1) return low
  const high = differenceAt(before, after, Math.floor((pairs - 1) / 2) + 1)
  return (low + high) / 2
}

/** The difference that covers this position, from 0, among all differences in ascending order. */
function differenceAt(before: Distribution, after: Distribution, position: number): number {
  const wanted = Math.floor(position) + 1
  let low = after.values[0]! - before.values.at(-1)!
  let high = after.values.at(-1)! - before.values[0]!
  if (countUpTo(before, after, low).count >= wanted) return low
  // Fewer than wanted are up to `low`, and enough up to `high`, until no number is left between them.
  for (;;) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) return high
    const { count, largest } = countUpTo(before, after, middle)
    if (count < wanted) low = middle
    else high = largest
  }
}

/** How many differences are at most the limit, and the largest of them. */
function countUpTo(
  before: Distribution,
  after: Distribution,
  limit: number,
): { count: number; largest: number } {
  let count = 0
  let largest = -Infinity
  let passed = 0
  let next = 0
  for (let i = 0; i < before.values.length; i += 1) {
    while (next < after.values.length && after.values[next]! - before.values[i]! <= limit) {
      passed += after.counts[next]!
      next += 1
    }
    if (next === 0) continue
    count += before.counts[i]! * passed
    largest = Math.max(largest, after.values[next - 1]! - before.values[i]!)
  }
  return { count, largest }
}
