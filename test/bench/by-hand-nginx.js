// What somebody who knows the engine would type: nginx `combined` with two times behind it to Parquet, the columns and attributes that
// whyslow keeps, and the content's hash beside it. Nothing is checked: a line that the reader can't parse is gone.
// node test/bench/by-hand-nginx.js LOG OUT.parquet
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const [log, out] = process.argv.slice(2)
const FIELDS = {
  remote_addr: 'VARCHAR',
  ident: 'VARCHAR',
  remote_user: 'VARCHAR',
  time_local: 'VARCHAR',
  zone: 'VARCHAR',
  request: 'VARCHAR',
  status: 'SMALLINT',
  body_bytes_sent: 'BIGINT',
  http_referer: 'VARCHAR',
  http_user_agent: 'VARCHAR',
  request_time: 'DOUBLE',
  upstream_response_time: 'VARCHAR',
}

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await connection.run('SET preserve_insertion_order = false')
const columns = Object.entries(FIELDS)
  .map(([name, type]) => `'${name}': '${type}'`)
  .join(', ')
const copied = connection.run(`COPY (
  SELECT strptime(time_local || zone, '[%d/%b/%Y:%H:%M:%S%z]')::TIMESTAMP AS time, split_part(request, ' ', 1) AS method, NULL::VARCHAR AS host, path,
    nullif(split_part(target, '?', 2), '') AS query,
    split_part(request, ' ', 1) || ' ' || regexp_replace(path, '/([0-9]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})', '/:id', 'g') AS route,
    status, CASE WHEN status = 499 THEN 'aborted' WHEN status = 504 THEN 'timeout' WHEN status >= 500 THEN 'server_error'
      WHEN status >= 400 THEN 'client_error' ELSE 'ok' END AS outcome,
    request_time * 1000 AS duration_ms, CASE WHEN status IN (499, 504) THEN request_time * 1000 END AS elapsed_ms,
    NULL::DOUBLE AS queue_ms, try_cast(upstream_response_time AS DOUBLE) * 1000 AS upstream_ms, NULL::DOUBLE AS send_ms,
    NULL::BIGINT AS bytes_in, body_bytes_sent AS bytes_out, remote_addr AS client, remote_user AS account,
    http_user_agent AS user_agent, http_referer AS referer, NULL::VARCHAR AS upstream, NULL::VARCHAR AS trace_id, 1.0::DOUBLE AS weight,
    struct_pack(ident := ident, remote_user := remote_user, upstream_response_time := upstream_response_time, http_version := split_part(request, ' ', 3)) AS attrs
  FROM (SELECT *, split_part(target, '?', 1) AS path FROM (SELECT *, split_part(request, ' ', 2) AS target
    FROM read_csv('${log}', delim = ' ', quote = '"', escape = '"', header = false, auto_detect = false, nullstr = '-', columns = {${columns}})))
) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`)
const hash = createHash('sha256')
for await (const chunk of createReadStream(log, { highWaterMark: 1 << 20 })) hash.update(chunk)
await copied
console.log(hash.digest('hex'))
