/**
 * Routes are inferred over all sources: what each of several files shows too little of, they show together. Templates that come with
 * a new file, or that people edited, are put on the sources that are there already.
 */
import path from 'node:path'
import type { Prepared } from '../sources/prepare-source.js'
import type { Source } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { type Inference, inferRoutes, type Observed } from '../store/infer-templates.js'
import { filesOf, rowsOf } from '../store/kinds.js'
import {
  createChangeFinder,
  findChanges,
  type RouteChange,
  readPathsOf,
  readRoutesAtRest,
  readStoredRoutes,
  rewriteRoutes,
  type StoredRoute,
} from '../store/rewrite-routes.js'
import { createMatcher, examplePath } from '../store/routes.js'
import { type RoutesFile, readRoutesFile, writeRoutesFile } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { type RouteMove, sumUpChanges } from './follow-routes.js'
import { type Rewritten, rerouteSource } from './reroute-source.js'

/** Older requests that every import looks at; all are looked at when there are new templates. */
const MOST_REQUESTS = 10_000_000

export interface Settled {
  rerouted: Rewritten[]
  /** Of requests that were there before. */
  moves: RouteMove[]
}

/**
 * Keeps what the file shows in `routes.yaml`, gives the prepared files their routes, and returns the older sources whose routes
 * change. Call it under the workbook's lock.
 */
export async function settleRoutes(
  workbook: Workbook,
  engine: Engine,
  sources: readonly Source[],
  prepared: Prepared,
  workDir: string,
): Promise<Settled> {
  if (rowsOf(prepared.source, 'requests') === 0) return { rerouted: [], moves: [] }
  const { data } = workbook.paths
  const older = sources.filter(source => rowsOf(source, 'requests') > 0).toReversed()
  const recent = takeRecent(older)
  const moves = prepared.moves.filter(move => path.dirname(move.to) === path.join(data, 'requests'))
  const own = moves.map(move => move.from)
  const kept = await readRoutesFile(workbook)
  const mine = await readStoredRoutes(engine, own)
  const theirs = await readRoutesAtRest(engine, requestFiles(data, recent))
  const numbers = new Map(
    recent.flatMap((source, i) => requestFiles(data, [source]).map(file => [file, i + 1] as const)),
  )
  const observed = [
    ...(await observeNew(engine, own, mine.routes, kept, prepared.templates)),
    ...theirs.routes.map(route => toObserved(route, numbers.get(route.file)!)),
  ]
  const inference = inferRoutes(
    observed.filter(one => one !== null),
    kept,
  )
  await writeRoutesFile(workbook, { ...kept, inferred: inference.inferred })
  const { templates } = inference
  const isOff = createChangeFinder(templates, findFresh(inference, prepared.templates))
  for (const [i, move] of moves.entries()) {
    const isMine = ({ file, path }: StoredRoute) => file === move.from && path !== null && isOff(path)
    if (mine.isAll && !mine.routes.some(isMine)) continue
    if ((await findChanges(engine, move.from, templates)).length === 0) continue
    const target = path.join(workDir, `routed-${i}.parquet`)
    await rewriteRoutes(engine, move.from, templates, target)
    move.from = target
  }
  const fresh = findFresh(inference, [...kept.routes, ...kept.inferred])
  const isStale = createChangeFinder(templates, fresh)
  const stale = new Set(
    theirs.routes.flatMap(one => (one.path !== null && isStale(one.path) ? [one.file] : [])),
  )
  const isWide = !theirs.isAll || (recent.length < older.length && (fresh.length > 0 || stale.size > 0))
  const rerouted: Rewritten[] = []
  const changes: RouteChange[] = []
  for (const source of isWide ? older : recent) {
    const files = requestFiles(data, [source])
    if (!isWide && !files.some(file => stale.has(file))) continue
    const bench = { engine, data, workDir, by: prepared.source.id }
    const result = await rerouteSource(bench, source, templates)
    if (result === null) continue
    rerouted.push(result.rerouted)
    changes.push(...result.changes)
  }
  return { rerouted, moves: sumUpChanges(changes, templates) }
}

/** What the new file shows. Where a template may hide what stands behind it, the paths themselves. */
async function observeNew(
  engine: Engine,
  files: string[],
  routes: StoredRoute[],
  kept: RoutesFile,
  written: readonly string[],
): Promise<(Observed | null)[]> {
  const matchPeoples = createMatcher(kept.routes)
  const isHidden = ({ path }: StoredRoute) =>
    path !== null && /\/:[^/]/.test(path) && matchPeoples(examplePath(path)) === null
  const hasText = ({ path }: StoredRoute) => /\/:(?!(?:id|uuid|date)(?:\/|$))/.test(path!)
  const hidden = routes.filter(isHidden)
  const texts = hidden.filter(hasText)
  // The file's sample has shown what stands behind its other templates.
  const ids = hidden.filter(route => !hasText(route) && !written.includes(route.path!))
  const namesOf = (some: StoredRoute[]) => [...new Set(some.map(one => one.route))]
  const endsInText = ({ path }: StoredRoute) => /\/:(?!(?:id|uuid|date)$)[^/]+$/.test(path!)
  const read = (some: StoredRoute[], as: 'paths' | 'typed' | 'names') =>
    readPathsOf(engine, files, namesOf(some), as)
  const paths = [
    ...(await read(texts.filter(endsInText), 'names')),
    ...(await read(
      texts.filter(route => !endsInText(route)),
      'paths',
    )),
    ...(await read(ids, 'typed')),
  ]
  const unknown = new Set([...texts, ...ids])
  return [
    ...paths.map(one => ({ ...one, file: 0 })),
    ...routes.filter(route => !unknown.has(route)).map(route => toObserved(route, 0)),
  ]
}

function toObserved({ path, count }: StoredRoute, file: number): Observed | null {
  return path === null ? null : { path, count, file }
}

/** Templates that weren't there before. */
function findFresh({ templates }: Inference, before: readonly string[]): string[] {
  const known = new Set(before)
  return templates.filter(template => !known.has(template))
}

function takeRecent(sources: readonly Source[]): Source[] {
  let requests = 0
  return sources.filter(source => {
    requests += rowsOf(source, 'requests')
    return requests <= MOST_REQUESTS
  })
}

function requestFiles(data: string, sources: readonly Source[]): string[] {
  return sources.flatMap(source => filesOf(source, 'requests').map(file => path.join(data, file)))
}
