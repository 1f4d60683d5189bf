import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { configSchema, type WorkbookConfig } from './config.js'
import { EXAMPLE_CONFIG } from './example-config.js'
import { readTextFile } from './read-text.js'
import { explainWriteError, writeFileAtomic } from './write-file.js'
import { parseYaml } from './yaml-file.js'

const CONFIG_NAME = 'whyslow.yaml'

/** Absolute paths of a workbook. Folders under `data` come into being with their first file. */
export interface WorkbookPaths {
  config: string
  /** Route templates, committed. */
  routes: string
  stories: string
  /** `.whyslow/`: everything that git ignores. */
  data: string
  schema: string
  tmp: string
  lock: string
  requests: string
  accounts: string
  tickets: string
  pageviews: string
  deploys: string
  beacons: string
  spans: string
  sources: string
}

export interface Workbook {
  dir: string
  config: WorkbookConfig
  paths: WorkbookPaths
  /** A path as messages show it: relative to where the user is, when it lies below. */
  show: (path: string) => string
}

export function workbookPaths(dir: string): WorkbookPaths {
  const data = join(dir, '.whyslow')
  return {
    config: join(dir, CONFIG_NAME),
    routes: join(dir, 'routes.yaml'),
    stories: join(dir, 'stories'),
    data,
    schema: join(data, 'schema'),
    tmp: join(data, 'tmp'),
    lock: join(data, 'lock'),
    requests: join(data, 'requests'),
    accounts: join(data, 'accounts'),
    tickets: join(data, 'tickets'),
    pageviews: join(data, 'pageviews'),
    deploys: join(data, 'deploys'),
    beacons: join(data, 'beacons'),
    spans: join(data, 'spans'),
    sources: join(data, 'sources'),
  }
}

/** The closest folder from `cwd` upwards that holds a `whyslow.yaml`, or undefined. */
export async function findWorkbookDir(cwd: string): Promise<string | undefined> {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    if (await isFile(join(dir, CONFIG_NAME))) return dir
    if (dir === dirname(dir)) return undefined
  }
}

/**
 * Finds and reads the workbook: the folder `explicit` (or its `whyslow.yaml`), else the closest one above `cwd`.
 * Throws a `WhyslowError` when there is none, or with every mistake in its `whyslow.yaml`.
 */
export async function openWorkbook(options: {
  cwd: string
  explicit?: string | undefined
}): Promise<Workbook> {
  const { cwd, explicit } = options
  const dir = explicit === undefined ? await findWorkbookDir(cwd) : await explicitDir(resolve(cwd, explicit))
  if (dir === undefined) {
    const where = explicit === undefined ? `in ${resolve(cwd)} or above it` : `at ${resolve(cwd, explicit)}`
    throw new WhyslowError(`There is no workbook ${where}: expected a folder with a ${CONFIG_NAME}.`, {
      next: [
        explicit === undefined ? 'whyslow init' : `whyslow init ${explicit}`,
        'or name one: --workbook DIR',
      ],
    })
  }
  const paths = workbookPaths(dir)
  const show = (path: string) => showPath(path, resolve(cwd))
  const text = await readTextFile(paths.config, show(paths.config))
  const config = parseYaml(text, configSchema, { file: show(paths.config) })
  await prepareDataDir(paths).catch(() => undefined)
  return { dir, config, paths, show }
}

async function explicitDir(path: string): Promise<string | undefined> {
  if (await isFile(join(path, CONFIG_NAME))) return path
  return path.endsWith(CONFIG_NAME) && (await isFile(path)) ? dirname(path) : undefined
}

/** As messages show it: relative to where the user is, when it lies below. */
export function showPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') ? path : short
}

/** From `cwd`, where that is shorter; what is relative stays as it was typed. */
export function shortenPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return isAbsolute(path) && short.length < path.length ? short : path
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    info => info.isFile(),
    () => false,
  )
}

/** `.whyslow/` with a `.gitignore` that hides all of it. A fresh clone has none; a read-only disk needs none. */
async function prepareDataDir(paths: WorkbookPaths): Promise<boolean> {
  await mkdir(paths.data, { recursive: true })
  return writeIfMissing(join(paths.data, '.gitignore'), '*\n')
}

async function writeIfMissing(file: string, content: string): Promise<boolean> {
  if (
    await stat(file).then(
      () => true,
      () => false,
    )
  )
    return false
  try {
    await writeFile(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw error
  }
}

export interface CreatedWorkbook {
  dir: string
  /** False when there was one already: then only what was missing has been added. */
  isNew: boolean
  /** What was written, relative to `dir`. */
  created: string[]
}

/**
 * Makes a folder a workbook. Never changes a `whyslow.yaml` that is there; adds what is missing, and refreshes the
 * JSON Schemas for editors: `whyslow.json`, and one `<name>.json` for each of `schemas` (rooms to the right pass theirs).
 */
export async function createWorkbook(
  dir: string,
  schemas: Record<string, z.ZodType> = {},
): Promise<CreatedWorkbook> {
  const paths = workbookPaths(resolve(dir))
  const created: string[] = []
  try {
    await mkdir(paths.stories, { recursive: true }).then(first => first && created.push('stories/'))
    const isNew = await writeIfMissing(paths.config, EXAMPLE_CONFIG)
    if (isNew) created.unshift(CONFIG_NAME)
    if (await prepareDataDir(paths)) created.push('.whyslow/')
    await mkdir(paths.schema, { recursive: true })
    for (const [name, schema] of Object.entries({ whyslow: configSchema, ...schemas })) {
      await writeFileAtomic(join(paths.schema, `${name}.json`), toEditorSchema(schema))
    }
    return { dir: resolve(dir), isNew, created }
  } catch (error) {
    throw explainWriteError(dir, error)
  }
}

/** The JSON Schema (draft 7) of what a person may write. */
function toEditorSchema(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  return `${JSON.stringify(json, null, 2)}\n`
}
