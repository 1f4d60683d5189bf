/** How much of a window there is data of. */
import { timeLiteral } from '../store/dialect.js'
import type { Store } from '../store/open-store.js'

/** A gap this long is missing data, a shorter one a quiet time: a day of four weeks, six hours of one. */
const PARTS = 28

/**
 * The part of a window, 0 to 1, that lies behind the first request of any kind in it and before the last one, without
 * the 28ths of the window in which there is none at all. Misleads on a service that nobody uses for days.
 */
export async function measureCoverage(store: Store, window: { from: string; to: string }): Promise<number> {
  const from = Date.parse(window.from)
  const part = (Date.parse(window.to) - from) / PARTS
  const rows = await store.all<{ part: number; first: number; last: number }>(
    `SELECT floor((epoch_ms("time") - ${from}) / ${part}) AS part, epoch_ms(min("time")) AS first, epoch_ms(max("time")) AS last
     FROM requests WHERE "time" >= ${timeLiteral(window.from)} AND "time" < ${timeLiteral(window.to)} GROUP BY ALL ORDER BY ALL`,
  )
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return 0
  const before = first.first - (from + first.part * part)
  const after = from + (last.part + 1) * part - last.last
  return Math.min(1, Math.max(0, (rows.length * part - before - after) / (PARTS * part)))
}
