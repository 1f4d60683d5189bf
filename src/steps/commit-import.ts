/** Under the workbook's lock: what was read is committed, unless another import has brought it in, or a part of it, meanwhile. */
import { beginAlike } from '../sources/grown-file.js'
import type { Prepared } from '../sources/prepare-source.js'
import { commitSource, keepSuperseded, listSources, type Source, sweepOrphans } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { holdsRows, STATES } from '../store/overlaps.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeFollowed, followRoutes } from './follow-routes.js'
import { settleRoutes } from './settle-routes.js'

export type Commit =
  /** It is done; what changed with it of what was there before. */
  | { warnings: Warning[] }
  /** It is there already, in this source. */
  | { known: Source }
  /** It begins with what came in since it was read: it must be read again, from there on. */
  | 'grown'

export interface CommitOptions {
  workDir: string
  /** The sources when it was read. */
  known: readonly Source[]
  now: Date
  /** Whether routes are inferred anew; left out where many small pieces come in a row. */
  settles?: boolean
}

export async function commitPrepared(
  workbook: Workbook,
  engine: Engine,
  prepared: Prepared,
  { workDir, known, now, settles = true }: CommitOptions,
): Promise<Commit> {
  const { data } = workbook.paths
  const { source, moves, sourceFile } = prepared
  const sources = await listSources(data)
  const same = sources.find(({ hash, tail }) => hash === source.hash || tail?.hash === source.hash)
  if (same) return { known: same }
  if (!STATES.has(source.kind)) {
    const alike = sources.filter(other => overlaps(other, source))
    const isNews = ({ id }: Source) => !known.some(other => other.id === id)
    if (alike.some(other => other.bytes < source.bytes && isNews(other))) return 'grown'
    for (const other of alike.filter(one => one.bytes > source.bytes)) {
      if (await holdsRows(engine, data, other, moves.slice(0, moves.length - (source.tail?.files ?? 0))))
        return { known: other }
    }
  }
  await sweepOrphans(data, sources, now)
  const { rerouted, moves: routes } = settles
    ? await settleRoutes(workbook, engine, sources, prepared, workDir)
    : { rerouted: [], moves: [] }
  for (const { moves, sourceFile, id, superseded } of rerouted) {
    await keepSuperseded(superseded)
    await commitSource(data, moves, { from: sourceFile, id })
  }
  await commitSource(data, moves, { from: sourceFile, id: source.id })
  const { stories, warnings } = await followRoutes(workbook, routes)
  return { warnings: [...describeFollowed(stories), ...warnings] }
}

/** Whether both begin at the same place of what may be the same content. */
function overlaps(one: Source, other: Source): boolean {
  return (
    one.kind === other.kind &&
    one.opening !== undefined &&
    other.opening !== undefined &&
    one.after?.hash === other.after?.hash &&
    beginAlike(one.opening, other.opening)
  )
}
