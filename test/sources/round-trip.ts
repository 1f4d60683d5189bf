/** Random requests, written in a format and read back: what every format must pass. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, onTestFinished } from 'vitest'
import { importFile } from '../../src/sources/import-file.js'
import { openInput } from '../../src/sources/open-input.js'
import { openEngine } from '../../src/store/engine.js'
import { importText, makeWorkbook, requestsOf, writeInto } from './import-into.js'

/** Which way a file takes: the exact one leaves its clean rows in the work folder. */
export async function wayOf(content: string, config = ''): Promise<'fast' | 'exact'> {
  const workbook = await makeWorkbook(config)
  const file = await writeInto(workbook, 'way.log', content)
  const workDir = await mkdtemp(path.join(tmpdir(), 'whyslow-way-'))
  onTestFinished(() => rm(workDir, { recursive: true, force: true }))
  const engine = await openEngine({ spillDir: workDir })
  try {
    const input = await openInput(file, { stdin: Readable.from([]), workDir })
    const { logFormats } = workbook.config
    const { data: dataDir } = workbook.paths
    const options = { identify: [], templates: [], logFormats, workDir, dataDir, now: new Date() }
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
/** A time of 5 October 2026, with microseconds. */
export const stamp = (us: number) =>
  `${new Date(Date.UTC(2026, 9, 5) + Math.floor(us / 1000)).toISOString().slice(0, 20)}${String(us % 1e6).padStart(6, '0')}Z`
/** Seconds as written → milliseconds; null for -1. */
export const ms = (s: string) => (s === '-1' ? null : Math.round(Number(s) * 1000))

/** `us` is the time of day in microseconds, `took` how long it was watched. */
export const request = fc.record({
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
export type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

export const targetOf = ({ segments, query }: Request) =>
  `/${segments.join('/')}${query === null ? '' : `?${query}`}`
/** `-` for null. */
export const or = (value: string | number | null, quote = '') =>
  value === null ? `${quote}-${quote}` : `${quote}${value}${quote}`

/** The columns that every format has. */
export function commonRow(one: Request) {
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

/** How a format writes a request, and the columns that must come back: only those of `row` are compared. */
export interface Writer {
  line: (request: Request, i: number) => string
  row: (request: Request, i: number) => Record<string, string | number | null>
  /** What stands above the lines. */
  header?: string
  /** The workbook's `whyslow.yaml`. */
  config?: string
}

/** Both ways, the engine's and the exact one, must give the rows that were meant, and a clean file must take the fast one if there is one. */
export async function checkRoundTrip(
  { line, row, header = '', config = '' }: Writer,
  way: 'fast' | 'exact' = 'fast',
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 300, maxLength: 600 }), async requests => {
      const lines = requests.map((one, i) => `${line(one, i)}\n`)
      const content = header + lines.join('')
      const [fast, exact] = [await makeWorkbook(config), await makeWorkbook(config)]
      // A carriage return sends a file the exact way.
      const sources = [
        await importText(fast, 'a.log', content),
        await importText(exact, 'a.log', content.replaceAll('\n', '\r\n')),
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
    { numRuns: 1, seed: 20261120 },
  )
  const sample = fc.sample(request, { numRuns: 300, seed: 7 }).map((one, i) => `${line(one, i)}\n`)
  expect(await wayOf(header + sample.join(''), config)).toBe(way)
}

function sortKeys(row: object): object {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
}
