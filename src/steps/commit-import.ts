/** Under the workbook's lock: what was read is committed, unless another import has brought it in, or a part of it, meanwhile. */
import { describeWithoutAccount } from '../evidence/missing-accounts.js'
import { describeOtherCurrencies } from '../evidence/other-currencies.js'
import { beginAlike } from '../sources/grown-file.js'
import type { Prepared } from '../sources/prepare-source.js'
import { commitSource, keepSuperseded, listSources, type Source, sweepOrphans } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { rowsOf } from '../store/kinds.js'
import { hasBeginning, holdsRows, STATES } from '../store/overlaps.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import type { WorkbookConfig } from '../workbook/config.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeFollowed, followRoutes } from './follow-routes.js'
import { settleRoutes } from './settle-routes.js'

export type Commit =
  /** It is done; what changed with it of what was there before. */
  | { warnings: Warning[] }
  /** It is there already, in this source. */
  | { known: Source }
  /** What it begins with came in since it was read, or went: it must be read again. */
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
  const sources = await listSources(data, engine)
  const same = sources.find(({ hash, tail }) => hash === source.hash || tail?.hash === source.hash)
  if (same) return { known: same }
  // What it goes on from was taken out, or merged with what came behind it.
  if (!hasBeginning(sources, source)) return 'grown'
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

/** What people should know of a file that came in. */
export function describePrepared(
  { source, skippedByKind, doubts }: Prepared,
  { identify, currency }: Pick<WorkbookConfig, 'identify' | 'currency'>,
): Warning[] {
  const warnings = doubts.map(
    ({ message, next, isReadAnew = false }): Warning => ({
      code: 'format-guessed',
      message: `${source.file}: ${message}`,
      next: isReadAnew ? `${next}; before that: whyslow sources remove ${source.id}` : next,
    }),
  )
  if (source.rejected > 0) {
    warnings.push({
      code: 'lines-rejected',
      message: `${source.file}: ${formatCount(source.rejected)} of ${formatCount(source.rows + source.rejected + source.skipped)} lines were rejected.`,
      next: `whyslow sources ${source.id}`,
    })
  }
  for (const [kind, count] of Object.entries(skippedByKind)) {
    // A table's header is counted, and nobody has to know.
    if (kind === 'header') continue
    warnings.push({
      code: 'lines-skipped',
      message: `${source.file}: ${formatCount(count)} ${kind} lines were skipped.`,
    })
  }
  const { withoutAccount: missing = 0, file } = source
  return [
    ...warnings,
    ...describeWithoutAccount({
      requests: rowsOf(source, 'requests'),
      missing,
      rules: identify.length,
      file,
    }),
    ...describeOtherCurrencies(source, currency),
  ]
}
