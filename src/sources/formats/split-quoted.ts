/**
 * Splits a line at single spaces, outside of double quotes. A quote inside of quotes is written `\"` (Apache) or `""`;
 * nginx and AWS write it as an escape without a quote sign. Returns the texts without their quotes,
 * or null when a quote is not closed.
 */
export function splitQuoted(line: string): string[] | null {
  const parts: string[] = []
  let at = 0
  while (at <= line.length) {
    if (line.charCodeAt(at) === 34) {
      const end = findClosingQuote(line, at + 1)
      if (end === -1) return null
      parts.push(line.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 2
      if (end + 1 < line.length && line.charCodeAt(end + 1) !== 32) return null
    } else {
      const space = line.indexOf(' ', at)
      const end = space === -1 ? line.length : space
      parts.push(line.slice(at, end))
      at = end + 1
    }
  }
  return parts
}

/** The quote that ends the text: not escaped, and followed by a space or the line's end. */
function findClosingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    const code = line.charCodeAt(at)
    if (code === 92) at += 1
    else if (code === 34) {
      if (line.charCodeAt(at + 1) === 34) at += 1
      else return at
    }
  }
  return -1
}

/** As many values as the layout has fields, `-` as null, and one more for what is left over. */
export function fitWidth(parts: string[], width: number): (string | null)[] {
  const values: (string | null)[] = parts.slice(0, width).map(part => (part === '-' ? null : part))
  while (values.length < width) values.push(null)
  values.push(parts.length > width ? parts.slice(width).join(' ') : null)
  return values
}
