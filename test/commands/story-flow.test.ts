/** A story from the first report to its end, as people type it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MeasuredOutcome } from '../../src/steps/measure-outcome.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { runCli } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'
import { HAS_TMUX, typeInto } from './terminal.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook(['access.log.gz', 'accounts.csv', 'tickets.csv'])
  await runCli(['triage'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

const run = (...args: string[]) => runCli(['story', ...args], { cwd })
const json = async <T = StoryFrontMatter>(...args: string[]) =>
  (await readOneJson<T>(['story', ...args], { cwd })).json
const refused = async (...args: string[]) =>
  expectRefused(await runCli(['story', ...args], { cwd, alone: false }))

test('list and show', async () => {
  const { stories, warnings } = await json<{ stories: StoryFrontMatter[]; warnings: unknown[] }>('list')
  expect(stories.map(story => story.id)).toEqual([
    'get-invoices-id-pdf',
    'get-orders',
    'get-products-id',
    'get-reports-monthly',
  ])
  expect(warnings).toEqual([])
  expect(
    (await json<{ stories: unknown[] }>('list', '--status', 'closed', '--status', 'dismissed')).stories,
  ).toEqual([])
  expect(await json('show', 'get-orders')).toEqual(stories[1])
  expect(Object.keys(stories[1]!)).toEqual(
    expect.arrayContaining([
      'id',
      'title',
      'status',
      'scope',
      'questions',
      'evidence',
      'timeboxes',
      'hypotheses',
      'fixes',
      'outcome',
      'links',
    ]),
  )
  const { stdout, stderr } = await run('show', 'get-orders')
  expect(stdout).toMatch(
    /^GET \/orders is slow\nget-orders · framed · GET \/orders · 2026-10-05 03:00:01 – 2026-10-18 20:13:10 UTC\n/,
  )
  expect(stdout).toMatch(/\n\nstories\/get-orders\/story\.md\n$/)
  expect(stderr).toBe('')
  expect(await refused('show', 'get-order')).toContain(
    'There is no story “get-order”. Did you mean get-orders?',
  )
  expect((await readJsonError(['story', 'show', 'nope'], { cwd })).message).toBe('There is no story “nope”.')
})

test('set: several values at once, and nothing but them', async () => {
  const file = path.join(cwd, 'stories/get-products-id/story.md')
  const before = await readFile(file, 'utf8')
  const { stdout } = await run(
    'set',
    'get-products-id',
    'status=investigating',
    'under=300ms',
    'blocks=they wait',
    '--not-ticket',
    '20487',
    '--ticket',
    '4711',
    '--fix',
    'larger cache',
    '--deployed',
    '2026-10-12T09:30',
  )
  expect(stdout).toBe('stories/get-products-id/story.md: GET /products/:id is slow · investigating\n')
  const after = await readFile(file, 'utf8')
  const changed = after.split('\n').filter(line => !before.includes(line))
  const lines = changed.map(line =>
    line
      .trim()
      .replace(/\s+#.*/, '')
      .replace(/\d{4}-\d\d-\d\dT.*/, 'TIME'),
  )
  expect(lines).toEqual([
    'status: investigating',
    'under: 300ms',
    'blocks:',
    'value: they wait',
    'source: person',
    'at: TIME',
    '- id: f1',
    'text: larger cache',
    'deployed: TIME',
    '- "4711"',
    'added:',
    '- "4711"',
    'excluded:',
  ])
  expect(after).toContain('deployed: 2026-10-12T09:30:00Z')
  expect((await json('show', 'get-products-id')).tickets).toMatchObject({
    matched: expect.arrayContaining(['4711']),
    added: ['4711'],
    excluded: ['20487'],
  })
})

