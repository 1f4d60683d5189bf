/**
 * What a format decided about one file: its fields, how a line becomes one text per field, and how the fields become columns.
 *
 * A line can take two ways to the same columns. The fast way: the engine reads the file itself, as delimited text with typed fields.
 * The exact way: `split` takes one line (or record) at a time. Both end in `select`, so they can't disagree about a unit.
 */
import type { WhyslowError } from '../errors.js'
import { readTime } from '../store/read-time.js'
import type { Kind } from '../store/schema.js'
import type { ColumnMappings } from '../workbook/column-mapping.js'
import type { LogFormatString } from '../workbook/log-formats.js'
import type { Runtime } from './container-line.js'

export type FieldType = 'text' | 'time' | 'number' | 'integer'

export interface Field {
  name: string
  type: FieldType
  /** What a text must look like to be this field, where the type doesn't say it. */
  pattern?: RegExp
  required?: boolean
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

export type Unfolded = { entry: Entry } | { reject: string } | { skip: string }

/** What a layout takes for granted and people should know. */
export interface Doubt {
  message: string
  next: string
  /** Whether `next` is to read the file in another way. */
  isReadAnew?: boolean
}

export interface Layout {
  format: string
  /** The string that it is read by, where somebody gave one. */
  logFormat?: string
  /** What must be said before a file of this format can be read; thrown when no other format fits better. */
  refusal?: WhyslowError
  kind: Kind
  /** How the file falls into entries. */
  entries: 'lines' | 'csv' | 'ndjson' | 'json-lines' | 'json'
  fields: Field[]
  /** The entries that one record of the file holds, where that may be several: these are counted then, not lines. */
  unfold?(record: Record<string, unknown>): Unfolded[]
  /** In bytes, where the format's own lines may be longer than others'. */
  longestLine?: number
  /** One text per field, then one for `overflow` where the layout has it. */
  split(entry: Entry): Split
  /** A further text field for what a line has behind the fields of its neighbours. Only the exact way fills it. */
  overflow?: string
  /** Intermediate SQL over the fields and over what stands above it, by name. */
  derived?: Record<string, string>
  /** Column → SQL over fields and derived names. Columns that are left out are null. */
  select: Record<string, string>
  /** SQL over a field of the log by its own name, for the workbook's `identify`; null when there is none. */
  attribute(name: string): string | null
  /** SQL over the columns at rest that holds for every request: checks the engine's reader, which is more lenient than `split`. */
  holds?: string
  /** Fields (or SQL over them) that are kept by name beside the columns; null for kinds that keep none. */
  attrs: Record<string, string> | null
  /** The names in a field called `attrs` that holds a JSON object; known when all entries were read. */
  attrNames?: Set<string>
  doubts?: Doubt[]
  /** What some rows are as well: another kind's columns over the rows that `from` gives of a source of the fields. */
  also?: { layout: Layout; from(source: string): string }
  /** How the engine can read the file itself; absent where it can't. */
  fast?: { delimiter: string; quote: string; nullText: string }
  /** How the engine can read the objects of the file's lines itself. */
  json?: JsonReading
  /** The path with its query, or the URL, that an entry asks for, where no field is the whole request line. */
  targetOf?(entry: Entry): { target: string; status: string | null } | null
  /**
   * How the exact way reads, where lines name their own fields and not all of them were in the sample. Made anew for every reading,
   * because it may remember the header above a line. Absent: as this layout says.
   */
  exact?(): Layout
  /** Whether a line that the engine's reader left out changes how the lines behind it are read: then the file goes the exact way. */
  turns?(line: string): boolean
}

export interface JsonReading {
  runtime: Runtime | null
  /** SQL over fields and derived names that holds for requests beyond doubt … */
  sound: string
  /** … and for records without a member that isn't known. */
  known: string
  /** How a file can be read in which every line is one: see `JsonShape`. */
  strict: { template: string; record: string } | null
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
  unit?: DurationUnit | undefined
  /** Log formats of the workbook, tried before all others. */
  logFormats?: readonly LogFormatString[] | undefined
  /** A log format as nginx or Apache writes it, which the file has. */
  logFormat?: string | undefined
  /** What the workbook says of the columns of its own exports. */
  columns?: ColumnMappings | undefined
}

export const DURATION_UNITS = { s: 1000, ms: 1, us: 0.001, ns: 0.000_001 } as const
export type DurationUnit = keyof typeof DURATION_UNITS

/** An HTTP status; 0 and 000 are what some write for none. */
export const STATUS = /^\d{1,3}$/

const PATTERNS = {
  text: /^/,
  number: /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/,
  integer: /^-?\d{1,18}$/,
}

/** The texts as the engine can't misread them (times in UTC), or why they don't fit the fields. */
export function fitFields(
  fields: Field[],
  values: (string | null)[],
): { values: (string | null)[] } | { reject: string } {
  const fitted = [...values]
  for (const [i, field] of fields.entries()) {
    const value = values[i] ?? null
    fitted[i] = value === null ? null : fitField(field, value)
    if (value === null && field.required) return { reject: `no ${field.name}` }
    if (value !== null && fitted[i] === null)
      return { reject: `${field.name} is no ${field.type}: ${shorten(value)}` }
  }
  return { values: fitted }
}

/** No program measured more: seconds beyond this don't fit into a time. */
const LARGEST_NUMBER = 1e12

function fitField({ type, pattern }: Field, value: string): string | null {
  if (type === 'time') return readTime(value)
  if (!(pattern ?? PATTERNS[type]).test(value)) return null
  return type === 'number' && !(Math.abs(Number(value)) < LARGEST_NUMBER) ? null : value
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
