/** Whether a target is missed always or sometimes, and since when: sentences under the strips of hours and days. */
import type { Changes, Deploy } from '../evidence/changes.js'
import type { MissedHours } from '../evidence/times.js'
import { formatCount, formatShare } from '../units.js'
import { formatTime } from './times.js'

const WEEKDAYS = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays']
const NEARLY_ALWAYS = 0.9
/** That are named. */
const MOST_NAMED = 3

/** `Sometimes missed: in 3 of 160 hours …`. */
export function describeMissed({ hours, missed, fewest, objective, ...worst }: MissedHours): string {
  if (hours === 0) return `No hour has the ${fewest} requests that it takes to judge it by itself.`
  const [good, enough] = [formatShare(objective), `with at least ${fewest} requests`]
  const all = hours === 1 ? 'the one hour' : `all ${formatCount(hours)} hours`
  if (missed === 0) return `Never missed: in ${all} ${enough}, ${good} or more were good.`
  if (missed === hours) return `Always missed: in ${all} ${enough}, under ${good} were good.`
  const often = missed < NEARLY_ALWAYS * hours ? 'Sometimes' : 'Nearly always'
  const found = `${often} missed: in ${formatCount(missed)} of ${formatCount(hours)} hours ${enough}, under ${good} were good`
  const named = [
    ...worst.worstHours.map(
      ({ hour, missed, of }) => `from ${hour}:00 to ${hour + 1}:00 (${missed} of ${of} days)`,
    ),
    ...worst.worstWeekdays.map(
      ({ weekday, missed, of }) => `on ${WEEKDAYS[weekday - 1]} (${missed} of ${of} as a whole)`,
    ),
  ]
  return named.length === 0
    ? `${found}; no hour of the day and no weekday stands out.`
    : `${found}, most often ${named.slice(0, MOST_NAMED).join(', ')}.`
}

/** One sentence a change, the last one first; one that there is none. Empty with too few days to tell. */
export function describeChanges(changes: Changes | null): string[] {
  if (changes === null) return []
  if (changes.points.length === 0)
    return ['No lasting change: the days differ by no more than chance explains.']
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
