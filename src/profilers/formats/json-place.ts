/** Where `JSON.parse` gave up, from its error and the text. Lines and columns start at 1. */
export interface JsonPlace {
  line: number
  column: number
}

/** V8 names a position in most of its messages; where it doesn't, the text ended too early or is short. */
export function placeOfJsonError(error: unknown, text: string): JsonPlace {
  const message = error instanceof Error ? error.message : ''
  const named = /at position (\d+)/.exec(message)
  const token = /Unexpected token '(.)'/u.exec(message)
  const position = named
    ? Number(named[1])
    : /Unexpected end/.test(message)
      ? text.length
      : token
        ? text.indexOf(token[1]!)
        : 0
  const before = text.slice(0, Math.max(0, position))
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - lineStart + 1 }
}
