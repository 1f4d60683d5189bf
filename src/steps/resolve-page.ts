/** What `tolerance` is about: a page by its route, its path, or a story. */
import { distance } from 'fastest-levenshtein'
import { WhyslowError } from '../errors.js'
import { pathOfRoute } from '../evidence/match-tickets.js'
import type { Page } from '../evidence/session-views.js'
import type { Store } from '../store/open-store.js'
import { listStoryIds, readStory } from '../stories/read-story.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { findName, listRoutes } from './resolve-subject.js'

/** As it is written, else whatever its case. Throws with the closest ones when there is none. */
export async function resolvePage(
  workbook: Workbook,
  store: Store,
  text: string,
): Promise<{ page: Page; templates: string[] }> {
  const routes = await listRoutes(store)
  const templates = [
    ...new Set([
      ...(await readRoutes(workbook)),
      ...routes.map(pathOfRoute).filter(path => path.startsWith('/')),
    ]),
  ]
  const page =
    (await storyPage(workbook, text)) ?? findPage(text, routes, templates) ?? (await seenPage(store, text))
  if (page === null) throw unknownPage(text, [...templates, ...(await listStoryIds(workbook))])
  if (!templates.includes(page.template)) templates.push(page.template)
  return { page, templates }
}

function findPage(text: string, routes: readonly string[], templates: readonly string[]): Page | null {
  const route = findName(routes, text)
  if (route !== undefined) return { template: pathOfRoute(route), route }
  const template = findName(templates, text)
  if (template === undefined) return null
  const own = routes.filter(known => pathOfRoute(known) === template)
  return { template, route: own.find(known => known.startsWith('GET ')) ?? own[0] ?? null }
}

async function storyPage(workbook: Workbook, id: string): Promise<Page | null> {
  if (!(await listStoryIds(workbook)).includes(id)) return null
  const { route } = (await readStory(workbook, id)).frontMatter
  if (route !== null) return { template: pathOfRoute(route), route }
  throw new WhyslowError(`The story ${id} is about no single route, so there is no page to look at.`, {
    next: ['whyslow tolerance /path/of/the/page'],
  })
}

/** A path that only analytics or beacons know. */
async function seenPage(store: Store, path: string): Promise<Page | null> {
  const [row] = await store.all<{ found: number }>(
    'SELECT count(*) AS found FROM (SELECT 1 FROM (SELECT path FROM pageviews UNION ALL SELECT path FROM beacons) WHERE path = $1 LIMIT 1)',
    [path],
  )
  return row!.found > 0 ? { template: path, route: null } : null
}

function unknownPage(text: string, known: readonly string[]): WhyslowError {
  const wanted = text.toLowerCase()
  const far = (name: string) =>
    name.toLowerCase().includes(wanted) ? 0 : distance(wanted, name.toLowerCase())
  const closest = known.toSorted((a, b) => far(a) - far(b)).slice(0, 5)
  const what = known.length === 0 ? ': nothing was imported yet' : ''
  return new WhyslowError(`There is no route, page or story “${text}”${what}.`, {
    next: [
      ...closest.map(name => `whyslow tolerance '${name}'`),
      known.length === 0 ? 'whyslow import access.log analytics.csv' : 'All routes: whyslow overview',
    ],
  })
}
