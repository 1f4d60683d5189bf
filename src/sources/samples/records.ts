/**
 * CSV with a header, or NDJSON: one measurement a record. The number is in the column that --value names, else in one whose name says
 * that it is a time (`duration_ms`, `latency`, `elapsed`, `ms`); the unit stands behind its name (`_us`, `_seconds`), else it is --unit's,
 * else milliseconds. A record without it is left out (`-`, empty, null); one that holds something else is an error.
 */
import { WhyslowError } from '../../errors.js'
import { DURATION_UNITS, type DurationUnit } from '../layout.js'
import { readEntries } from '../read-entries.js'
import { delimiterOf, splitCsv } from '../split-csv.js'
import { sizeOf } from './file-size.js'
import type { Measurement, SampleFormat, SampleOptions } from './sample-format.js'

export const csvRecords: SampleFormat = {
  name: 'csv',
  detect: head => {
    const header = head.split(/\r?\n/, 1)[0] ?? ''
    const names = splitCsv(header, delimiterOf(header)) ?? []
    return names.length > 0 && names.every(name => /^[^\d{[][^{}]*$/.test(name.trim()))
  },
  read: (file, options) => readRecords(file, 'csv', options),
}

export const jsonRecords: SampleFormat = {
  name: 'ndjson',
  detect: head => /^\s*\{.*\}\s*(?:\r?\n|$)/.test(head),
  read: (file, options) => readRecords(file, 'ndjson', options),
}

async function* readRecords(
  file: string,
  entries: 'csv' | 'ndjson',
  options: SampleOptions,
): AsyncGenerator<Measurement[]> {
  let picked: Picked | null = null
  const input = { name: file, file, size: await sizeOf(file), scan: null }
  for await (const batch of readEntries(input, { entries })) {
    const found: Measurement[] = []
    for (const located of batch) {
      const place = { file, line: located.line }
      if ('reject' in located) throw new WhyslowError(`No record: ${located.reject}.`, { place })
      if (!('entry' in located) || typeof located.entry === 'string') continue
      picked ??= pickNames(Object.keys(located.entry), options, file)
      const { [picked.value]: value, [picked.cluster ?? '']: cluster } = located.entry
      if (value === undefined || value === null || value === '' || value === '-') continue
      const number = Number(value)
      if (!Number.isFinite(number))
        throw new WhyslowError(`${picked.value} is no number: ${JSON.stringify(value)?.slice(0, 40)}.`, {
          place,
        })
      found.push({
        value_ms: number * DURATION_UNITS[picked.unit],
        cluster: picked.cluster === null || cluster == null || cluster === '' ? null : String(cluster),
      })
    }
    yield found
  }
}

interface Picked {
  value: string
  unit: DurationUnit
  cluster: string | null
}

const TIMES = /^(?:ms|time|times|duration|latency|elapsed|response_?time|request_?time|took|value|real)$/i
const SUFFIX = /[_.-]?(ns|nanos(?:econds)?|us|µs|micros(?:econds)?|ms|millis(?:econds)?|secs?|seconds|s)$/i

function pickNames(names: string[], { value, cluster, unit }: SampleOptions, file: string): Picked {
  const likely = names.filter(name => TIMES.test(name.replace(SUFFIX, '')) || TIMES.test(name))
  const found = value ?? likely[0]
  const listed = names.slice(0, 20).join(', ')
  if (found === undefined || (value === undefined && likely.length > 1))
    throw new WhyslowError(
      likely.length > 1
        ? 'Several columns may hold the times.'
        : 'No column says by its name that it holds times.',
      { place: { file, line: 1 }, next: [`Name it: --value COLUMN. There are: ${listed}`] },
    )
  for (const name of [found, ...(cluster === undefined ? [] : [cluster])])
    if (!names.includes(name))
      throw new WhyslowError(`There is no column “${name}”.`, {
        place: { file, line: 1 },
        next: [`There are: ${listed}`],
      })
  return { value: found, unit: unit ?? unitOf(found), cluster: cluster ?? null }
}

function unitOf(name: string): DurationUnit {
  const suffix = (SUFFIX.exec(name)?.[1] ?? 'ms').toLowerCase()
  if (/^(?:us|µs|micro)/.test(suffix)) return 'us'
  if (suffix.startsWith('n')) return 'ns'
  return suffix.startsWith('m') ? 'ms' : 's'
}
