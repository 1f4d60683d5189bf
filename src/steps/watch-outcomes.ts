/** Whether fixes last: triage looks at closed stories once a day of data, and re-opens those that are as before, once all is measured. */
import { WhyslowError } from '../errors.js'
import { listChangesAround } from '../evidence/changes-around.js'
import { chooseUnit, countClusters, findCrowd } from '../evidence/count-clusters.js'
import { findNewestDay } from '../evidence/newest-day.js'
import type { Reopened } from '../reports/reopened.js'
import type { Waiting, Watched } from '../reports/triage.js'
import type { Part } from '../reports/working.js'
import { FEWEST_DAYS_OF_DECAY, watchForDecay } from '../stats/decay-watch.js'
import { defaultSmallest } from '../stats/verdicts.js'
import { startOfDay } from '../store/days.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import type { Story } from '../stories/read-story.js'
import {
  fileLook,
  findWatched,
  REOPENED_STATUS,
  reopenStory,
  type WatchedOutcome,
} from '../stories/reopen-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import { DAY_MS } from '../units.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { cohortOfStory } from './render-story.js'
import { targetOfStory } from './story-target.js'
import { requireStoryWhere } from './story-where.js'

export interface WatchedOutcomes {
  watched: Watched
  /** Not written yet, see `fileLooks`. */
  looks: Look[]
  /** All that were given, as they will be. */
  stories: Story[]
  warnings: Warning[]
}

/** What is filed of a story that was looked at. */
export interface Look {
  story: Story
  decay: Reopened | null
  change: (frontMatter: StoryFrontMatter) => StoryFrontMatter
}

export interface WatchOptions {
  now: Date
  signal?: AbortSignal
  onProgress?: (story: string, part?: Part) => void
}

export async function watchOutcomes(
  workbook: Workbook,
  store: Store,
  stories: readonly Story[],
  options: WatchOptions,
): Promise<WatchedOutcomes> {
  const result: WatchedOutcomes = {
    watched: { looked: 0, early: 0, unseen: 0, waiting: [] },
    looks: [],
    stories: [],
    warnings: [],
  }
  const count = stories.filter(
    story => findWatched(story.frontMatter, workbook.config.timezone) !== null,
  ).length
  let index = 0
  for (const story of stories) {
    const watched = findWatched(story.frontMatter, workbook.config.timezone)
    if (watched === null) {
      result.stories.push(story)
      continue
    }
    options.signal?.throwIfAborted()
    index += 1
    options.onProgress?.(story.id, { index, count })
    const seen = await lookAtOutcome(workbook, store, story, watched).catch(error =>
      unseen(warnOf(story, error)),
    )
    result.watched[seen.how] += 1
    if (seen.how === 'early') result.watched.waiting.push({ story: story.id, ...seen.waited })
    if (seen.warning !== null) result.warnings.push(seen.warning)
    const { decay } = seen
    const when = { now: options.now, timezone: workbook.config.timezone }
    const change = (frontMatter: StoryFrontMatter) => changeBy(frontMatter, watched, seen, when)
    result.stories.push({ ...story, frontMatter: change(story.frontMatter) })
    if (seen.day !== null) result.looks.push({ story, decay, change })
  }
  return result
}

/** Those that were re-opened, and all as they are now: not where a person changed the story meanwhile. One that can't be written takes no word from the others. */
export async function fileLooks(
  workbook: Workbook,
  looks: readonly Look[],
): Promise<{ reopened: Reopened[]; stories: Story[]; warnings: Warning[] }> {
  const reopened: Reopened[] = []
  const stories: Story[] = []
  const warnings: Warning[] = []
  for (const { story, decay, change } of looks) {
    const filed = withWorkbookLock(workbook, () => updateStory(story, change))
    const now = await filed.catch(error => {
      warnings.push(warnOf(story, error))
      return story
    })
    stories.push(now)
    const isReopened = now.frontMatter.reopened.length > story.frontMatter.reopened.length
    if (decay !== null && isReopened) reopened.push(decay)
  }
  return { reopened, stories, warnings }
}

type Seen = (
  | { how: 'looked' | 'unseen' }
  /** With the days of data after the close. */
  | { how: 'early'; waited: Omit<Waiting, 'story'> }
) & {
  /** The newest day of data, where it was looked at anew. */
  day: string | null
  decay: Reopened | null
  warning: Warning | null
}

