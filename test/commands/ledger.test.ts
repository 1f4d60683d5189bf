/** Predict, fix, measure, and add up, on a log of which the truth is known. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../src/stats/random.js'
import type { MeasuredOutcome } from '../../src/steps/measure-outcome.js'
import type { Ledger } from '../../src/stories/ledger.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory } from '../../src/stories/write-story.js'
import { makeHypothesis, makePrediction } from '../stories/promises.js'
import { readJsonError, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'

const DEPLOY = Date.UTC(2026, 9, 12)
const DAY = 86_400_000
const CUSTOMERS = 30

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  const orders = makePrediction('p1', '2026-10-10T09:00:00Z', 0.375, [0.33, 0.42])
  await createStory(cwd, { id: 'orders', title: 'Orders', route: 'GET /orders', predictions: [orders] })
  await createStory(cwd, {
    id: 'parts',
    title: 'Items and parts',
    scope: { where: "route IN ('GET /items', 'GET /parts')" },
    predictions: [makePrediction('p1', '2026-10-10T09:00:00Z', 0.23, [0.2, 0.26])],
    fixes: [{ id: 'f1', text: 'cache parts', deployed: '2026-10-12T00:00:00Z', prediction: 'p1' }],
  })
  await createStory(cwd, {
    id: 'late',
    title: 'Late',
    route: 'GET /orders',
    predictions: [orders],
    fixes: [{ id: 'f1', text: 'y', deployed: '2026-10-10T00:00:00Z', prediction: 'p1' }],
  })
  await createStory(cwd, {
    id: 'search',
    title: 'Search',
    route: 'GET /search',
    fixes: [{ id: 'f1', text: 'an index', deployed: '2026-10-12T00:00:00Z' }],
  })
  await writeFile(path.join(cwd, 'log.ndjson'), makeLog(3))
  await writeFile(path.join(cwd, 'search.ndjson'), makeLog(4, [SEARCH]))
  await runCli(['import', 'log.ndjson', 'search.ndjson'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

/**
 * The fix turns half of the orders that are slow into a fifth: +30 pp, 80% of what is promised. Of items it turns 40% into 10%, of parts 10%
 * into none; before, both are as many, after, four in five are items. At one mix of 65% items that is +23 pp, as promised; as they come, +17 pp.
 */
const KINDS: Kind[] = [
  { path: '/orders', slow: [0.5, 0.2], requests: [8, 8] },
  { path: '/items', slow: [0.4, 0.1], requests: [5, 8] },
  { path: '/parts', slow: [0.1, 0], requests: [5, 2] },
]
/** Whose fix made it worse. */
const SEARCH: Kind = { path: '/search', slow: [0.1, 0.3], requests: [8, 8] }

interface Kind {
  path: string
  /** Before and after. */
  slow: [number, number]
  requests: [number, number]
}

function makeLog(seed: number, kinds = KINDS): string {
  const random = createRandom(seed)
  const lines: string[] = []
  for (let day = -7; day < 7; day += 1) {
    const side = day < 0 ? 0 : 1
    for (let customer = 0; customer < CUSTOMERS; customer += 1)
      for (const { path: asked, slow, requests } of kinds)
        for (let i = 0; i < requests[side]; i += 1)
          lines.push(
            JSON.stringify({
              time: new Date(DEPLOY + day * DAY + Math.floor(random.next() * DAY)).toISOString(),
              method: 'GET',
              path: asked,
              status: 200,
              duration_ms: random.next() < slow[side] ? 900 : 90,
              account: `c${customer}`,
            }),
          )
  }
  return `${lines.join('\n')}\n`
}

const story = (...args: string[]) => runCli(['story', ...args], { cwd })
const ledger = (...args: string[]) => runCli(['ledger', ...args], { cwd })

test('a fix names its kind, what was predicted for it, and what went into it', async () => {
  const { message } = await readJsonError(
    ['story', 'set', 'orders', '--fix', 'a cache', '--prediction', 'p2'],
    { cwd },
  )
  expect(message).toBe('The story orders has no prediction “p2”.')
  const made = ['--kind', 'Cache', '--prediction', 'p1', '--took', '6h', '--deployed', '2026-10-12']
  expect((await story('set', 'orders', '--fix', 'a cache', ...made)).code).toBe(0)
  expect((await readStory(cwd, 'orders')).frontMatter.fixes).toEqual([
    {
      id: 'f1',
      text: 'a cache',
      deployed: '2026-10-12T00:00:00Z',
      version: null,
      kind: 'cache',
      prediction: 'p1',
      took: '6h',
    },
  ])
})

