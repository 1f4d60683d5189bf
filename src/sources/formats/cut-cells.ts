/**
 * Whether a log format is delimited text, which the engine reads by itself: cells between delimiters, some in quotes,
 * each with one variable and literals around it, or with two that can be told apart in SQL.
 */
import { sqlName, sqlText } from '../../store/engine.js'
import { isVariable, type Piece, type Variable, variablesOf } from './log-format.js'
import { strptimeSql } from './log-time.js'

export interface Cell {
  parts: Piece[]
  isQuoted: boolean
  /** Field names: two or more where a time holds the delimiter. */
  fields: string[]
}

export interface Cells {
  cells: Cell[]
  delimiter: string
}

const DELIMITERS = ['\t', ' | ', '|', ' ', ', ', ',', ';']

export function cutCells(pieces: Piece[]): Cells | null {
  for (const delimiter of DELIMITERS) {
    const cut = cutAt(pieces, delimiter)
    const cells = cut?.map((cell, i) => nameCell(cell, i, delimiter))
    if (cells && cells.length > 3 && cells.every(cell => cell !== null)) return { cells, delimiter }
  }
  return null
}

type Bare = Omit<Cell, 'fields'>

/** Null when a quote is closed and no delimiter follows, or none is there for two variables that need it. */
function cutAt(pieces: Piece[], delimiter: string): Bare[] | null {
  const cells: Bare[] = []
  let cell: Bare = { parts: [], isQuoted: false }
  let state: 'start' | 'bare' | 'quoted' | 'closed' = 'start'
  const finish = () => {
    cells.push(cell)
    cell = { parts: [], isQuoted: false }
    state = 'start'
  }
  const add = (part: Piece) => {
    const last = cell.parts.at(-1)
    if (typeof part === 'string' && typeof last === 'string') cell.parts[cell.parts.length - 1] = last + part
    else cell.parts.push(part)
    if (state === 'start') state = 'bare'
  }
  for (const piece of pieces) {
    if (isVariable(piece)) {
      if ((state as string) === 'closed') return null
      add(piece)
      continue
    }
    for (let i = 0; i < piece.length; i += 1) {
      const isDelimiter = piece.startsWith(delimiter, i)
      if (state === 'closed' && !isDelimiter) return null
      if (isDelimiter && state !== 'quoted') {
        finish()
        i += delimiter.length - 1
      } else if (piece[i] === '"' && state === 'quoted') state = 'closed'
      else if (piece[i] === '"' && state === 'start') {
        state = 'quoted'
        cell.isQuoted = true
      } else add(piece[i]!)
    }
  }
  if ((state as string) === 'quoted') return null
  finish()
  return cells
}

function nameCell(cell: Bare, i: number, delimiter: string): Cell | null {
  const variables = variablesOf(cell.parts)
  const [only] = variables
  const name = only && cell.parts.length === 1 ? only.name : `cell_${i + 1}`
  const width = cell.isQuoted ? 1 : (only?.time?.strptime?.split(delimiter).length ?? 1)
  if (variables.length > 2 || (variables.length === 2 && splitterOf(cell) === null)) return null
  if (width > 1 && variables.length > 1) return null
  const fields = width === 1 ? [name] : Array.from({ length: width }, (_, k) => `cell_${i + 1}_${k + 1}`)
  return { ...cell, fields }
}

/** Of two variables in a cell, the literal between them and the one that can't hold it. */
function splitterOf({ parts }: Pick<Cell, 'parts'>): { literal: string; by: 'first' | 'last' } | null {
  const [a, b] = variablesOf(parts)
  const literal = parts[parts.indexOf(a!) + 1]
  if (typeof literal !== 'string' || literal.length !== 1) return null
  const cannotHold = ({ shape }: Variable) =>
    shape === 'number' || shape === 'integer' || shape === 'status' ? !/[\d.-]/.test(literal) : false
  if (cannotHold(b!)) return { literal, by: 'last' }
  return cannotHold(a!) ? { literal, by: 'first' } : null
}

