/**
 * Apache's `LogFormat`, as it stands in the configuration (quotes escaped, with or without the directive around it) or bare.
 * https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
 *
 * `%D` and `%{us}T` are microseconds, `%{ms}T` milliseconds, `%T` whole seconds; the finest is taken. `%t` is when the request came in.
 * `%b` writes no bytes as `-`, which is 0 here; `%X` = X is a client that left. A quote in a value is written as `\"`.
 * Fields have the names that nginx has for the same: `%{X-Forwarded-For}i` is `http_x_forwarded_for`.
 * What is unknown is an attribute under its directive.
 */

import {
  isVariable,
  type LogFormat,
  mergeLiterals,
  type Piece,
  settlePieces,
  type Variable,
} from './log-format.js'
import { calendarTime, commonLogTime, epochTime } from './log-time.js'
import { NGINX_VARIABLES } from './nginx-variables.js'

type Known = Omit<Variable, 'source' | 'at'>

const DIRECTIVES: Record<string, Known> = {
  h: { name: 'remote_addr', role: 'client', rank: 2, shape: 'word' },
  a: { name: 'client_addr', role: 'client', rank: 1, shape: 'word' },
  l: { name: 'ident' },
  u: { name: 'remote_user', role: 'user' },
  t: { name: 'time_local', role: 'time', rank: 3, time: commonLogTime('[', ']') },
  r: { name: 'request', role: 'request' },
  m: { name: 'request_method', role: 'method', shape: 'word' },
  U: { name: 'uri', role: 'target', rank: 2, isPathOnly: true },
  q: { name: 'query', role: 'marked_args' },
  H: { name: 'server_protocol', role: 'protocol', shape: 'word' },
  s: { name: 'status', role: 'status', rank: 2, shape: 'status' },
  b: { name: 'body_bytes_sent', role: 'bytes_out', rank: 1, shape: 'integer', dashIsZero: true },
  B: { name: 'body_bytes_sent', role: 'bytes_out', rank: 1, shape: 'integer' },
  O: { name: 'bytes_sent', role: 'bytes_out', rank: 2, shape: 'integer' },
  I: { name: 'request_length', role: 'bytes_in', shape: 'integer' },
  S: { name: 'bytes_transferred', shape: 'integer' },
  D: { name: 'duration_us', role: 'duration', rank: 1, shape: 'integer', unit: 0.001 },
  T: { name: 'duration_s', role: 'duration', rank: 3, shape: 'integer', unit: 1000 },
  v: { name: 'server_name', role: 'host', rank: 3, shape: 'word' },
  V: { name: 'host', role: 'host', rank: 2 },
  p: { name: 'server_port', role: 'port', shape: 'integer' },
  A: { name: 'server_addr', shape: 'word' },
  k: { name: 'keepalive_requests', shape: 'integer' },
  X: { name: 'connection_status', role: 'connection', shape: 'word' },
  L: { name: 'log_id' },
  P: { name: 'pid', shape: 'integer' },
  f: { name: 'request_filename' },
  R: { name: 'handler' },
}

const TIMES: Record<string, Known> = {
  sec: { name: 'time_sec', role: 'time', rank: 4, time: epochTime('s') },
  msec: { name: 'time_msec', role: 'time', rank: 2, time: epochTime('ms') },
  usec: { name: 'time_usec', role: 'time', rank: 1, time: epochTime('us') },
}

/** The directive, and the last of the modifiers `!200,304`, `<`, `>`, `{…}` of each kind. */
const DIRECTIVE = /%((?:[!<>,\d]|\{[^}]*\})*)(\^t[io]|[A-Za-z%])/g

export function parseApache(text: string, origin: string): LogFormat {
  const { string, positions } = unquote(text)
  const pieces: Piece[] = []
  let from = 0
  for (const match of string.matchAll(DIRECTIVE)) {
    pieces.push(string.slice(from, match.index))
    pieces.push(readDirective(match[0], match[1]!, match[2]!, positions[match.index]!))
    from = match.index + match[0].length
  }
  pieces.push(string.slice(from))
  return settlePieces({ pieces: joinTimes(mergeLiterals(pieces)), escaping: 'default', text, origin })
}

function readDirective(source: string, modifiers: string, letter: string, at: number): Piece {
  if (letter === '%') return '%'
  const argument = /\{([^}]*)\}/.exec(modifiers)?.[1]
  const known = argument === undefined ? DIRECTIVES[letter] : withArgument(letter, argument)
  const variable: Variable = { name: source, ...known, source, at }
  if (letter === 's' && modifiers.includes('>')) return { ...variable, rank: 1 }
  if (letter === 's') return { ...variable, name: 'original_status' }
  // Written as “-” when the status is another one.
  return /[!\d]/.test(modifiers.replace(/\{[^}]*\}/, '')) ? { ...variable, dashIsZero: false } : variable
}

