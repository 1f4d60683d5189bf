import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  countLines,
  importText,
  makeWorkbook,
  nginxLine,
  nginxLog,
  query,
  ROOT,
  rejectsOf,
} from './import-into.js'

const LOGS = path.join(ROOT, 'fixtures/logs')

/** A damage takes a line without its end and gives bytes. */
const bytes = (text: string) => Buffer.from(text)
const damage: fc.Arbitrary<(line: string) => Buffer> = fc.oneof(
  { weight: 3, arbitrary: fc.constant((line: string) => bytes(line)) },
  fc
    .double({ min: 0, max: 1, noNaN: true })
    .map(at => (line: string) => bytes(line.slice(0, Math.floor(line.length * at)))),
  fc
    .double({ min: 0, max: 1, noNaN: true })
    .map(at => (line: string) => bytes(line.slice(Math.floor(line.length * at)))),
  insertAnywhere('"'),
  insertAnywhere('""'),
  insertAnywhere('\\"'),
  insertAnywhere('\0'),
  insertAnywhere('\r'),
  insertAnywhere(' '),
  insertAnywhere('\ufeff'),
  insertAnywhere('😀'),
  insertAnywhere('\x1b]0;title\x07'),
  insertAnywhere(Buffer.from([0xff])),
  insertAnywhere(Buffer.from([0xc3])),
  removeAnywhere('"'),
  removeAnywhere(' '),
  fc
    .constantFrom('\r', '\r\r', ' ', '   ', '', '"', '-', '\0\0\0', '{}', 'a,b')
    .map(text => () => bytes(text)),
  fc.constant((line: string) => bytes(`${line}\r`)),
  fc.constant((line: string) => bytes(`${line} ${line}`)),
  fc.constant((line: string) => bytes(line.replace(/ \d{3} /, ' 99999 '))),
  fc.constant((line: string) => bytes(line.replace(/ \d\.\d{3}/, ' nan'))),
  fc.constant((line: string) => bytes(line.replace(/ \d\.\d{3}/, ' 1e999'))),
  fc.constant((line: string) => bytes(line.replace(/2026/, '0026'))),
  fc.constant((line: string) => bytes(line.replace(/:\d\d:/, ':61:'))),
)

function insertAnywhere(what: string | Buffer) {
  return fc.double({ min: 0, max: 1, noNaN: true }).map(at => (line: string) => {
    const cut = Math.floor(line.length * at)
    return Buffer.concat([bytes(line.slice(0, cut)), Buffer.from(what as string), bytes(line.slice(cut))])
  })
}

function removeAnywhere(what: string) {
  return fc.nat(30).map(n => (line: string) => {
    const places = [...line].flatMap((character, i) => (character === what ? [i] : []))
    const at = places[n % Math.max(places.length, 1)]
    return bytes(at === undefined ? line : line.slice(0, at) + line.slice(at + 1))
  })
}

/** Without what is shown as an escape, or cut in the middle. */
function plain(text: string): string {
  return text.replaceAll(/\\x[0-9a-f]{2}|[^\x20-\x7e]/g, '')
}

/** Every line is counted, and what is rejected is found at its line. */
async function expectAccount(content: Buffer) {
  const workbook = await makeWorkbook()
  const source = await importText(workbook, 'damaged.log', content)
  expect(source.rows + source.rejected + source.skipped).toBe(countLines(content))
  const [counted] = await query<{ rows: number; timed: number }>(
    workbook,
    'SELECT count(*) AS rows, count("time") AS timed FROM requests',
  )
  expect(counted).toEqual({ rows: source.rows, timed: source.rows })
  const rejects = await rejectsOf(workbook, source)
  expect(rejects).toHaveLength(source.rejected)
  expect(new Set(rejects.map(reject => reject.line)).size).toBe(source.rejected)
  const lines = content
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .split('\n')
  for (const { line, reason, text } of rejects) {
    expect(reason).not.toBe('')
    expect(plain(lines[line - 1] ?? 'no such line').slice(0, 40)).toBe(plain(text).slice(0, 40))
  }
  return { source, rejects }
}

