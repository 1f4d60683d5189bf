// The SQL of `by-hand.js`: for each format a query over a log's file.

/** `a b:BIGINT` → the engine's reader over a file of such fields, texts where nothing else is said. */
function read(log, fields, { delimiter = ' ', quote = '"', skip = 0 } = {}) {
  const columns = fields.split(' ').map(field => {
    const [name, type = 'VARCHAR'] = field.split(':')
    return `'${name}': '${type}'`
  })
  return `read_csv('${log}', delim = '${delimiter}', quote = '${quote}', escape = '${quote}', header = false, skip = ${skip},
    auto_detect = false, nullstr = '-', columns = {${columns.join(', ')}})`
}

/** The columns at rest, of which those that aren't given are null. */
function select(given, attrs, from) {
  const columns = Object.entries({ ...EMPTY, ...given }).map(([name, sql]) => `${sql} AS ${name}`)
  const members = attrs.split(' ').map(name => `"${name}" := "${name}"`)
  return `SELECT ${columns.join(', ')}, struct_pack(${members.join(', ')}) AS attrs FROM ${from}`
}

const TEXT = 'NULL::VARCHAR'
const NUMBER = 'NULL::DOUBLE'
const EMPTY = {
  time: 'NULL::TIMESTAMP',
  method: TEXT,
  host: TEXT,
  path: 'path',
  query: `nullif(split_part(target, '?', 2), '')`,
  route: `method || ' ' || regexp_replace(path, '/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})', '/:id', 'g')`,
  status: 'status',
  outcome: `CASE WHEN status IN (460, 499) THEN 'aborted' WHEN status = 504 THEN 'timeout' WHEN status >= 500 THEN 'server_error'
    WHEN status >= 400 THEN 'client_error' ELSE 'ok' END`,
  duration_ms: NUMBER,
  elapsed_ms: NUMBER,
  queue_ms: NUMBER,
  upstream_ms: NUMBER,
  send_ms: NUMBER,
  bytes_in: 'NULL::BIGINT',
  bytes_out: 'NULL::BIGINT',
  client: TEXT,
  account: TEXT,
  user_agent: TEXT,
  referer: TEXT,
  upstream: TEXT,
  trace_id: TEXT,
  weight: '1.0::DOUBLE',
}

/** Over a source with a `request` such as `GET /a?b HTTP/1.1`; a target with its host where `isWhole`. */
function splitRequest(from, isWhole = false) {
  const target = isWhole ? `substr(url, 9 + strpos(substr(url, 9), '/') - 1)` : 'url'
  return `(SELECT *, split_part(target, '?', 1) AS path FROM (SELECT *, ${target} AS target, split_part(url, '/', 3) AS origin FROM
    (SELECT *, split_part(request, ' ', 1) AS method, split_part(request, ' ', 2) AS url, split_part(request, ' ', 3) AS http_version FROM ${from})))`
}

const elapsed = (duration, statuses = '499, 504') => `CASE WHEN status IN (${statuses}) THEN ${duration} END`
const seconds = field => `CASE WHEN ${field} >= 0 THEN ${field} * 1000 END`
const split = (field, names) =>
  names
    .split(' ')
    .map((name, i) => `split_part(${field}, '/', ${i + 1}) AS ${name}`)
    .join(', ')
const clf = field => `strptime(${field}, '[%d/%b/%Y:%H:%M:%S%z]')::TIMESTAMP`

const ALB_FIELDS =
  'type time:TIMESTAMP elb client_port target_port request_processing_time:DOUBLE target_processing_time:DOUBLE ' +
  'response_processing_time:DOUBLE status:SMALLINT target_status_code received_bytes:BIGINT sent_bytes:BIGINT request ' +
  'user_agent ssl_cipher ssl_protocol target_group_arn trace_id domain_name chosen_cert_arn matched_rule_priority ' +
  'request_creation_time:TIMESTAMP actions_executed redirect_url error_reason target_port_list target_status_code_list ' +
  'classification classification_reason conn_trace_id'
const ALB_ATTRS =
  'type time elb client_port target_status_code ssl_cipher ssl_protocol target_group_arn chosen_cert_arn matched_rule_priority ' +
  'actions_executed redirect_url error_reason target_port_list target_status_code_list classification classification_reason ' +
  'conn_trace_id origin http_version'

