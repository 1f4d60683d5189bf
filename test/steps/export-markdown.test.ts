import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportMarkdown, type MarkdownExport } from '../../src/steps/export-markdown.js'
import { importFiles } from '../../src/steps/import-files.js'
import { redactStory } from '../../src/steps/redaction.js'
import { triage } from '../../src/steps/triage.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { readStory } from '../../src/stories/read-story.js'
import { storySchema } from '../../src/stories/schema.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'

async function makeWorkbook(config: string): Promise<Workbook> {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-export-'))
  await createWorkbook(dir)
  await writeFile(join(dir, 'whyslow.yaml'), config)
  return openWorkbook({ cwd: dir })
}

const CUSTOMERS = 12

/** Four days of a route with two peaks, as nginx logs them; the query names the customer. */
function makeLog(): string {
  const lines = Array.from({ length: 2400 }, (_, i) => {
    const at = new Date(Date.UTC(2026, 9, 1) + i * 144_000).toISOString()
    const time = `${at.slice(8, 10)}/Oct/2026:${at.slice(11, 19)} +0000`
    const seconds = (i * 7) % 10 < 3 ? 0.8 + (i % 40) / 100 : 0.02 + (i % 17) / 1000
    const request = `GET /orders/${i % 97}?account=acme-${i % CUSTOMERS} HTTP/1.1`
    return `198.51.100.${i % 50} - - [${time}] "${request}" 200 512 "-" "curl/8.5.0" ${seconds.toFixed(3)}\n`
  })
  return lines.join('')
}

function makeAccounts(): string {
  const rows = Array.from({ length: CUSTOMERS }, (_, i) => `acme-${i},Wile & Sons No ${i},pro,${100 + i}\n`)
  return `id,name,plan,monthly_revenue\n${rows.join('')}`
}

const NOW = new Date('2026-10-06T09:00:00Z')
let workbook: Workbook
let store: Store
let id: string

beforeAll(async () => {
  workbook = await makeWorkbook('targets: {default: 300ms}\nidentify: [{query: account}]\n')
  const files = [join(workbook.dir, 'access.log'), join(workbook.dir, 'accounts.csv')]
  await writeFile(files[0]!, makeLog())
  await writeFile(files[1]!, makeAccounts())
  const request = { files, stdin: Readable.from([]), now: NOW, isAlive: () => true, pid: process.pid }
  expect((await importFiles(workbook, request)).failures).toEqual([])
  store = await openStore(workbook.paths.data)
  const { stories } = await triage(workbook, store, EVERYTHING, { now: NOW, dryRun: false })
  expect(stories).toHaveLength(1)
  id = stories[0]!.id
})

afterAll(() => store.close())

function exportIn(
  place: Workbook,
  stories: string[],
  out: string | null = null,
  from = store,
): Promise<MarkdownExport> {
  return exportMarkdown(place, from, { stories, out, cwd: place.dir, makeSalt: () => 'ab'.repeat(32) })
}

test('a triaged story is a ticket with the figures and the chart of its requests', async () => {
  const { exports, warnings } = await exportIn(workbook, [id])
  expect(exports).toEqual([{ story: 'get-orders-id', markdown: expect.any(String), file: null }])
  const { markdown } = exports[0]!
  expect(markdown).toContain(
    '**`GET /orders/:id` is slow for 12 customers: 30.0% of its requests take 300 ms or longer.**',
  )
  expect(markdown).toContain('| Requests looked at | 2,400, from 2026-10-01 to 2026-10-04 (UTC) |')
  expect(markdown).toMatch(/^773 ms – 947 ms +12\.5% ▒{16}$/m)
  expect(markdown).toContain('◄ target: 300 ms')
  expect(warnings.filter(({ code }) => code !== 'salt-made')).toEqual([])
})

