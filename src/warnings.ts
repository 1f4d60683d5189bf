/**
 * Warnings are data on a result, never prints: `--json` carries them, every renderer shows them.
 * Each has a code for programs, a sentence for people, and what to do next.
 */
export type WarningCode =
  | 'already-imported'
  | 'approximate'
  | 'cohort-applied'
  | 'cost-not-measured'
  | 'days-alike'
  | 'differs'
  | 'few-clusters'
  | 'format-guessed'
  | 'inspector-left-open'
  | 'largest-customer'
  | 'lines-rejected'
  | 'lines-skipped'
  | 'new-errors'
  | 'no-account'
  | 'no-durations'
  | 'no-requests'
  | 'plain-intervals'
  | 'process-ended'
  | 'registered-late'
  | 'sampled'
  | 'story-changed'
  | 'target-not-set'
  | 'timebox-over'
  | 'unfinished'

export interface Warning {
  code: WarningCode
  message: string
  /** What to do about it: a command, or one short sentence. */
  next?: string
}
