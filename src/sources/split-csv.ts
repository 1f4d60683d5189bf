/** What stands between the fields: a comma, unless the header has more semicolons (as in countries that write 1,5) or tabs. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '')
  const count = (delimiter: string) => bare.split(delimiter).length
  return [';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best), ',')
}

/**
 * Splits one CSV record (RFC 4180) into its fields. Null when quotes stand where none may be.
 * Whether a record goes on in the next line is told by the quotes before: see `readCsv`.
 */
export function splitCsv(record: string, delimiter = ','): string[] | null {
  if (!record.includes('"')) return record.split(delimiter)
  const fields: string[] = []
  for (let at = 0; at <= record.length; ) {
    if (record[at] === '"') {
      let end = record.indexOf('"', at + 1)
      while (end !== -1 && record[end + 1] === '"') end = record.indexOf('"', end + 2)
      if (end === -1 || (end + 1 < record.length && record[end + 1] !== delimiter)) return null
      fields.push(record.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 2
    } else {
      const comma = record.indexOf(delimiter, at)
      const end = comma === -1 ? record.length : comma
      const field = record.slice(at, end)
      if (field.includes('"')) return null
      fields.push(field)
      at = end + 1
    }
  }
  return fields
}

/** Names for the fields of a record: trimmed; a repeated one gets a number, a missing one its place. */
export function nameFields(header: string[]): string[] {
  const names: string[] = []
  for (const [i, text] of header.entries()) {
    const name = text.trim() || `field_${i + 1}`
    let unique = name
    for (let n = 2; names.includes(unique); n += 1) unique = `${name}_${n}`
    names.push(unique)
  }
  return names
}
