/** Buckets of a histogram that a log axis can hold. */
import { formatDuration } from '../../units.js'

export interface TimeRange {
  /** Above 0. */
  from_ms: number
  to_ms: number
  count: number
  /** Its true ends. */
  hint: string
}

/** A first bucket that begins at 0 or below is drawn as wide as its neighbour. */
export function positiveRanges(edges: readonly number[], counts: readonly number[]): TimeRange[] {
  return counts.flatMap((count, i): TimeRange[] => {
    const [from, to] = [edges[i]!, edges[i + 1]!]
    const hint = `${formatDuration(from)} to ${formatDuration(to)}`
    if (from > 0) return [{ from_ms: from, to_ms: to, count, hint }]
    const next = edges[i + 2]
    return to > 0 ? [{ from_ms: next === undefined ? to / 2 : (to * to) / next, to_ms: to, count, hint }] : []
  })
}

/** With an arrow where it lies outside of the axis. */
export function nameTarget(under_ms: number, [low, high]: [number, number]): string {
  const target = `target ${formatDuration(under_ms)}`
  return under_ms < low ? `← ${target}` : under_ms > high ? `${target} →` : target
}
