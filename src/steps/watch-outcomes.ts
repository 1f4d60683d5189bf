/** Whether fixes last: triage looks at closed stories once a day of data, and re-opens those that are as before. */
import { WhyslowError } from '../errors.js'
import { listChangesAround } from '../evidence/changes-around.js'
import { chooseUnit, countClusters, findCrowd } from '../evidence/count-clusters.js'
import { findNewestDay } from '../evidence/newest-day.js'
import type { Reopened } from '../reports/reopened.js'
import type { Part } from '../reports/working.js'
import { watchForDecay } from '../stats/decay-watch.js'
import { defaultSmallest } from '../stats/verdicts.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import { findConfirmed } from '../stories/hypotheses.js'
import type { Story } from '../stories/read-story.js'
import {
  fileLook,
  findWatched,
  REOPENED_STATUS,
  reopenStory,
  type WatchedOutcome,
} from '../stories/reopen-story.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { cohortOfStory } from './render-story.js'
import { targetOfStory } from './story-target.js'
import { checkStoryWhere } from './story-where.js'

export interface WatchedOutcomes {
  reopened: Reopened[]
  /** Closed stories whose fix is watched. */
  watched: number
  /** All that were given, as they are now; in a dry run as they would be. */
  stories: Story[]
  warnings: Warning[]
}

export interface WatchOptions {
  now: Date
  dryRun: boolean
  signal?: AbortSignal
  onProgress?: (story: string, part?: Part) => void
}

export async function watchOutcomes(
  workbook: Workbook,
  store: Store,
  stories: readonly Story[],
  options: WatchOptions,
): Promise<WatchedOutcomes> {
  const result: WatchedOutcomes = { reopened: [], watched: 0, stories: [], warnings: [] }
  const count = stories.filter(story => findWatched(story.frontMatter) !== null).length
  for (const story of stories) {
    const watched = findWatched(story.frontMatter)
    if (watched === null) {
      result.stories.push(story)
      continue
    }
    options.signal?.throwIfAborted()
    result.watched += 1
    options.onProgress?.(story.id, { index: result.watched, count })
    const seen = await lookAtOutcome(workbook, store, story, watched).catch(error =>
      explainUnseen(story, error),
    )
    if (seen.warning !== null) result.warnings.push(seen.warning)
    const now = await file(workbook, story, { watched, seen }, options)
    result.stories.push(now)
    // Not where a person changed the story meanwhile.
    const isReopened = now.frontMatter.reopened.length > story.frontMatter.reopened.length
    if (seen.decay !== null && isReopened) result.reopened.push(seen.decay)
  }
  return result
}

interface Seen {
  /** The newest day of data, where it was looked at. */
  day: string | null
  decay: Reopened | null
  warning: Warning | null
}

const NOTHING_NEW: Seen = { day: null, decay: null, warning: null }

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
    where: await checkStoryWhere(store, story),
    from: parseTime(since),
    to: null,
    cohort: cohortOfStory(workbook, { evidence: [outcome] }),
  }
  const day = await findNewestDay(store, slice, timezone)
  if (day === null || day <= until || day === outcome.watch?.day) return NOTHING_NEW
  const under_ms = targetOfStory(config, { ...frontMatter, under: outcome.under ?? frontMatter.under })
  // Each customer has a row for each day.
  const days = Math.ceil((Date.parse(day) - Date.parse(since)) / 86_400_000) + 1
  const crowd = await findCrowd(store, [slice], days)
  const { clusters, unmeasured } = await countClusters(store, slice, {
    under_ms,
    timezone,
    perDay: true,
    crowd,
  })
  if (unmeasured) return NOTHING_NEW
  const kept = new Set(clusters.flatMap(row => (row.day! <= until ? row.day! : [])))
  if (kept.size < FEWEST_DAYS)
    return { ...NOTHING_NEW, warning: warnGone(story, { since, until, days: kept.size }) }
  const decay = watchForDecay({
    rows: clusters,
    closed: until,
    gain: outcome.change ?? 0,
    smallest: findConfirmed(frontMatter)?.smallest ?? config.smallest ?? defaultSmallest(config.objective),
    noun: await chooseUnit(store, [slice]),
  }).look()
  if (decay === null) return { ...NOTHING_NEW, day }
  const around = await listChangesAround(store, slice, decay.began, timezone)
  const { id, title } = frontMatter
  return {
    day,
    decay: { story: id, title, status: REOPENED_STATUS, ...decay, under_ms, around },
    warning: null,
  }
}

/** Under this many days before the close nothing tells how good it was. */
const FEWEST_DAYS = 3

function warnGone(
  { id }: Story,
  { since, until, days }: { since: string; until: string; days: number },
): Warning {
  const found = days === 0 ? 'no day' : days === 1 ? '1 day' : `${days} days`
  return {
    code: 'outcome-unwatched',
    message: `Whether the fix of ${id} lasts can't be told: the outcome was measured on ${since.slice(0, 10)} to ${until}, and ${found} of that (at least ${FEWEST_DAYS} are needed) ${days === 1 ? 'is' : 'are'} in the data.`,
    next: 'Import the logs of these days',
  }
}

/** One story that can't be looked at doesn't keep triage from the others. */
function explainUnseen({ id }: Story, error: unknown): Seen {
  if (!(error instanceof WhyslowError)) throw error
  const message = `Whether the fix of ${id} lasts can't be told: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`
  const [next] = error.next
  return { ...NOTHING_NEW, warning: { code: 'outcome-unwatched', message, ...(next ? { next } : {}) } }
}

async function file(
  workbook: Workbook,
  story: Story,
  { watched: { outcome }, seen: { day, decay } }: { watched: WatchedOutcome; seen: Seen },
  { now, dryRun }: WatchOptions,
): Promise<Story> {
  if (day === null) return story
  const change = (frontMatter: Story['frontMatter']) => {
    const looked = fileLook(frontMatter, day, outcome)
    if (decay === null) return looked
    const { began, before, after, interval, around } = decay
    return reopenStory(looked, { at: isoSeconds(now), began, before, after, interval, around }, outcome)
  }
  if (dryRun) return { ...story, frontMatter: change(story.frontMatter) }
  return withWorkbookLock(workbook, () => updateStory(story, change))
}
