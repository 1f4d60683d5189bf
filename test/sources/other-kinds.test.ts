import { readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../src/store/engine.js'
import { openStore } from '../../src/store/open-store.js'
import {
  countLines,
  importInto,
  importText,
  makeWorkbook,
  query,
  ROOT,
  rejectsOf,
  writeInto,
} from './import-into.js'

const SHOP = path.join(ROOT, 'fixtures/recordings/shop')

describe('the exports of the shop', () => {
  test.each([
    ['accounts.csv', 'accounts', 160],
    ['analytics.csv', 'pageviews', 4325],
    ['tickets.csv', 'tickets', 40],
    ['tickets.ndjson', 'tickets', 6],
    ['deploys.ndjson', 'deploys', 6],
  ])('%s', async (name, kind, rows) => {
    const workbook = await makeWorkbook()
    const file = path.join(SHOP, name)
    const { sources } = await importInto(workbook, file)
    expect(sources[0]).toMatchObject({ kind, rows, rejected: 0 })
    expect(sources[0]!.rows + sources[0]!.skipped).toBe(countLines(await readFile(file)))
    const [row] = await query<{ n: number }>(workbook, `SELECT count(*) AS n FROM ${kind}`)
    expect(row!.n).toBe(rows)
  })
})

describe('accounts', () => {
  const header = 'ID,Name,Plan,Monthly revenue,Seats,Country,Churned at\n'

  test('all columns, money as people write it', async () => {
    const workbook = await makeWorkbook()
    await importText(
      workbook,
      'a.csv',
      `${header}7,"Acme, Inc.",pro,"$1,249.50",12,DE,2026-09-30\n8,Bo,free,0,,,\n`,
    )
    expect(
      await query(workbook, `SELECT * REPLACE (churned_at::VARCHAR AS churned_at) FROM accounts ORDER BY id`),
    ).toEqual([
      {
        id: '7',
        name: 'Acme, Inc.',
        plan: 'pro',
        monthly_revenue: 1249.5,
        currency: null,
        seats: 12,
        country: 'DE',
        churned_at: '2026-09-30 00:00:00',
      },
      {
        id: '8',
        name: 'Bo',
        plan: 'free',
        monthly_revenue: 0,
        currency: null,
        seats: null,
        country: null,
        churned_at: null,
      },
    ])
  })

  test('what can’t be read is rejected by line', async () => {
    const workbook = await makeWorkbook()
    const source = await importText(
      workbook,
      'a.csv',
      `${header}7,A,pro,1,1,DE,\n,B,pro,1,1,DE,\n9,C,pro,much,1,DE,\n10,D,pro,1,1,DE,soon\n`,
    )
    expect((await rejectsOf(workbook, source)).map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'no id'],
      [4, 'monthly_revenue is no number: much'],
      [5, 'churned_at is no time: soon'],
    ])
  })

  test('a later file replaces the accounts that it names, and keeps the others; within a file the last line counts', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'a.csv', `${header}7,Acme,pro,1,1,DE,\n8,Bo,free,0,1,FR,\n`, {
      now: new Date('2026-10-01'),
    })
    await importText(
      workbook,
      'b.csv',
      `${header}7,Acme,free,0,1,DE,2026-09-30\n9,Cy,free,0,1,ES,\n9,Cy,team,5,1,ES,\n`,
      { now: new Date('2026-10-02') },
    )
    expect(await query(workbook, 'SELECT id, plan FROM accounts ORDER BY id')).toEqual([
      { id: '7', plan: 'free' },
      { id: '8', plan: 'free' },
      { id: '9', plan: 'team' },
    ])
  })

  test('prices in another currency than the workbook’s are unknown, and that is said', async () => {
    const workbook = await makeWorkbook('currency: EUR\n')
    const column = [',JPY', ',EUR', ', eur', ',€', ',$', ',', ',Kč']
    const prices = ['99 EUR', '€5', '7 USD', '£8', '9 per month', '$6']
    const csv = [
      'id,mrr,currency',
      ...column.map((currency, i) => `c${i},100${currency}`),
      ...prices.map((price, i) => `p${i},${price},`),
    ]
    const file = await writeInto(workbook, 'a.csv', `${csv.join('\n')}\n`)
    const { warnings } = await importInto(workbook, file)
    expect(warnings).toEqual([
      {
        code: 'currency-differs',
        message: `${file}: 4 accounts pay in another currency than the workbook’s EUR (GBP 1, JPY 1, KČ 1, USD 1); what they pay counts as unknown.`,
        next: expect.stringContaining('Convert the prices to EUR in the file'),
      },
    ])
    const priced = async (currency?: string) => {
      const store = await openStore(workbook.paths.data, currency === undefined ? {} : { currency })
      const rows = await store.all<{ id: string }>(
        'SELECT id FROM accounts WHERE monthly_revenue IS NOT NULL ORDER BY id',
      )
      store.close()
      return rows.map(({ id }) => id).join(' ')
    }
    expect(await priced('EUR')).toBe('c1 c2 c3 c4 c5 p0 p1 p4 p5')
    expect(await priced('JPY')).toBe('c0 c4 c5 p4 p5')
    expect(await priced()).toMatch(/^(?:\w\d ?){13}$/)
  })

  test('a column that isn’t of currencies is told in few words', async () => {
    const workbook = await makeWorkbook()
    const rows = Array.from({ length: 500 }, (_, i) => `c${i},100,"#${i} ${'😀'.repeat(500)}"`)
    const file = await writeInto(workbook, 'a.csv', `id,mrr,currency\n${rows.join('\n')}\n`)
    const { warnings, sources } = await importInto(workbook, file)
    const found = warnings.find(({ code }) => code === 'currency-differs')!
    expect(found.message).toContain('500 accounts pay in another currency')
    expect(found.message).toMatch(/#\d+ 😀+ 1 and others\)/u)
    expect(found.message.replace(file, '').length).toBeLessThan(400)
    expect(Object.keys(sources[0]!.currencies!)).toHaveLength(21)
  })

  test('that were imported before there was a currency are read as they were', async () => {
    const workbook = await makeWorkbook()
    const source = await importText(workbook, 'a.csv', 'id,plan,mrr\n7,pro,5\n')
    const file = path.join(workbook.paths.data, source.files[0]!)
    const engine = await openEngine({ spillDir: workbook.paths.tmp })
    await engine.run(`COPY (SELECT * EXCLUDE currency FROM '${file}') TO '${file}.old' (FORMAT parquet)`)
    engine.close()
    await rename(`${file}.old`, file)
    expect(await query(workbook, 'SELECT id, monthly_revenue, currency FROM accounts')).toEqual([
      { id: '7', monthly_revenue: 5, currency: null },
    ])
  })

  test('as NDJSON', async () => {
    const workbook = await makeWorkbook()
    await importText(workbook, 'a.ndjson', '{"id":7,"plan":"pro","mrr":12.5}\n')
    expect(await query(workbook, 'SELECT id, plan, monthly_revenue FROM accounts')).toEqual([
      { id: '7', plan: 'pro', monthly_revenue: 12.5 },
    ])
  })
})

