/**
 * OpenTelemetry traces as OTLP JSON: one `ExportTraceServiceRequest` a line, as the collector's file exporter writes them, or one document
 * (also Tempo's, with `batches`). https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding,
 * https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
 *
 * Every span is a row of `spans`. A server span with an HTTP method is a request as well, by the semantic conventions for HTTP, stable and
 * old: https://opentelemetry.io/docs/specs/semconv/http/http-spans/. Its duration is what the server saw, not the client. A request that
 * several services handle has a server span in each, so it is a request of each: `attrs.parent_id` is null for the outermost.
 *
 * A line holds many spans, so spans are counted, not lines: rows + rejected + skipped = spans + lines without one (`skipped` when they
 * are metrics, logs or an empty export; torn ones are `rejected`). Times are kept to the microsecond, durations (ns) in full.
 * Attributes keep their names; those of the resource and the scope have `resource.` and `scope.` in front. Events and links are JSON texts.
 * Not read: protocol buffers, field names with underscores.
 */
import { sqlText } from '../../store/engine.js'
import type { Field, Format, Layout, Sample, Split, Unfolded } from '../layout.js'
import { Attributes, fieldsOf } from './named.js'
import { REQUEST_FIELDS, readServerSpan, requestColumns } from './otlp-requests.js'
import {
  isObject,
  type Json,
  listOf,
  nanosToMs,
  readAttributes,
  readEnum,
  readId,
  readNanos,
  textOf,
} from './otlp-values.js'