test('it is about the target cohort, and names it, unless it was measured over everybody', async () => {
  const cohort = { name: 'no @3', where: "account <> 'acme-3'" }
  const narrowed = { ...workbook, config: { ...workbook.config, cohort } }
  const { markdown } = (await exportIn(narrowed, [id])).exports[0]!
  expect(markdown).toContain('| Requests looked at | 2,200, of “no @&#8203;3” only, from')
  const { id: all } = await createStory(workbook, {
    title: 'All',
    route: 'GET /orders/:id',
    evidence: [{ id: 'a', kind: 'a', finding: 'x', command: "whyslow look 'GET /orders/:id' --all-traffic" }],
  })
  expect((await exportIn(narrowed, [all])).exports[0]!.markdown).toContain(
    '| Requests looked at | 2,400, from',
  )
})

test('what people and strangers wrote leaves without names, addresses and secrets', async () => {
  const story = await readStory(workbook, id)
  await updateStory(story, front => ({
    ...front,
    title: 'Wile & Sons No 3 can’t open orders',
    scope: { ...front.scope, where: "route = 'GET /orders/:id' AND account <> 'acme-7'" },
    questions: {
      ...front.questions,
      customers: { value: 3, unit: 'customers', source: 'person' },
      shown: { value: 'https://v.example/a?token=s3cr3tvalue', source: 'person' },
    },
    evidence: [
      ...front.evidence,
      {
        id: 'who',
        kind: 'who',
        finding: 'bob@wile.example from 203.0.113.7 (acme-3) waits longest, see /home/bob/notes',
        command: `whyslow look 'GET /orders/:id' --where 'account = '\\''acme-3'\\'''`,
      },
    ],
  }))
  const text = await readFile(story.file, 'utf8')
  await writeFile(
    story.file,
    text.replace(
      '## What people see\n',
      '## What people see\n\nAna of *wile & sons no 3* (ana\\_b@wile.example) called: `Bearer abcdef123456`\n',
    ),
  )
  const { exports, redacted } = await exportIn(workbook, [id])
  const { markdown } = exports[0]!
  expect(markdown).not.toMatch(/wile|acme|bob|ana.?_b|203\.0|s3cr3t|abcdef/i)
  expect(new Set(markdown.match(/customer-[0-9a-f]{8}/g)).size, 'one customer is one pseudonym').toBe(1)
  expect(markdown).toContain('fewer than 5 customers')
  expect(markdown).not.toMatch(/\b3 customers/)
  expect(redacted.map(({ kind }) => kind)).toEqual([
    'account',
    'amount',
    'count',
    'e-mail',
    'home folder',
    'ip',
    'secret',
  ])
  expect(await readFile(story.file, 'utf8'), 'the story itself stays').toContain('bob@wile.example')
})

test('what fewer than k customers pay is hidden with their number', () => {
  const base = {
    id: 'orders',
    title: 'Orders',
    questions: {
      customers: { value: 3, unit: 'customers', source: 'measured', evidence: ['customers'] },
      revenue: { value: 1234, unit: 'USD a month', source: 'measured', evidence: ['revenue'] },
      churn: { value: 2, unit: 'customers', source: 'measured', evidence: ['churn'] },
    },
    evidence: [
      {
        id: 'revenue',
        kind: 'revenue',
        finding: 'they pay USD 1,234 a month (3 known accounts)',
        value: 1234,
      },
      {
        id: 'churn',
        kind: 'churn',
        finding:
          '2 of the customers hit left afterwards (a, b), who paid USD 777 a month; that it was the reason is not said',
        value: 2,
      },
    ],
  }
  const redact = (values: object) =>
    redactStory(storySchema.parse({ ...base, ...values }), { k: 3 + 2, hideAccounts: text => text })
  const { story, found } = redact({})
  expect(JSON.stringify(story)).not.toMatch(/1,?234|777/)
  expect(story.questions.revenue).toMatchObject({
    value: 'hidden: fewer than 5 customers pay it',
    unit: null,
  })
  expect(story.evidence[1]!.finding).toMatch(
    /^fewer than 5 of the customers hit left afterwards.*; that it was/,
  )
  expect(found).toContainEqual({ kind: 'amount', count: 1 })

  const many = {
    questions: { ...base.questions, customers: { ...base.questions.customers, value: 40 } },
    evidence: [{ ...base.evidence[0], finding: 'they pay USD 1,234 a month (38 known accounts)' }],
  }
  expect(redact(many).story.questions.revenue).toMatchObject({ value: 1234 })
  expect(redact(many).story.evidence[0]).toMatchObject({ value: 1234 })
  // Forty were hit, and the plans of three are known.
  const known = redact({ ...many, evidence: [base.evidence[0]] }).story
  expect(JSON.stringify(known)).not.toMatch(/1,?234/)
  const said = { value: 'about 1,234 dollars', source: 'person' }
  expect(JSON.stringify(redact({ questions: { ...base.questions, revenue: said } }).story)).not.toContain(
    '1,234',
  )
})

