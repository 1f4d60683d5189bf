import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Engine, openEngine, PARQUET } from '../../src/store/engine.js'
import { inferRoutes } from '../../src/store/infer-templates.js'
import { readPathsOf } from '../../src/store/rewrite-routes.js'

const folder = mkdtempSync(path.join(tmpdir(), 'whyslow-paths-'))

/** 3,000 rare names, `popular` and `ordinary` with these counts, and others at a place of their own. */
async function writeRequests(engine: Engine, { popular, ordinary }: Record<string, number>): Promise<string> {
  const file = path.join(folder, `${popular}-${ordinary}.parquet`)
  await engine.copy(`COPY (
    SELECT 'GET' AS method, 'ok' AS outcome, 'GET /news/:slug' AS route, path FROM (
      SELECT '/news/story-' || i || '-x' AS path FROM range(3000) t(i) UNION ALL
      SELECT '/news/popular' FROM range(${popular}) UNION ALL SELECT '/news/ordinary' FROM range(${ordinary}) UNION ALL
      SELECT '/news/' || (i % 7) || '/part-' || i FROM range(2000) t(i))
  ) TO '${file}' (${PARQUET})`)
  return file
}

test.each([
  { popular: 600, ordinary: 20 },
  { popular: 130, ordinary: 90 },
  { popular: 80, ordinary: 1 },
])('the rest of the names in one path teaches what they teach one by one: %o', async counts => {
  const engine = await openEngine({ spillDir: folder })
  const file = await writeRequests(engine, counts)
  const known = { routes: [], inferred: [], apart: [] }
  const all = await readPathsOf(engine, [file], ['GET /news/:slug'], 'paths')
  const names = await readPathsOf(engine, [file], ['GET /news/:slug'], 'names')
  engine.close()
  expect(all).toHaveLength(5002)
  expect(names.filter(one => one.isRest)).toEqual([
    { path: '/news/:rest', count: 2002, file: 0, isRest: true },
  ])
  expect(inferRoutes(names, known)).toEqual(inferRoutes(all, known))
  expect(inferRoutes(names, known).inferred).toContain('/news/:slug')
})
