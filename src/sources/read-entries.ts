/** A file's entries: lines, or records of CSV, NDJSON or JSON. What is no entry comes as a located reject or skip. */
import { readFile } from 'node:fs/promises'
import { WhyslowError } from '../errors.js'
import { formatBytes } from '../units.js'
import { createJoiner } from './container-line.js'
import type { Entry, Layout } from './layout.js'
import type { Input } from './open-input.js'
import { isRecord, keepDigits, parseJson } from './parse-json.js'
import { type Line, LONGEST_LINE, readLines } from './read-lines.js'
import { delimiterOf, nameFields, splitCsv } from './split-csv.js'

const TOO_LONG = `longer than ${formatBytes(LONGEST_LINE)}`

export type Located = { line: number; text: string } & (
  | { entry: Entry }
  | { reject: string }
  | { skip: string }
)

/** Entries of an input, in batches. Of a JSON document `line` is the place in its list. */
export function readEntries(
  input: Input,
  { entries: kind, longestLine }: Pick<Layout, 'entries' | 'longestLine'>,
): AsyncGenerator<Located[]> {
  if (kind === 'lines') return readEach(input, ({ number: line, text }) => ({ line, text, entry: text }))
  if (kind === 'json-lines') return readJoined(input)
  if (kind === 'ndjson') return readEach(input, readJsonLine, longestLine)
  return kind === 'csv' ? readCsv(input) : readJson(input)
}

async function* readEach(
  { file, size }: Input,
  read: (line: Line) => Located,
  longest = LONGEST_LINE,
): AsyncGenerator<Located[]> {
  for await (const lines of readLines(file, size, longest)) {
    yield lines.map(line => (line.tooLong ? tooLong(line.number, line.text, longest) : read(line)))
  }
}

export function tooLong(line: number, text: string, longest = LONGEST_LINE): Located {
  return { line, text, reject: `longer than ${formatBytes(longest)}` }
}

/** Lines of text, those whole that a container runtime has cut. */
async function* readJoined({ file, size }: Input): AsyncGenerator<Located[]> {
  const joiner = createJoiner(LONGEST_LINE)
  for await (const lines of readLines(file, size)) yield joiner.join(lines)
  yield joiner.finish()
}

function readJsonLine({ number: line, text }: Line): Located {
  if (text.trim() === '') return { line, text, skip: 'blank' }
  const value = parseJson(text) ?? parseJson(text.replaceAll(/\\x([0-9a-fA-F]{2})/g, '\\\\x$1'))
  return isRecord(value)
    ? { line, text, entry: value }
    : { line, text, reject: value === undefined ? 'no JSON' : 'JSON, but no object' }
}

/**
 * Records of a CSV with a header. One that begins in a line with an open quote goes on in the next lines; when what comes out is no
 * record, only its first line is rejected and reading goes on behind it, so that a stray quote costs one line and not the rest of the file.
 */
async function* readCsv({ file, size }: Input): AsyncGenerator<Located[]> {
  let header: Header | null = null
  let rest: Line[] = []
  const readAll = (lines: Line[], isEnd: boolean): Located[] => {
    const batch: Located[] = []
    let at = 0
    for (let count = 0; at < lines.length; at += count) {
      const wanted = countLines(lines, at, isEnd)
      if (wanted === null) break
      const record = lines.slice(at, at + wanted)
      const read = readRecord(record, header)
      count = 'reject' in read ? 1 : wanted
      const [line, ...others] = record.slice(0, count).map(({ number: line, text }) => ({ line, text }))
      if ('fields' in read) {
        header = { names: nameFields(read.fields), delimiter: read.delimiter }
        batch.push({ ...line!, skip: 'header' })
      } else {
        batch.push({ ...line!, ...read })
      }
      batch.push(...others.map(other => ({ ...other, skip: 'continued' })))
    }
    rest = lines.slice(at)
    return batch
  }
  for await (const lines of readLines(file, size)) yield readAll([...rest, ...lines], false)
  yield readAll(rest, true)
}

/** How many lines from `at` on belong to one record by their quotes; null when the lines at hand don't show it. */
function countLines(lines: Line[], at: number, isEnd: boolean): number | null {
  let isOpen = false
  let length = 0
  for (let i = at; i < lines.length; i += 1) {
    const { text, tooLong } = lines[i]!
    length += text.length
    if (tooLong || length > LONGEST_LINE) return 1
    for (let quote = text.indexOf('"'); quote !== -1; quote = text.indexOf('"', quote + 1)) isOpen = !isOpen
    if (!isOpen) return i - at + 1
  }
  return isEnd ? 1 : null
}

interface Header {
  names: string[]
  delimiter: string
}

/** A record by the header's names; the header's own fields while there are no names yet. */
function readRecord(
  lines: Line[],
  header: Header | null,
): { fields: string[]; delimiter: string } | { entry: Entry } | { reject: string } | { skip: string } {
  if (lines[0]!.tooLong) return { reject: TOO_LONG }
  let text = ''
  for (const [i, line] of lines.entries())
    text += '\n'.repeat(i === 0 ? 0 : line.number - lines[i - 1]!.number) + line.text
  if (text.trim() === '') return { skip: 'blank' }
  const delimiter = header?.delimiter ?? delimiterOf(text)
  const fields = splitCsv(text, delimiter)
  if (fields === null) return { reject: 'a quote is not closed, or stands within a field' }
  if (header === null) return { fields, delimiter }
  const { names } = header
  if (fields.length !== names.length)
    return { reject: `${fields.length} fields, ${names.length} expected as in the header` }
  return { entry: Object.fromEntries(names.map((name, i) => [name, fields[i]])) }
}

const LARGEST_DOCUMENT = 256 * 1024 * 1024

async function* readJson({ file, name, size }: Input): AsyncGenerator<Located[]> {
  if (size > LARGEST_DOCUMENT) {
    throw new WhyslowError(`A JSON document of ${formatBytes(size)} is too large to be read as one piece.`, {
      place: { file: name },
      next: [`Make it one object a line: jq -c '.[]' FILE | whyslow import -`],
    })
  }
  const text = (await readFile(file, 'utf8')).replace(/^\ufeff/, '')
  let document: unknown
  try {
    document = JSON.parse(text, keepDigits)
  } catch (error) {
    throw new WhyslowError(`The file is no complete JSON: ${(error as Error).message}`, {
      place: { file: name },
    })
  }
  yield findList(document).map((item, i): Located => {
    const [line, text] = [i + 1, JSON.stringify(item)]
    if (text.length > LONGEST_LINE) return { line, text, reject: TOO_LONG }
    return isRecord(item) ? { line, text, entry: item } : { line, text, reject: 'no object' }
  })
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.some(isRecord)
}

/** The document itself when it is a list, else a list in it (exports wrap theirs in an object): the tickets, or the longest one. */
export function findList(document: unknown): unknown[] {
  if (Array.isArray(document)) return document
  if (!isRecord(document) || 'id' in document || 'event_params' in document) return [document]
  const lists = Object.values(document).filter(isList)
  return [document.tickets, ...lists.sort((a, b) => b.length - a.length)].find(isList) ?? [document]
}