describe('tickets', () => {
  const ticket = {
    id: 35436,
    created_at: '2026-10-05T10:00:00Z',
    updated_at: '2026-10-06T10:00:00Z',
    status: 'open',
    subject: 'Slow',
    description: 'The list\n\nis slow',
    requester_id: 20978392,
    organization_id: 509974,
    tags: ['slow', 'orders'],
    custom_fields: [{ id: 360012345, value: '5400' }],
  }

  async function read(content: string) {
    const workbook = await makeWorkbook()
    const source = await importText(workbook, 'tickets', content)
    const rows = await query(
      workbook,
      'SELECT * REPLACE (created_at::VARCHAR AS created_at, updated_at::VARCHAR AS updated_at) FROM tickets ORDER BY id',
    )
    return { source, rows }
  }

  const expected = {
    id: '35436',
    created_at: '2026-10-05 10:00:00',
    updated_at: '2026-10-06 10:00:00',
    status: 'open',
    subject: 'Slow',
    description: 'The list\n\nis slow',
    requester: '20978392',
    account: '509974',
    tags: 'slow orders',
    support_minutes: null,
  }

  test('one ticket a line; a custom field that may be the time spent is not guessed', async () => {
    const { source, rows } = await read(
      `${JSON.stringify(ticket)}\n${JSON.stringify({ ...ticket, id: 2 })}\n`,
    )
    expect(source).toMatchObject({ kind: 'tickets', format: 'zendesk', rows: 2 })
    expect(rows).toEqual([{ ...expected, id: '2' }, expected])
  })

  test.each([
    ['on one line', (value: unknown) => JSON.stringify(value)],
    ['over several lines', (value: unknown) => `${JSON.stringify(value, null, 2)}\n`],
  ])('as the API answers, %s; users beside them are no tickets', async (_name, write) => {
    const tickets = [ticket, { ...ticket, id: 2 }, { ...ticket, id: 3 }]
    expect((await read(write({ users: [{ id: 1, name: 'x' }], tickets, count: 3 }))).rows).toHaveLength(3)
    expect((await read(write(tickets))).rows[2]).toEqual(expected)
    expect((await read(write({ tickets: [ticket], users: [{ id: 1 }, { id: 2 }] }))).rows).toEqual([expected])
  })

  test('organisation, requester, comments and the time that was spent', async () => {
    const full = {
      ...ticket,
      organization: { id: 509974, external_id: 'acme' },
      requester: { id: 7, email: 'a@b.c' },
      comments: [{ body: 'still slow' }, { body: '' }, null, { body: 'fixed' }],
      total_time_spent_sec: 5400,
    }
    expect((await read(`${JSON.stringify(full)}\n`)).rows[0]).toMatchObject({
      account: 'acme',
      requester: '7',
      description: 'The list\n\nis slow\n\nstill slow\n\nfixed',
      support_minutes: 90,
    })
  })

  test('the CSV of its reports', async () => {
    const text =
      'Id,Created at,Updated at,Status,Subject,Description,Requester id,Organization,Tags,Total time spent (sec)\n35436,2026-10-05 10:00,2026-10-06 10:00,open,Slow,"The list\n\nis slow",20978392,509974,slow orders,90\n'
    const { source, rows } = await read(text)
    expect(rows).toEqual([{ ...expected, support_minutes: 1.5 }])
    expect(source).toMatchObject({ rows: 1, rejected: 0, skipped: 2 })
  })

  test('a document that is cut', async () => {
    await expect(read(JSON.stringify([ticket, ticket], null, 2).slice(0, -30))).rejects.toMatchObject({
      message: expect.stringContaining('no complete JSON'),
      place: { file: expect.stringMatching(/tickets$/) },
    })
  })

  test('a later export replaces the tickets that it names', async () => {
    const workbook = await makeWorkbook()
    await importText(
      workbook,
      'a.ndjson',
      `${JSON.stringify(ticket)}\n${JSON.stringify({ ...ticket, id: 2 })}\n`,
      { now: new Date('2026-10-01') },
    )
    await importText(workbook, 'b.ndjson', `${JSON.stringify({ ...ticket, status: 'solved' })}\n`, {
      now: new Date('2026-10-02'),
    })
    expect(await query(workbook, 'SELECT id, status FROM tickets ORDER BY id')).toEqual([
      { id: '2', status: 'open' },
      { id: '35436', status: 'solved' },
    ])
  })
})

