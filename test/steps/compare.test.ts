/** Hypotheses and outcomes on made-up data of which the truth is known. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { measureOutcome, type OutcomeRequest } from '../../src/steps/measure-outcome.js'
import { type HypothesisTest, testHypothesis } from '../../src/steps/test-hypothesis.js'
import type { Store } from '../../src/store/open-store.js'
import { addHypothesis, type NewHypothesis } from '../../src/stories/hypotheses.js'
import { readStory } from '../../src/stories/read-story.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { createStory, type NewStory, updateStory } from '../../src/stories/write-story.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { type MadeRequest, makeStore, seeded } from '../evidence/workbooks.js'
import { makePrediction } from '../stories/promises.js'

const OPEN = { where: null, from: null, to: null }
const CANARY: NewHypothesis = {
  claim: 'one lookup per order',
  direction: 'up',
  smallest: 0.1,
  design: 'canary',
  before: { ...OPEN, where: "upstream = 'old'" },
  after: { ...OPEN, where: "upstream = 'new'" },
  under: null,
}
const DEPLOY = '2026-10-08T00:00:00Z'
const APART: NewHypothesis = {
  ...CANARY,
  design: 'before-after',
  before: { ...OPEN, to: DEPLOY },
  after: { ...OPEN, from: DEPLOY },
}
const NOW = new Date('2026-10-20T12:00:00Z')
/** Before any of the made-up requests. */
const EARLY = new Date('2026-10-01T00:00:00Z')

interface Arm {
  upstream: string
  slow: number
  days: readonly [from: number, to: number]
  perDay?: number
  route?: string
  error?: number
}

/** 25 customers that ask through the day; `slow` is the share of requests over 500 ms, whoever asks. */
function makeRows(arms: Arm[], seed = 1): MadeRequest[] {
  const random = seeded(seed)
  return arms.flatMap(({ upstream, slow, days: [from, to], perDay = 200, route = '/orders', error = 0 }) =>
    Array.from(
      { length: (to - from) * perDay },
      (_, i): MadeRequest => ({
        time: new Date(Date.UTC(2026, 9, from) + (i / perDay) * 86_400_000 + random() * 60_000).toISOString(),
        path: route,
        upstream,
        account: `c${i % 25}`,
        ...(random() < error
          ? { status: 503, duration_ms: 2 }
          : { status: 200, duration_ms: random() < slow ? 900 : 100 }),
      }),
    ),
  )
}

const STORY: NewStory = {
  id: 'orders',
  title: 'Orders',
  route: 'GET /orders',
  identity: "route = 'GET /orders'",
  scope: { where: "route = 'GET /orders'", window: null },
}

let open: Store[] = []
afterEach(() => {
  for (const store of open) store.close()
  open = []
})

async function prepare(
  rows: MadeRequest[],
  hypotheses: NewHypothesis[] = [CANARY],
  story: NewStory = STORY,
  config?: string,
) {
  const { workbook, store } = await makeStore(rows, config === undefined ? {} : { config })
  open.push(store)
  const made = await createStory(workbook, story)
  await updateStory(made, frontMatter =>
    hypotheses.reduce((values, one) => addHypothesis(values, one, EARLY), frontMatter),
  )
  const test = (
    hypothesis?: string,
    cohort: Workbook['config']['cohort'] | null = null,
    sinceRegistered = false,
  ): Promise<HypothesisTest> =>
    testHypothesis(workbook, store, {
      story: 'orders',
      hypothesis,
      cohort: cohort ?? null,
      sinceRegistered,
      now: NOW,
    })
  const close = (changes: Partial<OutcomeRequest> = {}) =>
    measureOutcome(workbook, store, {
      story: 'orders',
      arms: null,
      cohort: null,
      now: NOW,
      note: null,
      ...changes,
    })
  const read = async (): Promise<StoryFrontMatter> => (await readStory(workbook, 'orders')).frontMatter
  const set = (values: Partial<StoryFrontMatter>) =>
    updateStory(made, frontMatter => ({ ...frontMatter, ...values }))
  return { workbook, store, test, close, read, set }
}

