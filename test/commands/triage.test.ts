import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TriageResult } from '../../src/steps/triage.js'
import { expectRefused, readJsonError, readOneJson } from './one-json.js'
import { makeFolder, runCli } from './run-cli.js'
import { makeShopWorkbook } from './shop-workbook.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook(['access.log.gz', 'accounts.csv', 'tickets.csv', 'tickets.ndjson'])
})
afterAll(() => rm(cwd, { recursive: true }))

const ids = ['get-orders', 'get-products-id', 'get-invoices-id-pdf', 'get-reports-monthly']

test('from nothing to four stories, and again', async () => {
  const dry = await readOneJson<TriageResult>(['triage', '--dry-run'], { cwd })
  expect(dry.code).toBe(0)
  expect(Object.keys(dry.json)).toEqual([
    'stories',
    'notProposed',
    'reopened',
    'watched',
    'accounts',
    'warnings',
  ])
  expect(dry.json.stories.map(story => story.id)).toEqual(ids)
  expect((await runCli(['story', 'list'], { cwd })).stdout).toBe('There are no stories yet: whyslow triage\n')

  const text = await runCli(['triage', '--limit', '2'], { cwd })
  expect(text.code).toBe(0)
  expect(text.stderr).toBe('')
  expect(text.stdout).toMatch(
    /^GET \/orders is slow {2}new\n {2}get-orders · framed\n {2}- 40\.9% of requests are good \(under 500 ms\)/,
  )
  expect(text.stdout).toMatch(
    /\nnot proposed {3}why\nGET \/products {2}100\.0% good .*\n.*\nand 10 more: --limit 12\n\n4\.3% of requests have no account: no customer is counted for them\.\n$/,
  )

  const { json } = await readOneJson<TriageResult>(['triage'], { cwd })
  expect(json.stories).toEqual(dry.json.stories.map(story => ({ ...story, new: false })))
  expect(json.stories[0]).toEqual({
    id: 'get-orders',
    title: 'GET /orders is slow',
    status: 'framed',
    new: false,
    reasons: [
      { code: 'target', text: expect.any(String) },
      { code: 'time', text: expect.any(String) },
      { code: 'tickets', text: '4 support tickets are about it (2 by URL, 2 by their words)' },
    ],
  })
  expect(json.notProposed[0]).toEqual({ next: null, route: expect.any(String), reason: expect.any(String) })
})

test('the commands of the evidence find the same requests again', async () => {
  const { json } = await readOneJson<{ evidence: { id: string; value: number; command: string }[] }>(
    ['story', 'show', 'get-orders'],
    { cwd },
  )
  const run = async (id: string) => {
    const { command, value } = json.evidence.find(entry => entry.id === id)!
    const words = [...command.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(
      match => match[2] ?? match[1]!.replaceAll(`'\\''`, "'"),
    )
    const { json: found } = await readOneJson<Record<string, number>>(words.slice(1), { cwd })
    return { found, value }
  }
  const share = await run('share')
  expect(share.found.underShare).toBeCloseTo(share.value, 5)
  const slow = await run('customers')
  expect(slow.found.total).toBe(1573)
})

test('a dry run says that nothing was written', async () => {
  const { code, stdout } = await runCli(['triage', '--dry-run'], { cwd })
  expect(code).toBe(0)
  expect(stdout).toContain('GET /orders is slow  would be refreshed')
  expect(stdout).toMatch(/\nA dry run: nothing was written\.\n$/)
})

test('the usage says that --from and --to go together', async () => {
  const { stdout } = await runCli(['triage', '--help'], { cwd })
  expect(stdout).toMatch(/\[--from\s+<value>\]\s+\[--to\s+<value>\]/)
  const { code, stderr } = await runCli(['triage', '--last', '7d', '--from', '2026-10-05'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain('--last')
})

test('a story with a mistake: where it is, and exit code 2', async () => {
  const file = path.join(cwd, 'stories/get-orders/story.md')
  const good = await readFile(file, 'utf8')
  await writeFile(file, good.replace('status: framed', 'status: framd'))
  try {
    const stderr = expectRefused(await runCli(['triage'], { cwd }))
    expect(stderr).toMatch(/stories\/get-orders\/story\.md:6:9/)
    expect((await readJsonError(['triage'], { cwd })).message).toContain('framed')
  } finally {
    await writeFile(file, good)
  }
})

test('without data, in a time without data, and without a workbook', async () => {
  const later = await runCli(['triage', '--from', '2027-01-01'], { cwd })
  expect(later.stderr).toContain('! No request is in this slice.\n  → whyslow sources shows')
  const empty = await makeFolder()
  const run = await runCli(['triage'], { cwd: empty })
  expect(run).toMatchObject({ code: 0, stdout: 'No route has an issue that is worth a story.\n' })
  expect(run.stderr).toContain('! No requests were imported yet.\n  → whyslow import access.log')
  await rm(path.join(empty, 'whyslow.yaml'))
  expect(expectRefused(await runCli(['triage'], { cwd: empty }))).toContain('→ whyslow init')
  expect((await readJsonError(['triage'], { cwd: empty })).next).toContain('whyslow init')
  await rm(empty, { recursive: true })
})
