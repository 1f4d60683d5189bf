/** Which path templates are there, and what do they stand for? One row a template, whatever the method. */
import type { Store } from '../store/open-store.js'

export interface TemplateFigures {
  template: string
  /** Methods that were asked for, sorted. */
  methods: string[]
  requests: number
  /** Distinct paths. */
  paths: number
  /** At most three of them: the most frequent one first. */
  examples: string[]
}

/** Every route of imported requests; those that a log names itself as they are. By requests. */
export async function listTemplates(store: Store): Promise<TemplateFigures[]> {
  const template = `CASE WHEN starts_with(route, method || ' ') THEN substr(route, length(method) + 2) ELSE route END`
  const rows = await store.all<Omit<TemplateFigures, 'methods' | 'examples'> & Record<string, string>>(
    `SELECT template, to_json(list_sort(list_distinct(flatten(list(methods)))))::VARCHAR AS methods,
       sum(requests) AS requests, count(path) AS paths, max_by(path, (requests, path)) AS often, min(path) AS first, max(path) AS last
     FROM (SELECT ${template} AS template, path, list(DISTINCT method) FILTER (method IS NOT NULL) AS methods, sum(weight) AS requests
       FROM requests WHERE route IS NOT NULL GROUP BY 1, 2)
     GROUP BY 1 ORDER BY requests DESC, template`,
  )
  return rows.map(({ methods, often, first, last, ...row }) => ({
    ...row,
    methods: JSON.parse(methods ?? 'null') ?? [],
    examples: [...new Set([often, first, last])].filter(path => path != null) as string[],
  }))
}
