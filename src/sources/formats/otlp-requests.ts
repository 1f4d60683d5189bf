/**
 * Server spans as requests, by the semantic conventions for HTTP: the stable names first, then those before 1.21.
 * What a column holds in full isn't kept beside it.
 */
import { type Field, STATUS } from '../layout.js'
import type { Span } from './otlp.js'
import { readWeight, textOf } from './otlp-values.js'
import { outcomeOf } from './request-sql.js'

const NAMES = {
  method: ['http.request.method', 'http.method'],
  host: ['server.address', 'http.host', 'net.host.name', 'http.server_name'],
  path: ['url.path'],
  query: ['url.query'],
  target: ['http.target', 'url.full', 'http.url'],
  route: ['http.route'],
  status: ['http.response.status_code', 'http.status_code'],
  bytes_in: ['http.request.size', 'http.request.body.size', 'http.request_content_length'],
  bytes_out: ['http.response.size', 'http.response.body.size', 'http.response_content_length'],
  client: ['client.address', 'http.client_ip', 'network.peer.address', 'net.sock.peer.addr', 'net.peer.ip'],
  account: ['enduser.id', 'user.id'],
  user_agent: ['user_agent.original', 'http.user_agent'],
  referer: ['http.request.header.referer'],
  upstream: ['resource.service.instance.id', 'resource.k8s.pod.name', 'resource.host.name'],
  error: ['error.type'],
}

/** Names with `request_` in front, since spans have some of the same. */
export const REQUEST_FIELDS: Field[] = [
  ...[
    'method',
    'host',
    'path',
    'query',
    'route',
    'client',
    'account',
    'user_agent',
    'referer',
    'upstream',
  ].map((name): Field => ({ name: `request_${name}`, type: 'text' })),
  { name: 'request_status', type: 'integer', pattern: STATUS },
  { name: 'request_bytes_in', type: 'integer' },
  { name: 'request_bytes_out', type: 'integer' },
  { name: 'request_weight', type: 'number' },
  { name: 'request_error', type: 'text' },
]

export interface ServerSpan {
  columns: Record<string, string | null>
  attributes: Record<string, unknown>
}

/** Null for a server span without an HTTP method: another protocol. */
export function readServerSpan({ columns, attributes }: Span): ServerSpan | null {
  const left = new Map(attributes)
  const find = (column: keyof typeof NAMES) => {
    const name = NAMES[column].find(one => textOf(attributes.get(one)) !== null)
    return { name: name ?? '', text: name === undefined ? null : textOf(attributes.get(name)) }
  }
  /** The value that becomes a column, and is taken out of what is left when the column holds all of it. */
  const take = (column: keyof typeof NAMES, shorten: (text: string) => string | null = text => text) => {
    const { name, text } = find(column)
    const short = text === null ? null : shorten(text)
    if (short !== null && short === text) left.delete(name)
    return short
  }
  const whole = (text: string) => (/^\d{1,18}$/.test(text) ? text : null)
  let method = take('method')
  if (method === null) return null
  if (method === '_OTHER') method = textOf(attributes.get('http.request.method_original')) ?? method
  const target = splitTarget(find('target').text)
  if (find('target').text === target.local) left.delete(find('target').name)
  const route = take('route')
  const request: Record<string, string | null> = {
    request_method: method,
    request_host: take('host', withoutPort) ?? target.host,
    request_path: take('path') ?? target.path,
    request_query: take('query', text => text.replace(/^\?/, '') || null) ?? target.query,
    request_route: route === null ? null : `${method} ${route.startsWith('/') ? '' : '/'}${route}`,
    request_status: take('status', text => (STATUS.test(text) ? text : null)),
    request_bytes_in: take('bytes_in', whole),
    request_bytes_out: take('bytes_out', whole),
    request_client: take('client', text => text.split(',')[0]!.trim()),
    request_account: take('account'),
    request_user_agent: take('user_agent'),
    request_referer: take('referer'),
    request_upstream: take('upstream') ?? columns.service ?? null,
    request_weight: readWeight(attributes.get('trace_state')),
    request_error: find('error').text,
  }
  const { span_id, parent_id, name, service, status } = columns
  return {
    columns: request,
    attributes: {
      span_id,
      parent_id,
      span_name: name,
      service,
      span_status: status,
      ...Object.fromEntries(left),
    },
  }
}

/** Column of `requests` → SQL over the fields. Without a status nothing was answered: the span says whether it failed. */
export function requestColumns(): Record<string, string> {
  const outcome = `CASE WHEN request_status > 0 THEN ${outcomeOf('request_status')}
    WHEN strpos(lower(request_error), 'timeout') > 0 THEN 'timeout'
    WHEN status = 'error' THEN 'server_error' ELSE 'aborted' END`
  const own = REQUEST_FIELDS.map(({ name }) => [name.slice('request_'.length), name])
  return {
    ...Object.fromEntries(own),
    time: '"time"',
    trace_id: 'trace_id',
    duration_ms: 'duration_ms',
    weight: 'coalesce(request_weight, 1)',
    outcome,
    elapsed_ms: `CASE WHEN (${outcome}) IN ('aborted', 'timeout') THEN duration_ms END`,
  }
}

/** `[2001:db8::1]:8080` and `shop.example:8080` without the port; a bare IPv6 address as it is. */
function withoutPort(host: string): string {
  return /^(\[[^\]]*\]|[^:]*):\d+$/.exec(host)?.[1] ?? host
}

/** `local` is what stands behind scheme and host. */
function splitTarget(target: string | null) {
  if (target === null) return { local: null, host: null, path: null, query: null }
  const [, authority, local = target] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/is.exec(target) ?? []
  const mark = local.indexOf('?')
  return {
    local,
    host: authority === undefined ? null : withoutPort(authority.replace(/^.*@/, '')) || null,
    path: (mark === -1 ? local : local.slice(0, mark)) || '/',
    query: mark === -1 ? null : local.slice(mark + 1) || null,
  }
}