const NOTHING = { day: null, decay: null, warning: null }
const LOOKED: Seen = { how: 'looked', ...NOTHING }

function early(days: number): Seen {
  return { how: 'early', waited: { days, of: FEWEST_DAYS_OF_DECAY }, ...NOTHING }
}

async function lookAtOutcome(
  workbook: Workbook,
  store: Store,
  story: Story,
  { outcome, since, until }: WatchedOutcome,
): Promise<Seen> {
  const { config } = workbook
  const { timezone } = config
  const { frontMatter } = story
  const slice: Slice = {
    where: await requireStoryWhere(store, story),
    from: parseTime(since),
    to: null,
    cohort: cohortOfStory(workbook, { evidence: [outcome] }),
  }
  const day = await findNewestDay(store, slice, timezone)
  if (day === null || day <= until) return early(0)
  if (day === outcome.watch?.day) return LOOKED
  const under_ms = targetOfStory(config, { ...frontMatter, under: outcome.under ?? frontMatter.under })
  // Each customer has a row for each day.
  const days = Math.ceil((Date.parse(day) - Date.parse(since)) / DAY_MS) + 1
  const crowd = await findCrowd(store, [slice], days)
  const { clusters, unmeasured } = await countClusters(store, slice, {
    under_ms,
    timezone,
    perDay: true,
    crowd,
  })
  if (unmeasured) return unseen(warnUnseen(story, 'its requests have no duration.', 'whyslow sources'))
  const kept = new Set(clusters.flatMap(row => (row.day! <= until ? row.day! : [])))
  if (kept.size < FEWEST_DAYS) return unseen(warnGone(story, { since, until, days: kept.size }))
  const watch = watchForDecay({
    rows: clusters,
    closed: until,
    gain: outcome.change ?? 0,
    smallest: outcome.smallest ?? config.smallest ?? defaultSmallest(config.objective),
    noun: await chooseUnit(store, [slice]),
  })
  const decay = watch.look()
  if (decay === null) {
    return watch.tells() ? { ...LOOKED, day } : early(watch.days.filter(one => one > until).length)
  }
  const around = await listChangesAround(store, slice, decay.began, timezone)
  const { id, title } = frontMatter
  return {
    ...LOOKED,
    day,
    decay: { story: id, title, status: REOPENED_STATUS, ...decay, under_ms, around },
  }
}

/** Under this many days before the close nothing tells how good it was. */
const FEWEST_DAYS = 3

function warnGone(
  story: Story,
  { since, until, days }: { since: string; until: string; days: number },
): Warning {
  const found = days === 0 ? 'no day' : days === 1 ? '1 day' : `${days} days`
  return warnUnseen(
    story,
    `the outcome was measured on ${since.slice(0, 10)} to ${until}, and ${found} of that (at least ${FEWEST_DAYS} are needed) ${days === 1 ? 'is' : 'are'} in the data.`,
    'Import the logs of these days',
  )
}

/** One story that can't be looked at doesn't keep triage from the others. */
function warnOf(story: Story, error: unknown): Warning {
  if (!(error instanceof WhyslowError)) throw error
  return warnUnseen(story, error.message.replaceAll(/\s*\n\s*/g, ' '), error.next[0])
}

function warnUnseen({ id }: Story, why: string, next?: string): Warning {
  const message = `Whether the fix of ${id} lasts can't be told: ${why}`
  return { code: 'outcome-unwatched', message, ...(next ? { next } : {}) }
}

function unseen(warning: Warning): Seen {
  return { how: 'unseen', ...NOTHING, warning }
}

function changeBy(
  frontMatter: StoryFrontMatter,
  { outcome }: WatchedOutcome,
  { day, decay }: Seen,
  { now, timezone }: { now: Date; timezone: string },
): StoryFrontMatter {
  if (day === null) return frontMatter
  const looked = fileLook(frontMatter, day, outcome)
  if (decay === null) return looked
  const { began, before, after, interval, around } = decay
  const since = startOfDay(began, timezone)
  return reopenStory(looked, { at: isoSeconds(now), began, since, before, after, interval, around }, outcome)
}
