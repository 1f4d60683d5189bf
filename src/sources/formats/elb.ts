/**
 * AWS classic load balancer.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html
 *
 * 12 fields at first, 15 since 2014 (user agent, cipher, protocol); further ones would be kept as `field_16` and so on.
 * `timestamp` is when the request was taken in. Times are in seconds with microseconds; −1 means that a part was not measured:
 * the instance closed the connection, the idle timeout ended it, or the request was malformed.
 * A connection through a TCP or SSL listener has the request line `- - - ` and no status: it is a request without method and path,
 * which is ok when all its parts were measured. Its parts are the times until the first byte went to and came from the instance,
 * so its duration says nothing of how long the connection was open.
 */
import { sqlName } from '../../store/engine.js'
import { type Field, type FieldType, type Format, type Layout, type Sample, STATUS } from '../layout.js'
import { addressOf, millisecondsOf, outcomeOf, splitRequestLine, withoutQuotes } from './request-sql.js'
import { splitFields, splitQuoted } from './split-quoted.js'

const FIELDS: [name: string, type?: FieldType][] = [
  ['timestamp', 'time'],
  ['elb'],
  ['client_port'],
  ['backend_port'],
  ['request_processing_time', 'number'],
  ['backend_processing_time', 'number'],
  ['response_processing_time', 'number'],
  ['elb_status_code', 'integer'],
  ['backend_status_code'],
  ['received_bytes', 'integer'],
  ['sent_bytes', 'integer'],
  ['request'],
  ['user_agent'],
  ['ssl_cipher'],
  ['ssl_protocol'],
]
const FEWEST_FIELDS = 12
/** Fields that are attributes, beside all that are not known by name. */
const KEPT = new Set(['elb', 'client_port', 'backend_status_code', 'ssl_cipher', 'ssl_protocol', 'more'])
const START = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z? \S+ \S+:\d+ \S+ -?\d/

export const elb: Format = {
  name: 'elb',
  title: 'AWS classic load balancer',
  layout(sample) {
    const width = tellWidth(sample)
    return width === null ? null : elbLayout(width)
  },
}

/** How many fields most lines have; null when no line is a balancer's. */
function tellWidth({ lines }: Sample): number | null {
  const counts = new Map<number, number>()
  for (const line of lines) {
    const width = START.test(line) ? (splitQuoted(line)?.length ?? 0) : 0
    if (width >= FEWEST_FIELDS) counts.set(width, (counts.get(width) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

function elbLayout(width: number): Layout {
  const fields = Array.from({ length: Math.max(width, FIELDS.length) }, (_, i): Field => {
    const [name, type = 'text'] = FIELDS[i] ?? [`field_${i + 1}`]
    if (name === 'elb_status_code') return { name, type, pattern: STATUS }
    return name === 'timestamp' ? { name, type, required: true } : { name, type }
  })
  const line = splitRequestLine('request')
  const names = [...fields.map(field => field.name), 'more']
  const kept = names.filter(name => KEPT.has(name) || name.startsWith('field_'))
  const parts = ['request_processing_time', 'backend_processing_time', 'response_processing_time']
  const isWhole = parts.map(part => `${part} >= 0`).join(' AND ')
  const duration = `CASE WHEN ${isWhole} THEN round((${parts.join(' + ')}) * 1e6) / 1e3 END`
  return {
    format: 'elb',
    kind: 'requests',
    entries: 'lines',
    fields,
    overflow: 'more',
    split: entry => splitFields(entry as string, { width: fields.length, fewest: FEWEST_FIELDS }),
    // The engine's reader takes lines of one width.
    ...(width === fields.length ? { fast: { delimiter: ' ', quote: '"', nullText: '-' } } : {}),
    derived: line.derived,
    select: {
      time: '"timestamp"',
      ...line.columns,
      status: 'elb_status_code',
      outcome: `CASE WHEN elb_status_code IS NULL THEN CASE WHEN ${isWhole} THEN 'ok' ELSE 'aborted' END
        ELSE ${outcomeOf('elb_status_code')} END`,
      duration_ms: duration,
      elapsed_ms: `CASE WHEN elb_status_code IN (0, 460, 504) THEN ${duration} END`,
      queue_ms: millisecondsOf('request_processing_time'),
      upstream_ms: millisecondsOf('backend_processing_time'),
      send_ms: millisecondsOf('response_processing_time'),
      bytes_in: 'received_bytes',
      bytes_out: 'sent_bytes',
      client: addressOf('client_port'),
      user_agent: 'user_agent',
      upstream: 'backend_port',
    },
    attrs: { ...Object.fromEntries(kept.map(name => [name, sqlName(name)])), ...line.attrs },
    attribute: name => (fields.some(field => field.name === name) ? sqlName(name) : null),
    holds: `coalesce(contains(attrs.garbage, ' '), true) AND ${withoutQuotes(['path', 'query', 'user_agent', 'client', 'upstream', 'attrs.garbage'])}`,
  }
}
