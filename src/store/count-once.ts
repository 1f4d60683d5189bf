/**
 * A request that a log has, and traces as well, counts once: as the log has it, which saw it from further outside. They are told by the id
 * of the trace. A request that several services handle has a server span in each; none of them counts beside the log's.
 */
import path from 'node:path'
import type { Source } from './catalog.js'
import { plainTraceId, timeLiteral } from './dialect.js'
import { type Engine, readParquet, sqlText } from './engine.js'
import { filesOf } from './kinds.js'

/** Sources with requests that may be the same. */
export interface TwoSides {
  /** Data files of requests: of logs in which traces have ids, at the time of the traces … */
  logs: string[]
  /** … and of server spans. */
  spans: string[]
  /** SQL of that time. */
  within: string
}

/** Clocks differ by less; so do zones that a log doesn't write. */
const APART_MS = 86_400_000

/** Null where nothing can be there twice, which costs nothing to see. */
export function findTwoSides(dataDir: string, sources: readonly Source[]): TwoSides | null {
  const pathsOf = (some: readonly Source[]) =>
    some.flatMap(source => filesOf(source, 'requests').map(file => path.join(dataDir, file)))
  const traces = sources.filter(({ kind, from }) => kind === 'spans' && from !== null)
  const spans = pathsOf(traces)
  if (spans.length === 0) return null
  const from = Math.min(...traces.map(source => Date.parse(source.from!))) - APART_MS
  const to = Math.max(...traces.map(source => Date.parse(source.to!))) + APART_MS
  const logs = sources.filter(
    source =>
      source.kind === 'requests' &&
      source.traced !== 0 &&
      source.from !== null &&
      Date.parse(source.from) <= to &&
      Date.parse(source.to!) >= from,
  )
  if (logs.length === 0) return null
  const literal = (ms: number) => timeLiteral(new Date(ms).toISOString())
  return { logs: pathsOf(logs), spans, within: `"time" BETWEEN ${literal(from)} AND ${literal(to)}` }
}

const ID = plainTraceId('trace_id')

/** Ids of traces that both sides have. The few spans are remembered, and the log is passed once. */
function idsOfBoth({ logs, spans, within }: TwoSides): string {
  return `SELECT DISTINCT ${ID} AS trace FROM ${readParquet(logs)}
    WHERE trace_id IS NOT NULL AND ${within} AND ${ID} IN (SELECT ${ID} FROM ${readParquet(spans)})`
}

/** How many requests of server spans a log has as well. */
export async function countTwice(engine: Engine, sides: TwoSides): Promise<number> {
  const [row] = await engine.all<{ n: number }>(
    `SELECT count(*) AS n FROM ${readParquet(sides.spans)} WHERE ${ID} IN (${idsOfBoth(sides)})`,
  )
  return row!.n
}

/** A reader of requests that leaves out those of spans which a log has as well; null where there are none. */
export async function readOnce(
  engine: Engine,
  files: string[],
  sides: TwoSides | null,
): Promise<((columns: string) => string) | null> {
  if (sides === null) return null
  await engine.run(`CREATE TEMP TABLE traced_in_logs AS ${idsOfBoth(sides)}`)
  const [row] = await engine.all<{ n: number }>('SELECT count(*) AS n FROM traced_in_logs')
  if (row!.n === 0) return null
  const ofSpans = new Set(sides.spans)
  // All files, so that both sides have the same attributes; the engine opens only those that are named.
  const read = (columns: string, some: string[]) =>
    `SELECT ${columns} FROM ${readParquet(files, ', filename = true')} WHERE filename IN (${some.map(sqlText).join(', ')})`
  return columns =>
    `${read(
      columns,
      files.filter(file => !ofSpans.has(file)),
    )} UNION ALL ${read(columns, sides.spans)} AND NOT coalesce(${ID} IN (SELECT trace FROM traced_in_logs), false)`
}
