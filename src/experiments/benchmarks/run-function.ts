/** One repetition of calls of a function in this process, as a repetition of requests to a service is kept. */
import { PerformanceObserver } from 'node:perf_hooks'
import {
  type Distribution,
  distributionFromPairs,
  distributionFromValues,
  quantile,
  shareUnder,
} from '../../stats/distribution.js'
import type { Callable, CallSamples, repeatCalls } from './call-loop.js'
import type { Repetition } from './repetition.js'

export type { Callable } from './call-loop.js'

/** A function with a loop of its own, warmed up. */
export interface PreparedFunction {
  name: string
  repeat: (how: {
    duration_ms: number
    batch: number
    signal?: AbortSignal | undefined
  }) => Promise<CallSamples>
  /** So many calls are timed together, or a look at the clock would take as long as the call. */
  batch: number
  /** Of a call, when it was warm. */
  p90_ms: number
}

/** Below it, calls are timed in batches. */
const SHORT_MS = 0.001
const BATCH_MS = 0.01

/** Rejects with what the function throws. */
export async function prepareFunction(
  name: string,
  call: Callable,
  { warmup_ms, signal }: { warmup_ms: number; signal?: AbortSignal | undefined },
): Promise<PreparedFunction> {
  const loop = await loadLoop()
  const repeat: PreparedFunction['repeat'] = how => loop.repeatCalls(call, how)
  const cold = await repeat({ duration_ms: warmup_ms / 2, batch: 1, signal })
  const typical_ms = quantile(
    distributionFromValues(cold.durations.subarray(cold.durations.length >> 1)),
    0.5,
  )!
  const batch = typical_ms < SHORT_MS ? Math.ceil(BATCH_MS / Math.max(typical_ms, BATCH_MS / 10_000)) : 1
  const warm = await repeat({ duration_ms: warmup_ms / 2, batch, signal })
  return { name, repeat, batch, p90_ms: quantile(distributionFromValues(warm.durations), 0.9)! }
}

let loops = 0

/** The module anew, with nothing that V8 learned in another loop. */
async function loadLoop(): Promise<{ repeatCalls: typeof repeatCalls }> {
  loops += 1
  const name = import.meta.url.endsWith('.ts') ? './call-loop.ts' : './call-loop.js'
  return import(new URL(`${name}?loop=${loops}`, import.meta.url).href)
}

export interface FunctionPlan extends Pick<Repetition, 'run' | 'index' | 'noise' | 'environment'> {
  duration_ms: number
  batch: number
  under_ms: number
  now: () => Date
  signal?: AbortSignal | undefined
}

/**
 * `cpu_ms` is that of the whole process, with garbage collection and the compiler, and whatever else runs in it: a test runner, a
 * server, timers. A call that throws ends it: its error is passed on.
 */
export async function runFunction(
  { name, repeat }: PreparedFunction,
  { duration_ms, batch, under_ms, now, signal, run, index, noise, environment }: FunctionPlan,
): Promise<Repetition> {
  const collections = watchCollections()
  const at = now().toISOString()
  const before = process.cpuUsage()
  const samples = await repeat({ duration_ms, batch, signal })
  const { user, system } = process.cpuUsage(before)
  const cpu_ms = (user + system) / 1000
  const latency = spread(samples.durations, batch)
  return {
    scenario: name,
    fingerprint: FINGERPRINT,
    run,
    index,
    at,
    under_ms,
    requests: samples.calls,
    errors: 0,
    timeouts: 0,
    statuses: {},
    duration_ms: samples.duration_ms,
    throughput: (samples.calls / samples.duration_ms) * 1000,
    underShare: shareUnder(latency, under_ms),
    p50_ms: quantile(latency, 0.5),
    p95_ms: quantile(latency, 0.95),
    p99_ms: quantile(latency, 0.99),
    cpu_ms,
    cpuPerRequest_ms: cpu_ms / samples.calls,
    peakMemory_mb: null,
    eventLoopDelay: null,
    gc: collections(),
    lateness: null,
    noise,
    environment,
    latency: Array.from(latency.values, (value, i) => [value, latency.counts[i]!]),
  }
}

/** Any two functions may be compared, whatever they are called and whatever is good. */
const FINGERPRINT = 'function'

/** To four digits, so that there are few distinct values; with little garbage, which the next repetition would be charged with. */
function spread(durations: Float64Array, batch: number): Distribution {
  const sorted = durations.map(roundToDigits).sort()
  const pairs: [number, number][] = []
  for (const ms of sorted) {
    const last = pairs.at(-1)
    if (last?.[0] === ms) last[1] += batch
    else pairs.push([ms, batch])
  }
  return distributionFromPairs(pairs.map(([ms, calls]) => [Number(ms.toPrecision(4)), calls] as const))
}

function roundToDigits(ms: number): number {
  if (ms <= 0) return 0
  const scale = 10 ** (3 - Math.floor(Math.log10(ms)))
  return Math.round(ms * scale) / scale
}

/** Returns how to end it. */
function watchCollections(): () => NonNullable<Repetition['gc']> {
  const longs: number[] = []
  const add = (entries: readonly { duration: number }[]): unknown =>
    longs.push(...entries.map(one => one.duration))
  const observer = new PerformanceObserver(list => add(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return () => {
    add(observer.takeRecords())
    observer.disconnect()
    return {
      count: longs.length,
      total_ms: longs.reduce((sum, one) => sum + one, 0),
      longest_ms: Math.max(0, ...longs),
    }
  }
}
