/** From the variables of a log format to columns and attributes, as SQL. */
import { sqlName } from '../../store/engine.js'
import type { Variable } from './log-format.js'
import type { Picks } from './log-format-layout.js'
import { addressOf, millisecondsOf, outcomeOf, splitRequestLine, withoutPort } from './request-sql.js'

interface Options {
  timeSql: string
}

export interface RequestSql {
  derived: Record<string, string>
  select: Record<string, string>
  attrs: Record<string, string>
  /** Where each variable's text is to be found at rest, by the variable's name. */
  places: Map<string, string[]>
}

export function requestColumns(variables: Variable[], picks: Picks, options: Options): RequestSql {
  const text = (variable: Variable | undefined) => variable && `nullif(${sqlName(variable.name)}, '')`
  const number = (variable: Variable | undefined) => variable && sqlName(variable.name)
  const request = requestLine(picks, text)
  const line = request && splitRequestLine(request.name)
  const duration = picks.duration && milliseconds(sqlName(picks.duration.name), picks.duration.unit!)
  const ended = endedSql(picks, text)
  const host = hostOf(picks.host, text)
  const isShifted = Boolean(picks.time?.isEnd && duration)
  const bytes = number(picks.bytes_out)
  const select: Record<string, string> = {
    time: isShifted
      ? `${options.timeSql} - to_microseconds(coalesce(round((${duration}) * 1000), 0)::BIGINT)`
      : options.timeSql,
    ...line?.columns,
    ...(picks.request || !picks.method ? {} : { method: text(picks.method)! }),
    // The line was made with a method that is not the log's.
    ...(request && !picks.request && !picks.method ? { method: 'NULL' } : {}),
    host:
      [host, line?.columns.host]
        .filter(Boolean)
        .join(', ')
        .replace(/^(.*, .*)$/s, 'coalesce($1)') || 'NULL',
    status: number(picks.status) ?? 'NULL',
    outcome: ended === null ? `'ok'` : 'ended',
    duration_ms: duration ?? 'NULL',
    elapsed_ms:
      ended && duration
        ? `CASE WHEN ended = 'aborted' THEN ${duration} WHEN ended = 'timeout' THEN ${duration} END`
        : 'NULL',
    upstream_ms: picks.upstream_time ? sumOf(text(picks.upstream_time)!, picks.upstream_time.unit!) : 'NULL',
    bytes_in: number(picks.bytes_in) ?? 'NULL',
    bytes_out: bytes ? (picks.bytes_out!.dashIsZero ? `coalesce(${bytes}, 0)` : bytes) : 'NULL',
    client: clientOf(picks.client, text) ?? 'NULL',
    account: text(picks.user) ?? 'NULL',
    user_agent: text(picks.user_agent) ?? 'NULL',
    referer: text(picks.referer) ?? 'NULL',
    upstream: picks.upstream ? lastOf(text(picks.upstream)!) : 'NULL',
    trace_id: text(picks.trace_id) ?? 'NULL',
  }
  const whole = wholeColumns(picks, request?.parts ?? [], isShifted)
  const attrs: Record<string, string> = {}
  const places = new Map<string, string[]>()
  for (const variable of variables) {
    const columns = whole.get(variable)
    const own = variable.key ?? variable.name
    const clash = Object.keys(attrs).some(name => name.toLowerCase() === own.toLowerCase())
    const name = clash || KEPT_NAMES.has(own.toLowerCase()) ? `${own}_2` : own
    places.set(variable.name, columns ?? [`attrs.${sqlName(name)}`])
    if (!columns) attrs[name] = text(variable)!
  }
  return {
    derived: {
      ...(request?.sql ? { request_line: request.sql } : {}),
      ...line?.derived,
      ...(ended === null ? {} : { ended }),
    },
    select,
    attrs: { ...attrs, ...line?.attrs },
    places,
  }
}

const KEPT_NAMES = new Set(['origin', 'garbage', 'http_version', 'more'])

type Text = (variable: Variable | undefined) => string | undefined

