/**
 * `log_format` as nginx writes it: several quoted pieces are one string, `escape=default|json|none` before them.
 * https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
 *
 * Times are in seconds; `$time_local` and `$time_iso8601` have a resolution of a second, `$msec` of a millisecond. All three are when the
 * line is written, which is the end of the request: `$msec` less `$request_time` is when it came in, the others are taken as they are.
 * Upstream times are lists when there were several (`, ` between tries, ` : ` between groups). Variables that nginx doesn't know are
 * attributes under their names.
 */
import {
  formatError,
  type LogFormat,
  mergeLiterals,
  type Piece,
  settlePieces,
  type Variable,
} from './log-format.js'
import { commonLogTime, epochTime, ISO_TIME } from './log-time.js'

type Known = Omit<Variable, 'name' | 'source' | 'at'>

export const NGINX_VARIABLES: Record<string, Known> = {
  msec: { role: 'time', rank: 1, time: epochTime('s'), isEnd: true },
  time_iso8601: { role: 'time', rank: 2, time: ISO_TIME },
  time_local: { role: 'time', rank: 3, time: commonLogTime() },
  request: { role: 'request' },
  request_method: { role: 'method', shape: 'word' },
  request_uri: { role: 'target', rank: 1 },
  uri: { role: 'target', rank: 2, isPathOnly: true },
  document_uri: { role: 'target', rank: 3, isPathOnly: true },
  is_args: { role: 'is_args' },
  args: { role: 'args', rank: 1 },
  query_string: { role: 'args', rank: 2 },
  server_protocol: { role: 'protocol', shape: 'word' },
  scheme: { role: 'scheme', shape: 'word' },
  host: { role: 'host', rank: 1, shape: 'word' },
  http_host: { role: 'host', rank: 2, isLossy: true },
  server_name: { role: 'host', rank: 3, shape: 'word' },
  server_port: { role: 'port', shape: 'integer' },
  status: { role: 'status', shape: 'status' },
  request_time: { role: 'duration', shape: 'number', unit: 1000 },
  upstream_response_time: { role: 'upstream_time', shape: 'times', unit: 1000 },
  upstream_connect_time: { shape: 'times' },
  upstream_header_time: { shape: 'times' },
  upstream_first_byte_time: { shape: 'times' },
  upstream_session_time: { shape: 'times' },
  upstream_queue_time: { shape: 'times' },
  upstream_addr: { role: 'upstream', shape: 'list' },
  upstream_status: { shape: 'list' },
  upstream_response_length: { shape: 'list' },
  upstream_bytes_received: { shape: 'list' },
  upstream_bytes_sent: { shape: 'list' },
  body_bytes_sent: { role: 'bytes_out', rank: 1, shape: 'integer' },
  bytes_sent: { role: 'bytes_out', rank: 2, shape: 'integer' },
  request_length: { role: 'bytes_in', shape: 'integer' },
  remote_addr: { role: 'client', shape: 'word' },
  remote_user: { role: 'user' },
  http_user_agent: { role: 'user_agent' },
  http_referer: { role: 'referer' },
  request_id: { role: 'trace_id', rank: 1, shape: 'word' },
  otel_trace_id: { role: 'trace_id', rank: 2 },
  opentelemetry_trace_id: { role: 'trace_id', rank: 2 },
  http_x_request_id: { role: 'trace_id', rank: 3 },
  http_x_amzn_trace_id: { role: 'trace_id', rank: 4 },
  http_traceparent: { role: 'trace_id', rank: 5 },
}

/** Pieces of a string as it stands in the configuration, with or without the directive around it, or of the bare format. */
export function parseNginx(text: string, origin: string): LogFormat {
  const { chars, escaping } = readConfigured(text, origin)
  const string = chars.map(({ char }) => char).join('')
  const pieces = readVariables(string, NGINX_VARIABLES).map(piece =>
    typeof piece === 'string' ? piece : { ...piece, at: chars[piece.at]!.at },
  )
  const lone = chars.findIndex(({ char }, i) => char === '$' && !/^\$(?:\w|\{\w+\})/.test(string.slice(i)))
  if (lone !== -1) throw formatError({ text, origin }, chars[lone]!.at, 'A $ without the name of a variable')
  return settlePieces({ pieces, escaping, text, origin })
}

/** Splits at `$name` and `${name}`. */
function readVariables(text: string, known: Record<string, Known>): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(/\$(?:(\w+)|\{([\w-]+)\})/g)) {
    const name = match[1] ?? match[2]!
    pieces.push(text.slice(from, match.index))
    const own = Object.hasOwn(known, name) ? known[name] : {}
    pieces.push({ name, source: match[0], at: match.index, ...own })
    from = match.index + match[0].length
  }
  return mergeLiterals([...pieces, text.slice(from)])
}

interface Char {
  char: string
  /** Where it stands in the string as it was given. */
  at: number
}

const ESCAPED: Record<string, string> = { t: '\t', r: '\r', n: '\n', '"': '"', "'": "'", '\\': '\\' }

function readConfigured(text: string, origin: string): { chars: Char[]; escaping: LogFormat['escaping'] } {
  const directive = /^\s*log_format\s+[^\s'"$]+\s+/.exec(text)?.[0] ?? ''
  const option = /^\s*escape=(\w+)\s+/.exec(text.slice(directive.length))
  const escaping = option?.[1] ?? 'default'
  if (escaping !== 'default' && escaping !== 'json' && escaping !== 'none')
    throw formatError(
      { text, origin },
      text.indexOf('escape='),
      `escape is default, json or none, not ${escaping}`,
    )
  const start = directive.length + (option?.[0].length ?? 0)
  const isConfigured = start > 0 || /^\s*'/.test(text)
  const chars = isConfigured ? readQuoted(text, start, origin) : [...text].map((char, at) => ({ char, at }))
  // Positions of a bare format count UTF-16 units.
  if (!isConfigured)
    return { chars: Array.from({ length: text.length }, (_, at) => ({ char: text[at]!, at })), escaping }
  return { chars, escaping }
}

/** The pieces of a directive, quoted or bare, up to its semicolon. */
function readQuoted(text: string, start: number, origin: string): Char[] {
  const chars: Char[] = []
  for (let at = start; at < text.length; at += 1) {
    const quote = text[at]!
    if (quote === ';') break
    if (/\s/.test(quote)) continue
    if (quote !== "'" && quote !== '"') {
      for (; at < text.length && !/[\s;]/.test(text[at]!); at += 1) chars.push({ char: text[at]!, at })
      at -= 1
      continue
    }
    const opened = at
    for (at += 1; text[at] !== quote; at += 1) {
      if (at >= text.length) throw formatError({ text, origin }, opened, `The ${quote} is not closed`)
      const escaped = text[at] === '\\' ? ESCAPED[text[at + 1] ?? ''] : undefined
      chars.push({ char: escaped ?? text[at]!, at })
      if (escaped !== undefined) at += 1
    }
  }
  return chars
}
