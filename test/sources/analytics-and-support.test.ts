/** Exports of BigQuery and Intercom, after the examples of their documentation. */
import { describe, expect, test } from 'vitest'
import { asPlainText } from '../../src/sources/formats/intercom.js'
import { importText, makeWorkbook, query, rejectsOf } from './import-into.js'

const TIMES = ['time', 'created_at', 'updated_at', 'churned_at']

async function read(name: string, text: string, kind: string) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, name, text)
  const [first] = await query(workbook, `SELECT * FROM ${kind} LIMIT 1`)
  const times = Object.keys(first ?? {}).filter(column => TIMES.includes(column))
  const shown = times.map(column => `"${column}"::VARCHAR AS "${column}"`).join(', ')
  const rows = await query(workbook, `SELECT * REPLACE (${shown}) FROM ${kind} ORDER BY ALL`)
  return { workbook, source, rows }
}

describe('Google Analytics 4 in BigQuery', () => {
  const event = {
    event_date: '20261005',
    event_timestamp: '1791194400123456',
    event_name: 'page_view',
    event_params: [
      { key: 'page_location', value: { string_value: 'https://shop.example.com/orders/7?a=1#top' } },
      { key: 'ga_session_id', value: { string_value: null, int_value: '1791194390', float_value: null } },
      { key: 'engagement_time_msec', value: { int_value: 1500 } },
      { key: 'page_title', value: { string_value: 'Your orders' } },
      { key: 'value', value: { double_value: 1.5 } },
    ],
    user_id: 'acme',
    user_pseudo_id: '14376344.1754003999',
    device: { category: 'mobile', web_info: { browser: 'Chrome', hostname: 'shop.example.com' } },
    geo: { continent: 'Europe', country: 'Germany' },
    items: [],
  }
  const expected = {
    time: '2026-10-05 10:00:00.123456',
    event: 'page_view',
    host: 'shop.example.com',
    path: '/orders/7',
    account: 'acme',
    client: '14376344.1754003999',
    session: '1791194390',
    engagement_ms: 1500,
    device: 'mobile',
    country: 'Germany',
  }

  test.each([
    ['NDJSON', `${JSON.stringify(event)}\n`],
    ['numbers as numbers', `${JSON.stringify({ ...event, event_timestamp: 1791194400123456 })}\n`],
    ['a JSON list', JSON.stringify([event], null, 2)],
  ])('%s', async (_, text) => {
    const { source, rows } = await read('events.json', text, 'pageviews')
    expect(source).toMatchObject({ format: 'ga4-bigquery', kind: 'pageviews', rows: 1, rejected: 0 })
    expect(rows).toEqual([expected])
  })

  test('what is missing is null, what is no event is rejected', async () => {
    const bare = { event_timestamp: '1791194400000000', event_name: 'session_start', event_params: [] }
    const { workbook, source, rows } = await read(
      'events.ndjson',
      [bare, { ...event, event_timestamp: 'soon' }, { ...event, event_params: 'x' }, event]
        .map(one => `${JSON.stringify(one)}\n`)
        .join(''),
      'pageviews',
    )
    expect(rows[0]).toEqual({
      ...Object.fromEntries(Object.keys(expected).map(column => [column, null])),
      time: '2026-10-05 10:00:00',
      event: 'session_start',
    })
    expect((await rejectsOf(workbook, source)).map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'event_timestamp is no time: soon'],
      [3, 'event_params is no list of keys and values'],
    ])
  })
})

describe('Intercom', () => {
  const conversation = {
    type: 'conversation',
    id: '1911149811',
    created_at: 1791194400,
    updated_at: 1791198000,
    state: 'closed',
    title: null,
    source: {
      type: 'email',
      subject: '<p>The list</p>',
      body: '<p>It takes <b>seconds</b> &amp; more:<br>see <a href="https://shop.example.com/orders">here</a></p>',
      author: { type: 'user', id: '5bc8', name: 'Jo', email: 'jo@acme.example' },
    },
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: '5bc8', external_id: '1002' }] },
    tags: {
      type: 'tag.list',
      tags: [
        { id: '1', name: 'slow' },
        { id: '2', name: 'orders' },
      ],
    },
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: [
        { part_type: 'comment', body: '<p>Still</p>' },
        { part_type: 'assignment', body: null },
      ],
    },
    statistics: { type: 'conversation_statistics', time_to_admin_reply: 4310 },
  }
  const expected = {
    id: '1911149811',
    created_at: '2026-10-05 10:00:00',
    updated_at: '2026-10-05 11:00:00',
    status: 'closed',
    subject: 'The list',
    description: 'It takes seconds & more:\nsee here https://shop.example.com/orders\n\nStill',
    requester: 'jo@acme.example',
    account: '1002',
    tags: 'slow orders',
    support_minutes: null,
  }

  test.each([
    ['one a line', `${JSON.stringify(conversation)}\n`],
    [
      'what the API answers',
      JSON.stringify({
        type: 'conversation.list',
        pages: { type: 'pages', next: null },
        total_count: 1,
        conversations: [conversation],
      }),
    ],
    ['a list', JSON.stringify([conversation], null, 2)],
  ])('%s', async (_, text) => {
    const { source, rows } = await read('conversations.json', text, 'tickets')
    expect(source).toMatchObject({ format: 'intercom', kind: 'tickets', rows: 1, rejected: 0 })
    expect(rows).toEqual([expected])
  })

  test('the company is the account, by the id that your application gave it', async () => {
    const text = `${JSON.stringify({ ...conversation, company: { type: 'company', id: 'a1', company_id: 'acme' } })}\n`
    expect((await read('c.ndjson', text, 'tickets')).rows[0]!.account).toBe('acme')
  })

  test('a CSV of messages: the first message is the ticket', async () => {
    const text = `message_id,message_body,message_type,message_author_email,conversation_tags,conversation_id,conversation_state,conversation_created_at
1,"<p>The list
is slow</p>",conversation_message,jo@acme.example,slow,77,open,2026-10-05 10:00:00
2,Which one?,comment,help@shop.example,slow,77,open,2026-10-05 10:00:00
3,,close,help@shop.example,slow,77,open,2026-10-05 10:00:00
`
    const { source, rows } = await read('i.csv', text, 'tickets')
    expect(source).toMatchObject({ format: 'intercom', rows: 1, rejected: 0, skipped: 4 })
    expect(rows).toEqual([
      {
        ...expected,
        id: '77',
        updated_at: null,
        status: 'open',
        subject: null,
        description: 'The list\nis slow',
        account: null,
        tags: 'slow',
      },
    ])
  })

  test.each([
    ['a < b and 2 > 1', 'a < b and 2 > 1'],
    ['<style>p {}</style><div>a</div><div>b</div>', 'a\nb'],
    ['&lt;b&gt; &#228;&#xe4; &unknown; &#9999999;', '<b> ää &unknown; &#9999999;'],
    ['<p></p>', null],
    [null, null],
  ])('%j is shown as %j', (html, text) => {
    expect(asPlainText(html)).toBe(text)
  })
})
