import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { addRoutes, readRoutes } from '../../src/workbook/routes-file.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'

let workbook: Workbook
beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-routes-'))
  await createWorkbook(dir)
  workbook = await openWorkbook({ cwd: dir })
})

const text = () => readFile(workbook.paths.routes, 'utf8')

test('no file, no routes; the first ones make it, with a word on what it is', async () => {
  expect(await readRoutes(workbook)).toEqual([])
  await addRoutes(workbook, [])
  await expect(text()).rejects.toThrow('ENOENT')
  await addRoutes(workbook, ['/orders/:id', '/a/:slug', '/orders/:id'])
  expect(await readRoutes(workbook)).toEqual(['/orders/:id', '/a/:slug'])
  expect(await text()).toMatch(/^# Path templates.*\nroutes:\n {2}- \/orders\/:id\n {2}- \/a\/:slug\n$/s)
})

test('what people wrote stays, new ones come behind it', async () => {
  const mine = 'routes:\n- "/orders/:order"   # one order\n# reports\n- /reports/:name\n\n# end\n'
  await writeFile(workbook.paths.routes, mine)
  await addRoutes(workbook, ['/reports/:name', '/x/:id', "/it's/:a #b", '/y'])
  expect(await text()).toBe(mine.replace(':name\n\n', ':name\n- /x/:id\n- /y\n\n'))
  await addRoutes(workbook, ['/x/:id'])
  expect((await readRoutes(workbook)).length).toBe(4)
})

test('three thousand at once', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => `/r${n}/:id`)
  await addRoutes(workbook, many)
  await addRoutes(workbook, ['/last'])
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