describe('analytics', () => {
  test('events with their page, in microseconds', async () => {
    const workbook = await makeWorkbook()
    await importText(
      workbook,
      'ga.csv',
      'event_name,event_timestamp,user_pseudo_id,user_id,param_page_location,param_ga_session_id,param_engagement_time_msec,device_category,geo_country\n' +
        'page_view,1791194400123456,1.2,acme,https://shop.example.com:8443/orders/7?a=1#top,99,1500,mobile,Germany\n' +
        'scroll,1791194401000000,1.2,,/about,99,,desktop,\nlogin,1791194401000000,1.2,,,,,,\n',
    )
    const rows = await query(
      workbook,
      `SELECT * REPLACE ("time"::VARCHAR AS "time") FROM pageviews ORDER BY path`,
    )
    expect(rows).toMatchObject([
      { event: 'scroll', path: '/about', host: null, engagement_ms: null },
      {
        time: '2026-10-05 10:00:00.123456',
        event: 'page_view',
        host: 'shop.example.com:8443',
        path: '/orders/7',
        account: 'acme',
        client: '1.2',
        session: '99',
        engagement_ms: 1500,
        device: 'mobile',
        country: 'Germany',
      },
      { event: 'login', path: null },
    ])
  })
})

describe('deploys', () => {
  test.each([
    ['deploys.csv', 'time,version,commit\n2026-10-05T10:00:00+02:00,1.2.3,abc\n'],
    ['deploys.ndjson', '{"deployed_at":"2026-10-05T08:00:00Z","release":"1.2.3","sha":"abc"}\n'],
  ])('%s', async (name, text) => {
    const workbook = await makeWorkbook()
    await importText(workbook, name, text)
    expect(await query(workbook, `SELECT * REPLACE ("time"::VARCHAR AS "time") FROM deploys`)).toEqual([
      { time: '2026-10-05 08:00:00', version: '1.2.3', commit: 'abc' },
    ])
  })

  test('times that can’t be read are rejected by line', async () => {
    const workbook = await makeWorkbook()
    const source = await importText(workbook, 'd.csv', 'time,version\n2026-10-05,1\nsoon,2\n,3\n')
    expect((await rejectsOf(workbook, source)).map(({ line, reason }) => [line, reason])).toEqual([
      [3, "time can't be read: soon"],
      [4, "time can't be read: nothing"],
    ])
  })
})

test('attributes of several formats stand side by side', async () => {
  const workbook = await makeWorkbook()
  await importInto(workbook, [
    path.join(ROOT, 'fixtures/logs/alb.log'),
    path.join(ROOT, 'fixtures/logs/nginx-combined.log'),
  ])
  await importText(
    workbook,
    'a.ndjson',
    '{"time":"2026-10-05T10:00:00Z","path":"/a","status":200,"type":7,"zone":"eu"}\n',
  )
  await importText(workbook, 'b.ndjson', '{"time":"2026-10-05T10:00:00Z","path":"/a","status":200}\n')
  expect(
    await query(
      workbook,
      `SELECT count(*) AS n, count(attrs.zone) AS zone, count(attrs."type") AS type, count(attrs.http_version) AS version FROM requests`,
    ),
  ).toEqual([{ n: 45, zone: 1, type: 16, version: 36 }])
})
