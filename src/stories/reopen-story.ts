/** Whether a closed story's fix is watched, and what becomes of a story whose fix didn't last. Pure. */
import type { StoryFrontMatter, StoryOutcome, StoryReopening } from './schema.js'

export interface WatchedOutcome {
  outcome: StoryOutcome
  /** From when on the fix was there: ISO 8601, UTC. */
  since: string
  /** The newest day that the outcome was measured on. */
  until: string
}

/** Null for a story that is open, was closed without a measured gain, or doesn't say when its fix was deployed. */
export function findWatched({ status, outcome, fixes }: StoryFrontMatter): WatchedOutcome | null {
  if (status !== 'closed' || outcome?.verdict !== 'better') return null
  const deployed = fixes
    .flatMap(fix => fix.deployed ?? [])
    .filter(time => Date.parse(time) <= Date.parse(outcome.at))
    .sort((one, other) => Date.parse(one) - Date.parse(other))
  const since = outcome.since ?? deployed.at(-1) ?? null
  return since === null ? null : { outcome, since, until: outcome.until ?? outcome.at.slice(0, 10) }
}

/** As triage proposes what it finds: measured, and nobody has looked into it yet. */
export const REOPENED_STATUS = 'framed'

/** Its outcome goes to the reopening. Unchanged if it isn't closed by this outcome any more. */
export function reopenStory(
  story: StoryFrontMatter,
  reopening: Omit<StoryReopening, 'outcome'>,
  watched: StoryOutcome,
): StoryFrontMatter {
  if (!isStillWatched(story, watched)) return story
  const entry = { ...reopening, outcome: story.outcome }
  return { ...story, status: REOPENED_STATUS, outcome: null, reopened: [...story.reopened, entry] }
}

export function fileLook(story: StoryFrontMatter, day: string, watched: StoryOutcome): StoryFrontMatter {
  if (!isStillWatched(story, watched) || story.outcome === null) return story
  const looks = (story.outcome.watch?.looks ?? 0) + 1
  return { ...story, outcome: { ...story.outcome, watch: { v1: null, looks, day, under: null } } }
}

function isStillWatched({ status, outcome }: StoryFrontMatter, watched: StoryOutcome): boolean {
  return status === 'closed' && outcome?.at === watched.at
}
