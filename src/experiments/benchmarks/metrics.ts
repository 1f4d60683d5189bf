/** What a gate can be about: how each metric is read from a repetition, which way is worse, and the smallest change worth having by default. */
import { z } from 'zod'
import { distributionFromPairs, quantile } from '../../stats/distribution.js'
import { parseDuration, parseShareChange } from '../../units.js'
import type { Repetition } from './repetition.js'

/**
 * `under`: the share of good requests. `median`, `p95` …: of the answers. `cpu`: CPU milliseconds per request. `memory`: the peak.
 * `eventLoop`: the p99 of the event loop's delay. `gc`: milliseconds of garbage collection per request.
 */
export type BenchMetric =
  | 'under'
  | 'median'
  | `p${number}`
  | 'cpu'
  | 'memory'
  | 'throughput'
  | 'eventLoop'
  | 'gc'

export type MetricUnit = 'share' | 'ms' | 'MB' | 'requests/s'

/** A change of a share is in points (0.01: one percentage point). Else `relative` is a part of the base's value, `absolute` is in the metric's unit. */
export interface SmallestChange {
  kind: 'points' | 'relative' | 'absolute'
  value: number
}

export interface MetricKind {
  title: string
  unit: MetricUnit
  worse: 'up' | 'down'
  smallest: SmallestChange
  /** Null where it wasn't measured. */
  valueOf: (repetition: Repetition) => number | null
}

const POINT: SmallestChange = { kind: 'points', value: 0.01 }
const relative = (value: number): SmallestChange => ({ kind: 'relative', value })

const KINDS: Record<Exclude<BenchMetric, 'median' | `p${number}`>, MetricKind> = {
  under: {
    title: 'share of good requests',
    unit: 'share',
    worse: 'down',
    smallest: POINT,
    valueOf: repetition => repetition.underShare,
  },
  cpu: {
    title: 'CPU time per request',
    unit: 'ms',
    worse: 'up',
    smallest: relative(0.03),
    valueOf: repetition => repetition.cpuPerRequest_ms,
  },
  memory: {
    title: 'peak memory',
    unit: 'MB',
    worse: 'up',
    smallest: relative(0.05),
    valueOf: repetition => repetition.peakMemory_mb,
  },
  throughput: {
    title: 'requests per second',
    unit: 'requests/s',
    worse: 'down',
    smallest: relative(0.03),
    valueOf: repetition => repetition.throughput,
  },
  eventLoop: {
    title: 'p99 of the event loop’s delay',
    unit: 'ms',
    worse: 'up',
    smallest: relative(0.1),
    valueOf: repetition => repetition.eventLoopDelay?.p99_ms ?? null,
  },
  gc: {
    title: 'garbage collection per request',
    unit: 'ms',
    worse: 'up',
    smallest: relative(0.1),
    valueOf: ({ gc, requests }) => (gc === null || requests === 0 ? null : gc.total_ms / requests),
  },
}

export function kindOf(metric: BenchMetric): MetricKind {
  if (metric in KINDS) return KINDS[metric as keyof typeof KINDS]
  const q = metric === 'median' ? 0.5 : Number(metric.slice(1)) / 100
  return {
    title: metric === 'median' ? 'median of the answers' : `${metric} of the answers`,
    unit: 'ms',
    worse: 'up',
    smallest: relative(0.02),
    valueOf: ({ latency }) => quantile(distributionFromPairs(latency), q),
  }
}

const NAMES = Object.keys(KINDS)
const EXAMPLE_METRIC = `expected ${NAMES.join(', ')}, median or a quantile such as p95`

export const metricSchema = z.string({ error: EXAMPLE_METRIC }).transform((text, context): BenchMetric => {
  const percent = Number(/^p(\d{1,2}(?:\.\d+)?)$/.exec(text)?.[1])
  if (NAMES.includes(text) || text === 'median') return text as BenchMetric
  if (percent > 0) return `p${percent}`
  context.issues.push({ code: 'custom', message: EXAMPLE_METRIC, input: text })
  return z.NEVER
})

const ABSOLUTE_UNITS: Record<Exclude<MetricUnit, 'share'>, (text: string) => number> = {
  ms: parseDuration,
  MB: text => readNumber(text, /^(\d+(?:\.\d+)?)\s*MB$/),
  'requests/s': text => readNumber(text, /^(\d+(?:\.\d+)?)\s*\/s$/),
}

function readNumber(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text.trim())?.[1])
}

const EXAMPLES: Record<MetricUnit, string> = {
  share: 'expected percentage points such as 1pp or 0.5pp',
  ms: 'expected a part of the base such as 3%, or a time such as 5ms',
  MB: 'expected a part of the base such as 5%, or an amount such as 10MB',
  'requests/s': 'expected a part of the base such as 3%, or a rate such as 20/s',
}

/** `1pp`, `3%`, `5ms`, `10MB`, `20/s`; null where it isn't one of them, with what was expected in `explainSmallest`. */
export function readSmallest(metric: BenchMetric, text: string): SmallestChange | null {
  const { unit } = kindOf(metric)
  try {
    if (unit === 'share') return { kind: 'points', value: parseShareChange(text) }
    const percent = readNumber(text, /^(\d+(?:\.\d+)?)\s*%$/)
    if (percent > 0 && percent < 100) return relative(percent / 100)
    const value = ABSOLUTE_UNITS[unit](text)
    return value > 0 ? { kind: 'absolute', value } : null
  } catch {
    return null
  }
}

export function explainSmallest(metric: BenchMetric): string {
  return EXAMPLES[kindOf(metric).unit]
}

/** `250ms`, `99%`, `180MB`, `35/s`: a value of the metric; null where it isn't one. */
export function readValue(metric: BenchMetric, text: string): number | null {
  const { unit } = kindOf(metric)
  try {
    const percent = readNumber(text, /^(\d+(?:\.\d+)?)\s*%$/)
    const value = unit === 'share' ? percent / 100 : ABSOLUTE_UNITS[unit](text)
    return Number.isFinite(value) && value >= 0 ? value : null
  } catch {
    return null
  }
}
