import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAdfText } from '../../../src/trackers/jira/adf.js'
import type { JiraOptions } from '../../../src/trackers/jira/open-jira.js'
import { makeFile, makeTicket, openClientOf, upsertOf } from './jira-fixture.js'
import { type JiraServer, openJiraServer, type ServerOptions } from './jira-server.js'

let server: JiraServer
afterEach(async () => {
  expect(server.state.problems).toEqual([])
  await server.close()
})

const issue = (key = 'ABC-1') => server.state.issues.get(key)!
const textOf = (body: unknown) => (typeof body === 'string' ? body : readAdfText(body))
const jira = (options: Partial<JiraOptions> = {}) => openClientOf(server, options)

describe.for(['cloud', 'datacenter'] as const)('in %s', flavour => {
  beforeEach(async () => {
    server = await openJiraServer({ flavour })
  })

  test('a story becomes an issue, a comment and files', async () => {
    const found: string[] = []
    const upserted = await upsertOf(jira(), makeTicket(), {
      onFound: async ({ key }) => {
        expect(issue().comments).toEqual([])
        found.push(key)
      },
    })
    expect(upserted).toEqual({
      key: 'ABC-1',
      url: `${server.site}/browse/ABC-1`,
      did: 'created',
      warnings: [],
    })
    expect(found).toEqual(['ABC-1'])
    expect(issue().fields).toMatchObject({
      summary: 'GET /orders takes 2.1 s',
      priority: { name: 'High' },
      labels: ['whyslow', 'whyslow-get-orders', 'performance', 'two-words'],
      components: [{ name: 'Orders' }],
      customfield_10010: 12,
      customfield_10011: 0.913,
    })
    expect(textOf(issue().description)).toContain('get-orders')
    expect(issue().comments).toHaveLength(1)
    expect(textOf(issue().comments[0]!.body)).toContain('takes 2.1 s')
    expect(issue().attachments.map(({ filename, type }) => [filename, type])).toEqual([
      [expect.stringMatching(/^whyslow-[0-9a-f]{8}-chart\.svg$/), 'image/svg+xml'],
      [expect.stringMatching(/^whyslow-[0-9a-f]{8}-report\.html$/), 'text/html'],
    ])
    expect(issue().properties.get('whyslow')).toEqual({
      story: 'get-orders',
      comment: issue().comments[0]!.id,
    })
  })

  test('the second time nothing is written, with and without the key', async () => {
    await upsertOf(jira(), makeTicket())
    const before = server.writes().length
    expect(await upsertOf(jira(), makeTicket(), { key: 'ABC-1' })).toMatchObject({ did: 'unchanged' })
    expect(await upsertOf(jira(), makeTicket())).toMatchObject({ key: 'ABC-1', did: 'unchanged' })
    expect(server.writes()).toHaveLength(before)
  })

  test('what changed is written, and only that', async () => {
    await upsertOf(jira(), makeTicket())
    const before = server.writes().length
    const numbers = { customers: 13, revenue: null, supportTickets: null, goodShare: 0.913 }
    expect(await upsertOf(jira(), makeTicket({ numbers }), { key: 'ABC-1' })).toMatchObject({
      did: 'updated',
    })
    expect(server.writes().slice(before)).toEqual(['PUT /issue/ABC-1'])
    expect(issue().fields).toMatchObject({ customfield_10010: 13 })

    await upsertOf(jira(), makeTicket({ numbers, markdown: 'It is fast now.' }), { key: 'ABC-1' })
    expect(server.writes().slice(before + 1)).toEqual([`PUT /issue/ABC-1/comment/${issue().comments[0]!.id}`])
    expect(textOf(issue().comments[0]!.body)).toContain('It is fast now.')
    expect(textOf(issue().comments[0]!.body)).not.toContain('2.1 s')
  })

  test('what people wrote stays: fields, description, labels, comments', async () => {
    await upsertOf(jira(), makeTicket())
    server.state.addComment(issue(), flavour === 'cloud' ? adfOf('I am on it.') : 'I am on it.')
    Object.assign(issue().fields, {
      summary: 'Orders are slow',
      priority: { name: 'Low' },
      labels: ['theirs', 'whyslow'],
    })
    issue().description = 'Ours.'
    await upsertOf(jira(), makeTicket({ markdown: 'New.' }), { key: 'ABC-1' })
    expect(issue().fields).toMatchObject({ summary: 'Orders are slow', priority: { name: 'Low' } })
    expect(issue().fields.labels).toEqual([
      'theirs',
      'whyslow',
      'whyslow-get-orders',
      'performance',
      'two-words',
    ])
    expect(issue().description).toBe('Ours.')
    expect(issue().comments.map(({ body }) => textOf(body))).toContain('I am on it.')
  })

  test('a comment that a person changed is left alone; repair writes it anew', async () => {
    await upsertOf(jira(), makeTicket())
    const comment = issue().comments[0]!
    const edited =
      typeof comment.body === 'string'
        ? comment.body.replace('2.1', '3.1')
        : JSON.parse(JSON.stringify(comment.body).replaceAll('2.1', '3.1'))
    comment.body = edited
    const left = await upsertOf(jira(), makeTicket({ markdown: 'New.' }), { key: 'ABC-1' })
    expect(left).toMatchObject({ did: 'unchanged', warnings: [{ code: 'ticket-edited' }] })
    expect(comment.body).toEqual(edited)
    const repaired = await upsertOf(jira(), makeTicket({ markdown: 'New.' }), { key: 'ABC-1', repair: true })
    expect(repaired).toMatchObject({ did: 'updated', warnings: [] })
    expect(textOf(comment.body)).toContain('New.')
    expect(issue().comments).toHaveLength(1)
  })

  test('a comment that a person deleted is missed; repair writes it anew', async () => {
    await upsertOf(jira(), makeTicket())
    issue().comments.length = 0
    const missed = await upsertOf(jira(), makeTicket(), { key: 'ABC-1' })
    expect(missed).toMatchObject({ did: 'unchanged', warnings: [{ code: 'ticket-marker' }] })
    expect(issue().comments).toEqual([])
    await upsertOf(jira(), makeTicket(), { key: 'ABC-1', repair: true })
    expect(issue().comments).toHaveLength(1)
    expect(await upsertOf(jira(), makeTicket(), { key: 'ABC-1' })).toMatchObject({
      did: 'unchanged',
      warnings: [],
    })
  })

  test('whyslow’s comment is found on a later page', async () => {
    await upsertOf(jira(), makeTicket())
    const own = issue().comments.pop()!
    for (let i = 0; i < 5; i += 1) server.state.addComment(issue(), adfOf(`${i}`))
    issue().comments.push(own)
    await upsertOf(jira(), makeTicket({ markdown: 'New.' }), { key: 'ABC-1' })
    expect(issue().comments).toHaveLength(6)
    expect(textOf(own.body)).toContain('New.')
  })

  test('a lost link is found by the label; a clone and another story’s issue are not', async () => {
    const label = { summary: 'x', labels: ['whyslow-get-orders'] }
    server.state.addIssue({ ...label, summary: 'theirs' }, '', [
      { key: 'whyslow', value: { story: 'other' } },
    ])
    await upsertOf(jira(), makeTicket())
    server.state.addIssue(label, '', [])
    for (let i = 0; i < 4; i += 1)
      server.state.addIssue(label, '', [{ key: 'whyslow', value: { story: 'other' } }])
    expect(await upsertOf(jira(), makeTicket())).toMatchObject({
      key: 'ABC-2',
      did: 'unchanged',
      warnings: [],
    })
  })

  test('of several tickets the oldest is kept, and the others are named', async () => {
    await upsertOf(jira(), makeTicket())
    for (let i = 0; i < 2; i += 1)
      server.state.addIssue({ labels: ['whyslow-get-orders'] }, '', [
        { key: 'whyslow', value: { story: 'get-orders' } },
      ])
    const upserted = await upsertOf(jira(), makeTicket())
    expect(upserted).toMatchObject({ key: 'ABC-1', warnings: [{ code: 'ticket-several' }] })
    expect(upserted.warnings[0]!.message).toContain('ABC-2, ABC-3')
  })

  test('a ticket that is gone is not replaced without repair', async () => {
    await upsertOf(jira(), makeTicket())
    server.state.issues.clear()
    await expect(upsertOf(jira(), makeTicket(), { key: 'ABC-1' })).rejects.toMatchObject({
      exit: 2,
      next: [expect.anything(), expect.stringContaining('--repair')],
    })
    expect(server.state.issues.size).toBe(0)
    expect(await upsertOf(jira(), makeTicket(), { key: 'ABC-1', repair: true })).toMatchObject({
      did: 'created',
    })
  })

  test('a ticket of another story is refused, one of nobody is taken', async () => {
    await upsertOf(jira(), makeTicket())
    await expect(upsertOf(jira(), makeTicket({ story: 'other' }), { key: 'ABC-1' })).rejects.toThrow(
      'ABC-1 is the ticket of the story get-orders, not of other.',
    )
    server.state.addIssue({ summary: 'By hand' }, '', [])
    expect(await upsertOf(jira(), makeTicket({ story: 'other' }), { key: 'ABC-2' })).toMatchObject({
      did: 'updated',
    })
    expect(issue('ABC-2').fields.labels).toContain('whyslow-other')
    expect(issue('ABC-2').comments).toHaveLength(1)
  })

  test('new files are added, old ones stay', async () => {
    await upsertOf(jira(), makeTicket())
    const files = [makeFile('chart.svg', 'image/svg+xml', '<svg id="2"/>')]
    await upsertOf(jira(), makeTicket({ files }), { key: 'ABC-1' })
    expect(issue().attachments).toHaveLength(3)
    expect(issue().attachments[2]!.bytes.toString()).toBe('<svg id="2"/>')
  })

  test('a fix is linked to its parent, once', async () => {
    await upsertOf(jira(), makeTicket())
    const child = makeTicket({ story: 'child', parent: 'ABC-1' })
    await upsertOf(jira(), child)
    await upsertOf(jira(), child)
    expect(server.state.links).toEqual([{ type: 'Relates', inward: 'ABC-1', outward: 'ABC-2' }])
    const lost = await upsertOf(jira(), makeTicket({ story: 'third', parent: 'ABC-99' }))
    expect(lost).toMatchObject({ did: 'created', warnings: [{ code: 'ticket-parent' }] })
  })

  test('a comment that is too long is cut, and points to the whole', async () => {
    const section = (i: number) =>
      `## Part ${i}\n\n${'It is slow, and here is why. '.repeat(20)}\n\n\`\`\`sh\nwhyslow look\n\`\`\``
    const markdown = Array.from({ length: 110 }, (_, i) => section(i)).join('\n\n')
    expect(markdown.length).toBeGreaterThan(60_000)
    const upserted = await upsertOf(jira(), makeTicket({ markdown }))
    expect(upserted.warnings).toMatchObject([{ code: 'ticket-cut' }])
    const text = textOf(issue().comments[0]!.body)
    expect(text.length).toBeGreaterThan(25_000)
    expect(text.length).toBeLessThanOrEqual(32_767)
    expect(text).toMatch(
      /whyslow story show get-orders.* and in the attached .*whyslow-[0-9a-f]{8}-report\.html/,
    )
    expect(await upsertOf(jira(), makeTicket({ markdown }))).toMatchObject({
      did: 'unchanged',
      warnings: [{ code: 'ticket-cut' }],
    })
  })

  test('where an administrator allows less, it is cut shorter', async () => {
    await server.close()
    server = await openJiraServer({ flavour, maxComment: 10_000 } satisfies ServerOptions)
    const markdown = Array.from({ length: 200 }, (_, i) => `${i} ${'slow '.repeat(40)}`).join('\n\n')
    await upsertOf(jira(), makeTicket({ markdown }))
    expect(textOf(issue().comments[0]!.body).length).toBeLessThanOrEqual(10_000)
    expect(await upsertOf(jira(), makeTicket({ markdown }))).toMatchObject({ did: 'unchanged' })
  })

  test('a title is one line that fits', async () => {
    await upsertOf(jira(), makeTicket({ title: `a\nb ${'😀'.repeat(200)}` }))
    const summary = issue().fields.summary as string
    expect(summary.startsWith('a b 😀')).toBe(true)
    expect(summary.length).toBeLessThanOrEqual(255)
    expect(summary.isWellFormed()).toBe(true)
  })
})

