/** Triage on the recorded fortnight: four stories, again and again the same ones, and never over what people wrote. */
import { writeFileSync } from 'node:fs'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TriageResult, triage } from '../../src/steps/triage.js'
import { EVERYTHING, type Slice } from '../../src/store/slice.js'
import { correctTickets } from '../../src/stories/edit-story.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { withWorkbookLock } from '../../src/workbook/lock.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import {
  importInto,
  isGood,
  makeStore,
  makeTemporaryFolder,
  openShop,
  readTruth,
  type Shop,
  shareOf,
} from '../evidence/workbooks.js'

const ids = ['get-orders', 'get-products-id', 'get-invoices-id-pdf', 'get-reports-monthly']
const MORNING = new Date('2026-10-19T08:00:00Z')
const EVENING = new Date('2026-10-19T20:00:00Z')

let shop: Shop
let first: TriageResult
let fresh: Workbook
beforeAll(async () => {
  shop = await openShop()
  first = await run(shop.workbook)
  fresh = shop.workbook
})
afterAll(() => shop.store.close())

/** A copy of the triaged workbook for each test: they change their stories. The data stays where it is. */
let workbook: Workbook
beforeEach(async () => {
  const dir = await makeTemporaryFolder()
  for (const name of ['whyslow.yaml', 'routes.yaml', 'stories'])
    await cp(join(fresh.dir, name), join(dir, name), { recursive: true })
  workbook = await openWorkbook({ cwd: dir })
})

function run(
  into: Workbook,
  options: { now?: Date; dryRun?: boolean; slice?: Slice } = {},
): Promise<TriageResult> {
  const { now = MORNING, dryRun = false, slice = EVERYTHING } = options
  return triage(into, shop.store, slice, { now, dryRun })
}

async function readAll(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  return Object.fromEntries(
    await Promise.all(
      names.map(async ({ parentPath, name }) => [
        join(parentPath, name).slice(dir.length),
        await readFile(join(parentPath, name), 'utf8'),
      ]),
    ),
  )
}

