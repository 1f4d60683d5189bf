/**
 * Errors that a user can do something about. Anything else that is thrown is a bug and shows its stack.
 *
 * The exit codes are part of the contract: 2 wrong use or unusable input, 3 cannot tell yet,
 * 4 an outside system failed. 1 is kept for a check that says no, which is a result and not an error.
 */
export type ErrorExit = 2 | 3 | 4

/** Where in a file a problem is. Lines and columns start at 1. */
export interface Place {
  file: string
  line?: number
  column?: number
}

export interface ErrorDetails {
  /** What to type or change next; one entry a line. */
  next?: string[]
  place?: Place
  exit?: ErrorExit
  cause?: unknown
}

/** What was expected, what was found, where, and the way out. */
export class WhyslowError extends Error {
  override name = 'WhyslowError'
  readonly next: string[]
  readonly place: Place | undefined
  readonly exit: ErrorExit

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.next = details.next ?? []
    this.place = details.place
    this.exit = details.exit ?? 2
  }
}

/** `file:line:column`, as editors and terminals link it. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter(part => part !== undefined).join(':')
}

/** The code of a Node system error (`ENOENT`, `ENOSPC` …), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
