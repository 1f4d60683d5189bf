/** How often a watch looks, as it is typed. */
import { WhyslowError } from '../errors.js'
import { formatRound } from '../reports/times.js'
import { parseDuration } from '../units.js'

/** More often, it would only look. */
const LEAST_MS = 1000
/** Timers that are longer don't wait at all. */
const MOST_MS = 24 * 86_400_000

/** Milliseconds. Throws a `WhyslowError` for what no watch can keep to. */
export function readInterval(text: string): number {
  const interval_ms = parseDuration(text)
  if (interval_ms >= LEAST_MS && interval_ms <= MOST_MS) return interval_ms
  const range = `${formatRound(LEAST_MS)} to ${formatRound(MOST_MS)}`
  throw new WhyslowError(`Expected an interval of ${range}, found “${text}”.`, {
    next: [interval_ms < LEAST_MS ? '--interval 1s' : '--interval 1h'],
  })
}
