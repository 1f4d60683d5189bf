/** What changes stored sources: in a work folder of its own, under the workbook's lock. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Part } from '../reports/working.js'
import { listSources, type Source, sweepLeftovers, sweepOrphans } from '../store/catalog.js'
import { type Engine, openEngine } from '../store/engine.js'
import { checkDataFiles } from '../store/open-store.js'
import { withWorkbookLock } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError } from '../workbook/write-file.js'

export interface ChangeOptions {
  now: Date
  pid: number
  isAlive: (pid: number) => boolean
  signal?: AbortSignal
  /** Before each file. */
  onProgress?: (file: string, part: Part) => void
}

export interface Workshop {
  engine: Engine
  sources: Source[]
  data: string
  workDir: string
  /** A part of new files' names that no other change uses. */
  by: string
}

export async function changeStored<T>(
  workbook: Workbook,
  { now, pid, isAlive, signal }: ChangeOptions,
  change: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const { data, tmp } = workbook.paths
  const makeWorkDir = async () => {
    await mkdir(tmp, { recursive: true })
    return mkdtemp(path.join(tmp, `import-${pid}-`))
  }
  await sweepLeftovers(data, isAlive)
  const workDir = await makeWorkDir().catch(error => {
    throw explainWriteError(tmp, error)
  })
  const engine = await openEngine({ spillDir: path.join(workDir, 'spill') })
  const interrupt = () => engine.interrupt()
  signal?.addEventListener('abort', interrupt, { once: true })
  const underLock = async () => {
    const sources = await listSources(data, engine)
    await checkDataFiles(data, sources)
    await sweepOrphans(data, sources, now)
    return change({ engine, sources, data, workDir, by: now.getTime().toString(36) })
  }
  try {
    return await withWorkbookLock(workbook, underLock, { signal })
  } finally {
    signal?.removeEventListener('abort', interrupt)
    engine.close()
    await rm(workDir, { recursive: true, force: true })
  }
}