test('names that the workbook allows stay', async () => {
  const allowing = { ...workbook, config: { ...workbook.config, redact: { allow: ['acme-3'], k: 2 } } }
  const { markdown } = (await exportIn(allowing, [id])).exports[0]!
  expect(markdown).toContain('# Wile & Sons No 3 can’t open orders')
  expect(markdown).toContain("account = '\\''acme-3'\\''")
  expect(markdown).toContain('3 customers')
})

test('pseudonyms come from a file that is made once, and to be committed', async () => {
  const other = await makeWorkbook('')
  const { id: own } = await createStory(other, { title: 'Slow', scope: { where: "account = 'zed'" } })
  const empty = await openStore(other.paths.data)
  const first = await exportIn(other, [own], null, empty)
  expect(first.warnings.map(({ code }) => code).sort()).toEqual([
    'accounts-unknown',
    'no-requests',
    'salt-made',
  ])
  const options = { stories: [own], out: null, cwd: other.dir, makeSalt: () => 'cd'.repeat(32) }
  const second = await exportMarkdown(other, empty, options)
  expect(second.exports).toEqual(first.exports)
  expect(second.warnings.map(({ code }) => code)).not.toContain('salt-made')
  expect(await readFile(join(other.dir, 'redact.salt'), 'utf8')).toMatch(/^# .*commit.*\n(?:ab){32}\n$/i)
  await writeFile(join(other.dir, 'redact.salt'), '# gone\n')
  await expect(exportMarkdown(other, empty, options)).rejects.toThrow('64 hexadecimal digits')
  empty.close()
})

test('a story without a scope has no chart, and the export says why', async () => {
  const { id: own } = await createStory(workbook, { title: 'Exports time out' })
  const { exports, warnings } = await exportIn(workbook, [own])
  expect(exports[0]!.markdown).not.toContain('```text')
  expect(warnings).toEqual([
    expect.objectContaining({ code: 'no-scope', next: expect.stringContaining(own) }),
  ])
})

test('tickets are written to a file, or to a folder, or not at all', async () => {
  const one = await exportIn(workbook, [id], 'deep/ticket.md')
  expect(one.exports[0]!.file).toBe(join(workbook.dir, 'deep', 'ticket.md'))
  expect(await readFile(one.exports[0]!.file!, 'utf8')).toBe(one.exports[0]!.markdown)
  const { id: second } = await createStory(workbook, { title: 'Search is slow' })
  await exportIn(workbook, [id, second, id], 'tickets')
  expect((await readdir(join(workbook.dir, 'tickets'))).sort()).toEqual([`${id}.md`, `${second}.md`])
  await expect(exportIn(workbook, [id, second], 'deep/ticket.md')).rejects.toThrow('Expected a folder')
  await expect(exportIn(workbook, [id, 'serch-is-slow'], 'none')).rejects.toThrow('search-is-slow')
  expect(await readdir(workbook.dir)).not.toContain('none')
})

test('a workbook may have its own template', async () => {
  await mkdir(join(workbook.dir, 'templates'))
  const file = join(workbook.dir, 'templates', 'ticket.md')
  await writeFile(file, '{{title}} // {{claim}}\n\n## Outcome\n{{outcome}}\n')
  const { markdown } = (await exportIn(workbook, [id])).exports[0]!
  expect(markdown.trim().split('\n')).toHaveLength(1)
  await writeFile(file, '{{titel}}')
  await expect(exportIn(workbook, [id])).rejects.toThrow('“titel”')
})
