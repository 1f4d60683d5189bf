/** Watches over data that comes in between their looks, as another process imports it. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WatchResult } from '../../src/steps/look-again.js'
import { watchHypothesis } from '../../src/steps/watch-hypothesis.js'
import { openStore } from '../../src/store/open-store.js'
import { addHypothesis, type NewHypothesis } from '../../src/stories/hypotheses.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { type MadeRequest, makeStore, makeWorkbook, seeded } from '../evidence/workbooks.js'

const OPEN = { where: null, from: null, to: null }
const CANARY: NewHypothesis = {
  claim: 'one lookup per order',
  direction: 'up',
  smallest: 0.05,
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

let random = seeded(3)
beforeEach(() => {
  random = seeded(3)
})

/** Requests of one day of October, of 20 customers, half of them on each side. */
function makeDay(day: number, slow: Record<'old' | 'new', number>, requests = 200, hour = 0): MadeRequest[] {
  return Array.from({ length: requests }, (_, i) => {
    const upstream = i % 2 === 0 ? 'old' : 'new'
    return {
      time: new Date(Date.UTC(2026, 9, day, hour) + i * 1000 + random()).toISOString(),
      path: '/orders',
      upstream,
      account: `c${Math.floor(random() * 20)}`,
      duration_ms: random() < slow[upstream] ? 900 : 100,
    }
  })
}

let ends: AbortController[] = []
afterEach(() => {
  for (const end of ends) end.abort()
  ends = []
})

async function prepare(hypothesis: NewHypothesis, registered = '2026-10-01T00:00:00Z', config?: string) {
  const workbook = await makeWorkbook(config)
  const story = await createStory(workbook, { id: 'orders', title: 'Orders', route: 'GET /orders' })
  await updateStory(story, values => addHypothesis(values, hypothesis, new Date(registered)))
  const read = async () => (await readStory(workbook, 'orders')).frontMatter.hypotheses[0]!
  return { workbook, story, read }
}

async function add(workbook: Workbook, rows: MadeRequest[]): Promise<void> {
  ;(await makeStore(rows, { workbook })).store.close()
}

/** Brings in one batch before each look; interrupted when there are no more. */
async function watch(workbook: Workbook, batches: MadeRequest[][], timeout_ms: number | null = null) {
  const end = new AbortController()
  ends.push(end)
  const left = [...batches]
  const looks: WatchResult[] = []
  const watched = await watchHypothesis(workbook, {
    story: 'orders',
    cohort: null,
    interval_ms: 1,
    timeout_ms,
    follow: null,
    signal: end.signal,
    clock: () => new Date('2026-11-01T00:00:00Z'),
    async withStore(ask) {
      const next = left.shift()
      if (next) await add(workbook, next)
      else if (timeout_ms === null) end.abort()
      const store = await openStore(workbook.paths.data)
      try {
        return await ask(store)
      } finally {
        store.close()
      }
    },
    onLook: look => looks.push(look),
  })
  return { ...watched, looks }
}

test('ends at the first look that settles it, and files that', async () => {
  const { workbook, read } = await prepare(CANARY)
  const slow = { old: 0.6, new: 0.2 }
  const { result, ended, looks } = await watch(
    workbook,
    [2, 3, 4, 5, 6].map(day => makeDay(day, slow)),
  )
  expect(ended).toBe('judged')
  expect(result).toMatchObject({ judged: 'confirmed', verdict: 'better', exploratory: false, needs: null })
  expect(looks.length).toBeLessThan(5)
  expect(looks.map(look => look.sequence.v1)).toEqual(looks.map(() => result.sequence.v1))
  const { watch: kept, results } = await read()
  expect(kept).toEqual({ v1: result.sequence.v1, looks: looks.length, day: null, under: null })
  expect(results).toMatchObject([
    {
      judged: 'confirmed',
      looks: looks.length,
      interval: result.sequence.interval,
      command: 'whyslow hypothesis watch orders --hypothesis h1',
    },
  ])
})

