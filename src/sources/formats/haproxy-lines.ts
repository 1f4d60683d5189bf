/** HAProxy's lines, one by one: with or without a syslog prefix, HTTP, HTTPS, TCP, and what it says of connections that failed. */
import type { Sample, Split } from '../layout.js'

/** A record as its parts; null for what the kind of line doesn't have. */
export type Parts = Record<(typeof PARTS)[number], string | null>

/** In the order of the line. */
const HTTP_PARTS = [
  'frontend_name',
  'server',
  't_request',
  't_queue',
  't_connect',
  't_response',
  't_total',
  'status',
  'bytes_read',
  'captured_request_cookie',
  'captured_response_cookie',
  'termination_state',
  'connections',
  'queues',
  'captured_headers',
  'request',
  'tls',
] as const

export const PARTS = ['prefix', 'client_port', 'accepted', ...HTTP_PARTS, 'message'] as const

const RECORD = /^(?:(.*?) )?(\S+:\d+) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] (\S.*)$/s
const CONNECTIONS = String.raw`(\d+\/\d+\/\d+\/\d+\/\+?\d+) (\d+\/\d+)`
/** A line that was cut at the log's greatest length has no closing quote. */
const HTTP = new RegExp(
  String.raw`^([^ ]+) ([^ ]+\/[^ ]+) (-?\d{1,12})\/(-?\d{1,12})\/(-?\d{1,12})\/(-?\d{1,12})\/(\+?-?\d{1,12}) (-?\d{1,3}) (\+?\d{1,18}) ([^ ]+) ([^ ]+) ([\w-]{4}) ${CONNECTIONS}(?: (\{[^"]*\}))? "([^"]*)(?:"(?: (.*))?)?$`,
  's',
)
const TCP = new RegExp(
  String.raw`^([^ ]+) ([^ ]+\/[^ ]+) (-?\d{1,12})\/(-?\d{1,12})\/(\+?-?\d{1,12}) (\+?\d{1,18}) ([\w-]{2}) ${CONNECTIONS} *$`,
)
const FAILED = /^(\S+\/\S+): (\S.*)$/s

/** What a syslog daemon, or HAProxy itself, writes before a message: RFC 3164, RFC 5424, or RFC 3339 times as rsyslog has them. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?) (\S.*)$/s
const BY_HAPROXY = /(?:^| )(?:\S*\/)?ha(?:proxy|pee)\S*(?:\[\d+\]:? ?| \d+ )(.*)$/s
/** What HAProxy writes to its own standard error. */
const NOTICE = /^\[(?:NOTICE|WARNING|ALERT|DEBUG|INFO)\]/

/** The parts of a line, or why it is no request. */
export function readHaproxyLine(line: string): Parts | Exclude<Split, { values: unknown }> {
  const [, prefix = null, client_port, accepted, rest] = RECORD.exec(line) ?? []
  if (rest === undefined) return explain(line)
  const start = { ...EMPTY, prefix, client_port: client_port!, accepted: accepted! }
  const http = HTTP.exec(rest)
  if (http) return { ...start, ...nameParts(http, HTTP_PARTS) }
  const tcp = TCP.exec(rest)
  if (tcp) return { ...start, ...nameParts(tcp, TCP_PARTS) }
  const failed = FAILED.exec(rest)
  if (failed) return { ...start, frontend_name: failed[1]!, message: failed[2]! }
  return { reject: 'neither the HTTP, the HTTPS nor the TCP log format' }
}

const EMPTY = Object.fromEntries(PARTS.map(name => [name, null])) as Parts

const TCP_PARTS = [
  'frontend_name',
  'server',
  't_queue',
  't_connect',
  't_total',
  'bytes_read',
  'termination_state',
  'connections',
  'queues',
] as const

function nameParts(match: RegExpExecArray, names: readonly (keyof Parts)[]): Partial<Parts> {
  return Object.fromEntries(names.map((name, i) => [name, clean(name, match[i + 1])]))
}

/** `-` is no cookie, and −1 no status. */
function clean(name: keyof Parts, text = ''): string | null {
  if (name === 'status') return Number(text) > 0 ? text : null
  return text === '' || (text === '-' && name.startsWith('captured_')) ? null : text
}

/** Other programs' lines and HAProxy's own messages are no loss; half of a record is. */
function explain(line: string): { skip: string } | { reject: string } {
  if (NOTICE.test(line)) return { skip: 'message' }
  const [, behind] = SYSLOG.exec(line) ?? []
  if (behind === undefined) return { reject: 'no line of HAProxy’s, and no syslog message' }
  const [, message] = BY_HAPROXY.exec(behind) ?? []
  if (message === undefined)
    return /^\S+(?: \S+)*?\[\d+\]:|^\S+ \S+:? /.test(behind)
      ? { skip: 'other program' }
      : { reject: 'cut off' }
  const own = message.replace(/^(?:\S+ )??(?:- |\[.*?\] )/, '')
  return /^\S+:\d+(?: \[|$)/.test(own) || own === '' ? { reject: 'cut off' } : { skip: 'message' }
}

export interface Habits {
  /** Lines with a request line, which end in it or have it before their TLS part. */
  isHttp: boolean
  /** Whether the prefix has a time with its zone. */
  hasZone: boolean
  logsEarly: boolean
}

/** How a file's lines are; null when none is HAProxy's. */
export function tellHabits({ lines }: Sample): Habits | null {
  const records = lines.map(readHaproxyLine).filter(one => 'client_port' in one)
  if (records.length === 0) return null
  return {
    isHttp: records.filter(({ request }) => request !== null).length >= records.length / 2,
    hasZone: records.some(({ prefix }) =>
      /\d{4}-\d\d-\d\dT\S*(?:Z|[+-]\d\d:?\d\d)(?: |$)/.test(prefix ?? ''),
    ),
    logsEarly: records.some(({ t_total }) => t_total?.startsWith('+')),
  }
}
