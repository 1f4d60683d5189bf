/** Routes at rest follow the workbook's templates: what the files hold now, and a copy of a file whose routes are derived again from its paths. */
import { type Engine, PARQUET, readParquet, sqlName, sqlText } from './engine.js'
import type { Observed } from './infer-templates.js'
import { MOST_NAMES, REST } from './path-tree.js'
import { rememberFiles } from './remember-files.js'
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
  if (files.length === 0) return { routes: [], isAll: true }
  const rows = await engine.all<{ file: string; route: string; method: string | null; count: number }>(
    `SELECT filename AS file, route, method, ${COUNT} AS count
     FROM ${readParquet(files, ', filename = true')} WHERE route IS NOT NULL
     GROUP BY ALL ORDER BY count DESC, route, method LIMIT ${MOST_ROUTES}`,
  )
  const routes = rows.map(({ file, route, method, count }) => {
    const prefix = method === null ? '' : `${method} `
    return { file, route, count, path: route.startsWith(`${prefix}/`) ? route.slice(prefix.length) : null }
  })
  return { routes, isAll: rows.length < MOST_ROUTES }
}

/** In all files together; about 200 bytes each. */
const MOST_KNOWN = 500_000
const recallRoutes = rememberFiles<StoredRoute[]>(MOST_KNOWN, routes => routes.length)

/** The same of committed files, which don't change: each is read once in a process. */
export async function readRoutesAtRest(
  engine: Engine,
  files: string[],
): Promise<{ routes: StoredRoute[]; isAll: boolean }> {
  const found = await recallRoutes(files, async unread => {
    const { routes, isAll } = await readStoredRoutes(engine, unread)
    if (!isAll) return new Map()
    const byFile = new Map(unread.map(file => [file, [] as StoredRoute[]]))
    for (const route of routes) byFile.get(route.file)!.push(route)
    return byFile
  })
  if (found.includes(undefined)) return readStoredRoutes(engine, files)
  const routes = found
    .flatMap(one => one ?? [])
    .sort((a, b) => b.count - a.count || compareText(a.route, b.route))
  return { routes: routes.slice(0, MOST_ROUTES), isAll: routes.length < MOST_ROUTES }
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

const COUNT = `count(*) FILTER (outcome <> 'client_error')`

/**
 * The paths behind some routes, or what is made of them; `file` is a place in `files`. Of `names`, where the routes end in one, each place
 * has its most frequent and one path for the rest, as the tree would. They come a thousand in one text: a row each costs Node many times
 * what the engine needs to count them.
 */
export async function readPathsOf(
  engine: Engine,
  files: string[],
  routes: readonly string[],
  as: 'paths' | 'typed' | 'names',
): Promise<Observed[]> {
  if (files.length === 0 || routes.length === 0) return []
  const grouped = `SELECT filename, ${as === 'typed' ? typedSql('path') : 'path'} AS path, ${COUNT} AS count
    FROM ${readParquet(files, ', filename = true')} WHERE route IN (${routes.map(sqlText).join(', ')}) GROUP BY ALL`
  const packs = await engine.all<{ file: string; rest: boolean; paths: string; counts: number[] }>(
    `WITH paths AS (${as === 'names' ? takeFrequent(grouped) : `SELECT *, false AS rest FROM (${grouped})`}),
     numbered AS (SELECT *, row_number() OVER (ORDER BY count DESC, path) AS n FROM paths)
     SELECT filename AS file, rest, string_agg(path, chr(0) ORDER BY n) AS paths, list(count::DOUBLE ORDER BY n) AS counts
     FROM numbered WHERE n <= ${MOST_ROUTES} GROUP BY filename, rest, n // 1000 ORDER BY n // 1000, filename`,
  )
  return packs.flatMap(({ file, rest, paths, counts }) => {
    const number = files.indexOf(file)
    return paths
      .split('\0')
      .map((path, i) => ({ path, count: counts[i]!, file: number, ...(rest && { isRest: true }) }))
  })
}

function takeFrequent(grouped: string): string {
  const place = `left(path, length(path) - strpos(reverse(path), '/') + 1)`
  const ranked = `SELECT *, row_number() OVER (PARTITION BY filename, place ORDER BY count DESC, path) AS rank
    FROM (SELECT *, ${place} AS place FROM (${grouped}))`
  return `SELECT filename, CASE WHEN rank > ${MOST_NAMES} THEN place || ${sqlText(REST)} ELSE path END AS path,
    rank > ${MOST_NAMES} AS rest, sum(count) AS count FROM (${ranked}) GROUP BY ALL`
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
     TO ${sqlText(target)} (${PARQUET})`,
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