/** The request line's field, or SQL that makes one of its parts. */
function requestLine(picks: Picks, text: Text): { name: string; sql?: string; parts: Variable[] } | null {
  const { request, method, target, args, marked_args: marked } = picks
  if (request) return { name: sqlName(request.name), parts: [request] }
  if (!target) return null
  const query = args && target.isPathOnly ? ` || coalesce('?' || nullif(${text(args)}, ''), '')` : ''
  const behind = marked && target.isPathOnly ? ` || coalesce(${text(marked)}, '')` : query
  const parts = [target, ...(method ? [method] : []), ...(target.isPathOnly ? [marked ?? args] : [])]
  return {
    name: 'request_line',
    sql: `${method ? `${text(method)} || ' '` : `'GET '`} || ${text(target)}${behind}`,
    parts: parts.filter(part => part !== undefined),
  }
}

function milliseconds(sql: string, unit: number): string {
  if (unit === 1) return `CASE WHEN ${sql} >= 0 THEN ${sql} END`
  return unit === 1000 ? millisecondsOf(sql) : `CASE WHEN ${sql} >= 0 THEN ${sql} / 1e3 END`
}

/** The sum of `1.000, 2.000 : 0.5`; null when one of them was not measured. */
export function sumOf(list: string, unit: number): string {
  const one = `try_cast(${list} AS DOUBLE)`
  const all = `list_sum(try_cast(string_split(replace(replace(${list}, ' : ', ','), ', ', ','), ',') AS DOUBLE[]))`
  return `CASE WHEN strpos(${list}, ',') = 0 AND strpos(${list}, ' ') = 0 THEN ${milliseconds(one, unit)}
    WHEN strpos(${list}, '-') > 0 THEN NULL ELSE ${milliseconds(all, unit)} END`
}

/** The last of several upstreams, which gave the answer. */
export function lastOf(list: string): string {
  return `CASE WHEN strpos(${list}, ',') = 0 AND strpos(${list}, ' ') = 0 THEN ${list}
    ELSE list_last(string_split(replace(${list}, ' : ', ', '), ', ')) END`
}

function hostOf(host: Variable | undefined, text: Text): string | undefined {
  return host?.isLossy ? withoutPort(text(host)!) : text(host)
}

function clientOf(client: Variable | undefined, text: Text): string | undefined {
  if (!client) return undefined
  if (client.isForwarded) return `trim(list_last(string_split(${text(client)}, ',')))`
  return client.isLossy ? addressOf(text(client)!) : text(client)
}

/** Envoy's response flags: the client left, or a time limit was reached. */
const LEFT = ['DC', 'DR']
const TIMED_OUT = ['UT', 'SI', 'DT', 'UMSDR']

/** Null when nothing in the format tells how a request ended. */
function endedSql({ status, connection, flags }: Picks, text: Text): string | null {
  if (!status) return null
  const byStatus = outcomeOf(sqlName(status.name))
  const left = connection ? [`WHEN ${text(connection)} = 'X' THEN 'aborted'`] : []
  if (flags) {
    const has = (names: string[]) =>
      `list_has_any(string_split(${text(flags)}, ','), [${names.map(name => `'${name}'`).join(', ')}])`
    left.push(`WHEN ${text(flags)} IS NULL THEN ${byStatus}`)
    left.push(`WHEN ${has(LEFT)} THEN 'aborted' WHEN ${has(TIMED_OUT)} THEN 'timeout'`)
  }
  return left.length === 0 ? byStatus : `CASE ${left.join(' ')} ELSE ${byStatus} END`
}

/** Variables whose whole content is in columns, with those columns. */
function wholeColumns(picks: Picks, request: Variable[], isShifted: boolean): Map<Variable, string[]> {
  const whole = new Map<Variable, string[]>()
  const put = (variable: Variable | undefined, column: string) => {
    if (variable && !variable.isLossy) whole.set(variable, [column])
  }
  for (const part of request) whole.set(part, ['path', 'query', 'attrs.garbage'])
  if (picks.request === undefined) put(picks.method, 'method')
  if (!isShifted) put(picks.time, '"time"')
  put(picks.status, 'status')
  put(picks.duration, 'duration_ms')
  put(picks.bytes_in, 'bytes_in')
  put(picks.bytes_out, 'bytes_out')
  if (!picks.client?.isForwarded) put(picks.client, 'client')
  put(picks.host, 'host')
  put(picks.user_agent, 'user_agent')
  put(picks.referer, 'referer')
  put(picks.trace_id, 'trace_id')
  // Numbers hold no quotes.
  for (const variable of [picks.status, picks.duration, picks.bytes_in, picks.bytes_out, picks.time])
    if (variable && whole.has(variable)) whole.set(variable, [])
  return whole
}
