/** What formats with named columns share: which names a file has, and the layout of rows that were read by name. */
import { parse } from 'csv-parse/sync'
import { COLUMNS, type Kind } from '../../store/schema.js'
import { outcomeOf } from './request-sql.js'
import type { Field, FieldType, Layout, Sample } from '../layout.js'

export interface Named {
  entries: 'csv' | 'ndjson' | 'json'
  columns: string[]
}

/** The column names of a CSV with a header, of NDJSON objects, or of one JSON array or object with a list in it. */
export function readNames(sample: Sample): Named | null {
  const start = sample.head.trimStart()
  if (start.startsWith('{') || start.startsWith('[')) return readJsonNames(sample, start)
  const end = /\r?\n/.exec(sample.head)
  if (end === null || start === '') return null
  const header = sample.head.slice(0, end.index)
  if (!header.includes(',')) return null
  try {
    const [columns = []] = parse(header, { relax_column_count: true }) as string[][]
    const names = columns.map(name => name.trim())
    return names.length > 1 && names.every(name => /^[\w@$.() /#-]{1,80}$/.test(name)) ? { entries: 'csv', columns: names } : null
  } catch {
    return null
  }
}

function readJsonNames(sample: Sample, start: string): Named | null {
  const columns = new Set<string>()
  let objects = 0
  for (const line of sample.lines.slice(0, 400)) {
    try {
      const value: unknown = JSON.parse(line)
      if (value === null || typeof value !== 'object' || Array.isArray(value)) continue
      objects += 1
      for (const name of Object.keys(value)) columns.add(name)
    } catch {}
  }
  if (objects > 0 && objects >= Math.min(sample.lines.length, 400) / 2) return { entries: 'ndjson', columns: [...columns] }
  // A document over several lines: names are taken from its first bytes, since a sample may end inside of it.
  const names = [...start.matchAll(/"([\w@.]{1,60})"\s*:/g)].map(match => match[1]!)
  return names.length > 0 ? { entries: 'json', columns: [...new Set(names)] } : null
}

export interface NamedRows {
  format: string
  kind: Kind
  entries: Named['entries']
  /** Names of the file that are columns already and needn't be kept beside them. */
  used: ReadonlySet<string>
  /** Column → text, or why the record is none. */
  read(record: Record<string, unknown>): Record<string, string | null> | { reject: string }
}

const TYPES: Record<string, FieldType> = {
  TIMESTAMP: 'time',
  DOUBLE: 'number',
  BIGINT: 'integer',
  SMALLINT: 'integer',
}

/** A layout whose fields are the columns themselves. What has no column is kept in `attrs`, for requests. */
export function namedLayout(rows: NamedRows): Layout {
  const isRequests = rows.kind === 'requests'
  const columns = Object.entries(COLUMNS[rows.kind]).filter(([name]) => name !== 'outcome' && name !== 'elapsed_ms')
  const fields = columns.map(([name, type]): Field => ({ name, type: TYPES[type] ?? 'text' }))
  const attrNames = new Set<string>()
  return {
    format: rows.format,
    kind: rows.kind,
    entries: rows.entries,
    fields: isRequests ? [...fields, { name: 'attrs', type: 'text' }] : fields,
    attrNames,
    split(entry) {
      const record = entry as Record<string, unknown>
      const row = rows.read(record)
      if ('reject' in row && typeof row.reject === 'string') return { reject: row.reject }
      const texts = row as Record<string, string | null>
      const values = fields.map(field => texts[field.name] ?? null)
      return { values: isRequests ? [...values, packAttrs(record, rows.used, attrNames)] : values }
    },
    select: {
      ...Object.fromEntries(fields.map(field => [field.name, `"${field.name}"`])),
      ...(isRequests
        ? {
            outcome: outcomeOf('status'),
            elapsed_ms: 'CASE WHEN status IN (460, 499, 504) THEN duration_ms END',
            weight: 'coalesce(weight, 1)',
          }
        : {}),
    },
    attrs: null,
  }
}

const MOST_ATTRS = 500

function packAttrs(record: Record<string, unknown>, used: ReadonlySet<string>, names: Set<string>): string | null {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(record)) {
    if (used.has(name) || value === null || value === undefined || value === '' || name === '') continue
    if (!names.has(name) && names.size >= MOST_ATTRS) continue
    names.add(name)
    kept[name] = typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return Object.keys(kept).length === 0 ? null : JSON.stringify(kept)
}
