/** Files whose columns have other names: by `columns:` of whyslow.yaml, and what is said where nobody has named them. */
import { expect, test } from 'vitest'
import { KNOWN_NAMES } from '../../src/sources/formats/index.js'
import { COLUMNS } from '../../src/store/schema.js'
import { columnsSchema } from '../../src/workbook/column-mapping.js'
import {
  importInto,
  importText,
  makeWorkbook,
  query,
  rejectsOf,
  requestsOf,
  writeInto,
} from './import-into.js'

const GERMAN = `Zeitpunkt;Verb;Pfad;Dauer;Antwort;Kunde;Größe in KB
20.11.2026 14:03:11;GET;/orders/7?a=1;0,350;200;Bäcker;"1;2"
20.11.2026 14:03:12;POST;/orders;1.234,5;500;;
20.11.2026 14:03:13;GET;/orders/8;soon;200;;
`
const MAPPING = `columns:
  requests:
    time: zeitpunkt
    method: Verb
    path: Pfad
    duration_ms: {column: Dauer, unit: s, decimal: ','}
    status: Antwort
    account: Kunde
    bytes_out: not there
`

test('requests as a German spreadsheet writes them', async () => {
  const workbook = await makeWorkbook(MAPPING)
  const source = await importText(workbook, 'export.csv', GERMAN)
  expect(source).toMatchObject({ kind: 'requests', format: 'columns', rows: 2, rejected: 1, skipped: 1 })
  expect(await requestsOf(workbook)).toMatchObject([
    {
      time: '2026-11-20T14:03:11.000000Z',
      method: 'GET',
      path: '/orders/7',
      query: 'a=1',
      duration_ms: 350,
      status: 200,
      outcome: 'ok',
      account: 'Bäcker',
      attrs: { 'Größe in KB': '1;2' },
    },
    { method: 'POST', duration_ms: 1_234_500, outcome: 'server_error', account: null },
  ])
  expect((await rejectsOf(workbook, source)).map(({ line, reason }) => [line, reason])).toEqual([
    [4, 'Dauer is no number: soon'],
  ])
})

test('a name that the workbook gives is that column and no other', async () => {
  const workbook = await makeWorkbook(
    `columns: {requests: {time: stamp, duration_ms: {column: time, unit: us}, path: user}}\n`,
  )
  await importText(workbook, 'a.csv', 'stamp,time,user,status\n2026-10-05T10:00:00Z,1500,/a,200\n')
  expect(await requestsOf(workbook)).toMatchObject([
    { time: '2026-10-05T10:00:00.000000Z', duration_ms: 1.5, path: '/a', account: null },
  ])
})

test('a duration without a unit is milliseconds, unless its own name says otherwise', async () => {
  for (const [name, expected] of [
    ['Dauer', 7],
    ['dauer_us', 0.007],
  ] as const) {
    const workbook = await makeWorkbook(`columns: {requests: {duration_ms: ${name}}}\n`)
    await importText(workbook, 'a.ndjson', `{"time":"2026-10-05T10:00:00Z","path":"/a","${name}":7}\n`)
    expect((await requestsOf(workbook))[0]!.duration_ms).toBe(expected)
  }
})

test('tickets, accounts, page views and deploys', async () => {
  const workbook = await makeWorkbook(`columns:
  tickets: {id: Nummer, created_at: Eingang, description: Text, account: Kunde, support_minutes: {column: Aufwand, unit: h}}
  accounts: {id: Kundennummer, name: Firma}
  pageviews: {time: Wann, path: Seite, engagement_ms: {column: Verweildauer, unit: s}}
  deploys: {time: Ausgerollt, version: Stand}
`)
  await importText(
    workbook,
    't.csv',
    'Nummer;Eingang;Text;Kunde;Aufwand\n7;05.10.2026 10:00;zu langsam;acme;0.5\n',
  )
  await importText(workbook, 'a.csv', 'Kundennummer,Firma\nacme,Acme AG\n')
  await importText(
    workbook,
    'p.csv',
    'Wann,Seite,Verweildauer\n2026-10-05 10:00:00,https://x.example/a?b=1,2.5\n',
  )
  await importText(workbook, 'd.csv', 'Ausgerollt,Stand\n2026-10-05,1.2.3\n')
  expect(
    await query(
      workbook,
      'SELECT id, created_at::VARCHAR AS at, description, account, support_minutes FROM tickets',
    ),
  ).toEqual([
    { id: '7', at: '2026-10-05 10:00:00', description: 'zu langsam', account: 'acme', support_minutes: 30 },
  ])
  expect(await query(workbook, 'SELECT id, name FROM accounts')).toEqual([{ id: 'acme', name: 'Acme AG' }])
  expect(await query(workbook, 'SELECT host, path, engagement_ms FROM pageviews')).toEqual([
    { host: 'x.example', path: '/a', engagement_ms: 2500 },
  ])
  expect(await query(workbook, 'SELECT "time"::VARCHAR AS at, version FROM deploys')).toEqual([
    { at: '2026-10-05 00:00:00', version: '1.2.3' },
  ])
})

test('a mapping of one kind leaves files of other kinds alone', async () => {
  const workbook = await makeWorkbook('columns: {tickets: {id: id, created_at: created}}\n')
  expect(await importText(workbook, 'a.csv', 'id,name,plan\n7,Acme,pro\n')).toMatchObject({
    kind: 'accounts',
    format: 'accounts',
  })
})

