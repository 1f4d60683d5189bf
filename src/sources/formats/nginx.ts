/**
 * nginx `combined`, alone or with further fields behind it, as most people extend it.
 * https://nginx.org/en/docs/http/ngx_http_log_module.html
 *
 * The fields behind the user agent are told by their shape in the sample: of two bare numbers (seconds) the one that is never
 * smaller is `$request_time` (the first where that doesn't tell them apart), the other `$upstream_response_time`; `host:port` is
 * `$upstream_addr`; a quoted one is `$http_x_forwarded_for`.
 * Several upstreams (`0.100, 0.200`, quoted or not) are kept whole and summed, the last one answered. Anything else is kept as `field_10`
 * and so on. Apache's `combined` has the same shape: it is told by what only Apache writes, and read as nginx' where nothing tells.
 * Times of day carry their zone. `$request_time` runs from the first byte of the request to the last byte of the answer.
 */
import { sqlName } from '../../store/engine.js'
import { readTime } from '../../store/read-time.js'
import { type Doubt, type Field, type Format, type Layout, type Split, STATUS } from '../layout.js'
import { readAsApache } from './apache.js'
import { lastOf, sumOf } from './log-format-columns.js'
import { outcomeOf, splitRequestLine, withoutQuotes } from './request-sql.js'
import { fitWidth, splitQuoted } from './split-quoted.js'

const HEAD: Field[] = [
  { name: 'remote_addr', type: 'text' },
  { name: 'ident', type: 'text' },
  { name: 'remote_user', type: 'text' },
  { name: 'time_local', type: 'text' },
  { name: 'zone', type: 'text' },
  { name: 'request', type: 'text' },
  { name: 'status', type: 'integer', pattern: STATUS },
  { name: 'body_bytes_sent', type: 'integer' },
  { name: 'http_referer', type: 'text' },
  { name: 'http_user_agent', type: 'text' },
]

type Role = 'request_time' | 'upstream_response_time' | 'upstream_addr' | 'http_x_forwarded_for'

/** Fields that are attributes, whole. */
const KEPT = new Set([
  'ident',
  'remote_user',
  'http_x_forwarded_for',
  'upstream_response_time',
  'upstream_addr',
  'more',
])

