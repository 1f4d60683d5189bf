import { parseDuration } from '../units.js'
import type { StoryFrontMatter } from './schema.js'

/** As it was filed when the story was found: the share of good requests, with its interval. */
export function measuredShare({ evidence }: Pick<StoryFrontMatter, 'evidence'>): {
  value: number
  interval: [number, number] | null
  at: string | null
  /** What was good then; null where the evidence doesn’t say. */
  under_ms: number | null
} | null {
  const entry = evidence.find(({ kind }) => kind === 'share')
  return typeof entry?.value === 'number'
    ? { value: entry.value, interval: entry.interval, at: entry.at, under_ms: readUnder(entry.command) }
    : null
}

/** The last one: a condition, which is quoted, stands before it. */
function readUnder(command: string | null): number | null {
  const typed = [...(command ?? '').matchAll(/ --under (\d+(?:\.\d+)?(?:ms|s|m|h))(?= |$)/g)].at(-1)
  return typed === undefined ? null : parseDuration(typed[1]!)
}