const BOTH = [3, 5] as const
const codes = (result: { warnings: { code: string }[] }) => result.warnings.map(warning => warning.code)

describe('a canary beside its baseline', () => {
  const rows = makeRows([
    { upstream: 'old', slow: 0.6, days: BOTH },
    { upstream: 'new', slow: 0.1, days: BOTH },
  ])

  test('confirmed, with the shares of the raw rows, and filed', async () => {
    const { test, read } = await prepare(rows)
    const result = await test()
    const shareOf = (upstream: string) => {
      const own = rows.filter(row => row.upstream === upstream)
      return own.filter(row => row.duration_ms! < 500).length / own.length
    }
    expect(result).toMatchObject({
      story: 'orders',
      hypothesis: 'h1',
      judged: 'confirmed',
      verdict: 'better',
      design: 'canary',
      unit: 'customer',
      underSetBy: 'workbook',
      arms: {
        before: { requests: 400, clusters: 25, share: shareOf('old') },
        after: { requests: 400, clusters: 25, share: shareOf('new') },
      },
      change: { value: expect.closeTo(shareOf('new') - shareOf('old'), 9), smallest: 0.1 },
      needs: null,
      warnings: [],
    })
    const story = await read()
    expect(story.status).toBe('confirmed')
    expect(story.hypotheses[0]!.results).toEqual([
      {
        at: '2026-10-20T12:00:00Z',
        verdict: 'better',
        judged: 'confirmed',
        before: {
          requests: 400,
          clusters: 25,
          share: result.arms.before.share,
          interval: result.arms.before.interval,
        },
        after: {
          requests: 400,
          clusters: 25,
          share: result.arms.after.share,
          interval: result.arms.after.interval,
        },
        change: result.change.value,
        interval: result.change.interval,
        command: 'whyslow hypothesis test orders --hypothesis h1',
        exploratory: null,
        looks: null,
      },
    ])
  })

  test('disproved is a result: the investigation goes on', async () => {
    const same = makeRows([
      { upstream: 'old', slow: 0.3, days: BOTH, perDay: 1000 },
      { upstream: 'new', slow: 0.3, days: BOTH, perDay: 1000 },
    ])
    const { test, read } = await prepare(same)
    expect((await test()).judged).toBe('disproved')
    expect((await read()).status).toBe('investigating')
  })

  test('a change that was predicted to be bad', async () => {
    const { test } = await prepare(rows, [
      { ...CANARY, direction: 'down', before: CANARY.after, after: CANARY.before },
    ])
    expect(await test()).toMatchObject({ verdict: 'worse', judged: 'confirmed' })
  })

  test('nothing of another route, whatever the arm says', async () => {
    const others = makeRows([
      { upstream: 'old', slow: 0, days: BOTH, route: '/search' },
      { upstream: 'new', slow: 1, days: BOTH, route: '/search' },
      { upstream: 'other', slow: 1, days: BOTH },
    ])
    const either = {
      ...CANARY,
      before: { ...OPEN, where: "upstream = 'old' OR upstream = 'older'" },
      after: { ...OPEN, where: "upstream = 'new' OR route = 'GET /search' -- or so" },
    }
    const { test, set } = await prepare([...rows, ...others], [CANARY, either])
    const plain = await test('h1')
    expect(plain.arms.before.requests + plain.arms.after.requests).toBe(800)
    expect((await test('h2')).arms).toEqual(plain.arms)
    await set({ scope: { where: null, window: null } })
    expect((await test('h1')).arms).toEqual(plain.arms)
    await set({ identity: null })
    expect((await test('h1')).arms).toEqual(plain.arms)
    await set({ scope: { where: "route = 'GET /orders' OR route = 'GET /none'", window: null } })
    expect((await test('h1')).arms).toEqual(plain.arms)
  })

  test('an arm that reaches out of its brackets is refused', async () => {
    const { test } = await prepare(rows, [
      { ...CANARY, after: { ...OPEN, where: "upstream = 'new') OR (1 = 1" } },
    ])
    await expect(test()).rejects.toThrow('The where expression')
  })

  test('the window in which the story was found does not bind its arms', async () => {
    const { test } = await prepare(rows, [CANARY], {
      ...STORY,
      scope: {
        where: "route = 'GET /orders'",
        window: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
      },
    })
    expect((await test()).arms.before.requests).toBe(400)
  })

  test('sides that ran one after the other are judged as before and after, whatever was written down', async () => {
    const shifted = makeRows([
      { upstream: 'old', slow: 0.6, days: [3, 5] },
      { upstream: 'new', slow: 0.1, days: [6, 8] },
    ])
    const { test } = await prepare(shifted)
    const result = await test()
    expect(result).toMatchObject({
      design: 'before-after',
      judged: 'cannot tell yet',
      arms: { before: { days: 2 }, after: { days: 2 } },
    })
    expect(codes(result)).toEqual(['differs'])
    // A canary that came later, beside a baseline that went on, did run at the same time.
    const beside = makeRows([
      { upstream: 'old', slow: 0.6, days: [3, 8] },
      { upstream: 'new', slow: 0.1, days: [6, 8] },
    ])
    expect(await (await prepare(beside)).test()).toMatchObject({ design: 'canary', judged: 'confirmed' })
  })
})

