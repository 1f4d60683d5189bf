/** Closed stories under triage's eye, on made-up logs: which are watched, and what becomes of those that decayed. */
import { writeFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listChangesAround } from '../../src/evidence/changes-around.js'
import { createRandom } from '../../src/stats/random.js'
import { triage } from '../../src/steps/triage.js'
import { fileLooks, watchOutcomes } from '../../src/steps/watch-outcomes.js'
import type { Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { readStory, type Story } from '../../src/stories/read-story.js'
import type { StoryInput } from '../../src/stories/schema.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { type MadeRequest, makeStore, makeTemporaryFolder } from '../evidence/workbooks.js'

const DAY = 86_400_000
const START = Date.parse('2026-03-01T10:00:00Z')
const NOW = new Date('2026-04-10T06:00:00Z')

/** 61 letters, the last of which are two UTF-16 units each. */
const LONG = `${'o'.repeat(58)}😀😀😀`

/** Fixed on 1 March, measured until the 10th; from the 20th on as before. */
function makeRequests(): MadeRequest[] {
  const random = createRandom(3)
  return Array.from({ length: 30 * 60 }, (_, i) => {
    const day = Math.floor(i / 60)
    const isLate = day >= 19
    return {
      time: new Date(START + day * DAY + (i % 60) * 1000).toISOString(),
      path: '/orders',
      account: `a${i % 15}`,
      duration_ms: random.next() < (isLate ? 0.35 : 0.04) ? 800 : 100,
      upstream: isLate && i % 2 === 0 ? '10.0.0.9:80' : '10.0.0.1:80',
      app_version: isLate ? '2.1' : '2.0',
      new_flag: isLate && i % 4 === 0 ? LONG : null,
      http_version: isLate ? 'h3' : 'h2',
      request_id: `r${i}`,
    }
  })
}

let made: { workbook: Workbook; store: Store }
beforeAll(async () => {
  made = await makeStore(makeRequests())
})
afterAll(() => made.store.close())

let workbook: Workbook
beforeEach(async () => {
  const dir = await makeTemporaryFolder()
  await copyFile(made.workbook.paths.config, join(dir, 'whyslow.yaml'))
  workbook = await openWorkbook({ cwd: dir })
})

const OUTCOME = {
  at: '2026-03-10T23:00:00Z',
  verdict: 'better' as const,
  before: { requests: 900, clusters: 15, share: 0.6 },
  after: { requests: 600, clusters: 15, share: 0.96 },
  change: 0.36,
  under: '500ms',
  since: '2026-03-01',
  until: '2026-03-10',
}
const CLOSED = { id: 'orders', title: 'Orders', route: 'GET /orders', status: 'closed' as const }

const make = (values: Partial<StoryInput>) =>
  createStory(workbook, { ...CLOSED, outcome: OUTCOME, ...values })
const watch = async (story: Story, store = made.store) => {
  const { looks, ...seen } = await watchOutcomes(workbook, store, [story], { now: NOW })
  return { ...seen, reopened: (await fileLooks(workbook, looks)).reopened }
}
const NONE = { looked: 0, early: 0, unseen: 0, waiting: [] }
const ONE = { ...NONE, looked: 1 }

test('re-opened once, with the day; after a new close it is watched anew', async () => {
  const story = await make({})
  const dry = await watchOutcomes(workbook, made.store, [story], { now: NOW })
  expect(dry.stories[0]!.frontMatter.status).toBe('framed')
  expect(await readFile(story.file, 'utf8')).toBe(story.text)

  const { reopened, watched, stories } = await watch(story)
  expect(watched).toEqual(ONE)
  expect(reopened).toMatchObject([{ story: 'orders', began: '2026-03-20', under_ms: 500 }])
  const open = await readStory(workbook, 'orders')
  expect(open.frontMatter).toMatchObject({ status: 'framed', outcome: null })
  expect(open.frontMatter.reopened).toMatchObject([
    { at: '2026-04-10T06:00:00Z', began: '2026-03-20', outcome: { verdict: 'better', change: 0.36 } },
  ])
  expect(stories[0]!.frontMatter).toEqual(open.frontMatter)
  expect(await watch(open)).toMatchObject({ reopened: [], watched: NONE, warnings: [] })

  const closed = await updateStory(open, values => ({
    ...values,
    status: 'closed',
    outcome: { ...OUTCOME, since: '2026-03-20', until: '2026-03-22', at: '2026-03-22T20:00:00Z' },
  }))
  expect(await watch(closed)).toMatchObject({ reopened: [], watched: ONE, warnings: [] })
  const { outcome, reopened: before } = (await readStory(workbook, 'orders')).frontMatter
  expect(outcome!.watch).toMatchObject({ looks: 1, day: '2026-03-30' })
  expect(before).toHaveLength(1)
})

test('a day of data is looked at once', async () => {
  const story = await make({ outcome: { ...OUTCOME, watch: { looks: 7, day: '2026-03-30' } } })
  expect(await watch(story)).toMatchObject({ reopened: [], watched: ONE })
  expect(await readFile(story.file, 'utf8')).toBe(story.text)
})

test.each<[string, Partial<StoryInput>]>([
  ['was closed with a note only', { outcome: null, notes: [{ text: 'nobody uses it' }] }],
  ['is open', { status: 'measured' }],
  ['did not get better', { outcome: { ...OUTCOME, verdict: 'no meaningful difference' } }],
  ['does not say when its fix was deployed', { outcome: { ...OUTCOME, since: null } }],
])('a story is left alone that %s', async (_, values) => {
  const story = await make(values)
  expect(await watch(story)).toEqual({ reopened: [], watched: NONE, stories: [story], warnings: [] })
  expect(await readFile(story.file, 'utf8')).toBe(story.text)
})

test('an outcome from before it said since when: the deploy of the fix', async () => {
  const outcome = { ...OUTCOME, since: null, until: null }
  const story = await make({ outcome, fixes: [{ id: 'f1', text: 'one query', deployed: '2026-03-01' }] })
  expect((await watch(story)).reopened).toMatchObject([{ began: '2026-03-20' }])
})

test.each<[string, Partial<StoryInput>, RegExp]>([
  [
    'the days of its outcome are gone',
    { outcome: { ...OUTCOME, since: '2026-02-10', until: '2026-02-20' } },
    /^Whether the fix of orders lasts can't be told: .* 2026-02-10 to 2026-02-20, and no day of that/,
  ],
  [
    'only two of these days are there',
    { outcome: { ...OUTCOME, since: '2026-02-20', until: '2026-03-02' } },
    /^Whether the fix of orders lasts can't be told: .* and 2 days of that \(at least 3 are needed\) are in the data/,
  ],
  [
    'it names no requests',
    { route: null },
    /^Whether the fix of orders lasts can't be told: The story orders names neither a route nor a where/,
  ],
  [
    'its condition can’t be used any more',
    { scope: { where: "attrs.gone = 'x'" } },
    /^Whether the fix of orders lasts can't be told: .*gone/,
  ],
])('can’t be watched, and says so, where %s', async (_, values, message) => {
  const { warnings, reopened, watched } = await watch(await make(values))
  expect([reopened, watched]).toEqual([[], { ...NONE, unseen: 1 }])
  expect(warnings).toMatchObject([{ code: 'outcome-unwatched', message: expect.stringMatching(message) }])
})

test.each<[string, { since?: string; until: string }, number]>([
  ['nothing was imported since', { until: '2026-03-30' }, 0],
  ['less than a week was', { until: '2026-03-24', since: '2026-03-20' }, 6],
])('too early to tell, and no look, where %s', async (_, values, days) => {
  const story = await make({ outcome: { ...OUTCOME, ...values } })
  const waiting = [{ story: 'orders', days, of: 7 }]
  expect(await watch(story)).toMatchObject({ watched: { ...NONE, early: 1, waiting }, warnings: [] })
  expect(await readFile(story.file, 'utf8')).toBe(story.text)
})

test('a fix of which all is good lasts; of few customers nothing is told, and without durations it is said', async () => {
  const rows = makeRequests()
    .filter((_, i) => i % 60 < 15)
    .map((row): MadeRequest => ({ ...row, duration_ms: 100 }))
  const timeless = rows.map((row): MadeRequest => ({ ...row, path: '/timeless', duration_ms: null }))
  const { store } = await makeStore([...rows, ...timeless])
  expect(await watch(await make({ id: 'good' }), store)).toMatchObject({ watched: ONE, warnings: [] })
  const few = await make({ id: 'few', scope: { where: "route = 'GET /orders' AND account < 'a13'" } })
  expect(await watch(few, store)).toMatchObject({
    watched: { ...NONE, early: 1, waiting: [{ story: 'few', days: 20, of: 7 }] },
    warnings: [],
  })
  expect(await watch(await make({ id: 'none', route: 'GET /timeless' }), store)).toMatchObject({
    watched: { ...NONE, unseen: 1 },
    warnings: [{ message: "Whether the fix of none lasts can't be told: its requests have no duration." }],
  })
  store.close()
})

test('what is too small for the outcome is too small to re-open it', async () => {
  const outcome = { ...OUTCOME, change: 0.36, smallest: 0.4 }
  expect(await watch(await make({ outcome }))).toMatchObject({ reopened: [], watched: ONE })
})

test('triage that fails re-opens nothing: the next one tells it', async () => {
  const story = await make({})
  const open = await createStory(workbook, {
    id: 'broken',
    title: 'Orders again',
    route: 'GET /orders',
    identity: "route = 'GET /orders'",
    scope: { where: "attrs.gone = 'x'" },
  })
  const run = () => triage(workbook, made.store, EVERYTHING, { now: NOW, dryRun: false })
  await expect(run()).rejects.toThrow('gone')
  expect(await readFile(story.file, 'utf8')).toBe(story.text)
  await updateStory(open, values => ({ ...values, scope: null }))
  expect((await run()).reopened).toMatchObject([{ story: 'orders', began: '2026-03-20' }])
  expect((await readStory(workbook, 'orders')).frontMatter.status).toBe('framed')
})

test('one that is re-opened is measured anew in the same run', async () => {
  await make({ identity: "route = 'GET /orders'" })
  const result = await triage(workbook, made.store, EVERYTHING, { now: NOW, dryRun: false })
  expect(result).toMatchObject({
    reopened: [{ story: 'orders' }],
    stories: [{ id: 'orders', status: 'framed', new: false }],
    warnings: [],
  })
  const { status, questions } = (await readStory(workbook, 'orders')).frontMatter
  expect({ status, questions }).toMatchObject({ status: 'framed', questions: { customers: { value: 15 } } })
})

test('one that can’t be re-opened is told as it is', async () => {
  const story = await make({ identity: "route = 'GET /orders'" })
  const onProgress = (subject: string) => {
    if (subject === 'GET /orders') writeFileSync(story.file, story.text.replace('title:', 'titel:'))
  }
  const result = await triage(workbook, made.store, EVERYTHING, { now: NOW, dryRun: false, onProgress })
  expect(result).toMatchObject({
    reopened: [],
    stories: [{ id: 'orders', status: 'closed' }],
    warnings: [{ code: 'outcome-unwatched' }],
  })
})

test('one that can’t be written takes no word from the others', async () => {
  const stories = [await make({ id: 'broken' }), await make({ id: 'sound' })]
  const { looks } = await watchOutcomes(workbook, made.store, stories, { now: NOW })
  await writeFile(stories[0]!.file, '---\nstatus: [\n---\n')
  expect(await fileLooks(workbook, looks)).toMatchObject({
    reopened: [{ story: 'sound' }],
    warnings: [{ code: 'outcome-unwatched', message: expect.stringContaining('fix of broken') }],
  })
})

test('a change that a person made meanwhile wins', async () => {
  const story = await make({})
  await updateStory(story, values => ({ ...values, status: 'dismissed' }))
  expect((await watch(story)).reopened).toEqual([])
  expect((await readStory(workbook, 'orders')).frontMatter).toMatchObject({
    status: 'dismissed',
    reopened: [],
  })
})

test('one that a person closed anew meanwhile is closed by another outcome', async () => {
  const story = await make({})
  const outcome = { ...OUTCOME, at: '2026-04-09T12:00:00Z', until: '2026-03-30' }
  const anew = await updateStory(story, values => ({ ...values, outcome }))
  expect((await watch(story)).reopened).toEqual([])
  expect((await readStory(workbook, 'orders')).frontMatter).toEqual(anew.frontMatter)
})

test('days are those of the workbook’s time zone', async () => {
  const { config } = made.workbook.paths
  await writeFile(workbook.paths.config, `${await readFile(config, 'utf8')}timezone: America/Los_Angeles\n`)
  workbook = await openWorkbook({ cwd: workbook.dir })
  await watch(await make({}))
  expect((await readStory(workbook, 'orders')).frontMatter.reopened).toMatchObject([
    { began: '2026-03-20', since: '2026-03-20T07:00:00Z' },
  ])
  // It was still the 29th, and there is data of the 30th.
  const late = await make({ id: 'late', outcome: { ...OUTCOME, until: null, at: '2026-03-30T02:00:00Z' } })
  expect((await watch(late)).watched.waiting).toEqual([{ story: 'late', days: 1, of: 7 }])
})

test('what changed around a day: versions, flags and instances, and nothing that every request has of its own', async () => {
  const around = (day: string) => listChangesAround(made.store, EVERYTHING, day, 'UTC')
  const flag = `new_flag ${'o'.repeat(58)}😀… is new`
  const turned = ['app_version 2.1 instead of 2.0', flag, 'upstream 10.0.0.9:80 is new']
  for (const day of ['2026-03-19', '2026-03-20', '2026-03-21'])
    expect((await around(day)).toSorted()).toEqual(turned)
  expect(await around('2026-03-15')).toEqual([])
  // Where the data starts, and where it ends, nothing came or went.
  expect(await around('2026-03-01')).toEqual([])
  expect(await around('2026-03-30')).toEqual([])
})
