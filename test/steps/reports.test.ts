/** What comes in one by one: a report by hand or from a ticket; and what support asks. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findStories } from '../../src/steps/find-stories.js'
import { type Report, reportStory } from '../../src/steps/report-story.js'
import { resolveSubject } from '../../src/steps/resolve-subject.js'
import { triage } from '../../src/steps/triage.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { isGood, makeStore, makeWorkbook, openShop, type Shop } from '../evidence/workbooks.js'

const NOW = new Date('2026-10-19T08:00:00Z')
let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.store.close())

/** Reports go into an empty workbook of their own; the data is that of the shop. */
async function report(what: Report, into?: Workbook) {
  const workbook = into ?? (await makeWorkbook())
  const { story, isNew } = await reportStory(workbook, shop.store, EVERYTHING, what, NOW)
  return { workbook, isNew, story: story.frontMatter }
}

test('from a ticket: its subject, its route with figures, and the ticket itself', async () => {
  const { story } = await report({ ticket: '20514' })
  expect(story).toMatchObject({
    id: 'get-reports-monthly',
    title: 'Reports',
    status: 'reported',
    route: 'GET /reports/monthly',
    reasons: [{ code: 'reported', text: 'reported in ticket 20514' }],
    questions: { customers: { value: 41, source: 'measured' }, blocks: 'unknown' },
  })
  expect(story.tickets.matched).toHaveLength(8)
  expect(story.tickets.matched).toContain('20514')
})

test('a ticket that names no route still becomes a story, and one whose page is healthy too', async () => {
  expect((await report({ ticket: '20493' })).story).toMatchObject({
    id: 'dark-mode',
    title: 'Dark mode',
    route: null,
    identity: null,
    tickets: { matched: ['20493'] },
    evidence: [],
  })
  const { story } = await report({ ticket: '20535' })
  expect(story).toMatchObject({
    route: 'GET /account',
    tickets: { matched: ['20535'] },
    questions: { customers: { value: 0 }, revenue: { value: 0 } },
  })
})

test('three answers: what, where, how it hurts', async () => {
  const { story } = await report({
    title: 'Orders are slow',
    about: 'https://shop.example.com/orders?page=2',
    impact: 'they phone us',
  })
  expect(story).toMatchObject({
    title: 'Orders are slow',
    route: 'GET /orders',
    questions: { impact: { value: 'they phone us', source: 'person' }, customers: { value: 113 } },
    reasons: [{ code: 'reported', text: 'reported by a person' }],
  })
})

test.each([
  ['shop.example.com/orders/17', 'GET /orders/:id'],
  ['https://shop.example.com', 'GET /'],
  ['post /cart/items', 'POST /cart/items'],
  ['/invoices/100204/pdf#page=2', 'GET /invoices/:id/pdf'],
])('--about %s is %s', async (about, route) => {
  expect((await report({ title: 'x', about })).story.route).toBe(route)
})

test('one that no request is of is refused with the way out', async () => {
  await expect(report({ title: 'x', about: '/nowhere' })).rejects.toMatchObject({
    message: 'No imported request is of “/nowhere”.',
    next: ['whyslow overview lists the routes', expect.any(String)],
  })
  await expect(report({ title: 'x', about: 'DELETE /orders' })).rejects.toThrow('No imported request is of')
  await expect(report({ ticket: '1' })).rejects.toThrow('There is no ticket “1” among the 46 imported ones.')
  await expect(report({ impact: 'bad' })).rejects.toThrow('A story needs a title.')
  await expect(report({ title: 'x', where: 'stauts = 500' })).rejects.toThrow('did you mean status?')
})

test('a where narrows its route, and never reaches out of it', async () => {
  const { story } = await report({
    title: 'x',
    about: '/orders',
    where: "account = '1003' OR account = '1009'",
  })
  expect(story.scope.where).toBe("(route = 'GET /orders') AND (account = '1003' OR account = '1009')")
  expect(story.identity).toBe(story.scope.where)
  const own = shop.requests.filter(
    ({ route, account }) => route === 'GET /orders' && (account === '1003' || account === '1009'),
  )
  expect(story.evidence[0]!.finding).toContain(`of ${own.length} requests`)
  const alone = (await report({ title: 'x', where: "account = '1003'" })).story
  expect(alone).toMatchObject({ route: null, scope: { where: "account = '1003'" }, evidence: [] })
})

