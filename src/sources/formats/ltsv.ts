/**
 * LTSV: `label:value` between tabs. http://ltsv.org/
 *
 * Labels are those of ltsv.org for web servers and what people commonly write beside them: see `ltsv-labels.ts`. All others are attributes by
 * their own names. `reqtime`, `request_time` and `apptime` are seconds, `reqtime_microsec` microseconds, and any unit may stand behind a name
 * (`request_time_ms`); `--unit` goes before what a bare name means. `apptime` is what the instance took: `upstream_ms`. Where most lines have no
 * other duration, it counts as the whole, with a doubt.
 * Lines may differ in their labels. `time` is as it is written, ISO 8601, as nginx and Apache write it, or since 1970: servers write
 * when they log, or when the request came (Apache's `%t`), and a line doesn't say which, so nothing is subtracted.
 */
import { sqlName, sqlText } from '../../store/engine.js'
import { type Field, type Format, fitFields, type Layout, type Sample, STATUS } from '../layout.js'
import { exactLayout, fastLayout, type Labelled, type NamedLine } from './labelled.js'
import { sumOf } from './log-format-columns.js'
import { type LtsvColumn, type LtsvLabels, tellLabels } from './ltsv-labels.js'
import { outcomeOf, splitRequestLine } from './request-sql.js'

export const ltsv: Format = {
  name: 'ltsv',
  title: 'LTSV (label:value between tabs)',
  layout(sample, options) {
    const records = sample.lines.map(splitLine).filter(record => record !== null)
    if (records.length === 0) return null
    const labels = [...new Set(records.flatMap(record => [...record.keys()]))]
    const known = tellLabels(labels, label => isAddress(records, label), options)
    const { time, status, request, method, target } = known.columns
    if (!time || !(request ?? target ?? method) || !(status ?? known.whole[0] ?? known.upstream)) return null
    const labelled = describe(known, records)
    const needed = [target ?? request ?? method, status].filter(label => isUsual(records, label))
    const exact = () => exactLayout(labelled, line => readLine(line, needed))
    const fast = fastWay(labelled, sample, records, time)
    const own = exact()
    const layout: Layout = fast
      ? { ...fast, split: checkLine(own), targetOf: own.targetOf, exact }
      : { ...own, exact }
    return known.refusal ? { ...layout, refusal: known.refusal } : layout
  },
}

type Record = ReadonlyMap<string, string | null>

const CELL = /^([\w.@-]+):(.*)$/s

/** Null when a line has no labels. A label that comes again gets a number. */
function splitLine(line: string): Map<string, string | null> | null {
  const record = new Map<string, string | null>()
  for (const cell of line.split('\t')) {
    if (cell === '') continue
    const [, label, value = ''] = CELL.exec(cell) ?? []
    if (label === undefined) return null
    let own = label
    for (let n = 2; record.has(own); n += 1) own = `${label}_${n}`
    record.set(own, value === '-' || value === '' ? null : value)
  }
  return record.size > 1 ? record : null
}

/** A line that lacks what the others have was cut off. */
function readLine(line: string, needed: readonly (string | undefined)[]): NamedLine {
  const record = splitLine(line)
  if (!record) return { reject: 'not “label:value” between tabs' }
  const missing = needed.find(label => label !== undefined && !record.has(label))
  return missing === undefined ? { record } : { reject: `no ${missing}` }
}

function isUsual(records: Record[], label: string | undefined): boolean {
  return label !== undefined && records.filter(record => record.has(label)).length > records.length * 0.9
}

function isAddress(records: Record[], label: string): boolean {
  const values = records.flatMap(record => record.get(label) ?? [])
  return (
    values.filter(value => /^(?:\d+(?:\.\d+){3}|[0-9a-f]*:[0-9a-f:.]+)$/i.test(value)).length >
    values.length / 2
  )
}

const CONTENT: Partial<{ [column in LtsvColumn]: Field['type'] }> = {
  time: 'time',
  status: 'integer',
  bytes_in: 'integer',
  bytes_out: 'integer',
}

