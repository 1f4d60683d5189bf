/**
 * AWS application load balancer.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
 *
 * Fields are appended over the years; lines of 25 to 33 fields are known by name, further ones are kept as `field_34` and so on.
 * Times are in seconds; −1 means that a part was not measured. `time` is when the response was made, so the request was taken in at
 * `request_creation_time` where that is there.
 */
import { sqlName, sqlText } from '../../store/engine.js'
import { EARLIEST } from '../../store/read-time.js'
import { type Field, type FieldType, type Format, type Layout, type Sample, STATUS } from '../layout.js'
import { addressOf, millisecondsOf, outcomeOf, splitRequestLine, withoutQuotes } from './request-sql.js'
import { splitFields, splitQuoted } from './split-quoted.js'

const FIELDS: [name: string, type?: FieldType][] = [
  ['type'],
  ['time', 'time'],
  ['elb'],
  ['client_port'],
  ['target_port'],
  ['request_processing_time', 'number'],
  ['target_processing_time', 'number'],
  ['response_processing_time', 'number'],
  ['elb_status_code', 'integer'],
  ['target_status_code'],
  ['received_bytes', 'integer'],
  ['sent_bytes', 'integer'],
  ['request'],
  ['user_agent'],
  ['ssl_cipher'],
  ['ssl_protocol'],
  ['target_group_arn'],
  ['trace_id'],
  ['domain_name'],
  ['chosen_cert_arn'],
  ['matched_rule_priority'],
  ['request_creation_time', 'time'],
  ['actions_executed'],
  ['redirect_url'],
  ['error_reason'],
  ['target_port_list'],
  ['target_status_code_list'],
  ['classification'],
  ['classification_reason'],
  ['conn_trace_id'],
  ['transformed_host'],
  ['transformed_uri'],
  ['request_transform_status'],
]
const FEWEST_FIELDS = 25
/** Fields whose whole content is in a column of its own. */
const IN_COLUMNS = new Set([
  'request_processing_time',
  'target_processing_time',
  'response_processing_time',
  'elb_status_code',
  'received_bytes',
  'sent_bytes',
  'request',
  'user_agent',
  'target_port',
  'trace_id',
  'domain_name',
  'request_creation_time',
])

export const alb: Format = {
  name: 'alb',
  title: 'AWS application load balancer',
  layout(sample) {
    const width = tellWidth(sample)
    return width === null ? null : albLayout(width)
  },
}

const TYPES = ['http', 'https', 'h2', 'grpcs', 'ws', 'wss']
const TYPE = new RegExp(`^(?:${TYPES.join('|')})$`)
const FAIR_SHARE = 0.05

/** How many fields the widest lines have that are no exception (two lines torn into one); null when no line is a balancer's. */
function tellWidth({ lines }: Sample): number | null {
  const counts = new Map<number, number>()
  for (const line of lines) {
    const parts = splitQuoted(line) ?? []
    if (parts.length >= FEWEST_FIELDS && TYPE.test(parts[0]!))
      counts.set(parts.length, (counts.get(parts.length) ?? 0) + 1)
  }
  const least = Math.max(...counts.values()) * FAIR_SHARE
  return counts.size === 0
    ? null
    : Math.max(...[...counts].filter(([, count]) => count > least).map(([width]) => width))
}

function albLayout(width: number): Layout {
  const fields: Field[] = Array.from({ length: width }, (_, i) => {
    const [name, type = 'text'] = FIELDS[i] ?? [`field_${i + 1}`]
    if (name === 'type') return { name, type, pattern: TYPE, required: true }
    if (name === 'elb_status_code') return { name, type, pattern: STATUS }
    return name === 'time' ? { name, type, required: true } : { name, type }
  })
  const line = splitRequestLine('request')
  const attrs = fields.map(field => field.name).filter(name => !IN_COLUMNS.has(name))
  return {
    format: 'alb',
    kind: 'requests',
    entries: 'lines',
    fields,
    overflow: 'more',
    split: line => splitFields(line as string, { width, fewest: FEWEST_FIELDS }),
    fast: { delimiter: ' ', quote: '"', nullText: '-' },
    select: {
      time: 'coalesce(request_creation_time, time)',
      ...line.columns,
      host: `coalesce(domain_name, ${line.columns.host})`,
      status: 'elb_status_code',
      outcome: outcomeOf('elb_status_code'),
      duration_ms: `CASE WHEN request_processing_time >= 0 AND target_processing_time >= 0 AND response_processing_time >= 0
        THEN round((request_processing_time + target_processing_time + response_processing_time) * 1e6) / 1e3 END`,
      elapsed_ms: `CASE WHEN elb_status_code IN (0, 460, 504) OR elb_status_code IS NULL
        THEN greatest(date_diff('microsecond', request_creation_time, "time"), 0) / 1000.0 END`,
      queue_ms: millisecondsOf('request_processing_time'),
      upstream_ms: millisecondsOf('target_processing_time'),
      send_ms: millisecondsOf('response_processing_time'),
      bytes_in: 'received_bytes',
      bytes_out: 'sent_bytes',
      client: addressOf('client_port'),
      user_agent: 'user_agent',
      upstream: 'target_port',
      trace_id: 'trace_id',
    },
    attrs: {
      ...Object.fromEntries([...attrs, 'more'].map(name => [name, `"${name}"`])),
      ...line.attrs,
    },
    derived: line.derived,
    attribute: name => (fields.some(field => field.name === name) ? sqlName(name) : null),
    // A request of one word is what is left of one that lost its quote: everything behind it stands in another field.
    holds: `CASE attrs."type" ${TYPES.map(type => `WHEN ${sqlText(type)} THEN true`).join(' ')} ELSE false END AND attrs."time" >= ${EARLIEST} AND coalesce(contains(attrs.garbage, ' '), true)
      AND ${withoutQuotes(['path', 'query', 'user_agent', 'trace_id'])}`,
  }
}
