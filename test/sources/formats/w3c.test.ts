import { describe, expect, test } from 'vitest'
import { importText, makeWorkbook, rejectsOf, requestsOf } from '../import-into.js'
import { checkRoundTrip, commonRow, or, type Request, stamp, wayOf } from '../round-trip.js'

const SOFTWARE = '#Software: Microsoft Internet Information Services 10.0\n'
const FIELDS =
  '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-win32-status sc-bytes cs-bytes time-taken\n'
const second = (us: number) => stamp(Math.floor(us / 1e6) * 1e6)
const queryOf = ({ query }: Request) => (query === '-' ? null : query)

function iisLine(one: Request): string {
  const ended = second(one.us)
  return [
    ended.slice(0, 10),
    ended.slice(11, 19),
    '10.0.0.5',
    one.method,
    `/${one.segments.join('/')}`,
    or(queryOf(one)),
    or(one.user),
    one.client,
    or(one.agent?.replaceAll(' ', '+') ?? null),
    or(one.referer),
    one.host,
    one.status,
    '0',
    ...one.bytes,
    one.took % 100_000,
  ].join(' ')
}

function iisRow(one: Request) {
  const took = one.took % 100_000
  const start = Date.UTC(2026, 9, 5) + Math.floor(one.us / 1e6) * 1000 - took
  const isCut = [460, 499, 504].includes(one.status)
  return {
    ...commonRow(one),
    time: new Date(start).toISOString().replace('Z', '000Z'),
    query: queryOf(one),
    host: one.host,
    account: one.user,
    user_agent: one.agent?.replaceAll('+', ' ') ?? null,
    referer: one.referer,
    duration_ms: took,
    elapsed_ms: isCut ? took : null,
    bytes_out: one.bytes[0],
    bytes_in: one.bytes[1],
    upstream: '10.0.0.5',
  }
}

test('random requests come back', () =>
  checkRoundTrip({ line: iisLine, row: iisRow, header: SOFTWARE + FIELDS }))

const line = (taken: string | number, path = '/a') =>
  `2026-10-05 00:00:02 10.0.0.5 GET ${path} - - 203.0.113.7 curl/8 - shop.example.com 200 0 10 20 ${taken}\n`

async function rowsOf(content: string, options = {}) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'u_ex261005.log', content, options)
  return { source, rows: await requestsOf(workbook), rejects: await rejectsOf(workbook, source) }
}

describe('headers', () => {
  test('the same header again stays on the fast way, another one sends the file the exact way', async () => {
    const body = line(5).repeat(100)
    expect(await wayOf(SOFTWARE + FIELDS + body + SOFTWARE + FIELDS + body)).toBe('fast')
    const other = FIELDS.replace(' cs-host', '')
    expect(await wayOf(SOFTWARE + FIELDS + body + other)).toBe('exact')
  })

  test('a header with as many fields in another order changes what the lines behind it mean, also where the sample has none', async () => {
    const swapped = FIELDS.replace('sc-bytes cs-bytes', 'cs-bytes sc-bytes')
    const { source, rows } = await rowsOf(SOFTWARE + FIELDS + line(1) + swapped + line(2) + FIELDS + line(3))
    expect(source).toMatchObject({ rows: 3, skipped: 4, rejected: 0 })
    const byDuration = new Map(rows.map(row => [row.duration_ms, [row.bytes_out, row.bytes_in]]))
    expect(byDuration).toEqual(
      new Map([
        [1, [10, 20]],
        [2, [20, 10]],
        [3, [10, 20]],
      ]),
    )
    // No piece of the sample comes from there.
    const [many, fewer] = [line(1).repeat(30_000), line(1).repeat(20_000)]
    const far = await rowsOf(SOFTWARE + FIELDS + many + swapped + line(2) + FIELDS + fewer)
    expect(far.source).toMatchObject({ rows: 50_001, skipped: 4, rejected: 0 })
    const turned = far.rows.filter(row => row.duration_ms === 2)
    expect(turned.map(row => [row.bytes_out, row.bytes_in])).toEqual([[20, 10]])
  })

  test('fields that only a later header names are attributes under their names', async () => {
    const more = `${FIELDS.trim()} X-Tenant\n`
    const { rows } = await rowsOf(SOFTWARE + FIELDS + line(1) + more + line('2 acme'))
    expect(rows.map(row => row.attrs['X-Tenant']).sort()).toEqual(['acme', undefined])
  })

  test('a file whose lines have no date takes it from #Date', async () => {
    const { rows } = await rowsOf(
      `${SOFTWARE}#Date: 2026-10-05 12:00:00\n#Fields: time c-ip cs-method cs-uri-stem sc-status\n12:00:01 203.0.113.7 GET /a 200\n#Date: 2026-10-06 00:00:00\n00:00:01 203.0.113.7 GET /b 200\n`,
    )
    expect(rows.map(row => row.time)).toEqual(['2026-10-05T12:00:01.000000Z', '2026-10-06T00:00:01.000000Z'])
  })

  test('torn lines are rejected with their reason', async () => {
    const { source, rejects } = await rowsOf(
      `${SOFTWARE}${FIELDS}${line(5).repeat(20)}${line(5).slice(0, 50)}\n${line('soon')}`,
    )
    expect(source).toMatchObject({ rows: 20, skipped: 2, rejected: 2 })
    expect(rejects.map(({ reason }) => reason)).toEqual([
      '8 fields, 16 expected as in #Fields',
      'time-taken is no number: soon',
    ])
  })
})

describe('units', () => {
  const header = '#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n'
  const one = (taken: string) => `2026-10-05 00:00:10 203.0.113.7 GET /a 200 ${taken}\n`

  test('IIS writes milliseconds, a fraction is of seconds, and --unit goes before both', async () => {
    expect((await rowsOf(SOFTWARE + header + one('250'))).rows[0]).toMatchObject({
      duration_ms: 250,
      time: '2026-10-05T00:00:09.750000Z',
      attrs: { date: '2026-10-05', time: '00:00:10' },
    })
    expect((await rowsOf(header + one('0.250'))).rows[0]).toMatchObject({ duration_ms: 250 })
    expect((await rowsOf(header + one('2'), { unit: 's' })).rows[0]).toMatchObject({ duration_ms: 2000 })
  })

  test('texts in quotes, where a server writes them', async () => {
    const quoted = '#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri sc-status cs(User-Agent)\n'
    const { rows } = await rowsOf(
      `${quoted}2026-10-05 00:00:10 203.0.113.7 GET http://shop.example.com:80/a?b=1 200 "Mozilla/5.0 (say ""hi"")"\n`,
    )
    expect(rows[0]).toMatchObject({ path: '/a', query: 'b=1', user_agent: 'Mozilla/5.0 (say "hi")' })
  })
})

test('single lines with a tab or a quote sign don’t change how the others are read', async () => {
  const other = line(5, '/a\tb') + line(5, '/"c"')
  const { source } = await rowsOf(SOFTWARE + FIELDS + line(5).repeat(30) + other)
  expect(source).toMatchObject({ rows: 32, rejected: 0 })
})
