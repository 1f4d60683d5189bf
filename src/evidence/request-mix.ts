/** What is asked for, and how often: concrete paths in the shares of the traffic, so that a load can ask for the same. */
import { isoTime, seededBucket } from '../store/dialect.js'
import { sqlText } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import { formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import { describeSlice } from './slice-warnings.js'

export interface RequestMix {
  /** Of the slice that have one of the methods. */
  requests: number
  /** Rows drawn from them that can be sent. */
  sampled: number
  /** The distinct ones among those drawn, most frequent first. `path` has its query; shares add up to 1. */
  mix: { method: string; path: string; share: number }[]
  warnings: Warning[]
}

export interface MixOptions {
  /** GET alone changes nothing on the service, if it keeps to the rules. */
  methods: readonly string[]
  /** At most so many are drawn, so there are at most so many distinct paths. */
  limit: number
  seed: number
}

const BUCKETS = 1_000_000_007
/** What can be sent as it is. A path with a line end in it would be a second request. */
const SENDABLE = /^\/[!-~]*$/

/**
 * Weighted sampling without replacement by each row's own seeded random number (Efraimidis and Spirakis, 2006), so that
 * the same data give the same mix.
 *
 * Misleads about caches: of many paths that are asked for once each, the few that are drawn are asked for again and again.
 */
export async function sampleMix(store: Store, slice: Slice, options: MixOptions): Promise<RequestMix> {
  const where = await slicePredicate(store, slice)
  const methods = options.methods.map(sqlText).join(', ')
  const [all] = await store.all<{ requests: number; fitting: number; measured: number }>(
    `SELECT coalesce(sum(weight), 0) AS requests, coalesce(sum(weight) FILTER (method IN (${methods})), 0) AS fitting,
       coalesce(sum(weight) FILTER (duration_ms IS NOT NULL), 0) AS measured
     FROM requests WHERE ${where}`,
  )
  const { requests, fitting } = all!
  const row = `concat_ws(' ', ${isoTime('requests."time"')}, client, trace_id, duration_ms, path, query)`
  const random = `(${seededBucket(row, options.seed, BUCKETS)} + 0.5) / ${BUCKETS}`
  const drawn = await store.all<{ method: string; path: string; weight: number }>(
    `SELECT method, weight, path || coalesce('?' || query, '') AS path FROM requests
     WHERE (${where}) AND method IN (${methods}) AND path IS NOT NULL AND weight > 0
     ORDER BY -ln(${random}) / weight, path LIMIT ${options.limit}`,
  )
  const counts = new Map<string, { method: string; path: string; count: number }>()
  // Rows that were drawn all need their weights; else these have had their say in who was drawn.
  const isAll = drawn.length < options.limit
  let sampled = 0
  for (const { method, path, weight } of drawn) {
    if (!SENDABLE.test(path)) continue
    sampled += 1
    const key = `${method} ${path}`
    counts.set(key, { method, path, count: (counts.get(key)?.count ?? 0) + (isAll ? weight : 1) })
  }
  const kept = [...counts.values()].sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1))
  const whole = kept.reduce((sum, { count }) => sum + count, 0)
  return {
    requests: fitting,
    sampled,
    mix: kept.map(({ method, path, count }) => ({ method, path, share: count / whole })),
    warnings: [
      // The mix needs no durations.
      ...describeSlice(store, slice, all!).filter(({ code }) => code !== 'no-durations'),
      ...describeLeftOut(requests, fitting, options.methods),
      ...describeUnsendable(drawn.length, sampled),
    ],
  }
}

function describeLeftOut(requests: number, fitting: number, methods: readonly string[]): Warning[] {
  if (fitting === requests) return []
  const left = formatShare((requests - fitting) / requests)
  return [
    {
      code: 'mix-partial',
      message: `The mix leaves out ${left} of the requests: only ${methods.join(' and ')} is sent, since others may change data.`,
    },
  ]
}

function describeUnsendable(drawn: number, sampled: number): Warning[] {
  if (drawn === sampled) return []
  return [
    {
      code: 'mix-partial',
      message: `${formatShare((drawn - sampled) / drawn)} of the requests drawn are left out: their paths have characters that can't be sent.`,
    },
  ]
}
