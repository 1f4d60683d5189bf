/** Imports files into a workbook, one after the other. What fails stays out; what went in before it stays in. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { systemErrorCode, WhyslowError } from '../errors.js'
import type { LayoutOptions } from '../sources/layout.js'
import { importFile, type ImportProgress, type Prepared } from '../sources/import-file.js'
import { copyInput, type Input, openInput } from '../sources/open-input.js'
import { commitSource, listSources, type Source, sweepLeftovers } from '../store/catalog.js'
import { type Engine, openEngine } from '../store/engine.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import { addRoutes, readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'

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
  const { data, tmp } = workbook.paths
  await mkdir(tmp, { recursive: true })
  await sweepLeftovers(data, request.isAlive)
  const result: ImportResult = { sources: [], failures: [], warnings: [] }
  for (const file of request.files) {
    const workDir = await mkdtemp(path.join(tmp, `import-${request.pid}-`))
    const engine = await openEngine({ spillDir: path.join(workDir, 'spill') })
    try {
      const imported = await importOne(workbook, engine, file, workDir, request)
      result.sources.push(imported.source)
      result.warnings.push(...imported.warnings)
    } catch (error) {
      request.signal?.throwIfAborted()
      result.failures.push({ file, error: explainFullDisk(error, file, workbook) })
    } finally {
      engine.close()
      await rm(workDir, { recursive: true, force: true })
    }
  }
  return result
}

async function importOne(
  workbook: Workbook,
  engine: Engine,
  file: string,
  workDir: string,
  request: ImportRequest,
): Promise<{ source: ImportedSource; warnings: Warning[] }> {
  const { as, unit, signal, onProgress } = request
  const input = await openOne(file, workDir, request)
  const outcome = await importFile(engine, input, {
    identify: workbook.config.identify,
    templates: await readRoutes(workbook),
    workDir,
    dataDir: workbook.paths.data,
    now: request.now,
    ...(as === undefined ? {} : { as }),
    ...(unit === undefined ? {} : { unit }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress: progress => onProgress(file, progress) }),
  })
  if ('known' in outcome) return { source: { ...outcome.known, file, alreadyImported: true }, warnings: [] }
  const { prepared } = outcome
  const known = await withWorkbookLock(workbook, () => commit(workbook, prepared))
  if (known) return { source: { ...known, file, alreadyImported: true }, warnings: [] }
  return { source: { ...prepared.source, alreadyImported: false }, warnings: describeLosses(prepared) }
}

function openOne(file: string, workDir: string, request: ImportRequest): Promise<Input> {
  const progress = {
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    onBytes: (bytes: number) => request.onProgress?.(file, { done: 0, bytes }),
  }
  return file === '-' ? copyInput('-', request.stdin, workDir, progress) : openInput(file, workDir, progress)
}

/** Another import of the same content may have been quicker; its source is returned then. */
async function commit(workbook: Workbook, prepared: Prepared): Promise<Source | null> {
  const { source } = prepared
  const known = (await listSources(workbook.paths.data)).find(other => other.hash === source.hash)
  if (known) return known
  if (prepared.templates.length > 0) await addRoutes(workbook, prepared.templates)
  await commitSource(workbook.paths.data, prepared.moves, { from: prepared.sourceFile, id: source.id })
  return null
}

function describeLosses({ source, skippedByKind }: Prepared): Warning[] {
  const warnings: Warning[] = []
  if (source.rejected > 0) {
    warnings.push({
      code: 'lines-rejected',
      message: `${source.file}: ${formatCount(source.rejected)} of ${formatCount(source.rows + source.rejected + source.skipped)} lines were rejected.`,
      next: `whyslow sources ${source.id}`,
    })
  }
  for (const [kind, count] of Object.entries(skippedByKind)) {
    warnings.push({ code: 'lines-skipped', message: `${source.file}: ${formatCount(count)} ${kind} lines were skipped.` })
  }
  return warnings
}

function explainFullDisk(error: unknown, file: string, workbook: Workbook): Error {
  const full = systemErrorCode(error) === 'ENOSPC' || /No space left on device/i.test(String((error as Error).message))
  if (!full) return error as Error
  return new WhyslowError('The disk is full; nothing of this file was imported.', {
    place: { file },
    next: [`Make room where the workbook keeps its data: df -h '${workbook.paths.data}'`],
    exit: 4,
    cause: error,
  })
}
