import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answerDryGitHub } from '../../../src/trackers/github/answer-dry.js'
import { type GitHubServer, startGitHub } from './github-server.js'
import { openTestGitHub, upsert } from './open-test-github.js'

let server: GitHubServer
beforeEach(async () => {
  server = await startGitHub()
})
afterEach(async () => {
  await server.close()
  expect(server.violations).toEqual([])
})

const markers = (story: string) =>
  `<!-- whyslow:begin story=${story} hash=0 -->\n\nold\n\n<!-- whyslow:end story=${story} -->`

describe('a story becomes one issue', () => {
  test('made once, with its labels; the second time nothing is written', async () => {
    const github = openTestGitHub(server)
    const first = await upsert(github)
    expect(first).toMatchObject({
      did: 'created',
      key: 'acme/web#1',
      url: 'https://github.com/acme/web/issues/1',
      warnings: [],
      found: [{ key: 'acme/web#1', url: 'https://github.com/acme/web/issues/1' }],
    })
    expect(server.issues[0]).toMatchObject({
      title: 'Checkout is slow',
      labels: ['whyslow', 'whyslow:checkout-slow'],
    })
    expect(server.issues[0]!.body).toMatch(
      /^<!-- whyslow:begin story=checkout-slow hash=[0-9a-f]{32} -->\n\nCheckout takes \*\*4 s\*\*\.[\s\S]*\n\n<!-- whyslow:end story=checkout-slow -->$/,
    )
    server.requests.length = 0
    expect(await upsert(github, {}, { key: first.key })).toMatchObject({ did: 'unchanged', key: first.key })
    expect(await upsert(github)).toMatchObject({
      did: 'unchanged',
      key: first.key,
      found: [{ key: first.key }],
    })
    expect(server.writes()).toEqual([])
  })

  test('only what changed is written; the title stays people’s', async () => {
    const github = openTestGitHub(server)
    await upsert(github)
    server.issues[0]!.title = 'Checkout!'
    server.issues[0]!.labels.push('bug')
    server.requests.length = 0
    expect(await upsert(github, { markdown: 'Now fast.', title: 'Other' })).toMatchObject({ did: 'updated' })
    expect(server.writes()).toEqual(['PATCH /repos/acme/web/issues/1'])
    expect(server.issues[0]).toMatchObject({
      title: 'Checkout!',
      labels: ['whyslow', 'whyslow:checkout-slow', 'bug'],
    })
    server.issues[0]!.labels = ['bug', 'whyslow']
    expect(await upsert(github, { markdown: 'Now fast.' }, { key: 'acme/web#1' })).toMatchObject({
      did: 'updated',
    })
    expect(server.writes()).toEqual([
      'PATCH /repos/acme/web/issues/1',
      'POST /repos/acme/web/issues/1/labels',
    ])
    expect(server.issues[0]!.labels).toEqual(['bug', 'whyslow', 'whyslow:checkout-slow'])
  })

  test('found on a later page, closed, and never a pull request', async () => {
    const label = 'whyslow:checkout-slow'
    for (let i = 0; i < 4; i += 1)
      server.add({ isPull: true, labels: [label], body: markers('checkout-slow') })
    server.add({ labels: ['whyslow', label], state: 'closed', body: markers('checkout-slow') })
    expect(await upsert(openTestGitHub(server))).toMatchObject({ did: 'unchanged', key: 'acme/web#5' })
  })

  test('several: the oldest that is open, and the others are named', async () => {
    const held = { labels: ['whyslow', 'whyslow:checkout-slow'], body: markers('checkout-slow') }
    server.add({ ...held, state: 'closed' })
    server.add(held)
    server.add(held)
    const done = await upsert(openTestGitHub(server), {}, { repair: true })
    expect(done).toMatchObject({ did: 'updated', key: 'acme/web#2' })
    expect(done.warnings).toEqual([
      expect.objectContaining({
        code: 'ticket-several',
        next: expect.stringContaining('acme/web#1, acme/web#3'),
      }),
    ])
  })

  test('its label without its marks: nothing is made, and --repair takes it', async () => {
    server.add({ labels: ['whyslow:checkout-slow'], body: 'Ours\r\n' })
    const github = openTestGitHub(server)
    await expect(upsert(github)).rejects.toMatchObject({
      message: 'acme/web#1 has the label whyslow:checkout-slow, but not the part that whyslow writes.',
    })
    expect(server.writes()).toEqual([])
    expect(await upsert(github, {}, { repair: true })).toMatchObject({ did: 'updated', key: 'acme/web#1' })
    expect(server.issues[0]!.body).toMatch(/^Ours\r\n\n<!-- whyslow:begin/)
  })

  test('labels that GitHub dropped: said, and found again all the same', async () => {
    server.settings.dropsLabels = true
    const done = await upsert(openTestGitHub(server))
    expect(done.did).toBe('created')
    expect(done.warnings).toEqual([
      expect.objectContaining({
        code: 'ticket-labels',
        message: expect.stringContaining('Must have triage rights'),
      }),
    ])
    expect(await upsert(openTestGitHub(server))).toMatchObject({ did: 'unchanged', key: done.key })
    expect(server.issues).toHaveLength(1)
  })

  test('a long id is found by a label that GitHub takes', async () => {
    const story = `get-${'orders-'.repeat(9)}id`
    const github = openTestGitHub(server)
    await upsert(github, { story })
    await upsert(github, { story: `${story}-too` })
    expect(server.issues.map(({ labels }) => labels[1]!.length)).toEqual([50, 50])
    expect(await upsert(github, { story: `${story}-too` })).toMatchObject({
      did: 'unchanged',
      key: 'acme/web#2',
    })
  })

  test('moved: it is followed; deleted: said', async () => {
    const github = openTestGitHub(server)
    server.add({})
    server.add({ body: markers('checkout-slow') })
    server.settings.moved.set(1, 2)
    const done = await upsert(github, {}, { key: 'acme/web#1', repair: true })
    expect(done).toMatchObject({ did: 'updated', key: 'acme/web#2', found: [{ key: 'acme/web#2' }] })
    server.settings.deleted.add(2)
    await expect(upsert(github, {}, { key: 'acme/web#2' })).rejects.toMatchObject({
      message:
        'Could not read the issue acme/web#2 of checkout-slow. GitHub said 410: This issue was deleted',
      exit: 4,
    })
    server.issues[0]!.isPull = true
    server.settings.moved.clear()
    await expect(upsert(github, {}, { key: 'acme/web#1' })).rejects.toThrow('acme/web#1 is a pull request')
  })

  test('a long title is cut', async () => {
    await upsert(openTestGitHub(server), { title: `😀${'x'.repeat(400)}` })
    expect([...server.issues[0]!.title]).toHaveLength(255)
  })
})

