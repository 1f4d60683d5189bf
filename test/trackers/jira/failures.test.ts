import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { answerDryJira } from '../../../src/trackers/jira/answer-dry.js'
import type { JiraOptions } from '../../../src/trackers/jira/open-jira.js'
import { openTransport, type WrittenRequest } from '../../../src/trackers/transport.js'
import { makeTicket, openClientOf, upsertOf } from './jira-fixture.js'
import { TOKEN } from './jira-operations.js'
import { type Fault, type JiraServer, openJiraServer, type SeenRequest } from './jira-server.js'

let server: JiraServer
afterEach(async () => {
  expect(server.state.problems).toEqual([])
  await server.close()
})

const FLAVOURS = ['cloud', 'datacenter'] as const
const upsert = (options: Partial<JiraOptions> = {}, ticket = makeTicket()) =>
  upsertOf(openClientOf(server, options), ticket)

/** The first request of a kind fails so. */
const once =
  (start: string, fault: Fault) =>
  ({ method, path, times }: SeenRequest): Fault | undefined =>
    times === 1 && `${method} ${path.replace(/^\/rest\/api\/\d/, '')}`.startsWith(start) ? fault : undefined

const transport = (limit_ms: number) =>
  openTransport({
    proxy: { http: null, https: null, no: null },
    limit_ms,
    signal: new AbortController().signal,
    dryRun: null,
  })

/** One issue, one comment, two files, one link, each once. */
function expectAllOnce(): void {
  const issues = [...server.state.issues.values()].filter(({ key }) => key !== 'ABC-1')
  expect(issues).toHaveLength(1)
  expect(issues[0]!.comments).toHaveLength(1)
  expect(issues[0]!.attachments.map(({ filename }) => filename.slice(17))).toEqual([
    'chart.svg',
    'report.html',
  ])
  expect(server.state.links).toHaveLength(1)
  expect(issues[0]!.properties.get('whyslow')).toMatchObject({ comment: issues[0]!.comments[0]!.id })
}

const FAULTS: Fault[] = [
  { cut: 'before' },
  { cut: 'after' },
  { status: 500 },
  { status: 502, when: 'after', body: '<html>Bad gateway</html>' },
  { status: 503, headers: { 'retry-after': '1' } },
  { status: 429, headers: { 'retry-after': '2' } },
  { silent: true },
]
const REQUESTS = [
  'GET /search',
  'POST /issue',
  'POST /issue/ABC-2/attachments',
  'POST /issue/ABC-2/comment',
  'PUT /issue/ABC-2/properties',
  'POST /issueLink',
]

describe.for(FLAVOURS)('in %s, with an index that lags', flavour => {
  test.for(
    REQUESTS.flatMap(start =>
      FAULTS.map(fault => [start, JSON.stringify(fault), fault] as [string, string, Fault]),
    ),
  )('%s fails with %s, and nothing is there twice', async ([start, , fault]) => {
    server = await openJiraServer({ flavour, lag_ms: 30, fail: once(start, fault) })
    server.state.addIssue({ summary: 'parent' }, '', [{ key: 'whyslow', value: { story: 'parent' } }])
    const upserted = await upsert(
      { fetch: transport('silent' in fault ? 1_000 : 20_000) },
      makeTicket({ parent: 'ABC-1' }),
    )
    expect(upserted).toMatchObject({ key: 'ABC-2', warnings: [] })
    expectAllOnce()
    expect((await upsert({ fetch: transport(20_000) }, makeTicket({ parent: 'ABC-1' }))).did).toBe(
      'unchanged',
    )
  })

  test.for(['POST /issue', 'POST /issue/ABC-2/attachments', 'POST /issue/ABC-2/comment', 'POST /issueLink'])(
    '%s takes longer than we wait: the next export finds what it made',
    async start => {
      const release = Promise.withResolvers<void>()
      server = await openJiraServer({ flavour, lag_ms: 30, fail: once(start, { until: release.promise }) })
      server.state.addIssue({ summary: 'parent' }, '', [{ key: 'whyslow', value: { story: 'parent' } }])
      const exporting = upsert({ fetch: transport(1_000) }, makeTicket({ parent: 'ABC-1' }))
      await expect(exporting).rejects.toMatchObject({ exit: 4, message: expect.stringContaining('too long') })
      const done = new Promise<void>(resolve => {
        server.options.onDone = () => resolve()
      })
      release.resolve()
      await done
      await upsert({ fetch: transport(20_000) }, makeTicket({ parent: 'ABC-1' }))
      expectAllOnce()
    },
  )

  test('an update that is cut is sent again', async () => {
    server = await openJiraServer({ flavour })
    await upsert()
    server.options.fail = once('PUT /issue/ABC-1/comment', { cut: 'after' })
    expect(await upsert({}, makeTicket({ markdown: 'New.' }))).toMatchObject({ did: 'updated' })
    expect(server.count('PUT /issue/ABC-1/comment')).toBe(2)
  })
})

