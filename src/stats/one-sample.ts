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
  if (!(objective > 0 && objective < 1))
    throw new RangeError(`Expected an objective between 0 and 1, found ${objective}.`)
  const totals = totalClusters(rows)
  const df = clusterDf(clusterWeights(totals))
  if (explainTooFew(totals, df, 'customer') !== null) return null
  let variance = 0
  for (const cluster of totals.byCluster.keys()) variance += clusterResidual(totals, cluster) ** 2
  const independent = (objective * (1 - objective)) / totals.observed
  return tCdf((totals.share - objective) / Math.sqrt(Math.max(variance, independent)), df)
}
