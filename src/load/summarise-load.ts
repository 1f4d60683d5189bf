/** A load's result in figures, without its thousands of latencies. Pure. */
import { quantile } from '../stats/distribution.js'
import type { LoadResult } from './run-load.js'

export interface LoadSummary extends Omit<LoadResult, 'latency' | 'okLatency' | 'waited'> {
  perSecond: number
  /** `beyond`: how many answers took longer. A quantile with few beyond it is chance. */
  latency: { q: number; ms: number; beyond: number }[]
}

const QUANTILES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]

export function summariseLoad({ latency, okLatency: _, waited: __, ...result }: LoadResult): LoadSummary {
  return {
    ...result,
    perSecond: result.duration_ms > 0 ? (result.requests / result.duration_ms) * 1000 : 0,
    latency: QUANTILES.flatMap(q => {
      const ms = quantile(latency, q)
      return ms === null ? [] : [{ q, ms, beyond: countBeyond(latency, ms) }]
    }),
  }
}

function countBeyond({ values, counts }: LoadResult['latency'], ms: number): number {
  let beyond = 0
  for (let at = values.length - 1; at >= 0 && values[at]! > ms; at -= 1) beyond += counts[at]!
  return beyond
}
