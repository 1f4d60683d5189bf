/** Installs a tool into a folder of whyslow's own, from the lock file that whyslow ships. */
import { randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { WhyslowError } from '../../errors.js'
import { explainWriteError } from '../../workbook/write-file.js'
import { type FoundTool, findPackage, findProgram, managedFolder, type Surroundings } from './find-tool.js'
import { startGroup, startRunGuard } from './group.js'
import { endMembers } from './members.js'

/** Each has a folder of its name in `templates/tools`. */
export const INSTALLABLE = ['clinic'] as const

export interface InstallOptions {
  surroundings: Surroundings
  pid: number
  isAlive: (pid: number) => boolean
  signal: AbortSignal
  /** A folder with a package.json and a package-lock.json for each tool. */
  templates?: string
}

export interface InstalledTool extends FoundTool {
  name: string
}

const TEMPLATES = fileURLToPath(new URL('../../../templates/tools/', import.meta.url))
const LIMIT_MS = 1_800_000

/**
 * Installed beside, then renamed: a failed or interrupted installation leaves what was there before. Its packages' install
 * scripts are not run: none of them needs one.
 */
export async function installTool(name: string, options: InstallOptions): Promise<InstalledTool> {
  const { surroundings, pid, templates = TEMPLATES } = options
  const npm = await findProgram('npm', surroundings.env, null)
  if (!npm) {
    throw new WhyslowError('npm is not on PATH, and it is needed to install tools.', {
      exit: 4,
      next: ['Install Node with npm: https://nodejs.org'],
    })
  }
  const home = managedFolder(surroundings)
  const beside = path.join(home, `.${name}-${pid}`)
  try {
    await mkdir(home, { recursive: true })
    await sweepUnfinished(home, options.isAlive)
    await cp(path.join(templates, name), beside, { recursive: true })
  } catch (error) {
    throw explainWriteError(home, error)
  }
  try {
    await runNpm(npm.file, beside, options)
    await replaceFolder(beside, path.join(home, name), `${beside}-old`)
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
  const found = await findPackage(name, surroundings)
  if (found?.from !== 'managed folder') {
    throw new WhyslowError(`npm said that it installed ${name}, but it isn't in ${home}.`, { exit: 4 })
  }
  return { name, ...found }
}

/** Of installations that were killed. */
async function sweepUnfinished(home: string, isAlive: (pid: number) => boolean): Promise<void> {
  for (const name of await readdir(home)) {
    const owner = /^\.[a-z]+-(\d+)(?:-old)?$/.exec(name)?.[1]
    if (owner && !isAlive(Number(owner))) await rm(path.join(home, name), { recursive: true, force: true })
  }
}

async function replaceFolder(from: string, to: string, old: string): Promise<void> {
  const had = await rename(to, old).then(
    () => true,
    () => false,
  )
  try {
    await rename(from, to)
  } catch (error) {
    if (had) await rename(old, to)
    throw explainWriteError(to, error)
  }
  await rm(old, { recursive: true, force: true })
}

/** In a group of its own, ended with all its children on Ctrl-C and when whyslow is killed. */
async function runNpm(npm: string, folder: string, options: InstallOptions): Promise<void> {
  const { signal, surroundings } = options
  const token = randomUUID()
  const run = { groups: [] as number[], token }
  const guard = await startRunGuard({ token, limit_ms: LIMIT_MS })
  try {
    const args = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev']
    const group = await startGroup([npm, ...args], { cwd: folder, env: surroundings.env, token })
    run.groups.push(group.pid)
    guard.tell({ group: group.pid })
    const interrupted = new Promise<null>(resolve => {
      if (signal.aborted) resolve(null)
      signal.addEventListener('abort', () => resolve(null), { once: true })
    })
    const ended = await Promise.race([group.ended, interrupted])
    if (ended === null) signal.throwIfAborted()
    else if (ended.code !== 0) throw explainNpm(group.tail())
  } finally {
    await endMembers(run, { interrupt_ms: 2000, terminate_ms: 2000 })
    guard.done()
  }
}

function explainNpm(tail: string[]): WhyslowError {
  return new WhyslowError(
    ['npm could not install it; nothing was changed. Its last lines:', ...tail].join('\n  '),
    {
      exit: 4,
      next: ['It needs the network, and a registry that npm reaches: npm ping'],
    },
  )
}
