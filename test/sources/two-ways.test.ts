import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { importFile } from '../../src/sources/import-file.js'
import { openInput } from '../../src/sources/open-input.js'
import { openEngine } from '../../src/store/engine.js'
import { importText, makeWorkbook, nginxLine, nginxLog, requestsOf, writeInto } from './import-into.js'

/** Which way a file takes: the exact one leaves its clean rows in the work folder. */
async function wayOf(content: string): Promise<'fast' | 'exact'> {
  const workbook = await makeWorkbook()
  const file = await writeInto(workbook, 'way.log', content)
  const workDir = await mkdtemp(path.join(tmpdir(), 'whyslow-way-'))
  onTestFinished(() => rm(workDir, { recursive: true, force: true }))
  const engine = await openEngine({ spillDir: workDir })
  try {
    const input = await openInput(file, { stdin: Readable.from([]), workDir })
    const options = { identify: [], templates: [], workDir, dataDir: workbook.paths.data, now: new Date() }
    await importFile(engine, input, options)
    return existsSync(path.join(workDir, 'exact.csv')) ? 'exact' : 'fast'
  } finally {
    engine.close()
  }
}

const text = (alphabet: string, minLength = 1) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength: 12 })
const WORD = 'abcXYZ019-_.~%é日'
const FREE = `${WORD} '\\/:;,()<>&=+*?[]{}#|^\`$!@`
const orNothing = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 })
const seconds = fc.integer({ min: 0, max: 90_000 }).map(ms => (ms / 1000).toFixed(3))
const timing = fc.oneof({ weight: 4, arbitrary: seconds }, fc.constant('-1'))
const micros = fc.integer({ min: 0, max: 86_399_999_999 })
const stamp = (us: number) =>
  `${new Date(Date.UTC(2026, 9, 5) + Math.floor(us / 1000)).toISOString().slice(0, 20)}${String(us % 1e6).padStart(6, '0')}Z`
const ms = (s: string) => (s === '-1' ? null : Math.round(Number(s) * 1000))

const request = fc.record({
  us: micros,
  took: fc.integer({ min: 0, max: 100_000_000 }),
  client: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
  timings: fc.tuple(timing, timing, timing),
  status: fc.constantFrom(200, 200, 301, 404, 460, 499, 500, 503, 504),
  bytes: fc.tuple(fc.nat(), fc.nat()),
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  segments: fc.array(fc.oneof(text(WORD), fc.nat().map(String), fc.uuid()), { minLength: 1, maxLength: 4 }),
  query: orNothing(text(`${WORD}=&/:`)),
  agent: orNothing(text(FREE).filter(agent => agent.trim() !== '' && agent !== '-')),
  referer: orNothing(text(`${WORD}:/?=`).filter(referer => referer !== '-')),
  user: orNothing(text('abcXYZ019_.')),
  duration: seconds,
  host: fc.domain(),
  id: text('0123456789abcdef', 12),
})
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

const targetOf = ({ segments, query }: Request) =>
  `/${segments.join('/')}${query === null ? '' : `?${query}`}`
const or = (value: string | number | null, quote = '') =>
  value === null ? `${quote}-${quote}` : `${quote}${value}${quote}`

function albLine(one: Request, i: number): string {
  const [queue, target, send] = one.timings
  return [
    'https',
    stamp(one.us + one.took),
    'app/shop/50dc6c495c0c9188',
    `${one.client}:${one.port}`,
    '10.0.0.1:80',
    queue,
    target,
    send,
    one.status,
    or(one.status < 460 ? one.status : null),
    ...one.bytes,
    `"${one.method} https://${one.host}:443${targetOf(one)} HTTP/2.0"`,
    or(one.agent, '"'),
    'TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:shop',
    `"Root=1-${one.id}-${i}"`,
    `"${one.host}"`,
    '"arn:cert" 1',
    stamp(one.us),
    '"forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1',
  ].join(' ')
}

