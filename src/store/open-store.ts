/** The committed sources of a workbook as tables that questions are put to: one view a kind. */
import { access } from 'node:fs/promises'
import path from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { createAccountFunctions } from './account-functions.js'
import { listSources, type Source } from './catalog.js'
import { findTwoSides, readOnce } from './count-once.js'
import { isoTime } from './dialect.js'
import { type Engine, openEngine, readParquet, sqlName, sqlText } from './engine.js'
import { filesOf } from './kinds.js'
import { COLUMNS, KINDS, type Kind, TIME_COLUMN, WITH_ATTRS } from './schema.js'
import { BEACON_WINDOW_MS, stitchBeacons } from './stitch-beacons.js'
import { type StoreProgress, watchQueries } from './watch-queries.js'

export interface Store {
  readonly sources: Source[]
  /** Whether rows stand for more than one request, so that figures are estimates. */
  readonly weighted: boolean
  all: Engine['all']
  columns: Engine['columns']
  /** How far it is with what it was asked last; cheap enough to ask ten times a second. */
  progress(): StoreProgress
  interrupt(): void
  close(): void
}

export interface StoreOptions {
  /** Longest time between two beacons of one page. */
  beaconWindow_ms?: number
  /** Prices in another currency are unknown; without one, every price is taken as it is. */
  currency?: string
  /** How many processors its queries use; all of them unless given. */
  threads?: number
}

/** Opens what is committed now. Sources that come later are not seen by this store. */
export async function openStore(dataDir: string, options: StoreOptions = {}): Promise<Store> {
  const { threads } = options
  const engine = await openEngine({
    spillDir: path.join(dataDir, 'tmp'),
    ...(threads === undefined ? {} : { threads }),
  })
  let sources: Source[]
  try {
    sources = await listSources(dataDir, engine)
    await checkDataFiles(dataDir, sources)
    await engine.seal(sources.flatMap(source => source.files.map(file => path.join(dataDir, file))))
    for (const kind of KINDS) {
      const select = await selectKind(engine, kind, dataDir, sources, options)
      const rows = kind === 'beacons' ? await stitch(engine, select, options) : select
      await engine.run(`CREATE VIEW ${kind} AS ${rows}`)
    }
    await createAccountFunctions(engine)
  } catch (error) {
    engine.close()
    throw error
  }
  const explain = (error: unknown): never => {
    throw explainConversion(error)
  }
  const queries = watchQueries(engine)
  return {
    sources,
    weighted: sources.some(source => source.weighted),
    all: <T>(...query: Parameters<Engine['all']>) => queries.count(engine.all<T>(...query)).catch(explain),
    columns: <T>(sql: string) => queries.count(engine.columns<T>(sql)).catch(explain),
    progress: queries.progress,
    interrupt: engine.interrupt,
    close: engine.close,
  }
}

/** Throws for the first source whose data somebody removed, and says how to do without it. */
export async function checkDataFiles(dataDir: string, sources: readonly Source[]): Promise<void> {
  for (const { id, file, files } of sources) {
    for (const name of files) {
      const missing = path.join(dataDir, name)
      await access(missing).catch((error: unknown) => {
        if (systemErrorCode(error) !== 'ENOENT') return
        throw new WhyslowError(`The data of ${file} (source ${id}) is missing.`, {
          place: { file: missing },
          next: [
            'Put the file back, or take the source out and import it again:',
            `whyslow sources remove ${id} && whyslow import ${file === '-' ? 'FILE' : `'${file}'`}`,
          ],
          cause: error,
        })
      })
    }
  }
}

/** A `where` may be right by its types and still not fit a value (`path = 5`): SQL of our own never fails to convert. */
function explainConversion(error: unknown): unknown {
  const message = String((error as Error).message).split('\n')[0]!
  const zone = /^Not implemented Error: Unknown TimeZone '(.*)'/.exec(message)?.[1]
  if (zone !== undefined)
    return new WhyslowError(`The where expression names a time zone that there isn't: ${zone}`, {
      next: ["Zones have names such as 'Europe/Berlin' and 'UTC'"],
      cause: error,
    })
  const found = /^(?:Conversion|Out of Range|Invalid Input) Error: (.*)/.exec(message)?.[1]
  if (found === undefined) return error
  return new WhyslowError(`The where expression doesn't fit every request: ${found}`, {
    next: [
      'Compare text with text in single quotes, or use try_cast(… AS …), which is null where it does not fit',
    ],
    cause: error,
  })
}

