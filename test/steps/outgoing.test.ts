import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Profile } from '../../src/profilers/profile.js'
import { makeAccountHider } from '../../src/reports/pseudonyms.js'
import { makeTicket } from '../../src/steps/make-ticket.js'
import { type DraftFile, openGate } from '../../src/steps/outgoing.js'
import { readTemplate } from '../../src/steps/render-story.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { readStory, type Story } from '../../src/stories/read-story.js'
import { type StoryInput, storySchema } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import type { OutgoingTicket, TrackerName } from '../../src/trackers/tracker.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { startGitHub } from '../trackers/github/github-server.js'
import { openTestGitHub } from '../trackers/github/open-test-github.js'
import { openClientOf } from '../trackers/jira/jira-fixture.js'
import { openJiraServer } from '../trackers/jira/jira-server.js'

/** What is put everywhere, and what of it must not be found anywhere. */
const SECRETS = [
  '203.0.113.7',
  '2001:db8::beef',
  'bob.smith@wile.example',
  'Bearer abcdef123456',
  'AKIAIOSFODNN7EXAMPLE',
  'ghp_abcdefghijklmnop1234',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
  'https://h.example/x?token=s3cr3tvalue',
  'X-Api-Key: k9k9k9k9',
  '/home/bobby/app/server.js',
  '4bf92f3577b34da6a3ce929d0e0e4736',
  '123e4567-e89b-12d3-a456-426614174000',
  'Wile & Sons',
  'acme-3',
]
const LEAKS =
  /203\.0\.113|db8::|wile|bob|abcdef|AKIA|ghp_|eyJhbG|s3cr3t|k9k9|4bf92f35|123e4567|acme.?3|3 customers/i
const LONG = SECRETS.join(' | ')

const rules = {
  k: 5,
  hideAccounts: makeAccountHider([['acme-3', 'Wile & Sons'], ['4711'], ['1200'], ['900']], {
    salt: 'ab'.repeat(32),
    allow: [],
  }),
}

let workbook: Workbook
let store: Store
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-outgoing-'))
  await createWorkbook(dir)
  workbook = await openWorkbook({ cwd: dir })
  store = await openStore(workbook.paths.data)
})
afterAll(() => store.close())

const arm = { requests: 100, clusters: 3, share: 0.5, interval: [0.4, 0.6] }
const change = {
  at: '2026-10-05T00:00:00Z',
  verdict: 'better',
  before: arm,
  after: arm,
  change: 0.1,
  command: 'c',
}
const QUESTION = { value: 'x', unit: 'x', source: 'person', evidence: ['x'], at: '2026-10-05' }

/** Every key of a story, with as little in it as it takes. */
const FULL = {
  id: 'all-of-it',
  title: 'x',
  status: 'fixing',
  opened: '2026-10-05',
  identity: null,
  route: 'GET /orders/:id',
  scope: { where: "account = 'acme-3' AND route = 'GET /orders/:id'", window: null },
  under: '300ms',
  reasons: [{ code: 'x', text: 'x' }],
  questions: Object.fromEntries(
    ['impact', 'revenue', 'shown', 'blocks', 'others', 'support', 'churn']
      .map(name => [name, QUESTION] as [string, unknown])
      .concat([['customers', { ...QUESTION, value: '3 customers', unit: null }]]),
  ),
  evidence: [
    { id: 'x', kind: 'x', finding: 'x', value: 'x', unit: 'x', where: 'x', sources: ['x'], command: 'x' },
    { id: 'y', kind: 'profile', finding: 'x', command: 'x' },
  ],
  timeboxes: [
    {
      id: 'x',
      started: '2026-10-05T00:00:00Z',
      budget: '90m',
      stopped: '2026-10-05T01:00:00Z',
      learned: 'x',
      ruledOut: 'x',
      effort: 'x',
      profiles: ['x'],
      hypotheses: ['x'],
      extensions: [{ by: '30m', at: '2026-10-05T00:30:00Z', reason: 'x' }],
    },
  ],
  hypotheses: ['confirmed', 'disproved'].map(judged => ({
    id: judged,
    claim: 'x',
    metric: 'under',
    under: '300ms',
    direction: 'up',
    smallest: 0.01,
    design: 'before-after',
    before: { where: 'x' },
    after: { where: 'x' },
    registered: '2026-10-05T00:00:00Z',
    hash: 'x',
    results: [{ ...change, judged, exploratory: true, looks: 1 }],
  })),
  profiles: [] as unknown[],
  fixes: [{ id: 'x', text: 'x', deployed: '2026-10-05', version: 'x' }],
  outcome: { ...change, under: '300ms', text: 'x' },
  attachments: [
    { file: 'x', note: 'x', added: '2026-10-05' },
    { url: 'https://v.example/a?token=s3cr3tvalue&of=acme-3', note: 'x' },
  ],
  tickets: { matched: ['x'], added: ['x'], excluded: ['x'] },
  links: {
    jira: 'x',
    github: 'x',
    states: {
      jira: { status: 'x', assignee: 'x', closed: '2026-10-05' },
      github: { status: 'x', assignee: 'x', closed: null },
    },
  },
  notes: [{ at: '2026-10-05', text: 'x', comment: 'x' }],
  splitFrom: 'another',
}

