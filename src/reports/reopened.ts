/** A fix that didn't last, in words. Plain text that is not escaped. */
import type { Interval } from '../stats/intervals.js'
import type { StoryOutcome, StoryReopening } from '../stories/schema.js'
import { formatCount, formatDuration, formatPoints, formatShare } from '../units.js'
import { formatTyped } from './hypothesis-words.js'
import { formatDay } from './times.js'

/** What triage found. */
export interface Reopened {
  story: string
  title: string
  status: string
  /** The first day, in the workbook's time zone. */
  began: string
  /** Shares of good requests: from the fix to that day, and since. */
  before: number
  after: number
  /** 95%, of the change, over all looks. */
  interval: Interval | null
  under_ms: number
  around: string[]
}

export function describeReopened(one: Reopened): string[] {
  return describe(one, formatDuration(one.under_ms))
}

/** The same of a story's file. */
export function describeReopening(one: StoryReopening): string[] {
  const { at, before, after, outcome } = one
  if (before === null || after === null) {
    const days = outcome?.until ? `; its outcome is of the days to ${outcome.until}` : ''
    return [`re-opened on ${formatDay(at)} without a measurement${days}`]
  }
  return describe({ ...one, before, after }, one.outcome?.under ? formatTyped(one.outcome.under) : null)
}

type Told = Pick<Reopened, 'began' | 'before' | 'after' | 'interval' | 'around'>

function describe({ began, before, after, interval, around }: Told, under: string | null): string[] {
  const range =
    interval === null
      ? ''
      : `, 95% over all looks: ${formatPoints(interval[0])} to ${formatPoints(interval[1])}`
  const good = under === null ? 'good requests' : `requests good (under ${under}, no error)`
  return [
    `worse again since ${began}: ${formatShare(before)} → ${formatShare(after)} of ${good}; ${formatPoints(after - before)}${range}`,
    around.length === 0
      ? 'nothing is known to have changed around that day (deploys, versions, instances, flags)'
      : `around that day: ${around.join('; ')}`,
  ]
}

/** Of a fix that lasts so far; nothing before the first look. */
export function describeWatch({ watch }: StoryOutcome): string[] {
  if (watch === null || watch.day === null) return []
  const looks = watch.looks === 1 ? '1 look' : `${formatCount(watch.looks)} looks`
  return [`it lasted until ${watch.day} at least (${looks} by triage)`]
}
