import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import { detectFormat } from '../../src/sources/detect-format.js'
import { nginxLog, ROOT } from './import-into.js'

function detect(head: string, options: { as?: string; unit?: 'ms' } = {}) {
  return detectFormat({ name: 'some.file', head, lines: head.split('\n').filter(Boolean) }, options)
}

function refusal(head: string, options: { as?: string } = {}): WhyslowError {
  try {
    detect(head, options)
  } catch (error) {
    if (error instanceof WhyslowError) return error
    throw error
  }
  throw new Error('was read')
}

describe('fixtures', () => {
  test.each([
    ['logs/alb.log', 'alb', 'requests'],
    ['logs/nginx-combined.log', 'nginx', 'requests'],
    ['logs/nginx-combined-request-time.log', 'nginx', 'requests'],
    ['recordings/shop/access.log.gz', 'nginx', 'requests'],
    ['recordings/shop/accounts.csv', 'accounts', 'accounts'],
    ['recordings/shop/analytics.csv', 'ga4', 'pageviews'],
    ['recordings/shop/tickets.csv', 'zendesk', 'tickets'],
    ['recordings/shop/tickets.ndjson', 'zendesk', 'tickets'],
    ['recordings/shop/deploys.ndjson', 'deploys', 'deploys'],
  ])('%s is %s', async (name, format, kind) => {
    const bytes = await readFile(path.join(ROOT, 'fixtures', name))
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
    expect(detect(text)).toMatchObject({ format, kind })
    expect(detect(text, { as: format })).toMatchObject({ format, kind })
  })
})

describe('what can’t be told', () => {
  test('the two best guesses, with the option that takes them', async () => {
    const alb = await readFile(path.join(ROOT, 'fixtures/logs/alb.log'), 'utf8')
    const other = 'something else\n'.repeat(40)
    const error = refusal(`${other}${nginxLog(30)}${alb}`)
    expect(error.message).toBe('The format of the file can’t be told from its content.')
    expect(error.place).toEqual({ file: 'some.file', line: 1 })
    expect(error.next.slice(0, 2)).toEqual([
      expect.stringMatching(/^--as nginx reads 35% of the lines/),
      expect.stringMatching(/^--as alb reads 18% of the lines/),
    ])
    expect(detect(`${other}${nginxLog(30)}`, { as: 'nginx' })).toMatchObject({ format: 'nginx' })
  })

  test.each([
    ['CloudFront', '#Version: 1.0\n#Fields: date time x-edge-location\n2023-02-22\t03:22:37\tHKG62-C2\n'],
    ['a letter', 'Dear all, hello,\nthis is no log.\n'],
    ['an empty list', '[]\n'],
  ])('%s', (_name, text) => {
    const error = refusal(text)
    expect(error.message).toBe('The format of the file can’t be told from its content.')
    expect(error.next.filter(line => line.startsWith('--as '))).toHaveLength(2)
    expect(error.next.at(-1)).toContain(JSON.stringify(text.slice(0, 20)).slice(1, -1))
  })

  test('binary and empty files', () => {
    expect(refusal('\x7fELF\0\0\0').message).toBe('The file is binary.')
    expect(refusal(' \n\n').message).toBe('The file is empty.')
  })

  test('--as: an unknown format, and one that the file isn’t', () => {
    expect(refusal(nginxLog(3), { as: 'iis' }).message).toBe('There is no format “iis”.')
    expect(refusal(nginxLog(3), { as: 'alb' }).message).toBe(
      "The file can't be read as AWS application load balancer.",
    )
  })
})

test('a duration without a unit does not get in the way of another format', () => {
  const header = 'timestamp,event_name,user_pseudo_id,param_page_location,path,status,duration\n'
  expect(detect(`${header}2026-10-05T10:00:00Z,page_view,1,https://a/b,/b,200,5\n`)).toMatchObject({
    format: 'ga4',
  })
})