const edit = async (id: string, change: (text: string) => string) => {
  const file = join(workbook.paths.stories, id, 'story.md')
  const before = await readFile(file, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  await writeFile(file, after)
  return after
}

test('exactly the four planted problems, most requests that were not good first', async () => {
  const { problems, healthy } = await readTruth()
  expect(first.stories.map(story => story.id)).toEqual(ids)
  const found = await Promise.all(first.stories.map(story => readStory(fresh, story.id)))
  expect(found.map(story => story.frontMatter.route).sort()).toEqual(
    problems.map(problem => problem.route).sort(),
  )
  expect(first.stories.every(story => story.new && story.status === 'framed')).toBe(true)
  expect(first.warnings).toEqual([])
  const left = first.notProposed.map(({ route }) => route)
  for (const route of healthy) expect(left).toContain(route)
  const codes = Object.fromEntries(
    first.stories.map(story => [story.id, story.reasons.map(reason => reason.code)]),
  )
  expect(codes).toEqual({
    'get-orders': ['target', 'time', 'tickets'],
    'get-products-id': ['target', 'tickets'],
    'get-invoices-id-pdf': ['target', 'time', 'errors', 'tickets'],
    'get-reports-monthly': ['target', 'time', 'tickets'],
  })
})

test('each story tells what kind of problem it is', async () => {
  const shapeOf = async (id: string) =>
    (await readStory(fresh, id)).frontMatter.evidence.find(entry => entry.id === 'shape')!.finding
  expect(await shapeOf('get-products-id')).toMatch(
    /^2 peaks: 71\.7% around 1\d ms, 28\.3% around 8\d\d ms; a bad case to remove$/,
  )
  expect(await shapeOf('get-reports-monthly')).toMatch(
    /^wide, and it depends on the customer \(99\.\d% of the spread\).*scales with their data$/,
  )
  expect(await shapeOf('get-orders')).toMatch(/^wide, and it depends on the customer/)
  expect(await shapeOf('get-invoices-id-pdf')).toMatch(/27\.\d% of the requests were cut off at 2\.00 s$/)
  expect((await readStory(fresh, 'get-invoices-id-pdf')).frontMatter.title).toBe(
    'GET /invoices/:id/pdf is slow and fails',
  )
})

test('the questions are answered from the data where it knows, and unknown elsewhere', async () => {
  const { frontMatter } = await readStory(fresh, 'get-invoices-id-pdf')
  const own = shop.requests.filter(request => request.route === frontMatter.route)
  const bad = own.filter(request => isGood(request, 500) === false)
  const hit = new Set(bad.map(request => request.account).filter(account => account !== null))
  const paid = shop.accounts
    .filter(({ id }) => hit.has(id))
    .reduce((sum, account) => sum + account.revenue, 0)
  const tickets = shop.tickets.filter(({ text }) => /invoice/i.test(text))
  // Minutes are known for the tickets of the CSV only.
  const minutes = Math.round(tickets.reduce((sum, ticket) => sum + ticket.minutes, 0))
  const { questions } = frontMatter
  expect(questions.customers).toMatchObject({
    value: hit.size,
    unit: 'customers',
    source: 'measured',
    evidence: ['customers'],
  })
  expect(questions.revenue).toMatchObject({ value: paid, unit: 'USD a month' })
  expect(questions.support).toMatchObject({
    value: `${tickets.length} tickets, ${minutes} minutes of support`,
  })
  const errors = own.filter(request => request.status >= 500).length / own.length
  expect(questions.blocks).toMatchObject({
    value: `${(errors * 100).toFixed(1)}% of requests end in an error or a timeout`,
  })
  const notGood = ((1 - shareOf(own, 500)!) * 100).toFixed(1)
  expect(questions.impact).toMatchObject({
    value: expect.stringMatching(
      new RegExp(
        `^${notGood}% of requests are slower than 500 ms or fail; half of those took over 1\\.\\d\\d s$`,
      ),
    ),
  })
  expect(questions.churn).toMatchObject({ unit: 'customers', value: 6 })
  expect(questions.others).toMatchObject({
    value: expect.stringMatching(/^in the same sessions: GET \/products\/:id \(/),
  })
  expect(questions.shown).toBe('unknown')
  expect((await readStory(fresh, 'get-orders')).frontMatter.questions.blocks).toBe('unknown')
  const known = new Set(frontMatter.evidence.map(entry => entry.id))
  for (const answer of Object.values(questions))
    if (answer !== 'unknown') for (const id of answer.evidence) expect(known).toContain(id)
})

test('run again, nothing changes: not a byte, not an entry', async () => {
  const before = await readAll(workbook.paths.stories)
  const again = await run(workbook, { now: EVENING })
  expect(again.stories).toEqual(first.stories.map(story => ({ ...story, new: false })))
  expect(again.notProposed).toEqual(first.notProposed)
  expect(await readAll(workbook.paths.stories)).toEqual(before)
})

test('with less data, only figures change: comments, order and the text of people stay', async () => {
  const before = await edit('get-orders', text =>
    text
      .replace('# Why it was proposed.', '# Ana says: since the spring!')
      .replace('## What people see', '## What people see\n\nA white page.\t'),
  )
  await run(workbook, { now: EVENING, slice: { ...EVERYTHING, to: '2026-10-12T00:00:00Z' } })
  const after = await readFile(join(workbook.paths.stories, 'get-orders', 'story.md'), 'utf8')
  expect(after).not.toBe(before)
  expect(after).toContain('    to: 2026-10-12T00:00:00Z\n')
  const withoutFigures = (text: string) =>
    text
      .replace(/^evidence:[\s\S]*?^timeboxes/m, '')
      .replace(/in the same sessions: .*/, '')
      .replaceAll(/\d+(?:[.,:T-]\d+)*Z?/g, '#')
  expect(withoutFigures(after)).toBe(withoutFigures(before))
})

test('what a person answered, added, excluded or noted survives', async () => {
  await edit('get-orders', text =>
    text
      .replace('blocks: unknown', 'blocks: {value: they phone us instead, source: person}')
      .replace(/customers: +#[^\n]*\n {4}value: 113/, 'customers:   # sales says\n    value: 7')
      .replace(/(value: 7\n {4}unit: customers\n {4}source: )measured/, '$1person')
      .replace(/( {4}- "20502"\n)/, '    - "4711" # by phone, never imported\n$1')
      .replace(/ {4}- "20556"\n/, '')
      .replace('excluded: []', 'excluded: ["20556"]'),
  )
  await edit('get-products-id', text =>
    text.replace('added: []', 'added: ["20481"] # about VAT, yet Ana moved it here'),
  )
  await run(workbook, { now: EVENING })
  const { frontMatter, text } = await readStory(workbook, 'get-orders')
  expect(frontMatter.questions.blocks).toMatchObject({ value: 'they phone us instead', source: 'person' })
  expect(frontMatter.questions.customers).toMatchObject({ value: 7, source: 'person' })
  expect(frontMatter.tickets).toEqual({
    matched: ['4711', '20502', '20505', '20520'],
    added: [],
    excluded: ['20556'],
  })
  expect(text).toContain('- "4711" # by phone, never imported')
  expect(frontMatter.reasons.find(reason => reason.code === 'tickets')!.text).toBe(
    '3 support tickets are about it (2 by URL, 1 by their words)',
  )
  const products = (await readStory(workbook, 'get-products-id')).frontMatter
  expect(products.tickets.matched).toContain('20481')
  expect(products.reasons.find(reason => reason.code === 'tickets')!.text).toBe(
    '11 support tickets are about it (10 by URL, 1 by hand)',
  )
})

test('a ticket that a person moved to another story leaves the one where it was guessed', async () => {
  for (const [id, other] of [
    ['get-orders', 'get-reports-monthly'],
    ['get-reports-monthly', 'get-orders'],
  ] as const) {
    const mine = (await readStory(workbook, other)).frontMatter.tickets.matched[0]!
    await updateStory(await readStory(workbook, id), story => correctTickets(story, [mine], []))
    await run(workbook)
    expect((await readStory(workbook, id)).frontMatter.tickets.matched).toContain(mine)
    expect((await readStory(workbook, other)).frontMatter.tickets.matched).not.toContain(mine)
  }
})

test('a guess that has moved is no word of a person', async () => {
  const moved = (await readStory(workbook, 'get-orders')).frontMatter.tickets.matched[0]!
  await updateStory(await readStory(workbook, 'get-products-id'), story => ({
    ...story,
    tickets: { ...story.tickets, matched: [...story.tickets.matched, moved] },
  }))
  await run(workbook)
  expect((await readStory(workbook, 'get-orders')).frontMatter.tickets.matched).toContain(moved)
  const { tickets, reasons } = (await readStory(workbook, 'get-products-id')).frontMatter
  expect(tickets.matched).not.toContain(moved)
  expect(reasons.map(reason => reason.text).join()).not.toContain('by hand')
})

test('the reason why people opened a story stays beside those of the data', async () => {
  await updateStory(await readStory(workbook, 'get-orders'), story => ({
    ...story,
    reasons: [{ code: 'reported', text: 'reported in ticket 4711' }],
  }))
  await run(workbook)
  const { reasons } = (await readStory(workbook, 'get-orders')).frontMatter
  expect(reasons.map(reason => reason.code)).toEqual(['reported', 'target', 'time', 'tickets'])
  await run(workbook)
  expect((await readStory(workbook, 'get-orders')).frontMatter.reasons).toEqual(reasons)
})

test('dismissed and closed ones are remembered, and their files left alone', async () => {
  await edit('get-orders', text => text.replace('status: framed ', 'status: dismissed '))
  await edit('get-products-id', text => text.replace('status: framed ', 'status: closed '))
  const before = await readAll(workbook.paths.stories)
  const { stories, notProposed } = await run(workbook, { now: EVENING })
  expect(stories.map(story => story.id)).toEqual(['get-invoices-id-pdf', 'get-reports-monthly'])
  expect(notProposed.slice(0, 2)).toEqual([
    { route: 'GET /orders', reason: 'dismissed before (story get-orders)', next: null },
    {
      route: 'GET /products/:id',
      reason: 'closed as story get-products-id',
      next: 'whyslow story set get-products-id status=reported',
    },
  ])
  expect(await readAll(workbook.paths.stories)).toEqual(before)
})

test('a story found by its identity, whatever its folder, title and scope have become', async () => {
  await edit('get-orders', text =>
    text
      .replace('title: GET /orders is slow', 'title: Orders!')
      .replace("  where: route = 'GET /orders'", "  where: route = 'GET /orders' AND account = '1003'"),
  )
  const { stories } = await run(workbook)
  expect(stories).toHaveLength(4)
  expect(stories[0]).toMatchObject({ id: 'get-orders', title: 'Orders!', new: false })
  const { evidence, questions, scope } = (await readStory(workbook, 'get-orders')).frontMatter
  expect(scope.where).toBe("route = 'GET /orders' AND account = '1003'")
  expect(questions.customers).toMatchObject({ value: 1 })
  expect(evidence[0]!.command).toContain(
    "--where 'route = '\\''GET /orders'\\'' AND account = '\\''1003'\\'''",
  )
})

test('a dry run says the same and writes nothing', async () => {
  const empty = await openWorkbook({ cwd: workbook.dir })
  const before = await readAll(workbook.paths.stories)
  await edit('get-orders', text => text.replace('status: framed ', 'status: dismissed '))
  const dismissed = await readAll(workbook.paths.stories)
  expect((await run(empty, { dryRun: true })).stories).toHaveLength(3)
  expect(await readAll(workbook.paths.stories)).toEqual(dismissed)
  const none = await makeStore([])
  const dry = await run(none.workbook, { dryRun: true })
  expect(dry.stories).toEqual(first.stories)
  expect(await readdir(none.workbook.paths.stories)).toEqual([])
  none.store.close()
  expect(Object.keys(before)).toHaveLength(4)
})

test('measuring leaves the workbook to others; a dry run never takes it', async () => {
  const { workbook: own, store } = await makeStore([])
  store.close()
  let held = 0
  const watch = async (dryRun: boolean, atRoute: () => Promise<unknown>) => {
    const others: Promise<unknown>[] = []
    const onProgress = () => others.push(atRoute())
    const result = await triage(own, shop.store, EVERYTHING, { now: MORNING, dryRun, onProgress })
    await Promise.all(others)
    return result
  }
  const take = () => withWorkbookLock(own, async () => (held += 1), { waitMs: 2000 })
  const dry = await withWorkbookLock(own, () => watch(true, async () => {}), { waitMs: 0 })
  expect(dry.stories).toEqual(first.stories)
  await watch(false, take)
  // Once while every route is measured, and once for each of the four issues.
  expect(held).toBe(5)
})

test('a story that somebody makes while its issue is measured stays the only one', async () => {
  const { workbook: own, store } = await makeStore([])
  store.close()
  const identity = "route = 'GET /orders'"
  let made: Promise<unknown> = Promise.resolve()
  const onProgress = (route: string) => {
    if (route !== 'GET /orders') return
    made = createStory(own, { id: 'by-ana', title: 'Orders', identity, route })
  }
  const { stories } = await triage(own, shop.store, EVERYTHING, { now: MORNING, dryRun: false, onProgress })
  await made
  expect(stories[0]).toMatchObject({ id: 'by-ana', title: 'Orders', new: false })
  expect((await readdir(own.paths.stories)).sort()).toEqual(['by-ana', ...ids.slice(1)].sort())
})

test('a story with a mistake: its place is told, and nothing is written', async () => {
  await edit('get-orders', text => text.replace('status: framed ', 'status: framd '))
  const before = await readAll(workbook.paths.stories)
  const error = await run(workbook, { slice: { ...EVERYTHING, to: '2026-10-12T00:00:00Z' } }).catch(
    (caught: Error) => caught,
  )
  expect(String(error)).toMatch(/stories\/get-orders\/story\.md:6:9.*framed/s)
  expect(await readAll(workbook.paths.stories)).toEqual(before)
})

test('a part of the traffic is an issue of its own, measured on that part', async () => {
  const slice = { ...EVERYTHING, where: "upstream = '127.0.0.1:14001' OR upstream = '127.0.0.1:14002'" }
  const { stories } = await run(workbook, { slice })
  expect(stories.map(story => story.id)).toContain('get-orders-2')
  const { frontMatter } = await readStory(workbook, 'get-orders-2')
  expect(frontMatter.identity).toBe(`(route = 'GET /orders') AND (${slice.where})`)
  const own = shop.requests.filter(
    ({ route, upstream }) => route === 'GET /orders' && /1400[12]$/.test(upstream),
  )
  expect(frontMatter.evidence[0]).toMatchObject({ value: Number(shareOf(own, 500)!.toFixed(6)) })
  expect(frontMatter.evidence[0]!.command).toContain(' --where ')
  const again = await run(workbook, { slice })
  expect(again.stories.every(story => !story.new)).toBe(true)
})

test('the cohort is applied and named; without it, commands say so', async () => {
  await writeFile(
    join(workbook.dir, 'whyslow.yaml'),
    `targets: {default: 500ms}\ncohort: {name: large, where: "account < '1040'"}\n`,
  )
  const narrow = await openWorkbook({ cwd: workbook.dir })
  const { warnings } = await run(narrow, { slice: { ...EVERYTHING, cohort: narrow.config.cohort! } })
  expect(warnings.map(warning => warning.code)).toEqual(['cohort-applied'])
  expect((await readStory(narrow, 'get-orders')).frontMatter.evidence[0]!.command).not.toContain(
    '--all-traffic',
  )
  await run(narrow)
  expect((await readStory(narrow, 'get-orders')).frontMatter.evidence[0]!.command).toContain(' --all-traffic')
})

test('at most so many new stories at a time; the others are named', async () => {
  const { workbook: limited, store } = await makeStore([], {
    config: 'targets: {default: 500ms}\ntriage: {limit: 1}\n',
  })
  store.close()
  const { stories, notProposed } = await run(limited)
  expect(stories.map(story => story.id)).toEqual(['get-orders'])
  expect(
    notProposed.filter(({ reason }) =>
      reason.startsWith('more than 1 new stories at a time (triage.limit): '),
    ),
  ).toHaveLength(3)
  expect((await run(limited)).stories).toHaveLength(2)
})

test.each(['dismissed', 'closed'])(
  'one that a person %s while it was measured is left as they wrote it',
  async status => {
    const { file, text } = await readStory(workbook, 'get-orders')
    const theirs = text.replace('status: framed', `status: ${status}`)
    expect(theirs).not.toBe(text)
    const onProgress = (route: string) => {
      if (route === 'GET /orders') writeFileSync(file, theirs)
    }
    const later: Slice = { ...EVERYTHING, from: '2026-10-06T00:00:00Z' }
    const { stories } = await triage(workbook, shop.store, later, { now: EVENING, dryRun: false, onProgress })
    expect(stories.find(story => story.id === 'get-orders')).toMatchObject({ status })
    expect(await readFile(file, 'utf8')).toBe(theirs)
  },
)

test('what misses the objective by its errors alone isn’t called slow; what times out is', async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    time: new Date(Date.UTC(2026, 9, 5) + i * 60_000).toISOString(),
    account: `a${i % 37}`,
    ...(i % 11 === 0 ? { status: i % 2 === 0 ? 502 : 504 } : {}),
    path: i % 2 === 0 ? '/import' : '/export',
    duration_ms: 100,
  }))
  const made = await makeStore(rows)
  const { stories } = await triage(made.workbook, made.store, EVERYTHING, { now: MORNING, dryRun: true })
  expect(stories.map(({ title }) => title).sort()).toEqual([
    'GET /export is slow and fails',
    'GET /import fails',
  ])
  made.store.close()
})