test.each([
  [['set', 'get-orders'], 'There is nothing to set.'],
  [['set', 'get-orders', 'where=stauts = 500'], 'did you mean status?'],
  [['set', 'get-orders', '--fix', 'x', '--deployed', 'yesterday'], 'Expected a time such as'],
  [['close', 'get-orders', '--measure', '--before', '2026-10-05..2026-10-12'], '--after is missing'],
  [['attach', 'get-orders', 'nothing.mp4'], 'there is no such file'],
])('%o is refused, and nothing is written', async (args, message) => {
  const before = await readFile(path.join(cwd, 'stories/get-orders/story.md'), 'utf8')
  expect(await refused(...args)).toContain(message)
  expect(await readFile(path.join(cwd, 'stories/get-orders/story.md'), 'utf8')).toBe(before)
})

test('attach: a file beside the story, a link, and the question that they answer', async () => {
  await writeFile(path.join(cwd, 'slow orders.mp4'), 'film')
  const { stdout } = await run('attach', 'get-orders', 'slow orders.mp4', '--note', '19 s')
  expect(stdout).toBe('Filed with get-orders: slow-orders.mp4\n')
  expect(await readFile(path.join(cwd, 'stories/get-orders/slow-orders.mp4'), 'utf8')).toBe('film')
  const story = await json('attach', 'get-orders', 'https://videos.example.com/1')
  expect(story.attachments).toMatchObject([
    { file: 'slow-orders.mp4', url: null, note: '19 s' },
    { file: null, url: 'https://videos.example.com/1' },
  ])
  expect(story.questions.shown).toMatchObject({ value: 'slow-orders.mp4', source: 'person' })
})

test('find: what support asks', async () => {
  const { stdout, stderr } = await run('find', 'monthly', 'report', 'takes', 'forever')
  expect(stdout).toBe(`GET /reports/monthly is slow  framed
  the words name its route; customers hit: 41; tickets: 6
  follow it: stories/get-reports-monthly/story.md
`)
  expect(stderr).toBe('')
  const found = await json<{ stories: { id: string }[]; customer: unknown; warnings: unknown[] }>(
    'find',
    '1003',
  )
  expect(found).toMatchObject({
    stories: expect.any(Array),
    customer: { id: '1003', name: 'Cobalt Textiles Inc.' },
    warnings: [],
  })
  expect(found.stories).toHaveLength(4)
  expect((await run('find', 'https://shop.example.com/orders/17')).stdout).toBe(
    "No story is about GET /orders/:id. To report it: whyslow story new --about 'GET /orders/:id'\n",
  )
})

test('find and triage name every story that can’t be read, with all its problems', async () => {
  const broken = { 'a-broken': 'id: a-broken\ntitel: x\nstatus: opne\n', 'b-broken': 'id: other\n' }
  for (const [id, text] of Object.entries(broken)) {
    await mkdir(path.join(cwd, 'stories', id))
    await writeFile(path.join(cwd, 'stories', id, 'story.md'), `---\n${text}---\n`)
  }
  try {
    for (const args of [
      ['story', 'find', 'dark', 'matter'],
      ['triage', '--dry-run'],
    ]) {
      const { code, stderr } = await runCli(args, { cwd })
      expect(code, args.join(' ')).toBe(2)
      for (const place of ['a-broken/story.md:3:1', 'a-broken/story.md:4:9', 'b-broken/story.md'])
        expect(stderr, args.join(' ')).toContain(place)
    }
    // An answer is one, whatever else there is.
    expect(await run('find', 'monthly report takes forever')).toMatchObject({ code: 0 })
  } finally {
    for (const id of Object.keys(broken)) await rm(path.join(cwd, 'stories', id), { recursive: true })
  }
})

test('new: from a ticket, and for an issue that is known', async () => {
  const fresh = await json<StoryFrontMatter & { new: boolean }>('new', '--from-ticket', '20493')
  expect(fresh).toMatchObject({ new: true, id: 'dark-mode', status: 'reported' })
  const { stdout } = await run('new', '--from-ticket', '20505')
  expect(stdout).toMatch(
    /^There is a story about this already: get-orders \(framed\)\. The report was added to it\.\n\nGET \/orders is slow\n/,
  )
})

