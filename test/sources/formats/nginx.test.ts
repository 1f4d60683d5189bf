import { expect, test } from 'vitest'
import { importText, makeWorkbook, requestsOf } from '../import-into.js'
import { wayOf } from '../round-trip.js'

const line = (behind: string) =>
  `10.0.0.1 - - [20/Nov/2026:16:59:43 +0100] "GET /a HTTP/1.1" 200 16 "-" "curl" ${behind}\n`

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
