/** The experiment that settles what latency does: half of the clients, drawn at random, get the page later by a fixed delay. */
import { estimateShare } from './clusters.js'
import { placeOnShape } from './fit-shelf.js'
import { SMALLEST_GAIN } from './judge-tolerance.js'
import { normalQuantile } from './special-functions.js'
import { countClients, totalBins, type Visits } from './visits.js'

export interface SlowDown {
  /** Added to every visit of one arm. */
  delay_ms: number
  /** In both arms together, for four chances out of five at 95%. */
  clients: number
  sessions: number
  /** At the clients there were a day. */
  days: number
  /** How much less of the visits would go on, as a share: what the experiment is sized for. */
  detects: number
}

export interface SlowDownOptions {
  span: { from_ms: number; to_ms: number }
  /** From one end of the span to the other, as a share of visits; under the smallest, the smallest is looked for. */
  gain: number
  /** How long the data is. */
  days: number
}

const DELAYS_MS = [20, 50, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000]
/** A delay costs visits: the smallest one is taken that doesn't take longer than this, and none that doubles the median. */
const PATIENCE_DAYS = 28

/**
 * n = 2·G·((1.96 + 0.84)·√(2V)/effect)², with V the variance of the share over the G clusters there were. Misleads when clients to come
 * make fewer visits than these: an order of magnitude, not a promise. Null where the variance isn't known.
 */
export function planSlowDown(data: Visits, { span, gain, days }: SlowDownOptions): SlowDown | null {
  const { visits } = totalBins(data)
  const total = visits.reduce((sum, count) => sum + count, 0)
  const seen = data.observed.reduce((sum, count) => sum + count, 0)
  const { se, reason } = estimateShare(
    Array.from(data.cluster, (cluster, client) => countClient(data, cluster, client)),
  )
  if (reason !== null || se === 0 || days <= 0) return null
  const ms = data.bins.map(bin => bin.ms)
  const place = placeOnShape(ms, span)
  const reach = normalQuantile(0.975) + normalQuantile(0.8)
  const median = medianOf(ms, visits, total)
  const delays = DELAYS_MS.filter((delay, i) => i === 0 || delay <= median)
  const plans = delays.map((delay_ms): SlowDown => {
    const later = placeOnShape(
      ms.map(at => at + delay_ms),
      span,
    )
    const moved = visits.reduce((sum, count, i) => sum + count * (later[i]! - place[i]!), 0) / total
    const detects = Math.max(SMALLEST_GAIN, gain * moved)
    const times = 4 * ((reach * se) / detects) ** 2
    const clients = Math.max(2, Math.ceil(times * countClients(data)))
    return {
      delay_ms,
      clients,
      sessions: Math.ceil(times * seen),
      days: Math.max(1, Math.ceil(times * days)),
      detects,
    }
  })
  const strong = plans.filter(plan => plan.detects > SMALLEST_GAIN)
  const quick = strong.find(plan => plan.days <= PATIENCE_DAYS)
  return quick ?? strong.toSorted((a, b) => a.days - b.days)[0] ?? plans.at(-1)!
}

function countClient(data: Visits, cluster: number, client: number) {
  let [requests, good, observed] = [0, 0, 0]
  for (let row = data.starts[client]!; row < data.starts[client + 1]!; row += 1) {
    requests += data.visits[row]!
    good += data.wentOn[row]!
    observed += data.observed[row]!
  }
  return { cluster: `${cluster}`, requests, good: Math.min(good, requests), observed }
}

function medianOf(ms: readonly number[], visits: Float64Array, total: number): number {
  let below = 0
  for (const [i, at] of ms.entries()) {
    below += visits[i]!
    if (below >= total / 2) return at
  }
  return ms.at(-1) ?? 0
}
