/** Requests of a slice that have traces, and the spans of those: a seeded choice of whole traces, read bit by bit. */
import { microseconds, plainTraceId, seededBucket } from '../../store/dialect.js'
import { sqlName } from '../../store/engine.js'
import type { Store } from '../../store/open-store.js'
import { type Slice, slicePredicate } from '../../store/slice.js'
import { priceOf } from '../account-price.js'
import { CLUSTER } from '../count-clusters.js'
import { isCountedSql, isGoodSql } from '../good.js'
import { CLIENT, FAILED, MESSAGE, SERVER, type Span } from './trace.js'

export interface TracedRequest {
  trace: string
  /** The request's own span, where the request was read from one. */
  span: string | null
  cluster: string
  /** Clusters are put together at random where there may be too many to look at one by one. */
  group: number
  account: string | null
  /** What the account pays a month. */
  monthly: number | null
  outcome: string
  duration_ms: number | null
  weight: number
  isCounted: boolean
  isGood: boolean
}

export interface TraceBatch {
  requests: TracedRequest[]
  /** By trace. */
  spans: Map<string, Span[]>
}

export interface TraceChoice {
  /** Of the slice that have spans. */
  traces: number
  /** Those that are read, about. */
  chosen: number
  batches: AsyncIterable<TraceBatch>
}

export interface ReadOptions {
  under_ms: number
  seed: number
  /** At most about so many are read; default 20,000. */
  mostTraces?: number
  signal?: AbortSignal | undefined
}

const MOST_TRACES = 20_000
/** Of all traces that are read: memory is bounded by it. */
const MOST_SPANS = 1_500_000
/** A larger trace is a job or a loop, and isn't read. */
const MOST_SPANS_OF_ONE = 50_000
const SPANS_A_BATCH = 100_000
const BUCKETS = 1_000_000
/** Where a service runs, by the names of resources: one that isn't alone has several clocks. */
const INSTANCES = ['resource.service.instance.id', 'resource.k8s.pod.name', 'resource.host.name']

const FLAGS: Record<string, number> = { client: CLIENT, server: SERVER, producer: MESSAGE, consumer: MESSAGE }

/** A request's, as spans have it: logs write what the header says. */
export const TRACE = plainTraceId('trace_id')

const CLUSTER_GROUPS = 20_000

export function clusterGroup(seed: number): string {
  return seededBucket(CLUSTER, seed, CLUSTER_GROUPS)
}

/** Texts as numbers, in the order in which they came. */
export class Names {
  readonly texts: string[] = []
  readonly #numbers = new Map<string, number>()

  numberOf(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }

  find(text: string): number | undefined {
    return this.#numbers.get(text)
  }
}

export async function chooseTraces(
  store: Store,
  slice: Slice,
  names: Names,
  options: ReadOptions,
): Promise<TraceChoice> {
  const where = await slicePredicate(store, slice)
  const [size] = await store.all<{ traces: number; spans: number }>(
    `SELECT count(*)::DOUBLE AS traces, coalesce(sum(least(spans, ${MOST_SPANS_OF_ONE})), 0)::DOUBLE AS spans FROM (
       SELECT count(*) AS spans FROM spans
       WHERE trace_id IN (SELECT ${TRACE} FROM requests WHERE ${where}) GROUP BY trace_id)`,
  )
  const { traces, spans } = size!
  const part = Math.min(
    1,
    (options.mostTraces ?? MOST_TRACES) / Math.max(1, traces),
    MOST_SPANS / Math.max(1, spans),
  )
  const batches = Math.max(1, Math.ceil((spans * part) / SPANS_A_BATCH))
  const limits = Array.from({ length: batches + 1 }, (_, i) => Math.round((BUCKETS * part * i) / batches))
  const readBatch = await prepareBatches(store, where, names, options)
  return {
    traces,
    chosen: Math.round(traces * part),
    batches: (async function* () {
      for (let i = 0; i < batches; i += 1) {
        options.signal?.throwIfAborted()
        yield await readBatch(limits[i]!, limits[i + 1]!)
      }
    })(),
  }
}