test('a second report makes no second story, and nothing that was said is lost', async () => {
  const { workbook } = await report({ title: 'Orders are slow', about: '/orders', impact: 'they phone us' })
  const again = await report(
    { title: 'The list hangs', about: '/orders', impact: 'they leave', blocks: 'yes' },
    workbook,
  )
  expect(again).toMatchObject({ isNew: false, story: { id: 'get-orders', title: 'Orders are slow' } })
  expect(again.story.questions).toMatchObject({
    impact: { value: 'they phone us' },
    blocks: { value: 'yes', source: 'person' },
  })
  expect(again.story.notes.map(note => note.text)).toEqual([
    'Reported again: they leave',
    'Reported again: The list hangs',
  ])
  const ticket = await report({ ticket: '20535', about: '/orders' }, workbook)
  expect(ticket.story.tickets.matched).toContain('20535')
  expect(ticket.story.notes.at(-1)!.text).toBe('Reported again in ticket 20535')
  const measured = await makeWorkbook()
  await triage(measured, shop.store, EVERYTHING, { now: NOW, dryRun: false })
  const told = await report({ about: '/orders', impact: 'they phone us' }, measured)
  expect(told.story.questions.impact).toMatchObject({ value: 'they phone us', source: 'person' })
})

test('a story that cannot be read stops a report: it may be about the same', async () => {
  const { workbook } = await report({ title: 'x', about: '/orders' })
  const file = join(workbook.paths.stories, 'get-orders', 'story.md')
  await writeFile(file, (await readFile(file, 'utf8')).replace('status: reported', 'status: repored'))
  await expect(report({ title: 'y', about: '/orders' }, workbook)).rejects.toThrow(/story\.md:6:9/)
})

test('triage takes over a reported story instead of making another one', async () => {
  const { workbook } = await report({ title: 'Orders are slow', about: '/orders' })
  const { stories } = await triage(workbook, shop.store, EVERYTHING, { now: NOW, dryRun: false })
  expect(stories.find(story => story.id === 'get-orders')).toMatchObject({
    new: false,
    status: 'reported',
    title: 'Orders are slow',
  })
  expect((await readStory(workbook, 'get-orders')).frontMatter.reasons.map(reason => reason.code)).toEqual([
    'reported',
    'target',
    'time',
    'tickets',
  ])
})

