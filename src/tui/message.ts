/** What the board says about what was just done, in a few lines above the footer. */
import { WhyslowError } from '../errors.js'
import { renderFailure } from '../reports/failure.js'
import { fitCharset, paint, plain, type Style, truncate, widthOf, wrap } from '../reports/style.js'
import { renderWorking } from '../reports/working.js'
import type { Desk } from './use-desk.js'
import type { TaskName } from './work.js'

/** What was done, and the command that does the same; or why it wasn't. */
export type Message = { done: string; command?: string } | WhyslowError

const MOST_LINES = 4

/** The oldest first, in so many rows: it is gone with the next key. */
export function renderMessages(messages: readonly Message[], rows: number, style: Style): string[] {
  return messages.flatMap(message => renderMessage(message, style)).slice(0, rows)
}

function renderMessage(message: Message, style: Style): string[] {
  if (message instanceof WhyslowError)
    return fitCharset(style, renderFailure(message, style))
      .split('\n')
      .flatMap(line => wrap(style, line, '  ').split('\n'))
      .slice(0, MOST_LINES)
  const command =
    message.command === undefined ? '' : `  ${paint(style, 'dim', plain(style, message.command))}`
  return [`${plain(style, message.done)}${command}`]
}

const TASK_NAMES: Record<TaskName, string> = {
  look: 'look',
  explain: 'explain',
  'test-hypothesis': 'hypothesis test',
  attach: 'profile attach',
  flame: 'flame graph',
}

const ENDS = { done: 'done', kept: 'cancelled, what it had by then is kept', cancelled: 'cancelled' } as const

export function describeEnd(name: TaskName, how: keyof typeof ENDS): string {
  return `${TASK_NAMES[name]}: ${ENDS[how]}.`
}

/** What is running, how far it is, and the time that is left by how long its phase took so far. */
export function renderTask(
  { name, story, progress, started, phaseStarted, aborter }: NonNullable<Desk['running']>,
  now: number,
  style: Style,
): string {
  const { phase = 'starting', done = null } = aborter.signal.aborted
    ? { phase: 'cancelling' }
    : (progress ?? {})
  const working = renderWorking({
    what: `${TASK_NAMES[name]} ${story}: ${phase}`,
    part: null,
    elapsed_ms: now - started,
    left_ms: done ? (now - phaseStarted) * (1 / done - 1) : null,
    query: null,
  })
  const shown = truncate(style, plain(style, working), style.width - widthOf(CANCEL))
  const bar = done === null ? '' : ` ${renderBar(done, style)}`
  const hasRoom = widthOf(shown + bar + CANCEL) <= style.width
  return `${paint(style, 'cyan', shown)}${hasRoom ? bar : ''}${paint(style, 'dim', CANCEL)}`
}

const CANCEL = '  x cancels'
const BAR_WIDTH = 10

function renderBar(done: number, { unicode }: Style): string {
  const full = Math.round(done * BAR_WIDTH)
  const [on, off] = unicode ? (['█', '░'] as const) : (['#', '.'] as const)
  return on.repeat(full) + off.repeat(BAR_WIDTH - full)
}
