/** `missing` of a route, of a story, or of everything. */
import { findMissing, type Missing } from '../evidence/missing.js'
import type { MissingWords } from '../reports/missing.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import type { Workbook } from '../workbook/workbook.js'
import { resolveSubject } from './resolve-subject.js'

export interface MissingQuestion {
  /** A route or the id of a story; undefined for all requests. */
  subject: string | undefined
  slice: Slice
  /** Null: the target of the story, the route or the workbook. */
  under_ms: number | null
  /** Rows of each list. */
  limit: number
}

export interface SubjectMissing {
  route: string | null
  story: string | null
  missing: Missing
  words: MissingWords
}

export async function findSubjectMissing(
  workbook: Workbook,
  store: Store,
  { subject: name, slice, under_ms, limit }: MissingQuestion,
): Promise<SubjectMissing> {
  const { targets, beaconWindow } = workbook.config
  const subject =
    name === undefined
      ? { title: 'All requests', route: null, story: null, slice, under_ms: targets.default }
      : await resolveSubject(workbook, store, name, slice, 'whyslow missing')
  const missing = await findMissing(store, subject.slice, {
    under_ms: under_ms ?? subject.under_ms,
    asked: under_ms !== null,
    limit,
    beaconWindow_ms: beaconWindow,
  })
  return { route: subject.route, story: subject.story, missing, words: { title: subject.title } }
}
