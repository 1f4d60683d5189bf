/** The committed sources of a workbook as tables that questions are put to: one view a kind. */
import path from 'node:path'
import { type Source, listSources } from './catalog.js'
import { type Engine, openEngine, sqlName, sqlText } from './engine.js'
import { COLUMNS, KINDS, type Kind, TIME_COLUMN } from './schema.js'

export interface Store {
  readonly sources: Source[]
  /** Whether rows stand for more than one request, so that figures are estimates. */
  readonly weighted: boolean
  all: Engine['all']
  interrupt(): void
  close(): void
}

/** Opens what is committed now. Sources that come later are not seen by this store. */
export async function openStore(dataDir: string): Promise<Store> {
  const sources = await listSources(dataDir)
  const files = sources.flatMap(source => source.files.map(file => path.join(dataDir, file)))
  const engine = await openEngine({ sealedTo: files, spillDir: path.join(dataDir, 'tmp') })
  try {
    for (const kind of KINDS) await engine.run(createView(kind, dataDir, sources))
  } catch (error) {
    engine.close()
    throw error
  }
  return {
    sources,
    weighted: sources.some(source => source.weighted),
    all: engine.all,
    interrupt: engine.interrupt,
    close: engine.close,
  }
}

/**
 * Accounts and tickets are states: of several files that name the same id, the newest import counts.
 * Everything else is events and is simply appended.
 */
function createView(kind: Kind, dataDir: string, sources: Source[]): string {
  const columns = Object.entries(COLUMNS[kind])
  const files = sources
    .filter(source => source.kind === kind)
    .flatMap(source => source.files.map(file => path.join(dataDir, file)))
  const list = files.map(sqlText).join(', ')
  const empty = columns.map(([name, type]) => `NULL::${type} AS ${sqlName(name)}`).join(', ')
  const attrs = kind === 'requests' ? ', NULL::STRUCT(format VARCHAR) AS attrs' : ''
  const names = columns.map(([name]) => sqlName(name)).join(', ')
  const select =
    files.length === 0
      ? `SELECT ${empty}${attrs} WHERE false`
      : kind === 'accounts' || kind === 'tickets'
        ? `SELECT ${names} FROM read_parquet([${list}], union_by_name = true, filename = true)
           QUALIFY row_number() OVER (PARTITION BY id ORDER BY list_position([${list}], filename) DESC) = 1`
        : `SELECT * FROM read_parquet([${list}], union_by_name = true)`
  return `CREATE VIEW ${kind} AS ${select}`
}

/** First and last time of a data file, ISO 8601 with microseconds; nulls for a kind without times. */
export async function readTimeRange(
  engine: Engine,
  kind: Kind,
  files: string[],
): Promise<{ from: string | null; to: string | null }> {
  const column = TIME_COLUMN[kind]
  if (column === null) return { from: null, to: null }
  const iso = (fn: string) => `strftime(${fn}(${sqlName(column)}), '%Y-%m-%dT%H:%M:%S.%fZ')`
  const rows = await engine.all<{ from: string | null; to: string | null }>(
    `SELECT ${iso('min')} AS "from", ${iso('max')} AS "to" FROM read_parquet([${files.map(sqlText).join(', ')}], union_by_name = true)`,
  )
  return rows[0] ?? { from: null, to: null }
}
