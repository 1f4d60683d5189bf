/**
 * IIS, and other servers that write the W3C extended log file format.
 * https://www.w3.org/TR/WD-logfile.html
 * https://learn.microsoft.com/windows/win32/http/w3c-logging
 *
 * `date` and `time` are UTC and when the request had ended, so `time-taken` is subtracted; both are kept as they are written.
 * `date` may stand in a `#Date:` above the lines instead. `time-taken` is in milliseconds where IIS writes it, and in seconds where it has
 * a fraction (WebLogic, Tomcat); otherwise it is taken for milliseconds with a doubt, or as `--unit` says.
 * It covers the network until the client has acknowledged the last byte, and keep-alive not.
 * IIS writes `+` for a space in user agent, referer and cookie, and for a `+` as well: the column `user_agent` has spaces.
 * `sc-win32-status` doesn't decide the outcome (64, the client was gone, is often one that had everything); it is an attribute.
 * Paths are as they are written: IIS decodes them, so they may hold other characters than the client sent.
 */
import {
  type Doubt,
  DURATION_UNITS,
  type DurationUnit,
  type Field,
  type Format,
  type LayoutOptions,
  type Sample,
  STATUS,
} from '../layout.js'
import type { Labelled } from './labelled.js'
import { outcomeOf, withoutQuotes } from './request-sql.js'
import { type Cells, readHeaders, w3cLayout } from './w3c-lines.js'

const CORE: Field[] = [
  { name: 'date', type: 'text' },
  { name: 'time', type: 'text' },
  { name: 'c-ip', type: 'text' },
  { name: 'cs-username', type: 'text' },
  { name: 'cs-method', type: 'text' },
  { name: 'cs-host', type: 'text' },
  { name: 'cs(Host)', type: 'text' },
  { name: 'cs-uri', type: 'text' },
  { name: 'cs-uri-stem', type: 'text' },
  { name: 'cs-uri-query', type: 'text' },
  { name: 'sc-status', type: 'integer', pattern: STATUS },
  { name: 'sc-bytes', type: 'integer' },
  { name: 'cs-bytes', type: 'integer' },
  { name: 'bytes', type: 'integer' },
  { name: 'time-taken', type: 'number' },
  { name: 'cs(User-Agent)', type: 'text' },
  { name: 'cs(Referer)', type: 'text' },
  { name: 's-computername', type: 'text' },
  { name: 's-ip', type: 'text' },
]
const IN_COLUMNS = new Map([
  ['c-ip', 'client'],
  ['cs-username', 'account'],
  ['cs-method', 'method'],
  ['cs-uri-stem', 'path'],
  ['cs-uri-query', 'query'],
  ['sc-status', 'status'],
  ['sc-bytes', 'bytes_out'],
  ['bytes', 'bytes_out'],
  ['cs-bytes', 'bytes_in'],
  ['time-taken', 'duration_ms'],
  ['cs(User-Agent)', 'user_agent'],
  ['cs(Referer)', 'referer'],
])

/** Fields that only an edge server of CloudFront writes. */
export const EDGE = /^x-edge-/

export const w3c: Format = {
  name: 'w3c',
  title: 'IIS and others in the W3C extended format',
  layout(sample, options) {
    const headers = readHeaders(sample).filter(isOfRequests)
    if (headers.length === 0 || headers.some(names => names.some(name => EDGE.test(name)))) return null
    const isIis = tellIis(sample, headers)
    const cells = tellCells(sample, isIis)
    const { unit, doubts } = tellUnit(sample, headers, isIis, options)
    return w3cLayout(headers, labelled(unit, cells, doubts), cells)
  },
}

function isOfRequests(names: string[]): boolean {
  const has = (name: string) => names.some(one => one.toLowerCase() === name)
  return has('time') && (has('cs-uri-stem') || has('cs-uri')) && (has('sc-status') || has('cs-method'))
}

