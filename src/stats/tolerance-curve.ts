import { type ClusterCount, estimateShare } from './clusters.js'
import type { Interval } from './intervals.js'
import { countClients, mergeBins, totalBins, type Visits } from './visits.js'

export interface CurvePoint {
  /** Visits over the point before, and at most this. */
  under_ms: number
  /** Their geometric mean. */
  ms: number
  visits: number
  clients: number
  share: number
  /** 95% over customers, for each point by itself; null with too few of them. */
  interval: Interval | null
}

const MOST_POINTS = 12
/** Visits that a point should have. */
const PER_POINT = 30

/** The share of visits that went on against latency, in at most twelve steps with about as many visits each. */
export function drawCurve(data: Visits): CurvePoint[] {
  const total = totalBins(data).visits.reduce((sum, count) => sum + count, 0)
  const merged = mergeBins(data, Math.max(1, Math.min(MOST_POINTS, Math.floor(total / PER_POINT))))
  const rows: ClusterCount[][] = merged.bins.map(() => [])
  const clients = merged.bins.map(() => 0)
  for (let client = 0; client < countClients(merged); client += 1) {
    const cluster = `${merged.cluster[client]}`
    for (let row = merged.starts[client]!; row < merged.starts[client + 1]!; row += 1) {
      const at = merged.bin[row]!
      clients[at]! += 1
      rows[at]!.push({
        cluster,
        requests: merged.visits[row]!,
        good: Math.min(merged.wentOn[row]!, merged.visits[row]!),
      })
    }
  }
  return merged.bins.map(({ under_ms, ms }, i) => {
    const { share, interval, requests } = estimateShare(rows[i]!)
    return { under_ms, ms, visits: requests, clients: clients[i]!, share: share ?? 0, interval }
  })
}
