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

/**
 * Its outcome goes to the reopening, and what a person said of that fix to a note: it is of no other. Unchanged if it isn't closed by this
 * outcome any more.
 */
export function reopenStory(
  story: StoryFrontMatter,
  reopening: Omit<StoryReopening, 'outcome'>,
  watched: StoryOutcome,
): StoryFrontMatter {
  if (!isStillWatched(story, watched)) return story
  const entry = { ...reopening, outcome: story.outcome }
  const said = [
    ...(story.effort === null ? [] : [`effort ${story.effort}`]),
    ...(story.confidence === null ? [] : [`confidence ${story.confidence}`]),
  ]
  const note = { at: reopening.at, text: `Of the fix that didn’t last: ${said.join(', ')}.` }
  return {
    ...story,
    status: REOPENED_STATUS,
    outcome: null,
    effort: null,
    confidence: null,
    notes: said.length === 0 ? story.notes : [...story.notes, note],
    reopened: [...story.reopened, entry],
  }
}

/**
 * With the hypotheses, predictions and timeboxes alone that are of the next fix, not of the one that didn't last: those from when it was
 * slower again, and that fix's outcome was measured.
 */
export function sinceReopened(story: StoryFrontMatter): StoryFrontMatter {
  const last = story.reopened.at(-1)
  if (last === undefined) return story
  const { began, outcome } = last
  const start = Math.max(Date.parse(began), Date.parse(outcome?.at ?? began))
  const isSince = (time: string) => Date.parse(time) >= start
  return {
    ...story,
    hypotheses: story.hypotheses.filter(({ registered }) => isSince(registered)),
    predictions: story.predictions.filter(({ at }) => isSince(at)),
    timeboxes: story.timeboxes.filter(({ started }) => isSince(started)),
  }
}

export function fileLook(story: StoryFrontMatter, day: string, watched: StoryOutcome): StoryFrontMatter {
  if (!isStillWatched(story, watched) || story.outcome === null) return story
  const looks = (story.outcome.watch?.looks ?? 0) + 1
  return { ...story, outcome: { ...story.outcome, watch: { v1: null, looks, day, under: null } } }
}

function isStillWatched({ status, outcome }: StoryFrontMatter, watched: StoryOutcome): boolean {
  return status === 'closed' && outcome?.at === watched.at
}
