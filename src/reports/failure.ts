/** Why a command failed: expected errors say where and what to do, a bug shows its stack. */
import { formatPlace, WhyslowError } from '../errors.js'
import { escapeLines, escapeWorkflow } from './escape.js'
import { paint, type Style } from './style.js'

export function renderFailure(error: Error, style: Style): string {
  if (!isExpected(error))
    return `${paint(style, 'red', 'This is a bug in whyslow:')} ${escapeLines(error.stack ?? String(error))}`
  const place =
    error instanceof WhyslowError && error.place && !error.message.includes(error.place.file)
      ? `${formatPlace(error.place)}: `
      : ''
  const next = error instanceof WhyslowError ? error.next : []
  const lines = [`${paint(style, 'red', 'Error:')} ${escapeLines(place + error.message)}`]
  for (const line of next) lines.push(`  ${paint(style, 'dim', `→ ${escapeLines(line)}`)}`)
  return escapeWorkflow(lines.join('\n'))
}

/** As `--json` gives it. */
export function failureAsData(error: Error): Record<string, unknown> {
  const details = error instanceof WhyslowError ? { place: error.place ?? null, next: error.next } : {}
  return { message: error.message, ...details, exit: exitCodeOf(error) }
}

export function exitCodeOf(error: Error): number {
  if (error instanceof WhyslowError) return error.exit
  return isExpected(error) ? 2 : 70
}

/** Errors of the command line itself (unknown flag, missing argument) carry an exit code and are wrong use. */
function isExpected(error: Error): boolean {
  return error instanceof WhyslowError || 'oclif' in error
}
