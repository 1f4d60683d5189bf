import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { mergeTemplates, removeTemplate, toTemplate } from '../../src/steps/edit-templates.js'
import { listRoutes } from '../../src/steps/list-routes.js'
import { changeRoutes, type RoutesEdit } from '../../src/steps/manage-routes.js'
import { listSources } from '../../src/store/catalog.js'
import { openStore } from '../../src/store/open-store.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory } from '../../src/stories/write-story.js'
import { readRoutes, readRoutesFile } from '../../src/workbook/routes-file.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { importText, makeWorkbook, nginxLine, query } from '../sources/import-into.js'

const UUID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
const NOW = new Date('2026-11-20')

function change(workbook: Workbook, edit: RoutesEdit, now = NOW) {
  return changeRoutes(workbook, edit, { now, pid: process.pid, isAlive: pid => pid === process.pid })
}

const rename =
  (from: string, to: string): RoutesEdit =>
  (file, paths) =>
    mergeTemplates(file, [from], to, paths)
const merge =
  (from: string[], to: string): RoutesEdit =>
  (file, paths) =>
    mergeTemplates(file, from, to, paths)
const remove =
  (template: string): RoutesEdit =>
  file =>
    removeTemplate(file, template)

const routesOf = (workbook: Workbook) =>
  query<{ route: string; n: number }>(
    workbook,
    'SELECT route, count(*) AS n FROM requests GROUP BY 1 ORDER BY 1',
  )

const log = (targets: string[]) => targets.map((target, i) => nginxLine(i, target)).join('')
const many = (count: number, make: (i: number) => string) => Array.from({ length: count }, (_, i) => make(i))

/** Two logs: orders, 150 methods of an API, and pages. */
async function makeShop(config = ''): Promise<Workbook> {
  const workbook = await makeWorkbook(config)
  await importText(
    workbook,
    'a.log',
    log([...many(9, i => `/orders/${i}`), ...many(150, i => `/api/do${i}`)]),
  )
  await importText(workbook, 'b.log', log([...many(5, i => `/orders/1${i}`), '/en/help', '/de/help']))
  return workbook
}

describe('the file of templates after', () => {
  const file = {
    routes: ['/a/:thing'],
    inferred: ['/c/:id', '/api/:slug', '/api/:slug/run', '/api/search'],
    apart: ['/x/:slug'],
  }
  const none = new Set<string>()

  test('renaming: at its place, as people’s', () => {
    expect(mergeTemplates(file, ['/c/:id'], '/c/:customer', none)).toEqual({
      ...file,
      inferred: ['/c/:customer', '/api/:slug', '/api/:slug/run', '/api/search'],
    })
    expect(mergeTemplates(file, ['/a/:thing'], '/a/:other', none).routes).toEqual(['/a/:other'])
  })

  test('renaming to a name that imports give: it moves to what is people’s', () => {
    expect(mergeTemplates(file, ['/c/:id'], '/c/:slug', none)).toMatchObject({
      routes: ['/a/:thing', '/c/:slug'],
      inferred: ['/api/:slug', '/api/:slug/run', '/api/search'],
    })
  })

  test('merging', () => {
    expect(mergeTemplates(file, ['/api/:slug', '/api/search'], '/api/:method', none)).toMatchObject({
      inferred: ['/c/:id', '/api/:method', '/api/:slug/run'],
    })
    const stored = new Set(['/en/help', '/de/help'])
    expect(mergeTemplates(file, [...stored], '/:language/help', stored).routes).toEqual([
      '/a/:thing',
      '/:language/help',
    ])
    expect(mergeTemplates(file, ['/x/a'], '/x/:slug', new Set(['/x/a'])).apart).toEqual([])
  })

  test('removing: not found again, nor what lies behind it', () => {
    expect(removeTemplate(file, '/api/:slug')).toEqual({
      routes: ['/a/:thing'],
      inferred: ['/c/:id', '/api/search'],
      apart: ['/x/:slug', '/api/:slug'],
    })
    expect(removeTemplate(file, '/a/:thing').apart).toEqual(['/x/:slug', '/a/:slug'])
  })

  test.each([
    [
      () => mergeTemplates(file, ['/c/:uid'], '/c/:x', none),
      'There is no template /c/:uid. Did you mean /c/:id?',
    ],
    [() => mergeTemplates(file, ['/c/:id'], '/d/:id', none), '/d/:id doesn’t stand for the paths of /c/:id.'],
    [
      () => mergeTemplates(file, ['/api/:slug'], '/api/:id', none),
      '/api/:id doesn’t stand for the paths of /api/:slug.',
    ],
    [() => removeTemplate(file, '/c/:id'), '/c/:id is what its paths look like, so it would be found again.'],
    [() => toTemplate('orders'), 'Expected a path template such as /orders/:id, found “orders”.'],
  ])('a mistake (%#)', (run, message) => {
    expect(run).toThrow(message.replace('’', "'"))
  })

  test('a template may be named with a method', () =>
    expect(toTemplate('GET /orders/:id')).toBe('/orders/:id'))
})

