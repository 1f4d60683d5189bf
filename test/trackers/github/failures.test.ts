import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import { type Fault, type GitHubServer, startGitHub, TOKEN } from './github-server.js'
import { openTestGitHub, upsert } from './open-test-github.js'

let server: GitHubServer
beforeEach(async () => {
  server = await startGitHub()
})
afterEach(async () => {
  await server.close()
  expect(server.violations).toEqual([])
})

async function failureOf(work: Promise<unknown>): Promise<WhyslowError> {
  const error = await work.then(
    () => expect.fail('expected an error'),
    thrown => thrown,
  )
  expect(error).toBeInstanceOf(WhyslowError)
  const shown = [error.message, error.stack, ...error.next, JSON.stringify(error), String(error.cause)].join()
  expect(shown).not.toContain(TOKEN)
  return error
}

const secondary = {
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
}
const passing: [string, Fault['answer'], boolean?][] = [
  ['cut before it took effect', 'cut'],
  ['cut after it took effect', 'cut', true],
  ['the answer breaks off', 'cut-body', true],
  ['500', { status: 500 }],
  ['502 after it took effect', { status: 502, body: '<html>Bad gateway</html>' }, true],
  ['503', { status: 503 }],
  ['an answer that is none of GitHub’s', { status: 200, body: '<html>Sign in</html>' }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '2' } }],
  ['a secondary limit', { status: 403, headers: { 'retry-after': '3' }, body: secondary }],
  ['a secondary limit without a time', { status: 429, body: secondary }],
  [
    'the limit of requests',
    {
      status: 403,
      headers: {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 20),
      },
    },
  ],
]

describe('a failure that passes: one issue, all in place', () => {
  test.for(passing)('the creation: %s', async ([, answer, isDone]) => {
    server.faults.push({ on: 'POST /issues', answer, isDone: isDone ?? false })
    const done = await upsert(openTestGitHub(server))
    expect(done).toMatchObject({ did: 'created', key: 'acme/web#1', found: [{ key: 'acme/web#1' }] })
    expect(server.issues).toHaveLength(1)
    expect(server.writes()).toHaveLength(isDone ? 1 : 2)
  })

  test.for(passing)('the update: %s', async ([name, answer, isDone]) => {
    if (name.startsWith('an answer')) return
    const github = openTestGitHub(server)
    await upsert(github)
    server.faults.push({ on: 'PATCH /issues/1', answer, isDone: isDone ?? false })
    expect(await upsert(github, { markdown: 'New' })).toMatchObject({ did: 'updated', warnings: [] })
    expect(server.issues[0]!.body).toContain('\n\nNew\n\n')
    expect(server.writes().slice(1)).toHaveLength(isDone ? 1 : 2)
  })

  test.for(passing.slice(0, 6))('reading: %s', async ([, answer, isDone]) => {
    const github = openTestGitHub(server)
    await upsert(github)
    server.faults.push({ on: 'GET /issues/1', answer, isDone: isDone ?? false })
    expect(await upsert(github, {}, { key: 'acme/web#1' })).toMatchObject({ did: 'unchanged' })
  })

  test('twice in a row', async () => {
    server.faults.push({ on: 'POST /issues', answer: { status: 502 }, times: 2 })
    expect(await upsert(openTestGitHub(server))).toMatchObject({ did: 'created' })
    expect(server.issues).toHaveLength(1)
  })

  test('the answer comes too late: it is looked for, and not made again', async () => {
    server.faults.push({ on: 'POST /issues', answer: { slow_ms: 1500 } })
    expect(await upsert(openTestGitHub(server, { limit_ms: 500 }))).toMatchObject({ did: 'created' })
    expect(server.issues).toHaveLength(1)
    expect(server.writes()).toHaveLength(1)
  })

  test.for<[string, Fault['answer']]>([
    ['429', { status: 429, headers: { 'retry-after': '100' } }],
    ['a secondary limit', { status: 403, headers: { 'retry-after': '100' }, body: secondary }],
    ['502', { status: 502 }],
  ])('a person writes while an update waits, %s: nothing of it is lost', async ([, answer]) => {
    await upsert(openTestGitHub(server))
    server.faults.push({ on: 'PATCH /issues/1', answer })
    const second_ms = 'headers' in (answer as object) ? 5 : 500
    const work = upsert(openTestGitHub(server, { second_ms }), { markdown: 'New' })
    while (server.writes().length < 2) await sleep(5)
    server.issues[0]!.body += '\r\n\r\nMine'
    expect(await work).toMatchObject({ did: 'updated' })
    expect(server.issues[0]!.body).toMatch(/\n\nNew\n\n<!-- whyslow:end story=checkout-slow -->\r\n\r\nMine$/)
  })

  test('a person writes while an update waits for its turn: nothing of it is lost', async () => {
    server.add({})
    const github = openTestGitHub(server, { second_ms: 500 })
    await upsert(github)
    server.requests.length = 0
    const work = upsert(github, { markdown: 'New' }, { key: 'acme/web#2' })
    while (server.requests.length < 1) await sleep(5)
    await sleep(50)
    server.issues[1]!.body += 'Mine'
    expect(await work).toMatchObject({ did: 'updated' })
    expect(server.issues[1]!.body).toMatch(/\n\nNew\n\n<!-- whyslow:end story=checkout-slow -->Mine$/)
  })
})

