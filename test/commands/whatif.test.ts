/** `whatif` as a user runs it: on the recorded shop, whose cache is too small for a quarter of its products. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PossibleChanges } from '../../src/steps/list-changes.js'
import type { WhatIf } from '../../src/steps/predict-change.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { runCli, runJson } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook()
  await runCli(['triage'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

const STORY = 'get-products-id'
const run = (...args: string[]) => runCli(['whatif', ...args], { cwd })
const json = <T = WhatIf>(...args: string[]) => runJson<T>(['whatif', ...args], { cwd })
const storyText = () => readFile(path.join(cwd, 'stories', STORY, 'story.md'), 'utf8')

test('the peak of the cache that misses: what it would buy is written into the story, once', async () => {
  const found = await json(STORY, '--without-mode', '1s', '--kind', 'cache')
  expect(found).toMatchObject({
    route: 'GET /products/:id',
    story: STORY,
    under_ms: 500,
    targetFrom: 'workbook',
    slack: [],
    unchanged: 0,
    prediction: 'p1',
    seed: 1,
    warnings: [],
  })
  const { under, change, customers, revenue, who } = found
  expect(under.before).toBeCloseTo(0.717, 3)
  expect(under.after).toBeGreaterThan(0.99)
  expect(under.interval![0]).toBeGreaterThan(0.99)
  expect(change.value).toBeCloseTo(under.after - under.before, 9)
  expect(change.interval![0]).toBeGreaterThan(0.26)
  expect(change.interval![1]).toBeLessThan(0.31)
  expect(customers).toMatchObject({ of: 156, unit: 'customer', after: 156 })
  expect(customers!.before + customers!.cross).toBeCloseTo(customers!.after, 6)
  expect(revenue!.monthly).toBeGreaterThan(10_000)
  expect(who).toMatchObject({ spread: 'many', largest: { length: 3 } })

  const written = await storyText()
  const { predictions } = await runJson<StoryFrontMatter>(['story', 'show', STORY], { cwd })
  expect(predictions).toHaveLength(1)
  expect(predictions[0]).toMatchObject({ id: 'p1', kind: 'cache', under: '500ms', command: found.command })
  // As its command says it, words and all: nothing is written a second time.
  const again = await run(...splitWords(found.command).slice(2))
  expect(again.stderr).toBe('')
  expect(again.stdout).toContain(`Written into stories/${STORY}/story.md as p1.`)
  expect(again.stdout).toMatch(/^71\.7% → .* under 500 ms \(95%: .* to .*\)\. That is \+28\.. pp/m)
  expect(await storyText()).toBe(written)
  const shown = await runCli(['story', 'show', STORY], { cwd })
  expect(shown.stdout).toMatch(/Predictions\n {2}- p1: with no peak at \d+ ms: 71\.7% → /)
})

test('a cap on a route is only shown', async () => {
  const before = await storyText()
  const found = await run('GET /products/:id', '--cap', '400ms', '--share', '80%', '--under', '450ms')
  expect(found.code).toBe(0)
  expect(found.stdout).toContain('with 80% of the answers over 400 ms capped at that')
  expect(found.stdout).toContain('Nothing was written down: that takes a story.')
  const unsaved = await json(STORY, '--cap', '400ms', '--no-save', '--last', '3d')
  expect(unsaved.prediction).toBeNull()
  expect(unsaved.command).toMatch(/--cap 400ms --under 500ms --from 2026-10-15T\S+ --to 2026-10-18T\S+$/)
  expect(await storyText()).toBe(before)
})

test('without a change it says what there is to ask', async () => {
  const { peaks, parts, underShare } = await json<PossibleChanges>(STORY)
  expect(underShare).toBeCloseTo(0.717, 3)
  expect(peaks.map(({ ms }) => Math.round(ms / 10))).toEqual([1, 89])
  expect(peaks[1]!.most).toBeGreaterThan(0.99)
  expect(peaks[1]!.command).toMatch(/^whyslow whatif get-products-id --without-mode 8\d\dms$/)
  expect(parts).toEqual([])
  // Without its fast peak the route is no better.
  const { stdout } = await run(STORY)
  expect(stdout.match(/no peak at/g)).toHaveLength(1)
})

test.each([
  [['--part', 'queue', '--free'], 2, 'doesn’t say how long the queue took (queue_ms)'],
  [['--without-mode', '9s'], 2, 'There is no peak near 9.00 s.'],
])('%j is refused', async (flags, code, message) => {
  const refused = await run('GET /products/:id', ...flags)
  expect(refused).toMatchObject({ code, stdout: '' })
  expect(refused.stderr).toContain(message)
})

test('a subject that is misspelt: the closest, with the same command', async () => {
  const refused = await run('get-product-id')
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('→ whyslow whatif get-products-id\n')
})

function splitWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\S)+/g) ?? []
  return words.map(word => word.replaceAll("'", ''))
}
