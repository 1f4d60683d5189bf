/** What a repetition was measured on: the code, what it depends on, and the machine. */
import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { MixedRequest } from '../../load/spread-mix.js'
import type { Environment } from './repetition.js'
import { type Repository, runGit } from './run-git.js'

export interface Commit {
  /** Null outside git, and before the first commit. */
  sha: string | null
  isDirty: boolean
}

/**
 * The commit that is checked out around the folder. `except`: files and folders (absolute) that may differ without a word, such as
 * the results themselves. Files that git ignores don't count; new ones that it doesn't ignore do.
 */
export async function readCommit(repository: Repository, except: readonly string[] = []): Promise<Commit> {
  const sha = (await ask(repository, ['rev-parse', '--verify', '--quiet', 'HEAD']))?.trim() || null
  if (sha === null) return { sha, isDirty: false }
  const top = (await ask(repository, ['rev-parse', '--show-toplevel']))?.trim() ?? repository.folder
  const inside = except
    .map(file => path.relative(top, file))
    .filter(file => file !== '' && !file.startsWith('..') && !path.isAbsolute(file))
    .map(file => `:(exclude,literal)${file.split(path.sep).join('/')}`)
  const status = ['status', '--porcelain', '--untracked-files=all', '--', '.', ...inside]
  const changed = await ask({ ...repository, folder: top }, status)
  return { sha, isDirty: changed !== null && changed.trim() !== '' }
}

/** What it printed; null where it failed, or there is no git. */
async function ask(repository: Repository, args: readonly string[]): Promise<string | null> {
  const { code, stdout } = await runGit(repository, args)
  return code === 0 ? stdout : null
}

export interface EnvironmentParts {
  commit: Commit
  /** The side's. */
  folder: string
  /** Where the service is started, in or below it. */
  cwd: string
  /** Of the service; null where it isn't Node. */
  node: string | null
  whyslow: string
  loadAverage: number
  /** What was drawn from the traffic; null where nothing was. */
  mix: readonly MixedRequest[] | null
}

export async function describeEnvironment(parts: EnvironmentParts): Promise<Environment> {
  const folders = await listFolders(parts.cwd, parts.folder)
  const cpus = os.cpus()
  return {
    commit: parts.commit.sha,
    isDirty: parts.commit.isDirty,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: cpus[0]?.model.trim() || 'unknown',
    cores: os.availableParallelism(),
    memory_mb: Math.round(os.totalmem() / 1e6),
    loadAverage: parts.loadAverage,
    node: parts.node,
    whyslow: parts.whyslow,
    dependencies: await readDependencies(folders),
    lockFile: await hashLockFile(folders),
    mix: parts.mix === null ? null : hash(JSON.stringify(parts.mix)),
  }
}

/** Of the last minute. */
export function readLoadAverage(): number {
  return Math.round((os.loadavg()[0] ?? 0) * 100) / 100
}

/** From the service's folder up to that of the repository; without one, up to the side's. */
async function listFolders(from: string, side: string): Promise<string[]> {
  const folders: string[] = []
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    folders.push(folder)
    if (await exists(path.join(folder, '.git'))) return folders
    if (folder === path.dirname(folder)) break
  }
  const last = folders.indexOf(path.resolve(side))
  return folders.slice(0, Math.max(last, 0) + 1)
}

/** Those that run with the service. What the others change, the lock file's hash tells. */
async function readDependencies(folders: readonly string[]): Promise<Record<string, string>> {
  for (const folder of folders) {
    const manifest = await readJson(path.join(folder, 'package.json'))
    if (manifest === null) continue
    const names = ['dependencies', 'optionalDependencies'].flatMap(kind => Object.keys(manifest[kind] ?? {}))
    const above = folders.slice(folders.indexOf(folder))
    const found = await Promise.all(
      [...new Set(names)].sort().map(async name => [name, await findVersion(above, name)] as const),
    )
    return Object.fromEntries(found.flatMap(([name, version]) => (version === null ? [] : [[name, version]])))
  }
  return {}
}

/** As Node looks for it: in the closest `node_modules` upwards. */
async function findVersion(folders: readonly string[], name: string): Promise<string | null> {
  for (const folder of folders) {
    const manifest = await readJson(path.join(folder, 'node_modules', name, 'package.json'))
    if (typeof manifest?.version === 'string') return manifest.version
  }
  return null
}

const LOCK_FILES = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml']

async function hashLockFile(folders: readonly string[]): Promise<string | null> {
  for (const file of folders.flatMap(folder => LOCK_FILES.map(name => path.join(folder, name)))) {
    const content = await readFile(file).catch(() => null)
    if (content) return hash(content)
  }
  return null
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}

// biome-ignore lint/suspicious/noExplicitAny: a package.json may hold anything.
async function readJson(file: string): Promise<Record<string, any> | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
