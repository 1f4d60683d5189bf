/** Regressions that are accepted for a while. Pure. */

import type { JudgedWaiver } from './comparison.js'
import { kindOf } from './metrics.js'
import type { Waiver } from './scenario.js'

/** `value`: what was measured of its metric; null where it wasn't. A waiver holds through the day on which it expires, in UTC. */
export function judgeWaiver(waiver: Waiver, value: number | null, now: Date): JudgedWaiver {
  const isOver = now.toISOString().slice(0, 10) > waiver.expires
  const isBeyond =
    value !== null && (kindOf(waiver.metric).worse === 'up' ? value > waiver.ceiling : value < waiver.ceiling)
  return { ...waiver, state: isOver ? 'expired' : isBeyond ? 'exceeded' : 'holds' }
}
