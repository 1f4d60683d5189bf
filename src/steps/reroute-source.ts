/** A stored source gets the routes that its paths have under other templates. Commands that run meanwhile go on with the old files. */
import path from 'node:path'
import { type Move, type Source, sourceFile, writeSourceFile } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { filesOf } from '../store/kinds.js'
import { findChanges, type RouteChange, rewriteRoutes } from '../store/rewrite-routes.js'

/** A source whose routes changed, ready to be committed. */
export interface Rerouted {
  id: string
  sourceFile: string
  moves: Move[]
  /** Data files that it no longer names. */
  superseded: string[]
}

/** Null when no route changes. `by` is part of the new files' names, which must not be taken. */
export async function rerouteSource(
  engine: Engine,
  source: Source,
  templates: readonly string[],
  { data, workDir, by }: { data: string; workDir: string; by: string },
): Promise<{ rerouted: Rerouted; changes: RouteChange[] } | null> {
  const moves: Move[] = []
  const superseded: string[] = []
  const all: RouteChange[] = []
  const renamed = new Map<string, string>()
  for (const [i, file] of filesOf(source, 'requests').entries()) {
    const old = path.join(data, file)
    const changes = await findChanges(engine, old, templates)
    if (changes.length === 0) continue
    all.push(...changes)
    const name = path.join('requests', `${source.id}-${i}-${by}.parquet`)
    const from = path.join(workDir, path.basename(name))
    await rewriteRoutes(engine, old, templates, from)
    superseded.push(old)
    moves.push({ from, to: path.join(data, name) })
    renamed.set(file, name)
  }
  if (moves.length === 0) return null
  const target = path.join(workDir, `source-${source.id}.parquet`)
  const files = source.files.map(file => renamed.get(file) ?? file)
  await writeSourceFile(engine, { ...source, files }, sourceFile(data, source.id), target)
  return { rerouted: { id: source.id, sourceFile: target, moves, superseded }, changes: all }
}
