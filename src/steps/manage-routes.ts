/** Changes the path templates of a workbook, and puts them on what was imported: routes are derived again from the stored paths. */
import path from 'node:path'
import type { Source } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { inferRoutes } from '../store/infer-templates.js'
import { filesOf } from '../store/kinds.js'
import { type RouteChange, readPathsOf, readStoredRoutes, type StoredRoute } from '../store/rewrite-routes.js'
import type { Warning } from '../warnings.js'
import { type RoutesFile, readRoutesFile, writeRoutesFile } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { type ChangeOptions, changeStored, type Workshop } from './change-stored.js'
import { followRoutes, type RouteMove, sumUpChanges } from './follow-routes.js'
import { commitRewritten, rerouteSource } from './reroute-source.js'

export interface RoutesChanged {
  /** Templates of `routes.yaml` that came, and that went. */
  added: string[]
  removed: string[]
  /** Requests whose route is another one now, and the sources that they are in. */
  requests: number
  sources: number
  changes: RouteMove[]
  /** Stories that follow their route. */
  stories: { id: string; from: string; to: string }[]
  warnings: Warning[]
}

/** What a change makes of the file. `paths` are those of all routes that there are requests of, without their methods. */
export type RoutesEdit = (file: RoutesFile, paths: ReadonlySet<string>) => RoutesFile

/** Killed in the middle, an `edit` that changes nothing brings it to its end. */
export async function changeRoutes(
  workbook: Workbook,
  edit: RoutesEdit,
  options: ChangeOptions,
): Promise<RoutesChanged> {
  return changeStored(workbook, options, workshop => changeUnderLock(workbook, workshop, edit, options))
}

async function changeUnderLock(
  workbook: Workbook,
  workshop: Workshop,
  edit: RoutesEdit,
  { signal, onProgress }: ChangeOptions,
): Promise<RoutesChanged> {
  const { engine, sources, data } = workshop
  const files = sources.flatMap(source => requestFiles(data, source))
  const { routes } = await readStoredRoutes(engine, files)
  const before = await readRoutesFile(workbook)
  const edited = edit(before, new Set(routes.flatMap(route => route.path ?? [])))
  const after = await inferAgain(engine, files, routes, before, edited)
  await writeRoutesFile(workbook, after)
  const templates = [...after.routes, ...after.inferred]
  const changes: RouteChange[] = []
  let rewritten = 0
  for (const [i, source] of sources.entries()) {
    signal?.throwIfAborted()
    onProgress?.(source.file, { index: i + 1, count: sources.length })
    const result = await rerouteSource(workshop, source, templates)
    if (result === null) continue
    await commitRewritten(data, result.rerouted)
    changes.push(...result.changes)
    rewritten += 1
  }
  const moves = sumUpChanges(changes, templates)
  const known = new Set([...before.routes, ...before.inferred])
  const { stories, warnings } = await followRoutes(workbook, moves)
  return {
    added: templates.filter(template => !known.has(template)),
    removed: [...known].filter(template => !templates.includes(template)),
    requests: moves.reduce((sum, move) => sum + move.requests, 0),
    sources: rewritten,
    changes: moves,
    stories,
    warnings,
  }
}

/** Paths whose template went may have others. */
async function inferAgain(
  engine: Engine,
  files: string[],
  routes: StoredRoute[],
  before: RoutesFile,
  edited: RoutesFile,
): Promise<RoutesFile> {
  const gone = new Set(
    [...before.routes, ...before.inferred].filter(
      template => !edited.routes.includes(template) && !edited.inferred.includes(template),
    ),
  )
  const freed = [
    ...new Set(routes.flatMap(({ path, route }) => (path !== null && gone.has(path) ? [route] : []))),
  ]
  const observed = await readPathsOf(engine, files, freed, 'paths')
  return { ...edited, inferred: inferRoutes(observed, edited).inferred }
}

function requestFiles(data: string, source: Source): string[] {
  return filesOf(source, 'requests').map(file => path.join(data, file))
}
