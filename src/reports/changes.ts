/** Whether a target is missed always or sometimes, and since when: sentences under the strips of hours and days. */
import type { Changes, Deploy } from '../evidence/changes.js'
import type { MissedHours } from '../evidence/times.js'
import { formatCount, formatShare } from '../units.js'
import { formatTime } from './times.js'

const WEEKDAYS = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays']
const NEARLY_ALWAYS = 0.9
/** That are named. */
const MOST_NAMED = 3

/** `Sometimes: under 95.0% good in 3 of 160 hours …`. */
export function describeMissed({ hours, missed, fewest, objective, ...worst }: MissedHours): string {
  if (hours === 0)
    return `Always or sometimes: no hour has the ${fewest} requests that it takes to judge it by itself.`
  const often =
    missed === 0
      ? 'Never'
      : missed === hours
        ? 'Always'
        : missed < NEARLY_ALWAYS * hours
          ? 'Sometimes'
          : 'Nearly always'
  const found = `${often}: under ${formatShare(objective)} good in ${formatCount(missed)} of ${formatCount(hours)} ${hours === 1 ? 'hour' : 'hours'} with at least ${fewest} requests`
  const named = [
    ...worst.worstHours
      .slice(0, MOST_NAMED)
      .map(({ hour, missed, of }) => `from ${hour}:00 to ${hour + 1}:00 (${missed} of ${of} days)`),
    ...worst.worstWeekdays
      .slice(0, MOST_NAMED)
      .map(({ weekday, missed, of }) => `on ${WEEKDAYS[weekday - 1]} (${missed} of ${of} days as a whole)`),
  ]
  if (named.length > 0) return `${found}, most often ${named.join(', ')}.`
  return missed === 0 || missed === hours
    ? `${found}.`
    : `${found}; no hour of the day and no weekday stands out.`
}

/** One sentence a change, the last one first; one that there is none. Empty with too few days to tell. */
export function describeChanges(changes: Changes | null): string[] {
  if (changes === null) return []
  if (changes.points.length === 0)
    return ['No day from which on another share was good: the days differ by no more than chance explains.']
  return changes.points
    .map(({ day, before, after, deploys }) => {
      const change = `Changed on ${day}: ${formatShare(before)} were good before, ${formatShare(after)} from then on.`
      return deploys.length === 0
        ? change
        : `${change} Deployed that day or the day before: ${nameDeploys(deploys)}.`
    })
    .reverse()
}

function nameDeploys(deploys: readonly Deploy[]): string {
  const named = deploys.slice(0, MOST_NAMED).map(({ time, version, commit }) => {
    return `${version ?? commit?.slice(0, 10) ?? 'a deploy'} at ${formatTime(time)} UTC`
  })
  const more = deploys.length - named.length
  return `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}