function tellIis({ lines }: Sample, headers: string[][]): boolean {
  return (
    lines.some(line => /^#Software:.*Microsoft/i.test(line)) ||
    headers.flat().some(name => /^(?:sc-win32-status|sc-substatus|s-sitename)$/i.test(name))
  )
}

function tellCells({ lines }: Sample, isIis: boolean): Cells {
  const requests = lines.filter(line => !line.startsWith('#'))
  const share = (pattern: RegExp) => requests.filter(line => pattern.test(line)).length / requests.length
  return {
    delimiter: share(/\t/) > 0.5 ? '\t' : ' ',
    quoted: !isIis && share(/(?:^|[ \t])".*"(?:[ \t]|$)/) > 0.1,
  }
}

function tellUnit(
  { lines }: Sample,
  headers: string[][],
  isIis: boolean,
  options: LayoutOptions,
): { unit: DurationUnit; doubts: Doubt[] } {
  const places = headers.map(names => names.findIndex(name => name.toLowerCase() === 'time-taken'))
  if (options.unit) return { unit: options.unit, doubts: [] }
  if (isIis || places.every(place => place === -1)) return { unit: 'ms', doubts: [] }
  const isFraction = lines.some(line => {
    const values = line.startsWith('#') ? [] : line.split(/[ \t]/)
    const taken = headers.findIndex(names => names.length === values.length)
    return /^\d*\.\d+$/.test(values[places[taken] ?? -1] ?? '')
  })
  if (isFraction) return { unit: 's', doubts: [] }
  return {
    unit: 'ms',
    doubts: [
      {
        message:
          'Nothing says whether time-taken is in milliseconds, as IIS writes it, or in seconds. It is taken for milliseconds.',
        next: 'If it is in seconds, import the file again with --unit s',
        isReadAnew: true,
      },
    ],
  }
}

function labelled(unit: DurationUnit, { quoted }: Cells, doubts: Doubt[]): Labelled {
  const factor = DURATION_UNITS[unit]
  const duration = `CASE WHEN "time-taken" >= 0 THEN round("time-taken" * ${factor} * 1000) / 1000 END`
  const uri = '"cs-uri"'
  const afterHost = `substr(${uri}, strpos(${uri}, '://') + 3)`
  return {
    format: 'w3c',
    core: CORE,
    inColumns: IN_COLUMNS,
    derived: {
      taken_ms: duration,
      local_uri: `CASE WHEN "cs-uri-stem" IS NOT NULL THEN NULL WHEN strpos(${uri}, '://') = 0 THEN ${uri}
        WHEN strpos(${afterHost}, '/') > 0 THEN substr(${afterHost}, strpos(${afterHost}, '/'))
        WHEN ${uri} IS NOT NULL THEN '/' END`,
    },
    select: {
      time: subtractTaken(`try_cast("date" || ' ' || "time" AS TIMESTAMP)`),
      method: '"cs-method"',
      host: 'coalesce("cs-host", "cs(Host)")',
      path: `coalesce("cs-uri-stem", split_part(local_uri, '?', 1))`,
      query: `coalesce("cs-uri-query", CASE WHEN strpos(local_uri, '?') > 0 THEN substr(local_uri, strpos(local_uri, '?') + 1) END)`,
      status: '"sc-status"',
      outcome: outcomeOf('"sc-status"'),
      duration_ms: 'taken_ms',
      elapsed_ms: `CASE WHEN "sc-status" IS NULL THEN taken_ms WHEN "sc-status" IN (0, 460, 499, 504) THEN taken_ms END`,
      bytes_in: '"cs-bytes"',
      bytes_out: 'coalesce("sc-bytes", "bytes")',
      client: '"c-ip"',
      account: '"cs-username"',
      // IIS has no spaces in it, so what was written can be told from what is kept.
      user_agent: quoted ? '"cs(User-Agent)"' : `replace("cs(User-Agent)", '+', ' ')`,
      referer: '"cs(Referer)"',
      upstream: 'coalesce("s-computername", "s-ip")',
    },
    holds: `length(attrs."date") = 10 AND length(attrs."time") >= 8${
      quoted ? ` AND ${withoutQuotes(['path', 'query', 'referer', 'user_agent'])}` : ''
    }`,
    doubts,
    asks: record => ({
      target: record.get('cs-uri-stem') ?? record.get('cs-uri'),
      status: record.get('sc-status'),
    }),
  }
}

/** When the request was taken in, from SQL of when it had ended; `taken_ms` is its duration. */
export function subtractTaken(ended: string): string {
  return `${ended} - to_microseconds(coalesce(round(taken_ms * 1000), 0)::BIGINT)`
}
