/**
 * A log format that is a JSON object (`escape=json '{"a":"$a", …}'`): lines are read as the format says, and where something has changed
 * them since (a shipper that adds or sorts keys), as JSON by those keys. Keys that the format doesn't have are kept together in `more`.
 */
import { isVariable, type LogFormat, type Piece, type Variable, variablesOf } from './log-format.js'
import { compileMatcher, type ReadLine } from './match-pieces.js'

type Json = null | string | number | boolean | Json[] | { [key: string]: Json }

interface Leaf {
  /** Keys from the outside in. */
  path: string[]
  pieces: Piece[]
}

interface JsonFormat {
  format: LogFormat
  read: ReadLine
}

/** Null when the format is no JSON object. Its variables are named by their keys. */
export function asJson(format: LogFormat): JsonFormat | null {
  const leaves = findLeaves(format.pieces)
  if (leaves === null) return null
  const keyOf = new Map(
    leaves.flatMap(({ path, pieces }) => (pieces.length === 1 ? [[pieces[0], path.join('.')]] : [])),
  )
  const pieces = format.pieces.map((piece): Piece => {
    const key = keyOf.get(piece) as string | undefined
    return isVariable(piece) && key !== undefined ? { ...piece, key } : piece
  })
  const variables = variablesOf(format.pieces)
  const readText = compileMatcher(format)
  const isQuoted = quotedVariables(format.pieces)
  const readKeys = compileKeys(leaves, variables)
  return {
    format: { ...format, pieces },
    read(line) {
      const match = readText(line)
      if ('failed' in match) return readKeys(line) ?? match
      if (format.escaping !== 'json' || !line.includes('\\')) return match
      return { values: match.values.map((text, i) => (isQuoted[i] ? unescapeText(text) : text)) }
    },
  }
}

/** The format as a JSON object, with a mark in the place of each variable. */
function findLeaves(pieces: Piece[]): Leaf[] | null {
  const variables = variablesOf(pieces)
  const isQuoted = quotedVariables(pieces)
  let next = 0
  const template = pieces.map(piece => {
    if (!isVariable(piece)) return piece
    const mark = `<\ue000${next}\ue000>`
    next += 1
    return isQuoted[next - 1] ? mark : `"${mark}"`
  })
  const object = parse(template.join('').trim())
  if (object === undefined || object === null || typeof object !== 'object' || Array.isArray(object))
    return null
  const leaves: Leaf[] = []
  const walk = (value: Json, path: string[]) => {
    if (value !== null && typeof value === 'object')
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
    else leaves.push({ path, pieces: typeof value === 'string' ? unmark(value, variables) : [] })
  }
  walk(object, [])
  return leaves
}

function unmark(text: string, variables: Variable[]): Piece[] {
  return text
    .split(/<\ue000(\d+)\ue000>/)
    .map((part, i): Piece => (i % 2 === 0 ? part : variables[Number(part)]!))
    .filter(part => part !== '')
}

function quotedVariables(pieces: Piece[]): boolean[] {
  let isOpen = false
  const quoted: boolean[] = []
  for (const piece of pieces) {
    if (isVariable(piece)) quoted.push(isOpen)
    else if (piece.replaceAll(/\\./g, '').split('"').length % 2 === 0) isOpen = !isOpen
  }
  return quoted
}

function compileKeys(leaves: Leaf[], variables: Variable[]) {
  const readers = leaves
    .filter(({ pieces }) => variablesOf(pieces).length > 0)
    .map(({ path, pieces }) => ({ path, own: variablesOf(pieces), read: readerOf(pieces) }))
  const known = new Set(leaves.map(({ path }) => path[0]))
  return (line: string): { values: string[]; more: string | null } | null => {
    const object = parse(line) ?? parse(line.replaceAll(/\\x([0-9a-fA-F]{2})/g, '\\\\x$1'))
    if (object === undefined || object === null || typeof object !== 'object' || Array.isArray(object))
      return null
    const found = new Map<Variable, string>()
    for (const { path, own, read } of readers) {
      let value: Json | undefined = object
      for (const key of path) value = isObject(value) ? value[key] : undefined
      if (value === undefined || value === null) continue
      const texts = read(typeof value === 'object' ? JSON.stringify(value) : String(value))
      for (const [i, variable] of own.entries()) if (texts?.[i] !== undefined) found.set(variable, texts[i])
    }
    const further = Object.entries(object).filter(([key]) => !known.has(key))
    return {
      values: variables.map(variable => found.get(variable) ?? ''),
      more: further.length === 0 ? null : JSON.stringify(Object.fromEntries(further)),
    }
  }
}

function readerOf(pieces: Piece[]): (text: string) => string[] | null {
  if (pieces.length === 1) return text => [text]
  const match = compileMatcher({ pieces, escaping: 'none' })
  return text => {
    const found = match(text)
    return 'values' in found ? found.values : null
  }
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unescapeText(text: string): string {
  if (!text.includes('\\')) return text
  const value = parse(`"${text}"`)
  return typeof value === 'string' ? value : text
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
