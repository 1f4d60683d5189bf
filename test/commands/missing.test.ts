import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Missing } from '../../src/evidence/missing.js'
import type { KindName, MissingKind } from '../../src/evidence/missing-kind.js'
import { type MissingTruth, writeMissing } from './made-missing.js'
import { expectRefused } from './one-json.js'
import { makeFolder, runCli, runJson, transcribe } from './run-cli.js'

type Result = Missing & { route: string | null; story: string | null }

let cwd: string
let truth: MissingTruth
let result: Result

beforeAll(async () => {
  cwd = await makeFolder()
  truth = await writeMissing(path.join(cwd, 'data'))
  const files = ['access.ndjson', 'beacons.ndjson', 'traces.jsonl'].map(name => path.join('data', name))
  const run = await runCli(['import', ...files], { cwd })
  if (run.code !== 0) throw new Error(run.stderr)
  result = await runJson<Result>(['missing', '--under', '800ms'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

const kindOf = (name: KindName): MissingKind => result.kinds.find(({ kind }) => kind === name)!
const reasonsOf = (name: KindName) =>
  Object.fromEntries(kindOf(name).reasons.map(({ reason, count }) => [reason, Math.round(count * 1e6) / 1e6]))

describe('what is missing is counted, by its reason', () => {
  test.each(['requests', 'pages', 'traces'] as const)('of %s', name => {
    const { of, ...reasons } = truth[name]
    expect(kindOf(name).of).toBeCloseTo(of, 6)
    expect(reasonsOf(name)).toEqual(reasons)
    const missing = Object.values(reasons).reduce((sum, count) => sum + count, 0)
    expect(kindOf(name).missing).toBeCloseTo(missing, 6)
    expect(kindOf(name).share).toBeCloseTo(missing / of, 9)
  })

  test('pages without a request would be said, and there are none', () => {
    expect(kindOf('pages').also).toEqual([])
  })

  test('how long people waited', () => {
    const watched = kindOf('requests').reasons.find(({ reason }) => reason === 'timeout')?.watched_ms
    expect(watched).toEqual({ p50: 2000, p90: 2000 })
  })
})

test('the bounds hold the quantiles of what every request would have taken, the measured ones don’t', () => {
  const whole = truth.durations.toSorted((one, other) => one - other)
  for (const { q, best_ms, worst_ms } of kindOf('requests').quantiles) {
    const real = whole[Math.ceil(q * whole.length) - 1]!
    expect(best_ms).toBeLessThanOrEqual(real)
    expect(worst_ms ?? Infinity).toBeGreaterThanOrEqual(real)
  }
  const { best, worst } = kindOf('requests').under!
  const real = whole.filter(ms => ms < 800).length / whole.length
  expect(worst).toBeLessThanOrEqual(real)
  expect(best).toBeGreaterThanOrEqual(real)
})

test('whose pages are missing: of the phones that lose beacons, and of no other device', () => {
  const { who, hit } = kindOf('pages')
  const [first] = who
  expect(first).toMatchObject({ by: 'device', value: 'iPhone or iPad' })
  expect(first!.share).toBeGreaterThan(0.25)
  expect(first!.others).toBeLessThan(0.08)
  const accounts = who.filter(({ by }) => by === 'account').map(({ value }) => value)
  expect(accounts.length).toBeGreaterThan(0)
  expect(truth.lossyAccounts).toEqual(expect.arrayContaining(accounts))
  expect(hit).toMatchObject({ unit: 'customer', of: 40 })
  expect(kindOf('requests').who).toEqual([])
})

describe('a page of which only beacons know', () => {
  let dir: string
  beforeAll(async () => {
    dir = await makeFolder()
    const beacons = Array.from({ length: 200 }, (_, i) => {
      const common = { id: `p${i}`, url: 'https://shop.example/orders', account: `c${i % 20}` }
      const time = (ms: number) => new Date(Date.UTC(2026, 9, 5) + i * 600_000 + ms).toISOString()
      const start = { ...common, type: 'start', time: time(0) }
      return i % 20 === 3 ? [start] : [start, { ...common, type: 'end', time: time(900), load_ms: 800 + i }]
    }).flat()
    await writeFile(
      path.join(dir, 'beacons.ndjson'),
      `${beacons.map(row => JSON.stringify(row)).join('\n')}\n`,
    )
    await writeFile(
      path.join(dir, 'views.csv'),
      'name,timestamp,user_pseudo_id,param_page_location\npage_view,2026-10-05T09:00:00Z,a,https://shop.example/orderz\n',
    )
    await runCli(['import', 'beacons.ndjson', 'views.csv'], { cwd: dir })
  })
  afterAll(() => rm(dir, { recursive: true }))

  test.each([[['missing', '/orders']], [['missing']]])('%j tells what began and never ended', async argv => {
    const { code, stdout } = await runCli(argv, { cwd: dir, columns: 120 })
    expect(code).toBe(0)
    expect(stdout).toContain('% of the page views never reported an end (10 of 19')
    expect(stdout).toMatch(/began, and no end was seen +10 /)
    expect(stdout).toContain('counted by beacons alone')
  })

  test('is named by --json, and by an error that is close to it', async () => {
    expect(await runJson<Result>(['missing', '/orders'], { cwd: dir })).toMatchObject({
      page: '/orders',
      route: null,
    })
    const unknown = await runCli(['missing', '/order'], { cwd: dir })
    expect(expectRefused(unknown)).toContain(`whyslow missing '/orders'`)
    expect(unknown.stderr).not.toContain('/orderz')
    const tolerance = await runCli(['tolerance', '/order'], { cwd: dir })
    expect(expectRefused(tolerance)).toContain(`whyslow tolerance '/orderz'`)
    const narrowed = await runCli(['missing', '/orders', '--where', 'status = 200'], { cwd: dir })
    expect(expectRefused(narrowed)).toContain('There are no requests of /orders')
  })
})

test('reads well at 80 columns', async () => {
  const text = await transcribe(['missing', 'GET /orders/:id'], { cwd, columns: 80 })
  await expect(text).toMatchFileSnapshot('../golden/missing-80.txt')
})
