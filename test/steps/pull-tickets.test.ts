import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { pullTickets } from '../../src/steps/pull-tickets.js'
import { triage } from '../../src/steps/triage.js'
import { openStore } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { readStory } from '../../src/stories/read-story.js'
import { readTicketKey } from '../../src/stories/ticket-states.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { type MemoryTracker, openMemoryTracker } from './memory-tracker.js'

let workbook: Workbook
let github: MemoryTracker
beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-pull-'))
  await createWorkbook(dir)
  workbook = await openWorkbook({ cwd: dir })
  github = openMemoryTracker('github')
})

function pull(stories: string[] | null = null) {
  return pullTickets(workbook, github, {
    stories,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
}

const NOTE = { id: '501', at: '2026-10-07T09:30:00.123+02:00', text: ' a customer called: @everyone\n' }

test('the status, the assignee, the closing date and the notes come into the story, each note once', async () => {
  await createStory(workbook, {
    id: 'orders',
    title: 'Orders',
    links: { github: 'acme/shop#1' },
    notes: [{ text: 'first' }],
  })
  github.people.set('acme/shop#1', { status: 'open', assignee: 'ana', notes: [NOTE] })
  const { pulled, warnings, failures } = await pull(['orders'])
  expect(failures).toEqual([])
  expect(pulled).toEqual([
    {
      story: 'orders',
      tracker: 'github',
      key: 'acme/shop#1',
      url: 'https://tracker.example/acme%2Fshop%231',
      status: 'open',
      isClosed: false,
      assignee: 'ana',
      closed: null,
      notes: 1,
    },
  ])
  expect(warnings).toEqual([])
  const { frontMatter, file } = await readStory(workbook, 'orders')
  expect(frontMatter.links).toEqual({
    jira: null,
    github: 'acme/shop#1',
    states: { github: { status: 'open', assignee: 'ana', closed: null } },
  })
  expect(frontMatter.notes).toEqual([
    { at: null, text: 'first' },
    { at: '2026-10-07T07:30:00Z', text: 'a customer called: @everyone', comment: 'github 501' },
  ])
  const before = await readFile(file, 'utf8')
  expect((await pull()).pulled[0]?.notes).toBe(0)
  expect(await readFile(file, 'utf8')).toBe(before)
})

test('a ticket that was closed asks for the outcome, now and at each triage, until there is one', async () => {
  const { file } = await createStory(workbook, {
    id: 'orders',
    title: 'Orders',
    links: { github: 'https://github.com/acme/shop/issues/1' },
  })
  github.people.set('acme/shop#1', { status: 'closed', isClosed: true, closed: '2026-10-09T10:00:00Z' })
  const asked = {
    code: 'outcome-missing',
    message:
      'The GitHub ticket https://github.com/acme/shop/issues/1 of the story orders was closed on 2026-10-09, and what the fix did was not measured.',
    next: 'whyslow story close orders --measure',
  }
  expect((await pull()).warnings).toEqual([asked])
  const triaged = async () => {
    const store = await openStore(workbook.paths.data)
    try {
      const now = new Date('2026-10-10T00:00:00Z')
      return (await triage(workbook, store, EVERYTHING, { now, dryRun: false })).warnings
    } finally {
      store.close()
    }
  }
  expect(await triaged()).toContainEqual(asked)
  const arm = { requests: 9 }
  const outcome = { at: '2026-10-11T00:00:00Z', verdict: 'better', before: arm, after: arm } as const
  await updateStory(file, front => ({ ...front, outcome }))
  expect(await triaged()).not.toContainEqual(asked)
  await updateStory(file, front => ({ ...front, outcome: null, status: 'dismissed' }))
  expect(await triaged()).not.toContainEqual(asked)
})

test('one that was opened again is open', async () => {
  await createStory(workbook, { id: 'orders', title: 'Orders', links: { github: 'acme/shop#1' } })
  github.people.set('acme/shop#1', { status: 'closed', isClosed: true, closed: '2026-10-09T10:00:00Z' })
  await pull()
  github.people.set('acme/shop#1', { status: 'open' })
  expect((await pull()).warnings).toEqual([])
  expect((await readStory(workbook, 'orders')).frontMatter.links.states?.github?.closed).toBeNull()
})

test('each story by itself; one without a ticket says how to get one', async () => {
  await createStory(workbook, { id: 'a', title: 'a', links: { github: 'acme/shop#1' } })
  await createStory(workbook, { id: 'b', title: 'b', links: { github: 'acme/shop#2' } })
  await createStory(workbook, { id: 'c', title: 'c' })
  github.people.set('acme/shop#2', { status: 'open' })
  const { pulled, failures } = await pull(['a', 'b', 'c'])
  expect(pulled.map(({ story }) => story)).toEqual(['b'])
  expect(failures).toMatchObject([
    { story: 'a', error: { exit: 4 } },
    { story: 'c', error: { exit: 2, next: ['whyslow export github c'] } },
  ])
  expect(
    (await pull()).failures.map(({ story }) => story),
    'all: those that have a ticket',
  ).toEqual(['a'])
})

test('keys, as people write them', () => {
  const key = (text: string, tracker: 'github' | 'jira') =>
    readTicketKey({ links: { github: text, jira: text } }, tracker)
  expect(key('https://git.example.com/acme/shop/issues/12#issuecomment-1', 'github')).toBe('acme/shop#12')
  expect(key(' acme/shop#12 ', 'github')).toBe('acme/shop#12')
  expect(key('https://a.atlassian.net/browse/PERF-7?x=1', 'jira')).toBe('PERF-7')
  expect(key('https://jira.example.com/jira/browse/PERF-7', 'jira')).toBe('PERF-7')
  expect(key('PERF-7', 'jira')).toBe('PERF-7')
  expect(readTicketKey({ links: { github: null, jira: null } }, 'jira')).toBeNull()
})
