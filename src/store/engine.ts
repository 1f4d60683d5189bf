/**
 * The embedded engine. Nothing outside this room names it.
 *
 * An engine that answers questions is sealed before it sees the first: it may read exactly the files that were named,
 * its configuration is locked and no SQL text can reach another file or the network.
 * An engine that imports runs SQL of our own only and is not sealed.
 */
import type { DuckDBValue } from '@duckdb/node-api'
import { systemErrorCode } from '../errors.js'

export type Row = Record<string, unknown>

export interface Engine {
  /** Rows with numbers as `number`; times must be cast to text in the SQL. */
  all<T = Row>(sql: string, values?: DuckDBValue[]): Promise<T[]>
  /** By columns, which for many rows costs a fraction. */
  columns<T>(sql: string): Promise<T>
  run(sql: string): Promise<void>
  /** Number of rows that a COPY wrote. */
  copy(sql: string): Promise<number>
  /** Part of the running statement that is done, 0 to 1; −1 when the engine can't tell. */
  progress(): number
  interrupt(): void
  /** From here on it may read exactly these files. Before that it runs SQL of our own only. */
  seal(files: readonly string[]): Promise<void>
  close(): void
}

export interface EngineOptions {
  /** Files that may be read. Undefined: an engine for imports, which reads and writes where it is told. */
  sealedTo?: string[]
  /** Where large sorts and groups spill to. */
  spillDir: string
  memoryLimit?: string
  /** How many processors it uses; all of them unless given. */
  threads?: number
}

export async function openEngine(options: EngineOptions): Promise<Engine> {
  // Loaded here: most commands that import this room's types never need an engine.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`SET temp_directory = ${sqlText(options.spillDir)}`)
  await connection.run(`SET memory_limit = ${sqlText(options.memoryLimit ?? '1GB')}`)
  if (options.threads !== undefined) await connection.run(`SET threads = ${options.threads}`)
  await connection.run(`SET preserve_insertion_order = false`)
  await connection.run(`SET TimeZone = 'UTC'`)
  // Without these, `progress` never knows; nothing is printed.
  await connection.run(`SET enable_progress_bar = true`)
  await connection.run(`SET enable_progress_bar_print = false`)
  await connection.run(`SET progress_bar_time = 0`)
  const seal = async (files: readonly string[]) => {
    await connection.run(`SET allowed_paths = [${files.map(sqlText).join(', ')}]`)
    await connection.run(`SET enable_external_access = false`)
    await connection.run(`SET lock_configuration = true`)
  }
  if (options.sealedTo) await seal(options.sealedTo)
  return {
    async all<T>(sql: string, values?: DuckDBValue[]): Promise<T[]> {
      const reader = await connection.runAndReadAll(sql, values)
      return reader.getRowObjectsJS().map(plainRow) as T[]
    },
    async columns<T>(sql: string) {
      const reader = await connection.runAndReadAll(sql)
      const columns = reader.getColumnsJS()
      return Object.fromEntries(reader.columnNames().map((name, i) => [name, columns[i] ?? []])) as T
    },
    async run(sql) {
      await connection.run(sql)
    },
    async copy(sql) {
      const reader = await connection.runAndReadAll(sql)
      return Number(reader.getRows()[0]?.[0] ?? 0)
    },
    progress: () => connection.progress.percentage / 100,
    interrupt: () => connection.interrupt(),
    seal,
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Whether a write failed for want of room, whoever wrote. */
export function isDiskFull(error: unknown): boolean {
  const code = systemErrorCode(error)
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left on device|Disk quota exceeded/i.test(String((error as Error).message))
  )
}

/** A text literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A reader of data files: `read_parquet` of exactly these, whatever folders they lie in. */
export function readParquet(files: string[], options = ''): string {
  return `read_parquet([${files.map(sqlText).join(', ')}], union_by_name = true, hive_partitioning = false${options})`
}

/** Options of a COPY to a data file. Of requests, level 1 writes a third faster than the engine's default of 3, and smaller files. */
export const PARQUET = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1'

/** A column name, quoted. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function plainRow(row: Record<string, unknown>): Row {
  for (const key in row) if (typeof row[key] === 'bigint') row[key] = Number(row[key])
  return row
}
