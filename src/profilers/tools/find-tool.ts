/** Where a tool is installed: whyslow's own folder of tools, the project, whyslow's dependencies, or the whole machine. */
import { execFile } from 'node:child_process'
import { access, constants, readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Environment } from './group.js'

export interface Surroundings {
  cwd: string
  home: string
  env: Environment
  /** The Node that runs whyslow, and the tools that are packages. */
  node: string
}

export interface FoundTool {
  /** The program, or the package's folder. */
  file: string
  /** Null when it doesn't say. */
  version: string | null
  from: 'managed folder' | 'project' | 'whyslow' | 'global' | 'path' | 'whyslow.yaml'
}

/** Where `whyslow tools install` puts tools, by the XDG base directories. */
export function managedFolder({ env, home }: Pick<Surroundings, 'env' | 'home'>): string {
  const data = env.XDG_DATA_HOME && path.isAbsolute(env.XDG_DATA_HOME) ? env.XDG_DATA_HOME : null
  return path.join(data ?? path.join(home, '.local', 'share'), 'whyslow', 'tools')
}

/** An npm package: in the managed folder, else the project's (from `cwd` upwards), whyslow's own, the global one on PATH. */
export async function findPackage(name: string, surroundings: Surroundings): Promise<FoundTool | null> {
  const managed = path.join(managedFolder(surroundings), name)
  const places: [FoundTool['from'], () => Promise<string | null>][] = [
    ['managed folder', () => readPackageFolder(path.join(managed, 'node_modules', name))],
    ['project', () => findAbove(name, surroundings.cwd)],
    ['whyslow', async () => resolveFrom(import.meta.url, name)],
    ['global', () => findGlobal(name, surroundings.env)],
  ]
  for (const [from, look] of places) {
    const file = await look()
    if (file !== null) return { file, version: await readVersion(file), from }
  }
  return null
}

/** A program on PATH, with what it answers to `--version`. */
export async function findProgram(
  name: string,
  env: Environment,
  versionFlag: string | null = '--version',
): Promise<FoundTool | null> {
  const file = await findOnPath(name, env)
  if (file === null) return null
  return { file, version: versionFlag === null ? null : await askVersion(file, versionFlag), from: 'path' }
}

/** The folder of a package that another one depends on. */
function resolveFrom(from: string | URL, name: string): string | null {
  try {
    return path.dirname(createRequire(from).resolve(`${name}/package.json`))
  } catch {
    return null
  }
}

async function findAbove(name: string, cwd: string): Promise<string | null> {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const found = await readPackageFolder(path.join(folder, 'node_modules', name))
    if (found !== null || folder === path.dirname(folder)) return found
  }
}

/** From the program's link on PATH up to the package that it belongs to. */
async function findGlobal(name: string, env: Environment): Promise<string | null> {
  const program = await findOnPath(name, env)
  if (program === null) return null
  const file = await realpath(program)
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (path.basename(folder) === name && (await readPackageFolder(folder)) !== null) return folder
  }
  return null
}

async function findOnPath(name: string, env: Environment): Promise<string | null> {
  const names = name.includes(path.sep)
    ? [path.resolve(name)]
    : foldersOfPath(env).map(dir => path.join(dir, name))
  for (const file of names) {
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return file
  }
  return null
}

function foldersOfPath(env: Environment): string[] {
  return (env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)
}

async function readPackageFolder(folder: string): Promise<string | null> {
  return access(path.join(folder, 'package.json')).then(
    () => folder,
    () => null,
  )
}

async function readVersion(folder: string): Promise<string | null> {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version?: unknown }
  return typeof version === 'string' ? version : null
}

async function askVersion(file: string, flag: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, [flag], { timeout: 10_000 })
    return /\d+(?:\.\d+)+\S*/.exec(stdout + stderr)?.[0] ?? null
  } catch {
    return null
  }
}
