import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, runCli, runJson, transcribe } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'

interface Result {
  route: string | null
  story: string | null
  requests: number
  under_ms: number
  window: { from: string; to: string }
  modes: { ms: number }[]
  shape: { kind: string; means: string; next: string | null; dip: { statistic: number } }
  bands: { under_ms: number; share: number; customers: number }[]
  changes: { points: unknown[] }
  who: { accounts: unknown[] }
}

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook()
  await mkdir(path.join(cwd, 'stories/slow-products'), { recursive: true })
  await writeFile(
    path.join(cwd, 'stories/slow-products/story.md'),
    `---
id: slow-products
title: Products take a second now and then
route: GET /products/:id
under: 800ms
scope:
  where: route = 'GET /products/:id'
  window:
    from: 2026-10-06T00:00:00Z
    to: 2026-10-08T00:00:00Z
---
`,
  )
})
afterAll(() => rm(cwd, { recursive: true }))

test.each([60, 80, 120])('reads well at %i columns', async columns => {
  const text = await transcribe(['look', 'GET /products/:id'], { cwd, columns })
  await expect(text).toMatchFileSnapshot(`../golden/look-${columns}.txt`)
})

test('--json has the figures and the route', async () => {
  const result = await runJson<Result>(['look', 'GET /products/:id', '--limit', '2'], { cwd })
  expect(result).toMatchObject({ route: 'GET /products/:id', story: null, under_ms: 500 })
  expect(result.modes).toHaveLength(2)
  expect(result.who.accounts).toHaveLength(2)
})

test('--json has the shape with the next command, bands, and changes', async () => {
  const slow = await runJson<Result>(['look', 'GET /products/:id'], { cwd })
  expect(slow.shape).toMatchObject({ kind: 'peaks', next: "whyslow explain 'GET /products/:id'" })
  expect(slow.shape.dip.statistic).toBeGreaterThan(0.05)
  expect(slow.bands.map(({ under_ms }) => under_ms)).toEqual([100, 250, 500, 1000, 2500, 10_000])
  expect(slow.changes.points).toEqual([])
  const well = await runJson<Result>(['look', 'GET /search'], { cwd })
  expect(well.shape).toMatchObject({ kind: 'plain', next: null })
  const story = await runJson<Result>(['look', 'slow-products'], { cwd })
  expect(story.shape.next).toBe("whyslow explain 'slow-products'")
})

test('--under moves the target and says who set it', async () => {
  const run = await runCli(['look', 'GET /products/:id', '--under', '1.5s'], { cwd })
  expect(run.stdout).toContain('under 1.50 s (the target asked for)')
})

test('a route is found whatever its case', async () => {
  expect(await runJson<Result>(['look', 'get /PRODUCTS/:id'], { cwd })).toMatchObject({
    route: 'GET /products/:id',
  })
})

test('a story is looked at within its scope, its window and its target', async () => {
  const route = await runJson<Result>(['look', 'GET /products/:id'], { cwd })
  const story = await runJson<Result>(['look', 'slow-products'], { cwd })
  expect(story).toMatchObject({ route: 'GET /products/:id', story: 'slow-products', under_ms: 800 })
  expect(story.requests).toBeGreaterThan(0)
  expect(story.requests).toBeLessThan(route.requests)
  expect(story.window.from.slice(0, 10)).toBe('2026-10-06')
  expect(story.window.to.slice(0, 10)).toBe('2026-10-07')
  const { stdout } = await runCli(['look', 'slow-products', '--from', '2026-10-09'], { cwd })
  expect(stdout).toMatch(/^Products take a second now and then \(slow-products\)\n2026-10-09/)
  expect(stdout).toContain('under 800 ms (the target of the story)')
})

test('an unknown route offers the closest ones as commands', async () => {
  const run = await runCli(['look', '/orders/:id'], { cwd })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(run.stderr).toMatch(
    /^Error: There is no route and no story “\/orders\/:id”\.\n {2}→ whyslow look 'GET \/orders\/:id'\n/,
  )
  const story = await runCli(['look', 'slow-product'], { cwd })
  expect(story.stderr).toContain(`whyslow look slow-products`)
})

test('an empty workbook knows no route', async () => {
  const empty = await makeFolder()
  try {
    const run = await runCli(['look', 'GET /'], { cwd: empty })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('whyslow import access.log')
  } finally {
    await rm(empty, { recursive: true })
  }
})

test('nothing in the slice: says so, without empty charts', async () => {
  const run = await runCli(['look', 'GET /products/:id', '--from', '2030-01-01'], { cwd })
  expect(run).toMatchObject({ code: 0, stdout: 'GET /products/:id\nNo requests.\n' })
  expect(run.stderr).toContain('No request is in this slice')
})
