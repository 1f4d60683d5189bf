import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readStoryImpacts } from '../../src/evidence/story-impacts.js'
import type { ShownNext } from '../../src/reports/next.js'
import { describeNext } from '../../src/steps/describe-next.js'
import { planNext } from '../../src/steps/plan-next.js'
import type { Store } from '../../src/store/open-store.js'
import { EVERYTHING, routeWhere, type Slice } from '../../src/store/slice.js'
import { formatSpent } from '../../src/units.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { type MadeRequest, makeStore, makeWorkbook } from '../evidence/workbooks.js'

let workbook: Workbook
let store: Store
/** What `next` says without options, before stories are told more of. */
let usual: ShownNext

const at = (minute: number) => new Date(Date.parse('2026-10-05T00:00:00Z') + minute * 60_000).toISOString()

/** 40 customers ask for all of it: half of them see /a slow, all of them /b now and then, two /rare. Before /login nobody has a name. */
function makeRequests(): MadeRequest[] {
  const named = Array.from({ length: 40 * 60 }, (_, i) => {
    const customer = i % 40
    const turn = Math.floor(i / 40)
    const route = ['/a', '/b', '/rare'][turn % 3]!
    const slow =
      route === '/a'
        ? customer < 20
        : route === '/b'
          ? turn === customer % 20 || turn === 31
          : customer < 2 && turn < 9
    return { time: at(i), path: route, account: `c${customer}`, duration_ms: slow ? 900 : 20 }
  })
  const anonymous = Array.from({ length: 60 }, (_, i) => ({
    time: at(i),
    path: '/login',
    client: `10.0.0.${i % 30}`,
    duration_ms: 900,
  }))
  return [...named, ...anonymous]
}

async function addStory(id: string, lines: string): Promise<void> {
  await mkdir(join(workbook.paths.stories, id), { recursive: true })
  await writeFile(
    join(workbook.paths.stories, id, 'story.md'),
    `---\nid: ${id}\ntitle: ${id}\n${lines}\n---\n`,
  )
}

beforeAll(async () => {
  workbook = await makeWorkbook()
  ;({ store } = await makeStore(makeRequests(), { workbook }))
  await addStory('a', 'route: GET /a\neffort: 2h\nconfidence: 1')
  await addStory('b', 'route: GET /b\neffort: 2h\nconfidence: 1')
  await addStory('rare', 'route: GET /rare\neffort: 2h')
  await addStory('login', 'route: GET /login\neffort: 2h')
  await addStory('gone', 'route: GET /gone\neffort: 1d')
  await addStory(
    'said',
    'route: GET /b\nquestions:\n  customers: {value: 7, source: person}\n  revenue: {value: 1000, source: person}',
  )
  await addStory('over', 'route: GET /a\nstatus: closed\neffort: 1d')
  await addStory('no', 'route: GET /a\nstatus: dismissed')
  await addStory('vague', '')
  await addStory('broken', 'scope: {where: "statu = 1"}')
  usual = await ask()
})

interface Asked {
  seed?: number
  next?: object
  identify?: Workbook['config']['identify']
  for_h?: number
  timebox_h?: number
  slice?: Slice
}

const ask = async (options: Asked = {}) => {
  const { seed = 1, next = {}, identify = [], for_h = null, timebox_h = null, slice = EVERYTHING } = options
  const config = { ...workbook.config, identify, next: { ...workbook.config.next, ...next } }
  const question = { slice, for_h, timebox_h, seed }
  return describeNext(await planNext({ ...workbook, config }, store, question), seed)
}

