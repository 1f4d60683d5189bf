/** A file's entries: lines, or records of CSV, NDJSON or JSON. What is no entry comes as a located reject. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type CsvError, parse } from 'csv-parse'
import { WhyslowError } from '../errors.js'
import { formatBytes } from '../units.js'
import type { Entry, Layout } from './layout.js'
import { LONGEST_LINE, readLines } from './read-lines.js'

export type Located =
  | { line: number; entry: Entry; text: string }
  | { line: number; reject: string; text: string }

/** Entries of the first `size` bytes, in batches. */
export function readEntries(file: string, size: number, kind: Layout['entries']): AsyncGenerator<Located[]> {
  if (kind === 'lines') return readTextEntries(file, size)
  if (kind === 'ndjson') return readJsonLines(file, size)
  if (kind === 'csv') return readCsv(file, size)
  return readJson(file, size)
}

async function* readTextEntries(file: string, size: number): AsyncGenerator<Located[]> {
  for await (const lines of readLines(file, size)) {
    yield lines.map(line => (line.tooLong ? tooLong(line) : { line: line.number, entry: line.text, text: line.text }))
  }
}

async function* readJsonLines(file: string, size: number): AsyncGenerator<Located[]> {
  for await (const lines of readLines(file, size)) {
    yield lines.map(line => {
      if (line.tooLong) return tooLong(line)
      try {
        const value: unknown = JSON.parse(line.text)
        if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
          return { line: line.number, entry: value as Record<string, unknown>, text: line.text }
        }
        return { line: line.number, reject: 'JSON, but no object', text: line.text }
      } catch {
        return { line: line.number, reject: 'no JSON', text: line.text }
      }
    })
  }
}

async function* readCsv(file: string, size: number): AsyncGenerator<Located[]> {
  if (size === 0) return
  const rejects: Located[] = []
  const parser = parse({
    bom: true,
    info: true,
    raw: true,
    columns: header => header.map((name: string) => name.trim()),
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LONGEST_LINE * 4,
    on_skip: (error: CsvError | undefined) => {
      if (!error) return undefined
      rejects.push({ line: Number(error.lines ?? 0), reject: plainCsvError(error), text: String(error.raw ?? '') })
      return undefined
    },
  })
  createReadStream(file, { end: size - 1 }).pipe(parser)
  let batch: Located[] = []
  for await (const { info, record, raw } of parser as AsyncIterable<CsvRecord>) {
    batch.push({ line: info.lines, entry: record, text: raw })
    if (batch.length >= 2000) {
      yield [...rejects.splice(0), ...batch]
      batch = []
    }
  }
  yield [...rejects.splice(0), ...batch]
}

interface CsvRecord {
  info: { lines: number }
  record: Record<string, string>
  raw: string
}

function plainCsvError(error: CsvError): string {
  if (error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS' || error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
    return 'another number of columns than the header has'
  }
  return error.message.split('\n')[0]!.replace(/ at line \d+.*/, '').slice(0, 120)
}

const LARGEST_DOCUMENT = 256 * 1024 * 1024

async function* readJson(file: string, size: number): AsyncGenerator<Located[]> {
  if (size > LARGEST_DOCUMENT) {
    throw new WhyslowError(`A JSON document of ${formatBytes(size)} is too large to be read as one piece.`, {
      place: { file },
      next: [`Make it one object a line: jq -c '.[]' FILE | whyslow import -`],
    })
  }
  const text = await readFile(file, 'utf8')
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new WhyslowError(`The file is no complete JSON: ${(error as Error).message}`, { place: { file } })
  }
  const list = Array.isArray(document)
    ? document
    : (Object.values(document as Record<string, unknown>).find(value => Array.isArray(value)) as unknown[] | undefined)
  const items = list ?? [document]
  yield items.map((item, i): Located => {
    const text = JSON.stringify(item)
    if (item !== null && typeof item === 'object' && !Array.isArray(item)) {
      return { line: i + 1, entry: item as Record<string, unknown>, text }
    }
    return { line: i + 1, reject: 'no object', text }
  })
}

function tooLong(line: { number: number; text: string }): Located {
  return { line: line.number, reject: `longer than ${formatBytes(LONGEST_LINE)}`, text: line.text }
}
