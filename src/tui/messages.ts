/** What goes between the board and the process that works for it. Data only. */
import { type ErrorExit, type Place, WhyslowError } from '../errors.js'
import type { TaskName, TaskProgress } from './work.js'

/** Where the workbook is, as the board found it. */
export interface WorkPlace {
  /** Paths in messages are relative to it. */
  cwd: string
  workbook: string
  home: string
}

export type ToWorker =
  | { type: 'run'; id: number; name: TaskName; request: unknown; place: WorkPlace }
  | { type: 'cancel'; id: number }

export type FromWorker =
  | { type: 'progress'; id: number; progress: TaskProgress }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; error: PackedError }

export interface PackedError {
  message: string
  stack: string | undefined
  /** Null for a bug. */
  expected: { place: Place | undefined; next: string[]; exit: ErrorExit } | null
}

export function packError(error: unknown): PackedError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof WhyslowError)) return { message, stack, expected: null }
  const { place, next, exit } = error
  return { message, stack, expected: { place, next, exit } }
}

export function unpackError({ message, stack, expected }: PackedError): Error {
  const { place, ...details } = expected ?? {}
  const error = expected
    ? new WhyslowError(message, { ...details, ...(place ? { place } : {}) })
    : new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