/** Puts the secrets behind each text that takes them. Returns the paths of those. */
function fillTexts(story: object): { story: StoryInput; filled: string[] } {
  const filled: string[] = []
  const whole = structuredClone(story) as Record<string, unknown>
  const visit = (holder: Record<string, unknown>, key: string, path: string) => {
    const value = holder[key]
    if (typeof value === 'object' && value !== null) {
      for (const name of Object.keys(value)) visit(value as Record<string, unknown>, name, `${path}.${name}`)
    } else if (typeof value === 'string' && path !== '.scope.where') {
      holder[key] = `${value} ${LONG}`
      if (storySchema.safeParse(whole).success) filled.push(path)
      else holder[key] = value
    }
  }
  for (const key of Object.keys(whole)) visit(whole, key, `.${key}`)
  return { story: whole as StoryInput, filled }
}

/** All that goes out, file names and the text of files included. */
function textOf({ files, ...ticket }: OutgoingTicket): string {
  const shown = files.map(({ name, bytes }) => `${name}\n${Buffer.from(bytes).toString('utf8')}`)
  return [JSON.stringify(ticket), ticket.markdown, ...shown].join('\n')
}

async function send(story: Story, tracker: TrackerName): Promise<OutgoingTicket> {
  const gate = openGate(rules, [story.frontMatter])
  const template = await readTemplate(workbook)
  const findLink = (_: unknown, file: string) => `https://github.com/acme/shop/blob/HEAD/${encodeURI(file)}`
  const maker = { tracker, gate, template, findLink, home: '/root' }
  return (await makeTicket(workbook, store, story, null, maker)).ticket
}

/** Every byte that a server of that tracker gets, in text that shows a secret in any of them. */
async function bytesSent(ticket: OutgoingTicket, tracker: TrackerName): Promise<string> {
  const options = { key: null, repair: false, onFound: async () => {} }
  if (tracker === 'github') {
    const server = await startGitHub()
    onTestFinished(server.close)
    await openTestGitHub(server).upsert(ticket, options)
    expect(server.violations).toEqual([])
    return server.requests.map(({ text, body }) => `${text} ${JSON.stringify(body)}`).join('\n')
  }
  const server = await openJiraServer()
  onTestFinished(server.close)
  await openClientOf(server).upsert(ticket, options)
  expect(server.state.problems).toEqual([])
  return server.seen.map(({ path, query, body }) => `${path}?${query} ${body}`).join('\n')
}

/** Of one function for each secret, as a frame's name and in its path. */
function collapsedProfile(): string {
  const frames = SECRETS.map(secret => `${secret.replaceAll(';', '')} (/home/bobby/app/${secret}.js:12)`)
  return `main (/root/app/index.js:1);${frames.join(';')} 5\nmain (/root/app/index.js:1) 3\n`
}

test('no secret that is anywhere in a story, its files and their names leaves', async () => {
  const { story, filled } = fillTexts(FULL)
  expect(filled.length).toBeGreaterThan(45)
  for (const path of [
    '.title',
    '.links.github',
    '.hypotheses.1.claim',
    '.fixes.0.version',
    '.attachments.0.file',
  ])
    expect(filled).toContain(path)
  const profiles = ['acme-3 bob.smith@wile.example 203.0.113.7.collapsed', 'Wile & Sons.cpuprofile.gz']
  const { id, file } = await createStory(workbook, {
    ...story,
    // As people name one: from its title.
    id: `for-${LONG}`,
    profiles: profiles.map(name => ({ file: name, tool: LONG, kind: LONG, timebox: LONG, samples: 8 })),
  })
  await writeFile(join(dirname(file), profiles[0]!), collapsedProfile())
  await writeFile(join(dirname(file), profiles[1]!), gzipSync(collapsedProfile()))
  const text = (await readStory(workbook, id)).text
  await writeFile(
    file,
    `${text}\n# What Wile & Sons see\n\n${LONG}\n\n> ${LONG}\n\n\`\`\`\n${LONG}\n\`\`\`\n`,
  )
  for (const tracker of ['github', 'jira'] as const) {
    const ticket = await send(await readStory(workbook, id), tracker)
    const out = textOf(ticket)
    expect(ticket.files).toHaveLength(tracker === 'jira' ? 5 : 0)
    const at = LEAKS.exec(out)
    expect(at === null ? null : out.slice(Math.max(0, at.index - 200), at.index + 40)).toBeNull()
    expect(out).toContain('[ip]')
    const sent = await bytesSent(ticket, tracker)
    expect(sent.length).toBeGreaterThan(ticket.markdown.length)
    expect(LEAKS.exec(sent)).toBeNull()
    for (const { name } of ticket.files) expect(name).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}.-]*$/u)
  }
})

