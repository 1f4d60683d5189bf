/** JSON as programs write it into logs. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Undefined for what is no JSON. Whole numbers with more digits than a number can hold stay texts. */
export function parseJson(text: string): unknown {
  try {
    return /[\s:[,]-?\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
  } catch {
    return undefined
  }
}

export function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
    ? source
    : value
}

/**
 * A record, and its text so that the engine's parser takes it too: halves of surrogate pairs are replaced, `\x22` (nginx without
 * `escape=json`) is kept as it is seen, a NUL becomes `\x00` as in text logs, and commas before a closing bracket, which that parser overlooks, are left out.
 */
export function readRecord(
  text: string,
): { record: Record<string, unknown>; text: string } | { reject: string } {
  for (const mend of MENDERS) {
    const mended = mend(text)
    const record = mended === null ? undefined : parseJson(mended)
    if (isRecord(record)) return { record, text: showNul(withoutHalves(mended!)) }
    if (record !== undefined) return { reject: 'JSON, but no object' }
  }
  return { reject: 'no JSON' }
}

const MENDERS: ((text: string) => string | null)[] = [
  text => text,
  text => (text.includes('\\x') ? text.replaceAll(/\\x([0-9a-fA-F]{2})/g, '\\\\x$1') : null),
  text =>
    text.startsWith('{') && /,\s*[}\]]/.test(text)
      ? text.replaceAll(/"(?:[^"\\]|\\.)*"|,(\s*[}\]])/g, (all, end?: string) => end ?? all)
      : null,
]

const SURROGATE = String.raw`\\u[dD][89a-fA-F][0-9a-fA-F]{2}`
const PAIR = String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`
const HALVES = new RegExp(`${PAIR}|(${SURROGATE})|\\\\.`, 'g')

function withoutHalves(text: string): string {
  return /\\u[dD][89a-fA-F]/.test(text)
    ? text.replaceAll(HALVES, (all, half?: string) => (half ? '\\ufffd' : all))
    : text.toWellFormed()
}

function showNul(text: string): string {
  return text.includes('\\u0000')
    ? text.replaceAll(/\\u0000|\\./g, all => (all === '\\u0000' ? '\\\\x00' : all))
    : text
}
