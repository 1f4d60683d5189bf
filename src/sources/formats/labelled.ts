/**
 * What formats share whose lines name their fields, in a header above them (W3C) or one by one (LTSV).
 *
 * The engine's reader needs the same fields in every line. The exact way takes any: the fields that columns are made of are known
 * beforehand, and whatever else a line has is an attribute by its own name. Both end in the same SQL over the same names.
 */
import { sqlName, sqlText } from '../../store/engine.js'
import { FIELD_SQL_TYPE, type Field, type Layout } from '../layout.js'
import { Attributes } from './named.js'

export interface Labelled {
  format: string
  /** The fields that the SQL below is over, by their names in the log. A line may lack any of them. */
  core: readonly Field[]
  /** Those whose whole content is in a column, and needn't be kept beside it; with the column. Fields that are no texts have to be. */
  inColumns: ReadonlyMap<string, string>
  derived?: Record<string, string>
  select: Record<string, string>
  /** Attributes that are made of a field, since its column doesn't hold all of it; they may have the field's name. */
  made?: readonly {
    name: string
    sql: string
    of(record: ReadonlyMap<string, string | null>): string | null
  }[]
  holds?: string
  doubts?: Layout['doubts']
  /** The path, or the URL, that a line asks for, and its status. */
  asks(record: ReadonlyMap<string, string | null>): {
    target: string | null | undefined
    status: string | null | undefined
  }
}

/** A line's values by name, and values of the core that come from elsewhere; or why it is no request. */
export type NamedLine =
  | { record: Map<string, string | null>; context?: Record<string, string | null> }
  | { reject: string }
  | { skip: string }

/** The layout of lines that say themselves which fields they have. */
export function exactLayout(
  labelled: Labelled,
  read: (line: string) => NamedLine,
): Layout & Required<Pick<Layout, 'targetOf'>> {
  const { core, inColumns, derived = {}, made = [] } = labelled
  const attributes = new Attributes()
  const used = new Map([...inColumns].filter(([name]) => !made.some(one => one.name === name)))
  return {
    ...common(labelled),
    fields: [...core, { name: REST, type: 'text' }],
    attrNames: attributes.names,
    split(entry) {
      const named = read(entry as string)
      if (!('record' in named)) return named
      const { record, context = {} } = named
      const values = core.map(({ name }) => record.get(name) ?? context[name] ?? null)
      for (const { name, of } of made) record.set(name, of(record))
      return { values: [...values, attributes.pack(Object.fromEntries(record), used)] }
    },
    targetOf(entry) {
      const named = read(entry as string)
      if (!('record' in named)) return null
      const { target, status = null } = labelled.asks(named.record)
      return target ? { target, status } : null
    },
    derived,
    attrs: null,
    attribute: name =>
      core.some(field => field.name === name)
        ? sqlName(name)
        : `json_extract_string(${REST}, ${sqlText(`$."${attributes.nameOf(name)}"`)})`,
  }
}

/** Where the columns' SQL finds what has no column. */
const REST = 'attrs'

export interface FastLines {
  /** The names of every line's fields, in their order. */
  names: readonly string[]
  delimiter: string
  quote: string
  /** SQL of a field's text, over the cell at its place. Absent: the cell itself, under the field's name. */
  cellSql?(name: string, cell: string): string
}

/** The layout of lines that all have the same fields, which is what the engine's reader can take; null when two have the same name. */
export function fastLayout(
  labelled: Labelled,
  { names, delimiter, quote, cellSql }: FastLines,
): Omit<Layout, 'split'> | null {
  const { core, inColumns, derived = {}, made = [] } = labelled
  const attributes = new Attributes()
  if (names.some(name => attributes.nameOf(name) !== name)) return null
  const fieldOf = (name: string): Field => core.find(field => field.name === name) ?? { name, type: 'text' }
  const fields = names.map(
    (name, i): Field => (cellSql ? { name: `cell_${i + 1}`, type: 'text' } : fieldOf(name)),
  )
  const own = names.map((name, i) => [
    name,
    cellSql && `(${cellSql(name, fields[i]!.name)})::${FIELD_SQL_TYPE[fieldOf(name).type]}`,
  ])
  const missing = core
    .filter(({ name }) => !names.includes(name))
    .map(({ name, type }) => [name, `NULL::${FIELD_SQL_TYPE[type]}`])
  const kept = names.filter(name => !inColumns.has(name)).map(name => [name, `nullif(${sqlName(name)}, '')`])
  return {
    ...common(labelled),
    fields,
    derived: { ...Object.fromEntries([...(cellSql ? own : []), ...missing]), ...derived },
    attrs: { ...Object.fromEntries(kept), ...Object.fromEntries(made.map(({ name, sql }) => [name, sql])) },
    attribute: name =>
      names.includes(name) || core.some(field => field.name === name) ? sqlName(name) : null,
    fast: { delimiter, quote, nullText: '-' },
  }
}

function common({ format, select, holds, doubts }: Labelled) {
  return {
    format,
    kind: 'requests' as const,
    entries: 'lines' as const,
    select,
    ...(holds === undefined ? {} : { holds }),
    ...(doubts === undefined ? {} : { doubts }),
  }
}