/**
 * Rows of one kind over all sources.
 * Accounts and tickets are states: of several files that name the same id, the newest import counts.
 * Everything else is events and is simply appended; requests that a log and traces have, as the log has them.
 */
async function selectKind(
  engine: Engine,
  kind: Kind,
  dataDir: string,
  sources: Source[],
  { currency }: StoreOptions,
): Promise<string> {
  const columns = Object.entries(COLUMNS[kind])
  const files = sources.flatMap(source => filesOf(source, kind).map(file => path.join(dataDir, file)))
  const empty = columns.map(([name, type]) => `NULL::${type} AS ${sqlName(name)}`).join(', ')
  const attrs = WITH_ATTRS.has(kind) ? ', NULL::STRUCT(format VARCHAR) AS attrs' : ''
  const names = columns.map(([name]) => sqlName(name)).join(', ')
  if (kind === 'requests') {
    const once = await readOnce(engine, files, findTwoSides(dataDir, sources))
    if (once) return once(`${names}, attrs`)
  }
  return files.length === 0
    ? `SELECT ${empty}${attrs} WHERE false`
    : kind === 'accounts' || kind === 'tickets'
      ? `SELECT ${kind === 'accounts' && currency !== undefined ? inCurrency(names, currency) : names}
           FROM (SELECT ${empty} WHERE false UNION ALL BY NAME
             SELECT * FROM ${readParquet(files, ', filename = true, file_row_number = true')})
           QUALIFY row_number() OVER (PARTITION BY id
             ORDER BY list_position([${files.map(sqlText).join(', ')}], filename) DESC, file_row_number DESC) = 1`
      : `SELECT ${names}${WITH_ATTRS.has(kind) ? ', attrs' : ''} FROM ${readParquet(files)}`
}

/** Accounts as one currency counts them. */
function inCurrency(names: string, currency: string): string {
  const isOwn = `coalesce(currency, ${sqlText(currency)}) = ${sqlText(currency)}`
  return names.replace('"monthly_revenue"', `CASE WHEN ${isOwn} THEN monthly_revenue END AS monthly_revenue`)
}

/** More than this, and the column is of something else. */
const MOST_CURRENCIES = 20

/** Of accounts: how many prices there are in each currency that is said; the rarest of very many are one, `…`. */
export async function countCurrencies(engine: Engine, files: string[]): Promise<Record<string, number>> {
  const rows = await engine.all<{ currency: string; prices: number }>(
    `SELECT currency, count(monthly_revenue) AS prices FROM ${readParquet(files)}
     WHERE currency IS NOT NULL AND monthly_revenue IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`,
  )
  const rest = rows.slice(MOST_CURRENCIES).reduce((sum, { prices }) => sum + prices, 0)
  return {
    ...Object.fromEntries(rows.slice(0, MOST_CURRENCIES).map(({ currency, prices }) => [currency, prices])),
    ...(rest > 0 ? { '…': rest } : {}),
  }
}

/** Pages, put together from their beacons. */
async function stitch(engine: Engine, beacons: string, { beaconWindow_ms }: StoreOptions): Promise<string> {
  const described = await engine.all<{ column_name: string }>(`DESCRIBE SELECT attrs.* FROM (${beacons})`)
  const attributes = described.map(column => column.column_name)
  return stitchBeacons(beacons, attributes, beaconWindow_ms ?? BEACON_WINDOW_MS)
}

/** Of requests: those that nobody can be told to have made, and those with the id of a trace. */
export async function countIds(
  engine: Engine,
  files: string[],
): Promise<Required<Pick<Source, 'withoutAccount' | 'traced'>>> {
  const [row] = await engine.all<Required<Pick<Source, 'withoutAccount' | 'traced'>>>(
    `SELECT count(*) - count(account) AS "withoutAccount", count(trace_id) AS traced FROM ${readParquet(files)}`,
  )
  return row!
}

/** First and last time of data files, ISO 8601 with microseconds (nulls for a kind without times), and whether any row has a weight. */
export async function describeFiles(
  engine: Engine,
  kind: Kind,
  files: string[],
): Promise<Pick<Source, 'from' | 'to' | 'weighted'>> {
  const time = TIME_COLUMN[kind] ?? 'NULL::TIMESTAMP'
  const weighted = kind === 'requests' ? 'coalesce(bool_or(weight <> 1), false)' : 'false'
  const [row] = await engine.all<Pick<Source, 'from' | 'to' | 'weighted'>>(
    `SELECT ${isoTime(`min(${time})`)} AS "from", ${isoTime(`max(${time})`)} AS "to", ${weighted} AS weighted
     FROM ${readParquet(files)}`,
  )
  return row!
}
