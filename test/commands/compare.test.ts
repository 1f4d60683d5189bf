import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '../../src/stats/random.js'
import type { FilesComparison } from '../../src/steps/compare-files.js'
import { makeFolder, runCli, runJson } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'

let dir: string
let shop: string

beforeAll(async () => {
  dir = await makeFolder(false)
  shop = await makeShopWorkbook()
})
afterAll(async () => {
  await rm(dir, { recursive: true })
  await rm(shop, { recursive: true })
})

async function write(name: string, text: string): Promise<string> {
  await writeFile(path.join(dir, name), text)
  return name
}

const compare = (...args: string[]) => runCli(['compare', ...args], { cwd: dir })
const compareJson = (...args: string[]) =>
  runJson<FilesComparison>(['compare', ...args], { cwd: dir, alone: false })

/** Log-normal with a median of 100 ms; of the tail, a share is ten times slower. */
function numbers(seed: number, { tail = 0, count = 400 } = {}): number[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => {
    const ms = 100 * Math.exp(0.5 * random.nextNormal())
    return random.next() < tail ? ms * 10 : ms
  })
}

const lines = (values: (number | string)[]) => `${values.join('\n')}\n`

describe('two files', () => {
  test('a tail that got worse: the share tells, ranks don’t', async () => {
    const before = await write('before.txt', lines(numbers(1)))
    const after = await write('after.txt', lines(numbers(2, { tail: 0.05 })))
    const result = await compareJson(before, after, '--under', '500ms')
    expect(result).toMatchObject({
      verdict: 'worse',
      metric: 'under',
      under_ms: 500,
      unit: 'request',
      seed: 1,
    })
    expect(result.tests!.mannWhitney.p).toBeGreaterThan(0.05)
    expect(result.quantiles!.at(-1)).toMatchObject({ q: 0.99, interval_ms: null })
    expect(result.warnings.map(warning => warning.code)).toContain('independent')
  })

  test('constants: shifted by 7 ms is worse, the same is no difference', async () => {
    const [one, other] = [
      await write('303.txt', lines(Array(30).fill(303))),
      await write('310.txt', lines(Array(30).fill(310))),
    ]
    const worse = await runCli(['compare', one, other, '--metric', 'median', '--check'], {
      cwd: dir,
      alone: true,
    })
    expect(worse.stdout).toMatch(/^worse: the median of the answers changed by \+7 ms/)
    expect(worse.code).toBe(1)
    const same = await compare(one, one, '--metric', 'median', '--check')
    expect(same.stdout).toMatch(/^no meaningful difference: the median of the answers changed by 0 ms/)
    expect(same.code).toBe(0)
  })

  test('customers are the unit where a column names them, and 3 says that it can’t be told', async () => {
    const rows = (seed: number) =>
      numbers(seed, { count: 60 }).map((ms, i) => `${i % 3},${ms * (1 + (i % 3))}`)
    const before = await write('before.csv', lines(['customer,duration_us', ...rows(1)]))
    const after = await write('after.csv', lines(['customer,duration_us', ...rows(2)]))
    const run = await compare(before, after, '--cluster', 'customer', '--check')
    expect(run.stdout).toContain('Too few: 3 customers before, 3 after.')
    expect(run.code).toBe(3)
    const { quantiles } = await compareJson(before, after, '--cluster', 'customer')
    expect(quantiles![4]!.before_ms).toBeLessThan(1)
  })

  test.each([
    ['hyperfine', JSON.stringify({ results: [{ command: 'a', times: [0.1, 0.2, 0.3] }] }), 200],
    [
      'k6',
      lines(
        [
          { type: 'Metric', metric: 'http_req_duration', data: {} },
          ...[100, 200, 300].map(value => ({ type: 'Point', metric: 'http_req_duration', data: { value } })),
          { type: 'Point', metric: 'vus', data: { value: 9 } },
        ].map(one => JSON.stringify(one)),
      ),
      200,
    ],
    [
      'go',
      'goos: linux\nBenchmarkA-8   \t 100\t 2000000 ns/op\t 5 B/op\nBenchmarkA-8 \t 100\t 4000000 ns/op\nPASS\n',
      3,
    ],
    ['NDJSON', '{"elapsed_s": 0.5}\n{"elapsed_s": null}\n{"elapsed_s": 1.5}\n', 1000],
  ])('what %s writes', async (name, text, median) => {
    const file = await write(`${name}.out`, text)
    const { quantiles } = await compareJson(file, file)
    expect(quantiles![4]).toMatchObject({ q: 0.5, before_ms: median, change_ms: 0 })
  })

  test('what can’t be read says where and what to do', async () => {
    const good = await write('good.txt', '1\n2\n')
    const bad = await write('bad.txt', `${lines(numbers(1, { count: 30 }))}x\n`)
    expect((await compare(good, bad)).stderr).toContain('bad.txt:31: Expected a number, found "x".')
    const csv = await write('some.csv', 'name,duration_ms,latency\na,1,2\n')
    expect((await compare(csv, good)).stderr).toContain('Several columns may hold the times.')
    expect((await compare(csv, good, '--value', 'nope')).stderr).toContain(
      'There are: name, duration_ms, latency',
    )
    const summary = await write('autocannon.json', '{"url":"http://x","latency":{"average":1,"p50":1}}')
    const run = await compare(good, summary)
    expect(run.stderr).toContain('The file holds percentiles, and no single measurements to compare.')
    expect(run.code).toBe(2)
    expect((await compare(good)).stderr).toContain(
      'good.txt is one side; the file of the other one is missing.',
    )
    expect((await compare(good, good, '--split', 'upstream')).stderr).toContain('two files are named')
    expect((await compare(good, good, '--metric', 'mean')).stderr).toContain(
      'Expected a metric such as under, median or p95',
    )
  })
})

describe('parts of the workbook', () => {
  const inShop = (...args: string[]) => runCli(['compare', ...args], { cwd: shop, columns: 120 })

  test('halves of the customers are alike, and the figures are all there', async () => {
    const halves = [
      '--where-before',
      'hash(account) % 2 = 0',
      '--where-after',
      'hash(account) % 2 = 1',
      '--where',
      'account IS NOT NULL',
    ]
    const result = await runJson<FilesComparison>(['compare', ...halves], { cwd: shop })
    expect(result).toMatchObject({
      unit: 'customer',
      arms: { before: { clusters: expect.any(Number) } },
      cliffsDelta: expect.any(Number),
    })
    expect(result.verdict).not.toBe('worse')
    expect(result.quantiles).toHaveLength(11)
    expect(result.tests!.mannWhitney).toMatchObject({ p: null, pClustered: expect.any(Number) })
    const again = await runJson<FilesComparison>(['compare', ...halves], { cwd: shop })
    expect(again).toEqual(result)
  })

  test('sides of other routes: what else differs is said', async () => {
    const run = await inShop('--where-before', 'hour(time) < 12', '--where-after', 'hour(time) >= 12')
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/The sides differ in more than the change: hour \d\d/)
  })

  test('a column with two values, and one without', async () => {
    const run = await inShop('--split', "CASE WHEN status >= 300 THEN 'other' ELSE 'ok' END")
    expect(run.code).toBe(0)
    const many = await inShop('--split', 'route')
    expect(many.stderr).toMatch(/Expected two values of route to compare, found \d+\./)
    expect(many.code).toBe(2)
    expect((await inShop()).stderr).toContain('Which two sides are to be compared?')
  })
})
