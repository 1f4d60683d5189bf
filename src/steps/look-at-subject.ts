/** `look` for whoever asks: a command, the board, a report. One subject, one slice, the same figures. */
import { type Look, look } from '../evidence/look.js'
import type { LookOptions as LookWords } from '../reports/look.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import type { WorkbookConfig } from '../workbook/config.js'
import type { Workbook } from '../workbook/workbook.js'
import { nextStep } from './next-step.js'
import { resolveSubject, type Subject } from './resolve-subject.js'

export interface SubjectLook {
  subject: Subject
  look: Look
  /** What its text and charts need besides the figures. */
  words: LookWords & { next: string | null }
}

export interface LookRequest {
  /** A route, or the id of a story. */
  subject: string
  slice: Slice
  /** Null: the target of the story, the route or the workbook. */
  under_ms: number | null
  /** Accounts, clients and instances. */
  limit: number
}

export async function lookAtSubject(
  workbook: Workbook,
  store: Store,
  { subject: name, slice, under_ms, limit }: LookRequest,
): Promise<SubjectLook> {
  const { config } = workbook
  const { timezone, objective, currency } = config
  const subject = await resolveSubject(workbook, store, name, slice)
  const options = { under_ms: under_ms ?? subject.under_ms, timezone, limit, objective }
  const figures = await look(store, subject.slice, options)
  const targetFrom = under_ms === null ? describeTarget(subject, config) : 'asked for'
  const next = nextStep(figures, subject)
  return { subject, look: figures, words: { targetFrom, timezone, currency, objective, next } }
}

export function describeTarget(
  { targetFrom }: Pick<Subject, 'targetFrom'>,
  { targets }: WorkbookConfig,
): string {
  if (targetFrom !== 'workbook') return `of the ${targetFrom}`
  return targets.isSet ? 'of the workbook' : 'assumed, since whyslow.yaml names none'
}