test('an old Data Center that takes no property with a new issue gets it behind', async () => {
  server = await openJiraServer({ flavour: 'datacenter', takesProperties: false })
  await upsertOf(jira(), makeTicket())
  expect(issue().properties.get('whyslow')).toMatchObject({ story: 'get-orders' })
  issue().properties.clear()
  expect(await upsertOf(jira(), makeTicket())).toMatchObject({ key: 'ABC-1', did: 'unchanged' })
  expect(issue().properties.get('whyslow')).toMatchObject({ story: 'get-orders' })
})

test('a Cloud that lists comments without their properties is asked for each', async () => {
  server = await openJiraServer({ listsProperties: false })
  await upsertOf(jira(), makeTicket())
  server.state.addComment(issue(), adfOf('Theirs.'))
  expect(await upsertOf(jira(), makeTicket())).toMatchObject({ did: 'unchanged', warnings: [] })
  issue().properties.set('whyslow', { story: 'get-orders' })
  expect(await upsertOf(jira(), makeTicket({ markdown: 'New.' }))).toMatchObject({
    did: 'updated',
    warnings: [],
  })
  expect(issue().comments.map(({ body }) => textOf(body).slice(0, 7))).toEqual(['New.\nAt', 'Theirs.'])
})

test('the last line of a Data Center comment says whose it is', async () => {
  server = await openJiraServer({ flavour: 'datacenter' })
  await upsertOf(jira(), makeTicket())
  const comment = issue().comments[0]!
  expect(comment.body).toMatch(/\r\n\r\nwhyslow get-orders [0-9a-f]{8}$/)
  comment.body = String(comment.body).replace(/\s*whyslow get-orders \w+$/, '')
  expect(await upsertOf(jira(), makeTicket(), { key: 'ABC-1' })).toMatchObject({
    did: 'unchanged',
    warnings: [{ code: 'ticket-edited' }],
  })
  await upsertOf(jira(), makeTicket(), { key: 'ABC-1', repair: true })
  expect(comment.body).toMatch(/\r\n\r\nwhyslow get-orders [0-9a-f]{8}$/)
  expect(issue().comments).toHaveLength(1)
})

function adfOf(text: string) {
  return { version: 1, type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }
}