async function prepareBatches(store: Store, where: string, names: Names, options: ReadOptions) {
  const spanId = (await hasAttribute(store, 'requests', 'span_id')) ? 'attrs.span_id' : 'NULL'
  const instances = []
  for (const name of INSTANCES) {
    if (await hasAttribute(store, 'spans', name)) instances.push(`attrs.${sqlName(name)}::VARCHAR`)
  }
  const clock = `concat_ws(' ', coalesce(service, ''), coalesce(${[...instances, 'NULL'].join(', ')}))`
  const clocks = new Names()
  const isIn = (trace: string, from: number, to: number) => {
    const bucket = seededBucket(trace, options.seed, BUCKETS)
    return `${bucket} >= ${from} AND ${bucket} < ${to}`
  }
  const counted = isCountedSql(`${options.under_ms}`)
  const good = isGoodSql(`${options.under_ms}`)
  return async (from: number, to: number): Promise<TraceBatch> => {
    const isChosen = isIn('trace_id', from, to)
    const ofChosen = `(${where}) AND ${isIn(TRACE, from, to)}`
    const requests = await store.all<TracedRequest>(
      `SELECT ${TRACE} AS trace, ${spanId}::VARCHAR AS span, ${CLUSTER} AS cluster, ${clusterGroup(options.seed)} AS "group", account, ${priceOf('requests.account')} AS monthly, outcome, duration_ms, weight::DOUBLE AS weight,
         coalesce(${counted}, false) AS "isCounted", coalesce(${good}, false) AS "isGood"
       FROM requests WHERE ${ofChosen} AND ${TRACE} IN (SELECT trace_id FROM spans WHERE ${isChosen})
       ORDER BY requests."time", trace, span, duration_ms, cluster`,
    )
    const rows = await store.columns<Record<string, unknown[]>>(
      `SELECT trace_id, span_id, parent_id, coalesce(name, '') AS name, kind, ${clock} AS clock, status, duration_ms,
         ${microseconds('"time"')} AS us
       FROM spans WHERE ${isChosen} AND trace_id IN (SELECT ${TRACE} FROM requests WHERE ${ofChosen})
       QUALIFY count(*) OVER (PARTITION BY trace_id) <= ${MOST_SPANS_OF_ONE}
       ORDER BY trace_id, "time", span_id, duration_ms, name`,
    )
    return { requests, spans: groupSpans(rows, names, clocks) }
  }
}

function groupSpans(rows: Record<string, unknown[]>, names: Names, clocks: Names): Map<string, Span[]> {
  const spans = new Map<string, Span[]>()
  const { trace_id, span_id, parent_id, name, kind, clock, status, duration_ms, us } = rows as {
    [column: string]: (string | null)[]
  } & { duration_ms: (number | null)[]; us: number[] }
  let list: Span[] = []
  let first = 0
  for (let row = 0; row < us.length; row += 1) {
    if (row === 0 || trace_id![row] !== trace_id![row - 1]) {
      list = []
      first = us[row]!
      spans.set(trace_id![row]!, list)
    }
    const duration = duration_ms[row]!
    list.push({
      // Without an id it can't be anybody's parent.
      id: span_id![row] ?? `row ${row}`,
      parent: parent_id![row]!,
      name: names.numberOf(name![row]!),
      clock: clocks.numberOf(clock![row]!),
      flags: (FLAGS[kind![row] ?? ''] ?? 0) | (status![row] === 'error' ? FAILED : 0),
      start: (us[row]! - first) * 1000,
      duration: duration === null ? null : Math.round(duration * 1e6),
    })
  }
  return spans
}

async function hasAttribute(store: Store, kind: 'requests' | 'spans', name: string): Promise<boolean> {
  const described = await store.all<{ column_name: string }>(`DESCRIBE SELECT attrs.* FROM ${kind}`)
  return described.some(column => column.column_name === name)
}