/** SQL of each variable's text over the cells' fields, by the variable's name. Where a literal is another one, it is an error. */
export function cellsSql({ cells, delimiter }: Cells): Map<string, string> {
  const sql = new Map<string, string>()
  for (const cell of cells) {
    const variables = variablesOf(cell.parts)
    const [a, b] = variables
    if (!a || (cell.parts.length === 1 && cell.fields.length === 1)) continue
    const text = within(cell.fields.map(sqlName).join(` || ${sqlText(delimiter)} || `), cell.parts)
    if (!b) sql.set(a.name, text)
    else {
      const { literal, by } = splitterOf(cell)!
      const at =
        by === 'first'
          ? `strpos(${text}, ${sqlText(literal)})`
          : `(length(${text}) + 1 - strpos(reverse(${text}), ${sqlText(literal)}))`
      const isThere = `CASE WHEN strpos(${text}, ${sqlText(literal)}) = 0 THEN error('unsound')`
      sql.set(a.name, `${isThere} ELSE substr(${text}, 1, ${at} - 1) END`)
      sql.set(b.name, `substr(${text}, ${at} + 1)`)
    }
  }
  for (const [name, text] of sql) sql.set(name, `nullif(${text}, '-')`)
  return sql
}

/** The time of a variable that stands in several cells, read with the literals around it; null for others. */
export function timeOverCells({ cells, delimiter }: Cells, { name }: Variable): string | null {
  const cell = cells.find(({ parts }) => variablesOf(parts).some(variable => variable.name === name))
  if (!cell || cell.fields.length === 1) return null
  const { fields, parts } = cell
  const format = parts
    .map(part => (isVariable(part) ? part.time!.strptime! : part.replaceAll('%', '%%')))
    .join('')
  const text = fields.map(sqlName).join(' || ')
  return strptimeSql(text, format.replaceAll(delimiter, ''))
}

/** What stands between the literals at both ends of a cell. */
function within(text: string, parts: Piece[]): string {
  const field = text.includes('||') ? `(${text})` : text
  const [first, last] = [parts[0]!, parts.at(-1)!]
  const head = isVariable(first) ? '' : first
  const tail = isVariable(last) || parts.length === 1 ? '' : last
  const isWhole = [
    ...(head === '' ? [] : [`starts_with(${field}, ${sqlText(head)})`]),
    ...(tail === '' ? [] : [`ends_with(${field}, ${sqlText(tail)})`]),
  ].join(' AND ')
  if (isWhole === '') return field
  const [before, around] = [[...head].length, [...head].length + [...tail].length]
  const length = tail === '' ? '' : `, length(${field}) - ${around}`
  return `(CASE WHEN ${isWhole} THEN substr(${field}, ${before + 1}${length}) ELSE error('unsound') END)`
}

/** SQL that holds when the cells without variables say what the format says. */
export function constantsHold({ cells }: Cells): string[] {
  return cells.flatMap(({ parts, fields }) => {
    if (variablesOf(parts).length > 0) return []
    const text = parts.join('')
    const field = sqlName(fields[0]!)
    return text === '-' ? [`${field} IS NULL`] : [`${field} = ${sqlText(text)}`]
  })
}

/** The texts of a line's cells, from its variables as they are written. */
export function textsOfCells({ cells, delimiter }: Cells, values: string[]): (string | null)[] {
  let next = 0
  return cells.flatMap(({ parts, fields }) => {
    const text = parts.map(part => (isVariable(part) ? values[next++]! : part)).join('')
    const texts = fields.length === 1 ? [text] : splitInto(text, delimiter, fields.length)
    return texts.map(one => (one === '-' ? null : one))
  })
}

function splitInto(text: string, delimiter: string, width: number): string[] {
  const texts = text.split(delimiter)
  return Array.from({ length: width }, (_, i) => texts[i] ?? '')
}

/** Whether the engine's reader would take a line's values as they are meant. */
export function fitsCells({ cells, delimiter }: Cells, values: string[]): 'yes' | 'no' | 'quotes' {
  let next = 0
  let fits: 'yes' | 'no' = 'yes'
  for (const { parts, fields, isQuoted } of cells) {
    const text = parts.map(part => (isVariable(part) ? values[next++]! : part)).join('')
    if (isQuoted && text.includes('"')) return 'quotes'
    if (!isQuoted && text.split(delimiter).length !== fields.length) fits = 'no'
  }
  return fits
}
