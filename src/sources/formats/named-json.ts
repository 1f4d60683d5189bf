/** Requests of NDJSON with named members, so that the engine reads them itself; what the names mean is told by `named-requests.ts`. */
import { DURATION_UNITS, type DurationUnit, type Layout } from '../layout.js'
import { memberOf, type Path } from './json-paths.js'
import type { JsonRecords } from './json-records.js'
import { firstOf, type JsonDuration, jsonLayout } from './json-requests.js'
import { NO_STATUS } from './named.js'

export interface NamedMembers {
  records: JsonRecords
  /** Column → names, the most telling first. */
  sources: Record<string, string[]>
  durations: { column: string; name: string; factor: number }[]
  /** Names that may also stand within `request`, where that is an object. */
  requestMembers: readonly string[]
}

const TEXTS = ['host', 'client', 'account', 'user_agent', 'referer', 'upstream', 'trace_id', 'query'] as const
const NUMBERS = ['status', 'bytes_in', 'bytes_out', 'weight'] as const
const REQUEST: Path[] = [['request']]

export function namedJsonLayout({ records, sources, durations, requestMembers }: NamedMembers): Layout {
  const isObject = records.records.some(record => memberOf(record, ['request', 'method']) !== undefined)
  const pathsOf = (column: string): Path[] =>
    (sources[column] ?? [])
      .filter(name => !(isObject && name === 'request'))
      .flatMap((name): Path[] =>
        isObject && requestMembers.includes(name) ? [[name], ['request', name]] : [[name]],
      )
  const columns = Object.fromEntries(
    [...TEXTS, ...NUMBERS, 'method', 'route'].map(column => [column, pathsOf(column)]),
  )
  const places = ['path', 'route', 'request'].flatMap(pathsOf)
  const ofColumn = (column: string): JsonDuration[] =>
    durations
      .filter(one => one.column === column)
      .map(({ name, factor }) => ({ path: [name], unit: unitOf(factor), isList: column !== 'duration_ms' }))
  const hasStatus = columns.status!.length > 0
  return jsonLayout({
    format: 'requests',
    records,
    open: isObject ? REQUEST : [],
    time: pathsOf('time'),
    target: pathsOf('path'),
    request: pathsOf('request'),
    columns,
    durations: {
      duration_ms: ofColumn('duration_ms'),
      queue_ms: ofColumn('queue_ms'),
      upstream_ms: ofColumn('upstream_ms'),
      send_ms: ofColumn('send_ms'),
    },
    used: [
      ...[...Object.values(columns), pathsOf('path')].flatMap(paths => usedOf(paths)),
      ...ofColumn('duration_ms')
        .slice(0, 1)
        .map(({ path }) => path),
    ],
    refuse: record =>
      places.some(path => typeof memberOf(record, path) === 'string')
        ? null
        : { reject: 'no path, route or request line' },
    holds: at => `coalesce(${places.map(at).join(', ')}) IS NOT NULL`,
    select: (at, own) => {
      const method = `coalesce(upper(${firstOf(at, pathsOf('method'))}), ${own.line_method})`
      return {
        method,
        ...(own.route && {
          route: `CASE WHEN starts_with(${own.route}, '/') THEN coalesce(${method} || ' ', '') || ${own.route} ELSE ${own.route} END`,
        }),
      }
    },
    ...(!hasStatus && { doubts: [NO_STATUS] }),
  })
}

/** The same name within `request` is the same member. */
function usedOf(paths: Path[]): Path[] {
  const [first] = paths
  return paths.filter(path => path.at(-1) === first?.at(-1))
}

function unitOf(factor: number): DurationUnit {
  const [unit] = Object.entries(DURATION_UNITS).find(([, one]) => one === factor) ?? ['ms']
  return unit as DurationUnit
}
