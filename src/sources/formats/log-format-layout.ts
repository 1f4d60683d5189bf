/** The layout of a log format: which variable becomes which column, and what is kept beside them. */
import { sqlName } from '../../store/engine.js'
import { type Doubt, type Field, type FieldType, type Layout, type Split, STATUS } from '../layout.js'
import {
  type Cells,
  cellsSql,
  constantsHold,
  cutCells,
  fitsCells,
  textsOfCells,
  timeOverCells,
} from './cut-cells.js'
import { type LogFormat, type Role, type Variable, variablesOf } from './log-format.js'
import { requestColumns } from './log-format-columns.js'
import { compileMatcher, type ReadLine } from './match-pieces.js'

/** What a program's own format adds. */
export interface Reading {
  /** How a line becomes one text per variable, where it isn't by the format's literals alone. */
  read?: ReadLine
  /** Never by the engine itself. */
  isExact?: boolean
}

const MOST_UNFIT = 0.01
const ENOUGH_LINES = 2000

export function layoutFor(name: string, format: LogFormat, lines: string[], reading: Reading = {}): Layout {
  const variables = variablesOf(format.pieces)
  const read = reading.read ?? compileMatcher(format)
  const cells = reading.isExact ? null : fastCells(format, lines.slice(0, ENOUGH_LINES), read)
  const picks = pickVariables(variables)
  const typeOf = (variable: Variable): Omit<Field, 'name'> => fieldType(variable, picks)
  const bySql = cells ? cellsSql(cells) : new Map<string, string>()
  const fields: Field[] = cells
    ? cells.cells.flatMap(cell => cell.fields.map(one => nameField(one, variables, typeOf)))
    : variables.map(variable => ({ name: variable.name, ...typeOf(variable) }))
  const derived: Record<string, string> = {}
  for (const variable of variables) {
    const sql = bySql.get(variable.name)
    if (sql === undefined) continue
    const { type } = typeOf(variable)
    derived[variable.name] = type === 'text' ? sql : `(${sql})::${type === 'integer' ? 'BIGINT' : 'DOUBLE'}`
  }
  const { time } = picks
  const timeSql = (cells && timeOverCells(cells, time!)) ?? time!.time!.sql(sqlName(time!.name))
  const checks = cells ? constantsHold(cells) : []
  const columns = requestColumns(variables, picks, {
    timeSql: checks.length === 0 ? timeSql : `CASE WHEN ${checks.join(' AND ')} THEN ${timeSql} END`,
  })
  const holds = cells ? withoutStrayQuotes(cells, columns.places) : []
  return {
    format: name,
    kind: 'requests',
    entries: 'lines',
    fields,
    overflow: 'more',
    split: line => splitLine(line as string),
    ...(cells ? { fast: fastOptions(cells) } : {}),
    derived: { ...derived, ...columns.derived },
    select: columns.select,
    attrs: { ...columns.attrs, more: 'more' },
    attribute: given => attributeSql(given, variables),
    ...(fields.some(field => field.name === 'request') ? {} : { targetOf: line => targetOf(line as string) }),
    ...(holds.length > 0 ? { holds: holds.join(' AND ') } : {}),
    ...(doubtsOf(picks).length > 0 ? { doubts: doubtsOf(picks) } : {}),
  }

  function targetOf(line: string): { target: string; status: string | null } | null {
    const match = read(line)
    if ('failed' in match) return null
    const textOf = (variable: Variable | undefined) =>
      variable ? (match.values[variables.indexOf(variable)] ?? null) : null
    const target = textOf(picks.request)?.split(' ')[1] ?? textOf(picks.target)
    return target ? { target, status: textOf(picks.status) } : null
  }

  function splitLine(line: string): Split {
    let match = read(line)
    if ('failed' in match && / +$/.test(line)) match = read(line.replace(/ +$/, ''))
    if ('failed' in match) return { reject: `not as the log format says: ${match.failed}` }
    for (const [i, variable] of variables.entries()) {
      const text = match.values[i]!
      const isNeeded = variable === time
      if (
        variable.time && text !== '-' && text !== ''
          ? !variable.time.isTime(text)
          : isNeeded && /^-?$/.test(text)
      )
        return { reject: `${variable.source} is no time: ${text.slice(0, 40)}` }
    }
    const texts = cells
      ? textsOfCells(cells, match.values)
      : match.values.map(text => (text === '-' ? null : text))
    const blanks = texts.map((text, i) => (text === '' && fields[i]!.type !== 'text' ? null : text))
    return { values: [...blanks, match.more ?? null] }
  }
}

