/** Files that a tool leaves where it was started, if it is ended before it has moved them. */
import { readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Tool } from './tool.js'

export async function listStray({ stray }: Tool, cwd: string): Promise<string[]> {
  if (!stray) return []
  return (await readdir(cwd)).filter(name => stray.test(name))
}

/** Those that weren't there before go into the run's folder. */
export async function gatherStray(
  tool: Tool,
  cwd: string,
  before: readonly string[],
  folder: string,
): Promise<void> {
  for (const name of await listStray(tool, cwd)) {
    if (before.includes(name)) continue
    // On another disk it stays where it is: it is only what is left of a run that was cut short.
    await rename(path.join(cwd, name), path.join(folder, name)).catch(() => {})
  }
}
