/** `routes.yaml`: the path templates of a workbook, inferred at imports and edited by people. Committed to git. */
import { z } from 'zod'
import { systemErrorCode } from '../errors.js'
import { readTextFile } from './read-text.js'
import { spliceYaml } from './splice.js'
import type { Workbook } from './workbook.js'
import { writeFileAtomic } from './write-file.js'
import { diffValues, type YamlEdit } from './yaml-edits.js'
import { parseYaml, readYaml } from './yaml-file.js'

const template = z.string().regex(/^\/\S*$/, 'expected a path template such as /orders/:id')
const list = z.array(template).nullish()

const routesSchema = z
  .strictObject({
    routes: list.describe('Path templates of yours: /orders/:id. No import changes them'),
    inferred: list.describe('Path templates that imports found; with more data they may become wider ones'),
    apart: list.describe('Path templates that are not inferred again'),
  })
  .transform(
    (file): RoutesFile => ({
      routes: file.routes ?? [],
      inferred: file.inferred ?? [],
      apart: file.apart ?? [],
    }),
  )

export interface RoutesFile {
  /** People's templates: no import changes them. */
  routes: string[]
  /** What imports found. */
  inferred: string[]
  /** What people don't want to be found again. */
  apart: string[]
}

const NEW_FILE = `# Path templates: what varies in a path has a name. :id stands for ids only (digits, UUIDs, long hex), :uuid for UUIDs, :date for
# 2026-10-05 and 2026-10; any other name, such as :slug, stands for any text. Imports keep what they find under "inferred", and may make
# it wider when more data comes; what stands under "routes" is yours and wins. After an edit: whyslow routes apply. Commit this file.
`

/** All templates, people's first; none when there is no file yet. Throws with every mistake located. */
export async function readRoutes(workbook: Workbook): Promise<string[]> {
  const { routes, inferred } = await readRoutesFile(workbook)
  return [...new Set([...routes, ...inferred])]
}

export async function readRoutesFile(workbook: Workbook): Promise<RoutesFile> {
  return parseYaml(await readText(workbook), routesSchema, { file: workbook.show(workbook.paths.routes) })
}

/** Writes what differs: comments, order and quoting of everything else stay. Call it under the workbook's lock. */
export async function writeRoutesFile(workbook: Workbook, wanted: RoutesFile): Promise<void> {
  const file = workbook.show(workbook.paths.routes)
  const text = await readText(workbook)
  const before = readYaml(text, { file }).value ?? {}
  const after: Record<string, unknown> = { ...(before as object) }
  for (const key of ['routes', 'inferred', 'apart'] as const) {
    const entries = wanted[key].filter(one => template.safeParse(one).success)
    if (entries.length > 0 || after[key]) after[key] = entries
  }
  const edits = diffRoutes(before as Record<string, unknown>, after)
  if (edits.length === 0) return
  await writeFileAtomic(workbook.paths.routes, spliceYaml(text === '' ? NEW_FILE : text, edits, { file }))
}

/** One template in place of another keeps the comment behind it. */
function diffRoutes(before: Record<string, unknown>, after: Record<string, unknown>): YamlEdit[] {
  return Object.entries(after).flatMap(([key, list]) => {
    const old = before[key]
    const isOther = !Array.isArray(old) || !Array.isArray(list) || old.length !== list.length
    if (isOther) return diffValues({ ...before }, { ...before, [key]: list })
    return list.flatMap((value, i) => (value === old[i] ? [] : [{ path: [key, i], value }]))
  })
}

async function readText(workbook: Workbook): Promise<string> {
  const { routes } = workbook.paths
  return readTextFile(routes, workbook.show(routes)).catch(error => {
    if (systemErrorCode((error as Error).cause) === 'ENOENT') return ''
    throw error
  })
}
