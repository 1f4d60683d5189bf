/** What `tolerance` and `missing` may be about: a page by its route, its path, or a story. */
import { distance } from 'fastest-levenshtein'
import { WhyslowError } from '../errors.js'
import { pathOfRoute } from '../evidence/match-tickets.js'
import type { Page } from '../evidence/session-views.js'
import type { Store } from '../store/open-store.js'
import { quote } from '../stories/describe-evidence.js'
import { listStoryIds, readStory } from '../stories/read-story.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { findName, listRoutes } from './resolve-subject.js'

/** As it is written, else whatever its case. Throws with the closest ones when there is none. */
export async function resolvePage(
  workbook: Workbook,
  store: Store,
  text: string,
  { command }: { command: keyof typeof SEEN },
): Promise<{ page: Page; templates: string[] }> {
  const routes = await listRoutes(store)
  const templates = await listTemplates(workbook, routes)
  const page =
    (await storyPage(workbook, text)) ?? findPage(text, routes, templates) ?? (await seenPage(store, text))
  if (page === null) {
    const known = new Set([
      ...templates,
      ...(await listSeen(store, command)),
      ...(await listStoryIds(workbook)),
    ])
    throw unknownPage(text, [...known], command)
  }
  if (!templates.includes(page.template)) templates.push(page.template)
  return { page, templates }
}

/** Of paths: the workbook's, and those of `routes`. */
export async function listTemplates(workbook: Workbook, routes: readonly string[]): Promise<string[]> {
  const known = routes.map(pathOfRoute).filter(path => path.startsWith('/'))
  return [...new Set([...(await readRoutes(workbook)), ...known])]
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

const SEEN = {
  tolerance: '(SELECT path FROM pageviews UNION ALL SELECT path FROM beacons)',
  missing: 'beacons',
}

/** A path that only analytics or beacons know. */
async function seenPage(store: Store, path: string): Promise<Page | null> {
  const [row] = await store.all<{ found: number }>(
    `SELECT count(*) AS found FROM (SELECT 1 FROM ${SEEN.tolerance} WHERE path = $1 LIMIT 1)`,
    [path],
  )
  return row!.found > 0 ? { template: path, route: null } : null
}

/** Such paths that the command can say something about, those with the most views first. */
async function listSeen(store: Store, command: keyof typeof SEEN): Promise<string[]> {
  const rows = await store.all<{ path: string }>(
    `SELECT path FROM ${SEEN[command]} WHERE path IS NOT NULL GROUP BY path ORDER BY count(*) DESC, path LIMIT 200`,
  )
  return rows.map(row => row.path)
}

function unknownPage(text: string, known: readonly string[], command: string): WhyslowError {
  const wanted = text.toLowerCase()
  const far = (name: string) =>
    name.toLowerCase().includes(wanted) ? 0 : distance(wanted, name.toLowerCase())
  const closest = known.toSorted((a, b) => far(a) - far(b)).slice(0, 5)
  const what = known.length === 0 ? ': nothing was imported yet' : ''
  return new WhyslowError(`There is no route, page or story “${text}”${what}.`, {
    next: [
      ...closest.map(name => `whyslow ${command} ${quote(name)}`),
      known.length === 0 ? 'whyslow import access.log analytics.csv' : 'All routes: whyslow overview',
    ],
  })
}
