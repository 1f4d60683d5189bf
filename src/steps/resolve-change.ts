/** What a change is thought through on, once for the changes there are and for one of them. */
import { findExtent } from '../evidence/count-clusters.js'
import { formatTime } from '../reports/times.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { readStory } from '../stories/read-story.js'
import { startOf } from '../stories/reopen-story.js'
import type { StoryReopening } from '../stories/schema.js'
import type { Workbook } from '../workbook/workbook.js'
import { resolveSubject, type Subject } from './resolve-subject.js'
import { withoutScope } from './story-where.js'

export interface ChangeSubject {
  subject: Subject
  /** What the requests are, beyond the subject; to be told with the figures. */
  basis: string[]
}

/**
 * As `resolveSubject`. Throws for a story that names no requests. Of one that was re-opened, only what came since it was slower again,
 * where anything did and `slice` has no window: the days on which its fix worked have nothing to gain.
 */
export async function resolveChangeSubject(
  workbook: Workbook,
  store: Store,
  text: string,
  slice: Slice,
): Promise<ChangeSubject> {
  const subject = await resolveSubject(workbook, store, text, slice, 'whyslow whatif')
  if (subject.story === null) return { subject, basis: [] }
  if (subject.slice.where === null) throw withoutScope(subject.story)
  const last = (await readStory(workbook, subject.story)).frontMatter.reopened.at(-1)
  if (last === undefined || slice.from !== null || slice.to !== null) return { subject, basis: [] }
  const from = new Date(startOf(last)).toISOString()
  const { to } = subject.slice
  // The story's window may be of the time before its fix.
  const since: Slice = { ...subject.slice, from, to: to !== null && to > from ? to : null }
  const began = sayStart(last, from)
  if ((await findExtent(store, since)) === null)
    return { subject, basis: [`These requests are from before. The data has none since ${began}.`] }
  return { subject: { ...subject, slice: since }, basis: [`Only requests since ${began}.`] }
}

function sayStart({ began, after }: StoryReopening, from: string): string {
  return after === null
    ? `${formatTime(from)} UTC: the story was re-opened, and nobody measured since when it is slower again`
    : `${began}, when the story was slower again`
}