describe('stored requests', () => {
  test('follow a rename; what the source had stays for an hour, its figures for ever', async () => {
    const workbook = await makeShop()
    const before = await listSources(workbook.paths.data)
    const result = await change(workbook, rename('/orders/:id', '/orders/:order'))
    expect(result).toMatchObject({
      added: ['/orders/:order'],
      removed: ['/orders/:id'],
      requests: 14,
      sources: 2,
      changes: [{ from: 'GET /orders/:id', to: ['GET /orders/:order'], requests: 14, remains: false }],
      warnings: [],
    })
    expect(await routesOf(workbook)).toContainEqual({ route: 'GET /orders/:order', n: 14 })
    const after = await listSources(workbook.paths.data)
    expect(after.map(source => ({ ...source, files: [] }))).toEqual(
      before.map(source => ({ ...source, files: [] })),
    )
    const files = await readdir(workbook.paths.requests)
    for (const source of before) expect(files).toContain(path.basename(source.files[0]!))
    expect(await readdir(workbook.paths.tmp)).toEqual([])
    await importText(workbook, 'c.log', log(['/orders/77', '/orders/new']))
    expect(await routesOf(workbook)).toContainEqual({ route: 'GET /orders/:order', n: 16 })
  })

  test('a template that was too greedy: taken out, and not found again by the next import', async () => {
    const workbook = await makeShop()
    expect(await routesOf(workbook)).toContainEqual({ route: 'GET /api/:slug', n: 150 })
    const result = await change(workbook, remove('/api/:slug'))
    expect(result).toMatchObject({ requests: 150, sources: 1, removed: ['/api/:slug'], added: [] })
    expect(result.changes[0]!.to).toHaveLength(150)
    await importText(workbook, 'c.log', log(many(150, i => `/api/do${i}/7`)))
    const routes = await routesOf(workbook)
    expect(routes).toContainEqual({ route: 'GET /api/do149', n: 1 })
    expect(routes).toContainEqual({ route: 'GET /api/do149/:id', n: 1 })
    expect((await readRoutesFile(workbook)).apart).toEqual(['/api/:slug'])
  })

  test('people’s template taken out: its paths are inferred again', async () => {
    const workbook = await makeShop()
    await change(workbook, rename('/orders/:id', '/orders/:order'))
    await change(workbook, remove('/orders/:order'), new Date('2026-11-21'))
    expect(await readRoutes(workbook)).toEqual(['/api/:slug', '/orders/:id'])
    expect(await routesOf(workbook)).toContainEqual({ route: 'GET /orders/:id', n: 14 })
  })

  test('paths that are routes by themselves become one', async () => {
    const workbook = await makeShop()
    await change(workbook, merge(['/en/help', '/de/help'], '/:language/help'))
    expect(await routesOf(workbook)).toContainEqual({ route: 'GET /:language/help', n: 2 })
  })

  test('an edit by hand that splits a template reaches them by apply; comments and order stay', async () => {
    const workbook = await makeShop()
    const text = await readFile(workbook.paths.routes, 'utf8')
    const edited = `${text}# a page of its own\nroutes:\n  - /orders/3   # the famous one\n  - /api/do7\n`
    await writeFile(workbook.paths.routes, edited)
    expect(await change(workbook, file => file)).toMatchObject({ requests: 2, added: [] })
    const routes = await routesOf(workbook)
    expect(routes).toContainEqual({ route: 'GET /orders/3', n: 1 })
    expect(routes).toContainEqual({ route: 'GET /api/do7', n: 1 })
    expect(await readFile(workbook.paths.routes, 'utf8')).toBe(edited)
    await change(workbook, rename('/orders/3', '/orders/:famous'), new Date('2026-11-21'))
    expect(await readFile(workbook.paths.routes, 'utf8')).toContain(
      '  - /orders/:famous # the famous one\n  - /api/do7\n',
    )
  })

  test('what a log named itself stays, also where it looks like ours', async () => {
    const workbook = await makeWorkbook()
    const row = (route: string | null, target: string, i: number) =>
      `${JSON.stringify({ time: `2026-10-05T09:00:0${i}Z`, method: 'GET', path: target, status: 200, duration_ms: 5, ...(route ? { route } : {}) })}\n`
    await importText(
      workbook,
      'a.ndjson',
      row('GET /orders/:id', '/orders/1', 1) +
        row('/orders/{id}', '/orders/2', 2) +
        row('Orders#show', '/orders/3', 3) +
        row(null, '/orders/4', 4),
    )
    await change(workbook, rename('/orders/:id', '/orders/:order'))
    expect(await query(workbook, 'SELECT path, route FROM requests ORDER BY path')).toEqual([
      { path: '/orders/1', route: 'GET /orders/:id' },
      { path: '/orders/2', route: 'GET /orders/{id}' },
      { path: '/orders/3', route: 'Orders#show' },
      { path: '/orders/4', route: 'GET /orders/:order' },
    ])
  })

  test('nothing to do changes nothing', async () => {
    const workbook = await makeShop()
    const before = [await listSources(workbook.paths.data), await readFile(workbook.paths.routes, 'utf8')]
    expect(await change(workbook, file => file)).toMatchObject({
      requests: 0,
      sources: 0,
      added: [],
      removed: [],
    })
    expect([await listSources(workbook.paths.data), await readFile(workbook.paths.routes, 'utf8')]).toEqual(
      before,
    )
  })
})

