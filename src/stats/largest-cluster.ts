/** Whether one cluster, and nothing else, makes a verdict. */
import type { ClusterTotals } from './clusters.js'
import type { MeasuredChange } from './measure-change.js'

export interface LargestCluster {
  cluster: string
  /** Its part of an arm's requests, 0 to 1, in the arm where that is larger. */
  share: number
}

/** The cluster with the largest part of either arm, the first by name of several; null without requests. */
export function findLargest(before: ClusterTotals, after: ClusterTotals): LargestCluster | null {
  let largest: LargestCluster | null = null
  for (const { byCluster, requests } of [before, after]) {
    for (const [cluster, tally] of byCluster) {
      const share = tally.requests / requests
      const isLarger =
        largest === null || share > largest.share || (share === largest.share && cluster < largest.cluster)
      if (isLarger) largest = { cluster, share }
    }
  }
  return largest
}

type Judged = Pick<MeasuredChange, 'verdict' | 'value'>

/**
 * Whether the rest, measured without the largest cluster, contradicts the verdict: it has another verdict
 * that is sure; or it is unsure, and its change has the other sign, or falls short of the smallest where the
 * whole reached it, or goes past it where the whole saw no difference. That the rest is merely less sure is
 * no contradiction: it is less data.
 */
export function isContradicted(whole: Judged, rest: Judged, smallest: number): boolean {
  if (whole.verdict === 'cannot tell yet') return false
  if (rest.verdict !== 'cannot tell yet') return rest.verdict !== whole.verdict
  if (whole.value === null || rest.value === null) return true
  if (whole.verdict === 'no meaningful difference') return Math.abs(rest.value) > smallest
  const sign = whole.verdict === 'better' ? 1 : -1
  return rest.value * sign <= 0 || (whole.value * sign >= smallest && rest.value * sign < smallest)
}
