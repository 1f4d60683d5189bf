/** Whether a closed story's fix is watched, and what becomes of a story whose fix didn't last. Pure. */
import { dayOf, plusDays, startOfDay } from '../store/days.js'
import { DAY_MS } from '../units.js'
import {
  isOver,
  type StoryFix,
  type StoryFrontMatter,
  type StoryOutcome,
  type StoryReopening,
  type StoryStatus,
} from './schema.js'
import { isoSeconds } from './timeboxes.js'

export interface WatchedOutcome {
  outcome: StoryOutcome
  /** From when on the fix was there: ISO 8601, UTC. */
  since: string
  /** The newest day that the outcome was measured on. */
  until: string
}

/** Null for a story that is open, was closed without a measured gain, or doesn't say when its fix was deployed. */
export function findWatched(
  { status, outcome, fixes }: StoryFrontMatter,
  timezone: string,
): WatchedOutcome | null {
  if (status !== 'closed' || outcome?.verdict !== 'better') return null
  const deployed = fixes
    .flatMap(fix => fix.deployed ?? [])
    .filter(time => Date.parse(time) <= Date.parse(outcome.at))
    .sort((one, other) => Date.parse(one) - Date.parse(other))
  const since = outcome.since ?? deployed.at(-1) ?? null
  return since === null ? null : { outcome, since, until: lastDayOf(outcome, timezone) }
}

function lastDayOf({ until, at }: StoryOutcome, timezone: string): string {
  return until ?? dayOf(at, timezone)
}

/** As triage proposes what it finds: measured, and nobody has looked into it yet. */
export const REOPENED_STATUS = 'framed'

/** See `reopen`. Unchanged if it isn't closed by this outcome any more. */
export function reopenStory(
  story: StoryFrontMatter,
  reopening: Omit<StoryReopening, 'outcome'>,
  watched: StoryOutcome,
): StoryFrontMatter {
  return isStillWatched(story, watched) ? reopen(story, REOPENED_STATUS, reopening) : story
}

/**
 * The story with another status. Where that opens a closed one, nobody knows since when it is slower again: since the days that its outcome
 * was measured on, as far as is known, or since now where they aren't over. See `reopen` for the rest. Where it is closed with nothing done
 * since, that was a mistake: it is closed by its outcome, as before.
 */
export function setStatus(
  story: StoryFrontMatter,
  status: StoryStatus,
  { now, timezone }: { now: Date; timezone: string },
): StoryFrontMatter {
  const { outcome } = story
  const before = status === 'closed' ? takeBack(story) : null
  if (before !== null) return before
  if (!isOver(story.status) || isOver(status) || outcome === null) return { ...story, status }
  const [next, today] = [plusDays(lastDayOf(outcome, timezone), 1), dayOf(now.getTime(), timezone)]
  const at = isoSeconds(now)
  const start =
    next > today ? { began: today, since: at } : { began: next, since: startOfDay(next, timezone) }
  const unknown = { before: null, after: null, interval: null, around: [] }
  return reopen(story, status, { at, ...start, ...unknown })
}

/** Closed as before a person opened it; null where that was measured, or something was done for the next fix. */
function takeBack(story: StoryFrontMatter): StoryFrontMatter | null {
  const { status, outcome, reopened } = story
  const last = reopened.at(-1)
  if (status === 'closed' || outcome !== null || last === undefined) return null
  if (last.after !== null || last.outcome === null) return null
  const isDone = findRound(story).fixes.length > 0 || sinceReopened(story).predictions.length > 0
  return isDone
    ? null
    : { ...story, status: 'closed', outcome: last.outcome, reopened: reopened.slice(0, -1) }
}

/** Its outcome goes to the reopening, and what a person said of that fix to a note: it is of no other. */
function reopen(
  story: StoryFrontMatter,
  status: StoryStatus,
  reopening: Omit<StoryReopening, 'outcome'>,
): StoryFrontMatter {
  const entry = { ...reopening, outcome: story.outcome }
  const said = [
    ...(story.effort === null ? [] : [`effort ${story.effort}`]),
    ...(story.confidence === null ? [] : [`confidence ${story.confidence}`]),
  ]
  const fix = reopening.after === null ? 'before it was re-opened' : 'that didn’t last'
  const note = { at: reopening.at, text: `Of the fix ${fix}: ${said.join(', ')}.` }
  return {
    ...story,
    status,
    outcome: null,
    effort: null,
    confidence: null,
    notes: said.length === 0 ? story.notes : [...story.notes, note],
    reopened: [...story.reopened, entry],
  }
}

/** From when on it was slower again, or may have been where nobody measured it: ISO 8601. */
export function startOf({ began, since }: Pick<StoryReopening, 'began' | 'since'>): string {
  return since ?? began
}

/** The last day that the fix lasted; null where nobody measured that, or it had gained nothing that was measured. */
export function lastedUntil({ began, after, outcome }: StoryReopening): string | null {
  return after !== null && outcome?.verdict === 'better' ? plusDays(began, -1) : null
}

/**
 * With the hypotheses, predictions and timeboxes alone that are of the next fix, not of the one that didn't last: those from when it was
 * slower again, and that fix's outcome was measured.
 */
export function sinceReopened(story: StoryFrontMatter): StoryFrontMatter {
  const last = story.reopened.at(-1)
  if (last === undefined) return story
  const began = startOf(last)
  const start = Math.max(Date.parse(began), Date.parse(last.outcome?.at ?? began))
  const isSince = (time: string) => Date.parse(time) >= start
  return {
    ...story,
    hypotheses: story.hypotheses.filter(({ registered }) => isSince(registered)),
    predictions: story.predictions.filter(({ at }) => isSince(at)),
    timeboxes: story.timeboxes.filter(({ started }) => isSince(started)),
  }
}

/** What was made since the story was last reopened, if it was: what was promised before that had its own outcome. */
export function findRound({ fixes, reopened }: Pick<StoryFrontMatter, 'fixes' | 'reopened'>): {
  /** Those that aren't deployed yet are of it, too, where they were named after the last fix of the round before. */
  fixes: StoryFix[]
  /** See `startOf`; null in the first round. */
  began: string | null
} {
  const last = reopened.at(-1)
  if (last === undefined) return { fixes, began: null }
  const began = startOf(last)
  const isEarlier = ({ deployed }: StoryFix) =>
    deployed !== null &&
    (isDay(deployed) ? deployed.slice(0, 10) < last.began : Date.parse(deployed) < Date.parse(began))
  const lastEarlier = fixes.findLastIndex(isEarlier)
  return {
    fixes: fixes.filter((fix, i) => (fix.deployed === null ? i > lastEarlier : !isEarlier(fix))),
    began,
  }
}

/** One that a person named by its day is kept as its midnight in UTC, whatever the time zone. */
function isDay(deployed: string): boolean {
  return Date.parse(deployed) % DAY_MS === 0
}

export function fileLook(story: StoryFrontMatter, day: string, watched: StoryOutcome): StoryFrontMatter {
  if (!isStillWatched(story, watched) || story.outcome === null) return story
  const looks = (story.outcome.watch?.looks ?? 0) + 1
  return { ...story, outcome: { ...story.outcome, watch: { looks, day } } }
}

function isStillWatched({ status, outcome }: StoryFrontMatter, watched: StoryOutcome): boolean {
  return status === 'closed' && outcome?.at === watched.at
}
