import { afterEach, describe, expect, test } from 'vitest'
import { makeTicket, openClientOf, upsertOf } from './jira-fixture.js'
import { type JiraServer, openJiraServer } from './jira-server.js'

let server: JiraServer
afterEach(async () => {
  expect(server.state.problems).toEqual([])
  await server.close()
})

describe.for(['cloud', 'datacenter'] as const)('in %s', flavour => {
  const body = (text: string) =>
    flavour === 'datacenter'
      ? text
      : { version: 1, type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] }

  test('an open ticket', async () => {
    server = await openJiraServer({ flavour })
    const jira = openClientOf(server)
    await upsertOf(jira, makeTicket())
    expect(await jira.pull('ABC-1')).toEqual({
      key: 'ABC-1',
      url: `${server.site}/browse/ABC-1`,
      status: 'To Do',
      isClosed: false,
      assignee: null,
      closed: null,
      notes: [],
    })
  })

  test('a closed one, with notes on several pages', async () => {
    server = await openJiraServer({ flavour })
    const jira = openClientOf(server)
    await upsertOf(jira, makeTicket({ markdown: 'whyslow: not a note, it is whyslow’s own' }))
    const issue = server.state.issues.get('ABC-1')!
    Object.assign(issue.fields, {
      status: { name: 'Erledigt', statusCategory: { key: 'done' } },
      assignee: { displayName: 'Ana Lima' },
      resolutiondate: '2026-03-04T18:00:00.000+0200',
    })
    const said = ['Hello', 'whyslow: the index is missing', 'said whyslow: no', 'WhySlow:  second\nline', 'x']
    for (const text of said) server.state.addComment(issue, body(text))
    expect(await jira.pull('ABC-1')).toMatchObject({
      status: 'Erledigt',
      isClosed: true,
      assignee: 'Ana Lima',
      closed: '2026-03-04T16:00:00.000Z',
      notes: [
        {
          id: issue.comments[2]!.id,
          at: '2026-03-02T09:00:00.000Z',
          text: 'the index is missing',
        },
        { text: 'second\nline' },
      ],
    })
  })

  test('one that is gone', async () => {
    server = await openJiraServer({ flavour })
    await expect(openClientOf(server).pull('ABC-9')).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining('ABC-9'),
    })
  })
})
