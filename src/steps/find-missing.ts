/** `missing` of a route, of a page, of a story, or of everything. */
import { WhyslowError } from '../errors.js'
import { findMissing, type Missing } from '../evidence/missing.js'
import type { PagesAlone } from '../evidence/missing-kind.js'
import type { MissingWords } from '../reports/missing.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { quote } from '../stories/describe-evidence.js'
import type { Workbook } from '../workbook/workbook.js'
import { listTemplates, resolvePage } from './resolve-page.js'
import { listRoutes, resolveSubject, type Subject } from './resolve-subject.js'

export interface MissingQuestion {
  /** A route, the path or template of a page, or the id of a story; undefined for all requests. */
  subject: string | undefined
  slice: Slice
  /** Null: the target of the story, the route or the workbook. */
  under_ms: number | null
  /** Rows of each list. */
  limit: number
}

export interface SubjectMissing {
  route: string | null
  /** The template of a page, where one was named. */
  page: string | null
  story: string | null
  missing: Missing
  words: MissingWords
}

export async function findSubjectMissing(
  workbook: Workbook,
  store: Store,
  { subject: name, slice, under_ms, limit }: MissingQuestion,
): Promise<SubjectMissing> {
  const { subject, alone } = await resolve(workbook, store, name, slice)
  const { route, story, title } = subject
  const missing = await findMissing(store, subject.slice, {
    under_ms: under_ms ?? subject.under_ms,
    asked: under_ms !== null,
    limit,
    beaconWindow_ms: workbook.config.beaconWindow,
    alone: slice.where === null && slice.cohort === null ? alone : null,
  })
  return { route, page: alone?.page ?? null, story, missing, words: { title } }
}

type About = Pick<Subject, 'title' | 'route' | 'story' | 'slice' | 'under_ms'>

async function resolve(
  workbook: Workbook,
  store: Store,
  name: string | undefined,
  slice: Slice,
): Promise<{ subject: About; alone: PagesAlone | null }> {
  const all = { route: null, story: null, slice, under_ms: workbook.config.targets.default }
  if (name === undefined) {
    const templates = await listTemplates(workbook, await listRoutes(store))
    return { subject: { ...all, title: 'All requests' }, alone: { templates, page: null } }
  }
  if (!name.startsWith('/'))
    return { subject: await resolveSubject(workbook, store, name, slice, 'whyslow missing'), alone: null }
  const { page, templates } = await resolvePage(workbook, store, name, { command: 'missing' })
  const alone = { templates, page: page.template }
  if (page.route !== null) return { subject: await resolveSubject(workbook, store, page.route, slice), alone }
  if (slice.where !== null || slice.cohort !== null)
    throw new WhyslowError(
      `There are no requests of ${page.template}, only beacons, which --where and cohorts say nothing about.`,
      { next: [`whyslow missing ${quote(page.template)}${slice.cohort === null ? '' : ' --all-traffic'}`] },
    )
  // There are none: its beacons are all that is known of it.
  return { subject: { ...all, title: page.template, slice: { ...slice, where: 'false' } }, alone }
}