test('an empty workbook says so, and healthy data makes no story', async () => {
  const { workbook: empty, store } = await makeStore([])
  const result = await triage(empty, store, EVERYTHING, { now: MORNING, dryRun: false })
  expect(result).toEqual({
    stories: [],
    notProposed: [],
    reopened: [],
    watched: { looked: 0, early: 0, unseen: 0, waiting: [] },
    accounts: { requests: 0, missing: 0 },
    warnings: [expect.objectContaining({ code: 'no-requests' })],
  })
  store.close()
  const { healthy } = await readTruth()
  const { stories } = await run(empty, {
    slice: { ...EVERYTHING, where: `route IN (${healthy.map(route => `'${route}'`).join()})` },
  })
  expect(stories).toEqual([])
})

test('accounts and tickets that came later are in the next refresh', async () => {
  const early = await openShop({ only: ['access.log.gz'] })
  const options = { now: MORNING, dryRun: false }
  await triage(early.workbook, early.store, EVERYTHING, options)
  const { questions } = (await readStory(early.workbook, 'get-orders')).frontMatter
  expect(questions).toMatchObject({
    revenue: 'unknown',
    churn: 'unknown',
    support: 'unknown',
    customers: { value: 113 },
  })
  early.store.close()
  const recording = new URL('../../fixtures/recordings/shop/', import.meta.url).pathname
  await importInto(early.workbook, [join(recording, 'accounts.csv'), join(recording, 'tickets.csv')])
  const { store } = await makeStore([], { workbook: early.workbook })
  await triage(early.workbook, store, EVERYTHING, options)
  expect((await readStory(early.workbook, 'get-orders')).frontMatter.questions).toMatchObject({
    revenue: { value: 74615 },
    churn: { value: 5 },
    support: { source: 'measured' },
  })
  store.close()
})

test('a story by hand about the same requests is theirs', async () => {
  const { workbook: own, store } = await makeStore([])
  await createStory(own, {
    id: 'orders-by-ana',
    title: 'Orders',
    identity: "route = 'GET /orders'",
    route: 'GET /orders',
  })
  store.close()
  const { stories } = await run(own)
  expect(stories.find(story => story.id === 'orders-by-ana')).toMatchObject({ new: false, title: 'Orders' })
  expect(stories).toHaveLength(4)
  expect((await readStory(own, 'orders-by-ana')).frontMatter.questions.customers).toMatchObject({
    value: 113,
  })
})
