/**
 * What the log-format strings of nginx, Apache and others have in common: literals, and variables between them.
 * A parser per program (`nginx-variables.ts`, `apache-directives.ts`) turns a string into pieces; from there on all are the same.
 */
import { WhyslowError } from '../../errors.js'
import type { TimeFormat } from './log-time.js'

/** What a variable is to whyslow; those without a role are attributes. `marked_args` begin with their question mark. */
export type Role =
  | 'time'
  | 'duration'
  | 'upstream_time'
  | 'request'
  | 'method'
  | 'target'
  | 'is_args'
  | 'args'
  | 'marked_args'
  | 'protocol'
  | 'scheme'
  | 'host'
  | 'port'
  | 'status'
  | 'client'
  | 'user'
  | 'bytes_in'
  | 'bytes_out'
  | 'user_agent'
  | 'referer'
  | 'trace_id'
  | 'upstream'
  | 'connection'
  | 'flags'

/** Forms that tell by themselves where a value ends. All others end where the next literal begins. */
export type Shape = 'number' | 'integer' | 'status' | 'times' | 'list' | 'word'

export interface Variable {
  /** Its name as a field and as an attribute. */
  name: string
  /** As it is written in the string. */
  source: string
  /** Where it stands in the string, from 0. */
  at: number
  role?: Role
  /** Of several with the same role the lowest is taken. */
  rank?: number
  shape?: Shape
  time?: TimeFormat
  /** A duration's unit, or an upstream time's, in milliseconds. */
  unit?: number
  /** A time when the answer was sent, not when the request came in. */
  isEnd?: boolean
  /** Apache's `%b`: no bytes at all are written as `-`. */
  dashIsZero?: boolean
  /** A target without its query. */
  isPathOnly?: boolean
  /** Its column holds less than it: a host without its port, an address without its port. */
  isLossy?: boolean
  /** A list of forwarders: its last one is whom the balancer itself saw. */
  isForwarded?: boolean
  /** Its name in a JSON log. */
  key?: string
}

export type Piece = string | Variable

export interface LogFormat {
  pieces: Piece[]
  /** `none`: a quote sign in a value is written as it is. */
  escaping: 'default' | 'json' | 'none'
  /** The string as it was given, and what it is of, for errors. */
  text: string
  origin: string
}

export const isVariable = (piece: Piece | undefined): piece is Variable => typeof piece === 'object'

export const variablesOf = (pieces: Piece[]): Variable[] => pieces.filter(isVariable)

/** An error with the place in the string, shown below it. */
export function formatError(
  { text, origin }: Pick<LogFormat, 'text' | 'origin'>,
  at: number,
  message: string,
): WhyslowError {
  const before = text.slice(0, at).split('\n')
  const column = before.at(-1)!.length + 1
  const line = text.split('\n')[before.length - 1]!
  return new WhyslowError(
    `${message} (column ${column}${before.length > 1 ? ` of line ${before.length}` : ''})`,
    {
      place: { file: origin, line: before.length, column },
      next: [line, `${' '.repeat(column - 1)}^`],
    },
  )
}

/** Joins what belongs together, names each variable once, and refuses what can't be told apart. */
export function settlePieces(format: LogFormat): LogFormat {
  const pieces = joinTokens(format.pieces)
  for (const [i, piece] of pieces.entries()) {
    const next = pieces[i + 1]
    if (!isVariable(piece) || !isVariable(next)) continue
    // A host has no slash, and a target begins with one.
    if (piece.role === 'host' && next.role === 'target') continue
    const message = `${piece.source} and ${next.source} have nothing between them, so where one ends can’t be told`
    throw formatError(format, next.at, message)
  }
  if (!variablesOf(pieces).some(({ role }) => role === 'time'))
    throw formatError(format, 0, 'The log format has no time, so its requests can’t be placed')
  return { ...format, pieces: nameOnce(pieces) }
}

/** `$request_method $uri$is_args$args $server_protocol` is a request line, as `$request` is. */
function joinTokens(pieces: Piece[]): Piece[] {
  const targets = joinRuns(pieces, TARGETS, 'target')
  const urls = joinRuns(targets, URLS, 'target')
  return joinRuns(urls, LINES, 'request')
}

type Pattern = (Role | string)[]
const TARGETS: Pattern[] = [
  ['target', 'is_args', 'args'],
  ['target', '=?', 'args'],
  ['target', 'marked_args'],
]
const URLS: Pattern[] = [
  ['scheme', '=://', 'host', '=:', 'port', 'target'],
  ['scheme', '=://', 'host', 'target'],
]
const LINES: Pattern[] = [
  ['method', '= ', 'target', '= ', 'protocol'],
  ['method', '= ', 'target'],
]

function joinRuns(pieces: Piece[], patterns: Pattern[], role: Role): Piece[] {
  const joined: Piece[] = []
  for (let i = 0; i < pieces.length; ) {
    const pattern = patterns.find(steps => steps.every((step, k) => fits(pieces[i + k], step)))
    const run = pieces.slice(i, i + (pattern?.length ?? 1))
    joined.push(pattern ? joinRun(run, role) : run[0]!)
    i += run.length
  }
  return joined
}

function fits(piece: Piece | undefined, step: string): boolean {
  if (piece === undefined) return false
  return isVariable(piece) ? piece.role === step : `=${piece}` === step
}

function joinRun(run: Piece[], role: Role): Variable {
  const [first] = variablesOf(run)
  const source = run.map(piece => (isVariable(piece) ? piece.source : piece)).join('')
  const name =
    role === 'request' ? 'request' : (variablesOf(run).find(one => one.role === role)?.name ?? role)
  return { name, source, at: first!.at, role, rank: 0 }
}

/** Names that the layout's SQL and attributes use themselves. */
const TAKEN = [
  'method_end',
  'version_at',
  'target',
  'slash',
  'local',
  'query_at',
  'origin',
  'garbage',
  'http_version',
  'request_line',
  'ended',
  'more',
  'derived_path',
  'derived_query',
  'derived_host',
  'derived_once',
  'derived_normal',
]

/** The engine's names are the same in any case. */
function nameOnce(pieces: Piece[]): Piece[] {
  const taken = new Set(TAKEN)
  return pieces.map(piece => {
    if (!isVariable(piece)) return piece
    let name = piece.name
    for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${piece.name}_${n}`
    taken.add(name.toLowerCase())
    return { ...piece, name }
  })
}

/** Literals that stand beside each other become one, empty ones go. */
export function mergeLiterals(pieces: Piece[]): Piece[] {
  const merged: Piece[] = []
  for (const piece of pieces) {
    const last = merged.at(-1)
    if (piece === '') continue
    if (typeof piece === 'string' && typeof last === 'string') merged[merged.length - 1] = last + piece
    else merged.push(piece)
  }
  return merged
}

/** Pieces of a format with `<name>` for its variables, and what is known of them. */
export function readPlaceholders(
  text: string,
  known: Record<string, Omit<Variable, 'name' | 'source' | 'at'>>,
): Piece[] {
  const parts = text.split(/<([\w-]+)>/)
  return mergeLiterals(
    parts.map((part, i) => (i % 2 === 0 ? part : { name: part, source: part, at: 0, ...known[part] })),
  )
}
