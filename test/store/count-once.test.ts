/** A request that a log and traces both have counts once, whatever came first and however the log spells the trace's id. */
import { expect, test } from 'vitest'
import { removeImported } from '../../src/steps/remove-sources.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { runJson } from '../commands/run-cli.js'
import { importInto, makeWorkbook, query, writeInto } from '../sources/import-into.js'

const START = Date.UTC(2026, 10, 16, 9)
const idOf = (i: number) => i.toString(16).padStart(32, 'abcdef0123456789')

/** As OpenTelemetry's collector writes them: a server span with another one of an inner service below it. */
function traces(from: number, to: number): string {
  const span = (i: number, place: number, url: string, account: string) => ({
    traceId: idOf(i),
    spanId: `${i}${place}`.padStart(16, '0'),
    ...(place === 0 ? {} : { parentSpanId: `${i}0`.padStart(16, '0') }),
    name: url,
    kind: 2,
    startTimeUnixNano: `${START + i * 1000}000000`,
    endTimeUnixNano: `${START + i * 1000 + 90}000000`,
    attributes: Object.entries({ 'http.request.method': 'GET', 'url.path': url, 'enduser.id': account }).map(
      ([key, stringValue]) => ({ key, value: { stringValue } }),
    ),
  })
  const lines = Array.from({ length: to - from }, (_, n) => {
    const spans = [span(from + n, 0, '/orders', 'traced'), span(from + n, 1, '/stock', 'traced')]
    return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
  })
  return `${lines.join('\n')}\n`
}

const SPELLINGS = [
  (id: string) => id,
  (id: string) => id.toUpperCase(),
  (id: string) => `00-${id}-00f067aa0ba902b7-01`,
  (id: string) => `Root=1-${id.slice(0, 8)}-${id.slice(8)}`,
]

function log(from: number, to: number, hasIds = true): string {
  const lines = Array.from({ length: to - from }, (_, n) => {
    const i = from + n
    const trace_id = hasIds ? SPELLINGS[i % SPELLINGS.length]!(idOf(i)) : undefined
    const time = new Date(START + i * 1000).toISOString()
    return JSON.stringify({
      time,
      method: 'GET',
      path: '/orders',
      status: 200,
      duration_ms: 100,
      account: 'logged',
      trace_id,
      note: `n${i}`,
    })
  })
  return `${lines.join('\n')}\n`
}

const countByAccount = (workbook: Workbook) =>
  query(workbook, 'SELECT account, count(*) AS n FROM requests GROUP BY ALL ORDER BY ALL')

const bring = async (workbook: Workbook, name: string, content: string) =>
  importInto(workbook, await writeInto(workbook, name, content))

test.each([
  ['the log first', ['a.ndjson', 't.jsonl']],
  ['the traces first', ['t.jsonl', 'a.ndjson']],
])('%s: the log’s counts, by any spelling, and that is said', async (_, order) => {
  const workbook = await makeWorkbook()
  const contents: Record<string, string> = { 'a.ndjson': log(0, 20), 't.jsonl': traces(12, 30) }
  const results = []
  for (const name of order) results.push(await bring(workbook, name, contents[name]!))
  // 12 to 19 are in both; the traces have each twice, in two services.
  expect(await countByAccount(workbook)).toEqual([
    { account: 'logged', n: 20 },
    { account: 'traced', n: 20 },
  ])
  const twice = {
    code: 'requests-twice',
    message: expect.stringMatching(/^16 of the requests that came with spans are in a log as well/),
  }
  expect(results.map(({ warnings }) => warnings)).toEqual([[], [twice]])
  const { warnings } = await runJson<{ warnings: object[] }>(['sources'], { cwd: workbook.dir })
  expect(warnings).toContainEqual(twice)
  expect(
    await query(workbook, 'SELECT count(attrs.note) AS notes, count(attrs.span_id) AS spans FROM requests'),
  ).toEqual([{ notes: 20, spans: 20 }])
  expect(await query(workbook, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 36 }])
})

test('as files come, grow and go', async () => {
  const workbook = await makeWorkbook()
  await bring(workbook, 't.jsonl', traces(0, 10))
  await bring(workbook, 'a.ndjson', log(0, 4))
  await bring(workbook, 'a.ndjson', log(0, 8))
  expect(await countByAccount(workbook)).toEqual([
    { account: 'logged', n: 8 },
    { account: 'traced', n: 4 },
  ])
  await bring(workbook, 't.jsonl', traces(0, 12))
  const { sources } = await bring(workbook, 'b.ndjson', log(8, 12))
  expect(await countByAccount(workbook)).toEqual([{ account: 'logged', n: 12 }])
  await removeImported(workbook, [sources[0]!.id])
  expect(await countByAccount(workbook)).toEqual([
    { account: 'logged', n: 8 },
    { account: 'traced', n: 8 },
  ])
})

test('logs without ids, or of another time, are read as they are', async () => {
  const workbook = await makeWorkbook()
  await bring(workbook, 'a.ndjson', log(0, 5, false))
  await bring(workbook, 'b.ndjson', log(500_000, 500_005))
  const { warnings } = await bring(workbook, 't.jsonl', traces(0, 5))
  expect(warnings).toEqual([])
  expect(await countByAccount(workbook)).toEqual([
    { account: 'logged', n: 10 },
    { account: 'traced', n: 10 },
  ])
  const [plan] = await query<{ explain_value: string }>(workbook, 'EXPLAIN SELECT route FROM requests')
  expect(plan!.explain_value).not.toMatch(/UNION|JOIN/)
})
