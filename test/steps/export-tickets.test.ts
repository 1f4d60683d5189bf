import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WhyslowError } from '../../src/errors.js'
import { exportTickets, type TicketExport, type TicketExportOptions } from '../../src/steps/export-tickets.js'
import { importFiles } from '../../src/steps/import-files.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { readStory } from '../../src/stories/read-story.js'
import { createStory, type NewStory, updateStory } from '../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { type MemoryTracker, openMemoryTracker } from './memory-tracker.js'

const NOW = new Date('2026-10-06T09:00:00Z')
let workbook: Workbook
let store: Store
let github: MemoryTracker
let jira: MemoryTracker

/** Requests of twelve customers, of whom each third one is slow. */
function makeLog(): string {
  return Array.from({ length: 600 }, (_, i) => {
    const at = new Date(Date.UTC(2026, 9, 1) + i * 144_000).toISOString()
    const time = `${at.slice(8, 10)}/Oct/2026:${at.slice(11, 19)} +0000`
    const seconds = i % 3 === 0 ? 0.8 + (i % 40) / 100 : 0.02 + (i % 17) / 1000
    const request = `GET /orders/${i % 97}?account=acme-${i % 12} HTTP/1.1`
    return `198.51.100.${i % 50} - - [${time}] "${request}" 200 512 "-" "curl/8.5.0" ${seconds.toFixed(3)}\n`
  }).join('')
}

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-tickets-'))
  await createWorkbook(dir)
  await writeFile(
    join(dir, 'whyslow.yaml'),
    `targets: {default: 300ms}
identify: [{query: account}]
trackers:
  github: {repo: acme/shop, allow: [acme-1]}
  jira: {site: "https://jira.example.com", project: PERF}
`,
  )
  workbook = await openWorkbook({ cwd: dir })
  const files = [join(dir, 'access.log'), join(dir, 'accounts.csv')]
  await writeFile(files[0]!, makeLog())
  const rows = Array.from({ length: 12 }, (_, i) => `acme-${i},Wile & Sons No ${i},pro,${100 + i}\n`)
  await writeFile(files[1]!, `id,name,plan,monthly_revenue\n${rows.join('')}`)
  const request = { files, stdin: Readable.from([]), now: NOW, isAlive: () => true, pid: process.pid }
  expect((await importFiles(workbook, request)).failures).toEqual([])
  store = await openStore(workbook.paths.data)
})

afterAll(() => store.close())

beforeEach(async () => {
  await rm(workbook.paths.stories, { recursive: true, force: true })
  await mkdir(workbook.paths.stories)
  github = openMemoryTracker('github')
  jira = openMemoryTracker('jira')
})

const OPTIONS: Omit<TicketExportOptions, 'stories'> = {
  repair: false,
  isDryRun: false,
  makeSalt: () => 'ab'.repeat(32),
  home: '/root',
  run: { env: { PATH: process.env.PATH }, signal: new AbortController().signal },
  onProgress: () => {},
}

function run(
  tracker: MemoryTracker,
  stories: string[] | null,
  more: Partial<TicketExportOptions> = {},
): Promise<TicketExport> {
  return exportTickets(workbook, store, tracker, { ...OPTIONS, stories, ...more })
}

const ORDERS: NewStory = {
  id: 'orders',
  title: 'Orders are slow',
  route: 'GET /orders/:id',
  scope: { where: "route = 'GET /orders/:id'", window: null },
}

async function linksOf(id: string) {
  return (await readStory(workbook, id)).frontMatter.links
}

test('a story becomes a ticket, whose key the story keeps; again, nothing changes', async () => {
  await createStory(workbook, ORDERS)
  const first = await run(github, ['orders'])
  expect(first.failures).toEqual([])
  expect(first.exports).toEqual([
    {
      story: 'orders',
      tracker: 'github',
      key: 'acme/shop#1',
      url: 'https://tracker.example/acme%2Fshop%231',
      did: 'created',
    },
  ])
  expect(await linksOf('orders')).toEqual({ jira: null, github: 'acme/shop#1' })
  expect((await run(github, ['orders', 'orders'])).exports.map(({ did }) => did)).toEqual(['unchanged'])
  expect(github.asked).toEqual([null, 'acme/shop#1'])
})

