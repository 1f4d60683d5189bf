/** What a follow takes in: batches of new lines, committed and merged as they come, and the sum of it all. */
import { findRotated } from '../sources/find-rotated.js'
import { type FollowedFile, findPlace, hasNews, partOf, takeBatch } from '../sources/followed-file.js'
import { importFile } from '../sources/import-file.js'
import { createLookupTables, identityOf, readLookups } from '../sources/lookups.js'
import type { Prepared } from '../sources/prepare-source.js'
import { listSources, type Source } from '../store/catalog.js'
import type { Engine } from '../store/engine.js'
import { findDue, mergeSources } from '../store/merge-sources.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { commitPrepared, describePrepared } from './commit-import.js'
import type { FollowRequest } from './follow-files.js'
import { type ImportedSource, type ImportResult, importFiles } from './import-files.js'
import { PATIENTLY, withWorkDir } from './work-dir.js'

export interface Intake {
  /** Commits the next new lines; false when there are none. */
  take(file: FollowedFile, isOver: boolean): Promise<boolean>
  /** Imports files as they are; null when the follow was stopped meanwhile. */
  importWhole(files: string[], leavesTail?: boolean): Promise<ImportResult | null>
  /** Imports what was written under this name before it began anew, from the siblings that it was rotated to; files that are read are left alone. */
  takeRotated(
    name: string,
    isRead: { current?: FollowedFile | null; former?: FollowedFile | undefined },
  ): Promise<void>
  /** Merges what came of a file that nothing comes behind. */
  tidy(file: FollowedFile): Promise<void>
  add(result: ImportResult, isOnce: boolean): void
  known(): Promise<Source[]>
  rows(): number
  last(): Date | null
  result(): ImportResult
}

/** Routes are inferred over everything that is there, which takes a while where that is much. */
const SETTLE_EVERY_MS = 60_000
/** More would keep the end of a follow waiting. */
const MOST_TIDIED = 1_000_000

export function createIntake(workbook: Workbook, request: FollowRequest): Intake {
  const { data } = workbook.paths
  const { clock } = request
  const sums = new Map<string, ImportedSource>()
  const batches = new Map<string, Prepared>()
  const result: ImportResult = { sources: [], failures: [], warnings: [] }
  let last: Date | null = null
  let settled_ms = Number.NEGATIVE_INFINITY
  const known = (engine?: Engine) => listSources(data, engine)

  function addSource(source: ImportedSource): void {
    const sum = sums.get(source.file)
    if (!source.alreadyImported) last = clock()
    if (!sum || sum.alreadyImported) sums.set(source.file, source)
    else if (!source.alreadyImported) sums.set(source.file, addUp(sum, source))
  }

  function addBatch({ source, skippedByKind, ...prepared }: Prepared): void {
    const sum = batches.get(source.file)
    if (!sum) return void batches.set(source.file, { ...prepared, source, skippedByKind })
    for (const [kind, count] of Object.entries(skippedByKind))
      sum.skippedByKind[kind] = (sum.skippedByKind[kind] ?? 0) + count
    sum.source = addUp(sum.source, source)
  }

  function add({ sources, failures, warnings }: ImportResult, isOnce: boolean): void {
    for (const source of sources) addSource(source)
    // A file that goes on may be readable with its next lines.
    if (isOnce) result.failures.push(...failures)
    result.warnings.push(...warnings)
  }

  async function take(file: FollowedFile, isOver: boolean): Promise<boolean> {
    if (!(await hasNews(file, isOver))) return false
    return withWorkDir(workbook, request, async (engine, workDir) => {
      const { as, unit, logFormat } = request
      const { columns, identify, logFormats } = workbook.config
      const options = { as, unit, logFormat, logFormats, columns }
      const lookups = await readLookups(workbook)
      await createLookupTables(engine, lookups, workDir)
      const batch = await takeBatch(file, workDir, { ...options, isOver })
      if (!batch) return false
      const now = clock()
      const sources = await known(engine)
      const outcome = await importFile(engine, batch.piece, {
        ...options,
        ...batch,
        now,
        workDir,
        identify,
        identity: identityOf(identify, lookups),
        templates: await readRoutes(workbook),
        dataDir: data,
      })
      if ('known' in outcome) return false
      const { prepared } = outcome
      const settles = now.getTime() - settled_ms > SETTLE_EVERY_MS
      const commit = await withWorkbookLock(
        workbook,
        async () => {
          const done = await commitPrepared(workbook, engine, prepared, {
            workDir,
            known: sources,
            now,
            settles,
          })
          if (done !== 'grown' && 'warnings' in done)
            await merge(engine, workDir, prepared.source.hash, false)
          return done
        },
        PATIENTLY,
      )
      if (commit === 'grown' || 'known' in commit) {
        // Another import was quicker.
        const before = file.place.bytes
        await findPlace(file, await known(engine))
        return file.place.bytes > before
      }
      if (settles) settled_ms = now.getTime()
      file.place = batch.place
      file.replaces = []
      addSource({ ...prepared.source, alreadyImported: false })
      result.warnings.push(...commit.warnings)
      addBatch(prepared)
      return true
    })
  }

  function importWhole(files: string[], leavesTail = false): Promise<ImportResult | null> {
    return importFiles(workbook, { ...request, files, leavesTail }).catch(error => {
      if (!request.signal.aborted) throw error
      return null
    })
  }

  /** Under the lock. */
  async function merge(engine: Engine, workDir: string, hash: string, isOver: boolean): Promise<void> {
    for (;;) {
      const sources = await known(engine)
      const newest = sources.find(source => source.hash === hash)
      const due = newest ? findDue(sources, newest, isOver) : []
      const rows = due.reduce((sum, source) => sum + source.rows, 0)
      if (due.length === 0 || (isOver && rows > MOST_TIDIED)) return
      await mergeSources(engine, data, due, workDir)
    }
  }

  return {
    take,
    add,
    importWhole,
    known,
    async tidy(file) {
      const { hash, bytes } = partOf(file.place)
      if (bytes === 0) return
      await withWorkDir(workbook, request, (engine, workDir) =>
        withWorkbookLock(workbook, () => merge(engine, workDir, hash, true), PATIENTLY),
      )
    },
    async takeRotated(name, { current, former }) {
      const sources = await known()
      const files = await withWorkDir(workbook, request, (_engine, workDir) =>
        findRotated(name, { sources, current: current?.inode, former: former?.inode, workDir }),
      )
      // In this order: a follow that is killed between two of them finds the later ones again.
      const imported = files.length > 0 ? await importWhole(files) : null
      if (imported) add(imported, true)
    },
    rows: () => [...sums.values()].reduce((sum, one) => sum + (one.alreadyImported ? 0 : one.rows), 0),
    last: () => last,
    result() {
      const warnings = [...batches.values()].flatMap(sum => describePrepared(sum, workbook.config))
      return { ...result, sources: [...sums.values()], warnings: [...result.warnings, ...warnings] }
    },
  }
}

function addUp<S extends Source>(sum: S, next: S): S {
  const times = [sum.from, sum.to, next.from, next.to].filter(time => time !== null).sort()
  const { after: _, ...source } = next
  return {
    ...source,
    ...(sum.after ? { after: sum.after } : {}),
    rows: sum.rows + next.rows,
    rejected: sum.rejected + next.rejected,
    skipped: sum.skipped + next.skipped,
    from: times[0] ?? null,
    to: times.at(-1) ?? null,
    withoutAccount: (sum.withoutAccount ?? 0) + (next.withoutAccount ?? 0),
  } as S
}
