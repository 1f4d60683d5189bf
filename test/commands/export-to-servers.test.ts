/** Stories from the command line to servers that hold issues: made once, kept up to date, brought back, and nothing private in a byte. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStory } from '../../src/stories/write-story.js'
import { createWorkbook } from '../../src/workbook/workbook.js'
import { TOKEN as GITHUB_TOKEN, type GitHubServer, startGitHub } from '../trackers/github/github-server.js'
import { EMAIL, TOKEN as JIRA_API_TOKEN } from '../trackers/jira/jira-operations.js'
import { type JiraServer, openJiraServer } from '../trackers/jira/jira-server.js'
import { ROOT, runCli, runJson } from './run-cli.js'

interface Exported {
  exports: { story: string; tracker: string; key: string; url: string; did: string }[]
  pulled?: { story: string; status: string }[]
  requests?: { method: string; url: string; body: unknown }[]
  redacted: { kind: string; count: number }[]
  warnings: { code: string; message: string }[]
}

let github: GitHubServer
let jira: JiraServer
let dir: string
beforeAll(async () => {
  github = await startGitHub()
  jira = await openJiraServer()
  dir = await mkdtemp(path.join(tmpdir(), 'whyslow-servers-'))
  await createWorkbook(dir)
  await writeFile(
    path.join(dir, 'whyslow.yaml'),
    `targets: {default: 300ms}
identify: [{query: account}]
trackers:
  github: {repo: acme/web, api: "${github.api}"}
  jira: {site: "${jira.site}", project: ABC, issueType: Bug, fields: {customers: customfield_10010}}
`,
  )
  await writeFile(path.join(dir, 'access.log'), makeLog())
  expect((await runCli(['import', 'access.log'], { cwd: dir })).code).toBe(0)
  await createStory(dir, {
    id: 'orders',
    title: 'Orders are slow, says bob@wile.example from 203.0.113.9',
    route: 'GET /orders/:id',
    scope: { where: "route = 'GET /orders/:id'", window: null },
    notes: [
      { at: '2026-10-05T00:00:00Z', text: 'seen with Bearer abcdef123456 by acme-3 @everyone, fixes #1' },
    ],
  })
  const profile = path.join(dir, 'bob@wile.example.cpuprofile')
  await copyFile(path.join(ROOT, 'fixtures/profiles/node/orders.cpuprofile'), profile)
  expect((await runCli(['profile', 'import', profile, '--story', 'orders'], { cwd: dir })).code).toBe(0)
  expect((await runCli(['story', 'set', 'orders', 'customers=12'], { cwd: dir })).code).toBe(0)
}, 120_000)

afterAll(async () => {
  await github.close()
  await jira.close()
  await rm(dir, { recursive: true })
})

/** Twelve customers; each third request is slow. */
function makeLog(): string {
  return Array.from({ length: 600 }, (_, i) => {
    const at = new Date(Date.UTC(2026, 9, 1) + i * 144_000).toISOString()
    const time = `${at.slice(8, 10)}/Oct/2026:${at.slice(11, 19)} +0000`
    const request = `GET /orders/${i % 97}?account=acme-${i % 12} HTTP/1.1`
    return `198.51.100.${i % 50} - - [${time}] "${request}" 200 512 "-" "curl/8.5.0" ${i % 3 === 0 ? '0.900' : '0.020'}\n`
  }).join('')
}

const env = { GITHUB_TOKEN, JIRA_EMAIL: EMAIL, JIRA_API_TOKEN }
const run = (...args: string[]) => runJson<Exported>(['export', ...args], { cwd: dir, env })
const readLinks = async () =>
  (await readFile(path.join(dir, 'stories/orders/story.md'), 'utf8')).match(/^links:[\s\S]*?(?=^\S|^$)/m)?.[0]
const LEAKS = /203\.0\.113|198\.51\.100|wile|bob@|abcdef123456|acme-\d/i

