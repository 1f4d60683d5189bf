/** One line of a JSON log by itself: what it is, and whether its columns can hold what it says. */
import { programText, readContainerLine } from '../container-line.js'
import type { Entry, Split } from '../layout.js'
import { isRecord, parseJson, readRecord } from '../parse-json.js'
import { isDuration } from './json-duration.js'
import { type JsonShape, memberOf, type Path } from './json-paths.js'
import type { JsonRequests } from './json-requests.js'
import { readLogTime } from './json-time.js'

export const NUMBERS = ['status', 'bytes_in', 'bytes_out', 'weight'] as const
const NUMBER = /^\s*-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?\s*$/

export function splitRecord(entry: Entry, spec: JsonRequests, shape: JsonShape): Split {
  const line = typeof entry === 'string' ? entry : JSON.stringify(entry)
  const outer = readContainerLine(line)
  const text = outer?.text ?? line
  if (text.trim() === '') return { skip: 'blank' }
  const read = readRecord(text)
  if ('reject' in read) {
    const own = spec.ownLine?.(text) ?? null
    return own === null ? read : { skip: own }
  }
  const { record } = read
  const refused = spec.refuse(record)
  if (refused) return refused
  const time = firstTime(record, spec.time)
  if (time === null)
    return { reject: `no time that can be read: ${shorten(memberOf(record, spec.time[0]!))}` }
  const wrong = findWrongNumber(record, spec)
  if (wrong) return { reject: wrong }
  const container = outer ? `${outer.time} ${outer.stream}` : null
  const around = outer && {
    ...(spec.records.runtime === null && { container }),
    ...(Object.keys(outer.more).length > 0 && { 'container.more': outer.more }),
  }
  const more = { ...shape.rest(record), ...around }
  return { values: [read.text, time, Object.keys(more).length > 0 ? JSON.stringify(more) : null, container] }
}

function firstTime(record: Record<string, unknown>, paths: Path[]): string | null {
  for (const path of paths) {
    const time = readLogTime(memberOf(record, path))
    if (time !== null) return time
  }
  return null
}

/** What a column can't hold, as a reason to reject; null when all is well. */
function findWrongNumber(record: Record<string, unknown>, spec: JsonRequests): string | null {
  for (const column of NUMBERS) {
    const path = spec.columns[column]?.find(one => textOf(memberOf(record, one)) !== null)
    const text = path ? textOf(memberOf(record, path)) : null
    if (text === null) continue
    const name = path!.join('.')
    const value = Number(text)
    if (!NUMBER.test(text) || Math.abs(value) >= 1e18) return `${name} is no number: ${shorten(text)}`
    if (column === 'status' && (value < 0 || value > 999)) return `${name} is no status: ${shorten(text)}`
    if (column === 'weight' && !(value > 0)) return `${name} is not above 0: ${shorten(text)}`
  }
  for (const { path, unit, isList } of Object.values(spec.durations).flat()) {
    if (isList) continue
    const text = textOf(memberOf(record, path))
    if (text !== null && !isDuration(text, unit)) return `${path.join('.')} is no duration: ${shorten(text)}`
  }
  return null
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '-') return null
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.trim() === '' ? null : text
}

export function targetOf(entry: Entry, spec: JsonRequests): { target: string; status: string | null } | null {
  const text = typeof entry === 'string' ? programText(entry) : JSON.stringify(entry)
  const record = parseJson(text)
  if (!isRecord(record) || spec.refuse(record)) return null
  const first = (paths: Path[] = []) =>
    paths.map(path => textOf(memberOf(record, path))).find(one => one !== null) ?? null
  const target = first(spec.target) ?? /^[A-Z]+ (\S+)/.exec(first(spec.request) ?? '')?.[1]
  return target === undefined ? null : { target, status: first(spec.columns.status) }
}

function shorten(value: unknown): string {
  return textOf(value)?.slice(0, 40) ?? 'nothing'
}
