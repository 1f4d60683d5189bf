/**
 * Routes are inferred over all sources: what each of several files shows too little of, they show together. Templates that come with
 * a new file, or that people edited, are put on the sources that are there already.
 */
import path from 'node:path'
import type { Prepared } from '../sources/import-file.js'
import { type Move, type Source, sourceFile, writeSourceFile } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { inferTemplates } from '../store/infer-templates.js'
import { filesOf, rowsOf } from '../store/kinds.js'
import { planRewrites, readStoredRoutes, rewriteRoutes } from '../store/rewrite-routes.js'
import { addRoutes, readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'

/** Older requests that every import looks at; all are looked at when there are new templates. */
const MOST_REQUESTS = 10_000_000

/** A source whose routes changed, ready to be committed. */
export interface Rerouted {
  id: string
  sourceFile: string
  moves: Move[]
  /** Data files that it no longer names. */
  superseded: string[]
}

/**
 * Adds what the file shows to `routes.yaml`, gives the prepared files their routes, and returns the older sources whose routes
 * change. Call it under the workbook's lock.
 */
export async function settleRoutes(
  workbook: Workbook,
  engine: Engine,
  sources: readonly Source[],
  prepared: Prepared,
  workDir: string,
): Promise<Rerouted[]> {
  if (rowsOf(prepared.source, 'requests') === 0) return []
  const { data } = workbook.paths
  const older = sources.filter(source => rowsOf(source, 'requests') > 0).toReversed()
  const recent = takeRecent(older)
  const moves = prepared.moves.filter(move => path.dirname(move.to) === path.join(data, 'requests'))
  const own = moves.map(move => move.from)
  const listed = await readRoutes(workbook)
  const stored = await readStoredRoutes(engine, [...own, ...dataFiles(data, recent)])
  const shown = stored.flatMap(({ path, count }) =>
    path === null || count === 0 ? [] : [[path, count] as const],
  )
  const templates = inferTemplates(shown, [...listed, ...prepared.templates])
  await addRoutes(workbook, templates)
  let plan = planRewrites(stored, templates)
  const isNews = templates.some(template => !listed.includes(template))
  if (recent.length < older.length && (isNews || dataFiles(data, recent).some(file => plan.has(file)))) {
    plan = planRewrites(await readStoredRoutes(engine, [...own, ...dataFiles(data, older)]), templates)
  }
  for (const [i, move] of moves.entries()) {
    const changes = plan.get(move.from)
    if (!changes) continue
    const target = path.join(workDir, `routed-${i}.parquet`)
    await rewriteRoutes(engine, move.from, changes, target)
    move.from = target
  }
  const rerouted: Rerouted[] = []
  for (const source of older.filter(one => dataFiles(data, [one]).some(file => plan.has(file)))) {
    rerouted.push(await reroute(engine, source, plan, { data, workDir, by: prepared.source.id }))
  }
  return rerouted
}

function takeRecent(sources: readonly Source[]): Source[] {
  let requests = 0
  return sources.filter(source => {
    requests += rowsOf(source, 'requests')
    return requests <= MOST_REQUESTS
  })
}

function dataFiles(data: string, sources: readonly Source[]): string[] {
  return sources.flatMap(source => filesOf(source, 'requests').map(file => path.join(data, file)))
}

/** Commands that run meanwhile go on with the old files, so the new ones have names of their own. */
async function reroute(
  engine: Engine,
  source: Source,
  plan: ReadonlyMap<string, ReadonlyMap<string, string>>,
  { data, workDir, by }: { data: string; workDir: string; by: string },
): Promise<Rerouted> {
  const moves: Move[] = []
  const files: string[] = []
  const superseded: string[] = []
  for (const [i, file] of source.files.entries()) {
    const changes = plan.get(path.join(data, file))
    const name = changes ? path.join('requests', `${source.id}-${i}-${by}.parquet`) : file
    files.push(name)
    if (!changes) continue
    const from = path.join(workDir, path.basename(name))
    await rewriteRoutes(engine, path.join(data, file), changes, from)
    superseded.push(path.join(data, file))
    moves.push({ from, to: path.join(data, name) })
  }
  const target = path.join(workDir, `source-${source.id}.parquet`)
  await writeSourceFile(engine, { ...source, files }, sourceFile(data, source.id), target)
  return { id: source.id, sourceFile: target, moves, superseded }
}