test('a dry run says what would be sent, and sends none of it', async () => {
  for (const tracker of ['github', 'jira']) {
    const { requests, exports } = await run(tracker, 'orders', '--dry-run')
    expect(exports.map(({ did }) => did)).toEqual(['created'])
    expect(requests!.some(({ method }) => method === 'POST')).toBe(true)
    expect(JSON.stringify(requests)).not.toMatch(LEAKS)
    expect(JSON.stringify(requests)).not.toContain(GITHUB_TOKEN)
  }
  expect([github.writes(), jira.writes()]).toEqual([[], []])
  expect(await readLinks()).not.toMatch(/acme|ABC/)
  const { stdout, code } = await runCli(['export', 'github', 'orders', '--dry-run'], { cwd: dir, env })
  expect(code).toBe(0)
  expect(stdout).toContain(`POST ${github.api}/repos/acme/web/issues`)
})

test('GitHub: made once, found again without its link, people’s words stay, and what they say comes back', async () => {
  const [made] = (await run('github', 'orders')).exports
  expect(made).toMatchObject({ story: 'orders', tracker: 'github', key: 'acme/web#1', did: 'created' })
  expect(await readLinks()).toContain('acme/web#1')
  const [issue] = github.issues
  expect(issue!.body).toContain('```mermaid')
  expect((await run('github', 'orders')).exports[0]!.did).toBe('unchanged')

  issue!.body = `Above.\n\n${issue!.body}\n\nBelow.`
  const story = path.join(dir, 'stories/orders/story.md')
  const text = await readFile(story, 'utf8')
  await writeFile(story, text.replace(/acme\/web#1/g, '').replace(/ {2}github: *\n/, ''))
  await runCli(['story', 'set', 'orders', 'status=framed'], { cwd: dir })
  expect((await run('github', 'orders')).exports[0]).toMatchObject({ key: 'acme/web#1', did: 'updated' })
  expect(github.issues).toHaveLength(1)
  expect(issue!.body).toMatch(/^Above\.\n\n[\s\S]*\n\nBelow\.$/)

  Object.assign(issue!, { state: 'closed', state_reason: 'completed', closed_at: '2026-10-09T10:00:00Z' })
  issue!.comments.push({ id: 7, body: 'whyslow: it was the index', created_at: '2026-10-08T10:00:00Z' })
  const { pulled } = await run('github', 'orders', '--pull')
  expect(pulled).toMatchObject([{ story: 'orders' }])
  expect(await readFile(story, 'utf8')).toContain('it was the index')
  const triage = await runCli(['triage'], { cwd: dir })
  expect(triage.stdout + triage.stderr).toContain('whyslow story close orders --measure')
  expect(github.violations).toEqual([])
})

test('Jira: one issue, one comment, each file once', async () => {
  const [made] = (await run('jira', 'orders')).exports
  expect(made).toMatchObject({ story: 'orders', tracker: 'jira', did: 'created' })
  expect((await run('jira', 'orders')).exports[0]).toMatchObject({ key: made!.key, did: 'unchanged' })
  const [issue, ...others] = [...jira.state.issues.values()]
  expect(others).toEqual([])
  expect(issue!.comments).toHaveLength(1)
  expect(issue!.fields.customfield_10010).toBe(12)
  const names = issue!.attachments.map(({ filename }) => filename)
  expect(names.filter(name => name.endsWith('.svg')).length).toBeGreaterThan(1)
  expect(new Set(names).size).toBe(names.length)
  expect(jira.state.problems).toEqual([])
})

test('no byte that reached a server says what must stay here', () => {
  const github_bytes = github.requests.map(({ text, body }) => text + JSON.stringify(body ?? ''))
  const jira_bytes = jira.seen.map(({ path, query, body }) => `${path}?${query} ${body.toString('latin1')}`)
  expect(github_bytes.length + jira_bytes.length).toBeGreaterThan(20)
  for (const text of [...github_bytes, ...jira_bytes]) expect(text).not.toMatch(LEAKS)
})

test('what a tracker refuses is said, and the other stories still go', async () => {
  await createStory(dir, { id: 'search', title: 'Search is slow' })
  github.faults.push({
    on: 'PATCH /issues/1',
    times: 99,
    answer: { status: 403, body: { message: 'Resource not accessible' } },
  })
  await runCli(['story', 'set', 'orders', 'status=investigating'], { cwd: dir })
  const { code, stdout, stderr } = await runCli(['export', 'github', 'orders', 'search'], { cwd: dir, env })
  expect(code).toBe(4)
  expect(stderr).toContain('Resource not accessible')
  expect(stderr).not.toContain(GITHUB_TOKEN)
  expect(stdout).toContain('acme/web#2')
})
