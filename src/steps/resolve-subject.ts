/** What a command is about: a route as the data knows it, or the requests of a story. */
import { distance } from 'fastest-levenshtein'
import { WhyslowError } from '../errors.js'
import { findTarget } from '../evidence/good.js'
import type { Store } from '../store/open-store.js'
import { routeWhere, type Slice } from '../store/slice.js'
import { checkWhere } from '../store/where.js'
import { quoteIfNeeded } from '../stories/describe-evidence.js'
import { listStoryIds, readStory } from '../stories/read-story.js'
import { joinWheres } from '../stories/scope.js'
import { parseDuration } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'
import { checkStoryWhere } from './story-where.js'

export interface Subject {
  title: string
  /** Null for a story without one. */
  route: string | null
  /** The story's id, when a story was named. */
  story: string | null
  slice: Slice
  under_ms: number
  /** Who set the target. */
  targetFrom: 'route' | 'story' | 'workbook'
}

/** Routes that an error offers. */
const SUGGESTED = 5

/**
 * Finds a route (as it is written, else whatever its case) or a story by its id, and narrows `slice` to it. A story's own window
 * counts unless `slice` has one. Throws when the text is neither, with `command` for the closest.
 */
export async function resolveSubject(
  workbook: Workbook,
  store: Store,
  text: string,
  slice: Slice,
  command = 'whyslow look',
): Promise<Subject> {
  const routes = await listRoutes(store)
  const route = findName(routes, text)
  if (route !== undefined) return aboutRoute(workbook, store, route, slice)
  const stories = await listStoryIds(workbook)
  if (stories.includes(text)) return aboutStory(workbook, store, text, slice)
  throw unknownSubject(text, routes, stories, command)
}

/** As it is written, else whatever its case. */
export function findName(names: readonly string[], text: string): string | undefined {
  const wanted = text.toLowerCase()
  return names.find(known => known === text) ?? names.find(known => known.toLowerCase() === wanted)
}

/** All routes, those with the most requests first. */
export async function listRoutes(store: Store): Promise<string[]> {
  const rows = await store.all<{ route: string }>(
    'SELECT route FROM requests WHERE route IS NOT NULL GROUP BY route ORDER BY sum(weight) DESC, route',
  )
  return rows.map(row => row.route)
}

async function aboutRoute(workbook: Workbook, store: Store, route: string, slice: Slice): Promise<Subject> {
  const { under_ms, setBy } = findTarget(workbook.config.targets, route)
  const where = await joinCheckedWheres(store, [routeWhere(route), slice.where])
  return { title: route, route, story: null, slice: { ...slice, where }, under_ms, targetFrom: setBy }
}

async function aboutStory(workbook: Workbook, store: Store, id: string, slice: Slice): Promise<Subject> {
  const found = await readStory(workbook, id)
  const story = found.frontMatter
  const { window } = story.scope
  const target = findTarget(workbook.config.targets, story.route)
  const narrowed = slice.from === null && slice.to === null
  return {
    title: `${story.title} (${id})`,
    route: story.route,
    story: id,
    slice: {
      ...slice,
      where: await joinCheckedWheres(store, [await checkStoryWhere(store, found), slice.where]),
      from: narrowed ? toIso(window?.from) : slice.from,
      to: narrowed ? toIso(window?.to) : slice.to,
    },
    under_ms: story.under === null ? target.under_ms : parseDuration(story.under),
    targetFrom: story.under === null ? target.setBy : 'story',
  }
}

/** All of them hold. Each is checked by itself first, so that none can reach out of its brackets. */
export async function joinCheckedWheres(
  store: Store,
  wheres: readonly (string | null)[],
): Promise<string | null> {
  const checked: string[] = []
  for (const where of wheres) if (where !== null) checked.push(await checkWhere(store, where))
  return joinWheres(checked)
}

function toIso(time: string | null | undefined): string | null {
  return time ? new Date(time).toISOString() : null
}

function unknownSubject(text: string, routes: string[], stories: string[], command: string): WhyslowError {
  if (routes.length === 0) {
    return new WhyslowError(`There is no route “${text}”: no requests were imported yet.`, {
      next: ['whyslow import access.log'],
    })
  }
  const wanted = text.toLowerCase()
  const closest = [...routes, ...stories]
    .map(known => ({ known, far: distanceBetween(wanted, known.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, SUGGESTED)
  return new WhyslowError(`There is no route and no story “${text}”.`, {
    next: [
      ...closest.map(({ known }) => `${command} ${quoteIfNeeded(known)}`),
      'All routes: whyslow overview',
    ],
  })
}

/** People leave out the method or the end of a path: a route that holds what was written is close. */
function distanceBetween(wanted: string, known: string): number {
  return known.includes(wanted) ? (known.length - wanted.length) / known.length : distance(wanted, known)
}
