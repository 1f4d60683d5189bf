/** The hottest functions of a capture, what it cost the target, and in which state that was left. */
import type { HotFunction } from '../profilers/hottest.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import { fitCharset, paint, type Style, wrap } from './style.js'
import { renderTable } from './table.js'

export interface ShownCapture {
  profiles: { file: string; pid: number; duration_ms: number; samples: number; dropped: number }[]
  /** Where it is filed. */
  story: string | null
  /** Files. */
  flameGraphs: string[]
  hottest: HotFunction[]
  idle_ms: number
  active_ms: number
  left: string
  cost: {
    eventLoopDelayBefore_ms: number | null
    eventLoopDelayDuring_ms: number | null
    startPause_ms: number
    stopPause_ms: number
  }
}

/** `show` shortens a path for this terminal. */
export function renderCapture(capture: ShownCapture, show: (file: string) => string, style: Style): string {
  const { cost, hottest, active_ms, idle_ms } = capture
  const whole = active_ms + idle_ms
  const rows = hottest.map(one => [
    one.function || '(anonymous)',
    one.file ? `${show(one.file)}${one.line ? `:${one.line}` : ''}` : '–',
    one.group,
    formatDuration(one.self_ms),
    formatShare(active_ms === 0 ? null : one.self_ms / active_ms),
    formatDuration(one.total_ms),
  ])
  const head = capture.profiles
    .map(
      profile =>
        `${escapeTerminal(show(profile.file))}: process ${profile.pid}, ${formatDuration(profile.duration_ms)}, ${formatCount(profile.samples)} samples${profile.dropped === 0 ? '' : `, ${formatCount(profile.dropped)} dropped`}`,
    )
    .join('\n')
  const table = renderTable(
    [
      { header: 'function', shrinkTo: 16 },
      { header: 'where', shrinkTo: 14, drop: 2 },
      { header: 'group', drop: 1 },
      { header: 'self', align: 'right' },
      { header: 'of active', align: 'right' },
      { header: 'total', align: 'right' },
    ],
    rows,
    style,
  )
  const busy = `On the CPU ${formatShare(whole === 0 ? null : active_ms / whole)} of the time (${formatDuration(active_ms)} of ${formatDuration(whole)}).`
  const price = `Cost: event-loop delay ${formatDuration(cost.eventLoopDelayBefore_ms)} before and ${formatDuration(cost.eventLoopDelayDuring_ms)} during; paused ${formatDuration(cost.startPause_ms)} at the start and ${formatDuration(cost.stopPause_ms)} at the stop. Inspector: ${capture.left}.`
  const filed =
    capture.story === null
      ? 'It is in no story, since no timebox is running: it lies in this folder. --story ID files it.'
      : `Filed in the story ${capture.story}.`
  const drawn = capture.flameGraphs.map(file => `Flame graph: ${escapeTerminal(show(file))}`)
  const parts = [
    [head, wrap(style, escapeTerminal(filed)), ...drawn].join('\n'),
    hottest.length === 0 ? busy : `${busy}\n\n${table}`,
    paint(style, 'dim', wrap(style, price)),
  ]
  return fitCharset(style, parts.join('\n\n'))
}
