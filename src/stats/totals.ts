import { clusterDf, FEWEST_CLUSTERS, LEAST_DF } from './clusters.js'
import type { Interval } from './intervals.js'
import { tQuantile } from './special-functions.js'

/**
 * The interval of a total over independent clusters, how many of them there are being random, too: total ×÷ e^(t·√Σx² / total). Null where
 * it can't be told: under 6 clusters that add to it, or under 4 degrees of freedom.
 */
export function spanTotal(parts: Float64Array, level = 0.95): Interval | null {
  const added = parts.filter(part => part > 0)
  const total = added.reduce((sum, part) => sum + part, 0)
  if (added.length < FEWEST_CLUSTERS) return null
  const df = clusterDf(Array.from(added, part => part / total))
  if (df < LEAST_DF) return null
  const error = Math.sqrt(added.reduce((sum, part) => sum + part * part, 0)) / total
  const factor = Math.exp(tQuantile((1 + level) / 2, df) * error)
  return [total / factor, total * factor]
}
