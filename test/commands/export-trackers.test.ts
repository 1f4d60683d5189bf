import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createStory } from '../../src/stories/write-story.js'
import { createWorkbook } from '../../src/workbook/workbook.js'
import { type CliRun, runCli } from './run-cli.js'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whyslow-trackers-'))
  await createWorkbook(dir)
  await createStory(dir, { title: 'Search is slow' })
})

/** Without tokens, and without `gh`. */
function run(args: string[], env: Record<string, string> = {}): Promise<CliRun> {
  const none = { GITHUB_TOKEN: '', JIRA_EMAIL: '', JIRA_API_TOKEN: '', JIRA_TOKEN: '', PATH: '/nowhere' }
  return runCli(['export', ...args], { cwd: dir, env: { ...none, ...env } })
}

function configure(text: string): Promise<void> {
  return writeFile(join(dir, 'whyslow.yaml'), text)
}

test('a tracker that whyslow.yaml doesn’t name is asked for, with an example', async () => {
  await configure('objective: 0.95\n')
  const { code, stdout, stderr } = await run(['github', 'search-is-slow'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Where is GitHub? Expected trackers.github in whyslow.yaml.')
  expect(stderr).toContain('github: {repo: acme/shop}')
  const { stdout: json, code: again } = await run(['jira', 'search-is-slow', '--json'])
  expect(again).toBe(2)
  expect(JSON.parse(json).error.message).toBe('Where is Jira? Expected trackers.jira in whyslow.yaml.')
})

test('tokens go to no plain address: it is shown where it stands', async () => {
  await configure('trackers:\n  github: {repo: acme/shop, api: "http://git.example.com/api/v3"}\n')
  const { code, stderr } = await run(['github', 'search-is-slow'], { GITHUB_TOKEN: 's3cr3t' })
  expect(code).toBe(2)
  expect(stderr).toContain('whyslow.yaml:2:34')
  expect(stderr).toContain('Expected trackers.github.api to be an https address')
  expect(stderr).not.toContain('s3cr3t')
})

test('without a token all ways to one are named', async () => {
  await configure(
    'trackers: {github: {repo: acme/shop}, jira: {site: "https://a.atlassian.net", project: P1}}\n',
  )
  const github = await run(['github', '--all', '--dry-run'])
  expect(github.code).toBe(2)
  for (const way of ['GITHUB_TOKEN', 'gh auth login', 'token_command']) expect(github.stderr).toContain(way)
  const jira = await run(['jira', '--all', '--pull'])
  expect(jira.code).toBe(2)
  for (const way of ['JIRA_EMAIL', 'JIRA_API_TOKEN', 'JIRA_TOKEN', 'token_command'])
    expect(jira.stderr).toContain(way)
})

test('which stories, and what to do with them, is asked for', async () => {
  await configure('trackers: {github: {repo: acme/shop}}\n')
  const env = { GITHUB_TOKEN: 'x' }
  const none = await run(['github'], env)
  expect(none.code).toBe(2)
  expect(none.stderr).toContain('Expected the id of a story.')
  const both = await run(['github', 'search-is-slow', '--all'], env)
  expect(both.stderr).toContain('found both')
  const two = await run(['github', '--all', '--pull', '--dry-run'], env)
  expect(two.code).toBe(2)
  expect(two.stderr).toMatch(/--dry-run.*--pull|--pull.*--dry-run/)
})

test('the help has examples, and names what each takes', async () => {
  for (const tracker of ['github', 'jira']) {
    const { code, stdout } = await run([tracker, '--help'])
    expect(code).toBe(0)
    for (const part of ['--all', '--dry-run', '--repair', '--pull', '--json', 'EXAMPLES'])
      expect(stdout).toContain(part)
  }
})
