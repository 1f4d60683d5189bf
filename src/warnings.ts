/**
 * Warnings are data on a result, never prints: `--json` carries them, every renderer shows them.
 * Each has a code for programs, a sentence for people, and what to do next.
 */
export type WarningCode =
  | 'accounts-missing'
  | 'accounts-unknown'
  | 'approximate'
  | 'calls-left-out'
  | 'cohort-applied'
  | 'cost-not-measured'
  | 'days-alike'
  | 'differs'
  | 'format-guessed'
  | 'few-customers'
  | 'few-samples'
  | 'few-slow'
  | 'functions-missing'
  | 'identify-changed'
  | 'independent'
  | 'inspector-left-open'
  | 'largest-customer'
  | 'lines-rejected'
  | 'lines-skipped'
  | 'load-errors'
  | 'mix-partial'
  | 'new-errors'
  | 'no-durations'
  | 'no-requests'
  | 'no-scope'
  | 'process-ended'
  | 'profile-large'
  | 'process-missing'
  | 'processes-left'
  | 'profile-unreadable'
  | 'registered-anew'
  | 'registered-late'
  | 'route-changed'
  | 'salt-made'
  | 'sample-type-chosen'
  | 'same-mix'
  | 'sampled'
  | 'source-map-unusable'
  | 'story-unreadable'
  | 'threads-missing'
  | 'threshold-moved'
  | 'timebox-over'
  | 'tool-cut-short'
  | 'tool-output'
  | 'unfinished'

export interface Warning {
  code: WarningCode
  message: string
  /** What to do about it: a command, or one short sentence. */
  next?: string
}
