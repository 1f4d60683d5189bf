/** The JSON records that a sample shows. */
import { programText, type Runtime, tellRuntime } from '../container-line.js'
import type { Sample } from '../layout.js'
import { isRecord, parseJson } from '../parse-json.js'
import { findList } from '../read-entries.js'

export interface JsonRecords {
  /** How they lie in the file. */
  entries: 'json-lines' | 'json'
  records: Record<string, unknown>[]
  /** The sample's lines, without what a container runtime wrote around them. */
  lines: string[]
  runtime: Runtime | null
}

const seen = new WeakMap<Sample, JsonRecords>()

/** The records that a sample shows: one a line, or the list of a document. */
export function readRecords(sample: Sample): JsonRecords {
  const known = seen.get(sample)
  if (known) return known
  const runtime = tellRuntime(sample.lines)
  const lines = runtime === null ? sample.lines : sample.lines.map(programText)
  const values = lines.map(line => (line.trimStart().startsWith('{') ? parseJson(line) : undefined))
  const found: JsonRecords = { entries: 'json-lines', records: values.filter(isRecord), lines, runtime }
  if (runtime === null && found.records.length === 0 && sample.head.trimStart().startsWith('[')) {
    found.entries = 'json'
    found.records = readDocument(sample.head).filter(isRecord)
  }
  seen.set(sample, found)
  return found
}

/** The list of a document; of one that goes on behind the sample, the objects that are whole. */
function readDocument(head: string): unknown[] {
  const whole = parseJson(head)
  if (whole !== undefined) return findList(whole)
  for (let end = head.lastIndexOf('}'); end > 0; end = head.lastIndexOf('}', end - 1)) {
    if (!/^\}\s*,/.test(head.slice(end, end + 20))) continue
    const list = parseJson(`${head.slice(0, end + 1)}]`)
    if (Array.isArray(list)) return list
  }
  return []
}
