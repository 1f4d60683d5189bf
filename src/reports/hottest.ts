/** The hottest functions of a capture, what it cost the target, and in which state that was left. */
import { formatBytes, formatCount, formatDuration, formatShare } from '../units.js'
import { escapeTerminal } from './escape.js'
import {
  describeFlameGraphs,
  type NamedAmounts,
  readAmounts,
  renderHotFunctions,
  type Unit,
} from './hot-functions.js'
import { fitCharset, paint, type Style, wrap } from './style.js'

export interface ShownCapture {
  profiles: {
    file: string
    pid: number
    thread: string
    duration_ms: number
    samples: number
    dropped: number
  }[]
  /** Where it is filed. */
  story: string | null
  /** Files. */
  flameGraphs: string[]
  unit: Unit | null
  hottest: NamedAmounts[]
  idle_ms: number | null
  active_ms: number | null
  /** Of a heap profile; else null. */
  allocated_bytes: number | null
  left: string
  cost: {
    eventLoopDelayBefore_ms: number | null
    eventLoopDelayDuring_ms: number | null
    eventLoopDelayDuringMax_ms: number | null
    startPause_ms: number
    stopPause_ms: number
    signalToFirstSample_ms: number | null
  }
}

/** `show` shortens a path for this terminal. `live`: a heap profile of what is still held, not of all allocations. */
export function renderCapture(
  capture: ShownCapture,
  show: (file: string) => string,
  style: Style,
  live = false,
): string {
  const { hottest, profiles, allocated_bytes } = capture
  const head = profiles.map(profile => describeProfile(profile, profiles.length > 1, show)).join('\n')
  const filed =
    capture.story === null
      ? 'It is in no story, since no timebox is running: it lies in this folder. --story ID files it.'
      : `Filed in the story ${capture.story}.`
  const summary = allocated_bytes === null ? describeTime(capture) : describeBytes(allocated_bytes, live)
  const parts = [
    [head, wrap(style, escapeTerminal(filed)), ...describeFlameGraphs(capture, show)].join('\n'),
    hottest.length === 0 ? summary : `${wrap(style, summary)}\n\n${renderFunctions(capture, show, style)}`,
    paint(style, 'dim', wrap(style, describeCost(capture))),
  ]
  return fitCharset(style, parts.join('\n\n'))
}

function describeProfile(
  { file, pid, thread, duration_ms, samples, dropped }: ShownCapture['profiles'][number],
  isOneOfSeveral: boolean,
  show: (file: string) => string,
): string {
  const who = isOneOfSeveral ? `process ${pid}, ${thread}` : `process ${pid}`
  const lost = dropped === 0 ? '' : `, ${formatCount(dropped)} dropped`
  return escapeTerminal(
    `${show(file)}: ${who}, ${formatDuration(duration_ms)}, ${formatCount(samples)} samples${lost}`,
  )
}

function describeTime({ active_ms, idle_ms, profiles }: ShownCapture): string {
  const active = active_ms ?? 0
  const whole = active + (idle_ms ?? 0)
  const threads = profiles.length === 1 ? '' : `, over ${profiles.length} threads`
  return `On the CPU ${formatShare(whole === 0 ? null : active / whole)} of the time (${formatDuration(active)} of ${formatDuration(whole)}${threads}).`
}

function describeBytes(bytes: number, live: boolean): string {
  return live
    ? `Of what was allocated meanwhile, about ${formatBytes(bytes)} were still held at the end. V8's heap only, estimated from samples.`
    : `Allocated about ${formatBytes(bytes)}, with what was collected since (--live: only what is still held). V8's heap only, estimated from samples.`
}

function renderFunctions(capture: ShownCapture, show: (file: string) => string, style: Style): string {
  const { allocated_bytes, active_ms, unit } = capture
  const functions = capture.hottest.map(one => readAmounts(one, unit ?? 'ms'))
  const table = { whole: allocated_bytes ?? active_ms, cut: 'end' } as const
  return allocated_bytes === null
    ? renderHotFunctions(functions, { ...table, share: 'of active', format: formatDuration }, show, style)
    : renderHotFunctions(functions, { ...table, share: 'of all', format: formatBytes }, show, style)
}

function describeCost({ cost, left }: ShownCapture): string {
  const longest =
    cost.eventLoopDelayDuringMax_ms === null
      ? ''
      : ` (at most ${formatDuration(cost.eventLoopDelayDuringMax_ms)})`
  const delay = `event-loop delay ${formatDuration(cost.eventLoopDelayBefore_ms)} before and ${formatDuration(cost.eventLoopDelayDuring_ms)} during${longest}`
  const pauses = `paused ${formatDuration(cost.startPause_ms)} at the start and ${formatDuration(cost.stopPause_ms)} at the stop`
  const signal =
    cost.signalToFirstSample_ms === null
      ? ''
      : `; ${formatDuration(cost.signalToFirstSample_ms)} from the signal to the first sample`
  return `Cost: ${delay}; ${pauses}${signal}. Inspector: ${left}.`
}