describe('before and after', () => {
  test('a week a side with a clear change', async () => {
    const rows = makeRows([
      { upstream: 'a', slow: 0.6, days: [1, 8] },
      { upstream: 'a', slow: 0.1, days: [8, 15] },
    ])
    const { test } = await prepare(rows, [APART])
    expect(await test()).toMatchObject({
      judged: 'confirmed',
      design: 'before-after',
      arms: { before: { days: 7, requests: 1400 }, after: { days: 7, requests: 1400 } },
    })
  })

  test('minutes cannot tell, and a better design is named', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 9, 5, 10, minute)).toISOString()
    const rows = Array.from(
      { length: 400 },
      (_, i): MadeRequest => ({
        time: at(i % 20),
        path: '/orders',
        account: `c${i % 25}`,
        duration_ms: i % 20 < 10 ? 900 : 100,
      }),
    )
    const minutes = {
      ...APART,
      before: { ...OPEN, from: at(0), to: at(10) },
      after: { ...OPEN, from: at(10), to: at(20) },
    }
    const { test } = await prepare(rows, [minutes])
    const result = await test()
    expect(result).toMatchObject({
      judged: 'cannot tell yet',
      verdict: 'cannot tell yet',
      change: { value: 1, interval: null },
      needs: { days: 3, betterDesign: expect.stringContaining('canary beside baseline') },
    })
    expect(result.reason).toMatch(/^One side has 1 day, [^.]*\.$/)
  })

  test('days are those of the zone of the workbook', async () => {
    // Ten in the evening in UTC is the next morning in Tokyo: its three days are two.
    const rows = [3, 4, 5, 8, 9, 10].flatMap((day, n) =>
      Array.from(
        { length: 50 },
        (_, i): MadeRequest => ({
          time: new Date(Date.UTC(2026, 9, day, n === 1 ? 2 : n === 4 ? 2 : 22, i)).toISOString(),
          path: '/orders',
          account: `c${i % 25}`,
          duration_ms: 100,
        }),
      ),
    )
    const utc = await prepare(rows, [APART])
    expect((await utc.test()).arms.before.days).toBe(3)
    const tokyo = await prepare(rows, [APART], STORY, 'targets: {default: 500ms}\ntimezone: Asia/Tokyo\n')
    expect((await tokyo.test()).arms.before.days).toBe(2)
  })
})