test('nothing changed: looked at 6 times, and still no verdict; a second watch is the same sequence', async () => {
  const { workbook, read } = await prepare({ ...CANARY, smallest: 0.001 })
  const same = { old: 0.3, new: 0.3 }
  const days = Array.from({ length: 4 }, (_, i) => makeDay(2 + i, same))
  const first = await watch(workbook, days)
  expect(first).toMatchObject({ ended: 'interrupted', result: { judged: 'cannot tell yet', looks: 4 } })
  expect(first.result.needs!.clusters).toBeGreaterThan(20)
  expect((await read()).results).toEqual([])
  const second = await watch(
    workbook,
    Array.from({ length: 2 }, (_, i) => makeDay(12 + i, same)),
  )
  expect(second.result.sequence.v1).toBe(first.result.sequence.v1)
  expect(second.result.looks).toBe(6)
})

test('only what is newer than the hypothesis counts', async () => {
  const { workbook } = await prepare(CANARY, '2026-10-05T00:00:00Z')
  const { looks, result } = await watch(workbook, [
    makeDay(3, { old: 0.9, new: 0 }),
    makeDay(6, { old: 0.3, new: 0.3 }, 400),
  ])
  expect(looks[0]).toMatchObject({
    looks: 0,
    judged: 'cannot tell yet',
    reason: expect.stringContaining('newer than the hypothesis (2026-10-05T00:00:00Z)'),
  })
  expect(result).toMatchObject({ looks: 1, exploratory: false, arms: { before: { requests: 200 } } })
  expect(result.judged).not.toBe('confirmed')
})

test('sides apart in time: one look a day of data', async () => {
  const { workbook, read } = await prepare(APART, DEPLOY)
  await add(
    workbook,
    [1, 2, 3, 4, 5, 6, 7].flatMap(day => makeDay(day, { old: 0.6, new: 0.6 })),
  )
  const slow = { old: 0.45, new: 0.45 }
  const start = [8, 9, 10].flatMap(day => makeDay(day, slow))
  const { looks } = await watch(workbook, [start, makeDay(10, slow, 200, 6), makeDay(11, slow)])
  expect(looks.map(look => look.looks)).toEqual([1, 1, 2])
  expect(looks[1]).toMatchObject({
    judged: 'cannot tell yet',
    reason: expect.stringContaining('once a day of data'),
  })
  expect((await read()).watch).toMatchObject({ looks: 2, day: '2026-10-11' })
  const { result } = await watch(
    workbook,
    [12, 13, 14].map(day => makeDay(day, slow)),
  )
  expect(result).toMatchObject({ design: 'before-after', judged: 'confirmed' })
})

test('the threshold of the first look is that of all, where nobody set one', async () => {
  const { workbook, read } = await prepare(CANARY, undefined, 'currency: EUR\n')
  const rows = (ms: number, day: number) =>
    makeDay(day, { old: 0, new: 0 }).map((row, i) => ({ ...row, duration_ms: ms + i }))
  const { looks } = await watch(workbook, [rows(100, 2), rows(5000, 3)])
  expect(looks[0]!.under_ms).toBeLessThan(400)
  expect(looks[1]).toMatchObject({ under_ms: looks[0]!.under_ms, underSetBy: 'p90 before' })
  expect((await read()).watch!.under).toBe(`${looks[0]!.under_ms}ms`)
})

test('edited while it is watched: registered anew, watched from the start', async () => {
  const { workbook, story, read } = await prepare({ ...CANARY, smallest: 0.001 }, '2026-10-01T00:00:00Z')
  await watch(workbook, [makeDay(2, { old: 0.3, new: 0.3 })])
  await updateStory(story, values => ({
    ...values,
    hypotheses: values.hypotheses.map(one => ({ ...one, smallest: 0.2 })),
  }))
  const { result } = await watch(workbook, [makeDay(3, { old: 0.3, new: 0.3 })])
  expect(result).toMatchObject({ registered: '2026-11-01T00:00:00Z', looks: 0, sequence: { v1: null } })
  expect(result.warnings.map(({ code }) => code)).toContain('registered-anew')
  expect((await read()).watch).toMatchObject({ v1: null, looks: 0 })
})

test('its time is over: filed as it stands', async () => {
  const { workbook, read } = await prepare({ ...CANARY, smallest: 0.001 })
  await add(workbook, makeDay(2, { old: 0.3, new: 0.3 }))
  const { ended, result } = await watch(workbook, [], 300)
  expect({ ended, judged: result.judged }).toEqual({ ended: 'timeout', judged: 'cannot tell yet' })
  expect((await read()).results).toHaveLength(1)
})
