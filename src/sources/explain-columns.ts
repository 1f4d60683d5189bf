/** Why a file with named columns is of no kind that is known, and the lines of `whyslow.yaml` that would make it one. */
import { readTime } from '../store/read-time.js'
import { hasColumns, type KnownNames } from './formats/by-name.js'
import { KNOWN_NAMES } from './formats/index.js'
import { readNames } from './formats/named.js'
import type { Sample } from './layout.js'
import { delimiterOf, nameFields, splitCsv } from './split-csv.js'

export interface ColumnProblem {
  message: string
  next: string[]
}

const SHOWN_COLUMNS = 40

/** Null for a file without named columns. `format` narrows it to the kind that this format is of. */
export function explainColumns(sample: Sample, format?: string): ColumnProblem | null {
  const named = readNames(sample)
  const records = named ? readSome(sample, named.entries) : []
  if (named === null || named.columns.length === 0 || (named.entries === 'csv' && records.length === 0))
    return null
  const asked = KNOWN_NAMES.find(known => known.format === format)
  if (format !== undefined && !asked) return null
  const { columns } = named
  const candidates = (asked ? [asked] : KNOWN_NAMES)
    .map(known => ({ known, ...compare(known, columns, records) }))
    .filter(({ missing }) => missing.length > 0)
    .sort((one, other) => other.score - one.score)
  const best = candidates[0]
  if (!best) return null
  const others = candidates.slice(1).filter(({ known, found }) => found * 2 >= known.required.length)
  const shown = columns.slice(0, SHOWN_COLUMNS).join(', ')
  return {
    message: `The file has columns, but not those of any kind of data that is known.`,
    next: [
      `Columns seen: ${shown}${columns.length > SHOWN_COLUMNS ? ` and ${columns.length - SHOWN_COLUMNS} more` : ''}`,
      `As ${best.known.kind} it lacks ${best.missing.map(one => describeMissing(best.known, one)).join('; and ')}`,
      ...others.map(
        ({ known, missing }) =>
          `As ${known.kind} it lacks ${missing.map(one => one.join(' or ')).join(', ')}`,
      ),
      `Say in whyslow.yaml which column is which:\n${suggest(best.known, best.missing, columns, records)}`,
    ],
  }
}

function describeMissing({ names }: KnownNames, missing: string[]): string {
  const known = [...new Set(missing.flatMap(column => names[column] ?? []))]
  return `${missing.join(' or ')} (known names: ${known.join(', ')})`
}

type Values = Record<string, string>

function compare(known: KnownNames, columns: string[], records: Values[]) {
  const missing = known.required.filter(
    group => !group.some(column => hasColumns(columns, known.names, [column])),
  )
  const found = known.required.length - missing.length
  const guessed = missing.filter(group =>
    group.some(column => guessColumn(column, columns, records, new Set()) !== null),
  )
  return { missing, found, score: (found + guessed.length * 0.75) / known.required.length }
}

/** What the values of a column look like. */
const LOOKS: Record<string, RegExp> = {
  path: /^(?:https?:\/\/|\/)/,
  status: /^[1-5]\d\d$/,
  duration_ms: /^\d+(?:[.,]\d+)?$/,
  subject: /^(?=.{8})(?=.*\p{L}{3})\S+(?: \S+)+$/u,
  id: /^[\w-]{1,40}$/,
}

function guessColumn(
  wanted: string,
  columns: string[],
  records: Values[],
  taken: ReadonlySet<string>,
): string | null {
  const looks = LOOKS[wanted]
  const fits = (value: string) =>
    looks?.test(value) ?? (/^(?:time|created_at)$/.test(wanted) && readTime(value) !== null)
  const found = columns.find(column => {
    const values = records.map(record => record[column]?.trim() ?? '').filter(value => value !== '')
    const distinct = wanted !== 'id' || new Set(values).size === values.length
    return !taken.has(column) && values.length > 0 && distinct && values.every(fits)
  })
  return found ?? null
}

const PLACEHOLDER = 'NAME_OF_THE_COLUMN'

/** YAML lines for what is missing, with the columns whose values look like it. */
function suggest(
  { kind, names }: KnownNames,
  missing: string[][],
  columns: string[],
  records: Values[],
): string {
  const isKnown = (column: string) =>
    Object.values(names).some(list => list.includes(column.trim().toLowerCase()))
  const taken = new Set(columns.filter(isKnown))
  const lines = missing.flatMap(group => {
    const guesses = group.flatMap(wanted => {
      const column = guessColumn(wanted, columns, records, taken)
      if (column === null) return []
      taken.add(column)
      return [suggestLine(wanted, column, records)]
    })
    return guesses.length > 0 ? guesses : [suggestLine(group[0]!, PLACEHOLDER, [])]
  })
  return ['columns:', `  ${kind}:`, ...lines].map(line => `      ${line}`).join('\n')
}

function suggestLine(wanted: string, column: string, records: Values[]): string {
  if (!wanted.endsWith('_ms')) return `    ${wanted}: ${quote(column)}`
  const decimal = records.some(record => record[column]?.includes(',')) ? ", decimal: ','" : ''
  return `    ${wanted}: {column: ${quote(column)}, unit: ms${decimal}}   # or ns, us, s, min, h`
}

/** As YAML takes it within braces too. */
function quote(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_ .()/-]*$/u.test(name) && !/^(?:null|true|false)$/i.test(name)
    ? name.trim()
    : JSON.stringify(name)
}

const LOOKED_AT = 20

/** Records of the sample as texts; none when its lines don't fit its first one. */
function readSome(sample: Sample, entries: 'csv' | 'ndjson' | 'json'): Values[] {
  if (entries !== 'csv') return readObjects(sample)
  const [header = '', ...lines] = sample.lines
  const delimiter = delimiterOf(header)
  const names = nameFields(splitCsv(header, delimiter) ?? [])
  const rows = lines
    .slice(0, LOOKED_AT)
    .map(line => splitCsv(line, delimiter))
    .filter(row => row?.length === names.length)
  if (rows.length < Math.min(lines.length, LOOKED_AT) / 2) return []
  return rows.map(row => Object.fromEntries(names.map((name, i) => [name, row![i] ?? ''])))
}

function readObjects({ lines }: Sample): Values[] {
  const objects = lines.slice(0, LOOKED_AT).map(line => {
    try {
      return JSON.parse(line) as unknown
    } catch {
      return null
    }
  })
  return objects.map(object =>
    Object.fromEntries(
      Object.entries(Object(object)).flatMap(([name, value]) =>
        value === null || typeof value === 'object' ? [] : [[name, String(value)]],
      ),
    ),
  )
}