export const BY_HAND = {
  alb: log =>
    select(
      {
        time: 'request_creation_time',
        method: 'method',
        host: 'domain_name',
        duration_ms: `CASE WHEN target_processing_time >= 0
          THEN (request_processing_time + target_processing_time + response_processing_time) * 1000 END`,
        elapsed_ms: elapsed(`date_diff('microsecond', request_creation_time, "time") / 1000.0`, '460, 504'),
        queue_ms: seconds('request_processing_time'),
        upstream_ms: seconds('target_processing_time'),
        send_ms: seconds('response_processing_time'),
        bytes_in: 'received_bytes',
        bytes_out: 'sent_bytes',
        client: `split_part(client_port, ':', 1)`,
        user_agent: 'user_agent',
        upstream: 'target_port',
        trace_id: 'trace_id',
      },
      ALB_ATTRS,
      splitRequest(read(log, ALB_FIELDS), true),
    ),
  elb: log =>
    select(
      {
        time: '"time"',
        method: 'method',
        host: `split_part(origin, ':', 1)`,
        duration_ms: `CASE WHEN backend_processing_time >= 0
          THEN (request_processing_time + backend_processing_time + response_processing_time) * 1000 END`,
        queue_ms: seconds('request_processing_time'),
        upstream_ms: seconds('backend_processing_time'),
        send_ms: seconds('response_processing_time'),
        bytes_in: 'received_bytes',
        bytes_out: 'sent_bytes',
        client: `split_part(client_port, ':', 1)`,
        user_agent: 'user_agent',
        upstream: 'backend_port',
      },
      'elb client_port backend_status_code ssl_cipher ssl_protocol origin http_version',
      splitRequest(
        read(
          log,
          'time:TIMESTAMP elb client_port backend_port request_processing_time:DOUBLE backend_processing_time:DOUBLE ' +
            'response_processing_time:DOUBLE status:SMALLINT backend_status_code received_bytes:BIGINT sent_bytes:BIGINT request ' +
            'user_agent ssl_cipher ssl_protocol',
        ),
        true,
      ),
    ),
  nginx: log =>
    select(
      {
        time: clf('time_local || zone'),
        method: 'method',
        duration_ms: 'request_time * 1000',
        elapsed_ms: elapsed('request_time * 1000'),
        upstream_ms: 'try_cast(upstream_response_time AS DOUBLE) * 1000',
        bytes_out: 'body_bytes_sent',
        client: 'remote_addr',
        account: 'remote_user',
        user_agent: 'http_user_agent',
        referer: 'http_referer',
      },
      'ident remote_user upstream_response_time http_version',
      splitRequest(
        read(
          log,
          'remote_addr ident remote_user time_local zone request status:SMALLINT body_bytes_sent:BIGINT http_referer ' +
            'http_user_agent request_time:DOUBLE upstream_response_time',
        ),
      ),
    ),
  apache: log =>
    select(
      {
        time: clf('t || zone'),
        method: 'method',
        duration_ms: 'us / 1000',
        elapsed_ms: elapsed('us / 1000'),
        bytes_out: 'size',
        client: 'h',
        account: 'u',
        user_agent: 'agent',
        referer: 'referer',
      },
      'l http_version',
      splitRequest(read(log, 'h l u t zone request status:SMALLINT size:BIGINT referer agent us:DOUBLE')),
    ),
  traefik: log =>
    select(
      {
        time: clf('t || zone'),
        method: 'method',
        duration_ms: `rtrim(took, 'ms')::DOUBLE`,
        elapsed_ms: elapsed(`rtrim(took, 'ms')::DOUBLE`),
        bytes_out: 'size',
        client: 'h',
        account: 'u',
        user_agent: 'agent',
        referer: 'referer',
        upstream: 'server',
      },
      'l http_version number router',
      splitRequest(
        read(log, 'h l u t zone request status:SMALLINT size:BIGINT referer agent number router server took'),
      ),
    ),
  envoy: log =>
    select(
      {
        time: `strptime(start, '[%Y-%m-%dT%H:%M:%S.%gZ]')`,
        method: 'method',
        host: `split_part(authority, ':', 1)`,
        duration_ms: 'ms',
        elapsed_ms: elapsed('ms'),
        upstream_ms: 'upstream_ms',
        bytes_in: 'bytes_in',
        bytes_out: 'bytes_out',
        client: `trim(list_last(string_split(forwarded, ',')))`,
        user_agent: 'agent',
        upstream: 'upstream',
        trace_id: 'id',
      },
      'flags upstream_ms forwarded authority upstream http_version',
      splitRequest(
        read(
          log,
          'start request status:SMALLINT flags bytes_in:BIGINT bytes_out:BIGINT ms:DOUBLE upstream_ms:DOUBLE forwarded agent id ' +
            'authority upstream',
        ),
      ),
    ),
  haproxy: log =>
    select(
      {
        time: `strptime(accepted, '[%d/%b/%Y:%H:%M:%S.%g]')`,
        method: 'method',
        duration_ms: `split_part(times, '/', 5)::DOUBLE`,
        elapsed_ms: elapsed(`split_part(times, '/', 5)::DOUBLE`),
        queue_ms: `split_part(times, '/', 2)::DOUBLE`,
        upstream_ms: `split_part(times, '/', 4)::DOUBLE`,
        bytes_out: 'bytes_read',
        client: `split_part(client, ':', 1)`,
        upstream: `split_part(server, '/', 2)`,
      },
      'prefix client frontend backend_name server_name termination TR Tc actconn feconn beconn srv_conn retries srv_queue backend_queue ' +
        'request_cookie response_cookie http_version',
      splitRequest(
        `(SELECT *, concat_ws(' ', month, day, clock, balancer, process) AS prefix, split_part(server, '/', 1) AS backend_name,
          split_part(server, '/', 2) AS server_name, ${split('times', 'TR Tw Tc')}, ${split('queues', 'srv_queue backend_queue')},
          ${split('connections', 'actconn feconn beconn srv_conn retries')} FROM ${read(
            log,
            'month day clock balancer process client accepted frontend server times status:SMALLINT bytes_read:BIGINT request_cookie ' +
              'response_cookie termination connections queues request',
          )})`,
      ),
    ),
  w3c: log =>
    select(w3cColumns('time_taken::DOUBLE'), W3C_ATTRS, w3cSource(read(log, W3C_FIELDS, { skip: 4 }))),
  cloudfront: log =>
    select(
      {
        ...w3cColumns(`taken * 1000`),
        upstream_ms: 'NULL::DOUBLE',
        user_agent: 'agent',
        referer: 'referer',
        client: 'ip',
        host: 'header',
        bytes_out: 'sent',
        bytes_in: 'received',
        trace_id: 'id',
        send_ms: '(taken - first) * 1000',
      },
      'date clock edge domain cookie result id protocol forwarded tls cipher response_result version fle fields port first detailed type length a b',
      w3cSource(
        read(
          log,
          'date clock edge sent:BIGINT ip method domain stem status:SMALLINT referer agent query cookie result id header protocol ' +
            'received:BIGINT taken:DOUBLE forwarded tls cipher response_result version fle fields port first:DOUBLE detailed type length ' +
            'a b',
          { delimiter: '\t', quote: '', skip: 2 },
        ),
      ),
    ),
  ltsv: log =>
    select(
      {
        time: `strptime(substr(t, 6), '%d/%b/%Y:%H:%M:%S %z')::TIMESTAMP`,
        method: 'method',
        host: 'substr(vhost, 7)',
        duration_ms: 'substr(took, 9)::DOUBLE * 1000',
        elapsed_ms: elapsed('substr(took, 9)::DOUBLE * 1000'),
        upstream_ms: 'try_cast(substr(app, 9) AS DOUBLE) * 1000',
        bytes_out: 'substr(size, 6)::BIGINT',
        client: 'substr(host, 6)',
        user_agent: 'substr(ua, 4)',
        referer: 'substr(referer, 9)',
      },
      'http_version',
      splitRequest(
        `(SELECT * EXCLUDE (status, req), substr(status, 8)::SMALLINT AS status, substr(req, 5) AS request FROM
          ${read(log, 't host req status size referer ua vhost took app', { delimiter: '\t', quote: '' })})`,
      ),
    ),
  caddy: log =>
    select(
      {
        time: 'make_timestamp((ts * 1e6)::BIGINT)',
        method: 'method',
        host: 'request.host',
        duration_ms: 'duration * 1000',
        elapsed_ms: elapsed('duration * 1000'),
        bytes_in: 'bytes_read',
        bytes_out: 'size',
        client: 'request.client_ip',
        account: `nullif(user_id, '')`,
        user_agent: `request.headers."User-Agent"[1]`,
      },
      'level logger msg proto remote_ip remote_port headers tls resp_headers',
      `(SELECT *, split_part(target, '?', 1) AS path FROM (SELECT *, request.uri AS target, request.method AS method, request.proto AS proto,
        request.remote_ip AS remote_ip, request.remote_port AS remote_port, request.tls AS tls, request.headers AS headers FROM read_json('${log}', format = 'newline_delimited')))`,
    ),
}

const W3C_FIELDS =
  'date clock server_ip method stem query port username ip agent referer status:SMALLINT substatus win32 time_taken:BIGINT'
const W3C_ATTRS = 'date clock server_ip port substatus win32'

function w3cSource(from) {
  return `(SELECT *, stem AS path, coalesce('?' || query, '') AS target FROM ${from})`
}

/** The log has the time of the end. */
function w3cColumns(taken) {
  return {
    time: `(date || ' ' || clock)::TIMESTAMP - to_microseconds((${taken} * 1000)::BIGINT)`,
    method: 'method',
    query: 'query',
    duration_ms: taken,
    elapsed_ms: elapsed(taken),
    client: 'ip',
    user_agent: 'agent',
    referer: 'referer',
  }
}
