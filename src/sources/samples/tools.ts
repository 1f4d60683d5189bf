/**
 * What benchmark tools write, where it holds single measurements: hyperfine's `--export-json` (`times`, seconds), k6's `--out json` (points of a
 * metric, `http_req_duration` unless --value names another, milliseconds), and Go's benchmark text as `benchstat` reads it (ns/op of one
 * benchmark, which --value names where there are several). autocannon's and k6's summaries hold percentiles only, and are refused.
 */
import { readFile } from 'node:fs/promises'
import { WhyslowError } from '../../errors.js'
import { DURATION_UNITS } from '../layout.js'
import { parseJson } from '../parse-json.js'
import { readLines } from '../read-lines.js'
import { sizeOf } from './file-size.js'
import type { Measurement, SampleFormat } from './sample-format.js'

export const hyperfine: SampleFormat = {
  name: 'hyperfine',
  detect: head => /^\s*\{\s*"results"\s*:\s*\[\s*\{\s*"command"/.test(head),
  async *read(file, { value }) {
    const { results = [] } = (parseJson(await readFile(file, 'utf8')) ?? {}) as {
      results?: { command: string; times?: number[] }[]
    }
    const names = results.map(({ command }) => command)
    const command = pickOne(names, value, { file, what: 'command' })
    const { times } = results.find(one => one.command === command)!
    if (!times) throw summaryOnly(file, 'hyperfine --export-json keeps each run; --export-csv doesn’t')
    yield times.map(seconds => ({ value_ms: seconds * DURATION_UNITS.s, cluster: null }))
  },
}

interface K6Point {
  type?: string
  metric?: string
  data?: { value?: number }
}

export const k6: SampleFormat = {
  name: 'k6',
  detect: head => /^\{[^\n]*"type":"(?:Metric|Point)"/.test(head.replaceAll('": ', '":')),
  async *read(file, { value = 'http_req_duration' }) {
    for await (const lines of readLines(file, await sizeOf(file))) {
      yield lines.flatMap(({ text }): Measurement[] => {
        const { type, metric, data } = (parseJson(text) ?? {}) as K6Point
        return type === 'Point' && metric === value && typeof data?.value === 'number'
          ? [{ value_ms: data.value, cluster: null }]
          : []
      })
    }
  },
}

const GO_LINE = /^(Benchmark\S*?)(?:-\d+)?\s+\d+\s+([\d.]+(?:e[+-]?\d+)?) ns\/op/

export const goBenchmark: SampleFormat = {
  name: 'go-bench',
  detect: head => head.split(/\r?\n/).some(line => GO_LINE.test(line)),
  async *read(file, { value }) {
    const matches = (await readFile(file, 'utf8')).split(/\r?\n/).flatMap(line => {
      const match = GO_LINE.exec(line)
      return match ? [{ name: match[1]!, ns: Number(match[2]) }] : []
    })
    const name = pickOne([...new Set(matches.map(match => match.name))], value, { file, what: 'benchmark' })
    yield matches
      .filter(match => match.name === name)
      .map(({ ns }) => ({ value_ms: ns * DURATION_UNITS.ns, cluster: null }))
  },
}

export const summaries: SampleFormat = {
  name: 'summary',
  detect: head =>
    /^\s*\{/.test(head) &&
    (/"latency"\s*:\s*\{\s*"average"/.test(head) || /"http_req_duration"\s*:\s*\{/.test(head)),
  // biome-ignore lint/correctness/useYield: it only says why it can't be read
  async *read(file) {
    throw summaryOnly(
      file,
      'autocannon and k6 keep single times only where they are told to: k6 run --out json=FILE',
    )
  },
}

function summaryOnly(file: string, next: string): WhyslowError {
  return new WhyslowError('The file holds percentiles, and no single measurements to compare.', {
    place: { file },
    next: [next],
  })
}

function pickOne(
  names: string[],
  wanted: string | undefined,
  { file, what }: { file: string; what: string },
): string {
  const found = wanted === undefined && names.length === 1 ? names[0] : names.find(name => name === wanted)
  if (found !== undefined) return found
  throw new WhyslowError(
    wanted === undefined ? `The file has several ${what}s.` : `There is no ${what} “${wanted}”.`,
    { place: { file }, next: [`Name one: --value NAME. There are: ${names.slice(0, 10).join(', ')}`] },
  )
}
