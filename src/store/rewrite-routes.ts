/** Routes at rest follow the workbook's templates: what the files hold now, and a copy of a file with other routes. */
import { writeFile } from 'node:fs/promises'
import { type Engine, readParquet, sqlText } from './engine.js'
import { createMatcher } from './routes.js'

export interface StoredRoute {
  file: string
  route: string
  /** Without the method; null for a name that a log gave by itself. */
  path: string | null
  /** Requests that weren't client errors: strangers' guesses at paths are no routes. */
  count: number
}

/** More distinct routes than anyone looks at; keeps memory bounded when every path differs. */
const MOST_ROUTES = 300_000

/** The routes in these files, the most frequent first. */
export async function readStoredRoutes(engine: Engine, files: string[]): Promise<StoredRoute[]> {
  if (files.length === 0) return []
  const rows = await engine.all<{ file: string; route: string; method: string | null; count: number }>(
    `SELECT filename AS file, route, method, count(*) FILTER (outcome <> 'client_error') AS count
     FROM ${readParquet(files, ', filename = true')} WHERE route IS NOT NULL
     GROUP BY ALL ORDER BY count(*) DESC LIMIT ${MOST_ROUTES}`,
  )
  return rows.map(({ file, route, method, count }) => {
    const prefix = method === null ? '' : `${method} `
    return { file, route, count, path: route.startsWith(`${prefix}/`) ? route.slice(prefix.length) : null }
  })
}

/** File → route → route under these templates, where that differs. */
export function planRewrites(
  routes: StoredRoute[],
  templates: readonly string[],
): Map<string, Map<string, string>> {
  const match = createMatcher(templates)
  const plan = new Map<string, Map<string, string>>()
  for (const { file, route, path } of routes) {
    const template = path === null ? null : match(path)
    if (template === null || template === path) continue
    const changes = plan.get(file) ?? new Map<string, string>()
    plan.set(file, changes.set(route, route.slice(0, route.length - path!.length) + template))
  }
  return plan
}

/** Writes a copy of a file with other routes. `target` also names a file beside it, for the time being. */
export async function rewriteRoutes(
  engine: Engine,
  file: string,
  changes: ReadonlyMap<string, string>,
  target: string,
): Promise<void> {
  const map = `${target}.json`
  await writeFile(
    map,
    [...changes].map(([from, to]) => `${JSON.stringify({ from, to })}\n`),
  )
  await engine.copy(
    `COPY (SELECT r.* REPLACE (coalesce(m."to", r.route) AS route) FROM ${readParquet([file])} r
       LEFT JOIN read_json(${sqlText(map)}, format = 'newline_delimited', columns = {"from": 'VARCHAR', "to": 'VARCHAR'}) m
       ON r.route = m."from") TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`,
  )
}