/** Collectors write thousands of spans a line. */
const LONGEST_LINE = 256 * 1024 * 1024
const SERVICE = 'resource.service.name'
const START = /^\s*(?:\[\s*)?\{\s*(?:"trace"\s*:\s*\{\s*)?"(?:resourceSpans|batches)"\s*:/
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES = ['unset', 'ok', 'error']

export const otlp: Format = {
  name: 'otlp',
  title: 'OpenTelemetry traces as OTLP JSON',
  layout(sample) {
    const entries = tellEntries(sample)
    return entries === null ? null : otlpLayout(entries)
  },
}

/** Null when this is something else. A first line may be torn, or longer than the sample. */
function tellEntries({ head, lines }: Sample): 'ndjson' | 'json' | null {
  const isOne = START.test(head)
  if (!isOne && !lines.some(line => START.test(line))) return null
  const [first] = lines
  const isDocument = isOne && (/^\s*\[/.test(head) || (first !== undefined && !START.test(first)))
  return isDocument ? 'json' : 'ndjson'
}

function otlpLayout(entries: 'ndjson' | 'json'): Layout {
  const own = new Attributes()
  const ofRequests = new Attributes()
  const spanFields = fieldsOf('spans')
  const fields: Field[] = [
    ...spanFields,
    { name: 'attrs', type: 'text' },
    ...REQUEST_FIELDS,
    { name: 'request_attrs', type: 'text' },
  ]
  const common = {
    format: 'otlp',
    entries,
    fields,
    attrs: null,
    longestLine: LONGEST_LINE,
    unfold,
    split(entry: unknown): Split {
      const read = readSpan(entry as SpanEntry)
      if ('reject' in read) return read
      const { columns, attributes } = read
      const request = columns.kind === 'server' ? readServerSpan(read) : null
      return {
        values: [
          ...spanFields.map(({ name }) => columns[name] ?? null),
          own.pack(Object.fromEntries(attributes), NONE),
          ...REQUEST_FIELDS.map(({ name }) => request?.columns[name] ?? null),
          request && ofRequests.pack(request.attributes, NONE),
        ],
      }
    },
    attribute: (name: string) =>
      name === SERVICE ? 'service' : `json_extract_string(all_attrs, ${sqlText(`$."${own.nameOf(name)}"`)})`,
  }
  const requests: Layout = {
    ...common,
    kind: 'requests',
    select: requestColumns(),
    attrNames: ofRequests.names,
  }
  return {
    ...common,
    kind: 'spans',
    select: Object.fromEntries(spanFields.map(({ name }) => [name, `"${name}"`])),
    attrNames: own.names,
    also: {
      layout: requests,
      from: source =>
        `(SELECT * REPLACE (request_attrs AS attrs), attrs AS all_attrs FROM ${source} WHERE request_method IS NOT NULL)`,
    },
  }
}

const NONE: ReadonlyMap<string, string> = new Map()

/** A span with what its neighbours share. */
interface SpanEntry {
  span: Json
  resource: Map<string, unknown>
  scope: Map<string, unknown>
}

function unfold(record: Json): Unfolded[] {
  const groups = groupsOf(record)
  if (groups === null) {
    for (const kind of ['Metrics', 'Logs', 'Profiles']) {
      if (`resource${kind}` in record) return [{ skip: kind.toLowerCase() }]
    }
    return [{ reject: 'no resourceSpans' }]
  }
  const found: Unfolded[] = []
  for (const group of groups) {
    if (!isObject(group)) continue
    const resource = withPrefix('resource', group.resource, group.schemaUrl)
    for (const part of listOf(group.scopeSpans ?? group.instrumentationLibrarySpans)) {
      if (!isObject(part)) continue
      const scope = withPrefix('scope', part.scope ?? part.instrumentationLibrary, part.schemaUrl)
      for (const span of listOf(part.spans)) {
        found.push(
          isObject(span) ? { entry: { span, resource, scope } } : { reject: 'a span that is no object' },
        )
      }
    }
  }
  return found.length === 0 ? [{ skip: 'empty' }] : found
}

/** The `resourceSpans`. A document's list of them comes one by one. */
function groupsOf(record: Json): unknown[] | null {
  const { trace, resourceSpans, batches } = record
  if ('scopeSpans' in record || 'instrumentationLibrarySpans' in record) return [record]
  if (isObject(trace)) return groupsOf(trace)
  const groups = resourceSpans ?? batches
  return Array.isArray(groups) ? groups : null
}

function withPrefix(prefix: string, holder: unknown, schemaUrl: unknown): Map<string, unknown> {
  const { attributes, name, version } = isObject(holder) ? holder : {}
  const all = new Map<string, unknown>([
    [`${prefix}.name`, name],
    [`${prefix}.version`, version],
    [`${prefix}.schema_url`, schemaUrl],
  ])
  for (const [key, value] of readAttributes(attributes)) all.set(`${prefix}.${key}`, value)
  return new Map([...all].map(([key, value]) => [key, textOf(value)]))
}

export interface Span {
  /** By the names of the columns. */
  columns: Record<string, string | null>
  attributes: Map<string, unknown>
}

function readSpan({ span, resource, scope }: SpanEntry): Span | { reject: string } {
  const start = readNanos(span.startTimeUnixNano)
  if (start === null) return { reject: 'no startTimeUnixNano' }
  const end = readNanos(span.endTimeUnixNano)
  const status = isObject(span.status) ? span.status : {}
  const columns = {
    time: String(start),
    trace_id: readId(span.traceId, 16),
    span_id: readId(span.spanId, 8),
    parent_id: readId(span.parentSpanId, 8),
    name: textOf(span.name),
    kind: readEnum(span.kind, 'SPAN_KIND_', KINDS),
    service: textOf(resource.get(SERVICE)),
    duration_ms: end === null || end < start ? null : nanosToMs(end - start),
    status: readEnum(status.code, 'STATUS_CODE_', STATUSES),
  }
  const attributes = readAttributes(span.attributes)
  // Headers are lists, nearly always of one.
  for (const [name, value] of attributes) if (HEADER.test(name)) attributes.set(name, textOf(value))
  const add = (name: string, value: unknown) => {
    if (textOf(value) !== null) attributes.set(attributes.has(name) ? `span.${name}` : name, value)
  }
  for (const [name, value] of [...resource, ...scope]) if (name !== SERVICE) add(name, value)
  add('status_message', status.message)
  if (end !== null && end < start) add('end_time_unix_nano', String(end))
  for (const [name, value] of Object.entries(span)) {
    if (READ.has(name) || value === 0 || (Array.isArray(value) && value.length === 0)) continue
    add(snakeCase(name), Array.isArray(value) ? JSON.stringify(value.map(plainMoment)) : value)
  }
  return { columns, attributes }
}

const HEADER = /^http\.(?:request|response)\.header\./
const READ = new Set([
  'traceId',
  'spanId',
  'parentSpanId',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'attributes',
  'status',
])

/** An event or a link with plain attributes. */
function plainMoment(moment: unknown): unknown {
  if (!isObject(moment)) return moment
  return { ...moment, attributes: Object.fromEntries(readAttributes(moment.attributes)) }
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase()
}