describe('what must never pass', () => {
  test('no data on a side', async () => {
    const { test, read } = await prepare(makeRows([{ upstream: 'old', slow: 0.5, days: BOTH }]))
    expect(await test()).toMatchObject({
      judged: 'cannot tell yet',
      verdict: 'cannot tell yet',
      reason: 'There are no requests after.',
    })
    expect((await read()).status).toBe('hypothesised')
  })

  test('a tenth of fast errors does not raise the share, and new errors are warned about', async () => {
    const rows = makeRows([
      { upstream: 'old', slow: 0.3, days: BOTH, perDay: 1000 },
      { upstream: 'new', slow: 0.3, days: BOTH, perDay: 1000, error: 0.1 },
    ])
    const result = await (await prepare(rows, [{ ...CANARY, smallest: 0.03 }])).test()
    expect(result.arms.after.share!).toBeLessThan(result.arms.before.share!)
    expect(result).toMatchObject({ verdict: 'worse', judged: 'disproved' })
    expect(codes(result)).toEqual(['new-errors'])
  })

  test('a log without durations', async () => {
    const rows = makeRows([
      { upstream: 'old', slow: 0.3, days: BOTH },
      { upstream: 'new', slow: 0.3, days: BOTH },
    ]).map(row => ({ ...row, duration_ms: null }))
    const result = await (await prepare(rows)).test()
    expect(result.judged).toBe('cannot tell yet')
    expect(codes(result)).toContain('no-durations')
  })

  test('a metric that cannot be tested yet is refused, not tested as another one', async () => {
    const { test, set, read } = await prepare(makeRows([{ upstream: 'old', slow: 0.5, days: BOTH }]))
    await set({ hypotheses: (await read()).hypotheses.map(one => ({ ...one, metric: 'median' })) })
    await expect(test()).rejects.toThrow('only “under”')
  })

  test('data that was there before the hypothesis', async () => {
    const rows = makeRows([
      { upstream: 'old', slow: 0.6, days: BOTH },
      { upstream: 'new', slow: 0.1, days: BOTH },
    ])
    const { test, set, read } = await prepare(rows)
    const register = async (registered: string) =>
      set({ hypotheses: (await read()).hypotheses.map(one => ({ ...one, registered })) })
    expect(codes(await test())).toEqual([])
    await register('2026-10-19T00:00:00Z')
    expect((await test()).warnings).toEqual([
      expect.objectContaining({
        code: 'registered-late',
        message: expect.stringMatching(
          /^All requests of the sides before and after are older than the hypothesis \(2026-10-19T00:00:00Z\)/,
        ),
      }),
    ])
    await register('2026-10-04T00:00:00Z')
    expect((await test()).warnings[0]!.message).toMatch(
      /^Requests \((?:49|50)\.\d% of the side before, (?:49|50)\.\d% of the side after\) are older/,
    )
  })

  test('what is older than the hypothesis can disprove it, and never confirm it', async () => {
    const better = makeRows([
      { upstream: 'old', slow: 0.6, days: BOTH },
      { upstream: 'new', slow: 0.1, days: BOTH },
    ])
    const late = async ({ set, read }: Awaited<ReturnType<typeof prepare>>, registered: string) =>
      set({ hypotheses: (await read()).hypotheses.map(one => ({ ...one, registered })) })
    const all = await prepare(better, [CANARY])
    await late(all, '2026-10-04T00:00:00Z')
    expect(await all.test()).toMatchObject({
      judged: 'cannot tell yet',
      verdict: 'better',
      exploratory: true,
      reason: expect.stringMatching(/^Exploratory: /),
    })
    expect((await all.read()).status).toBe('hypothesised')
    expect((await all.read()).hypotheses[0]!.results).toMatchObject([{ exploratory: true }])
    const newer = await all.test('h1', null, true)
    expect(newer).toMatchObject({ judged: 'confirmed', exploratory: false, warnings: [] })
    expect(newer.arms.before.requests).toBeLessThan(210)
    const worse = await prepare(better, [{ ...CANARY, direction: 'down' }])
    await late(worse, '2026-10-19T00:00:00Z')
    expect(await worse.test()).toMatchObject({ judged: 'disproved', exploratory: true })
    // The side before is the past, where the sides are apart in time; and either side counts where they aren't.
    const weeks = makeRows([
      { upstream: 'a', slow: 0.6, days: [1, 8] },
      { upstream: 'a', slow: 0.1, days: [8, 15] },
    ])
    const apart = await prepare(weeks, [APART])
    await late(apart, DEPLOY)
    expect(await apart.test()).toMatchObject({ judged: 'confirmed', exploratory: false })
    await late(apart, '2026-10-08T01:00:00Z')
    expect(await apart.test()).toMatchObject({ judged: 'cannot tell yet', exploratory: true })
    const baselineOnly = await prepare([
      ...better,
      ...makeRows([{ upstream: 'old', slow: 0.6, days: [2, 3] }]),
    ])
    await late(baselineOnly, '2026-10-03T00:00:00Z')
    expect(await baselineOnly.test()).toMatchObject({ judged: 'cannot tell yet', exploratory: true })
  })

  test.each([
    ['the smallest change', { smallest: 0.05 }],
    ['the threshold', { under: '450ms' }],
    ['a side', { after: { ...OPEN, where: "upstream IN ('new', 'newer')" } }],
  ])('%s is edited: registered anew, and said', async (_, edit) => {
    const { test, set, read } = await prepare(
      makeRows([
        { upstream: 'old', slow: 0.6, days: BOTH },
        { upstream: 'new', slow: 0.1, days: BOTH },
      ]),
    )
    const watch = { v1: 0.001, looks: 3, day: null, under: null }
    await set({
      hypotheses: (await read()).hypotheses.map(one => ({ ...one, claim: 'in other words', watch })),
    })
    expect(await test()).toMatchObject({ judged: 'confirmed', exploratory: false })
    await set({ hypotheses: (await read()).hypotheses.map(one => ({ ...one, ...edit })) })
    const result = await test()
    expect(result).toMatchObject({
      judged: 'cannot tell yet',
      exploratory: true,
      registered: '2026-10-20T12:00:00Z',
    })
    expect(codes(result)).toEqual(['registered-anew'])
    const [hypothesis] = (await read()).hypotheses
    expect(hypothesis).toMatchObject({ registered: '2026-10-20T12:00:00Z', watch: null })
    expect(hypothesis!.results).toHaveLength(2)
    // It is the registered one now, and its data is older.
    expect(codes(await test())).toEqual(['registered-late'])
  })
})

