/** What changed around a day: deploys, and versions, instances and flags that came or went. */
import { plusDays } from '../store/days.js'
import { calendarDay } from '../store/dialect.js'
import { sqlName } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { saysHowItEnded } from './cause-columns.js'
import { listDeploys } from './changes.js'

/** Names of attributes that say which code, or which machine, answered. */
const TELLING =
  /version|release|revision|commit|build|deploy|flag|feature|variant|experiment|canary|instance|backend|server|pod|node|zone|region|cluster/i
/** Shorter ones, which have to be a word of their own. */
const TELLING_WORDS = new Set(['rev', 'sha', 'tag', 'image', 'host', 'az', 'git'])

const MOST = 5
/** Of the requests since the day, or of those of the week before it: rarer values come and go by chance. */
const LEAST_SHARE = 0.01
/** More that came or went than these are counted, not named. */
const MOST_NAMED = 2
const LONGEST = 60
const WEEK = 7

/**
 * Sentences, what explains most first; at most five. Values are as the log has them, so they are escaped where they are shown. A value
 * came when it was first seen on the day or the days beside it, and there is data of before; it went when these are the first without it,
 * or the last with it, and there is data of after.
 */
export async function listChangesAround(
  store: Store,
  slice: Slice,
  day: string,
  timezone: string,
): Promise<string[]> {
  const deploys = await listDeploys(store, plusDays(day, -1), plusDays(day, 1), timezone)
  const deployed = deploys.map(({ time, version, commit }) => {
    const when = `${time.slice(0, 16).replace('T', ' ')} UTC`
    if (version !== null) return `version ${cut(version)} deployed ${when}`
    return commit === null ? `a deploy ${when}` : `commit ${cut(commit)} deployed ${when}`
  })
  const turned: string[] = []
  for (const column of await listTelling(store)) {
    const values = await readValues(store, slice, { sql: column.sql, day, timezone })
    // A version that was deployed is named with its time already.
    const named = values.filter(({ value }) => !deploys.some(({ version }) => version === value))
    turned.push(...describeTurn(column.name, named, day))
  }
  // A row of deploys doesn't crowd out what the requests say.
  const room = turned.length === 0 ? MOST : MOST - Math.min(turned.length, 3)
  return [...deployed.slice(0, room), ...turned].slice(0, MOST)
}

async function listTelling(store: Store): Promise<{ name: string; sql: string }[]> {
  const attributes = await store.all<{ column_name: string }>('DESCRIBE SELECT attrs.* FROM requests')
  const names = attributes
    .map(row => row.column_name)
    .filter(name => !saysHowItEnded(name) && isTelling(name))
  return [
    ...names.map(name => ({ name, sql: `CAST(attrs.${sqlName(name)} AS VARCHAR)` })),
    { name: 'upstream', sql: 'upstream' },
  ]
}

function isTelling(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
  // The version of the protocol, or of TLS, is the client's.
  if (words.some(word => ['protocol', 'http', 'tls', 'ssl'].includes(word))) return false
  return TELLING.test(name) || words.some(word => TELLING_WORDS.has(word))
}

interface SeenValue {
  value: string
  first: string
  last: string
  /** Of the requests since the day, and of those of the week before it. */
  since: number
  before: number
  oldest: string
  newest: string
}

async function readValues(
  store: Store,
  slice: Slice,
  { sql, day, timezone }: { sql: string; day: string; timezone: string },
): Promise<SeenValue[]> {
  const where = await slicePredicate(store, slice)
  return store.all<SeenValue>(
    `WITH counted AS (SELECT ${sql} AS value, ${calendarDay('"time"', timezone)} AS day, sum(weight) AS requests
       FROM requests WHERE ${where} GROUP BY ALL),
     edges AS (SELECT min(day) AS oldest, max(day) AS newest,
       sum(requests) FILTER (day >= $1) AS all_since, sum(requests) FILTER (day >= $2 AND day < $1) AS all_before FROM counted),
     seen AS (SELECT value, min(day) AS first, max(day) AS last,
       coalesce(sum(requests) FILTER (day >= $1), 0) AS since, coalesce(sum(requests) FILTER (day >= $2 AND day < $1), 0) AS before
       FROM counted WHERE value IS NOT NULL AND value <> '' GROUP BY value)
     SELECT value, first, last, oldest, newest, coalesce(since / all_since, 0) AS since, coalesce(before / all_before, 0) AS before
     FROM seen, edges WHERE first >= $3 OR last <= $4 ORDER BY greatest(seen.since, seen.before) DESC, value`,
    [day, plusDays(day, -WEEK), plusDays(day, -1), plusDays(day, 1)],
  )
}

function describeTurn(name: string, values: readonly SeenValue[], day: string): string[] {
  const [dayBefore, dayAfter] = [plusDays(day, -1), plusDays(day, 1)]
  const came = values.filter(
    ({ first, since, oldest }) =>
      first >= dayBefore && first <= dayAfter && oldest < dayBefore && since >= LEAST_SHARE,
  )
  const went = values.filter(
    ({ last, before, newest }) =>
      last >= plusDays(day, -2) && last <= dayAfter && newest > dayAfter && before >= LEAST_SHARE,
  )
  if (came.length === 1 && went.length === 1)
    return [`${name} ${cut(came[0]!.value)} instead of ${cut(went[0]!.value)}`]
  return [...tell(name, came, 'new'), ...tell(name, went, 'gone')]
}

function tell(name: string, values: readonly SeenValue[], how: 'new' | 'gone'): string[] {
  const named = values.slice(0, MOST_NAMED).map(({ value }) => cut(value))
  const more = values.length - named.length
  if (named.length === 0) return []
  const verb = values.length === 1 ? 'is' : 'are'
  return [
    `${name} ${named.join(more > 0 ? ', ' : ' and ')}${more > 0 ? ` and ${more} more` : ''} ${verb} ${how}`,
  ]
}

function cut(text: string): string {
  const letters = [...text]
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : text
}
