/** The time that is left of running timeboxes, and the second that makes it tick. */
import { useEffect, useState } from 'react'
import { paint, plain, type Style } from '../reports/style.js'
import type { TimeboxStatus } from '../stories/timeboxes.js'

/** Renders again each second while something has to tick, else each minute: ages grow. */
export function useNow(now: () => Date, ticks: boolean): Date {
  const [time, setTime] = useState(now)
  useEffect(() => {
    setTime(now())
    const timer = setInterval(() => setTime(now()), ticks ? 1000 : 60_000)
    return () => clearInterval(timer)
  }, [now, ticks])
  return time
}

/** The one that ends first, and how many more; empty text for none. */
export function renderClock(timeboxes: readonly TimeboxStatus[], style: Style): string {
  const [first, ...more] = timeboxes.toSorted((one, other) => one.left_ms - other.left_ms)
  if (!first) return ''
  const isOver = first.left_ms < 0
  const left = isOver ? `over by ${formatClock(-first.left_ms)}` : `${formatClock(first.left_ms)} left`
  const rest = more.length > 0 ? ` and ${more.length} more` : ''
  return paint(style, isOver ? 'red' : 'green', plain(style, `timebox ${first.story} ${left}${rest}`))
}

/** `29:59`, `1:05:00`. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (part: number) => String(part).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`
}