test('GitHub gets a chart that it draws, and no files', async () => {
  await createStory(workbook, ORDERS)
  await run(github, ['orders'])
  const { title, markdown, files, numbers } = github.tickets.get('acme/shop#1')!
  expect(title).toBe('Orders are slow')
  expect(markdown).not.toMatch(/^# /m)
  expect(markdown).toMatch(/^\*\*`GET \/orders\/:id` is slow/)
  expect(markdown).toMatch(
    /```mermaid\nxychart-beta\n {2}x-axis "response time from" \["[^\]]*"\]\n {2}y-axis/,
  )
  expect(files).toEqual([])
  expect(numbers).toEqual({ customers: null, revenue: null, supportTickets: null, goodShare: 2 / 3 })
})

test('Jira gets the picture, the profile with its flame graph, and the whole text', async () => {
  const { file } = await createStory(workbook, { ...ORDERS, profiles: [{ file: 'orders.cpuprofile' }] })
  const recorded = fileURLToPath(new URL('../../fixtures/profiles/node/orders.cpuprofile', import.meta.url))
  await copyFile(recorded, join(dirname(file), 'orders.cpuprofile'))
  expect((await run(jira, ['orders'])).failures).toEqual([])
  const { markdown, files } = jira.tickets.get('PERF-1')!
  expect(markdown).toContain('◄ target: 300 ms')
  expect(files.map(({ name, type }) => [name, type])).toEqual([
    ['response-times.svg', 'image/svg+xml'],
    ['flame-graph-orders.svg', 'image/svg+xml'],
    ['profile-orders.speedscope.json', 'application/json'],
    ['report-orders.md', 'text/markdown'],
  ])
  const [chart, flame, profile, report] = files.map(({ bytes }) => Buffer.from(bytes).toString())
  expect(chart).toMatch(/^<svg xmlns[\s\S]*600 requests[\s\S]*<\/svg>\n$/)
  expect(flame).toContain('Flame graph: CPU profile')
  expect(JSON.parse(profile!)).toMatchObject({
    $schema: expect.stringContaining('speedscope'),
    profiles: [{ unit: 'nanoseconds' }],
  })
  expect(report).toBe(`# Orders are slow\n\n${markdown}`)
  expect((await run(jira, ['orders'])).exports[0]?.did).toBe('unchanged')
})

test('a profile that can’t be read keeps its story here, with the way out; the others go', async () => {
  await createStory(workbook, { ...ORDERS, profiles: [{ file: 'gone.cpuprofile' }] })
  await createStory(workbook, { id: 'search', title: 'Search is slow' })
  const { exports, failures } = await run(jira, ['orders', 'search'])
  expect(exports.map(({ story }) => story)).toEqual(['search'])
  expect(failures.map(({ story }) => story)).toEqual(['orders'])
  const error = failures[0]!.error as WhyslowError
  expect(error.message).toContain("gone.cpuprofile of the story orders can't be read")
  expect(error.next.at(-1)).toContain('take its entry out of profiles:')
  expect(jira.tickets.size).toBe(1)
})

test('a story that fails doesn’t keep the others; its link is saved once there is a ticket', async () => {
  for (const id of ['one', 'two', 'three']) await createStory(workbook, { id, title: id })
  github.failing = { story: 'two', when: 'after' }
  const { exports, failures } = await run(github, ['one', 'two', 'three'])
  expect(exports.map(({ story }) => story)).toEqual(['one', 'three'])
  expect(failures).toMatchObject([{ story: 'two', error: { message: 'The tracker is away.', exit: 4 } }])
  expect((await linksOf('two')).github).toBe('acme/shop#2')
})

test('Ctrl-C ends it, and is no failure of a story', async () => {
  for (const id of ['one', 'two']) await createStory(workbook, { id, title: id })
  const aborter = new AbortController()
  github.failing = { story: 'one', when: 'after', error: new Error('fetch failed') }
  const onProgress = () => aborter.abort(new Error('interrupted'))
  const options = { env: { PATH: process.env.PATH }, signal: aborter.signal }
  await expect(run(github, ['one', 'two'], { run: options, onProgress })).rejects.toThrow('interrupted')
  expect(github.tickets.size).toBe(1)
})

test('an id that there isn’t is wrong use: nothing is exported', async () => {
  await createStory(workbook, ORDERS)
  await expect(run(github, ['orders', 'ordrs'])).rejects.toThrow('Did you mean orders?')
  expect(github.tickets.size).toBe(0)
})

test('parents go first, and their ticket is named to the child', async () => {
  await createStory(workbook, { id: 'a-child', title: 'Index', splitFrom: 'b-parent' })
  await createStory(workbook, { id: 'b-parent', title: 'Orders', splitFrom: 'c-first' })
  await createStory(workbook, { id: 'c-first', title: 'All' })
  await createStory(workbook, { id: 'd-orphan', title: 'Gone', splitFrom: 'not-there' })
  const { exports } = await run(github, null)
  expect(exports.map(({ story }) => story)).toEqual(['c-first', 'b-parent', 'a-child', 'd-orphan'])
  const parents = [...github.tickets.values()].map(({ parent }) => parent)
  expect(parents).toEqual([null, 'acme/shop#1', 'acme/shop#2', null])
  await rm(dirname((await readStory(workbook, 'b-parent')).file), { recursive: true })
  await createStory(workbook, {
    id: 'b-parent',
    title: 'Orders',
    links: { github: 'https://github.com/acme/shop/issues/77' },
  })
  await run(github, ['a-child'])
  expect(github.tickets.get('acme/shop#3')?.parent).toBe('acme/shop#77')
})

test('all are those that weren’t dismissed, or have a ticket', async () => {
  await createStory(workbook, { id: 'a', title: 'a', status: 'dismissed' })
  await createStory(workbook, { id: 'b', title: 'b', status: 'dismissed', links: { github: 'acme/shop#5' } })
  await createStory(workbook, { id: 'c', title: 'c' })
  await createStory(workbook, { id: 'd', title: 'd' })
  const broken = await readStory(workbook, 'd')
  await writeFile(broken.file, broken.text.replace('title:', 'titel:'))
  const { exports, failures } = await run(github, null)
  expect(exports.map(({ story }) => story)).toEqual(['b', 'c'])
  expect(failures).toMatchObject([{ story: 'd', error: { message: expect.stringContaining('titel') } }])
})

test('a dry run doesn’t link a child to a parent that it would make, and says so', async () => {
  await createStory(workbook, { id: 'child', title: 'c', splitFrom: 'parent' })
  await createStory(workbook, { id: 'parent', title: 'p' })
  const { warnings } = await run(github, null, { isDryRun: true })
  expect([...github.tickets.values()].map(({ parent }) => parent)).toEqual([null, null])
  expect(warnings.map(({ code }) => code)).toContain('parent-later')
  expect((await run(github, null)).warnings.map(({ code }) => code)).not.toContain('parent-later')
})

test('a dry run saves no link', async () => {
  await createStory(workbook, ORDERS)
  const before = await readFile((await readStory(workbook, 'orders')).file, 'utf8')
  expect((await run(github, ['orders'], { isDryRun: true })).exports).toHaveLength(1)
  expect(await readFile((await readStory(workbook, 'orders')).file, 'utf8')).toBe(before)
})

test('what may be shown in one tracker may not be in another; each thing is counted once', async () => {
  await createStory(workbook, {
    id: 'names',
    title: 'acme-1 and acme-2 wait',
    notes: [{ text: 'from 203.0.113.7' }],
  })
  const shown = await run(github, ['names'])
  expect(github.tickets.get('acme/shop#1')!.title).toMatch(/^acme-1 and customer-[0-9a-f]{8} wait$/)
  expect(shown.redacted).toEqual([
    { kind: 'account', count: 1 },
    { kind: 'ip', count: 1 },
  ])
  const hidden = await run(jira, ['names'])
  expect(jira.tickets.get('PERF-1')!.title).toMatch(/^customer-[0-9a-f]{8} and customer-[0-9a-f]{8} wait$/)
  expect(hidden.redacted).toEqual([
    { kind: 'account', count: 2 },
    { kind: 'ip', count: 1 },
  ])
})

test('the name of the target cohort is hidden before it is escaped', async () => {
  await createStory(workbook, ORDERS)
  const cohort = { name: 'friends of bob@wile.example', where: 'true' }
  const narrowed = { ...workbook, config: { ...workbook.config, cohort } }
  await exportTickets(narrowed, store, github, { ...OPTIONS, stories: ['orders'] })
  expect(github.tickets.get('acme/shop#1')!.markdown).toContain('of “friends of \\[e-mail\\]” only')
})

test('an id that names a customer is hidden too, and stays one story’s', async () => {
  await createStory(workbook, { id: 'acme-2-waits', title: 'x' })
  await run(github, ['acme-2-waits'])
  expect(github.tickets.get('acme/shop#1')!.story).toMatch(/^customer-[0-9a-f]{8}-waits$/)
  const twin = github.tickets.get('acme/shop#1')!.story
  await createStory(workbook, { id: twin, title: 'y' })
  const { failures } = await run(github, null)
  expect(failures.map(({ story }) => story)).toEqual(['acme-2-waits', twin])
  expect(failures[0]!.error.message).toContain('have the same id once')
})

test('fewer than k customers are no number, and neither is what they pay', async () => {
  const answer = (value: number, unit: string) => ({ value, unit, source: 'measured' as const })
  const questions = { customers: answer(3, 'customers'), revenue: answer(310, 'USD a month') }
  const { id } = await createStory(workbook, { ...ORDERS, questions, tickets: { matched: ['7', '8'] } })
  await run(github, [id])
  const numbersOf = () => github.tickets.get('acme/shop#1')!.numbers
  expect(numbersOf()).toMatchObject({ customers: null, revenue: null, supportTickets: 2 })
  await updateStory(await readStory(workbook, id), front => ({
    ...front,
    questions: { ...front.questions, customers: answer(12, 'customers') },
  }))
  await run(github, [id])
  expect(numbersOf()).toMatchObject({ customers: 12, revenue: 310 })
  await updateStory(await readStory(workbook, id), front => ({
    ...front,
    questions: {
      ...front.questions,
      customers: { value: '40 customers', source: 'person' },
      revenue: { value: 'much', source: 'person' },
    },
  }))
  await run(github, [id])
  expect(numbersOf()).toMatchObject({ customers: 40, revenue: null })
})
