/** Values of a benchmark's metrics for people: with three digits, since changes of a few percent are looked for. */
import type { MetricUnit } from '../../experiments/benchmarks/metrics.js'
import { formatCount, formatDuration, formatShare } from '../../units.js'

/** `98.25%`, `2.31 ms`, `180 MB`, `39.8 requests/s`; `–` for what wasn't measured. */
export function formatMeasured(value: number | null, unit: MetricUnit): string {
  if (value === null) return '–'
  if (unit === 'share') return formatShare(value, 2)
  if (unit === 'ms') return formatMilliseconds(value)
  return `${formatDigits(value)} ${unit === 'requests/s' ? 'req/s' : unit}`
}

/** Of less, three decimals of a millisecond leave next to nothing. */
const SMALL_MS = 0.005

/** Three digits up to a second, where `formatDuration` has two; `4.20 µs`. */
export function formatMilliseconds(ms: number | null): string {
  if (ms !== null && ms !== 0 && Math.abs(ms) < SMALL_MS) return `${formatDigits(ms * 1000)} µs`
  return ms === null || ms === 0 || Math.abs(ms) >= 999.5 ? formatDuration(ms) : `${formatDigits(ms)} ms`
}

export function formatDigits(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.95) return formatCount(value)
  return value.toFixed(size >= 9.995 ? 1 : size >= 0.9995 || size === 0 ? 2 : 3)
}
