/**
 * Splits a line at single spaces, outside of double quotes. nginx and AWS write a quote inside of quotes as an escape without a quote sign;
 * where that fails, `\"` (Apache) and `""` are tried for one. Returns the texts without their quotes, or null when a quote is not closed.
 */
export function splitQuoted(line: string): string[] | null {
  return splitAt(line, findQuote) ?? splitAt(line, findUnescapedQuote)
}

function splitAt(line: string, findEnd: (line: string, from: number) => number): string[] | null {
  const parts: string[] = []
  for (let at = 0; at <= line.length; ) {
    if (line[at] === '"') {
      const end = findEnd(line, at + 1)
      if (end === -1 || (end + 1 < line.length && line[end + 1] !== ' ')) return null
      parts.push(line.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 2
    } else {
      const space = line.indexOf(' ', at)
      const end = space === -1 ? line.length : space
      const part = line.slice(at, end)
      if (part.includes('"')) return null
      parts.push(part)
      at = end + 1
    }
  }
  return parts
}

function findQuote(line: string, from: number): number {
  return line.indexOf('"', from)
}

function findUnescapedQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '\\' || (line[at] === '"' && line[at + 1] === '"')) at += 1
    else if (line[at] === '"') return at
  }
  return -1
}

/** As many values as the layout has fields, `-` as null, and one more for what is left over. */
export function fitWidth(parts: string[], width: number): (string | null)[] {
  const values: (string | null)[] = parts.slice(0, width).map(part => (part === '-' ? null : part))
  while (values.length < width) values.push(null)
  const further = parts.slice(width)
  values.push(further.some(part => part !== '-') ? further.join(' ') : null)
  return values
}

/** A line of quoted and bare fields, as AWS writes it: at least the fewest there have been. */
export function splitFields(
  line: string,
  { width, fewest }: { width: number; fewest: number },
): { values: (string | null)[] } | { reject: string } {
  const parts = splitQuoted(line.replace(/ +$/, ''))
  if (parts === null) return { reject: 'a quote is not closed' }
  if (parts.length < fewest) return { reject: `${parts.length} fields, at least ${fewest} expected` }
  return { values: fitWidth(parts, width) }
}
