import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { listStories, readStory, readStoryFile, storyFile } from '../../src/stories/read-story.js'
import { QUESTIONS, type StoryFrontMatter, storySchema } from '../../src/stories/schema.js'
import { createStory, updateStory } from '../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { parseYaml } from '../../src/workbook/yaml-file.js'

let workbook: Workbook
beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-stories-'))
  await createWorkbook(dir, { story: storySchema })
  workbook = await openWorkbook({ cwd: dir })
})

/** Puts a story there as a person's editor would. */
async function put(id: string, text: string | Buffer): Promise<string> {
  const file = storyFile(workbook, id)
  await mkdir(join(workbook.paths.stories, id), { recursive: true })
  await writeFile(file, text)
  return file
}

const HAND_MADE = `---
# yaml-language-server: $schema=../../.whyslow/schema/story.json
title:   'Orders: slow for "big" customers'   # Ana's words
id: orders
status:  framed       # since Monday
# the one that matters
questions:
    churn:   {value: 2, source: person}   # two of them!
    impact: "unknown"
    customers: # ask sales
tickets: {matched: [4711, "4712"], excluded: []}
notes:
- text: >
    called Ana,
    she says "always"
  at: 2026-10-05
under: 1.5s
---

# Mine

---
Tabs	and  trailing   
`

test('a story by hand: what is missing or empty has its default, the text behind is as it was', async () => {
  await put('orders', HAND_MADE)
  const { frontMatter, body, shown } = await readStory(workbook, 'orders')
  expect(shown).toBe('stories/orders/story.md')
  expect(body).toBe('\n# Mine\n\n---\nTabs\tand  trailing   \n')
  expect(frontMatter).toMatchObject({
    title: 'Orders: slow for "big" customers',
    status: 'framed',
    route: null,
    identity: null,
    outcome: null,
    scope: { where: null, window: null },
    evidence: [],
    hypotheses: [],
    tickets: { matched: ['4711', '4712'], added: [], excluded: [] },
    notes: [{ at: '2026-10-05', text: 'called Ana, she says "always"\n' }],
    links: { jira: null, github: null },
  })
  expect(frontMatter.questions.churn).toEqual({
    value: 2,
    unit: null,
    source: 'person',
    evidence: [],
    at: null,
  })
  expect(QUESTIONS.filter(name => frontMatter.questions[name] === 'unknown').length).toBe(7)
})

test('an update writes what it changes, and nothing else', async () => {
  const file = await put('orders', HAND_MADE)
  const story = await updateStory(file, before => ({
    ...before,
    status: 'investigating',
    questions: { ...before.questions, customers: { value: 12, source: 'measured', evidence: ['e1'] } },
    evidence: [
      {
        id: 'e1',
        kind: 'customers',
        finding: 'Twelve: customers #1',
        value: 12,
        where: "route = 'GET /orders'",
      },
    ],
    tickets: { ...before.tickets, excluded: ['99'] },
  }))
  expect(story.frontMatter.evidence[0]).toMatchObject({ id: 'e1', unit: null, sources: [] })
  expect(await readFile(file, 'utf8')).toBe(
    HAND_MADE.replace('framed       #', 'investigating #')
      .replace(
        'customers: # ask sales\n',
        'customers: # ask sales\n      value: 12\n      source: measured\n      evidence:\n        - e1\n',
      )
      .replace('excluded: []', 'excluded: ["99"]')
      .replace(
        'under: 1.5s\n',
        `under: 1.5s\nevidence:\n  - id: e1\n    kind: customers\n    finding: "Twelve: customers #1"\n    value: 12\n    where: route = 'GET /orders'\n`,
      ),
  )
})

test('an update that changes nothing leaves the file alone', async () => {
  const file = await put('orders', HAND_MADE)
  await updateStory(file, before => ({ ...before }))
  expect(await readFile(file, 'utf8')).toBe(HAND_MADE)
})

test('Windows line breaks, a byte order mark and a missing last line break stay', async () => {
  const windows = `\ufeff${HAND_MADE.replaceAll('\n', '\r\n')}`.trimEnd()
  const file = await put('orders', windows)
  expect((await readStory(workbook, 'orders')).frontMatter.status).toBe('framed')
  const story = await updateStory(file, before => ({
    ...before,
    status: 'dismissed',
    fixes: [{ id: 'f1', text: 'an index' }],
  }))
  expect(story.text).toBe(
    windows
      .replace('framed       #', 'dismissed    #')
      .replace('under: 1.5s\r\n', 'under: 1.5s\r\nfixes:\r\n  - id: f1\r\n    text: an index\r\n'),
  )
})

