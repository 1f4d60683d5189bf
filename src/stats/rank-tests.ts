/**
 * Which of two arms has the larger numbers, by ranks: Mann and Whitney's U and Cliff's delta. Both on pairs of value and count, in time that
 * grows with distinct values.
 *
 * Their p values assume independent numbers: with several requests of each customer they are far too small. They see a shift of the whole
 * distribution; a tail that got worse in one request of twenty they mostly miss.
 */
import type { Distribution } from './distribution.js'
import { normalCdf } from './special-functions.js'

export interface RankTest {
  /** Pairs of one number of each arm in which *before* is the larger one; ties count half. */
  u: number
  /** Two-sided; null without numbers in both arms. */
  p: number | null
}

/** What a walk over both arms, in ascending order, finds. */
interface Ranks {
  u: number
  /** Σ(t³ − t) over values that stand t times in both arms together. */
  ties: number
}

/** Up to this many numbers in the smaller arm, and without ties, p is exact: what scipy's `auto` does. */
const MOST_EXACT = 8

/**
 * Mann and Whitney (1947). Exact for small arms without ties, else by the normal distribution with corrections for ties and for continuity.
 */
export function mannWhitney(before: Distribution, after: Distribution): RankTest {
  const { u, ties } = rankPairs(before, after)
  const [m, n] = [before.total, after.total]
  if (m === 0 || n === 0) return { u, p: null }
  const isExact = Math.min(m, n) <= MOST_EXACT && ties === 0 && Number.isInteger(m) && Number.isInteger(n)
  return { u, p: isExact ? exactP(u, m, n) : normalP(u, m, n, ties) }
}

/** P(after > before) − P(after < before) for one number of each, −1 to 1 (Cliff 1993); null without numbers in both arms. */
export function cliffsDelta(before: Distribution, after: Distribution): number | null {
  const pairs = before.total * after.total
  return pairs === 0 ? null : 1 - (2 * rankPairs(before, after).u) / pairs
}

function rankPairs(before: Distribution, after: Distribution): Ranks {
  let u = 0
  let ties = 0
  let passed = 0
  for (let i = 0, j = 0; i < before.values.length || j < after.values.length; ) {
    const value = Math.min(before.values[i] ?? Infinity, after.values[j] ?? Infinity)
    const ofBefore = before.values[i] === value ? before.counts[i++]! : 0
    const ofAfter = after.values[j] === value ? after.counts[j++]! : 0
    u += ofBefore * (passed + ofAfter / 2)
    passed += ofAfter
    const together = ofBefore + ofAfter
    ties += together ** 3 - together
  }
  return { u, ties }
}

function normalP(u: number, m: number, n: number, ties: number): number {
  const both = m + n
  const variance = ((m * n) / 12) * (both + 1 - ties / (both * (both - 1)))
  if (!(variance > 0)) return 1
  const distance = Math.abs(u - (m * n) / 2) - 0.5
  return Math.min(1, 2 * normalCdf(-distance / Math.sqrt(variance)))
}

/** Of all orders of the numbers, those with a U at least as far out. */
function exactP(u: number, m: number, n: number): number {
  const frequencies = countOrders(Math.min(m, n), Math.max(m, n))
  const all = frequencies.reduce((sum, frequency) => sum + frequency, 0)
  const furthest = Math.max(u, m * n - u)
  let beyond = 0
  for (let at = furthest; at < frequencies.length; at += 1) beyond += frequencies[at]!
  return Math.min(1, (2 * beyond) / all)
}

/** How many orders of `few` and `many` numbers have each U: the coefficients of Gauss's binomial. */
function countOrders(few: number, many: number): Float64Array {
  const counts = new Float64Array(few * many + 1)
  counts[0] = 1
  for (let i = 1; i <= few; i += 1) {
    const [up, down] = [many + i, i]
    for (let at = counts.length - 1; at >= up; at -= 1) counts[at]! -= counts[at - up]!
    for (let at = down; at < counts.length; at += 1) counts[at]! += counts[at - down]!
  }
  return counts
}
