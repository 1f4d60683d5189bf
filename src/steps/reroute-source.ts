/** A stored source gets files with other routes or accounts. Commands that run meanwhile go on with the old ones. */
import path from 'node:path'
import {
  commitSource,
  keepSuperseded,
  type Move,
  type Source,
  sourceFile,
  writeSourceFile,
} from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { filesOf } from '../store/kinds.js'
import { findChanges, type RouteChange, rewriteRoutes } from '../store/rewrite-routes.js'

/** A source with other files, ready to be committed. */
export interface Rewritten {
  id: string
  sourceFile: string
  moves: Move[]
  /** Data files that it no longer names. */
  superseded: string[]
}

export interface Bench {
  engine: Engine
  data: string
  workDir: string
  /** Part of the new files' names, which must not be taken. */
  by: string
}

/** `rewrite` writes another file of requests in place of one, or says that it needn't. `describe`: what the source says of itself then. */
export async function rewriteSource(
  { engine, data, workDir, by }: Bench,
  source: Source,
  rewrite: (file: string, target: string) => Promise<boolean>,
  describe: (files: string[]) => Promise<Partial<Source>> = async () => ({}),
): Promise<Rewritten> {
  const moves: Move[] = []
  const superseded: string[] = []
  const renamed = new Map<string, Move>()
  for (const [i, file] of filesOf(source, 'requests').entries()) {
    const name = path.join('requests', `${source.id}-${i}-${by}.parquet`)
    const move = { from: path.join(workDir, path.basename(name)), to: path.join(data, name) }
    if (!(await rewrite(path.join(data, file), move.from))) continue
    superseded.push(path.join(data, file))
    moves.push(move)
    renamed.set(file, move)
  }
  const target = path.join(workDir, `source-${source.id}.parquet`)
  const files = source.files.map(file => {
    const move = renamed.get(file)
    return move ? path.relative(data, move.to) : file
  })
  const now = filesOf(source, 'requests').map(file => renamed.get(file)?.from ?? path.join(data, file))
  const described = await describe(now)
  await writeSourceFile(engine, { ...source, ...described, files }, sourceFile(data, source.id), target)
  return { id: source.id, sourceFile: target, moves, superseded }
}

/** Null when no route changes. */
export async function rerouteSource(
  bench: Bench,
  source: Source,
  templates: readonly string[],
): Promise<{ rerouted: Rewritten; changes: RouteChange[] } | null> {
  const all: RouteChange[] = []
  const rerouted = await rewriteSource(bench, source, async (file, target) => {
    const changes = await findChanges(bench.engine, file, templates)
    all.push(...changes)
    if (changes.length > 0) await rewriteRoutes(bench.engine, file, templates, target)
    return changes.length > 0
  })
  return all.length === 0 ? null : { rerouted, changes: all }
}

export async function commitRewritten(data: string, rewritten: Rewritten): Promise<void> {
  const { moves, sourceFile, id, superseded } = rewritten
  await keepSuperseded(superseded)
  await commitSource(data, moves, { from: sourceFile, id })
}