test('close --measure: four fifths of the promise came, at its threshold', async () => {
  const { code, stdout } = await story('close', 'orders', '--measure')
  expect(code).toBe(0)
  const text = stdout.replaceAll(/\s+/g, ' ')
  expect(text).toContain('less than 500 ms, as the prediction says.')
  const said =
    /Promised \+37\.5 pp \(95%: \+33\.0 pp to \+42\.0 pp\), came \+2\d\.\d pp \(95%: .*?\): \d\d% of it \(95%: (\d+)% to (\d+)%\)\. orders is closed/.exec(
      text,
    )!
  expect(Number(said[1])).toBeLessThan(80)
  expect(Number(said[2])).toBeGreaterThan(80)
})

test('close --measure: requests of several routes are compared at one mix of them', async () => {
  const { json } = await readOneJson<MeasuredOutcome>(['story', 'close', 'parts', '--measure'], { cwd })
  expect(json).toMatchObject({
    status: 'closed',
    sameMix: { columns: ['route'] },
    promised: { prediction: 'p1', hypothesis: null, kind: 'cache', change: 0.23, reason: null, judged: null },
  })
  const { kept, keptInterval } = json.promised!
  expect(kept).toBeGreaterThan(0.9)
  expect(kept).toBeLessThan(1.1)
  expect(keptInterval![0]).toBeLessThan(1)
  expect(keptInterval![1]).toBeGreaterThan(1)
  expect((await readStory(cwd, 'parts')).frontMatter.outcome).toMatchObject({
    sameMix: ['route'],
    command:
      'whyslow story close parts --measure --before ..2026-10-12 --after 2026-10-12.. --same-mix route',
    promised: { kept },
  })
})

test('close --measure: an outcome that is worse leaves the story open, with exit code 1', async () => {
  const { code, json } = await readOneJson<MeasuredOutcome>(['story', 'close', 'search', '--measure'], {
    cwd,
  })
  expect(code).toBe(1)
  expect(json).toMatchObject({ status: 'reported', verdict: 'worse', filed: true })
  expect((await readStory(cwd, 'search')).frontMatter).toMatchObject({
    status: 'reported',
    outcome: { verdict: 'worse' },
  })
  const shown = await runCli(['story', 'close', 'search', '--measure'], { cwd, alone: true })
  expect(shown).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /search stays open \(reported\)\. To close it all the same: --note "why"\n$/,
    ),
  })
})

test('ledger: both stories, their mean, and why a third isn’t in it', async () => {
  const days = ['--before', '2026-10-05..2026-10-12', '--after', '2026-10-12..2026-10-19']
  const late = await story('close', 'late', '--measure', ...days)
  expect(late.stderr).toContain('after the fix was deployed (2026-10-10T00:00:00Z): it is no promise')
  expect(late.stdout).not.toContain('Promised')
  const { json } = await readOneJson<Ledger>(['ledger'], { cwd })
  expect(json.entries.map(entry => entry.story).sort()).toEqual(['orders', 'parts'])
  expect(json.kinds).toEqual([{ ...json.all, kind: 'cache' }])
  expect(json).toMatchObject({ all: { stories: 2 }, without: 1, warnings: [{ code: 'promise-missing' }] })
  const { kept, interval } = json.all!
  expect(kept).toBeGreaterThan(0.8)
  expect(kept).toBeLessThan(1)
  expect(interval![0]).toBeLessThan(0.8)
  expect(interval![1]).toBeGreaterThan(1)
  const { code, stdout, stderr } = await ledger('--kind', 'CACHE')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^parts .* cache .*\+23\.0 pp/m)
  expect(stdout).toMatch(/^cache .*● *.*of 10 pp promised, [89]\.\d pp came \(95%: .* pp; 2 stories\)$/m)
  expect(stderr).toContain(
    '1 closed story is not in the ledger. 1: nothing was promised before the fix (late).',
  )
  expect(await ledger('--kind', 'index')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('→ There are: cache'),
  })
})