test('split: each fix a story of its own', async () => {
  const { stdout } = await run('split', 'get-orders', '--title', 'One query', '--title', 'Page the list')
  expect(stdout).toBe('get-orders-one-query: One query\nget-orders-page-the-list: Page the list\n')
  expect(await json('show', 'get-orders-one-query')).toMatchObject({
    splitFrom: 'get-orders',
    identity: null,
    scope: { where: "route = 'GET /orders'" },
  })
})

test('close: with an outcome, with none yet, and with a note', async () => {
  const week = ['--before', '2026-10-05..2026-10-12', '--after', '2026-10-12..2026-10-19']
  const early = await runCli(['story', 'close', 'get-reports-monthly', '--measure', ...week], {
    cwd,
    alone: true,
  })
  expect(early.code).toBe(3)
  expect(early.stdout).toMatch(/^(?:cannot tell yet): the share of good requests changed by/)
  expect(early.stdout).toMatch(
    /get-reports-monthly stays open \(framed\)\. To close it all the same: --note "why"\n$/,
  )
  const { code, json: outcome } = await readOneJson<MeasuredOutcome>(
    ['story', 'close', 'get-reports-monthly', '--measure', ...week, '--note', 'enough'],
    { cwd },
  )
  expect(code).toBe(0)
  expect(outcome).toMatchObject({
    verdict: 'cannot tell yet',
    status: 'closed',
    metric: 'under',
    under_ms: 500,
    unit: 'customer',
    arms: { before: { days: 7 }, after: { days: 7 } },
    change: { smallest: 0.01 },
    needs: { reachable: expect.any(Boolean) },
    warnings: [],
  })
  expect(await json('show', 'get-reports-monthly')).toMatchObject({
    status: 'closed',
    notes: [{ text: 'enough' }],
    outcome: { text: outcome.text },
  })
  expect((await run('close', 'get-invoices-id-pdf', '--note', 'the page was removed')).stdout).toBe(
    'get-invoices-id-pdf is closed.\n',
  )
})

test('one unreadable story hides no other, and the exit code says it', async () => {
  const file = path.join(cwd, 'stories/dark-mode/story.md')
  await writeFile(file, (await readFile(file, 'utf8')).replace('status: reported', 'status: repored'))
  const { code, stdout, stderr } = await run('list')
  expect(code).toBe(2)
  expect(stdout).toContain('get-orders')
  expect(stdout).not.toContain('dark-mode')
  expect(stderr).toMatch(/stories\/dark-mode\/story\.md:6:9/)
  const found = await readOneJson<{ stories: unknown[]; warnings: unknown[] }>(['story', 'list'], { cwd })
  expect(found).toMatchObject({ code: 2, json: { warnings: [{ code: 'story-unreadable' }] } })
  await rm(path.dirname(file), { recursive: true })
})

describe.skipIf(!HAS_TMUX)('on a terminal (with tmux)', () => {
  test('three questions make a story', async () => {
    const screen = await typeInto(['story', 'new'], cwd, [
      ['What is slow?', 'Search is slow at noon'],
      ['Where (a URL or a route; empty if nobody knows)?', 'https://shop.example.com/search'],
      ['How does it hurt the customer?', 'they give up'],
    ])
    expect(screen).toMatch(/exit 0$/)
    expect(screen).toContain('Search is slow at noon\nget-search · reported · GET /search')
    expect(await json('show', 'get-search')).toMatchObject({
      title: 'Search is slow at noon',
      questions: { impact: { value: 'they give up', source: 'person' } },
    })
  })

  test.each(['C-c', 'C-d'])('%s makes nothing', async key => {
    const before = (await json<{ stories: unknown[] }>('list')).stories.length
    const screen = await typeInto(['story', 'new'], cwd, [['What is slow?', key]])
    expect(screen).toMatch(/Interrupted\.\nexit 130$/)
    expect((await json<{ stories: unknown[] }>('list')).stories).toHaveLength(before)
  })
})
