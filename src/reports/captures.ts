/** The captures of a story as a list to choose from. */
import type { StoryFrontMatter } from '../stories/schema.js'
import { formatCount, formatDuration } from '../units.js'
import type { Style } from './style.js'
import { renderTable } from './table.js'
import { formatTime } from './times.js'

export type Capture = StoryFrontMatter['profiles']

/** A line a capture, below a head. `chosen`: its index; `isRead`: what is shown elsewhere comes from it. */
export function renderCaptures(
  captures: readonly Capture[],
  chosen: number,
  isRead: (capture: Capture) => boolean,
  style: Style,
): string[] {
  const mark = style.unicode ? '›' : '>'
  const rows = captures.map((capture, i) => {
    const { at, tool, kind, durationMs, file } = capture[0]!
    const samples = capture.reduce((sum, one) => sum + (one.samples ?? 0), 0)
    const more = capture.length === 1 ? '' : ` and ${formatCount(capture.length - 1)} more`
    return [
      `${i === chosen ? mark : ' '}${isRead(capture) ? '*' : ' '} ${at === null ? 'no date' : formatTime(at)}`,
      [tool, kind].filter(part => part !== null).join(' '),
      formatDuration(durationMs),
      samples === 0 ? '–' : formatCount(samples),
      `${file}${more}`,
    ]
  })
  const columns = [
    { header: '   taken, UTC' },
    { header: 'by', shrinkTo: 6, drop: 1 },
    { header: 'length', align: 'right' as const, drop: 3 },
    { header: 'samples', align: 'right' as const, drop: 2 },
    { header: 'file', shrinkTo: 16 },
  ]
  return renderTable(columns, rows, style).split('\n')
}