describe('a fix is a sub-issue', () => {
  test('once', async () => {
    const github = openTestGitHub(server)
    for (let i = 0; i < 3; i += 1) server.add({ parent: 4 })
    server.add({})
    const fix = { story: 'fix', parent: 'acme/web#4' }
    expect(await upsert(github, fix)).toMatchObject({ did: 'created', warnings: [] })
    expect(server.issues[4]).toMatchObject({ parent: 4 })
    server.requests.length = 0
    expect(await upsert(github, fix)).toMatchObject({ did: 'unchanged', warnings: [] })
    expect(server.writes()).toEqual([])
  })

  test('the answer is lost: it is looked at before it is sent again', async () => {
    server.add({})
    server.faults.push({ on: 'POST /sub_issues', answer: 'cut', isDone: true })
    expect(await upsert(openTestGitHub(server), { parent: 'acme/web#1' })).toMatchObject({ warnings: [] })
    expect(server.writes().filter(text => text.endsWith('sub_issues'))).toHaveLength(1)
  })

  test.for<[string, string, string]>([
    ['an old server', 'acme/web#1', 'it said 404'],
    ['another repository', 'acme/api#1', 'it is in another repository'],
  ])('%s: said', async ([, parent, why]) => {
    server.add({})
    server.settings.hasSubIssues = false
    const done = await upsert(openTestGitHub(server), { parent })
    expect(done.did).toBe('created')
    expect(done.warnings).toEqual([
      expect.objectContaining({ code: 'ticket-parent', message: expect.stringContaining(why) }),
    ])
  })

  test('another parent, by a person: said', async () => {
    const github = openTestGitHub(server)
    server.add({})
    await upsert(github)
    server.issues[1]!.parent = 7
    const done = await upsert(github, { parent: 'acme/web#1' })
    expect(done.warnings[0]!.message).toContain(
      'GitHub said 422: Validation Failed; Issue may not contain duplicate',
    )
    expect(server.issues[1]!.parent).toBe(7)
  })
})

test('a dry run reads, and shows what it would write', async () => {
  server.add({})
  const dryRun = { requests: [], answer: answerDryGitHub }
  const done = await upsert(openTestGitHub(server, { dryRun }), { parent: 'acme/web#1' })
  expect(done).toMatchObject({ did: 'created', key: 'acme/web#0', found: [] })
  expect(server.writes()).toEqual([])
  expect(dryRun.requests).toMatchObject([
    { method: 'POST', url: `${server.api}/repos/acme/web/issues`, body: { title: 'Checkout is slow' } },
    { method: 'POST', url: `${server.api}/repos/acme/web/issues/1/sub_issues`, body: { sub_issue_id: 0 } },
  ])
  expect(JSON.stringify(dryRun.requests)).not.toContain('SECRET')
})

describe('what people did comes back', () => {
  test('notes of all pages, who has it, and how it was closed', async () => {
    const comments = [
      'whyslow: seen on iPads',
      'Any news?',
      '\r\n whyslow:\r\nOne\r\nTwo',
      'not whyslow: this',
      'Whyslow: last',
    ]
    server.add({
      state: 'closed',
      state_reason: 'not_planned',
      closed_at: '2026-10-07T08:00:00Z',
      assignees: ['ada', 'grace'],
      comments: comments.map((body, i) => ({ id: 100 + i, body, created_at: `2026-10-0${i + 1}T08:00:00Z` })),
    })
    expect(await openTestGitHub(server).pull('acme/web#1')).toEqual({
      key: 'acme/web#1',
      url: 'https://github.com/acme/web/issues/1',
      status: 'closed as not planned',
      isClosed: true,
      assignee: 'ada, grace',
      closed: '2026-10-07T08:00:00Z',
      notes: [
        { id: '100', at: '2026-10-01T08:00:00Z', text: 'seen on iPads' },
        { id: '102', at: '2026-10-03T08:00:00Z', text: 'One\nTwo' },
        { id: '104', at: '2026-10-05T08:00:00Z', text: 'last' },
      ],
    })
  })

  test('one that is open', async () => {
    server.add({ state_reason: 'reopened' })
    expect(await openTestGitHub(server).pull('acme/web#1')).toMatchObject({
      status: 'open',
      isClosed: false,
      assignee: null,
      closed: null,
      notes: [],
    })
  })
})