describe('stories that name a route', () => {
  const where = "route = 'GET /orders/:id'"
  const narrow = `${where} AND status = 200`

  async function makeStories(config = '') {
    const workbook = await makeShop(config)
    await createStory(workbook, {
      id: 'orders',
      title: 'GET /orders/:id is slow',
      route: 'GET /orders/:id',
      identity: where,
      scope: { where: narrow },
    })
    await createStory(workbook, {
      id: 'api',
      title: 'API',
      route: 'GET /api/:slug',
      identity: "route = 'GET /api/:slug'",
    })
    return workbook
  }

  test('follow a rename, and find the same requests', async () => {
    const workbook = await makeStories('targets:\n  routes:\n    "GET /orders/:id": 300ms\n')
    const found = (expression: string) =>
      query<{ n: number }>(workbook, `SELECT count(*) AS n FROM requests WHERE ${expression}`)
    const before = await found(narrow)
    const result = await change(workbook, rename('/orders/:id', '/orders/:order'))
    expect(result.stories).toEqual([{ id: 'orders', from: 'GET /orders/:id', to: 'GET /orders/:order' }])
    const { frontMatter } = await readStory(workbook, 'orders')
    expect(frontMatter).toMatchObject({
      title: 'GET /orders/:id is slow',
      route: 'GET /orders/:order',
      identity: "route = 'GET /orders/:order'",
      scope: { where: "route = 'GET /orders/:order' AND status = 200" },
    })
    expect(await found(frontMatter.scope.where!)).toEqual(before)
    expect(result.warnings).toMatchObject([
      { code: 'route-changed', message: expect.stringContaining('has a target for “GET /orders/:id”') },
    ])
  })

  test('are told when it falls into several, or when two of them are about one route now', async () => {
    const workbook = await makeStories()
    const removed = await change(workbook, remove('/api/:slug'))
    expect(removed.stories).toEqual([])
    expect(removed.warnings).toMatchObject([
      {
        code: 'route-changed',
        message:
          'Story api names GET /api/:slug; its requests are GET /api/do0, GET /api/do1, GET /api/do10 and 147 more routes now.',
      },
    ])
    await createStory(workbook, { id: 'help', title: 'Help', route: 'GET /:language/help' })
    await createStory(workbook, { id: 'german', title: 'Hilfe', route: 'GET /de/help' })
    const merged = await change(
      workbook,
      merge(['/en/help', '/de/help'], '/:language/help'),
      new Date('2026-11-21'),
    )
    expect(merged.stories).toEqual([{ id: 'german', from: 'GET /de/help', to: 'GET /:language/help' }])
    expect(merged.warnings.map(warning => warning.message)).toEqual([
      'Stories german and help are about the same route now: GET /:language/help.',
    ])
  })

  test('an import that makes their template wider takes them along, and says so', async () => {
    const workbook = await makeWorkbook()
    const first = await importText(workbook, 'a.log', log([`/c/${UUID}`, `/c/${UUID}/x`]))
    expect(await readRoutes(workbook)).toEqual(['/c/:uuid', '/c/:uuid/x'])
    await createStory(workbook, {
      id: 'c',
      title: 'c',
      route: 'GET /c/:uuid',
      identity: "route = 'GET /c/:uuid'",
    })
    const { importInto, writeInto } = await import('../sources/import-into.js')
    const { warnings } = await importInto(workbook, await writeInto(workbook, 'b.log', log(['/c/17'])))
    expect(warnings).toMatchObject([
      { code: 'route-changed', message: expect.stringContaining('Story c is about GET /c/:id now') },
    ])
    expect((await readStory(workbook, 'c')).frontMatter.identity).toBe("route = 'GET /c/:id'")
    expect(await routesOf(workbook)).toEqual([
      { route: 'GET /c/:id', n: 2 },
      { route: 'GET /c/:id/x', n: 1 },
    ])
    expect((await listSources(workbook.paths.data))[0]!.id).toBe(first.id)
  })
})

