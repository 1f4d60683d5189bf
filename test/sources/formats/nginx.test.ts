import { describe, expect, test } from 'vitest'
import { importInto, importText, makeWorkbook, requestsOf, writeInto } from '../import-into.js'
import { wayOf } from '../round-trip.js'

const line = (behind: string) =>
  `10.0.0.1 - - [20/Nov/2026:16:59:43 +0100] "GET /a HTTP/1.1" 200 16 "-" "curl"${behind && ` ${behind}`}\n`

test.each([
  ['0.300 0.100, 0.190', { duration_ms: 300, upstream_ms: 290, upstream: null }],
  ['0.300 "0.100, 0.190"', { duration_ms: 300, upstream_ms: 290, upstream: null }],
  ['0.300 0.100, 0.090 : 0.050', { duration_ms: 300, upstream_ms: 240, upstream: null }],
  ['0.300 -, 0.190', { duration_ms: 300, upstream_ms: null, upstream: null }],
  ['0.300 10.0.0.7:80, [::1]:80 0.100, 0.190', { duration_ms: 300, upstream_ms: 290, upstream: '[::1]:80' }],
])('combined with several upstreams behind it: %s', async (behind, expected) => {
  const usual = behind.includes('10.0.0.7') ? '0.300 10.0.0.7:80 0.100' : '0.300 0.100'
  const workbook = await makeWorkbook()
  const content = line(usual).repeat(200) + line(behind)
  await importText(workbook, 'a.log', content)
  const rows = await requestsOf(workbook)
  const list = expect.stringMatching(/, /)
  const [row] = rows.filter(one => String(one.attrs.upstream_response_time).includes(','))
  expect(row).toMatchObject({ ...expected, attrs: { upstream_response_time: list } })
  expect(rows.filter(one => one.attrs.more !== undefined)).toEqual([])
  expect(await wayOf(content)).toBe('fast')
})

describe('fields behind it whose names nobody said', () => {
  const warningsFor = async (behind: string[]) => {
    const workbook = await makeWorkbook()
    const file = await writeInto(workbook, 'a.log', behind.map(line).join(''))
    return (await importInto(workbook, file)).warnings
  }

  test.each([
    ['nothing', ['', '']],
    ['the addresses that it was forwarded for', ['"-"', '"203.0.113.7"', '"203.0.113.7, 10.0.0.2"']],
    ['times and an address', ['0.300 0.100 10.0.0.7:80', '0.300 - -']],
    ['fields without a value', ['"-" "-" -', '"-" "-" -']],
  ])('%s: nothing to say', async (_, behind) => {
    expect(await warningsFor(behind)).toEqual([])
  })

  test('are said once a file, with one of them and the way out', async () => {
    const [warning, ...others] = await warningsFor(['rt=0.025 cust=c1', 'rt=- cust=c2'])
    expect(others).toEqual([])
    expect(warning).toMatchObject({ code: 'format-guessed' })
    expect(warning!.message).toContain(
      'rt=0.025 cust=c1. They are kept as attrs.field_11 to field_12. No duration is read from them.',
    )
    expect(warning!.next).toMatch(
      /--log-format '\$remote_addr - .*; before that: whyslow sources remove \w{12}$/,
    )
    const [known] = await warningsFor(['0.300 "a b"', '0.200 "c d"'])
    expect(known!.message).toMatch(/: 0\.300 a b\. They are kept as attrs\.field_12\.$/)
  })
})
