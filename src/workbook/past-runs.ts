/**
 * How long commands took over how many requests, the last time on this machine: what the time left is told by. Queries depend on
 * what earlier ones found, and the engine's share of one is rough (half may mean nearly done), so nothing else tells it.
 */
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Workbook } from './workbook.js'
import { writeFileAtomic } from './write-file.js'

export interface PastRun {
  ms: number
  requests: number
}

/** Null before the first run, and where what is kept can't be read. */
export async function recallRun(workbook: Workbook, command: string): Promise<PastRun | null> {
  try {
    const { ms, requests } = JSON.parse(await readFile(fileOf(workbook, command), 'utf8')) as PastRun
    return ms > 0 && requests > 0 ? { ms, requests } : null
  } catch {
    return null
  }
}

/** A workbook that can't be written to does without. */
export async function keepRun(workbook: Workbook, command: string, run: PastRun): Promise<void> {
  const file = fileOf(workbook, command)
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFileAtomic(file, JSON.stringify(run))
  } catch {}
}

function fileOf(workbook: Workbook, command: string): string {
  return path.join(workbook.paths.data, 'past-runs', `${command.replaceAll(/\W+/g, '-')}.json`)
}
