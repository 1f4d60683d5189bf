/** The templates of a workbook with what they stand for, and the routes that stand for themselves. */
import { listTemplates } from '../evidence/list-routes.js'
import type { TemplateList, TemplateRow } from '../reports/routes.js'
import type { Store } from '../store/open-store.js'
import { readRoutesFile } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'

/** By requests; templates that nothing was asked of are there as well. `all`: also paths that are routes by themselves. */
export async function listRoutes(
  workbook: Workbook,
  store: Store,
  { all }: { all: boolean },
): Promise<TemplateList> {
  const { routes, inferred } = await readRoutesFile(workbook)
  const listOf = (template: string): TemplateRow['list'] =>
    routes.includes(template) ? 'routes' : inferred.includes(template) ? 'inferred' : null
  const found = await listTemplates(store)
  const rows = found.map(
    ({ template, ...figures }): TemplateRow => ({
      template,
      list: listOf(template),
      ...figures,
    }),
  )
  const seen = new Set(found.map(row => row.template))
  const unused = [...new Set([...routes, ...inferred])].filter(template => !seen.has(template))
  const isShown = ({ template, list }: TemplateRow) => all || list !== null || template.includes('/:')
  const others = rows.filter(row => !isShown(row))
  return {
    templates: [
      ...rows.filter(isShown),
      ...unused.map(template => ({
        template,
        list: listOf(template),
        methods: [],
        requests: 0,
        paths: 0,
        examples: [],
      })),
    ],
    others: { routes: others.length, requests: others.reduce((sum, row) => sum + row.requests, 0) },
  }
}
