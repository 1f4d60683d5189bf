/** The variance of a change between two arms' shares, and how far it can be trusted. */
import { type ClusterTotals, clusterDf, clusterResidual, clusterWeights } from './clusters.js'
import type { DayGrid } from './day-grid.js'

export interface ChangeVariance {
  variance: number
  /** For Student's t: the least that any part of the variance has. */
  df: number
  /** Of the clusters alone. */
  clusterDf: number
  /**
   * The parts that more clusters, or more days, would shrink; what is left of `variance` shrinks with either.
   */
  fromClusters: number
  fromDays: number
}

/**
 * Arms side by side in time: V = Σ_c (e_c,after − e_c,before)² over the union of clusters, so that a cluster
 * in both arms is its own control. df is the least of f(u), with u the clusters' parts of the variance if all
 * requests were alike, and f of each arm's weights. (Welch's df of the two arms is never under the smaller of
 * the latter.)
 */
export function varyByClusters(before: ClusterTotals, after: ClusterTotals): ChangeVariance {
  const clusters = new Set([...before.byCluster.keys(), ...after.byCluster.keys()])
  let variance = 0
  for (const cluster of clusters) {
    variance += (clusterResidual(after, cluster) - clusterResidual(before, cluster)) ** 2
  }
  const df = dfOfClusters(before, after, clusters)
  return { variance, df, clusterDf: df, fromClusters: variance, fromDays: 0 }
}

/**
 * Arms apart in time: residuals vary by cluster and by day, both shared by many requests. V = max(Vc, Vd, Vc
 * + Vd − Vi), where Vi, the variance of single cells, is in both (Cameron, Gelbach and Miller 2011). df is
 * the lesser of the clusters' and Welch's of the days. Vc keeps the clusters' leverage correction, Vd has
 * D/(D − 1) for the same purpose. Needs two days a side.
 */
export function varyByClustersAndDays(
  before: ClusterTotals,
  after: ClusterTotals,
  grids: readonly [DayGrid, DayGrid],
): ChangeVariance {
  const ofBefore = sumSquares(before, grids[0])
  const ofAfter = sumSquares(after, grids[1])
  const clusters = new Set([...before.byCluster.keys(), ...after.byCluster.keys()])
  let byClusters = 0
  for (const cluster of clusters) {
    byClusters += (clusterResidual(after, cluster) - clusterResidual(before, cluster)) ** 2
  }
  const byDays = ofBefore.days + ofAfter.days
  const single = ofBefore.cells + ofAfter.cells
  const ownDf = dfOfClusters(before, after, clusters)
  return {
    variance: Math.max(byClusters, byDays, byClusters + byDays - single),
    df: Math.min(ownDf, welchDf(ofBefore.days, ofBefore.dayDf, ofAfter.days, ofAfter.dayDf)),
    clusterDf: ownDf,
    fromClusters: Math.max(0, byClusters - single),
    fromDays: Math.max(0, byDays - single),
  }
}

function sumSquares({ requests, share }: ClusterTotals, { days, cells }: DayGrid) {
  const dayTotals = new Float64Array(days.length)
  let squares = 0
  for (const cell of cells) {
    const residual = (cell.good - share * cell.requests) / requests
    squares += residual * residual
    dayTotals[cell.day]! += residual
  }
  const dayDf = days.length - 1
  const ofDays = dayTotals.reduce((total, residual) => total + residual * residual, 0)
  return { cells: squares, days: (ofDays * days.length) / dayDf, dayDf }
}

/** Welch and Satterthwaite's df of a sum of two variances. */
function welchDf(one: number, oneDf: number, other: number, otherDf: number): number {
  if (one + other === 0) return oneDf + otherDf
  return (one + other) ** 2 / (one ** 2 / oneDf + other ** 2 / otherDf)
}

function dfOfClusters(before: ClusterTotals, after: ClusterTotals, clusters: Iterable<string>): number {
  const parts = Array.from(clusters, cluster => partOf(before, cluster) + partOf(after, cluster))
  const whole = parts.reduce((total, part) => total + part, 0)
  return Math.min(
    clusterDf(parts.map(part => part / whole)),
    clusterDf(clusterWeights(before)),
    clusterDf(clusterWeights(after)),
  )
}

function partOf({ byCluster, requests }: ClusterTotals, cluster: string): number {
  return (byCluster.get(cluster)?.requests ?? 0) / (requests * requests)
}