function nameField(
  name: string,
  variables: Variable[],
  typeOf: (variable: Variable) => Omit<Field, 'name'>,
): Field {
  const variable = variables.find(one => one.name === name)
  return variable ? { name, ...typeOf(variable) } : { name, type: 'text' }
}

function fieldType(variable: Variable, picks: Picks): Omit<Field, 'name'> {
  const type: FieldType =
    variable === picks.status || variable === picks.bytes_in || variable === picks.bytes_out
      ? 'integer'
      : variable === picks.duration
        ? 'number'
        : 'text'
  return variable === picks.status ? { type, pattern: STATUS } : { type }
}

export type Picks = { [role in Role]?: Variable }

/** Of several variables with a role the one with the lowest rank, or that stands first. */
function pickVariables(variables: Variable[]): Picks {
  const picks: Picks = {}
  for (const variable of variables) {
    const { role, rank = 0 } = variable
    if (role && (picks[role] === undefined || rank < (picks[role].rank ?? 0))) picks[role] = variable
  }
  return picks
}

/** The cells, when the engine would read nearly all lines of the sample as they are meant. */
function fastCells({ pieces }: LogFormat, lines: string[], read: ReadLine): Cells | null {
  const cells = cutCells(pieces)
  if (cells === null) return null
  let [fit, unfit] = [0, 0]
  for (const line of lines) {
    const match = read(line)
    if ('failed' in match) continue
    const fits = fitsCells(cells, match.values)
    // A quote sign in a value isn't always noticed by the engine's reader.
    if (fits === 'quotes') return null
    if (fits === 'yes') fit += 1
    else unfit += 1
  }
  return unfit <= (fit + unfit) * MOST_UNFIT ? cells : null
}

function fastOptions({ cells, delimiter }: Cells): NonNullable<Layout['fast']> {
  return { delimiter, quote: cells.some(cell => cell.isQuoted) ? '"' : '', nullText: '-' }
}

/** SQL over the columns at rest: values from quoted cells have no quote signs. */
function withoutStrayQuotes({ cells }: Cells, places: Map<string, string[]>): string[] {
  const quoted = cells.filter(cell => cell.isQuoted).flatMap(cell => variablesOf(cell.parts))
  return [...new Set(quoted.flatMap(({ name }) => places.get(name) ?? []))].map(
    place => `NOT coalesce(contains(${place}, '"'), false)`,
  )
}

/** By the variable's own name, as it is written, or by its key in a JSON log. */
function attributeSql(given: string, variables: Variable[]): string | null {
  const found =
    variables.find(({ name, key }) => name === given || key === given) ??
    variables.find(({ source }) => source === given || source.toLowerCase() === `%{${given.toLowerCase()}}i`)
  return found ? `nullif(${sqlName(found.name)}::VARCHAR, '')` : null
}

function doubtsOf({ status, time, duration }: Picks): Doubt[] {
  const doubts: Doubt[] = []
  if (!status)
    doubts.push({
      message: 'The log format has no status, so every request counts as ok.',
      next: 'Add $status (nginx) or %>s (Apache) to the log format',
    })
  if (!time!.time!.hasZone)
    doubts.push({
      message: `${time!.source} has no time zone, so times are read as UTC.`,
      next: 'Add %z to the time in the log format',
    })
  if (duration?.source === '%T')
    doubts.push({
      message: '%T is whole seconds: all that took less than one has 0 ms.',
      next: 'Log %D (microseconds) as well',
    })
  return doubts
}
