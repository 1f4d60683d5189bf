/** Reads a record's value by the first of several names that it has, in any case. */
import {
  COLUMN_UNITS,
  type ColumnMappings,
  type MappedColumn,
  type MappedKind,
} from '../../workbook/column-mapping.js'

/** Column → names for it in lower case, the most telling first. */
export type NameTable = Record<string, string[]>

/** What names a kind of data is known by. */
export interface KnownNames {
  format: string
  kind: MappedKind
  names: NameTable
  /** One of each of these must be there. */
  required: string[][]
  /** What else is known of the names. */
  note?: string
}

export interface Reader {
  /** Trimmed text, or null where there is none. */
  text(column: string): string | null
}

export function readByName(record: Record<string, unknown>, names: NameTable): Reader {
  const byName = new Map(Object.entries(record).map(([name, value]) => [name.trim().toLowerCase(), value]))
  return {
    text(column) {
      for (const name of names[column] ?? []) {
        const value = byName.get(name)
        if (value === null || value === undefined || value === '') continue
        const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
        if (text.trim() !== '') return text.trim()
      }
      return null
    },
  }
}

/** Whether the file has at least one name for each of these columns. */
export function hasColumns(columns: string[], names: NameTable, needed: string[]): boolean {
  const lower = new Set(columns.map(name => name.trim().toLowerCase()))
  return needed.every(column => names[column]!.some(name => lower.has(name)))
}

/** The names of the workbook for the columns of this file, the same in any case; only those that the file has. */
export function mappingFor(
  kind: MappedKind,
  columns: readonly string[],
  mappings: ColumnMappings | undefined,
): Map<string, MappedColumn> {
  const mapped = new Map<string, MappedColumn>()
  for (const [name, wanted] of Object.entries(mappings?.[kind] ?? {})) {
    const same = (other: string) => other.trim().toLowerCase() === wanted.column.trim().toLowerCase()
    const column = columns.find(other => other === wanted.column) ?? columns.find(same)
    if (column !== undefined) mapped.set(name, { ...wanted, column })
  }
  return mapped
}

/** A name that the workbook gives goes first, and means that column only. */
export function withMapping(names: NameTable, mapping: ReadonlyMap<string, MappedColumn>): NameTable {
  if (mapping.size === 0) return names
  const lower = (name: string) => name.trim().toLowerCase()
  const given = new Set([...mapping.values()].map(({ column }) => lower(column)))
  return Object.fromEntries(
    [...new Set([...Object.keys(names), ...mapping.keys()])].map(name => {
      const own = mapping.get(name)
      const known = (names[name] ?? []).filter(other => !given.has(other))
      return [name, own ? [lower(own.column), ...known] : known]
    }),
  )
}

/** The number in milliseconds (without a unit: as it is), or the text itself when it is no number. */
export function scaleMapped(text: string, { unit, decimal }: MappedColumn): string {
  const plain = decimal === ',' ? text.replaceAll('.', '').replace(',', '.') : text
  const amount = Number(plain)
  if (plain.trim() === '' || Number.isNaN(amount)) return text
  return unit === undefined ? plain : String(Math.round(amount * COLUMN_UNITS[unit] * 1e6) / 1e6)
}