test('the list: by requests, with examples, and what nobody asked for', async () => {
  const workbook = await makeShop()
  await change(workbook, merge(['/en/help', '/de/help'], '/:language/help'))
  await writeFile(
    workbook.paths.routes,
    `${await readFile(workbook.paths.routes, 'utf8')}  - /unused/:thing\n`,
  )
  await importText(workbook, 'c.log', log(['/about', '/about']))
  const store = await openStore(workbook.paths.data)
  const list = await listRoutes(await openWorkbook({ cwd: workbook.dir }), store, { all: false })
  const all = await listRoutes(workbook, store, { all: true })
  store.close()
  expect(list).toEqual({
    templates: [
      {
        template: '/api/:slug',
        list: 'inferred',
        methods: ['GET'],
        requests: 150,
        paths: 150,
        examples: ['/api/do99', '/api/do0'],
      },
      {
        template: '/orders/:id',
        list: 'inferred',
        methods: ['GET'],
        requests: 14,
        paths: 14,
        examples: ['/orders/8', '/orders/0'],
      },
      {
        template: '/:language/help',
        list: 'routes',
        methods: ['GET'],
        requests: 2,
        paths: 2,
        examples: ['/en/help', '/de/help'],
      },
      { template: '/unused/:thing', list: 'routes', methods: [], requests: 0, paths: 0, examples: [] },
    ],
    others: { routes: 1, requests: 2 },
  })
  expect(all.templates.map(row => row.template)).toContain('/about')
  expect(all.others).toEqual({ routes: 0, requests: 0 })
})

test('three files end with the same routes in whatever order they are imported', {
  timeout: 60_000,
}, async () => {
  const files: Record<string, string> = {
    a: log([
      ...many(60, i => `/u/name${i}/posts/${i}`),
      ...many(30, () => '/u/search'),
      `/c/${UUID}`,
      '/r/2026-10-05',
      '/u/alone',
    ]),
    b: log([...many(60, i => `/u/other${i}/posts/${UUID}`), `/c/${UUID}/x`, '/page/2', '/v1/a']),
    c: log([
      '/c/17',
      ...many(130, i => `/blog/on-topic-${i}`),
      '/u/search',
      ...many(3, i => `/u/third${i}/posts/1`),
    ]),
  }
  const ends = []
  for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
    const workbook = await makeWorkbook()
    for (const name of order) await importText(workbook, `${name}.log`, files[name]!)
    ends.push({ templates: (await readRoutes(workbook)).sort(), routes: await routesOf(workbook) })
  }
  expect(ends[0]!.templates).toEqual([
    '/blog/:slug',
    '/c/:id',
    '/c/:id/x',
    '/page/:id',
    '/r/:date',
    '/u/:slug',
    '/u/:slug/posts/:id',
    '/u/search',
  ])
  for (const end of ends) expect(end).toEqual(ends[0])
})
