/** Timeboxes in a story's front matter. Pure: the clock is passed in. */
import { WhyslowError } from '../errors.js'
import { formatDuration, parseDuration } from '../units.js'
import type { StoryFrontMatter, StoryTimebox } from './schema.js'

export interface TimeboxStatus {
  story: string
  id: string
  started: string
  /** As it was typed, with what it was extended by: `90m + 30m`. */
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
  const parts = budgetOf(timebox)
  return {
    story: story.id,
    id: timebox.id,
    started: timebox.started,
    budget: parts.join(' + '),
    left_ms: parts.reduce((sum, part) => sum + parseDuration(part), 0) - elapsed,
    elapsed_ms: elapsed,
  }
}

/** Milliseconds until the running timebox is over; without one there is no end. Throws when it is over. */
export function readTimeLeft(story: StoryFrontMatter, now: Date): number {
  const running = findRunning(story)
  if (!running) return Infinity
  const { left_ms, budget } = readTimebox(story, running, now)
  if (left_ms < 1000) {
    throw new WhyslowError(`The timebox of ${story.id} is over (budget ${budget}).`, {
      next: [
        `whyslow timebox stop ${story.id} --learned "…"`,
        `or, if more time is worth it: whyslow timebox extend ${story.id} --by 30m --reason "…"`,
      ],
    })
  }
  return left_ms
}

/** The budget, and each extension. */
export function budgetOf({ budget, extensions }: StoryTimebox): string[] {
  return [budget, ...extensions.map(({ by }) => by)]
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
    hypotheses: [],
    extensions: [],
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
  const running = requireRunning(story)
  if (lessons.learned.trim() === '')
    throw new WhyslowError('Expected a line on what was learned, found none.')
  const stopped: StoryTimebox = {
    ...running,
    stopped: isoSeconds(now),
    learned: lessons.learned,
    ruledOut: lessons.ruledOut || null,
    effort: lessons.effort || null,
  }
  return replaceTimebox(story, stopped)
}

/** More time, which needs a reason: without one the timebox was only a wish. */
export function extendTimebox(
  story: StoryFrontMatter,
  by: string,
  reason: string,
  now: Date,
): StoryFrontMatter {
  const running = requireRunning(story)
  if (!(parseDuration(by) > 0)) throw new WhyslowError('Expected more time than 0.')
  if (reason.trim() === '') throw new WhyslowError('Expected the reason for more time, found none.')
  const extension = { by, at: isoSeconds(now), reason }
  return replaceTimebox(story, { ...running, extensions: [...running.extensions, extension] })
}

/** Files in the running timebox, if there is one, what was begun in it. */
export function fileInTimebox(
  story: StoryFrontMatter,
  kind: 'profiles' | 'hypotheses',
  ...names: string[]
): StoryFrontMatter {
  const running = findRunning(story)
  return running ? replaceTimebox(story, { ...running, [kind]: [...running[kind], ...names] }) : story
}

function requireRunning(story: StoryFrontMatter): StoryTimebox {
  const running = findRunning(story)
  if (running) return running
  throw new WhyslowError(`No timebox of ${story.id} is running.`, {
    next: [`whyslow timebox start ${story.id}`],
  })
}

function replaceTimebox(story: StoryFrontMatter, changed: StoryTimebox): StoryFrontMatter {
  return {
    ...story,
    timeboxes: story.timeboxes.map(timebox => (timebox.id === changed.id ? changed : timebox)),
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
