/** How often a watch looks, as it is typed. */
import { WhyslowError } from '../errors.js'
import { formatRound } from '../reports/times.js'
import { DAY_MS, parseDuration } from '../units.js'

/** More often, a watch would only look. */
const LEAST_MS = 1000
/** Timers that are longer don't wait at all. */
const MOST_MS = 24 * DAY_MS

/** Milliseconds. Throws a `WhyslowError` for what no watch can keep to. */
export function readInterval(text: string, least_ms = LEAST_MS): number {
  const interval_ms = parseDuration(text)
  if (interval_ms >= least_ms && interval_ms <= MOST_MS) return interval_ms
  const range = `${formatRound(least_ms)} to ${formatRound(MOST_MS)}`
  throw new WhyslowError(`Expected an interval of ${range}, found “${text}”.`, {
    next: [interval_ms < least_ms ? '--interval 1s' : '--interval 1h'],
  })
}
