/** `routes.yaml`: the path templates of a workbook, inferred at imports and edited by people. Committed to git. */
import { z } from 'zod'
import { systemErrorCode } from '../errors.js'
import { readTextFile } from './read-text.js'
import { spliceYaml } from './splice.js'
import type { Workbook } from './workbook.js'
import { writeFileAtomic } from './write-file.js'
import { parseYaml } from './yaml-file.js'

const template = z.string().regex(/^\/\S*$/, 'expected a path template such as /orders/:id')

const routesSchema = z
  .strictObject({ routes: z.array(template).nullish().describe('Path templates: /orders/:id') })
  .transform(file => file.routes ?? [])

const NEW_FILE = `# Path templates: what varies in a path has a name. :id stands for ids only (digits, UUIDs, long hex); any other name, such as
# :slug, stands for any text. Imports add new ones at the end; edit, merge and remove them as you like. Commit this file.
routes:
`

/** The templates in the order of the file; none when there is no file yet. Throws with every mistake located. */
export async function readRoutes(workbook: Workbook): Promise<string[]> {
  const file = workbook.show(workbook.paths.routes)
  return parseYaml(await readText(workbook), routesSchema, { file })
}

/** Adds the templates that are not there yet; what people wrote stays as it is. Call it under the workbook's lock. */
export async function addRoutes(workbook: Workbook, templates: readonly string[]): Promise<void> {
  const file = workbook.show(workbook.paths.routes)
  const text = await readText(workbook)
  const known = new Set(parseYaml(text, routesSchema, { file }))
  const added = [...new Set(templates)].filter(one => !known.has(one) && template.safeParse(one).success)
  if (added.length === 0) return
  const edited = spliceYaml(text === '' ? NEW_FILE : text, [{ path: ['routes'], insert: added }], { file })
  await writeFileAtomic(workbook.paths.routes, edited)
}

async function readText(workbook: Workbook): Promise<string> {
  const { routes } = workbook.paths
  return readTextFile(routes, workbook.show(routes)).catch(error => {
    if (systemErrorCode((error as Error).cause) === 'ENOENT') return ''
    throw error
  })
}
