/** What formats with named columns share: which names a file has, and the layout of rows that were read by name. */
import { sqlName, sqlText } from '../../store/engine.js'
import { COLUMNS, type Kind } from '../../store/schema.js'
import { type Doubt, type Field, type FieldType, type Layout, type Sample, STATUS } from '../layout.js'
import { findList } from '../read-entries.js'
import { delimiterOf, nameFields, splitCsv } from '../split-csv.js'
import { outcomeOf } from './request-sql.js'

export interface Named {
  entries: 'csv' | 'ndjson' | 'json'
  columns: string[]
}

/** The column names of a CSV with a header, of NDJSON objects, or of one JSON array or object with a list in it; `flatten` is what is done to JSON objects first. */
export function readNames(
  sample: Sample,
  flatten: (record: Record<string, unknown>) => Record<string, unknown> = record => record,
): Named | null {
  const start = sample.head.trimStart()
  if (start.startsWith('{') || start.startsWith('[')) return readJsonNames(sample, start, flatten)
  const header = /^([^\n\r]+)\r?\n/.exec(sample.head)?.[1] ?? ''
  const names = nameFields(splitCsv(header, delimiterOf(header)) ?? [])
  const isHeader =
    names.length > 1 &&
    names.every(name => /^[\p{L}\p{M}\p{N}_@$€%.() /#:&'’?-]{1,80}$/u.test(name) && !/^\d+$/.test(name))
  return isHeader ? { entries: 'csv', columns: names } : null
}

function readJsonNames(
  sample: Sample,
  start: string,
  flatten: (record: Record<string, unknown>) => Record<string, unknown>,
): Named | null {
  const values = sample.lines.map(line => {
    try {
      return JSON.parse(line) as unknown
    } catch {
      return undefined
    }
  })
  // One line that holds a list is a document, as an API answers.
  const isDocument = values.length === 1 && findList(values[0])[0] !== values[0]
  const objects = (isDocument ? findList(values[0]) : values).filter(
    value => typeof value === 'object' && value !== null && !Array.isArray(value),
  )
  const columns = [
    ...new Set(objects.flatMap(object => Object.keys(flatten(object as Record<string, unknown>)))),
  ]
  if (isDocument) return { entries: 'json', columns }
  if (objects.length > 0 && objects.length >= values.length / 2) return { entries: 'ndjson', columns }
  // A document over several lines: names are taken from its first bytes, since a sample may end inside of it.
  const names = [...start.matchAll(/"([\w@.-]{1,60})"\s*:/g)].map(match => match[1]!)
  return names.length > 0 ? { entries: 'json', columns: [...new Set(names)] } : null
}

export type Row =
  | (Record<string, string | null> & { reject?: never; skip?: never })
  | { reject: string; skip?: never }
  | { skip: string; reject?: never }

export interface NamedRows {
  format: string
  kind: Kind
  entries: Named['entries']
  /** Column → text, or why the record is none. */
  read(record: Record<string, unknown>): Row
  /** For requests. Names of the file that are columns already and needn't be kept beside them, with those columns. */
  used?: ReadonlyMap<string, string>
  /** For requests: false when the file says nothing of how they ended. */
  hasStatus?: boolean
}

/** No kind has a column `reject` or `skip`. */
function isOdd(row: Row): row is { reject: string } | { skip: string } {
  return typeof row.reject === 'string' || typeof row.skip === 'string'
}

export const NO_STATUS: Doubt = {
  message: 'No column is known as the status, so every request counts as ok.',
  next: 'If there is one, name it status and import the file again',
  isReadAnew: true,
}

const TYPES: Record<string, FieldType> = {
  TIMESTAMP: 'time',
  DOUBLE: 'number',
  BIGINT: 'integer',
  SMALLINT: 'integer',
}

/** A field for each column of a kind. */
export function fieldsOf(kind: Kind): Field[] {
  return Object.entries(COLUMNS[kind]).map(([name, type]): Field => {
    const field = { name, type: TYPES[type] ?? 'text' }
    return type === 'SMALLINT' ? { ...field, pattern: STATUS } : field
  })
}

/** A layout whose fields are the columns themselves. What has no column is kept in `attrs`, for requests. */
export function namedLayout({
  format,
  kind,
  entries,
  read,
  used = new Map(),
  hasStatus = true,
}: NamedRows): Layout {
  const isRequests = kind === 'requests'
  const fields = fieldsOf(kind).filter(({ name }) => name !== 'outcome' && name !== 'elapsed_ms')
  const own = Object.fromEntries(fields.map(({ name }) => [name, sqlName(name)]))
  const attributes = new Attributes()
  return {
    format,
    kind,
    entries,
    fields: isRequests ? [...fields, { name: 'attrs', type: 'text' }] : fields,
    attrNames: attributes.names,
    ...(isRequests && !hasStatus ? { doubts: [NO_STATUS] } : {}),
    split(entry) {
      const record = entry as Record<string, unknown>
      const row = read(record)
      if (isOdd(row)) return row
      const values = fields.map(field => row[field.name] ?? null)
      return { values: isRequests ? [...values, attributes.pack(record, used)] : values }
    },
    select: isRequests
      ? {
          ...own,
          outcome: hasStatus ? outcomeOf('status') : `'ok'`,
          elapsed_ms: hasStatus
            ? 'CASE WHEN status IS NULL OR status IN (0, 460, 499, 504) THEN duration_ms END'
            : 'NULL',
          weight: 'coalesce(weight, 1)',
        }
      : own,
    attrs: null,
    attribute(name) {
      const column = used.get(name)
      return column
        ? sqlName(column)
        : `json_extract_string(attrs, ${sqlText(`$."${attributes.nameOf(name)}"`)})`
    },
  }
}

const MOST_ATTRIBUTES = 500
const FURTHER = 'more'

/** What a record has beside its columns, as a JSON object of texts, and all names there are. */
export class Attributes {
  readonly names = new Set<string>()
  private readonly byGivenName = new Map<string, string>()
  private readonly lowerCase = new Set<string>([FURTHER])

  pack(record: Record<string, unknown>, used: ReadonlyMap<string, string>): string | null {
    const kept = new Map<string, string>()
    const further = new Map<string, unknown>()
    for (const [name, value] of Object.entries(record)) {
      if (used.has(name) || value === null || value === undefined || value === '') continue
      const own = this.nameOf(name)
      if (own === FURTHER) further.set(name, value)
      else kept.set(own, typeof value === 'object' ? JSON.stringify(value) : String(value))
    }
    if (further.size > 0) kept.set(FURTHER, JSON.stringify(Object.fromEntries(further)))
    for (const name of kept.keys()) this.names.add(name)
    return kept.size === 0 ? null : JSON.stringify(Object.fromEntries(kept))
  }

  /** The engine's names are the same in any case, so `Id` beside `id` is `Id_2`. What comes after the first 500 has one name together. */
  nameOf(given: string): string {
    const known = this.byGivenName.get(given)
    if (known !== undefined) return known
    if (this.byGivenName.size >= MOST_ATTRIBUTES) return FURTHER
    // The engine drops both from names.
    const base = given.replaceAll(/[\0\ufeff]/g, '') || 'unnamed'
    let name = base
    for (let n = 2; this.lowerCase.has(name.toLowerCase()); n += 1) name = `${base}_${n}`
    this.lowerCase.add(name.toLowerCase())
    this.byGivenName.set(given, name)
    return name
  }
}

export function asRecord(value: unknown): Record<string, unknown> | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

export function asText(value: unknown): string | null {
  return value === null || value === undefined || value === '' ? null : String(value)
}