const NUMBER = /^(?:\d+\.\d{3}|-)(?:(?:, | : )(?:\d+\.\d{3}|-))*$/
/** One of a list of times or addresses, with another one behind it. */
const LISTED = /^(?:\d+\.\d{3}|-|[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}|unix:[^\s,]+),$/
const FORWARDED = /^(?:\d+(?:\.\d+){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)(?:, ?[0-9a-fA-F.:]+)*$/
const ONE_ADDRESS = String.raw`(?:[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}|unix:[^\s,]+)`
const ADDRESS = new RegExp(`^${ONE_ADDRESS}(?:(?:, | : )${ONE_ADDRESS})*$`)

export const nginx: Format = {
  name: 'nginx',
  title: 'nginx combined, with or without more fields behind it (also Apache combined)',
  layout(sample) {
    const other = readAsApache(sample)
    if (other) return other
    const parsed = sample.lines
      .map(line => splitCombined(line))
      .filter(parts => parts !== null && /^\d{3}$/.test(parts[6] ?? ''))
    if (parsed.length === 0) return null
    const trailing = parsed.map(parts => parts!.slice(HEAD.length))
    const roles = tellRoles(trailing)
    const doubt = doubtRest(roles, trailing)
    return { ...combinedLayout(roles, sample.lines), ...(doubt ? { doubts: [doubt] } : {}) }
  },
}

const COMBINED_FORMAT =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
const SHOWN = 60

/** What nobody said the name of: it is kept, and nothing is made of it. Null where every field that has a value is known. */
function doubtRest(roles: (Role | null)[], trailing: string[][]): Doubt | null {
  const isUnknown = (value: string | undefined, i: number) => roles[i] === null && value !== '-'
  const example = trailing.find(values => values.length === roles.length && values.some(isUnknown))
  if (!example) return null
  const rest = example.join(' ')
  const places = roles.flatMap((role, i) => (role === null ? [`field_${HEAD.length + i + 1}`] : []))
  const kept = places.length === 1 ? places[0]! : `${places[0]} to ${places.at(-1)}`
  const time = roles.includes('request_time') ? '' : ' No duration is read from them.'
  return {
    message: `Behind the combined format stand fields whose names nobody said: ${rest.length > SHOWN ? `${rest.slice(0, SHOWN)}…` : rest}. They are kept as attrs.${kept}.${time}`,
    next: `Say how the server writes them (log_format in nginx.conf): --log-format '${COMBINED_FORMAT} …', or logFormats: in whyslow.yaml`,
    isReadAnew: true,
  }
}

/** What each trailing field is, from what the sample shows at its place. */
function tellRoles(trailing: string[][]): (Role | null)[] {
  const width = commonest(trailing.map(parts => parts.length))
  const taken = new Set<Role>()
  const take = (role: Role) => {
    if (taken.has(role)) return null
    taken.add(role)
    return role
  }
  const columns = Array.from({ length: width }, (_, i) =>
    trailing.map(parts => parts[i]).filter(value => value !== undefined && value !== '-'),
  )
  const share = (i: number, pattern: RegExp) =>
    columns[i]!.filter(value => pattern.test(value!)).length / columns[i]!.length
  const numbers = columns.flatMap((_, i) => (share(i, NUMBER) > 0.9 ? [i] : []))
  const [whole = numbers[0]] = [0, ROUNDING_S].flatMap(by =>
    numbers.filter(i => numbers.every(other => isNeverSmaller(trailing, i, other, by))),
  )
  return columns.map((values, i) => {
    if (values.length === 0) return i === 0 && width > 1 ? take('http_x_forwarded_for') : null
    if (numbers.includes(i)) return take(i === whole ? 'request_time' : 'upstream_response_time')
    if (share(i, ADDRESS) > 0.9) return take('upstream_addr')
    if (share(i, FORWARDED) > 0.9) return take('http_x_forwarded_for')
    return null
  })
}

/** Both times are rounded, by themselves. */
const ROUNDING_S = 0.0015

/** Where both have a value. */
function isNeverSmaller(trailing: string[][], column: number, other: number, by: number): boolean {
  return trailing.every(parts => !(Number(parts[column]) + by < Number(parts[other])))
}

function combinedLayout(roles: (Role | null)[], lines: string[]): Layout {
  const fields: Field[] = [
    ...HEAD,
    ...roles.map((role, i): Field => {
      const name = role ?? `field_${HEAD.length + i + 1}`
      return { name, type: role === 'request_time' ? 'number' : 'text' }
    }),
  ]
  const requestLine = splitRequestLine('request')
  const has = (role: Role) => roles.includes(role)
  const kept = [...fields.map(field => field.name), 'more'].filter(
    name => name.startsWith('field_') || KEPT.has(name),
  )
  const duration = has('request_time') ? 'round(request_time * 1e6) / 1e3' : 'NULL'
  // Apache escapes a quote as \" which the engine's reader would take for the end of the text.
  const escapesQuotes = lines.some(line => line.includes('\\"'))
  return {
    format: 'nginx',
    kind: 'requests',
    entries: 'lines',
    fields,
    overflow: 'more',
    split: line => splitLine(line as string, fields.length),
    ...(escapesQuotes ? {} : { fast: { delimiter: ' ', quote: '"', nullText: '-' } }),
    derived: requestLine.derived,
    select: {
      // A cast from a time with a zone would ask the calendar, for half of the time that this takes.
      time: `make_timestamp(epoch_us(try_strptime(time_local || zone, '[%d/%b/%Y:%H:%M:%S%z]')))`,
      ...requestLine.columns,
      status: 'status',
      outcome: outcomeOf('status'),
      duration_ms: duration,
      elapsed_ms: has('request_time')
        ? `CASE WHEN status IS NULL OR status IN (0, 499, 504) THEN ${duration} END`
        : 'NULL',
      upstream_ms: has('upstream_response_time') ? sumOf('upstream_response_time', 1000) : 'NULL',
      bytes_out: 'body_bytes_sent',
      client: 'remote_addr',
      account: 'remote_user',
      user_agent: 'http_user_agent',
      referer: 'http_referer',
      upstream: has('upstream_addr') ? lastOf('upstream_addr') : 'NULL',
    },
    attrs: {
      ...Object.fromEntries(kept.map(name => [name, `"${name}"`])),
      ...requestLine.attrs,
    },
    holds: withoutQuotes(['path', 'query', 'referer', 'user_agent', 'attrs.garbage']),
    attribute: name => (fields.some(field => field.name === name) ? sqlName(name) : null),
  }
}

function splitLine(line: string, width: number): Split {
  const parts = splitCombined(line.replace(/ +$/, ''))
  if (parts === null)
    return { reject: 'not “address - user [time] "request" status bytes "referer" "agent"”' }
  if (readTime(`${parts[3]} ${parts[4]}`) === null)
    return { reject: `time_local is no time: ${parts[3]} ${parts[4]}` }
  return { values: fitWidth(parts, width) }
}

const COMBINED =
  /^([^ ]+) ([^ ]+) (.*?) (\[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d) ([+-]\d{4}\]) "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: (.*))?$/s

function splitCombined(line: string): string[] | null {
  const match = COMBINED.exec(line)
  if (match === null) return null
  const head = match.slice(1, HEAD.length + 1) as string[]
  if (match[11] === undefined) return head
  const rest = splitQuoted(match[11])
  return rest === null ? null : [...head, ...joinLists(rest)]
}

/** Lists without quotes: `0.100, 0.200 : 0.300`. */
function joinLists(parts: string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < parts.length; i += 1) {
    let whole = parts[i]!
    for (; i + 1 < parts.length; i += 1) {
      if (parts[i + 1] === ':' && i + 2 < parts.length) {
        whole += ` : ${parts[i + 2]}`
        i += 1
      } else if (LISTED.test(parts[i]!)) whole += ` ${parts[i + 1]}`
      else break
    }
    joined.push(whole)
  }
  return joined
}

function commonest(numbers: number[]): number {
  const counts = new Map<number, number>()
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}
