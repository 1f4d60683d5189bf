/**
 * What a format decided about one file: its fields, how a line becomes one text per field, and how the fields become columns.
 *
 * A line can take two ways to the same columns. The fast way: the engine reads the file itself, as delimited text with typed fields.
 * The exact way: `split` takes one line (or record) at a time. Both end in `select`, so they can't disagree about a unit.
 */
import type { Kind } from '../store/schema.js'

export type FieldType = 'text' | 'time' | 'number' | 'integer'

export interface Field {
  name: string
  type: FieldType
  /** What a text must look like to be this field; for texts that `select` takes apart. */
  pattern?: RegExp
}

export const FIELD_SQL_TYPE: Record<FieldType, string> = {
  text: 'VARCHAR',
  time: 'TIMESTAMP',
  number: 'DOUBLE',
  integer: 'BIGINT',
}

/** One text per field, null where the log has no value; or why the line is no request. */
export type Split = { values: (string | null)[] } | { reject: string } | { skip: string }

/** A line of text, or a record of a file with named columns. */
export type Entry = string | Record<string, unknown>

export interface Layout {
  format: string
  kind: Kind
  /** How the file falls into entries. */
  entries: 'lines' | 'csv' | 'ndjson' | 'json'
  fields: Field[]
  /** One text per field, then one for `overflow` where the layout has it. */
  split(entry: Entry): Split
  /** A further text field for what a line has behind the fields of its neighbours. Only the exact way fills it. */
  overflow?: string
  /** Intermediate SQL over the fields and over what stands above it, by name. */
  derived?: Record<string, string>
  /** Column → SQL over fields and derived names. Columns that are left out are null. */
  select: Record<string, string>
  /** Fields (or SQL over them) that are kept by name beside the columns; null for kinds that keep none. */
  attrs: Record<string, string> | null
  /** The names in a field called `attrs` that holds a JSON object; known when all entries were read. */
  attrNames?: Set<string>
  /** How the engine can read the file itself; absent where it can't. */
  fast?: { delimiter: string; quote: string; nullText: string }
}

export interface Sample {
  /** The file's name as it was given; a hint at most. */
  name: string
  /** The first bytes, decoded. */
  head: string
  /** Whole non-empty lines, from the start and from further places of the file. */
  lines: string[]
}

export interface Format {
  name: string
  /** What it is and where it is specified. */
  title: string
  /** The layout of a file of this format, or null when the sample can't be one. `unit` is given by the user. */
  layout(sample: Sample, options: LayoutOptions): Layout | null
}

export interface LayoutOptions {
  /** Unit of a duration column whose name doesn't say it. */
  unit?: DurationUnit
}

export const DURATION_UNITS = { s: 1000, ms: 1, us: 0.001, ns: 0.000_001 } as const
export type DurationUnit = keyof typeof DURATION_UNITS

const PATTERNS: Record<FieldType, RegExp | null> = {
  text: null,
  time: /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/,
  number: /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/,
  integer: /^-?\d{1,18}$/,
}

/** Why these texts don't fit the fields, or null when they do. */
export function findMisfit(fields: Field[], values: (string | null)[]): string | null {
  for (let i = 0; i < fields.length; i += 1) {
    const value = values[i]
    if (value === null || value === undefined) continue
    const field = fields[i]!
    const pattern = field.pattern ?? PATTERNS[field.type]
    if (pattern !== null && !pattern.test(value)) return `${field.name} is no ${field.type}: ${shorten(value)}`
    if (field.type === 'time' && Number.isNaN(Date.parse(value.slice(0, 10)))) {
      return `${field.name} is no date: ${shorten(value)}`
    }
  }
  return null
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