test('a timebox asks for an investigation, of what would raise the score of what comes first the most', async () => {
  expect(usual.start!.why).toContain(
    'It would be first if its cause were confirmed: it has the most to expect',
  )
  const { start } = await ask({ timebox_h: 0.25 })
  expect(start).toMatchObject({ kind: 'investigation', timebox_h: 0.25, confirm: false })
  expect(start!.settles).toBeGreaterThan(0)
  expect(start!.raises).toBeGreaterThan(0)
  expect(start!.why).toContain(`would raise the score of what comes first by ${formatSpent(start!.raises!)}`)
  expect(start!.why).toContain(`would settle ${start!.settles!.toFixed(1)} of the`)
  const { story } = start!
  expect(start!.commands.map(({ command }) => command)).toEqual([
    `whyslow whatif ${story}`,
    `whyslow timebox start ${story} --for 15m`,
  ])
  expect((await ask({ for_h: 0.5 })).start).toMatchObject({ kind: 'investigation', timebox_h: 0.5 })
})

test('of a time without data nothing is said, and from when to when there is some', async () => {
  const slice = { ...EVERYTHING, from: '2027-01-01T00:00:00Z' }
  await expect(ask({ slice })).rejects.toMatchObject({
    exit: 3,
    message: expect.stringMatching(
      /^No request is in this time, .* There is data from 2026-10-05 00:00:00 – 2026-10-06 15:59:00 UTC\.$/,
    ),
  })
  await expect(ask({ slice: { ...EVERYTHING, where: 'status = 999' } })).rejects.toMatchObject({
    exit: 3,
    message: expect.stringContaining('No request is in this slice, whatever the time'),
  })
})

test('customers that nobody named are unknown', async () => {
  const { customers, money, requests } = usual.stories.find(({ id }) => id === 'login')!.measures
  const source = 'none of its requests that were not good names an account'
  expect(customers).toMatchObject({ value: null, from: 'unknown', source })
  expect(money.value).toBeNull()
  expect(requests.value).toBeGreaterThan(0)
})

test('where clients are counted, who has an account is one', async () => {
  const scopes = ['GET /a', 'GET /login'].map(route => ({ where: routeWhere(route), under_ms: 500 }))
  const count = async (unit: 'client' | 'customer') =>
    (await readStoryImpacts(store, EVERYTHING, scopes, unit)).scopes.map(({ hit, unnamed }) => [
      hit.reduce((sum, one) => sum + one, 0),
      unnamed,
    ])
  expect(await count('client')).toEqual([
    [20, 0],
    [30, 0],
  ])
  expect(await count('customer')).toEqual([
    [20, 0],
    [0, 60],
  ])
})

test('a rate a day is that of the time there is, also of minutes; half of these requests have no account', async () => {
  const slice = { ...EVERYTHING, from: at(0), to: at(30) }
  const { days, stories, warnings } = await ask({ slice, identify: [{ column: 'client' }] })
  expect(warnings).toContainEqual(expect.objectContaining({ code: 'accounts-missing' }))
  expect(usual.warnings).not.toContainEqual(expect.objectContaining({ code: 'accounts-missing' }))
  expect(days * 1440).toBeCloseTo(29)
  expect(stories.find(({ id }) => id === 'login')!.measures.requests.value).toBeCloseTo(30 / days)
})

test('a formula of one’s own gets the figures as they are; of a difference there are no factors', async () => {
  const { formula, of, stories, days } = await ask({ next: { formula: 'requests - 100 * effort' } })
  expect([of, usual.of]).toEqual([null, 100])
  expect(formula).toBe(
    'requests - 100 * effort, of whyslow.yaml (each measure × gain × kept, effort in hours)',
  )
  const [a, , gone] = stories
  expect(a!.score.value).toBeCloseTo((400 * 0.22) / days - 200, -1)
  expect(gone!.score.value).toBeLessThan(0)
})