function withArgument(letter: string, argument: string): Known | undefined {
  const field = argument.toLowerCase().replaceAll('-', '_')
  const header = NGINX_VARIABLES[`http_${field}`]
  if (letter === 'i') return { ...header, ...(field === 'host' ? { rank: 1 } : {}), name: `http_${field}` }
  if (letter === 'o') return { name: `sent_http_${field}` }
  if (letter === 'C') return { name: `cookie_${argument}` }
  if (letter === 'e')
    return { name: argument, ...(argument === 'UNIQUE_ID' ? { role: 'trace_id', rank: 6 } : {}) }
  if (letter === 'n') return { name: `note_${argument}` }
  if (letter === 'a') return { name: 'peer_addr', role: 'client', rank: 3 }
  if (letter === 'T') return durationIn(argument)
  if (letter === 't') return timeAs(argument)
  if (letter === 'p') return { name: `${argument}_port`, shape: 'integer' }
  if (letter === 'P') return { name: argument === 'tid' ? 'tid' : 'pid' }
  return undefined
}

function durationIn(unit: string): Known | undefined {
  if (unit === 'us') return DIRECTIVES.D
  if (unit === 'ms') return { name: 'duration_ms', role: 'duration', rank: 2, shape: 'integer', unit: 1 }
  return unit === 's' ? DIRECTIVES.T : undefined
}

function timeAs(argument: string): Known {
  const isEnd = argument.startsWith('end:')
  const format = argument.replace(/^(?:begin|end):/, '')
  const known = TIMES[format]
  const later = isEnd ? { isEnd, rank: (known?.rank ?? 5) + 10 } : {}
  if (known) return { ...known, ...later, name: isEnd ? `end_${known.name}` : known.name }
  const time = calendarTime(format)
  return { name: format, ...(time ? { role: 'time', rank: 5, time } : {}), ...later }
}

/** Several `%{…}t` in a row are one time: `%{%F %T}t.%{msec_frac}t %{%z}t`. */
function joinTimes(pieces: Piece[]): Piece[] {
  const joined: Piece[] = []
  for (let i = 0; i < pieces.length; i += 1) {
    const first = pieces[i]!
    if (!isPart(first)) {
      joined.push(first)
      continue
    }
    let last = i
    while (isPart(pieces[last + 1]) || (isGap(pieces[last + 1]) && isPart(pieces[last + 2])))
      last += isPart(pieces[last + 1]) ? 1 : 2
    const run = pieces.slice(i, last + 1)
    const time = run.length > 1 ? joinedTime(run) : undefined
    joined.push(...(time ? [{ ...first, ...time }] : run))
    i = last
  }
  return joined
}

const isGap = (piece: Piece | undefined) => typeof piece === 'string' && piece.length <= 3

function isPart(piece: Piece | undefined): piece is Variable {
  return piece !== undefined && isVariable(piece) && /^%[<>]*\{[^}]*\}t$/.test(piece.source)
}

function joinedTime(run: Piece[]): Partial<Variable> | undefined {
  const formats = run.map(piece =>
    isVariable(piece)
      ? piece.source.replace(/^%[<>]*\{(?:begin:|end:)?|\}t$/g, '')
      : piece.replaceAll('%', '%%'),
  )
  const source = run.map(piece => (isVariable(piece) ? piece.source : piece)).join('')
  const isEnd = source.startsWith('%{end:')
  const shared = {
    source,
    name: 'time',
    role: 'time' as const,
    rank: isEnd ? 12 : 2,
    ...(isEnd ? { isEnd } : {}),
  }
  const whole = formats.join('|')
  if (whole === 'sec|.|msec_frac' || whole === 'sec|.|usec_frac') return { ...shared, time: epochTime('s') }
  if (whole === 'sec|msec_frac') return { ...shared, time: epochTime('ms') }
  if (whole === 'sec|usec_frac') return { ...shared, time: epochTime('us') }
  const time = calendarTime(formats.map(one => (/^[mu]sec_frac$/.test(one) ? `%{${one}}` : one)).join(''))
  return time ? { ...shared, time } : undefined
}

const ESCAPED: Record<string, string> = { t: '\t', n: '\n', r: '\r' }

/** The string inside of the directive's quotes, without escapes, and where each of its characters stood. */
function unquote(text: string): { string: string; positions: number[] } {
  const directive = /^\s*(?:LogFormat|CustomLog\s+\S+)\s+"/i.exec(text)?.[0]
  const isWrapped = directive === undefined && /^".*\\".*"$/s.test(text)
  let string = ''
  const positions: number[] = []
  for (let at = directive?.length ?? (isWrapped ? 1 : 0); at < text.length; at += 1) {
    if (text[at] === '"' && (directive !== undefined || (isWrapped && at === text.length - 1))) break
    const isEscape = text[at] === '\\' && at + 1 < text.length
    positions.push(at)
    if (isEscape) at += 1
    string += isEscape ? (ESCAPED[text[at]!] ?? text[at]!) : text[at]!
  }
  return { string, positions: [...positions, text.length] }
}
