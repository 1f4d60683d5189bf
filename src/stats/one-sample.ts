import {
  type ClusterCount,
  clusterDf,
  clusterResidual,
  clusterWeights,
  explainTooFew,
  totalClusters,
} from './clusters.js'
import { tCdf } from './special-functions.js'

/**
 * One-sided p value that an arm's share of good requests is under the objective, by Student's t over
 * clusters; null where it can't be told: under 6 clusters, or under 4 degrees of freedom. For many arms at
 * once, adjust the p values (`adjustForMany`).
 *
 * The variance is never under that of independent requests at the objective, so that an arm without a single
 * good request has a p value that depends on how many there were. Assumes clusters that are independent; says
 * nothing about days to come.
 */
export function testShareBelow(rows: Iterable<ClusterCount>, objective: number): number | null {
  const found = measureAgainst(rows, objective)
  if (found === null) return null
  const { share, variance, independent, df } = found
  return tCdf((share - objective) / Math.sqrt(Math.max(variance, independent)), df)
}

/**
 * The same for an arm above the objective. Shares near 1 vary little where they are estimated too high, so the variance is
 * also never under what it would be at the objective: V·o(1 − o)/(p̂(1 − p̂)), as in a score test with a design effect.
 *
 * Misleads at the objective itself: there 3% of arms with 30 equal clusters are above it at p < 0.025, and 6% where sizes are
 * log-normal (simulated; without that floor 5% and 9%).
 */
export function testShareAbove(rows: Iterable<ClusterCount>, objective: number): number | null {
  const found = measureAgainst(rows, objective)
  if (found === null) return null
  const { share, variance, independent, df } = found
  const spread = share * (1 - share)
  const atObjective = spread > 0 ? (variance * objective * (1 - objective)) / spread : 0
  return tCdf((objective - share) / Math.sqrt(Math.max(variance, atObjective, independent)), df)
}

function measureAgainst(rows: Iterable<ClusterCount>, objective: number) {
  if (!(objective > 0 && objective < 1))
    throw new RangeError(`Expected an objective between 0 and 1, found ${objective}.`)
  const totals = totalClusters(rows)
  const df = clusterDf(clusterWeights(totals))
  if (explainTooFew(totals, df, 'customer') !== null) return null
  let variance = 0
  for (const cluster of totals.byCluster.keys()) variance += clusterResidual(totals, cluster) ** 2
  return { share: totals.share, variance, df, independent: (objective * (1 - objective)) / totals.observed }
}