test('a person saves the file while it is written: the change is made to what they saved', async () => {
  const file = await put('orders', HAND_MADE)
  const saved = HAND_MADE.replace('she says "always"', 'she says "on Mondays"').replace('# Mine', '# Changed')
  const { writeFileSync } = await import('node:fs')
  let calls = 0
  await updateStory(file, before => {
    calls += 1
    if (calls === 1) writeFileSync(file, saved)
    return { ...before, status: 'closed' }
  })
  expect(calls).toBe(2)
  expect(await readFile(file, 'utf8')).toBe(saved.replace('framed       #', 'closed       #'))
})

test('many updates at once: none is lost', async () => {
  const file = await put('orders', HAND_MADE)
  const names = Array.from({ length: 15 }, (_, n) => `note ${n}`)
  await Promise.all(
    names.map(text => updateStory(file, before => ({ ...before, notes: [...before.notes, { text }] }))),
  )
  const { frontMatter } = await readStoryFile(file)
  expect(
    frontMatter.notes
      .slice(1)
      .map(note => note.text)
      .sort(),
  ).toEqual(names.sort())
  expect((await readdir(workbook.paths.data)).filter(name => name.endsWith('.lock'))).toEqual([])
})

test('a change that makes the story invalid is refused, with what is wrong', async () => {
  const file = await put('orders', HAND_MADE)
  await expect(
    updateStory(file, before => ({ ...before, under: 'soon', statsu: 1 }) as unknown as StoryFrontMatter),
  ).rejects.toThrow(
    [
      'This would not be a valid story, so nothing was written:',
      '  under: expected a duration such as 500ms, 1.5s, 90m or 1h30m, found “soon”',
      '  statsu: unknown key “statsu”; did you mean “status”?',
    ].join('\n'),
  )
  expect(await readFile(file, 'utf8')).toBe(HAND_MADE)
})

test('a new story is a commented file, named by its route', async () => {
  const story = await createStory(workbook, {
    title: 'Orders: slow',
    route: 'GET /orders/:id',
    identity: "route = 'GET /orders/:id'",
    scope: { where: "route = 'GET /orders/:id'", window: { from: '2026-10-01T00:00:00Z', to: null } },
    reasons: [{ code: 'time', text: '38% of all time' }],
    questions: { customers: { value: 12, unit: 'customers', source: 'measured' } },
  })
  expect(story.id).toBe('get-orders-id')
  expect(story.text).toMatchInlineSnapshot(`
    "---
    # yaml-language-server: $schema=../../.whyslow/schema/story.json
    # whyslow and people both edit this part; your comments stay. The text below the second line of dashes is yours alone.
    id: get-orders-id
    title: "Orders: slow"
    status: reported        # framed, investigating, hypothesised, confirmed, fixing, measured, closed, or dismissed
    opened:
    route: GET /orders/:id
    identity: route = 'GET /orders/:id' # triage finds the story again by this: leave it as it is

    # The requests that it is about.
    scope:
      where: route = 'GET /orders/:id'
      window:
        from: 2026-10-01T00:00:00Z
    under:                  # its target, such as 500ms; empty: that of its route

    # Why it was proposed.
    reasons:
      - code: time
        text: 38% of all time

    # An answer is {value: …, source: person}. Triage refreshes what is measured, and never what a person said.
    questions:
      impact: unknown       # how does it impact the customer?
      customers:            # how many customers?
        value: 12
        unit: customers
        source: measured
      revenue: unknown      # how much do they pay?
      shown: unknown        # can we show it: a video, a picture?
      blocks: unknown       # does it block their workflow?
      others: unknown       # does it hurt anyone else: the customer's customer?
      support: unknown      # does it cause toil for support?
      churn: unknown        # has it made customers leave?

    evidence: []
    timeboxes: []
    hypotheses: []
    fixes: []
    outcome:
    attachments: []
    tickets:
      matched: []           # all of them; triage guesses
      added: []             # those that you named: they stay, whatever triage guesses
      excluded: []          # never matched again
    links:
      jira:
      github:
    ---

    ## What people see

    ## What we know

    ## What to do
    "
  `)
  expect(story.frontMatter.questions.churn).toBe('unknown')
  const second = await createStory(workbook, { title: 'Again', route: 'GET /orders/:id' })
  expect(second.id).toBe('get-orders-id-2')
  expect((await createStory(workbook, { title: 'Überraschung & mehr!', id: undefined as never })).id).toBe(
    'uberraschung-mehr',
  )
  expect((await listStories(workbook)).stories.map(one => one.id)).toEqual([
    'get-orders-id',
    'get-orders-id-2',
    'uberraschung-mehr',
  ])
})

