/** `compare --same-mix` on a log of which the truth is known: the new version has more requests from the slow country, and a route of its own. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../src/stats/random.js'
import type { PartsComparison } from '../../src/steps/compare-parts.js'
import { makeFolder, runCli, runJson } from './run-cli.js'

let dir: string

beforeAll(async () => {
  dir = await makeFolder()
  await writeFile(path.join(dir, 'log.ndjson'), makeLog(1))
  await runCli(['import', 'log.ndjson'], { cwd: dir })
})
afterAll(() => rm(dir, { recursive: true }))

/** 40 customers; GET /orders, of which a fifth is slow in DE and half in BR, on `upstream` old and new; on `changed`, /items is slow. */
function makeLog(seed: number): string {
  const random = createRandom(seed)
  const lines = ['old', 'new', 'changed'].flatMap(upstream =>
    Array.from({ length: 6000 }, (_, i) => {
      const isNew = upstream !== 'old'
      const country = random.next() < (isNew ? 0.6 : 0.2) ? 'BR' : 'DE'
      const isItems = random.next() < (isNew ? 0.6 : 0.4)
      const slow = (country === 'BR' ? 0.5 : 0.2) + (upstream === 'changed' && isItems ? 0.2 : 0)
      return JSON.stringify({
        time: new Date(Date.UTC(2026, 9, 5) + i * 10_000).toISOString(),
        method: 'GET',
        path: isNew && i % 25 === 0 ? '/beta' : isItems ? '/items' : '/orders',
        status: 200,
        duration_ms: random.next() < slow ? 900 : 50 + Math.floor(100 * random.next()),
        account: `c${i % 40}`,
        upstream,
        country,
      })
    }),
  )
  return `${lines.join('\n')}\n`
}

const sides = (after: string) => [
  '--where-before',
  "upstream = 'old'",
  '--where-after',
  `upstream = '${after}'`,
]
const COMMON = ['--under', '500ms', '--smallest', '3pp']
const compare = (...args: string[]) =>
  runCli(['compare', ...sides('new'), ...COMMON, ...args], { cwd: dir, columns: 120 })
const compareJson = (after: string, ...args: string[]) =>
  runJson<PartsComparison>(['compare', ...sides(after), ...COMMON, ...args], { cwd: dir })

test('more requests from the slow country are worse, and no difference at one mix', async () => {
  const plain = await compareJson('new')
  expect(plain).toMatchObject({ verdict: 'worse', sameMix: null })
  expect(plain.change.value).toBeLessThan(-0.08)
  const held = await compareJson('new', '--same-mix', 'country')
  expect(held).toMatchObject({
    verdict: 'no meaningful difference',
    sameMix: { columns: ['country'], leftOut: { before: 0, after: 0 } },
    arms: { before: { requests: 6000, clusters: 40 }, after: { requests: 6000 } },
  })
  // Both together: two of five requests are from BR.
  expect(held.arms.before.share).toBeCloseTo(1 - (0.4 * 0.5 + 0.6 * 0.2), 1)
  expect(await compareJson('new', '--same-mix', 'attrs.country')).toMatchObject({ change: held.change })
})

test('times are at the same mix, too', async () => {
  const metric = ['--metric', 'p75', '--smallest', '50ms']
  const compareTimes = (...args: string[]) =>
    runJson<PartsComparison>(['compare', ...sides('new'), '--under', '500ms', ...metric, ...args], {
      cwd: dir,
    })
  const [plain, held] = [await compareTimes(), await compareTimes('--same-mix', 'country')]
  expect(plain).toMatchObject({ metric: 'p75' })
  expect(plain.cliffsDelta).toBeGreaterThan(0.05)
  expect(Math.abs(held.cliffsDelta!)).toBeLessThan(0.03)
  expect(held.tests!.mannWhitney.pClustered).toBeGreaterThan(0.05)
  const counts = held.histograms!.before.reduce((sum, count) => sum + count, 0)
  expect(counts).toBeCloseTo(6000, 6)
})

test('what got slower in one kind is seen', async () => {
  const held = await compareJson('changed', '--same-mix', 'country,route')
  expect(held.verdict).toBe('worse')
  expect(held.change.value).toBeGreaterThan(-0.15)
  expect(held.change.value).toBeLessThan(-0.05)
})

test('what only one side has is left out and said; what differs can be held equal', async () => {
  const plain = await compare()
  expect(plain.stderr).toMatch(/The sides differ in more than the change: route GET \/\w+/)
  expect(plain.stderr).toContain('→ At one mix: whyslow compare … --same-mix route; or narrow')
  const held = await compare('--same-mix', 'route')
  expect(held.code).toBe(0)
  expect(held.stdout).toContain('Both sides at one mix of route, that of both together, without the 0')
  expect(held.stderr).toContain('Left out: 0.0% of the requests before and 4.0% after')
  expect(held.stderr).not.toContain('The sides differ')
})

test('what can’t be held equal says why', async () => {
  expect(await compare('--same-mix', 'status')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('→ There are: route, host, method, upstream, user_agent, hour, attrs.'),
  })
  expect((await compare('--same-mix', 'route,')).stderr).toContain('Expected columns such as route,hour')
  expect(await compare('--same-mix', 'route,upstream')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('No request before has the same route and upstream as one after'),
  })
})