describe('429', () => {
  test('waits as long as Jira asks for, in seconds or until a date', async () => {
    const waits: number[] = []
    const answers: Fault[] = [
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 429, headers: { 'retry-after': 'Mon, 02 Mar 2026 09:00:42 GMT' } },
      { status: 429 },
    ]
    server = await openJiraServer({
      fail: ({ method, path }) => (method === 'GET' && path.includes('search') ? answers.shift() : undefined),
    })
    await upsert({
      pause: async ms => void waits.push(ms),
      now: () => new Date('2026-03-02T09:00:00Z'),
    })
    expect(waits.slice(0, 3)).toEqual([7_000, 42_000, 4_000])
  })

  test('gives up where it asks for too long, or too often', async () => {
    server = await openJiraServer({ fail: () => ({ status: 429, headers: { 'retry-after': '3600' } }) })
    await expect(upsert()).rejects.toMatchObject({ exit: 4, message: expect.stringContaining('429') })
    expect(server.seen).toHaveLength(1)
    server.options.fail = () => ({ status: 429, headers: { 'retry-after': '1' } })
    await expect(upsert()).rejects.toMatchObject({ exit: 4 })
    expect(server.seen).toHaveLength(7)
  })
})

describe('errors say what Jira said and what to do', () => {
  const failing = async (fault: Fault, start = 'GET /search') => {
    server = await openJiraServer({ fail: once(start, fault) })
    return upsert({ fetch: transport(500) }).then(
      () => null,
      error => error,
    )
  }

  test.for([
    [401, 2, 'JIRA_EMAIL and JIRA_API_TOKEN'],
    [403, 2, 'permission'],
    [404, 2, 'is the site'],
    [410, 4, 'flavour: cloud'],
    [303, 2, 'trackers.jira.site'],
  ] as const)('%i', async ([status, exit, next]) => {
    const body = { errorMessages: ['It said so.'], errors: {} }
    const error = await failing({ status, body, headers: { location: 'https://elsewhere.example/' } })
    expect(error).toMatchObject({ name: 'WhyslowError', exit })
    expect(error.message).toContain(`Jira answered ${status} to GET /rest/api/3/search/jql: It said so.`)
    expect(error.next.join()).toContain(next)
  })

  test('another server that it sends on to', async () => {
    const error = await failing({ status: 302, headers: { location: 'https://elsewhere.example/' } })
    expect(error).toMatchObject({ name: 'WhyslowError', exit: 4 })
    expect(error.message).toContain('sends requests on to “https://elsewhere.example/”')
    expect(error.next.join()).toContain('The token goes to no other server')
  })

  test('401 of Data Center names its variable', async () => {
    server = await openJiraServer({ flavour: 'datacenter' })
    const error = await upsert({ credentials: { email: null, token: 'wrong' } }).catch(error => error)
    expect(error.next.join()).toContain('JIRA_TOKEN')
    expect(error.message).not.toContain('wrong')
  })

  test('400 with the field', async () => {
    server = await openJiraServer()
    await expect(upsert({ fields: { customers: 'customfield_404' } })).rejects.toMatchObject({
      exit: 2,
      message:
        "Jira answered 400 to POST /rest/api/3/issue: customfield_404: Field 'customfield_404' cannot be set. It is not on the appropriate screen, or unknown.",
    })
    await expect(upsert({ project: 'NOPE' })).rejects.toThrow('“NOPE”'.slice(1, -1))
    await expect(upsert({ issueType: 'Epic' })).rejects.toThrow(
      'issuetype: The issue type selected is invalid.',
    )
  })

  test('a page in place of JSON', async () => {
    const error = await failing({ status: 200, body: '<html>Log in</html>' })
    expect(error).toMatchObject({ exit: 4, message: expect.stringContaining('no JSON') })
  })

  test('the wrong flavour', async () => {
    server = await openJiraServer({ flavour: 'datacenter' })
    const error = await upsert({ flavour: 'cloud' }).catch(error => error)
    expect(error).toMatchObject({ name: 'WhyslowError' })
  })

  test('nobody there', async () => {
    server = await openJiraServer()
    const closed = await openJiraServer()
    await closed.close()
    await expect(upsert({ site: closed.site })).rejects.toMatchObject({
      exit: 4,
      message: `No answer from ${closed.site} to GET /rest/api/3/search/jql: ECONNREFUSED.`,
    })
  })

  test('too slow, each time', async () => {
    server = await openJiraServer({ fail: () => ({ silent: true }) })
    await expect(upsert({ fetch: transport(200) })).rejects.toMatchObject({
      exit: 4,
      message: expect.stringContaining('it took too long'),
    })
  })

  test('a server that gives the token back', async () => {
    const error = await failing({ status: 400, body: { errorMessages: [`Bad token ${TOKEN}`] } })
    expect(error.message).toContain('Bad token [secret]')
    expect(JSON.stringify(error)).not.toContain(TOKEN)
  })

  test('a site that is no https address', async () => {
    server = await openJiraServer()
    expect(() => openClientOf(server, { site: 'http://jira.acme.example' })).toThrow('https address')
    expect(() => openClientOf(server, { site: 'https://ana:pw@jira.acme.example' })).toThrow(
      'without a name and a password',
    )
  })

  test('a key that is none', async () => {
    server = await openJiraServer()
    const jira = openClientOf(server)
    await expect(jira.pull('../../myself')).rejects.toThrow('Expected the key of a Jira issue')
    expect(server.seen).toEqual([])
  })
})