describe('the threshold', () => {
  const rows = makeRows([
    { upstream: 'old', slow: 0.6, days: BOTH },
    { upstream: 'new', slow: 0.1, days: BOTH },
  ])
  const ROUTE = 'targets: {default: 400ms, routes: {"GET /orders": 300ms}}\n'

  test.each([
    [
      'the hypothesis',
      { hypothesis: '150ms', story: '250ms' },
      ROUTE,
      { under_ms: 150, underSetBy: 'hypothesis' },
    ],
    ['the story', { story: '250ms' }, ROUTE, { under_ms: 250, underSetBy: 'story' }],
    ['the route', {}, ROUTE, { under_ms: 300, underSetBy: 'route' }],
    ['the workbook', {}, 'targets: {default: 400ms}\n', { under_ms: 400, underSetBy: 'workbook' }],
    ['the p90 of the side before', {}, 'currency: EUR\n', { under_ms: 900, underSetBy: 'p90 before' }],
  ] as const)('is that of %s', async (_, said: { hypothesis?: string; story?: string }, config, wanted) => {
    const { test } = await prepare(
      rows,
      [{ ...CANARY, under: said.hypothesis ?? null }],
      { ...STORY, under: said.story ?? null },
      config,
    )
    expect(await test()).toMatchObject(wanted)
  })

  test('without a target and without a side before, it is assumed', async () => {
    const { test } = await prepare(
      makeRows([{ upstream: 'new', slow: 0.5, days: BOTH }]),
      [CANARY],
      STORY,
      'currency: EUR\n',
    )
    expect(await test()).toMatchObject({ under_ms: 500, underSetBy: 'assumed' })
  })

  test('the smallest change: the hypothesis, the workbook, the default rule', async () => {
    const unsaid = { ...CANARY, smallest: null }
    const smallest = async (hypothesis: NewHypothesis, config: string) =>
      (await (await prepare(rows, [hypothesis], STORY, config)).test()).change.smallest
    expect(await smallest(CANARY, 'smallest: 0.03\n')).toBe(0.1)
    expect(await smallest(unsaid, 'smallest: 0.03\n')).toBe(0.03)
    expect(await smallest(unsaid, 'objective: 0.9\n')).toBe(0.01)
    expect(await smallest(unsaid, 'objective: 0.99\n')).toBeCloseTo(0.0025, 12)
  })

  test('the cohort narrows both sides and is named', async () => {
    const { test } = await prepare(rows, [CANARY], STORY)
    const result = await test('h1', {
      name: 'some',
      where: "account IN ('c1','c2','c3','c4','c5','c6','c7')",
    })
    expect(result.arms.before.clusters).toBe(7)
    expect(codes(result)).toEqual(['cohort-applied'])
  })
})

