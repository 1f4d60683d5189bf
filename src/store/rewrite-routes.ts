/** Routes at rest follow the workbook's templates: what the files hold now, and a copy of a file whose routes are derived again from its paths. */
import { type Engine, readParquet, sqlName, sqlText } from './engine.js'
import { createMatcher, examplePath } from './routes.js'
import { ROUTE_GIVEN } from './schema.js'
import { normaliseOnceSql, normaliseRestSql, templateSql, typedSql } from './template-sql.js'

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

/** The routes in these files, the most frequent first; `isAll` is false when there are more. */
export async function readStoredRoutes(
  engine: Engine,
  files: string[],
): Promise<{ routes: StoredRoute[]; isAll: boolean }> {
  const rows = await readGroups(engine, files, 'route', `route IS NOT NULL`)
  const routes = rows.map(({ file, text, method, count }) => {
    const prefix = method === null ? '' : `${method} `
    const path = text.startsWith(`${prefix}/`) ? text.slice(prefix.length) : null
    return { file, route: text, count, path }
  })
  return { routes, isAll: rows.length < MOST_ROUTES }
}

/** The paths behind some routes, UUIDs as `:uuid` and other ids as `:id` where `isTyped`, the most frequent first. */
export async function readPathsOf(
  engine: Engine,
  files: string[],
  routes: readonly string[],
  { isTyped }: { isTyped: boolean },
): Promise<{ file: string; path: string; count: number }[]> {
  if (routes.length === 0) return []
  const path = isTyped ? typedSql('path') : 'path'
  const rows = await readGroups(engine, files, path, `route IN (${routes.map(sqlText).join(', ')})`)
  return rows.map(({ file, text, count }) => ({ file, path: text, count }))
}

async function readGroups(
  engine: Engine,
  files: string[],
  text: string,
  where: string,
): Promise<{ file: string; text: string; method: string | null; count: number }[]> {
  if (files.length === 0) return []
  return engine.all(
    `SELECT filename AS file, ${text} AS text, method, count(*) FILTER (outcome <> 'client_error') AS count
     FROM ${readParquet(files, ', filename = true')} WHERE ${where}
     GROUP BY ALL ORDER BY count DESC, text, method LIMIT ${MOST_ROUTES}`,
  )
}

/** Whether a route of ours is another one under these templates. `fresh`: templates that weren't there when it was written. */
export function createChangeFinder(
  templates: readonly string[],
  fresh: readonly string[],
): (path: string) => boolean {
  const match = createMatcher(templates)
  const known = new Set(templates)
  // What a wider template took in may belong to a more particular one that is new.
  const isFresh = new Set(fresh)
  const matchOld = createMatcher(templates.filter(template => !isFresh.has(template)))
  const rivals = new Set(fresh.map(template => matchOld(examplePath(template))))
  const isOurs = /\/:(?:uuid|date|slug)(?:\/|$)/
  return path => (known.has(path) ? rivals.has(path) : isOurs.test(path) || match(examplePath(path)) !== null)
}

/** Requests of a file whose route changes, by the route that they have and the one that they get. */
export interface RouteChange {
  from: string | null
  to: string | null
  requests: number
}

export async function findChanges(
  engine: Engine,
  file: string,
  templates: readonly string[],
): Promise<RouteChange[]> {
  const route = await routeSql(engine, file, templates)
  return engine.all<RouteChange>(
    `SELECT * FROM (SELECT route AS "from", ${route.sql} AS "to", count(*) AS requests FROM ${route.from} GROUP BY ALL)
     WHERE "from" IS DISTINCT FROM "to" ORDER BY requests DESC, "from", "to"`,
  )
}

/** Writes a copy of a file with the routes that its paths have under these templates. What a log gave by itself stays. */
export async function rewriteRoutes(
  engine: Engine,
  file: string,
  templates: readonly string[],
  target: string,
): Promise<void> {
  const route = await routeSql(engine, file, templates)
  await engine.copy(
    `COPY (SELECT * EXCLUDE (once, normal) REPLACE (${route.sql} AS route) FROM ${route.from})
     TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`,
  )
}

async function routeSql(engine: Engine, file: string, templates: readonly string[]) {
  const from = `(SELECT *, ${normaliseRestSql('once')} AS normal FROM
    (SELECT *, ${normaliseOnceSql('path')} AS once FROM ${readParquet([file])}))`
  const derived = `coalesce(method || ' ', '') || ${templateSql('path', 'normal', templates, { all: true })}`
  const given = (await hasGiven(engine, file)) ? `coalesce(${sqlName(ROUTE_GIVEN)}, false)` : LOOKS_GIVEN
  return { from, sql: `CASE WHEN ${given} OR path IS NULL THEN route ELSE ${derived} END` }
}

/** Files that were written before routes of logs were marked: a route that isn't made of a path, or has another's kind of parameter. */
const LOOKS_GIVEN = `(NOT starts_with(route, coalesce(method || ' ', '') || '/') OR
  ((contains(route, '{') OR contains(route, '<')) AND NOT contains(path, '{') AND NOT contains(path, '<')))`

async function hasGiven(engine: Engine, file: string): Promise<boolean> {
  const rows = await engine.all(
    `SELECT name FROM parquet_schema(${sqlText(file)}) WHERE name = ${sqlText(ROUTE_GIVEN)}`,
  )
  return rows.length > 0
}