test('ten at once get ten ids; one that is refused leaves no folder', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => createStory(workbook, { title: 'Same' })))
  expect(new Set(made.map(story => story.id)).size).toBe(10)
  await expect(createStory(workbook, { title: 'Bad', under: 'x' })).rejects.toThrow(
    'under: expected a duration',
  )
  expect(await readdir(workbook.paths.stories)).not.toContain('bad')
})

test('every kind of entry survives being written and read', async () => {
  const { file } = await createStory(workbook, { title: 'All of it' })
  const arm = { requests: 1000, clusters: 40, share: 0.91, interval: [0.9, 0.92] as [number, number] }
  const measured = {
    at: '2026-10-05T10:00:00.123Z',
    verdict: 'better' as const,
    before: arm,
    after: { ...arm, share: null, interval: null },
    change: 0.03,
    interval: [0.01, 0.05] as [number, number],
    command: "whyslow hypothesis test 'all-of-it'",
  }
  const written = await updateStory(file, before => ({
    ...before,
    timeboxes: [
      {
        id: 't1',
        started: '2026-10-05T09:00:00Z',
        budget: '90m',
        learned: 'It\nloops.',
        profiles: ['a.cpuprofile'],
      },
    ],
    hypotheses: [
      {
        id: 'h1',
        claim: 'An index: twice as fast',
        metric: 'under',
        under: '500ms',
        direction: 'up',
        smallest: 0.02,
        design: 'canary',
        before: { where: "version = '1'" },
        after: {},
        registered: '2026-10-05T09:30:00Z',
        results: [{ ...measured, judged: 'cannot tell yet' }],
      },
    ],
    profiles: [{ file: 'a.cpuprofile', pid: 7, durationMs: 10_000.5, samples: 9000 }],
    fixes: [{ id: 'f1', text: 'Index', deployed: '2026-10-06', version: '1.10' }],
    outcome: { ...measured, under: '500ms', text: 'Gone.' },
    attachments: [
      { file: 'screen.mp4', added: '2026-10-05' },
      { url: 'https://example.com/v', note: 'theirs' },
    ],
    links: { jira: 'PERF-1' },
    notes: [{ text: '---\nnot the end\n' }],
    splitFrom: 'get-orders-id',
  }))
  const { frontMatter } = await readStory(workbook, 'all-of-it')
  expect(frontMatter).toEqual(written.frontMatter)
  expect(frontMatter.hypotheses[0]?.results[0]).toMatchObject({ ...measured, judged: 'cannot tell yet' })
  expect(frontMatter.timeboxes[0]?.learned).toBe('It\nloops.')
  expect(frontMatter.fixes[0]?.version).toBe('1.10')
  expect(frontMatter.notes[0]?.text).toBe('---\nnot the end\n')
  const again = await updateStory(file, before => ({
    ...before,
    hypotheses: before.hypotheses.map(one => ({
      ...one,
      results: [...one.results, { ...measured, judged: 'confirmed' as const }],
    })),
  }))
  expect(again.frontMatter.hypotheses[0]?.results.length).toBe(2)
})

const located = async (id: string, text: string | Buffer) => {
  await put(id, text)
  const error = await readStory(workbook, id).catch((error: Error) => error)
  return (error as Error).message.split('\n').map(line => line.trim())
}

test('mistakes by hand are located in the file, all at once, with the closest key', async () => {
  expect(
    await located(
      'a',
      '---\nid: a\ntitle: T\nstatus: investigatin\nquestion:\n  impact: x\nscope:\n  windw: {from: 2026-10-01}\nevidence:\n  - id: e\n    kind: k\n    finding: 5\nfixes:\n  - {id: f, text: t, version: 1.1}\n---\n',
    ),
  ).toEqual([
    'stories/a/story.md has 5 problems:',
    'stories/a/story.md:4:9  expected reported, framed, investigating, hypothesised, confirmed, fixing, measured, closed or dismissed, found “investigatin”; did you mean “investigating”?',
    'stories/a/story.md:5:1  unknown key “question”; did you mean “questions”?',
    'stories/a/story.md:8:3  unknown key “windw”; did you mean “window”?',
    'stories/a/story.md:12:14  expected text, found the number 5; put it in quotes',
    'stories/a/story.md:14:31  expected text, found the number 1.1; put it in quotes',
  ])
  expect(
    await located(
      'b',
      '---\nid: b\ntitle: T\nquestions:\n  impact: many\n  churn: {value: 1, source: me}\nscope: {window: {from: 2026-10-02, to: 2026-10-01}}\nattachments: [{note: x}]\nunder: 5\n---\n',
    ),
  ).toEqual([
    'stories/b/story.md has 5 problems:',
    'stories/b/story.md:5:11  expected unknown or a mapping, found “many”',
    'stories/b/story.md:6:29  expected measured or person, found “me”',
    'stories/b/story.md:7:17  expected a window whose “from” is before its “to”',
    'stories/b/story.md:8:15  expected either a file or a url',
    'stories/b/story.md:9:8  expected a duration such as 500ms, 1.5s, 90m or 1h30m, found the number 5',
  ])
})

