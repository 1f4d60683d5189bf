import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { readRoutes, readRoutesFile, writeRoutesFile } from '../../src/workbook/routes-file.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'

let workbook: Workbook
beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-routes-'))
  await createWorkbook(dir)
  workbook = await openWorkbook({ cwd: dir })
})

const text = () => readFile(workbook.paths.routes, 'utf8')
const none = { routes: [], inferred: [], apart: [] }

test('no file, no routes; the first ones make it, with a word on what it is', async () => {
  expect(await readRoutesFile(workbook)).toEqual(none)
  await writeRoutesFile(workbook, none)
  await expect(text()).rejects.toThrow('ENOENT')
  await writeRoutesFile(workbook, { ...none, inferred: ['/orders/:id', '/a/:slug', 'no path'] })
  expect(await readRoutes(workbook)).toEqual(['/orders/:id', '/a/:slug'])
  expect(await text()).toMatch(/^# Path templates.*\ninferred:\n {2}- \/orders\/:id\n {2}- \/a\/:slug\n$/s)
})

test('what people wrote stays, new ones come behind it', async () => {
  const mine = 'routes:\n- "/orders/:order"   # one order\n# reports\n- /reports/:name\n\n# end\n'
  await writeFile(workbook.paths.routes, mine)
  const kept = await readRoutesFile(workbook)
  await writeRoutesFile(workbook, { ...kept, inferred: ['/x/:id', "/it's/:a #b", '/y'] })
  expect(await readRoutes(workbook)).toEqual(['/orders/:order', '/reports/:name', '/x/:id', '/y'])
  const both = await text()
  expect(both).toContain(mine.slice(0, mine.indexOf('\n\n')))
  expect(both).toContain('# end\n')
  const next = await readRoutesFile(workbook)
  await writeRoutesFile(workbook, {
    routes: ['/orders/:order', '/z', '/reports/:name'],
    inferred: ['/x/:uuid'],
    apart: next.apart,
  })
  expect(await text()).toContain('- "/orders/:order"   # one order\n- /z\n# reports\n- /reports/:name\n')
  expect(await readRoutes(workbook)).toEqual(['/orders/:order', '/z', '/reports/:name', '/x/:uuid'])
})

test('three thousand at once', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `/r${n}/:id`)
  await writeRoutesFile(workbook, { ...none, inferred: many })
  await writeRoutesFile(workbook, { ...none, inferred: [...many, '/last'] })
  expect(await readRoutes(workbook)).toEqual([...many, '/last'])
})

test('mistakes are located', async () => {
  await writeFile(workbook.paths.routes, 'routes:\n  - orders/:id\n  - 5\nroute: []\n')
  await expect(readRoutes(workbook)).rejects.toThrow(
    [
      'routes.yaml has 3 problems:',
      '  routes.yaml:2:5  expected a path template such as /orders/:id, found “orders/:id”',
      '  routes.yaml:3:5  expected text, found the number 5; put it in quotes',
      '  routes.yaml:4:1  unknown key “route”',
    ].join('\n'),
  )
})
