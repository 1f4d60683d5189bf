import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ShownNext } from '../../src/reports/next.js'
import { readStory } from '../../src/stories/read-story.js'
import { runCli, runJson } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook()
  await runCli(['triage'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

/** Adds lines to the front matter of a story. */
async function addTo(id: string, lines: string, status = 'framed'): Promise<void> {
  const file = path.join(cwd, 'stories', id, 'story.md')
  const text = await readFile(file, 'utf8')
  const changed = text.replace('status: framed', `status: ${status}`)
  await writeFile(file, changed.replace('\n---\n', `\n${lines}\n---\n`))
}

test('nobody has said anything: nothing can be told apart, and it proposes to find out', async () => {
  const next = await runJson<ShownNext>(['next'], { cwd })
  expect(next).toMatchObject({ above: [], pairs: { all: 6, open: 6 }, start: { kind: 'investigation' } })
  expect(next.front).toHaveLength(4)
  expect(next.start!.why).toMatch(
    /^No fix is ready: no cause is confirmed yet\. Nobody knows its effort \(2 h to 4 w\)/,
  )
  expect(next.start!.commands[0]).toMatchObject({ command: `whyslow whatif ${next.start!.story}` })
  const { frontMatter: story } = await readStory(cwd, 'get-orders')
  const { customers, money, tickets, requests } = next.stories.find(({ id }) => id === 'get-orders')!.measures
  expect(story.questions).toMatchObject({
    customers: { value: customers.value },
    revenue: { value: Math.round(money.value!) },
  })
  expect(customers.interval![0]).toBeLessThan(customers.value!)
  expect(tickets).toMatchObject({ value: null, from: 'unknown', source: 'no support tickets were imported' })
  expect(requests.unit).toBe('a day')
})

test('a ready fix that is clearly worth more comes first, and what fits beside it counts shared customers once', async () => {
  await addTo(
    'get-orders',
    `confidence: 0.9
predictions:
  - id: p1
    at: 2026-10-18T00:00:00Z
    what: one query for all orders
    under: 500ms
    share: {before: 0.4, after: 0.9}
    change: {value: 0.5, interval: [0.45, 0.53]}`,
  )
  await addTo('get-reports-monthly', 'effort: XL\nconfidence: 0.5')
  await addTo('get-products-id', 'effort: M\nconfidence: 0.5', 'confirmed')
  const set = await runCli(['story', 'set', 'get-orders', 'status=confirmed', 'effort=3h'], { cwd })
  expect(set).toMatchObject({ code: 0, stderr: '' })
  const next = await runJson<ShownNext>(['next', '--for', '1w'], { cwd })
  expect(next.front).toContain('get-orders')
  expect(next.front).not.toContain('get-products-id')
  expect(next.above).toContainEqual({ a: 'get-orders', b: 'get-reports-monthly' })
  expect(next.start).toMatchObject({ kind: 'fix', story: 'get-orders' })
  // Its gain was predicted.
  expect(next.start!.commands).toEqual([{ command: 'whyslow story show get-orders', what: null }])
  const of = (id: string) => next.stories.find(story => story.id === id)!.measures.customers.value!
  const [beside] = next.beside
  expect(beside).toMatchObject({ story: 'get-products-id', effort_h: 16 })
  expect(beside!.customers).toBeGreaterThan(0)
  expect(beside!.customers).toBeLessThan(Math.min(of('get-products-id'), 160 - of('get-orders') + 1))

  const broken = path.join(cwd, 'stories/broken')
  await mkdir(broken)
  await writeFile(path.join(broken, 'story.md'), '---\nid: broken\ntitle: Broken\nstatus: framd\n---\n')
  const { stdout, stderr, code } = await runCli(['next', '--for', '1w'], { cwd, columns: 80 })
  expect(code).toBe(2)
  await rm(broken, { recursive: true })
  expect(stderr).toMatch(
    /How many tickets there are isn’t known of any story.*\n.*→ whyslow import tickets\.csv/,
  )
  expect(stdout).toMatch(
    /^4 open stories, 14 days up to 2026-10-18\. \d of 6 pairs can’t be told apart\.\nNothing is above .*get-orders\n/,
  )
  expect(stdout).toMatch(/\nget-orders is above .*get-reports-monthly/)
  expect(stdout).toMatch(
    /\nStart with the fix of get-orders: GET \/orders is slow\nIts cause is confirmed; it takes about 3 h \(1\.5 h to 6 h\), and there is 1 w\./,
  )
  expect(stdout).toMatch(/\n {2}\+ get-products-id \(2 d, \d+ more customers\)\n/)
  expect(stdout).toMatch(
    /\n {2}gain 83% \(75% to 88%\) of the impact: predicted \(p1\): one query for all orders\n/,
  )
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('a time without data ends with 3, and no time is no time', async () => {
  const empty = await runCli(['next', '--from', '2027-01-01'], { cwd, alone: true })
  expect(empty).toMatchObject({ code: 3, stdout: '' })
  expect(empty.stderr).toMatch(
    /There is data from 2026-10-05 03:00:00 – 2026-10-18 20:13:13 UTC\.\n {2}→ whyslow next/,
  )
  for (const none of [
    ['--timebox', '0m'],
    ['--for', '0h'],
  ])
    expect(await runCli(['next', ...none], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`found “${none[1]}”`),
    })
})

test('accounts that are none of those hit: they were imported, but not what these pay', async () => {
  const dir = await makeShopWorkbook(['access.log.gz'])
  await writeFile(path.join(dir, 'accounts.csv'), 'id,name,monthly_revenue\nother,Other,100\n')
  await runCli(['triage'], { cwd: dir })
  const advice = async () => (await runCli(['next'], { cwd: dir })).stderr
  expect(await advice()).toContain('→ whyslow import accounts.csv --as accounts, or a weight of 0')
  await runCli(['import', 'accounts.csv', '--as', 'accounts'], { cwd: dir })
  expect(await advice()).toContain(
    'accounts.csv --as accounts, with what the customers hit pay, or a weight of 0',
  )
  await rm(dir, { recursive: true })
})

test('a mistake in a formula has a place', async () => {
  const file = path.join(cwd, 'whyslow.yaml')
  await writeFile(file, `${await readFile(file, 'utf8')}\nnext:\n  formula: custmers * confidence / effort\n`)
  const refused = await runCli(['next'], { cwd })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(
    /whyslow\.yaml:\d+:12 {2}expected one of customers, money, requests, tickets, budget, effort, confidence, or one of the functions log, sqrt, min, max; found “custmers”, at character 1/,
  )
})
