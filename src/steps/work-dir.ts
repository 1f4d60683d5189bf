/** Where an import works until it commits. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { sweepLeftovers } from '../store/catalog.js'
import { type Engine, openEngine } from '../store/engine.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError } from '../workbook/write-file.js'

/** How a finished import waits for another holder of the workbook; `waitMs` goes for one on another machine. */
export const PATIENTLY = { patient: true, waitMs: 600_000 }

/** A folder of this process's own. The next import sweeps it if the process is killed. */
export async function makeWorkDir(
  workbook: Workbook,
  { pid, isAlive }: { pid: number; isAlive: (pid: number) => boolean },
): Promise<string> {
  const { data, tmp } = workbook.paths
  await mkdir(tmp, { recursive: true }).catch(error => {
    throw explainWriteError(tmp, error)
  })
  await sweepLeftovers(data, isAlive)
  return mkdtemp(path.join(tmp, `import-${pid}-`)).catch(error => {
    throw explainWriteError(tmp, error)
  })
}

/** A folder and an engine for one piece of work; both are gone behind it. */
export async function withWorkDir<T>(
  workbook: Workbook,
  process: { pid: number; isAlive: (pid: number) => boolean },
  work: (engine: Engine, workDir: string) => Promise<T>,
): Promise<T> {
  const workDir = await makeWorkDir(workbook, process)
  try {
    const engine = await openEngine({ spillDir: path.join(workDir, 'spill') })
    try {
      return await work(engine, workDir)
    } finally {
      engine.close()
    }
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}
