/** Whether a fix lasts: each day the newest days are held against those since the fix, from every day on that they may begin. */
import type { ClusterCount } from './clusters.js'
import { compareShares } from './compare-shares.js'
import {
  FEWEST_TO_WATCH,
  findBoundary,
  LEAST_DF_TO_WATCH,
  lookAgain,
  reachOver,
  type SequenceState,
  WATCH_ALPHA,
} from './confidence-sequence.js'
import { changeAt, shareOfDays, sumUpDays } from './day-sums.js'
import type { Interval } from './intervals.js'

export interface DecayQuestion {
  /** Each with its day, from the fix on. */
  rows: readonly ClusterCount[]
  /** The last day that the outcome was measured on: later ones are watched. */
  closed: string
  /** What the fix gained, as a share. */
  gain: number
  /** The smallest change of the share worth having. */
  smallest: number
  /** What a cluster is called in reasons. */
  noun?: string
}

export interface Decay {
  /** The first day of what is lower. */
  began: string
  /** Shares of good requests, from the fix to that day, and since. */
  before: number
  after: number
  /** Of the change, over all looks and all days on which it may have begun. */
  interval: Interval
}

export interface DecayWatch {
  /** Those with requests. */
  days: readonly string[]
  /** At the data up to the end of this day, by its position; the newest day unless said otherwise. */
  look(day?: number): Decay | null
  /** Whether the newest day could tell a decay at all: not under a week after the close, nor with too few clusters. */
  tells(): boolean
}

/** A week, so that the days that are held against the others have a weekend, as those have. */
export const FEWEST_DAYS_OF_DECAY = 7
/** As `compareShares` has it: how much days differ can be told from here on. */
const FEWEST_DAYS_BEFORE = 3
/**
 * Of a quarter of a year. Those of one week hold nearly the same days, so a week counts as one: by simulation, some interval of the 84
 * days by 90 looks leaves out 0 in at most 3% of fixes that hold. Undivided, that would do where days have nothing in common (2%), but not
 * where they resemble each other (12% at a correlation of 0.5, 21% at 0.7).
 */
const WEEKS_OF_STARTS = 13
/** Of the gain: what keeps more of it than the rest is no decay, however sure it is. */
const PART_OF_GAIN = 0.25

/**
 * One confidence sequence (see `lookAgain`) for each day after the close: the days from it on against those from the fix to it. So good
 * days before a decay don't dilute it. Together they raise 5% of false alarms a quarter at most. A day's sequence begins a week after it.
 * A decay is at least the smallest change worth having and a quarter of the gain; it began on the day that parts the others best.
 *
 * All is worked out from the counts, so nothing is kept from look to look; the day in the story only keeps one from looking twice.
 *
 * Misleads where the mix of requests changes for good (that isn't the fix), and where days strongly resemble each other.
 */
export function watchForDecay(question: DecayQuestion): DecayWatch {
  const { rows, closed, gain, smallest, noun } = question
  const sums = sumUpDays(rows)
  const { days } = sums
  const firstAfter = days.findIndex(day => day > closed)
  const first = firstAfter < 0 ? days.length : Math.max(FEWEST_DAYS_BEFORE, firstAfter)
  const least = Math.max(smallest, PART_OF_GAIN * gain)
  const alpha = WATCH_ALPHA / WEEKS_OF_STARTS
  const states = new Map<number, SequenceState & { since: number }>()

  /** From its first look that counts on, which never changes. Null before it. */
  function stateOf(start: number, end: number): SequenceState | null {
    const known = states.get(start)
    if (known) return end >= known.since ? known : null
    for (let since = start + FEWEST_DAYS_OF_DECAY; since <= end; since += 1) {
      const { variance, df, clusters } = changeAt(sums, start, since)
      if (clusters < FEWEST_TO_WATCH || df < LEAST_DF_TO_WATCH || variance === 0) continue
      states.set(start, { v1: variance, since })
      return { v1: variance }
    }
    return null
  }

  /** Of the days whose interval excludes 0 the one that parts the days best, by least squares, then the one that is told best. */
  function findStarts(end: number): Start[] {
    let best: Start | null = null
    let surest: Start | null = null
    for (let start = first; start + FEWEST_DAYS_OF_DECAY <= end; start += 1) {
      const value = shareOfDays(sums, start, end) - shareOfDays(sums, 0, start)
      if (!(value <= -least)) continue
      const state = stateOf(start, end)
      if (state === null) continue
      const { variance, df } = changeAt(sums, start, end)
      const boundary = findBoundary(state.v1!, variance, alpha)
      // Student's t is never closer than the normal distribution, and costs more.
      if (-value <= boundary * Math.sqrt(variance)) continue
      const told = -value / reachOver(variance, df, boundary)
      if (told <= 1) continue
      const found = { start, state, told, parts: value ** 2 * start * (end - start) }
      if (best === null || found.parts > best.parts) best = found
      if (surest === null || told > surest.told) surest = found
    }
    return best === null || surest === null ? [] : [...new Set([best, surest])]
  }

  /** With all that a comparison is careful about: days that are alike, a customer that decides alone. */
  function judge({ start, state }: Start, end: number): Decay | null {
    const began = days[start]!
    const newest = days[end - 1]!
    const comparison = compareShares({
      before: rows.filter(row => row.day! < began),
      after: rows.filter(row => row.day! >= began && row.day! <= newest),
      apartInTime: true,
      smallest,
      ...(noun === undefined ? {} : { noun }),
    })
    const { verdict, interval } = lookAgain(comparison, state, noun, alpha)
    if (verdict !== 'worse' || interval === null) return null
    return { began, before: shareOfDays(sums, 0, start), after: shareOfDays(sums, start, end), interval }
  }

  return {
    days,
    look(day = days.length - 1) {
      for (const start of findStarts(day + 1)) {
        const decay = judge(start, day + 1)
        if (decay !== null) return decay
      }
      return null
    },
    tells() {
      for (let start = first; start + FEWEST_DAYS_OF_DECAY <= days.length; start += 1) {
        const { clusters, df, variance } = changeAt(sums, start, days.length)
        if (clusters >= FEWEST_TO_WATCH && (variance === 0 || df >= LEAST_DF_TO_WATCH)) return true
      }
      return false
    },
  }
}

interface Start {
  start: number
  state: SequenceState
  /** The change in intervals' half widths. */
  told: number
  /** The weighted sum of squares between both sides, a day like any other. */
  parts: number
}