describe('the outcome of a story', () => {
  const weeks = makeRows([
    { upstream: 'a', slow: 0.6, days: [1, 8] },
    { upstream: 'a', slow: 0.1, days: [8, 15] },
  ])
  const fix = (deployed: string | null) => ({
    id: `f${deployed}`,
    text: 'one query',
    deployed,
    version: null,
    kind: null,
    prediction: null,
    took: null,
  })
  const window = { from: '2026-10-02T00:00:00Z', to: '2026-10-08T00:00:00Z' }

  test('before and after its fix was deployed', async () => {
    const { close, set, read } = await prepare(weeks, [], { ...STORY, under: '450ms' })
    await set({ fixes: [fix(DEPLOY)], scope: { where: "route = 'GET /orders'", window } })
    const outcome = await close()
    expect(outcome).toMatchObject({
      verdict: 'better',
      status: 'closed',
      under_ms: 450,
      underSetBy: 'story',
      arms: { before: { days: 6 }, after: { days: 7 } },
      change: { smallest: 0.01 },
    })
    expect(outcome.text).toMatch(
      /^better: (?:39|40|41)\.\d% → (?:89|90|91)\.\d% of requests under 450 ms \(\+\d\d\.\d pp, 95%: \+\d\d\.\d pp to \+\d\d\.\d pp\)$/,
    )
    expect(await read()).toMatchObject({
      status: 'closed',
      outcome: {
        verdict: 'better',
        under: '450ms',
        text: outcome.text,
        before: { requests: 1200 },
        command: 'whyslow story close orders --measure --before 2026-10-02..2026-10-08 --after 2026-10-08..',
      },
    })
  })

  test('of several fixes: before the first, after the last; a window that begins later is not the start', async () => {
    const { close, set } = await prepare(weeks, [])
    await set({
      fixes: [fix('2026-10-10T00:00:00Z'), fix(null), fix('2026-10-05T00:00:00Z')],
      scope: {
        where: "route = 'GET /orders'",
        window: { from: '2026-10-12T00:00:00Z', to: '2026-10-13T00:00:00Z' },
      },
    })
    expect((await close()).arms).toMatchObject({ before: { days: 4 }, after: { days: 5 } })
  })

  test('else the sides, threshold and promise of the confirmed hypothesis, not those of the newest', async () => {
    const rows = makeRows([
      { upstream: 'old', slow: 0.6, days: BOTH },
      { upstream: 'new', slow: 0.1, days: BOTH },
      { upstream: 'third', slow: 0.6, days: BOTH, perDay: 800 },
    ])
    const promising = { ...CANARY, under: '450ms', smallest: 0.2 }
    const wrong = { ...CANARY, after: { ...OPEN, where: "upstream = 'third'" }, under: '50ms', smallest: 0.3 }
    const { test, close, read } = await prepare(rows, [promising, wrong])
    await expect(close()).rejects.toThrow('no hypothesis of it is confirmed')
    expect((await test('h1')).judged).toBe('confirmed')
    expect((await test('h2')).judged).toBe('disproved')
    expect((await read()).status).toBe('confirmed')
    const outcome = await close()
    expect(outcome).toMatchObject({
      verdict: 'better',
      status: 'closed',
      under_ms: 450,
      underSetBy: 'hypothesis',
      change: { smallest: 0.2 },
      arms: { after: { requests: 400 } },
      promised: { prediction: null, hypothesis: 'h1', change: 0.2, kept: null, judged: 'confirmed' },
    })
    expect((await read()).outcome!.command).toBe(
      `whyslow story close orders --measure --where-before 'upstream = '\\''old'\\''' --where-after 'upstream = '\\''new'\\'''`,
    )
  })

  const prediction = {
    ...makePrediction('p1', '2026-10-05T00:00:00Z', 0.5, [0.4, 0.6]),
    under: '300ms',
    share: { before: 0.4, after: 0.9, interval: null },
    customers: null,
    revenue: null,
    assumptions: [],
    command: 'whyslow whatif orders --all-traffic',
  }

  test('beside what was promised: by its threshold, over its customers, with the hypothesis judged', async () => {
    const cohort = { name: 'one', where: "account = 'c1'" }
    const config = `cohort: {name: one, where: "account = 'c1'"}\n`
    const { close, set, read } = await prepare(weeks, [{ ...APART, smallest: 0.6 }], STORY, config)
    await set({ predictions: [prediction], fixes: [{ ...fix(DEPLOY), prediction: 'p1', kind: 'cache' }] })
    const outcome = await close({ cohort })
    expect(outcome).toMatchObject({
      under_ms: 300,
      underSetBy: 'prediction',
      arms: { after: { requests: 1400 } },
      promised: { prediction: 'p1', hypothesis: 'h1', kind: 'cache', change: 0.5, judged: 'disproved' },
    })
    const { kept, keptInterval } = outcome.promised!
    expect(kept).toBeCloseTo(outcome.change.value! / 0.5, 9)
    expect(keptInterval![1] - keptInterval![0]).toBeGreaterThan(0.35)
    const command =
      'whyslow story close orders --measure --before ..2026-10-08 --after 2026-10-08.. --all-traffic'
    expect((await read()).outcome).toMatchObject({ under: '300ms', command, promised: { kept } })
  })

  test('a hypothesis that names another threshold than the prediction: what part came isn’t known', async () => {
    const { close, set } = await prepare(weeks, [{ ...APART, under: '450ms' }])
    await set({ predictions: [prediction], fixes: [fix(DEPLOY)] })
    expect(await close()).toMatchObject({
      under_ms: 450,
      promised: {
        judged: 'confirmed',
        kept: null,
        reason:
          'The prediction p1 is of requests under 300 ms, and the outcome was measured under 450 ms, as h1 says.',
      },
    })
  })

  test('since a story was reopened: from the day on which it got slower to the next fix', async () => {
    const { close, set, read } = await prepare(weeks, [])
    await set({
      fixes: [fix('2026-09-01T00:00:00Z'), fix(DEPLOY)],
      reopened: [
        {
          at: '2026-10-05T00:00:00Z',
          began: '2026-10-03',
          since: null,
          before: 0.9,
          after: 0.4,
          interval: null,
          around: [],
          outcome: null,
        },
      ],
    })
    expect((await close()).arms).toMatchObject({ before: { days: 5 }, after: { days: 7 } })
    // Deployed on the day on which it got slower: the days of the fix before, not those before that fix.
    const [one] = (await read()).reopened
    const outcome = { ...(await read()).outcome!, since: '2026-10-04T00:00:00Z' }
    await set({ status: 'fixing', reopened: [{ ...one!, began: '2026-10-08', outcome }] })
    expect((await close()).arms).toMatchObject({ before: { days: 4 }, after: { days: 7 } })
  })

  test('requests of several routes are compared at one mix of them, unless that is refused', async () => {
    const routes = [
      ...makeRows([
        { upstream: 'a', slow: 0.6, days: [1, 8] },
        { upstream: 'a', slow: 0.6, days: [8, 15], perDay: 100 },
      ]),
      ...makeRows([
        { upstream: 'a', slow: 0, days: [1, 8], route: '/fast' },
        { upstream: 'a', slow: 0, days: [8, 15], route: '/fast', perDay: 400 },
      ]),
    ]
    const { close, set, read } = await prepare(routes, [], {
      id: 'orders',
      title: 'All',
      scope: { where: 'status = 200', window: null },
    })
    await set({ fixes: [fix(DEPLOY)] })
    expect(await close()).toMatchObject({ sameMix: { columns: ['route'] } })
    const held = (await read()).outcome!
    expect(Math.abs(held.change!)).toBeLessThan(0.03)
    expect(held).toMatchObject({ sameMix: ['route'], command: expect.stringMatching(/ --same-mix route$/) })
    await close({ sameMix: [] })
    const own = (await read()).outcome!
    expect(own.change).toBeGreaterThan(0.1)
    expect(own).toMatchObject({ sameMix: [], command: expect.stringMatching(/ --same-mix none$/) })
  })

  test('with named sides', async () => {
    const { close } = await prepare(weeks, [])
    const arms = {
      design: 'before-after' as const,
      before: { ...OPEN, from: '2026-10-01T00:00:00Z', to: '2026-10-04T00:00:00Z' },
      after: { ...OPEN, from: '2026-10-04T00:00:00Z', to: '2026-10-07T00:00:00Z' },
    }
    expect(await close({ arms, note: 'enough' })).toMatchObject({
      arms: { before: { days: 3, requests: 600 }, after: { days: 3 } },
    })
  })

  test('one that cannot be told leaves the story open, unless a note says why not', async () => {
    const { close, set, read } = await prepare(
      weeks.filter(row => row.time < '2026-10-09'),
      [],
    )
    await set({ status: 'fixing', fixes: [fix(DEPLOY)] })
    expect(await close()).toMatchObject({ verdict: 'cannot tell yet', status: 'fixing' })
    expect(await read()).toMatchObject({
      status: 'fixing',
      outcome: {
        verdict: 'cannot tell yet',
        text: expect.stringMatching(/^cannot tell yet: .* \(One side has 1 day, .* on\)$/),
      },
      notes: [],
    })
    expect(await close({ note: 'the page is gone' })).toMatchObject({ status: 'closed' })
    expect(await read()).toMatchObject({ status: 'closed', notes: [{ text: 'the page is gone' }] })
  })

  test('a story that says nothing to compare', async () => {
    const { close } = await prepare(weeks, [])
    await expect(close()).rejects.toMatchObject({
      message: expect.stringContaining('it has no hypothesis'),
      next: [expect.stringContaining('story set orders --fix'), expect.stringContaining('--before')],
    })
  })
})

test('comments in the story survive a filed result', async () => {
  const { workbook, test } = await prepare(makeRows([{ upstream: 'old', slow: 0.5, days: BOTH }]))
  const file = `${workbook.paths.stories}/orders/story.md`
  await writeFile(file, (await readFile(file, 'utf8')).replace('hypotheses:', '# ours\nhypotheses:'))
  await test()
  expect(await readFile(file, 'utf8')).toContain('# ours\nhypotheses:')
  expect((await openWorkbook({ cwd: workbook.dir })).dir).toBe(workbook.dir)
})
