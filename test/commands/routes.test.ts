import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RoutesChanged } from '../../src/steps/manage-routes.js'
import { nginxLine } from '../sources/import-into.js'
import { readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  const targets = [
    ...Array.from({ length: 120 }, (_, i) => `/api/method${i}`),
    ...Array.from({ length: 9 }, (_, i) => `/orders/${i}`),
    '/en/help',
    '/de/help',
  ]
  await writeFile(path.join(cwd, 'a.log'), targets.map((target, i) => nginxLine(i, target)).join(''))
  await runCli(['import', 'a.log'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

test('shows templates with examples, and how many paths stand for themselves', async () => {
  const { stdout, stderr } = await runCli(['routes'], { cwd })
  expect(stderr).toBe('')
  expect(stdout).toBe(
    [
      'template     kept as   methods  requests  paths  for example',
      '/api/:slug   inferred  GET           120    120  /api/method99  /api/method0',
      '/orders/:id  inferred  GET             9      9  /orders/8  /orders/0',
      '2 paths are routes by themselves: 2 requests (--all)',
      '',
    ].join('\n'),
  )
  const { json } = await readOneJson<Record<string, unknown>>(['routes', '--all'], { cwd })
  expect(json).toMatchObject({
    templates: [{ template: '/api/:slug' }, { template: '/orders/:id' }, { template: '/de/help' }, {}],
    others: { routes: 0, requests: 0 },
    warnings: [],
  })
})

test('renamed, merged, removed and applied: on what is stored, and in the file', async () => {
  const renamed = await runCli(['routes', 'rename', 'GET /orders/:id', '/orders/:order'], { cwd })
  expect(renamed).toMatchObject({ code: 0, stderr: '' })
  expect(renamed.stdout).toBe(
    [
      '- /orders/:id',
      '+ /orders/:order',
      '',
      'was              is                  requests',
      'GET /orders/:id  GET /orders/:order         9',
      '',
      '9 requests in 1 source have another route.',
      '',
    ].join('\n'),
  )
  const merge = ['routes', 'merge', '/en/help', '/de/help', '--into', '/:language/help']
  const { json } = await readOneJson<RoutesChanged>(merge, { cwd })
  expect(json).toEqual({
    added: ['/:language/help'],
    removed: [],
    requests: 2,
    sources: 1,
    changes: ['de', 'en'].map(from => ({
      from: `GET /${from}/help`,
      to: ['GET /:language/help'],
      requests: 1,
      remains: false,
    })),
    stories: [],
    warnings: [],
  })
  const removed = await runCli(['routes', 'remove', '/api/:slug'], { cwd })
  expect(removed.stdout).toMatch(/GET \/api\/:slug {2}GET \/api\/method0 and 119 more +120/)
  const file = path.join(cwd, 'routes.yaml')
  expect(await readFile(file, 'utf8')).toMatch(
    /\ninferred:\n {2}- \/orders\/:order\nroutes:\n {2}- \/:language\/help\napart:\n {2}- \/api\/:slug\n$/,
  )
  await writeFile(file, (await readFile(file, 'utf8')).replace('/:language/help', '/:lang/help'))
  expect((await runCli(['routes', 'apply'], { cwd })).stdout).toContain(
    '2 requests in 1 source have another route.',
  )
  expect((await runCli(['routes', 'apply'], { cwd })).stdout).toBe(
    'routes.yaml is as it was.\n\nNo imported request has another route.\n',
  )
})

test.each([
  [['rename', '/order/:order', '/x/:y'], 'There is no template /order/:order. Did you mean /orders/:order?'],
  [['rename', '/orders/:order', '/x/:y'], "/x/:y doesn't stand for the paths of /orders/:order."],
  [['remove', 'orders'], 'Expected a path template such as /orders/:id, found “orders”.'],
])('a mistake changes nothing: %j', async (args, message) => {
  const before = await readFile(path.join(cwd, 'routes.yaml'), 'utf8')
  const { code, stdout, stderr } = await runCli(['routes', ...args], { cwd })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(await readFile(path.join(cwd, 'routes.yaml'), 'utf8')).toBe(before)
})

test('identify, after a rule was added', async () => {
  const config = path.join(cwd, 'whyslow.yaml')
  await writeFile(config, 'identify: [{column: client, lookup: clients.csv}]\n')
  await writeFile(path.join(cwd, 'clients.csv'), 'key,account\n10.0.0.1,acme\n')
  expect((await runCli(['sources'], { cwd })).stderr).toMatch(
    /^! The rules of identify have changed since a\.log was imported\.\n {2}→ whyslow identify puts them on what is stored\n/,
  )
  const { code, stdout, stderr } = await runCli(['identify'], { cwd, alone: true })
  expect(code).toBe(0)
  expect(stdout).toMatch(/\n\w{12} {2}a\.log +131 +1 +130 +99\.2%\n$/)
  expect(stderr).toMatch(
    /^! a\.log: 130 of 131 requests \(99\.2%\) have no account: no rule of identify found one\.\n/,
  )
  expect((await runCli(['sources'], { cwd })).stdout).toMatch(/no account\n.* 130\n$/)
})