test('Ctrl-C ends it at once', async () => {
  server = await openJiraServer({ fail: () => ({ silent: true }) })
  const controller = new AbortController()
  const fetch = openTransport({
    proxy: { http: null, https: null, no: null },
    limit_ms: 5_000,
    signal: controller.signal,
    dryRun: null,
  })
  const upserting = upsert({ fetch })
  await sleep(50)
  controller.abort()
  await expect(upserting).rejects.toMatchObject({ name: 'AbortError' })
})

describe.for(FLAVOURS)('a dry run in %s', flavour => {
  const dry = (requests: WrittenRequest[]) =>
    openTransport({
      proxy: { http: null, https: null, no: null },
      limit_ms: 1_000,
      signal: new AbortController().signal,
      dryRun: { requests, answer: answerDryJira('ABC') },
    })
  const names = (requests: WrittenRequest[]) =>
    requests.map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/^.*\/rest\/api\/\d/, '')}`)

  test('shows what a new story would send, and sends nothing', async () => {
    server = await openJiraServer({ flavour })
    const requests: WrittenRequest[] = []
    const upserted = await upsert({ fetch: dry(requests) }, makeTicket({ parent: 'ABC-7' }))
    expect(upserted).toMatchObject({ key: 'ABC-NEW', did: 'created' })
    expect(names(requests)).toEqual([
      'POST /issue',
      'POST /issue/ABC-NEW/attachments',
      'POST /issue/ABC-NEW/attachments',
      'POST /issue/ABC-NEW/comment',
      'PUT /issue/ABC-NEW/properties/whyslow',
      'POST /issueLink',
    ])
    expect(server.writes()).toEqual([])
    expect(requests[1]!.body).toEqual([
      { name: expect.stringContaining('chart.svg'), type: 'image/svg+xml', bytes: 6 },
    ])
    expect(JSON.stringify(requests)).not.toContain(TOKEN)
  })

  test('shows what a known story would send', async () => {
    server = await openJiraServer({ flavour })
    await upsert()
    const writes = server.writes().length
    const requests: WrittenRequest[] = []
    await upsert({ fetch: dry(requests) }, makeTicket({ markdown: 'New.' }))
    expect(names(requests)).toEqual([expect.stringMatching(/^PUT \/issue\/ABC-1\/comment\/\d+$/)])
    expect(server.writes()).toHaveLength(writes)
  })
})