test('open stories that have requests are counted, each customer once', () => {
  const next = usual
  expect(next.stories.map(({ id }) => id)).toEqual(['a', 'b', 'gone', 'login', 'rare', 'said'])
  const [a, b, gone, , rare, said] = next.stories
  expect(a!.measures.customers).toMatchObject({ value: 20, from: 'measured' })
  expect(a!.measures.requests.value! * next.days).toBeCloseTo(400)
  expect(a!.measures.budget.value).toBeCloseTo(400 / (0.05 * 800))
  expect(a!.measures.money).toMatchObject({ value: null, source: 'no accounts were imported' })
  expect(b!.measures.customers.value).toBe(40)
  expect(rare!.measures.customers).toMatchObject({ value: 2, interval: null })
  expect(rare!.untold).toBe('2 customers were hit; how much they differ can be told from 6 on')
  expect(gone!.measures).toMatchObject({ customers: { value: null }, requests: { value: null } })
  expect(gone!.untold).toBeNull()
  expect(said!.measures).toMatchObject({
    customers: { value: 7, interval: [3.5, 14], from: 'person' },
    money: { value: 1000 },
  })
  expect(next.stories.flatMap(({ score }) => (score.value > 0 ? [] : [score]))).toEqual([])
})

test('what was left out is said', () => {
  const { warnings } = usual
  expect(warnings.map(({ code }) => code)).toEqual(['no-scope', 'measure-unknown', 'story-unreadable'])
  expect(warnings[0]!.message).toBe('Left out, since it names no requests: vague.')
  expect(warnings[2]!.message).toContain('names “statu”')
})

test('the same seed gives the same, another nearly the same', async () => {
  const [one, again, other] = [usual, await ask(), await ask({ seed: 2 })]
  expect(again).toEqual(one)
  expect(other.stories[0]!.score.value).not.toBe(one.stories[0]!.score.value)
  expect(Math.abs(Math.log(other.stories[0]!.score.value / one.stories[0]!.score.value))).toBeLessThan(0.2)
})

test('a person who tells more of all stories gets an order', async () => {
  const saying = (requests: number) =>
    `route: GET /b\nconfidence: 1\nquestions: {customers: {value: ${requests}, source: person}, revenue: {value: ${requests}, source: person}}`
  const prediction = `predictions: [{id: p1, at: 2026-10-05, what: cached, under: 10ms, share: {before: 0.1, after: 0.9}, change: {value: 0.8, interval: [0.7, 0.9]}}]`
  for (const id of ['a', 'b'])
    await addStory(
      id,
      `${saying(id === 'a' ? 4000 : 40)}\neffort: ${id === 'a' ? '1h' : '1w'}\nunder: 10ms\n${prediction}`,
    )
  const next = await ask()
  expect(next.above).toContainEqual({ a: 'a', b: 'b' })
  expect(next.front).not.toContain('b')
})

test('what answers in a second comes first; then what confirms the cause, if that is all there is to find out', async () => {
  const said = `route: GET /b
under: 10ms
effort: 1h
confidence: 0.9
questions: {customers: {value: 40000, source: person}, revenue: {value: 40000, source: person}}`
  const predicted = `predictions: [{id: p1, at: 2026-10-05, what: cached, under: 10ms, share: {before: 0.1, after: 0.9}, change: {value: 0.8, interval: [0.7, 0.9]}}]`
  const arm = '{where: null, from: null, to: null}'
  const stated = `hypotheses: [{id: h1, claim: no index, metric: under, direction: up, design: before-after, before: ${arm}, after: ${arm}, registered: 2026-10-05T00:00:00Z}]`
  const startWith = async (lines: string) => {
    await addStory('a', lines)
    const { start } = await ask()
    expect(start!.story).toBe('a')
    return { ...start!, commands: start!.commands.map(({ command }) => command) }
  }
  const known = 'whyslow story set a status=confirmed'
  expect(await startWith(`${said}\n${predicted}`)).toMatchObject({
    confirm: true,
    commands: ['whyslow hypothesis new a --claim "…" --with "CONDITION"', known],
    why: expect.stringContaining('It would be first if its cause were confirmed'),
  })
  expect(await startWith(`${said}\n${predicted}\nstatus: hypothesised\n${stated}`)).toMatchObject({
    confirm: true,
    commands: ['whyslow hypothesis test a', known],
  })
  expect(await startWith(`${said}\nstatus: confirmed`)).toMatchObject({
    kind: 'fix',
    commands: ['whyslow whatif a', 'whyslow story show a'],
  })
})