test('the workbook can name every column that a file can fill, and no other', () => {
  const derived = ['outcome', 'elapsed_ms']
  const spelled = { requests: ['request'], accounts: [], tickets: [], pageviews: [], deploys: [] }
  for (const [kind, extra] of Object.entries(spelled)) {
    const schema = columnsSchema.shape[kind as keyof typeof spelled].unwrap().unwrap()
    const columns = Object.keys(COLUMNS[kind as keyof typeof spelled]).filter(name => !derived.includes(name))
    expect(Object.keys(schema.shape).sort(), kind).toEqual([...columns, ...extra].sort())
  }
})

test('a file that has all required columns by any of their known names is taken', async () => {
  const values: Record<string, string> = {
    time: '2026-10-05T10:00:00Z',
    created_at: '2026-10-05T10:00:00Z',
    path: '/a',
    request: 'GET /a HTTP/1.1',
    monthly_revenue: '5',
    duration_ms: '5',
    status: '200',
  }
  const workbook = await makeWorkbook()
  for (const { kind, names, required, format } of KNOWN_NAMES) {
    const records = required.flatMap(group => {
      const others = required.filter(other => other !== group).map(([other]) => other!)
      return group.flatMap(column =>
        names[column]!.map(name =>
          Object.fromEntries([
            ...others.map(other => [names[other]![0], values[other] ?? 'x']),
            [name, values[column] ?? 'x'],
          ]),
        ),
      )
    })
    const files = await Promise.all(
      records.map((record, i) =>
        writeInto(workbook, `${kind}-${i}.ndjson`, `${JSON.stringify({ ...record, n: i })}\n`),
      ),
    )
    const { failures, sources } = await importInto(workbook, files, { as: format })
    expect(failures.map(({ file, error }) => `${file}: ${error.message}`)).toEqual([])
    expect(sources.map(source => source.kind)).toEqual(records.map(() => kind))
  }
})

async function failureOf(name: string, text: string, as?: string) {
  const workbook = await makeWorkbook()
  const { failures } = await importInto(workbook, await writeInto(workbook, name, text), as ? { as } : {})
  return failures[0]!.error as Error & { next: string[] }
}

test('columns that nobody knows: what was seen, what is missing, and the lines to add', async () => {
  const error = await failureOf('a.csv', GERMAN)
  expect(error.message).toBe('The file has columns, but not those of any kind of data that is known.')
  expect(error.next.slice(0, -1).join('\n')).toMatchInlineSnapshot(`
    "Columns seen: Zeitpunkt, Verb, Pfad, Dauer, Antwort, Kunde, Größe in KB
    As requests it lacks time (known names: time, timestamp, @timestamp, ts, datetime, time_iso8601, time_local, start_time, date, msec); and path or request or route (known names: path, uri, request_uri, url, request_path, request, request_line, route, endpoint); and status or duration_ms (known names: status, status_code, code, http_status, response_code, downstream_status, resp_status, elb_status_code, sc-status, origin_status, request_time, response_time, reqtime, apptime, duration_ms, request_time_ms, response_time_ms, latency_ms, elapsed_ms, time_taken_ms, reqtime_ms, apptime_ms, taken_ms)
    Say in whyslow.yaml which column is which:
          columns:
            requests:
              time: Zeitpunkt
              path: Pfad
              status: Antwort"
  `)
})

test('the lines that an error shows make the file known', async () => {
  const text = 'Zeitpunkt,Pfad,Dauer\n2026-10-05 10:00:00,/orders,350\n2026-10-05 10:00:01,/orders,35\n'
  const lines = (await failureOf('a.csv', text)).next.find(line => line.includes('columns:'))!
  const workbook = await makeWorkbook(lines.slice(lines.indexOf('\n') + 1).replaceAll(/^ {6}/gm, ''))
  expect(await importText(workbook, 'a.csv', text)).toMatchObject({ kind: 'requests', rows: 2 })
  expect(await requestsOf(workbook)).toMatchObject([{ duration_ms: 35 }, { duration_ms: 350 }])
})

test.each([
  ['an NDJSON', 'a.ndjson', '{"when":"2026-10-05T10:00:00Z","where":"/a","took":5}\n', undefined],
  ['tickets without a time', 'a.csv', 'id,subject\n7,The list is slow\n', undefined],
  ['as a kind that it is not', 'a.csv', 'a,b\n1,2\n', 'deploys'],
])('%s', async (_, name, text, as) => {
  const { next } = await failureOf(name, text, as)
  expect(next[0]).toMatch(/^Columns seen: /)
  expect(next.join('\n')).toMatch(/lacks .*known names: .*\n.*(?:\n.*)*columns:/)
})

test('a text with a comma in its first line is no table', async () => {
  const { message } = await failureOf(
    'a.txt',
    'Dear all, hello\nthis is a letter\nthat has no columns\nat all\n',
  )
  expect(message).toContain('can’t be told')
})

test('a column of times is nobody’s subject', async () => {
  const { next } = await failureOf(
    'a.csv',
    'id,synced,created_at\n7,2026-10-05 10:00:00.5,2026-10-05 10:00:00\n',
  )
  expect(next.join('\n')).toMatch(/tickets:\n +subject: NAME_OF_THE_COLUMN/)
})