function describe({ columns, whole, upstream }: LtsvLabels, records: Record[]): Labelled {
  const has = (label: string) => records.filter(record => record.has(label)).length > records.length / 2
  const isPart = upstream !== null && !whole.some(({ label }) => has(label))
  const sql = (column: LtsvColumn) => (columns[column] === undefined ? 'NULL' : sqlName(columns[column]))
  const used = (Object.entries(columns) as [LtsvColumn, string][]).filter(
    // A request line beside the path says nothing more, but stays.
    ([column]) => !(column === 'request' && columns.target !== undefined),
  )
  const core = used.map(([column, name]): Field => {
    const field = { name, type: CONTENT[column] ?? 'text' }
    if (column === 'status') return { ...field, pattern: STATUS }
    return column === 'time' ? { ...field, required: true } : field
  })
  const timings = whole.map(({ label, factor }) => scaled(`try_cast(${sqlName(label)} AS DOUBLE)`, factor))
  const upstreamMs = upstream ? sumOf(sqlName(upstream.label), upstream.factor) : 'NULL'
  // A path by itself is read as a request line is.
  const line = columns.target === undefined ? sql('request') : `('X ' || ${sql('target')} || ' HTTP/')`
  const parts = splitRequestLine('request_text')
  const { target, request } = columns
  const duration = `coalesce(${[...timings, ...(isPart ? [upstreamMs] : []), 'NULL'].join(', ')})`
  return {
    format: 'ltsv',
    core: [
      ...core,
      ...whole.map(({ label }, i): Field => ({ name: label, type: i === 0 ? 'number' : 'text' })),
      ...(upstream ? [{ name: upstream.label, type: 'text' as const }] : []),
    ],
    inColumns: new Map([
      ...used.map(([column, name]): [string, string] => [name, column === 'target' ? 'path' : column]),
      ...whole.slice(0, 1).map(({ label }): [string, string] => [label, 'duration_ms']),
      ...(upstream ? [[upstream.label, 'upstream_ms'] as [string, string]] : []),
    ]),
    derived: { request_text: line, ...parts.derived, whole_ms: duration },
    select: {
      time: sql('time'),
      method: target === undefined ? `coalesce(${sql('method')}, ${parts.columns.method})` : sql('method'),
      host: `coalesce(${sql('host')}, ${parts.columns.host})`,
      path: parts.columns.path,
      query: `coalesce(${sql('query')}, ${parts.columns.query})`,
      status: sql('status'),
      outcome: columns.status === undefined ? `'ok'` : outcomeOf(sql('status')),
      duration_ms: 'whole_ms',
      elapsed_ms:
        columns.status === undefined
          ? 'NULL'
          : `CASE WHEN ${sql('status')} IS NULL THEN whole_ms WHEN ${sql('status')} IN (0, 460, 499, 504) THEN whole_ms END`,
      upstream_ms: upstreamMs,
      bytes_in: sql('bytes_in'),
      bytes_out: sql('bytes_out'),
      client: sql('client'),
      account: sql('account'),
      user_agent: sql('user_agent'),
      referer: sql('referer'),
      upstream: sql('upstream'),
      trace_id: sql('trace_id'),
    },
    made: [
      // What the columns don't hold of a request line, and of a path that is none.
      ...(target === undefined && request !== undefined
        ? [
            {
              name: request,
              sql: `CASE WHEN slash = 0 THEN NULL ELSE ${sqlName(request)} END`,
              of: oddRequest(request),
            },
            { name: 'http_version', sql: parts.attrs.http_version, of: versionOf(request) },
          ]
        : []),
      ...(target === undefined
        ? []
        : [
            {
              name: target,
              sql: `CASE WHEN NOT starts_with(${sqlName(target)}, '/') THEN ${sqlName(target)} END`,
              of: (record: Record) => unless(record.get(target), value => value.startsWith('/')),
            },
          ]),
      ...(upstream
        ? [
            {
              name: upstream.label,
              sql: `CASE WHEN strpos(${sqlName(upstream.label)}, ',') > 0 THEN ${sqlName(upstream.label)}
                WHEN strpos(${sqlName(upstream.label)}, ' ') > 0 THEN ${sqlName(upstream.label)} END`,
              of: (record: Record) => unless(record.get(upstream.label), value => !/[, ]/.test(value)),
            },
          ]
        : []),
    ],
    ...(isPart ? { doubts: [partDoubt(upstream.label)] } : {}),
    asks: record => ({
      target: target === undefined ? record.get(request ?? '')?.split(' ')[1] : record.get(target),
      status: record.get(columns.status ?? ''),
    }),
  }
}

