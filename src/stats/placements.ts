import type { BinnedArms, BinnedRow } from './binned-arms.js'
import { type ClusterCount, LEAST_DF, totalClusters } from './clusters.js'
import { layOutDays } from './day-grid.js'
import { varyByClusters, varyByClustersAndDays } from './share-variance.js'
import { tCdf } from './special-functions.js'

/**
 * Two-sided p of the rank test of two arms whose numbers come in clusters (and days, where arms are apart in time); null where it can't be
 * told. A number's placement is the share of the other arm that is under it, ties half: its mean over an arm, and how that varies
 * between clusters, is judged as a share of good requests is. Source: placements as in Hanley and McNeil (1982), over clusters as in Obuchowski
 * (1997).
 *
 * Sees a shift of the whole distribution, as the test without clusters does, and mostly misses a tail that got worse.
 */
export function rankTestOverClusters(arms: BinnedArms, apartInTime: boolean): number | null {
  const before = place(arms.before, sumBins(arms.after))
  const after = place(arms.after, sumBins(arms.before))
  const totals = [totalClusters(before), totalClusters(after)] as const
  if (totals.some(({ requests, byCluster }) => requests === 0 || byCluster.size < 2)) return null
  const grids = apartInTime ? ([layOutDays(before), layOutDays(after)] as const) : null
  if (grids?.some(({ days }) => days.length < 2)) return null
  const { variance, df, clusterDf } = grids
    ? varyByClustersAndDays(...totals, grids)
    : varyByClusters(...totals)
  if (clusterDf < LEAST_DF) return null
  // The arms' mean placements add up to 1, so each is as far from a half as the other.
  const distance = Math.abs(totals[1].share - totals[0].share) / 2
  if (variance === 0) return distance < 1e-12 ? 1 : 0
  return Math.min(1, 2 * tCdf(-distance / Math.sqrt(variance), df))
}

function sumBins(rows: readonly BinnedRow[]): Float64Array {
  const sums = new Float64Array(rows[0]?.counts.length ?? 0)
  for (const { counts } of rows) for (let i = 0; i < counts.length; i += 1) sums[i]! += counts[i]!
  return sums
}

/** For each row its numbers, and the sum of their placements among the others. */
function place(rows: readonly BinnedRow[], others: Float64Array): ClusterCount[] {
  const total = others.reduce((sum, count) => sum + count, 0)
  let passed = 0
  const placements = Float64Array.from(others, count => {
    passed += count
    return total === 0 ? 0 : (passed - count / 2) / total
  })
  return rows.map(({ cluster, day, counts }) => {
    let [requests, good] = [0, 0]
    for (let i = 0; i < counts.length; i += 1) {
      requests += counts[i]!
      good += counts[i]! * (placements[i] ?? 0)
    }
    return { cluster, requests, good: Math.min(good, requests), ...(day === undefined ? {} : { day }) }
  })
}