test('do we know about this? by URL, words, ticket, customer id and name', async () => {
  const workbook = await makeWorkbook()
  await triage(workbook, shop.store, EVERYTHING, { now: NOW, dryRun: false })
  await createStory(workbook, {
    id: 'export',
    title: 'The yearly export never ends',
    tickets: { matched: ['4711'], added: [], excluded: [] },
    links: { jira: 'PERF-7', github: null },
  })
  const find = (words: string) => findStories(workbook, shop.store, words)
  const ids = async (words: string) => (await find(words)).stories.map(story => story.id)

  expect(await find('https://shop.example.com/orders')).toEqual({
    stories: [
      {
        id: 'get-orders',
        title: 'GET /orders is slow',
        status: 'framed',
        route: 'GET /orders',
        because: 'the URL is of its route',
        customers: expect.objectContaining({ value: 113, unit: 'customers' }),
        tickets: 4,
        follow: 'stories/get-orders/story.md',
        score: 100,
      },
    ],
    customer: null,
    route: 'GET /orders',
    isComplete: true,
    warnings: [],
  })
  expect(await ids('monthly report takes forever')).toEqual(['get-reports-monthly'])
  expect(await ids('the invoice pdf times out')).toEqual(['get-invoices-id-pdf'])
  expect((await find('export'))!.stories[0]).toMatchObject({
    id: 'export',
    because: 'it speaks of “export”',
    follow: 'PERF-7',
  })
  expect(await ids('4711')).toEqual(['export'])
  expect(await ids('20505')).toEqual(['get-orders'])
  expect(await find('https://shop.example.com/search?q=lamp')).toMatchObject({
    stories: [],
    route: 'GET /search',
  })
  // Healthy, though its path speaks of orders and a story is about them.
  expect(await find('https://shop.example.com/orders/17')).toMatchObject({
    stories: [],
    route: 'GET /orders/:id',
  })
  expect(await find('it hangs: https://shop.example.com/orders/17')).toMatchObject({ stories: [] })
  expect(await find('https://shop.example.com/')).toMatchObject({ stories: [], route: 'GET /' })
  expect(await find('/orders/17/never/seen')).toMatchObject({ stories: [], route: null })
  expect(await ids('https://shop.example.com/products/381')).toEqual(['get-products-id'])
  expect(await ids('the page is very slow again')).toEqual([])
  expect(await ids('can I get a dark mode')).toEqual([])

  const cobalt = await find('Cobalt Textiles Inc.')
  expect(cobalt).toEqual(await find('1003'))
  expect(cobalt.customer).toEqual({ id: '1003', name: 'Cobalt Textiles Inc.' })
  expect(cobalt.stories.map(story => story.id).sort()).toEqual([
    'get-invoices-id-pdf',
    'get-orders',
    'get-products-id',
    'get-reports-monthly',
  ])
  // In any case, and by the beginning of a word of the name, when it is one customer's only.
  for (const part of ['COBALT TEXTILES INC.', 'cobalt textil', 'Textiles, Inc']) {
    const { customer } = await find(part)
    const own = shop.accounts.filter(({ name }) =>
      ` ${name.toLowerCase().replaceAll(/[^a-z]+/g, ' ')}`.includes(
        ` ${part
          .toLowerCase()
          .replaceAll(/[^a-z]+/g, ' ')
          .trim()}`,
      ),
    )
    expect(customer?.id, part).toBe(own.length === 1 ? own[0]!.id : undefined)
  }
  expect((await find('cobalt textil')).customer?.id).toBe('1003')
  expect((await find('Inc')).customer).toBeNull()
  for (const { route, because } of cobalt.stories) {
    const bad = shop.requests.filter(
      request => request.route === route && request.account === '1003' && isGood(request, 500) === false,
    )
    expect(because).toBe(`this customer has had it ${bad.length} times`)
  }
  const healthy = shop.accounts.find(({ id }) => !shop.requests.some(request => request.account === id))!
  expect(await find(healthy.id)).toMatchObject({ stories: [], customer: { id: healthy.id } })
})

test('a customer is asked for by the target and the requests of each story; unreadable ones are named', async () => {
  const rows = [900, 700].map((duration_ms, i) => ({
    time: `2026-10-05T00:0${i}:00Z`,
    path: '/orders',
    account: 'acme',
    duration_ms,
  }))
  const { workbook, store } = await makeStore(rows)
  const story = await createStory(workbook, {
    id: 'orders',
    title: 'x',
    route: 'GET /orders',
    under: '800ms',
  })
  const find = () => findStories(workbook, store, 'ACME')
  expect((await find()).stories[0]!.because).toBe('this customer has had it once')
  await updateStory(story, values => ({ ...values, under: '1s' }))
  expect(await find()).toMatchObject({ stories: [], customer: { id: 'acme', name: null } })
  await createStory(workbook, { id: 'wrong', title: 'y', scope: { where: 'stauts = 500' } })
  const wrong = /wrong\/story\.md:\d+:10 .*“stauts”, which is no column; did you mean status\?/
  expect(await find()).toMatchObject({
    stories: [],
    warnings: [{ code: 'story-unreadable', message: expect.stringMatching(wrong) }],
  })
  await expect(resolveSubject(workbook, store, 'wrong', EVERYTHING)).rejects.toMatchObject({
    message: expect.stringMatching(wrong),
    place: { file: expect.stringMatching(/wrong\/story\.md$/), column: 10 },
  })
  await rm(join(workbook.paths.stories, 'wrong'), { recursive: true })
  await writeFile(story.file, '---\nid: orders\n---\n')
  expect(await find()).toMatchObject({ stories: [], isComplete: false })
  expect((await find()).warnings).toEqual([
    { code: 'story-unreadable', message: expect.stringMatching(/story\.md:.*title/s) },
  ])
  store.close()
})