function albRow(one: Request, i: number) {
  const [queue, target, send] = one.timings
  const parts = one.timings.map(ms)
  const isCut = one.status === 460 || one.status === 504
  return {
    ...commonRow(one),
    time: stamp(one.us),
    host: one.host,
    duration_ms: parts.includes(null) ? null : parts.reduce((sum, part) => sum! + part!, 0),
    elapsed_ms: isCut ? one.took / 1000 : null,
    queue_ms: ms(queue),
    upstream_ms: ms(target),
    send_ms: ms(send),
    bytes_in: one.bytes[0],
    bytes_out: one.bytes[1],
    upstream: '10.0.0.1:80',
    trace_id: `Root=1-${one.id}-${i}`,
  }
}

function nginxLogLine(one: Request): string {
  const time = new Date(Date.UTC(2026, 9, 5) + Math.floor(one.us / 1000)).toISOString()
  const day = `${time.slice(8, 10)}/Oct/${time.slice(0, 4)}`
  const agent = or(one.agent?.replaceAll('\\', '\\x5C') ?? null, '"')
  const line = `${one.client} - ${or(one.user)} [${day}:${time.slice(11, 19)} +0000] "${one.method} ${targetOf(one)} HTTP/1.1"`
  return `${line} ${one.status} ${one.bytes[1]} ${or(one.referer, '"')} ${agent} ${one.duration}`
}

function nginxRow(one: Request) {
  const isCut = one.status === 499 || one.status === 504
  return {
    ...commonRow(one),
    time: `${stamp(one.us).slice(0, 19)}.000000Z`,
    duration_ms: ms(one.duration),
    elapsed_ms: isCut ? ms(one.duration) : null,
    bytes_in: null,
    bytes_out: one.bytes[1],
    account: one.user,
    user_agent: one.agent?.replaceAll('\\', '\\x5C') ?? null,
    referer: one.referer,
  }
}

function commonRow(one: Request) {
  const { status } = one
  return {
    method: one.method,
    path: `/${one.segments.join('/')}`,
    query: one.query,
    status,
    outcome:
      status === 460 || status === 499
        ? 'aborted'
        : status === 504
          ? 'timeout'
          : status >= 500
            ? 'server_error'
            : status >= 400
              ? 'client_error'
              : 'ok',
    client: one.client,
    user_agent: one.agent,
    weight: 1,
  }
}

describe('both ways give the rows that were meant', () => {
  test.each([
    ['ALB', albLine, albRow],
    ['nginx', nginxLogLine, nginxRow],
  ] as const)('%s', async (_name, line, row) => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 60, maxLength: 200 }), async requests => {
        const lines = requests.map((one, i) => `${line(one, i)}\n`)
        const [fast, exact] = [await makeWorkbook(), await makeWorkbook()]
        // A carriage return sends a file the exact way.
        const sources = [
          await importText(fast, 'a.log', lines.join('')),
          await importText(exact, 'a.log', lines.join('').replaceAll('\n', '\r\n')),
        ]
        expect(sources.map(source => [source.rows, source.rejected])).toEqual([
          [lines.length, 0],
          [lines.length, 0],
        ])
        const found = await requestsOf(fast)
        expect(await requestsOf(exact)).toEqual(found)
        const byKey = (rows: object[]) => rows.map(one => JSON.stringify(one)).sort()
        const expected = requests.map((one, i) => sortKeys(row(one, i)))
        const columns = new Set(Object.keys(expected[0]!))
        const actual = found.map(one =>
          sortKeys(Object.fromEntries(Object.entries(one).filter(([name]) => columns.has(name)))),
        )
        expect(byKey(actual)).toEqual(byKey(expected))
      }),
      { numRuns: 8, seed: 20261120 },
    )
    expect(
      await wayOf(
        fc
          .sample(request, { numRuns: 300, seed: 7 })
          .map((one, i) => `${line(one, i)}\n`)
          .join(''),
      ),
    ).toBe('fast')
  })
})

function sortKeys(row: object): object {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('what happens to a file', () => {
  test('a clean one goes the fast way, one with few bad lines too, one with a carriage return does not', async () => {
    const log = nginxLog(300)
    expect(await wayOf(log)).toBe('fast')
    expect(await wayOf(`${log}torn\n\n${nginxLine(7)}`)).toBe('fast')
    expect(await wayOf(log.replace('\n', '\r\n'))).toBe('exact')
  })
})
