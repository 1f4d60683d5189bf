/** What is being done and for how long, in one line. A share or a time left is there only where it is known. */
import { formatCount } from '../units.js'
import { formatRound } from './times.js'

/** One of several things to do that take about as long each. */
export interface Part {
  /** From 1. */
  index: number
  count: number
}

export interface Working {
  /** `Measuring GET /orders`. */
  what: string
  /** With the time that those before it took, and that it took so far. */
  part: (Part & { before_ms: number; now_ms: number }) | null
  /** Of the whole work. */
  elapsed_ms: number
  /** By how long it took the last time: below 0 where it takes longer. Null where nothing tells. */
  left_ms: number | null
  /** What the engine is asked meanwhile; `done` is 0 to 1, null where it can't tell. */
  query: { query: number; done: number | null; elapsed_ms: number } | null
}

/** A shorter time says little of the rest. */
const LEAST_MS = 1000

export function renderWorking(working: Working): string {
  const { what, part, elapsed_ms, query } = working
  const which =
    part === null || part.count === 1 ? '' : ` (${formatCount(part.index)} of ${formatCount(part.count)})`
  const said = [seconds(elapsed_ms), ...describeLeft(working)]
  if (query !== null && query.query > 0) {
    const share = query.done === null ? '' : ` at ${Math.floor(query.done * 100)}%`
    said.push(`query ${formatCount(query.query)}${share}`)
  }
  return `${what}${which}: ${said.join(', ')}`
}

function describeLeft({ part, left_ms }: Working): string[] {
  const shown_ms = (part && leftOfParts(part)) ?? left_ms
  if (shown_ms === null) return []
  return [shown_ms > 0 ? `about ${seconds(shown_ms)} left` : 'longer than the last time']
}

/** By how long those before took. */
function leftOfParts({ index, count, before_ms, now_ms }: NonNullable<Working['part']>): number | null {
  if (index < 2 || before_ms + now_ms < LEAST_MS) return null
  const each_ms = before_ms / (index - 1)
  return Math.max(each_ms - now_ms, 1) + each_ms * (count - index)
}

/** Whole ones: what is left is a guess. */
function seconds(ms: number): string {
  return formatRound(Math.ceil(ms / 1000) * 1000)
}
