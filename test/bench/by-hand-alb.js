// What somebody who knows the engine would type: an ALB log to Parquet, the columns and attributes that whyslow keeps, and the
// content's hash beside it. Nothing is checked: a line that the reader can't parse is gone.
// node test/bench/by-hand-alb.js LOG OUT.parquet
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const [log, out] = process.argv.slice(2)
const FIELDS = {
  type: 'VARCHAR',
  time: 'TIMESTAMP',
  elb: 'VARCHAR',
  client_port: 'VARCHAR',
  target_port: 'VARCHAR',
  request_processing_time: 'DOUBLE',
  target_processing_time: 'DOUBLE',
  response_processing_time: 'DOUBLE',
  elb_status_code: 'SMALLINT',
  target_status_code: 'VARCHAR',
  received_bytes: 'BIGINT',
  sent_bytes: 'BIGINT',
  request: 'VARCHAR',
  user_agent: 'VARCHAR',
  ssl_cipher: 'VARCHAR',
  ssl_protocol: 'VARCHAR',
  target_group_arn: 'VARCHAR',
  trace_id: 'VARCHAR',
  domain_name: 'VARCHAR',
  chosen_cert_arn: 'VARCHAR',
  matched_rule_priority: 'VARCHAR',
  request_creation_time: 'TIMESTAMP',
  actions_executed: 'VARCHAR',
  redirect_url: 'VARCHAR',
  error_reason: 'VARCHAR',
  target_port_list: 'VARCHAR',
  target_status_code_list: 'VARCHAR',
  classification: 'VARCHAR',
  classification_reason: 'VARCHAR',
  conn_trace_id: 'VARCHAR',
}
const ATTRS = [
  'type',
  'time',
  'elb',
  'client_port',
  'target_status_code',
  'ssl_cipher',
  'ssl_protocol',
  'target_group_arn',
  'chosen_cert_arn',
  'matched_rule_priority',
  'actions_executed',
  'redirect_url',
  'error_reason',
  'target_port_list',
  'target_status_code_list',
  'classification',
  'classification_reason',
  'conn_trace_id',
]

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await connection.run('SET preserve_insertion_order = false')
const columns = Object.entries(FIELDS)
  .map(([name, type]) => `'${name}': '${type}'`)
  .join(', ')
const copied = connection.run(`COPY (
  SELECT request_creation_time AS time, split_part(request, ' ', 1) AS method, domain_name AS host, path,
    nullif(split_part(target, '?', 2), '') AS query,
    split_part(request, ' ', 1) || ' ' || regexp_replace(path, '/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})', '/:id', 'g') AS route,
    elb_status_code AS status,
    CASE WHEN elb_status_code = 460 THEN 'aborted' WHEN elb_status_code = 504 THEN 'timeout' WHEN elb_status_code >= 500 THEN 'server_error'
      WHEN elb_status_code >= 400 THEN 'client_error' ELSE 'ok' END AS outcome,
    CASE WHEN target_processing_time >= 0 THEN (request_processing_time + target_processing_time + response_processing_time) * 1000 END AS duration_ms,
    CASE WHEN elb_status_code IN (460, 504) THEN date_diff('microsecond', request_creation_time, time) / 1000.0 END AS elapsed_ms,
    CASE WHEN request_processing_time >= 0 THEN request_processing_time * 1000 END AS queue_ms,
    CASE WHEN target_processing_time >= 0 THEN target_processing_time * 1000 END AS upstream_ms,
    CASE WHEN response_processing_time >= 0 THEN response_processing_time * 1000 END AS send_ms,
    received_bytes AS bytes_in, sent_bytes AS bytes_out, split_part(client_port, ':', 1) AS client, NULL::VARCHAR AS account,
    user_agent, NULL::VARCHAR AS referer, target_port AS upstream, trace_id, 1.0::DOUBLE AS weight,
    struct_pack(${ATTRS.map(name => `"${name}" := "${name}"`).join(', ')}, origin := split_part(url, '/', 3), http_version := split_part(request, ' ', 3)) AS attrs
  FROM (SELECT *, split_part(target, '?', 1) AS path FROM (SELECT *, substr(url, 9 + strpos(substr(url, 9), '/') - 1) AS target FROM (
    SELECT *, split_part(request, ' ', 2) AS url
    FROM read_csv('${log}', delim = ' ', quote = '"', escape = '"', header = false, auto_detect = false, nullstr = '-', columns = {${columns}}))))
) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`)
const hash = createHash('sha256')
for await (const chunk of createReadStream(log, { highWaterMark: 1 << 20 })) hash.update(chunk)
await copied
console.log(hash.digest('hex'))
