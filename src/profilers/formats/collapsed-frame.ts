/**
 * A frame as one name of a collapsed stack, so that it comes back whole: `name (file:line)` or `name (file:line:column)`,
 * which is py-spy's way; line 0 for a file without one.
 *
 * The format knows no escapes. What would be taken for something else is written as in a URL: `;` is `%3B`, a line's
 * end `%0A` (control characters alike), a `#` that would make a comment `%23`; in a file, ` (` is `%20(` and a `:` before digits at its end `%3A`. What looks like one of these
 * already gets a `25` more (`%253B`), so other tools' names change only where they hold exactly such a code.
 */
import type { Frame } from '../profile.js'
import { kindOfName, readablePath } from './v8-frame.js'

const PLACE = /:(\d+)(?::(\d+))?$/
/** A name that ends like a place, and has none. */
const NO_PLACE = ' (:0)'

export function writeFrame({ function: name, file, line, column }: Frame): string {
  const written = writeCodes(name, NAME_CODE).replace(/[;\0-\x1f]|^#(?= |$)/g, encode)
  if (file === null)
    return written.endsWith(')') && / \(.*:\d+\)$/s.test(written) ? written + NO_PLACE : written
  const place = writeCodes(file, FILE_CODE)
    .replace(/[;\0-\x1f]/g, encode)
    .replace(/ (?=\()/g, encode)
    .replace(/:(?=\d+$)/, encode)
  return `${written} (${place}:${line ?? 0}${line === null || column === null ? '' : `:${column}`})`
}

export function readFrame(text: string): Frame {
  if (text.endsWith(NO_PLACE))
    return frameOf(readCodes(text.slice(0, -NO_PLACE.length), NAME_CODE), null, 0, 0)
  const start = text.endsWith(')') ? text.lastIndexOf(' (') : -1
  const place = start < 0 ? '' : text.slice(start + 2, -1)
  const found = PLACE.exec(place)
  if (!found || found.index === 0) return frameOf(readCodes(text, NAME_CODE), null, 0, 0)
  const name = readCodes(text.slice(0, start), NAME_CODE)
  const file = readablePath(readCodes(place.slice(0, found.index), FILE_CODE))
  return frameOf(name, file, Number(found[1]), Number(found[2] ?? 0))
}

function frameOf(name: string, file: string | null, line: number, column: number): Frame {
  return {
    function: name === '' ? '(anonymous)' : name,
    file,
    line: line > 0 ? line : null,
    column: line > 0 && column > 0 ? column : null,
    kind: kindOfName(name, file),
  }
}

const NAME_CODE = /%((?:25)*)(3B|[01][0-9A-F]|23(?= |$))/g
const FILE_CODE = /%((?:25)*)(3B|[01][0-9A-F]|20(?=\()|3A(?=\d+$))/g

function encode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function writeCodes(text: string, code: RegExp): string {
  return text.replace(code, '%25$1$2')
}

function readCodes(text: string, code: RegExp): string {
  if (!text.includes('%')) return text
  return text.replace(code, (_, escapes: string, digits: string) =>
    escapes === '' ? String.fromCharCode(Number.parseInt(digits, 16)) : `%${escapes.slice(2)}${digits}`,
  )
}
