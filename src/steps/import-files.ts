/** Imports files into a workbook, one after the other. What fails stays out; what went in before it stays in. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { WhyslowError } from '../errors.js'
import { describeWithoutAccount } from '../evidence/missing-accounts.js'
import { knownContents } from '../sources/grown-file.js'
import { type ImportProgress, importFile } from '../sources/import-file.js'
import type { LayoutOptions } from '../sources/layout.js'
import { createLookupTables, identityOf, type Lookup, readLookups } from '../sources/lookups.js'
import { openInput } from '../sources/open-input.js'
import type { Prepared } from '../sources/prepare-source.js'
import { listSources, type Source, sweepLeftovers } from '../store/catalog.js'
import { type Engine, isDiskFull, openEngine } from '../store/engine.js'
import { rowsOf } from '../store/kinds.js'
import { checkDataFiles } from '../store/open-store.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError } from '../workbook/write-file.js'
import { commitPrepared } from './commit-import.js'

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
  now: Date
  signal?: AbortSignal
  onProgress?: (file: string, progress: ImportProgress) => void
  isAlive: (pid: number) => boolean
  pid: number
}

export async function importFiles(workbook: Workbook, request: ImportRequest): Promise<ImportResult> {
  const result: ImportResult = { sources: [], failures: [], warnings: [] }
  const lookups = await readLookups(workbook)
  for (const [i, file] of request.files.entries()) {
    // Of accounts and tickets with the same id the newest import counts: the last one that was named.
    const now = new Date(request.now.getTime() + i)
    try {
      const imported = await importOne(workbook, file, { ...request, now, lookups })
      result.sources.push(imported.source)
      result.warnings.push(...imported.warnings)
    } catch (error) {
      request.signal?.throwIfAborted()
      result.failures.push({ file, error: explainFullDisk(error, file, workbook) })
    }
  }
  return result
}

/** How long a finished import waits for a holder of the workbook on another machine. */
const WAIT_ELSEWHERE_MS = 600_000

interface ImportTurn extends ImportRequest {
  lookups: readonly Lookup[]
}

interface Imported {
  source: ImportedSource
  warnings: Warning[]
}

/** In a work folder of its own, which the next import sweeps if this one is killed. */
async function importOne(workbook: Workbook, file: string, request: ImportTurn): Promise<Imported> {
  const { data, tmp } = workbook.paths
  await mkdir(tmp, { recursive: true }).catch(error => {
    throw explainWriteError(tmp, error)
  })
  await sweepLeftovers(data, request.isAlive)
  const workDir = await mkdtemp(path.join(tmp, `import-${request.pid}-`)).catch(error => {
    throw explainWriteError(tmp, error)
  })
  try {
    const engine = await openEngine({ spillDir: path.join(workDir, 'spill') })
    try {
      await createLookupTables(engine, request.lookups, workDir)
      return await importInto(workbook, engine, file, workDir, request)
    } finally {
      engine.close()
    }
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}

async function importInto(
  workbook: Workbook,
  engine: Engine,
  file: string,
  workDir: string,
  request: ImportTurn,
): Promise<Imported> {
  const { as, unit, logFormat, signal, stdin, now } = request
  const { data } = workbook.paths
  const onProgress = (progress: ImportProgress) => request.onProgress?.(file, progress)
  let known = await listSources(data)
  await checkDataFiles(data, known)
  const input = await openInput(file, {
    stdin,
    workDir,
    known: knownContents(known),
    signal,
    onBytes: bytes => onProgress({ done: 0, bytes }),
  })
  for (let turn = 0; ; turn += 1) {
    const turnDir = path.join(workDir, String(turn))
    await mkdir(turnDir)
    const outcome = await importFile(engine, input, {
      as,
      unit,
      logFormat,
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
      { patient: true, waitMs: WAIT_ELSEWHERE_MS, signal },
    )
    if (commit !== 'grown' && 'known' in commit)
      return { source: { ...commit.known, file, alreadyImported: true }, warnings: [] }
    if (commit !== 'grown') {
      const warnings = [
        ...describePrepared(prepared),
        ...describeMissing(prepared, workbook.config.identify.length),
        ...commit.warnings,
      ]
      return { source: { ...prepared.source, alreadyImported: false }, warnings }
    }
    // Another import has committed a part of it meanwhile.
    known = await listSources(data)
    input.scan = null
  }
}

function describeMissing({ source }: Prepared, rules: number): Warning[] {
  const { withoutAccount: missing = 0, file } = source
  return describeWithoutAccount({ requests: rowsOf(source, 'requests'), missing, rules, file })
}

function describePrepared({ source, skippedByKind, doubts }: Prepared): Warning[] {
  const warnings = doubts.map(
    ({ message, next }): Warning => ({ code: 'format-guessed', message: `${source.file}: ${message}`, next }),
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
  return warnings
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
