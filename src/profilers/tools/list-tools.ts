/** Which tools are there, in which version and from where, and how to get the others. */
import { readFile } from 'node:fs/promises'
import type { FoundTool, Surroundings } from './find-tool.js'
import { listAllTools, type Samplers } from './index.js'
import type { Tool } from './tool.js'

export interface ListedTool {
  name: string
  measures: string
  /** Whether it starts the program, or samples a process by its pid. */
  by: Tool['by']
  /** Null when it isn't installed; the three below, too. */
  version: string | null
  from: FoundTool['from'] | null
  file: string | null
  /** How to get it; empty when it is there. */
  get: string[]
  /** What limits it here. */
  note: string | null
}

export async function listTools(samplers: Samplers, surroundings: Surroundings): Promise<ListedTool[]> {
  return Promise.all(
    listAllTools(samplers).map(async ({ name, measures, by, find, missing }) => {
      const found = await find(surroundings)
      return {
        name,
        measures,
        by,
        version: found?.version ?? null,
        from: found?.from ?? null,
        file: found?.file ?? null,
        get: found ? [] : [...missing],
        note: name === 'perf' && found ? await describeParanoid() : null,
      }
    }),
  )
}

async function describeParanoid(): Promise<string | null> {
  const text = await readFile('/proc/sys/kernel/perf_event_paranoid', 'utf8').catch(() => null)
  if (text === null || process.geteuid?.() === 0) return null
  const level = Number(text)
  if (level <= 1) return null
  return level > 2
    ? `kernel.perf_event_paranoid is ${level}: only root may sample (sudo sysctl kernel.perf_event_paranoid=1)`
    : `kernel.perf_event_paranoid is ${level}: your own processes only, without the kernel's part`
}