describe('a failure that stays is told', () => {
  test.for<[string, Fault, string, string[]]>([
    [
      'no permission, a fine-grained token',
      {
        on: 'POST /issues',
        answer: {
          status: 403,
          headers: { 'x-accepted-github-permissions': 'issues=write' },
          body: { message: 'Resource not accessible by personal access token' },
        },
      },
      'Could not create the issue of checkout-slow. GitHub said 403: Resource not accessible by personal access token',
      ['issues: write', 'takes: issues=write'],
    ],
    [
      'no scope, a classic token',
      {
        on: 'POST /issues',
        answer: {
          status: 403,
          headers: { 'x-accepted-oauth-scopes': 'repo', 'x-oauth-scopes': 'gist' },
          body: { message: 'Forbidden' },
        },
      },
      'GitHub said 403: Forbidden',
      ['takes: repo; the token has: gist'],
    ],
    [
      'no repository',
      { on: 'GET /issues', answer: { status: 404, body: { message: 'Not Found' } } },
      'Could not look for the issue of checkout-slow. GitHub said 404: Not Found',
      ['Check that acme/web exists'],
    ],
    [
      'issues turned off',
      {
        on: 'POST /issues',
        answer: { status: 410, body: { message: 'Issues has been disabled in this repository.' } },
      },
      'GitHub said 410: Issues has been disabled',
      ['Turn issues on in the settings of acme/web'],
    ],
    [
      'a field that GitHub does not take',
      {
        on: 'POST /issues',
        answer: {
          status: 422,
          body: {
            message: 'Validation Failed',
            errors: [
              { resource: 'Issue', field: 'title', code: 'missing_field' },
              { resource: 'Issue', code: 'custom', message: 'no' },
            ],
          },
        },
      },
      'GitHub said 422: Validation Failed; Issue.title: missing_field; Issue: no',
      [],
    ],
    [
      'an hour to wait',
      { on: 'POST /issues', answer: { status: 429, headers: { 'retry-after': '3600' } } },
      'GitHub said 429',
      ['GitHub takes no more requests until then'],
    ],
    [
      'a limit that stays',
      {
        on: 'POST /issues',
        times: 9,
        answer: { status: 403, headers: { 'retry-after': '1' }, body: secondary },
      },
      'secondary rate limit',
      ['Export again after'],
    ],
    [
      'down',
      { on: 'GET /issues', times: 9, answer: { status: 503, body: '<html>Unicorn</html>' } },
      'GitHub said 503',
      ['Export again later'],
    ],
    [
      'cut, again and again',
      { on: 'POST /issues', times: 9, answer: 'cut' },
      'Could not create the issue of checkout-slow: ',
      ['HTTPS_PROXY'],
    ],
    [
      'another site',
      { on: 'GET /issues', answer: { status: 200, body: '<html>Sign in</html>' } },
      'Expected a list from GitHub',
      ['api in whyslow.yaml'],
    ],
    [
      'sent on to another server',
      {
        on: 'GET /issues',
        times: 9,
        answer: { status: 301, headers: { location: 'https://example.com/issues' } },
      },
      'sends requests on to “https://example.com/issues”',
      ['The token goes to no other server'],
    ],
  ])('%s', async ([, fault, message, next]) => {
    server.faults.push(fault)
    const error = await failureOf(upsert(openTestGitHub(server)))
    expect(error.message).toContain(message)
    expect(error.exit).toBe(4)
    for (const part of next) expect(error.next.join('\n')).toContain(part)
    expect(server.issues).toEqual([])
  })

  test('a wrong token, one that no header takes, and one that GitHub says back', async () => {
    const wrong = await failureOf(upsert(openTestGitHub(server, { token: 'ghp_other' })))
    expect(wrong).toMatchObject({ message: expect.stringContaining('401: Bad credentials'), exit: 4 })
    expect(wrong.next[0]).toContain('GITHUB_TOKEN')
    expect(() => openTestGitHub(server, { token: 'ghp_a\nb' })).toThrow('without spaces and line ends')
    const body = { message: `No ${TOKEN} here` }
    server.faults.push({ on: 'GET /issues', answer: { status: 403, body } })
    expect((await failureOf(upsert(openTestGitHub(server)))).message).toContain('403: No … here')
  })

  test('wrong settings', () => {
    expect(() => openTestGitHub(server, { repo: 'web' })).toThrow('such as acme/web, found “web”')
    expect(() => openTestGitHub({ api: 'http://github.acme.com' })).toThrow('https address')
  })

  test('no answer in time, and no server', async () => {
    server.faults.push({ on: 'GET /issues/1', times: 9, answer: { slow_ms: 300 } })
    server.add({})
    const late = await failureOf(openTestGitHub(server, { limit_ms: 100 }).pull('acme/web#1'))
    expect(late.message).toBe('Could not read the issue acme/web#1: GitHub gave no answer in 0.1 s.')
    const none = await failureOf(openTestGitHub({ api: 'http://127.0.0.1:9' }).pull('acme/web#1'))
    expect(none.message).toContain('Could not read the issue acme/web#1: ')
    await expect(openTestGitHub(server).pull('acme/web')).rejects.toThrow('the key of an issue')
  })

  test('Ctrl-C while it waits', async () => {
    const stop = new AbortController()
    server.faults.push({ on: 'POST /issues', answer: { status: 429, headers: { 'retry-after': '120' } } })
    const work = upsert(openTestGitHub(server, { signal: stop.signal }))
    while (server.writes().length === 0) await sleep(5)
    stop.abort(new Error('stopped'))
    await expect(work).rejects.toThrow('stopped')
  })
})
