/** What it is worth in a month that no session of a page is slower than a target. */
import { placeOnShape } from '../stats/fit-shelf.js'
import type { Interval } from '../stats/intervals.js'
import type { Shelf } from '../stats/judge-tolerance.js'
import { divideSpan, fitSteps } from '../stats/step-gains.js'
import { totalBins, type Visits } from '../stats/visits.js'
import { DAY_MS } from '../units.js'
import type { SessionCounts } from './sessions.js'

/** More sessions that go on in a month, if every one that was slower than the target had taken just as long as that. */
export interface Worth {
  sessions: number
  /** 95%, over customers. */
  interval: Interval
  money: { monthly: number; interval: Interval } | null
}

const MONTH_DAYS = 30
/** Shorter data says nothing of a month. A day less what is still open at its end counts as one. */
export const LEAST_DAYS = 0.9
/** Steps below and above the target: the curve bends there, and a few straight ones would put the share at the target too high. Fewer of little data. */
const STEPS = [
  { below: 3, above: 5 },
  { below: 2, above: 3 },
  { below: 1, above: 1 },
]
/** Of the interval: the target was found in the same data, where it looks best. Then 95% hold the truth (simulated). */
const LEVEL = 0.975

/** Between the first and the last session that is counted. */
export function daysOf({ from, to }: SessionCounts['window']): number {
  return from === null || to === null ? 0 : (Date.parse(to) - Date.parse(from)) / DAY_MS
}

/**
 * What the same client gains from its own time to the target, of all slower visits together: not from the mean of the faster ones, who go on
 * more often still where the curve falls below the target as well. Null of less than a day, and where visits are too few for the steps.
 */
export function valueShelf(
  visits: Visits,
  shelf: Shelf,
  {
    under_ms,
    days,
    sampledBy,
    value,
  }: {
    under_ms: number
    days: number
    sampledBy: number
    /** Of one more session that goes on; without, no money. */
    value: number | null
  },
): Worth | null {
  if (days < LEAST_DAYS) return null
  const found = gainAtTarget(visits, shelf, under_ms)
  if (found === null) return null
  const monthly = (sampledBy * MONTH_DAYS) / days
  const interval = found.interval.map(gain => gain * monthly) as Interval
  const sessions = found.gain * monthly
  const money =
    value === null
      ? null
      : { monthly: sessions * value, interval: interval.map(end => end * value) as Interval }
  return { sessions, interval, money }
}

/** Visits that would go on more, of all there were. */
export function gainAtTarget(
  visits: Visits,
  shelf: Shelf,
  under_ms: number,
): { gain: number; interval: Interval } | null {
  for (const steps of STEPS) {
    const found = gainInSteps(visits, shelf, { under_ms, ...steps })
    if (found !== null) return found
  }
  return null
}

function gainInSteps(
  visits: Visits,
  { to_ms, below: fast }: Shelf,
  { under_ms, below, above }: { under_ms: number; below: number; above: number },
): { gain: number; interval: Interval } | null {
  const faster =
    fast !== null && fast.from_ms < under_ms ? divideSpan(fast.from_ms, under_ms, below).slice(0, -1) : []
  const knots = [...faster, ...divideSpan(under_ms, to_ms, above)]
  const ms = visits.bins.map(bin => bin.ms)
  const counts = totalBins(visits).visits
  const parts = knots.slice(1).map((to, step) => {
    if (step < faster.length) return 0
    const place = placeOnShape(ms, { from_ms: knots[step]!, to_ms: to })
    return counts.reduce((sum, count, i) => sum + count * place[i]!, 0)
  })
  return fitSteps(visits, knots)?.gainOf(parts, LEVEL) ?? null
}
