/**
 * Lines under a `#Fields:` header: the W3C extended log file format, which IIS and CloudFront follow.
 * https://www.w3.org/TR/WD-logfile.html
 *
 * Lines that begin with `#` are directives. A further `#Fields:` in the same file, as a server writes when it starts again or is told
 * to log something else, holds from there on. `-` is no value. Lines above the first header are read by it, if they fit.
 */
import { readTime } from '../../store/read-time.js'
import { fitFields, type Layout, type Sample } from '../layout.js'
import { exactLayout, fastLayout, type Labelled, type NamedLine } from './labelled.js'
import { splitQuoted } from './split-quoted.js'

export interface Cells {
  delimiter: ' ' | '\t'
  /** Whether a text may stand in quotes. IIS and CloudFront have no spaces in texts, and leave quote signs as they are. */
  quoted: boolean
}

/** The different headers of a sample, each with its fields' names. */
export function readHeaders({ lines }: Sample): string[][] {
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const names = readHeader(line)
    if (names) headers.set(names.join(' '), names)
  }
  return [...headers.values()]
}

function readHeader(line: string): string[] | null {
  const text = /^#Fields:\s*(\S.*)$/i.exec(line)?.[1]
  if (text === undefined) return null
  const names: string[] = []
  for (const name of text.trim().split(/\s+/)) {
    const isTaken = (one: string) => names.some(other => other.toLowerCase() === one.toLowerCase())
    let own = name
    for (let n = 2; isTaken(own); n += 1) own = `${name}_${n}`
    names.push(own)
  }
  return names
}

/** Names as the core writes them, whatever case the header has. */
function canonical(names: string[], { core }: Labelled): string[] {
  const byLower = new Map(core.map(({ name }) => [name.toLowerCase(), name]))
  return names.map(name => byLower.get(name.toLowerCase()) ?? name)
}

export function w3cLayout(headers: string[][], labelled: Labelled, cells: Cells): Layout {
  const [first = [], ...others] = headers.map(names => canonical(names, labelled))
  const exact = () => exactLayout(labelled, createReader(first, labelled, cells))
  const hasTime = first.includes('date') && first.includes('time')
  const fast =
    others.length === 0 && hasTime
      ? fastLayout(labelled, { names: first, delimiter: cells.delimiter, quote: cells.quoted ? '"' : '' })
      : null
  if (fast === null) return { ...exact(), exact }
  const read = createReader(first, labelled, cells)
  const split = (line: string) => {
    const named = read(line)
    if (!('record' in named)) return named
    return fitFields(
      fast.fields,
      first.map(name => named.record.get(name) ?? null),
    )
  }
  const known = first.join(' ')
  const turns = (line: string) => {
    const names = readHeader(line)
    return names !== null && canonical(names, labelled).join(' ') !== known
  }
  const { targetOf } = exact()
  return { ...fast, split: entry => split(entry as string), targetOf, exact, turns }
}

/** Reads a file's lines one behind the other: it remembers the header and the date above them. */
function createReader(first: string[], labelled: Labelled, cells: Cells): (line: string) => NamedLine {
  let names = first
  let date: string | null = null
  return line => {
    if (line.startsWith('#')) {
      const header = readHeader(line)
      if (header) names = canonical(header, labelled)
      date = /^#Date:\s*(\d{4}-\d\d-\d\d)/i.exec(line)?.[1] ?? date
      return { skip: /^#[\w-]+:/.test(line) ? 'header' : 'comment' }
    }
    const values = splitCells(line, names.length, cells)
    if (values === null) return { reject: 'a quote is not closed' }
    if (values.length !== names.length)
      return { reject: `${values.length} fields, ${names.length} expected as in #Fields` }
    const record = new Map(names.map((name, i) => [name, values[i] === '-' ? null : values[i]!]))
    const written = `${record.get('date') ?? date} ${record.get('time')}`
    if (!TIME.test(written) || readTime(written) === null)
      return { reject: `no time: ${written.slice(0, 40)}` }
    return { record, context: { date } }
  }
}

const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?$/

/** Cells between single delimiters; where they are too many, between runs of white space, which the specification allows. */
function splitCells(line: string, width: number, { delimiter, quoted }: Cells): string[] | null {
  const text = line.endsWith(delimiter) ? line.slice(0, -1) : line
  const values = quoted && delimiter === ' ' ? splitQuoted(text) : text.split(delimiter)
  if (values === null || values.length <= width || delimiter === '\t') return values
  const kept = values.filter(value => value !== '')
  return kept.length === width ? kept : values
}
