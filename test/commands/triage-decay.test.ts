/** A fix that helps, is closed with its outcome, and decays: through the built command line. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../src/stats/random.js'
import type { TriageResult } from '../../src/steps/triage.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory } from '../../src/stories/write-story.js'
import { readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

const CUSTOMERS = 20
const random = createRandom(9)

/** `slow`: the share of requests over 500 ms. */
function makeDays(from: string, days: number, slow: number, version: string): string {
  const start = Date.parse(from)
  const lines: string[] = []
  for (let day = 0; day < days; day += 1) {
    for (let i = 0; i < CUSTOMERS * 4; i += 1) {
      const time = new Date(start + day * 86_400_000 + 36_000_000 + i * 1000).toISOString()
      const duration_ms = random.next() < slow ? 800 : 100
      const route = { method: 'GET', path: '/orders', status: 200, account: `a${i % CUSTOMERS}` }
      lines.push(JSON.stringify({ time, ...route, duration_ms, version, zone: 'eu-1' }))
    }
  }
  return `${lines.join('\n')}\n`
}

let cwd: string
const importAll = async (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text)
  const { code, stderr } = await runCli(['import', ...Object.keys(files)], { cwd })
  if (code !== 0) throw new Error(stderr)
}
beforeAll(async () => {
  cwd = await makeFolder()
  await createStory(cwd, {
    id: 'orders',
    title: 'GET /orders is slow',
    route: 'GET /orders',
    under: '500ms',
    fixes: [{ id: 'f1', text: 'one query', deployed: '2026-03-11' }],
  })
  await importAll({
    'before.ndjson': makeDays('2026-03-01', 10, 0.4, '2026.3.1'),
    'fixed.ndjson': makeDays('2026-03-11', 10, 0.03, '2026.3.11'),
  })
})
afterAll(() => rm(cwd, { recursive: true }))

test('re-opened, with the day, and what was deployed then', { timeout: 120_000 }, async () => {
  const closed = await runCli(['story', 'close', 'orders', '--measure'], { cwd })
  expect(closed.stderr + closed.code).toMatch(/0$/)
  expect((await readStory(cwd, 'orders')).frontMatter.outcome).toMatchObject({
    verdict: 'better',
    since: '2026-03-11',
    until: '2026-03-20',
    smallest: 0.01,
    watch: null,
  })
  await importAll({
    'lasts.ndjson': makeDays('2026-03-21', 6, 0.03, '2026.3.11'),
    'decays.ndjson': makeDays('2026-03-27', 9, 0.3, '2026.3.27'),
    'deploys.csv':
      'time,version\n2026-03-11T00:00:00Z,2026.3.11\n2026-03-27T06:30:00Z,2026.3.27\n2026-03-27T09:00:00Z,\n',
  })
  const file = path.join(cwd, 'stories/orders/story.md')
  const before = await readFile(file, 'utf8')
  const dry = await runCli(['triage', '--dry-run'], { cwd })
  expect(dry.stdout).toMatch(/^GET \/orders is slow {2}would be re-opened\n {2}orders · framed\n/)
  expect(await readFile(file, 'utf8')).toBe(before)

  const { json } = await readOneJson<TriageResult>(['triage'], { cwd })
  expect(json.watched).toEqual({ looked: 1, early: 0, unseen: 0 })
  expect(json.reopened).toEqual([
    {
      story: 'orders',
      title: 'GET /orders is slow',
      status: 'framed',
      began: '2026-03-27',
      before: expect.closeTo(0.97, 1),
      after: expect.closeTo(0.7, 1),
      interval: [expect.any(Number), expect.any(Number)],
      under_ms: 500,
      around: [
        'a deploy 2026-03-27 09:00 UTC',
        'version 2026.3.27 deployed 2026-03-27 06:30 UTC',
        'version 2026.3.11 is gone',
      ],
    },
  ])
  const { frontMatter } = await readStory(cwd, 'orders')
  const { outcome, status, reopened } = frontMatter
  expect({ outcome, status }).toEqual({ outcome: null, status: 'framed' })
  expect(reopened).toMatchObject([
    {
      began: '2026-03-27',
      around: json.reopened[0]!.around,
      outcome: { verdict: 'better', watch: { looks: 1, day: '2026-04-04' } },
    },
  ])
})
