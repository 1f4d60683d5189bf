/** Timeboxes in a story's front matter. Pure: the clock is passed in. */
import { WhyslowError } from '../errors.js'
import { formatDuration, parseDuration } from '../units.js'
import type { StoryFrontMatter, StoryTimebox } from './schema.js'

export interface TimeboxStatus {
  story: string
  id: string
  started: string
  budget: string
  /** Milliseconds; negative when it is over. */
  left_ms: number
  elapsed_ms: number
}

export function findRunning(story: StoryFrontMatter): StoryTimebox | undefined {
  return story.timeboxes.find(timebox => timebox.stopped === null)
}

export function readTimebox(story: StoryFrontMatter, timebox: StoryTimebox, now: Date): TimeboxStatus {
  const elapsed = now.getTime() - Date.parse(timebox.started)
  return {
    story: story.id,
    id: timebox.id,
    started: timebox.started,
    budget: timebox.budget,
    left_ms: parseDuration(timebox.budget) - elapsed,
    elapsed_ms: elapsed,
  }
}

/** A new timebox. A story that was only told so far is now being investigated. */
export function startTimebox(story: StoryFrontMatter, budget: string, now: Date): StoryFrontMatter {
  const running = findRunning(story)
  if (running) {
    throw new WhyslowError(`A timebox of ${story.id} is running since ${running.started}.`, {
      next: [`whyslow timebox stop ${story.id} --learned "…" --ruled-out "…"`],
    })
  }
  if (!(parseDuration(budget) > 0)) throw new WhyslowError('A timebox needs a budget of more than 0.')
  const timebox: StoryTimebox = {
    id: nextId('t', story.timeboxes),
    started: isoSeconds(now),
    budget,
    stopped: null,
    learned: null,
    ruledOut: null,
    effort: null,
    profiles: [],
  }
  const early = story.status === 'reported' || story.status === 'framed'
  return {
    ...story,
    status: early ? 'investigating' : story.status,
    timeboxes: [...story.timeboxes, timebox],
  }
}

export interface Lessons {
  learned: string
  ruledOut?: string | null
  effort?: string | null
}

/** Ends the running timebox with a line on what was learned: without one it was only time. */
export function stopTimebox(story: StoryFrontMatter, lessons: Lessons, now: Date): StoryFrontMatter {
  const running = findRunning(story)
  if (!running) {
    throw new WhyslowError(`No timebox of ${story.id} is running.`, {
      next: [`whyslow timebox start ${story.id}`],
    })
  }
  if (lessons.learned.trim() === '')
    throw new WhyslowError('Expected a line on what was learned, found none.')
  const stopped: StoryTimebox = {
    ...running,
    stopped: isoSeconds(now),
    learned: lessons.learned,
    ruledOut: lessons.ruledOut || null,
    effort: lessons.effort || null,
  }
  return {
    ...story,
    timeboxes: story.timeboxes.map(timebox => (timebox.id === running.id ? stopped : timebox)),
  }
}

export function describeLeft(status: TimeboxStatus): string {
  return status.left_ms >= 0
    ? `${formatDuration(status.left_ms)} left of ${status.budget}`
    : `over by ${formatDuration(-status.left_ms)} (budget ${status.budget})`
}

/** `t3` after `t1`, `t2`: never an id that is taken. */
export function nextId(prefix: string, entries: { id: string }[]): string {
  const taken = new Set(entries.map(entry => entry.id))
  for (let number = entries.length + 1; ; number += 1)
    if (!taken.has(`${prefix}${number}`)) return `${prefix}${number}`
}

export function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
