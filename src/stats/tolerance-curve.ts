import { type ClusterCount, estimateShare } from './clusters.js'
import type { Interval } from './intervals.js'
import { countClients, mergeBins, type Visits } from './visits.js'

export interface CurvePoint {
  /** Visits over the point before, and at most this. */
  under_ms: number
  /** Their geometric mean. */
  ms: number
  /** How many were seen, whatever each stands for in `share`. */
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
  const total = data.observed.reduce((sum, count) => sum + count, 0)
  const merged = mergeBins(data, Math.max(1, Math.min(MOST_POINTS, Math.floor(total / PER_POINT))))
  const rows: ClusterCount[][] = merged.bins.map(() => [])
  const [visits, clients] = [merged.bins.map(() => 0), merged.bins.map(() => 0)]
  for (let client = 0; client < countClients(merged); client += 1) {
    const cluster = `${merged.cluster[client]}`
    for (let row = merged.starts[client]!; row < merged.starts[client + 1]!; row += 1) {
      const at = merged.bin[row]!
      clients[at]! += 1
      visits[at]! += merged.observed[row]!
      rows[at]!.push({
        cluster,
        requests: merged.visits[row]!,
        good: Math.min(merged.wentOn[row]!, merged.visits[row]!),
        observed: merged.observed[row]!,
      })
    }
  }
  return merged.bins.map(({ under_ms, ms }, i) => {
    const { share, interval } = estimateShare(rows[i]!)
    return { under_ms, ms, visits: visits[i]!, clients: clients[i]!, share: share ?? 0, interval }
  })
}
