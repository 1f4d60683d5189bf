// What somebody who knows the engine would type: a log to Parquet, the columns and attributes that whyslow keeps, and the content's hash
// beside it. Nothing is checked: a line that the reader can't parse is gone.
// node test/bench/by-hand.js FORMAT LOG OUT.parquet
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { BY_HAND } from './by-hand-sql.js'

const [format, log, out] = process.argv.slice(2)
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await connection.run('SET preserve_insertion_order = false')
const copied = connection.run(
  `COPY (${BY_HAND[format](log)}) TO '${out}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`,
)
const hash = createHash('sha256')
for await (const chunk of createReadStream(log, { highWaterMark: 1 << 20 })) hash.update(chunk)
await copied
console.log(hash.digest('hex'))