test('close --measure: a closed story keeps its outcome, unless the new one closes it, too', async () => {
  const outcomeOf = async (id: string) => (await readStory(cwd, id)).frontMatter.outcome
  await story('close', 'search', '--measure', '--note', 'it has to be like that')
  for (const [id, flags, code, verdict] of [
    ['search', [], 1, 'worse'],
    [
      'orders',
      ['--before', '2026-10-05..2026-10-12', '--after', '2026-10-18..2026-10-19'],
      3,
      'cannot tell yet',
    ],
  ] as const) {
    const before = await outcomeOf(id)
    const again = await readOneJson<MeasuredOutcome>(['story', 'close', id, '--measure', ...flags], { cwd })
    expect(again).toMatchObject({ code, json: { status: 'closed', verdict, filed: false } })
    expect(await outcomeOf(id)).toEqual(before)
    const { stdout } = await story('close', id, '--measure', ...flags)
    expect(stdout).toContain(`${id} was closed before, and keeps the outcome that it has.\nTo open it again:`)
  }
})

test('close --measure: what came on sides without the deploy between them is no part of the promise', async () => {
  const sides = [
    '--before',
    '2026-10-12..2026-10-15',
    '--after',
    '2026-10-15..2026-10-19',
    '--note',
    'as it is',
  ]
  const { json } = await readOneJson<MeasuredOutcome>(['story', 'close', 'orders', '--measure', ...sides], {
    cwd,
  })
  expect(json.promised).toMatchObject({
    prediction: 'p1',
    kept: null,
    reason: 'The deploy of the fix (2026-10-12T00:00:00Z) isn’t between the sides that were compared.',
  })
  const { entries } = (await readOneJson<Ledger>(['ledger'], { cwd })).json
  expect(entries.map(entry => entry.story)).toEqual(['parts'])
})

test('a story that names no requests isn’t measured on all of them', async () => {
  await createStory(cwd, {
    id: 'export',
    title: 'Export never ends',
    fixes: [{ id: 'f1', text: 'x', deployed: '2026-10-12T00:00:00Z' }],
    hypotheses: [
      {
        ...makeHypothesis('h1', '2026-10-10T00:00:00Z'),
        before: { to: '2026-10-12' },
        after: { from: '2026-10-12' },
      },
    ],
  })
  const { text } = await readStory(cwd, 'export')
  for (const args of [
    ['story', 'close', 'export', '--measure'],
    ['hypothesis', 'test', 'export'],
    ['whatif', 'export', '--cap', '400ms'],
    ['whatif', 'export'],
  ]) {
    const { message, next } = await readJsonError(args, { cwd })
    expect(message, args.join(' ')).toBe(
      "The story export names neither a route nor a where, so it isn't known which requests it is about.",
    )
    expect(next).toEqual([`whyslow story set export where="route = 'GET /orders/:id'"`])
  }
  expect((await readStory(cwd, 'export')).text).toBe(text)
  const sides = ['--where-before', "path = '/items'", '--where-after', "path = '/orders'"]
  expect(await story('close', 'export', '--measure', ...sides)).toMatchObject({ code: 1 })
})

test('a kind of fix is one however it is written', async () => {
  const { json } = await readOneJson<{ prediction: string }>(
    ['whatif', 'late', '--cap', '400ms', '--kind', ' Query  Plan'],
    { cwd },
  )
  const file = path.join(cwd, 'stories/late/story.md')
  const kinds = async () => (await readStory(cwd, 'late')).frontMatter.predictions.map(({ kind }) => kind)
  expect(json.prediction).toBe('p2')
  expect(await kinds()).toEqual(['cache', 'query plan'])
  expect(await readFile(file, 'utf8')).toContain('kind: query plan')
  // As older versions, and people, wrote it.
  await writeFile(file, (await readFile(file, 'utf8')).replace('kind: query plan', 'kind: Query Plan'))
  expect(await kinds()).toEqual(['cache', 'query plan'])
  for (const args of [
    ['ledger', '--kind', ' '],
    ['whatif', 'late', '--cap', '400ms', '--kind', ''],
  ])
    expect((await readJsonError(args, { cwd })).message).toMatch(/^Expected the kind of a fix/)
})
