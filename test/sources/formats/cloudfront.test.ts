import { expect, test } from 'vitest'
import { importText, makeWorkbook, requestsOf } from '../import-into.js'
import { checkRoundTrip, commonRow, ms, or, type Request, stamp } from '../round-trip.js'

const FIELDS =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken time-to-first-byte x-edge-response-result-type x-edge-detailed-result-type'
const HEADER = `#Version: 1.0\n#Fields: ${FIELDS}\n`
const queryOf = ({ query }: Request) => (query === '-' ? null : query)

function cloudfrontLine(one: Request, i: number): string {
  const ended = stamp(one.us)
  return [
    ended.slice(0, 10),
    ended.slice(11, 19),
    'FRA2-C1',
    one.bytes[1],
    one.client,
    one.method,
    'd111111abcdef8.cloudfront.net',
    `/${one.segments.join('/')}`,
    one.status,
    or(one.referer),
    or(one.agent === null ? null : encodeURIComponent(one.agent)),
    or(queryOf(one)),
    '-',
    'Miss',
    `${one.id}-${i}==`,
    one.host,
    'https',
    one.bytes[0],
    one.duration,
    or(one.user === null ? null : '0.000'),
    'Miss',
    'Miss',
  ].join('\t')
}

function cloudfrontRow(one: Request, i: number) {
  const took = ms(one.duration)!
  const start = Date.UTC(2026, 9, 5) + Math.floor(one.us / 1e6) * 1000 - took
  return {
    ...commonRow(one),
    time: new Date(start).toISOString().replace('Z', '000Z'),
    query: queryOf(one),
    host: one.host,
    referer: one.referer,
    duration_ms: took,
    elapsed_ms: [460, 499, 504].includes(one.status) ? took : null,
    send_ms: one.user === null ? null : took,
    bytes_in: one.bytes[0],
    bytes_out: one.bytes[1],
    trace_id: `${one.id}-${i}==`,
  }
}

test('random requests come back', () =>
  checkRoundTrip({ line: cloudfrontLine, row: cloudfrontRow, header: HEADER }))

const line = (values: Record<string, string>) =>
  `${FIELDS.split(' ')
    .map(name => ({ date: '2026-10-05', time: '10:00:00', 'time-taken': '2.500', ...values })[name] ?? '-')
    .join('\t')}\n`

async function rowOf(values: Record<string, string>) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'E2.log', HEADER + line({ 'cs-uri-stem': '/a', ...values }))
  expect(source).toMatchObject({ format: 'cloudfront', rows: 1, skipped: 2, rejected: 0 })
  return (await requestsOf(workbook))[0]!
}

const ended = (status: string, result: string, response: string, detailed: string) => ({
  'sc-status': status,
  'x-edge-result-type': result,
  'x-edge-response-result-type': response,
  'x-edge-detailed-result-type': detailed,
})

test.each([
  ['200', 'Miss', 'Miss', 'Miss', 'ok', null],
  ['200', 'Error', 'Hit', 'Error', 'aborted', 2500],
  ['200', 'Error', 'Error', 'Error', 'ok', null],
  ['000', 'Error', 'Error', 'ClientCommError', 'aborted', 2500],
  ['206', 'Error', 'Hit', 'ClientCommError', 'aborted', 2500],
  ['200', 'Error', 'Miss', 'OriginReadError', 'server_error', null],
  ['504', 'Error', 'Error', 'OriginCommError', 'timeout', 2500],
  ['403', 'Error', 'Error', 'Error', 'client_error', null],
  ['503', 'CapacityExceeded', 'CapacityExceeded', 'CapacityExceeded', 'server_error', null],
  ['200', '-', '-', '-', 'ok', null],
  ['200', 'Error', '-', '-', 'ok', null],
])('%s, %s after %s (%s) is %s', async (status, result, response, detailed, outcome, elapsed_ms) => {
  expect(await rowOf(ended(status, result, response, detailed))).toMatchObject({ outcome, elapsed_ms })
})

test('the user agent is decoded unless it is no UTF-8, everything else stays as it is written', async () => {
  const row = await rowOf({
    'cs(User-Agent)': 'a%20b%2525',
    'cs(Referer)': 'https://a/%25',
    'cs-uri-query': 'q=%20',
  })
  expect(row).toMatchObject({ user_agent: 'a b%25', referer: 'https://a/%25', query: 'q=%20' })
  expect(await rowOf({ 'cs(User-Agent)': 'a%20%FF' })).toMatchObject({ user_agent: 'a%20%FF' })
})

test('v2 says the end in milliseconds', async () => {
  const workbook = await makeWorkbook()
  const header =
    '#Fields: date time cs-method cs-uri-stem sc-status x-edge-location time-taken timestamp(ms) origin-fbl\n'
  const lines = ['1791198009875', '17x'].map(
    at => `2026-10-05\t11:00:09\tGET\t/a\t200\tCDG50\t0.250\t${at}\t0.180\n`,
  )
  expect(await importText(workbook, 'E3.log', header + lines.join(''))).toMatchObject({
    rows: 1,
    rejected: 1,
  })
  expect((await requestsOf(workbook))[0]).toMatchObject({
    time: '2026-10-05T11:00:09.625000Z',
    upstream_ms: 180,
  })
})
