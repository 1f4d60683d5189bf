/** Whether something is more common in a group than outside of it: for judging one group among many that are looked at. */
import { type ClusterCount, totalClusters } from './clusters.js'
import { measureChange } from './measure-change.js'
import { binomialCdf, tCdf } from './special-functions.js'

/** Under this many that were really seen, a group's share says nothing. */
const FEWEST = 20

/**
 * Two-sided p of the difference between a group's share (`good` of `requests`) and the share of all others; null where there are too few
 * clusters, or requests, to tell. It is the larger of two: Student's t over clusters, and the binomial of the group at the others' share,
 * since of a rare event few clusters have any, and their spread then looks too small.
 *
 * Assumes clusters that are independent of each other. `all` has the group's rows in it, under the same clusters.
 */
export function testExcess(inside: readonly ClusterCount[], all: readonly ClusterCount[]): number | null {
  const outside = leaveOut(inside, all)
  const { value, interval, variance, before, after } = measureChange({
    before: outside,
    after: inside,
    apartInTime: false,
    smallest: 0,
  })
  if (value === null || interval === null || variance === null || after.observed < FEWEST) return null
  if (value === 0) return 1
  const pooled = (before.good + after.good) / (before.requests + after.requests)
  const independent = pooled * (1 - pooled) * (1 / before.observed + 1 / after.observed)
  if (independent <= 0) return 1
  const se = Math.sqrt(Math.max(variance.variance, independent))
  const byClusters = 2 * tCdf(-Math.abs(value) / se, variance.df)
  return Math.min(1, Math.max(byClusters, byCounts(after, before, value)))
}

interface Share {
  share: number
  observed: number
}

function byCounts(group: Share, others: Share, difference: number): number {
  const trials = Math.round(group.observed)
  const found = Math.round(group.share * trials)
  // Never 0 or 1, which none of the others, or all of them, don't prove.
  const expected = (others.share * others.observed + 0.5) / (others.observed + 1)
  if (difference < 0) return 2 * binomialCdf(found, trials, expected)
  return found === 0 ? 1 : 2 * Math.max(0, 1 - binomialCdf(found - 1, trials, expected))
}

function leaveOut(inside: readonly ClusterCount[], all: readonly ClusterCount[]): ClusterCount[] {
  const own = totalClusters(inside).byCluster
  return all.flatMap(({ cluster, requests, good, observed = requests }) => {
    const taken = own.get(cluster)
    const rest = { requests: requests - (taken?.requests ?? 0), seen: observed - (taken?.observed ?? 0) }
    if (rest.requests <= 1e-9 * requests || rest.seen <= 0) return []
    const left = Math.min(rest.requests, Math.max(0, good - (taken?.good ?? 0)))
    return [{ cluster, requests: rest.requests, good: left, observed: rest.seen }]
  })
}
