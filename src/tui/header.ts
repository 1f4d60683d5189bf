import { paint, plain, type Style, truncate, widthOf } from '../reports/style.js'
import type { Story } from '../stories/read-story.js'
import { findRunning, readTimebox, type TimeboxStatus } from '../stories/timeboxes.js'
import { renderClock } from './clock.js'

/** The running ones. */
export function readTimeboxes(stories: readonly Story[], now: Date): TimeboxStatus[] {
  return stories.flatMap(({ frontMatter }) => {
    const running = findRunning(frontMatter)
    return running ? [readTimebox(frontMatter, running, now)] : []
  })
}

/** The name of the workbook on the left, the clock of the timebox on the right. */
export function renderHeader(workbook: string, timeboxes: readonly TimeboxStatus[], style: Style): string {
  const clock = renderClock(timeboxes, style)
  const room = Math.max(0, style.width - widthOf(clock) - 2)
  const name = truncate(style, plain(style, `whyslow board  ${workbook}`), room)
  const gap = ' '.repeat(Math.max(0, style.width - widthOf(name) - widthOf(clock)))
  return paint(style, 'bold', name) + gap + clock
}