test('what is measured stays, and so does the drawing, where an account is called 1200', async () => {
  const title = 'Orders take 1,200 ms'
  const { id, file } = await createStory(workbook, { title, profiles: [{ file: 'a.collapsed' }] })
  await writeFile(join(dirname(file), 'a.collapsed'), 'main;work 1200\nmain;rest 4711\n')
  const { files } = await send(await readStory(workbook, id), 'jira')
  const [flame, profile] = files.map(({ bytes }) => Buffer.from(bytes).toString())
  expect(flame).toContain('width="1200"')
  expect(flame).not.toContain('customer-')
  expect(JSON.parse(profile!).profiles[0]).toMatchObject({ endValue: 5911 })
})

test('functions that are the same once names are taken out are one', () => {
  const frame = (name: string) => ({
    function: name,
    file: null,
    line: null,
    column: null,
    kind: 'code' as const,
  })
  const profile: Profile = {
    name: 'worker of acme-3',
    tool: 'v8',
    toolVersion: null,
    pid: 1,
    startedAt: null,
    unit: 'samples',
    duration_ms: 0,
    samples: 3,
    interval_us: null,
    frames: [frame('load 203.0.113.7'), frame('load 203.0.113.8'), frame('/root/a'), frame('/rooted/a')],
    stacks: [0, 1, 2, 3].map(index => ({ frame: index, parent: -1, self: 1, samples: 1 })),
  }
  const hidden = openGate(rules).profile(profile, '/root')
  expect(hidden.frames.map(one => one.function)).toEqual(['load [ip]', '~/a', '/rooted/a'])
  expect(hidden.stacks.map(({ self }) => self)).toEqual([2, 1, 1])
  expect(hidden.name).toMatch(/^worker of customer-[0-9a-f]{8}$/)
})

test('an id is made from a title, so what is hidden there is hidden in it, wherever it is named', () => {
  const gate = openGate(
    { ...rules, hideAccounts: makeAccountHider([['Müller & Söhne']], { salt: '', allow: [] }) },
    [
      { id: 'slow-for-bob-example-com-at-home', title: 'Slow for bob@example.com at home' },
      { id: '3-customers-of-muller-sohne-wait', title: '3 customers of Müller & Söhne wait' },
      { id: 'slow', title: 'Slow for bob@example.com' },
    ],
  )
  expect(gate.storyId('slow-for-bob-example-com-at-home')).toBe('slow-for-x-at-home')
  expect(gate.storyId('3-customers-of-muller-sohne-wait')).toBe('x-customers-of-x-wait')
  expect(gate.storyId('slow')).toBe('slow')
  expect(gate.storyId('of-nobody')).toBe('of-nobody')
  expect(
    gate.text('whyslow story show slow-for-bob-example-com-at-home; slow-for-bob-example-com-at-home-2'),
  ).toBe('whyslow story show slow-for-x-at-home; slow-for-bob-example-com-at-home-2')
})

test('the gate redacts what it is given, whoever made it', () => {
  const svg =
    '<svg width="1200"><title id="t">of acme-3</title><text class="a" x="4711">203.0.113.7</text></svg>'
  const files: DraftFile[] = [
    { name: 'of acme-3', extension: 'svg', text: svg },
    { name: 'b', extension: 'speedscope.json', text: '{"name":"acme-3","unit":"none","at":1200}' },
  ]
  const numbers = { customers: 4, revenue: 10, supportTickets: 1, goodShare: 0.5 }
  const gate = openGate(rules)
  const sealed = gate.seal({
    story: 'a',
    title: 'two\nlines of 203.0.113.7',
    markdown: LONG,
    files,
    numbers,
    parent: 'acme-3/x#1',
  })
  expect(sealed.title).toBe('two lines of [ip]')
  expect(sealed.markdown).not.toMatch(LEAKS)
  expect(sealed.numbers).toEqual({ customers: null, revenue: null, supportTickets: 1, goodShare: 0.5 })
  const texts = sealed.files.map(({ bytes }) => Buffer.from(bytes).toString())
  expect(texts[0]).toMatch(
    /^<svg width="1200"><title id="t">of customer-\w{8}<\/title><text class="a" x="4711">\[ip\]</,
  )
  expect(texts[1]).toMatch(/^\{"name":"customer-\w{8}","unit":"none","at":1200\}$/)
  expect(sealed.files[0]!.name).toMatch(/^of-customer-\w{8}\.svg$/)
  const twins = gate.seal({ ...sealed, files: [...files, files[0]!] }).files
  expect(twins.map(({ name }) => name.replace(/customer-\w{8}/, 'c'))).toEqual([
    'of-c.svg',
    'b.speedscope.json',
    'of-c-2.svg',
  ])
})

test('a file of another kind doesn’t leave', () => {
  const files = [{ name: 'a', extension: 'png', text: '' } as unknown as DraftFile]
  const numbers = { customers: null, revenue: null, supportTickets: null, goodShare: null }
  const draft = { story: 'a', title: 'a', markdown: '', files, numbers, parent: null }
  expect(() => openGate(rules).seal(draft)).toThrow('can’t be redacted'.replace('’', "'"))
})