describe('thousands of damaged lines', () => {
  test.each(['alb.log', 'nginx-combined.log', 'nginx-combined-request-time.log'])(
    '%s',
    { timeout: 90_000 },
    async name => {
      const lines = (await readFile(path.join(LOGS, name), 'utf8'))
        .split('\n')
        .filter(line => line !== '' && line.length < 3000)
      const file = fc.tuple(
        fc.array(fc.tuple(fc.nat(lines.length - 1), damage), { minLength: 100, maxLength: 300 }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('fast at first', ''),
      )
      await fc.assert(
        fc.asyncProperty(file, async ([damaged, mark, ends, fast]) => {
          const pieces = damaged.map(([i, change]) => Buffer.concat([change(lines[i]!), bytes('\n')]))
          // More good lines than bad ones, so that the format can be told; a clean megabyte, so that the engine's reader is tried.
          const good = bytes(
            `${lines.join('\n')}\n`.repeat(fast === '' ? 20 : Math.ceil(1.1e6 / lines.join('\n').length)),
          )
          const content = Buffer.concat([mark ? bytes('\ufeff') : bytes(''), good, ...pieces, good])
          await expectAccount(ends ? content : content.subarray(0, -1))
        }),
        { numRuns: 6, seed: 20261120, endOnFailure: true },
      )
    },
  )
})

describe('single damages', () => {
  const log = nginxLog(200)

  test('a line of 2 MB and one of 10 MB: rejected by number, the rest comes in', async () => {
    const { rejects } = await expectAccount(
      bytes(`${log}${'x'.repeat(2e6 + 1)}\n${nginxLine(1)}${'y'.repeat(1e7)}\n${nginxLine(2)}`),
    )
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [201, 'longer than 2.0 MB'],
      [203, 'longer than 2.0 MB'],
    ])
  })

  test('a line of 10 MB at the beginning, so that the format is told from the rest', async () => {
    const { source } = await expectAccount(bytes(`${'x'.repeat(1e7)}\n${log}`))
    expect(source).toMatchObject({ rows: 200, rejected: 1 })
  })

  test('a long line that is whole is a row', async () => {
    const { source } = await expectAccount(
      bytes(`${log.repeat(30)}${nginxLine(1, `/long?q=${'z'.repeat(1.5e6)}`)}`),
    )
    expect(source).toMatchObject({ rows: 6001, rejected: 0 })
  })

  test('an open quote swallows nothing', async () => {
    const { source, rejects } = await expectAccount(
      bytes(`${log.repeat(60)}${nginxLine(1).replace('curl/8"', 'curl')}${log}`),
    )
    expect([source.rows, rejects.map(reject => reject.line)]).toEqual([60 * 200 + 200, [12_001]])
  })

  test('a quote that is lost, so that the engine takes the line for another', async () => {
    const lost = nginxLine(1).replace('"-"', '-"')
    const nginx = await expectAccount(bytes(`${log.repeat(60)}${lost}${log}`))
    expect(nginx.rejects.map(reject => reject.line)).toEqual([12_001])
    // The last two fields are “nothing”, which the engine drops when two words more come before.
    const alb = await readFile(path.join(LOGS, 'alb.log'), 'utf8')
    const [first = ''] = alb.split('\n')
    const shifted = first.replace('"GET http', 'GET http').replace(/(?: "[^"]*"){2}$/, ' "-" "-"')
    const { rejects } = await expectAccount(bytes(`${alb.repeat(200)}${shifted}\n${alb}`))
    expect(rejects.map(reject => reject.line)).toEqual([3001])
  })

  test('a year that the engine takes, and no log is of', async () => {
    const alb = await readFile(path.join(LOGS, 'alb.log'), 'utf8')
    const [first = ''] = alb.split('\n')
    const { rejects } = await expectAccount(
      bytes(`${alb.repeat(200)}${first.replace('2026-', '0026-')}\n${alb}`),
    )
    expect(rejects).toMatchObject([{ line: 3001, reason: 'time is no time: 0026-10-05T09:23:00.186641Z' }])
  })

  test('one CRLF line in a file of LF lines', async () => {
    const { source } = await expectAccount(
      bytes(`${log.repeat(60)}${nginxLine(1).replace('\n', '\r\n')}${log}`),
    )
    expect(source).toMatchObject({ rows: 60 * 200 + 201, rejected: 0 })
  })

  test('lines that end in CRLF, with torn and blank ones among them; and one of LF', async () => {
    const many = log.repeat(60).replaceAll('\n', '\r\n')
    const torn = `${nginxLine(1).slice(0, 40)}\r\n`
    const { source, rejects } = await expectAccount(bytes(`${torn}${many}\r\n${torn}${many}${torn}`))
    expect(source).toMatchObject({ rows: 24_000, rejected: 3 })
    expect(rejects.map(({ line }) => line)).toEqual([1, 12_003, 24_004])
    const mixed = await expectAccount(bytes(`${many}${nginxLine(1)}${many}`))
    expect(mixed.source).toMatchObject({ rows: 24_001, rejected: 0 })
  })

  test('a byte order mark, blank lines, no newline at the end', async () => {
    const { source } = await expectAccount(
      bytes(`\ufeff\n\n${log.replaceAll('\n', '\n\n')}  \n${nginxLine(3).trimEnd()}`),
    )
    expect(source).toMatchObject({ rows: 201, rejected: 0, skipped: 1 })
  })

  test('two formats in one file: the more frequent one is read, the other is rejected line by line', async () => {
    const alb = await readFile(path.join(LOGS, 'alb.log'), 'utf8')
    const { source, rejects } = await expectAccount(bytes(log + alb))
    expect(source).toMatchObject({ format: 'nginx', rows: 200, rejected: 15 })
    expect(rejects[0]).toMatchObject({ line: 201, text: expect.stringMatching(/^http 2026/) })
  })

  test('a log whose format changed on the way', async () => {
    const { source } = await expectAccount(bytes(log.repeat(60) + log.replaceAll(/ 0\.\d{3}\n/g, '\n')))
    expect(source).toMatchObject({ rows: 61 * 200, rejected: 0 })
  })

  test('bytes that are no UTF-8 are kept as escapes', async () => {
    const workbook = await makeWorkbook()
    const line = Buffer.concat([bytes(nginxLine(1).slice(0, -8)), Buffer.from([0xe9]), bytes('" 0.100\n')])
    for (const before of [log, log.repeat(60)])
      await importText(workbook, `${before.length}.log`, Buffer.concat([bytes(before), line]))
    expect(await query(workbook, `SELECT user_agent FROM requests WHERE user_agent <> 'curl/8'`)).toEqual(
      Array(2).fill({ user_agent: 'curl/8\\xe9' }),
    )
  })

  test('an emoji where the text of a reject is cut', async () => {
    const { rejects } = await expectAccount(bytes(`${log}${'x'.repeat(199)}😀\n`))
    expect(rejects[0]!.text).toHaveLength(200)
  })
})