test('broken files are located, too', async () => {
  expect(await located('a', '---\nid: a\ntitle: T\ntitle: U\n---\n')).toEqual([
    'stories/a/story.md has a problem:',
    'stories/a/story.md:4:1  the key “title” is there twice',
  ])
  expect((await located('a', '---\nid: a\nscope:\n\twhere: x\ntitle: T\n---\n'))[1]).toBe(
    'stories/a/story.md:4:1  indented with a tab: expected spaces',
  )
  expect((await located('a', '---\nid: a\ntitle: T\n'))[1]).toBe(
    'stories/a/story.md:1:1  the front matter that begins here has no end: expected another line of “---”',
  )
  expect((await located('a', ''))[1]).toBe(
    'stories/a/story.md:1:1  expected front matter: a first line of “---”, found an empty file',
  )
  expect((await located('a', '# Orders\n'))[1]).toBe(
    'stories/a/story.md:1:1  expected front matter: a first line of “---”, found “# Orders”',
  )
  expect((await located('a', '---\n---\n'))[1]).toBe('stories/a/story.md:2:1  “id” is missing: expected text')
  expect(await located('a', Buffer.from('---\nid: a\0'))).toEqual([
    'stories/a/story.md:2 is binary: expected UTF-8 text, found byte 0x00.',
  ])
  expect((await located('a', '---\ntitle: T\nid: b\n---\n'))[1]).toBe(
    "stories/a/story.md:3:5  expected the name of the story's folder, “a”, found “b”",
  )
})

test('one broken story does not hide the others; folders without a story are none', async () => {
  await put('good', '---\nid: good\ntitle: T\n---\n')
  await put('broken', '---\nid: broken\ntitel: T\n---\n')
  await mkdir(join(workbook.paths.stories, 'empty'))
  await writeFile(join(workbook.paths.stories, 'README.md'), '')
  const { stories, problems } = await listStories(workbook)
  expect(stories.map(story => story.id)).toEqual(['good'])
  expect(problems.map(problem => problem.place)).toEqual([
    { file: 'stories/broken/story.md', line: 3, column: 1 },
  ])
  expect((await listStories(workbook.dir)).stories.length).toBe(1)
})

test('an unknown id names the closest ones, and is never a way out of the folder', async () => {
  await expect(readStory(workbook, 'x')).rejects.toMatchObject({
    message: 'There is no story “x”: there are none yet.',
    next: ['whyslow triage', 'whyslow story new'],
  })
  await createStory(workbook, { title: 'Orders slow' })
  await createStory(workbook, { title: 'Orders fail' })
  await expect(readStory(workbook, 'order-slow')).rejects.toThrow('Did you mean orders-slow?')
  await expect(readStory(workbook, 'orders')).rejects.toThrow('Did you mean orders-fail or orders-slow?')
  await writeFile(join(workbook.dir, 'story.md'), '---\nid: x\ntitle: T\n---\n')
  await expect(readStory(workbook, '..')).rejects.toThrow('There is no story “..”')
})

test('the schema for editors knows the keys and says what they are for', () => {
  const json = z.toJSONSchema(storySchema, { target: 'draft-7', io: 'input' }) as {
    required: string[]
    additionalProperties: boolean
    properties: Record<string, unknown>
  }
  expect(json.required).toEqual(['id', 'title'])
  expect(json.additionalProperties).toBe(false)
  expect(JSON.stringify(json.properties.questions)).toContain('How many customers?')
  expect(JSON.stringify(json.properties.status)).toContain('"hypothesised"')
})

test('the template itself is valid', async () => {
  const text = await readFile(new URL('../../templates/story.md', import.meta.url), 'utf8')
  const yaml = text.split(/^---\n/m)[1]!
  expect(yaml.split('\n')[0]).toBe('# yaml-language-server: $schema=../../.whyslow/schema/story.json')
  expect(parseYaml(yaml, storySchema, { file: 'story.md' }).status).toBe('reported')
})