function scaled(field: string, factor: number): string {
  return `CASE WHEN ${field} >= 0 THEN round(${field} * ${factor * 1000}) / 1000 END`
}

function partDoubt(label: string) {
  return {
    message: `Most lines have no other duration than ${label}, which is what the instance took. It counts as the whole request.`,
    next: 'Log the time of the whole request as well, as reqtime (seconds)',
  }
}

function unless(value: string | null | undefined, test: (value: string) => boolean): string | null {
  return value === null || value === undefined || test(value) ? null : value
}

/** The request line, unless it is “METHOD /path…”, which the columns hold. */
function oddRequest(label: string): (record: Record) => string | null {
  return record => unless(record.get(label), value => /^[A-Z][^ ]* \//.test(value))
}

function versionOf(label: string): (record: Record) => string | null {
  return record => {
    const value = record.get(label) ?? ''
    const at = value.indexOf(' HTTP/')
    return at === -1 ? null : value.slice(at + 6) || null
  }
}

/** As the engine reads a time, by how the sample writes it. */
const TIMES: [RegExp, (text: string) => string][] = [
  [
    /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}(?::\d\d){3} [+-]\d{4}\]$/,
    text => strptime(text, '[%d/%b/%Y:%H:%M:%S %z]'),
  ],
  [/^\d\d\/[A-Z][a-z]{2}\/\d{4}(?::\d\d){3} [+-]\d{4}$/, text => strptime(text, '%d/%b/%Y:%H:%M:%S %z')],
  [
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)$/,
    text => `make_timestamp(epoch_us((${text})::TIMESTAMPTZ))`,
  ],
]

function strptime(text: string, format: string): string {
  return `make_timestamp(epoch_us(try_strptime(${text}, ${sqlText(format)})))`
}

/** How most lines are, when the engine's reader can take them. */
function fastWay(labelled: Labelled, { lines }: Sample, records: Record[], time: string) {
  const shapes = new Map<string, number>()
  for (const record of records) {
    const shape = [...record.keys()].join('\t')
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1)
  }
  const [shape = '', count = 0] = [...shapes].sort((a, b) => b[1] - a[1])[0] ?? []
  const times = records.map(record => record.get(time) ?? '')
  const timeSql = TIMES.find(([pattern]) => times.every(value => pattern.test(value)))?.[1]
  if (count < lines.length * 0.9 || timeSql === undefined || lines.some(line => line.endsWith('\t')))
    return null
  return fastLayout(labelled, {
    names: shape.split('\t'),
    delimiter: '\t',
    quote: '',
    cellSql(name, cell) {
      const value = `nullif(nullif(substr(${cell}, ${name.length + 2}), '-'), '')`
      const isHere = `starts_with(${cell}, ${sqlText(`${name}:`)})`
      return `CASE WHEN ${isHere} THEN ${name === time ? timeSql(value) : value} ELSE error('unsound') END`
    },
  })
}

/** Of the engine's layout only whether a line is a request is asked, when the format is told. */
function checkLine({ fields, split }: Layout): Layout['split'] {
  return entry => {
    const line = split(entry)
    const fitted = 'values' in line ? fitFields(fields, line.values) : line
    return 'values' in fitted ? { values: [] } : fitted
  }
}
