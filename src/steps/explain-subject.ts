/** `explain` for whoever asks: a command, the board, a report. */
import { type Explanation, explain } from '../evidence/explain.js'
import type { ExplainOptions as ExplainWords } from '../reports/explain.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import type { Workbook } from '../workbook/workbook.js'
import { resolveSubject } from './resolve-subject.js'

export interface SubjectExplanation {
  explanation: Explanation
  /** What its text and charts need besides the figures. */
  words: ExplainWords
}

export interface ExplainRequest {
  /** A route, or the id of a story. */
  subject: string
  slice: Slice
  /** Null: the target of the story, the route or the workbook. */
  under_ms: number | null
  seed: number
  /** Also what stood out and was not confirmed. */
  all: boolean
}

export async function explainSubject(
  workbook: Workbook,
  store: Store,
  { subject: name, slice, under_ms, seed, all }: ExplainRequest,
): Promise<SubjectExplanation> {
  const { timezone } = workbook.config
  const subject = await resolveSubject(workbook, store, name, slice, 'whyslow explain')
  const { title, route, story } = subject
  const explanation = await explain(store, subject.slice, {
    under_ms: under_ms ?? subject.under_ms,
    setBy: under_ms === null ? subject.targetFrom : 'asked for',
    timezone,
    seed,
    all,
  })
  return { explanation, words: { title, route, story, timezone } }
}
