/** Since when it is slow, as far as the days that were looked at can say. */
import type { Look } from '../evidence/look.js'
import { formatShare } from '../units.js'

/** Days with fewer requests say nothing. */
const FEWEST_REQUESTS = 30
/** A step smaller than this is not called one, in shares. */
const SMALLEST_STEP = 0.02
/** A step is this much larger than what the days on its sides differ by; a slope isn't. */
const MOST_SPREAD = 1.5

/**
 * The day of a step downwards, when every day behind it was worse than every day in front of it, by more than days differ among
 * themselves. Else it was so from the first day on, and may have been before. A description, not a test.
 */
export function describeSince(days: Look['days']): string {
  const known = days.filter(day => day.underShare !== null && day.requests >= FEWEST_REQUESTS)
  const shares = known.map(day => day.underShare!)
  const [first] = known
  if (first === undefined) return ''
  for (let at = 2; at <= known.length - 2; at += 1) {
    const before = shares.slice(0, at)
    const after = shares.slice(at)
    const step = Math.min(...before) - Math.max(...after)
    if (step >= SMALLEST_STEP && step > MOST_SPREAD * Math.max(spread(before), spread(after))) {
      return `${known[at]!.day} (${formatShare(mean(known.slice(0, at)))} of requests were good on the days before, ${formatShare(mean(known.slice(at)))} from then on)`
    }
  }
  return `${first.day} or earlier: that is where the data starts`
}

function spread(values: number[]): number {
  return Math.max(...values) - Math.min(...values)
}

function mean(days: Look['days']): number {
  const requests = days.reduce((sum, day) => sum + day.requests, 0)
  return days.reduce((sum, day) => sum + day.underShare! * day.requests, 0) / requests
}
