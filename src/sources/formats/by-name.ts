/** Reads a record's value by the first of several names that it has, in any case. */
export type NameTable = Record<string, string[]>

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
