import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { WhyslowError } from '../../src/errors.js'
import { findGitHubToken, findJiraToken } from '../../src/steps/find-token.js'
import { configSchema } from '../../src/workbook/config.js'

let bin: string
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'whyslow-token-'))
  await program(
    'gh',
    'test "$4" = github.com && test -n "$LOGGED_IN" && echo from-gh || { echo no >&2; exit 1; }',
  )
  await program('print', 'echo "$1"')
  await program('fail', 'echo s3cr3t-on-stdout; echo s3cr3t-on-stderr >&2; exit 7')
})

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(bin, name), 0o755)
}

function options(env: Record<string, string>) {
  return {
    env: { PATH: [bin, dirname('/bin/sh')].join(delimiter), ...env },
    signal: new AbortController().signal,
  }
}

function github(tokenCommand: string[] | null = null) {
  return { repo: 'acme/shop', api: 'https://api.github.com', tokenCommand, allow: [] }
}

function jira(flavour: 'cloud' | 'datacenter', tokenCommand: string[] | null = null) {
  const { trackers } = configSchema.parse({
    trackers: { jira: { site: 'https://j.example', project: 'PERF' } },
  })
  return { ...trackers.jira!, flavour, tokenCommand }
}

async function failure(work: Promise<unknown>): Promise<WhyslowError> {
  return work.then(
    () => expect.fail('it should have failed'),
    error => error,
  )
}

describe('GitHub', () => {
  test('the environment comes first, then gh for that host, then the command', async () => {
    const both = options({ GITHUB_TOKEN: ' from-env\n', LOGGED_IN: '1' })
    expect(await findGitHubToken(github(['print', 'x']), 'github.com', both)).toBe('from-env')
    const loggedIn = options({ GITHUB_TOKEN: '', LOGGED_IN: '1' })
    expect(await findGitHubToken(github(['print', 'x']), 'github.com', loggedIn)).toBe('from-gh')
    expect(await findGitHubToken(github(['print', 'x']), 'git.example.com', loggedIn)).toBe('x')
    expect(await findGitHubToken(github(['print', 'x']), 'github.com', options({}))).toBe('x')
  })

  test('without one it names all ways', async () => {
    const error = await failure(findGitHubToken(github(), 'git.example.com', options({})))
    expect(error.message).toBe('There is no token for GitHub.')
    const ways = error.next.join('\n')
    for (const way of ['GITHUB_TOKEN', 'gh auth login --hostname git.example.com', 'token_command'])
      expect(ways).toContain(way)
    const bare = { env: { PATH: '/nowhere' }, signal: new AbortController().signal }
    expect((await failure(findGitHubToken(github(), 'github.com', bare))).next[1]).toContain('install')
  })

  test('what a command printed is in no message', async () => {
    for (const [words, what] of [
      [['fail'], 'ended with the exit code 7'],
      [['print', ''], 'printed nothing'],
      [['print', 's3cr3t and more'], 'printed more than one word'],
      [['print', 's3cr3t\u00e9'], 'printed more than one word'],
      [['not-there'], 'was not found (not-there)'],
    ] as [string[], string][]) {
      const error = await failure(findGitHubToken(github(words), 'github.com', options({})))
      expect(error.message).toContain(what)
      expect(error.exit).toBe(4)
      expect([error.message, ...error.next].join('\n')).not.toContain('s3cr3t')
    }
    const broken = await failure(
      findGitHubToken(github(), 'github.com', options({ GITHUB_TOKEN: 's3cr3t two' })),
    )
    expect(broken.message).toBe('Expected one word in GITHUB_TOKEN, without spaces and line ends.')
  })

  test('Ctrl-C ends the command that is asked', async () => {
    const aborter = new AbortController()
    await program('wait', 'exec sleep 60')
    const asked = findGitHubToken(github(['wait']), 'github.com', { ...options({}), signal: aborter.signal })
    setTimeout(() => aborter.abort(new Error('interrupted')), 100)
    await expect(asked).rejects.toThrow('interrupted')
  })
})

describe('Jira', () => {
  test('Cloud: an address and its API token', async () => {
    const env = { JIRA_EMAIL: 'ana@example.com', JIRA_API_TOKEN: 'abc', JIRA_TOKEN: 'other' }
    expect(await findJiraToken(jira('cloud'), options(env))).toEqual({
      email: 'ana@example.com',
      token: 'abc',
    })
    const command = jira('cloud', ['print', 'bob@example.com:t0k:n'])
    expect(await findJiraToken(command, options({}))).toEqual({ email: 'bob@example.com', token: 't0k:n' })
    const token = jira('cloud', ['print', 't0ken'])
    expect(await findJiraToken(token, options({ JIRA_EMAIL: 'ana@example.com' }))).toEqual({
      email: 'ana@example.com',
      token: 't0ken',
    })
  })

  test('Data Center: a token by itself', async () => {
    const env = { JIRA_EMAIL: 'ana@example.com', JIRA_API_TOKEN: 'abc', JIRA_TOKEN: 'pat' }
    expect(await findJiraToken(jira('datacenter'), options(env))).toEqual({ email: null, token: 'pat' })
    expect(await findJiraToken(jira('datacenter', ['print', 'pat']), options({}))).toEqual({
      email: null,
      token: 'pat',
    })
  })

  test('what is missing is said', async () => {
    const say = async (flavour: 'cloud' | 'datacenter', env: Record<string, string>) =>
      (await failure(findJiraToken(jira(flavour), options(env)))).message
    expect(await say('cloud', {})).toBe('There is no e-mail address and API token for Jira.')
    expect(await say('cloud', { JIRA_EMAIL: 'a@b.example' })).toBe('There is no API token for Jira.')
    expect(await say('cloud', { JIRA_API_TOKEN: 'x' })).toBe('There is no e-mail address for Jira.')
    expect(await say('datacenter', {})).toBe('There is no token for Jira.')
    const { next } = await failure(findJiraToken(jira('cloud', ['print', 'x']), options({})))
    expect(next.join('\n')).toMatch(/JIRA_EMAIL[\s\S]*token_command[\s\S]*JIRA_TOKEN/)
  })
})
