/** Imports files into a workbook, one after the other. What fails stays out; what went in before it stays in. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { WhyslowError } from '../errors.js'
import { type ImportProgress, importFile } from '../sources/import-file.js'
import type { LayoutOptions } from '../sources/layout.js'
import { createLookupTables, identityOf, type Lookup, readLookups } from '../sources/lookups.js'
import { listSources, type Source } from '../store/catalog.js'
import { type Engine, isDiskFull } from '../store/engine.js'
import { checkDataFiles } from '../store/open-store.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { commitPrepared, describePrepared } from './commit-import.js'
import { createOpener, type Opened } from './open-ahead.js'
import { warnOfTwice } from './warn-of-twice.js'
import { PATIENTLY, withWorkDir } from './work-dir.js'

export interface ImportedSource extends Source {
  alreadyImported: boolean
}

export interface ImportResult {
  sources: ImportedSource[]
  /** Files that could not be imported, with the reason. */
  failures: { file: string; error: Error }[]
  warnings: Warning[]
}

export interface ImportRequest extends LayoutOptions {
  /** Paths; `-` is `stdin`. */
  files: string[]
  stdin: Readable
  as?: string
  /** A last line without an end is left for later. */
  leavesTail?: boolean
  now: Date
  signal?: AbortSignal
  onProgress?: (file: string, progress: ImportProgress) => void
  isAlive: (pid: number) => boolean
  pid: number
}

export async function importFiles(workbook: Workbook, request: ImportRequest): Promise<ImportResult> {
  const result: ImportResult = { sources: [], failures: [], warnings: [] }
  const lookups = await readLookups(workbook)
  const opener = createOpener(workbook, request)
  for (const [i, file] of request.files.entries()) {
    // Of accounts and tickets with the same id the newest import counts: the last one that was named.
    const now = new Date(request.now.getTime() + i)
    try {
      const imported = await importOne(workbook, file, {
        ...request,
        now,
        lookups,
        open: () => opener.take(i),
      })
      result.sources.push(imported.source)
      result.warnings.push(...imported.warnings)
    } catch (error) {
      if (request.signal?.aborted) await opener.release(i + 1)
      request.signal?.throwIfAborted()
      result.failures.push({ file, error: explainFullDisk(error, file, workbook) })
    } finally {
      await opener.release(i)
    }
  }
  if (result.sources.some(source => !source.alreadyImported))
    result.warnings.push(...(await warnOfTwice(workbook, await listSources(workbook.paths.data))))
  return result
}

interface ImportTurn extends ImportRequest {
  lookups: readonly Lookup[]
  open(): Promise<Opened>
}

interface Imported {
  source: ImportedSource
  warnings: Warning[]
}

/** In a work folder of its own, which the next import sweeps if this one is killed. */
function importOne(workbook: Workbook, file: string, request: ImportTurn): Promise<Imported> {
  return withWorkDir(workbook, request, async (engine, workDir) => {
    await createLookupTables(engine, request.lookups, workDir)
    return importInto(workbook, engine, file, workDir, request)
  })
}

async function importInto(
  workbook: Workbook,
  engine: Engine,
  file: string,
  workDir: string,
  request: ImportTurn,
): Promise<Imported> {
  const { as, unit, logFormat, leavesTail = false, signal, now } = request
  const { data } = workbook.paths
  const onProgress = (progress: ImportProgress) => request.onProgress?.(file, progress)
  await checkDataFiles(data, await listSources(data, engine))
  const { input, ...opened } = await request.open()
  let { known } = opened
  for (let turn = 0; ; turn += 1) {
    const turnDir = path.join(workDir, String(turn))
    await mkdir(turnDir)
    const outcome = await importFile(engine, input, {
      as,
      unit,
      logFormat,
      leavesTail,
      logFormats: workbook.config.logFormats,
      signal,
      onProgress,
      now,
      workDir: turnDir,
      known,
      identify: workbook.config.identify,
      identity: identityOf(workbook.config.identify, request.lookups),
      templates: await readRoutes(workbook),
      columns: workbook.config.columns,
      dataDir: data,
    })
    if ('known' in outcome) return { source: { ...outcome.known, file, alreadyImported: true }, warnings: [] }
    const { prepared } = outcome
    const commit = await withWorkbookLock(
      workbook,
      () => commitPrepared(workbook, engine, prepared, { workDir: turnDir, known, now }),
      { ...PATIENTLY, signal },
    )
    if (commit !== 'grown' && 'known' in commit)
      return { source: { ...commit.known, file, alreadyImported: true }, warnings: [] }
    if (commit !== 'grown') {
      const warnings = [...describePrepared(prepared, workbook.config), ...commit.warnings]
      return { source: { ...prepared.source, alreadyImported: false }, warnings }
    }
    // Another import has committed a part of it meanwhile, or a part of it was taken out.
    known = await listSources(data, engine)
    input.scan = null
  }
}

function explainFullDisk(error: unknown, file: string, workbook: Workbook): Error {
  if (!isDiskFull(error)) return error as Error
  return new WhyslowError('The disk is full; nothing of this file was imported.', {
    place: { file },
    next: [`Make room where the workbook keeps its data: df -h '${workbook.paths.data}'`],
    exit: 4,
    cause: error,
  })
}
