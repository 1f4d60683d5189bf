/** How much of a window there is data of. */
import { timeLiteral } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'
import { DAY_MS } from '../units.js'

/** Without requests for longer than this, data is missing; a night or a weekend is only quiet. */
const QUIET_MS = 3 * DAY_MS

/**
 * The part of a window, 0 to 1, that lies between requests of any kind which are at most three days apart: also when these
 * are outside of the window. Misleads when a day or two of the log are missing, which look like quiet ones.
 */
export async function measureCoverage(store: Store, window: { from: string; to: string }): Promise<number> {
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)]
  const around = [from - QUIET_MS, to + QUIET_MS].map(ms => timeLiteral(new Date(ms).toISOString()))
  const hours = await store.all<Span>(
    `SELECT epoch_ms(min("time")) AS first, epoch_ms(max("time")) + 1 AS last FROM requests
     WHERE "time" >= ${around[0]} AND "time" < ${around[1]} GROUP BY floor(epoch_ms("time") / 3600000) ORDER BY first`,
  )
  const spans = joinSpans(hours)
  const known = spans.map(({ first, last }) => Math.max(0, Math.min(last, to) - Math.max(first, from)))
  return Math.min(1, known.reduce((sum, ms) => sum + ms, 0) / (to - from))
}

interface Span {
  /** Milliseconds since 1970. */
  first: number
  last: number
}

function joinSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of spans) {
    const before = joined.at(-1)
    if (before && span.first - before.last <= QUIET_MS) before.last = span.last
    else joined.push({ ...span })
  }
  return joined
}
