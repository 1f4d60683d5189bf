/** Changes the path templates of a workbook, and puts them on what was imported: routes are derived again from the stored paths. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  commitSource,
  keepSuperseded,
  listSources,
  type Source,
  sweepLeftovers,
  sweepOrphans,
} from '../store/catalog.js'
import { type Engine, openEngine } from '../store/engine.js'
import { inferRoutes } from '../store/infer-templates.js'
import { filesOf } from '../store/kinds.js'
import { checkDataFiles } from '../store/open-store.js'
import { type RouteChange, readPathsOf, readStoredRoutes, type StoredRoute } from '../store/rewrite-routes.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { type RoutesFile, readRoutesFile, writeRoutesFile } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError } from '../workbook/write-file.js'
import { followRoutes, type RouteMove, sumUpChanges } from './follow-routes.js'
import { rerouteSource } from './reroute-source.js'

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

export interface ManageOptions {
  now: Date
  pid: number
  isAlive: (pid: number) => boolean
  signal?: AbortSignal
  onProgress?: (what: string) => void
}

/** What a change makes of the file. `paths` are those of all routes that there are requests of, without their methods. */
export type RoutesEdit = (file: RoutesFile, paths: ReadonlySet<string>) => RoutesFile

/** Under the workbook's lock. Killed in the middle, `edit` that changes nothing brings it to its end. */
export async function changeRoutes(
  workbook: Workbook,
  edit: RoutesEdit,
  options: ManageOptions,
): Promise<RoutesChanged> {
  const { data, tmp } = workbook.paths
  await mkdir(tmp, { recursive: true }).catch(error => {
    throw explainWriteError(tmp, error)
  })
  await sweepLeftovers(data, options.isAlive)
  const workDir = await mkdtemp(path.join(tmp, `import-${options.pid}-`))
  const engine = await openEngine({ spillDir: path.join(workDir, 'spill') })
  const interrupt = () => engine.interrupt()
  options.signal?.addEventListener('abort', interrupt, { once: true })
  try {
    return await withWorkbookLock(workbook, () => changeUnderLock(workbook, engine, edit, workDir, options), {
      signal: options.signal,
    })
  } finally {
    options.signal?.removeEventListener('abort', interrupt)
    engine.close()
    await rm(workDir, { recursive: true, force: true })
  }
}

async function changeUnderLock(
  workbook: Workbook,
  engine: Engine,
  edit: RoutesEdit,
  workDir: string,
  { now, signal, onProgress }: ManageOptions,
): Promise<RoutesChanged> {
  const { data } = workbook.paths
  const sources = await listSources(data)
  await checkDataFiles(data, sources)
  await sweepOrphans(data, sources, now)
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
    onProgress?.(`${i + 1}/${sources.length} ${source.file}`)
    const by = now.getTime().toString(36)
    const result = await rerouteSource(engine, source, templates, { data, workDir, by })
    if (result === null) continue
    const { moves, sourceFile, id, superseded } = result.rerouted
    await keepSuperseded(superseded)
    await commitSource(data, moves, { from: sourceFile, id })
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
  const paths = await readPathsOf(engine, files, freed, { isTyped: false })
  const observed = paths.map(({ path, count, file }) => ({ path, count, file: files.indexOf(file) }))
  return { ...edited, inferred: inferRoutes(observed, edited).inferred }
}

function requestFiles(data: string, source: Source): string[] {
  return filesOf(source, 'requests').map(file => path.join(data, file))
}
