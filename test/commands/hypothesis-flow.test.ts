import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HypothesisTest } from '../../src/steps/test-hypothesis.js'
import { createStory } from '../../src/stories/write-story.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

const CANARY = ['--where-before', "upstream = 'old'", '--where-after', "upstream = 'new'"]

/** All hypotheses are registered before any of the requests. */
const TOMORROW = (Math.floor(Date.now() / 86_400_000) + 1) * 86_400_000
const at = (minute: number) => new Date(TOMORROW + minute * 60_000).toISOString().slice(0, 16)

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  await createStory(cwd, { id: 'orders', title: 'Orders are slow', route: 'GET /orders' })
  await createStory(cwd, { id: 'other', title: 'Others', route: 'GET /orders' })
  const rows = Array.from({ length: 1200 }, (_, i) => ({
    time: new Date(TOMORROW + i * 120_000).toISOString(),
    method: 'GET',
    path: '/orders',
    status: 200,
    duration_ms: i % 2 === 0 ? (i % 10 < 6 ? 900 : 90) : i % 20 === 1 ? 900 : 90,
    upstream: i % 2 === 0 ? 'old' : 'new',
    account: `c${Math.floor(i / 2) % 30}`,
  }))
  await writeFile(path.join(cwd, 'log.ndjson'), rows.map(row => JSON.stringify(row)).join('\n'))
  await runCli(['import', 'log.ndjson'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

const run = (...args: string[]) => runCli(['hypothesis', ...args], { cwd })
const test1 = (...args: string[]) =>
  readOneJson<HypothesisTest>(['hypothesis', 'test', 'orders', ...args], { cwd })

test('new: a side that no request is on is said, unless its time is still to come', async () => {
  const { json } = await readOneJson<{ warnings: { code: string; message: string }[] }>(
    ['hypothesis', 'new', 'other', '--claim', 'x', ...CANARY.slice(0, 3), "upstream = 'nwe'"],
    { cwd },
  )
  expect(json.warnings).toEqual([
    expect.objectContaining({
      code: 'no-requests',
      message: "No request so far is on the side after: upstream = 'nwe'.",
    }),
  ])
  const sides = ['--before', `${at(0)}..${at(1440)}`, '--after', '2040-01-01..2040-02-01']
  const later = await readOneJson<{ warnings: unknown[] }>(
    ['hypothesis', 'new', 'other', '--claim', 'y', ...sides],
    { cwd },
  )
  expect(later.json.warnings).toEqual([])
  const early = ['--before', '2020-01-01..2020-02-01', '--after', '2040-01-01..2040-02-01']
  expect((await run('new', 'other', '--claim', 'z', ...early)).stderr).toContain(
    'No request so far is on the side before.',
  )
})

test('new, test and check: confirmed 0, disproved 1, cannot tell 3', async () => {
  expect((await run('new', 'orders', '--claim', 'N+1', ...CANARY, '--smallest', '10pp')).stdout).toBe(
    'h1 of orders is registered: N+1\nTest it: whyslow hypothesis test orders --hypothesis h1\n',
  )
  const { json: second } = await readOneJson(
    ['hypothesis', 'new', 'orders', '--claim', 'worse', ...CANARY, '--direction', 'down', '--under', '450ms'],
    { cwd },
  )
  expect(second).toMatchObject({
    id: 'h2',
    story: 'orders',
    claim: 'worse',
    direction: 'down',
    under: '450ms',
    design: 'canary',
    smallest: null,
    results: [],
  })
  await run(
    'new',
    'orders',
    '--claim',
    'minutes',
    '--before',
    `${at(0)}..${at(20)}`,
    '--after',
    `${at(20)}..${at(40)}`,
  )

  const confirmed = await runCli(['hypothesis', 'test', 'orders', '--hypothesis', 'h1', '--check'], {
    cwd,
    alone: false,
  })
  expect(confirmed.code).toBe(0)
  expect(confirmed.stdout).toMatch(
    /^Hypothesis: N\+1\n\nconfirmed: the share of good requests changed by \+\d\d\.\d pp \(95%: /,
  )
  expect(confirmed.stderr).toBe('')
  expect((await run('test', 'orders', '--hypothesis', 'h2', '--check')).code).toBe(1)
  expect((await run('test', 'orders', '--hypothesis', 'h2')).code).toBe(0)
  const minutes = await runCli(['hypothesis', 'test', 'orders', '--check'], { cwd, alone: true })
  expect(minutes.code).toBe(3)
  expect(minutes.stdout.replaceAll(/\s+/g, ' ')).toContain(
    'cannot tell yet: the share of good requests changed by',
  )
  expect(minutes.stdout.replaceAll(/\s+/g, ' ')).toContain(
    'better: canary beside baseline: both arms then have the same days.',
  )
  expect(minutes.stdout).not.toContain('..')
})

const QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]

test('the contract of --json, field by field', async () => {
  const { code, json } = await test1('--hypothesis', 'h1')
  expect(code).toBe(0)
  const arm = {
    requests: 600,
    clusters: 30,
    share: expect.any(Number),
    interval: [expect.any(Number), expect.any(Number)],
    days: null,
  }
  expect(json).toEqual({
    story: 'orders',
    hypothesis: 'h1',
    claim: 'N+1',
    judged: 'confirmed',
    registered: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    exploratory: false,
    slowTime: null,
    sameMix: null,
    verdict: 'better',
    reason: null,
    metric: 'under',
    under_ms: 500,
    underSetBy: 'workbook',
    unit: 'customer',
    design: 'canary',
    arms: { before: arm, after: arm },
    change: {
      value: expect.any(Number),
      interval: [expect.any(Number), expect.any(Number)],
      smallest: 0.1,
      se: expect.any(Number),
      df: expect.any(Number),
      p: expect.any(Number),
    },
    quantiles: QUANTILES.map(q => ({
      q,
      before_ms: expect.any(Number),
      after_ms: expect.any(Number),
      change_ms: expect.any(Number),
      interval_ms: expect.toBeOneOf([null, [expect.any(Number), expect.any(Number)]]),
      few: expect.toBeOneOf([null, 'numbers', 'days']),
    })),
    tests: {
      mannWhitney: { u: expect.any(Number), p: null, pClustered: expect.any(Number) },
      kolmogorovSmirnov: { d: expect.any(Number), p: null },
    },
    hodgesLehmann_ms: expect.any(Number),
    cliffsDelta: expect.any(Number),
    differs: expect.any(Array),
    histograms: { edges_ms: expect.any(Array), before: expect.any(Array), after: expect.any(Array) },
    seed: 1,
    weightedEqually: expect.any(Number),
    effectiveClusters: expect.any(Number),
    largestCustomer: { cluster: expect.any(String), share: expect.any(Number), verdictWithout: 'better' },
    unfinished: { before: 0, after: 0 },
    needs: null,
    warnings: [],
  })
  expect(json.arms.before.share).toBeCloseTo(0.4, 1)
  const early = await test1('--hypothesis', 'h3')
  expect(early.json).toMatchObject({
    verdict: 'cannot tell yet',
    needs: {
      clusters: expect.toBeOneOf([null, expect.any(Number)]),
      days: 3,
      reachable: true,
      betterDesign: expect.any(String),
    },
  })
})

test('an outcome by the confirmed hypothesis, though a newer one cannot tell', async () => {
  const { code, json } = await readOneJson(['story', 'close', 'orders', '--measure'], { cwd })
  expect(code).toBe(0)
  expect(json).toMatchObject({
    verdict: 'better',
    status: 'closed',
    change: { smallest: 0.1 },
    arms: { before: { requests: 600 } },
  })
})

test.each([
  [['new', 'orders', '--claim', 'x'], 'A hypothesis names the two sides that it compares.'],
  [['new', 'orders', ...CANARY], 'claim'],
  [
    [
      'new',
      'orders',
      '--claim',
      'x',
      '--where-before',
      'status = 200) or (1 = 1',
      '--where-after',
      'status = 200',
    ],
    'The where expression',
  ],
  [
    ['new', 'orders', '--claim', 'x', ...CANARY, '--smallest', '0.1'],
    'Expected percentage points such as 5pp',
  ],
  [['test', 'orders', '--hypothesis', 'h9'], 'has no hypothesis “h9”'],
])('%o is refused', async (args, message) => {
  expect((await readJsonError(['hypothesis', ...args], { cwd })).message).toContain(message)
})

test('a refusal in words', async () => {
  expect(expectRefused(await run('test', 'orders', '--hypothesis', 'h9'))).toBe(
    'Error: The story orders has no hypothesis “h9”.\n  → It has: h1, h2, h3\n',
  )
})
