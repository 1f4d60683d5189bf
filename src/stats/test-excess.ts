/** Whether something is more common in a group than outside of it: for judging one group among many that are looked at. */
import { type ClusterCount, clusterDf, FEWEST_CLUSTERS, LEAST_DF } from './clusters.js'
import { binomialCdf, tCdf } from './special-functions.js'

/** Under this many that were really seen, a group's share says nothing. */
const FEWEST = 20

export interface Excess {
  /** Two-sided, that the group is like the others of each stratum. Null where there are too few clusters, or requests, to tell. */
  p: number | null
  /** How many of the group's requests would be `good` at the share that the others have, stratum by stratum; its own where there are no others. */
  expected: number
}

/**
 * A group against all others, each stratum by itself, so that a group isn't named for what it is asked for: O − E, with E = Σ n_in·x/n over
 * strata (Mantel and Haenszel 1959). `p` is the larger of two: Student's t over clusters, and the binomial of the group's part of all that is
 * `good`, since of a rare event few clusters have any, and their spread then looks too small. (Where strata differ in the group's part of
 * them, the binomial is too wide, never too narrow.)
 *
 * Assumes clusters that are independent of each other. `all` has the group's rows in it, under the same clusters and strata.
 */
export function testExcess(inside: readonly ClusterCount[], all: readonly ClusterCount[]): Excess {
  const compared = layOut(inside, all).filter(
    ({ group, others }) => group.requests > 0 && others.requests > 0,
  )
  let expected = inside.reduce((sum, { good }) => sum + good, 0)
  let [seen, excess, alone] = [0, 0, 0]
  for (const { group, others } of compared) {
    const whole = group.requests + others.requests
    expected += (group.requests * others.good) / others.requests - group.good
    seen += group.observed
    excess += (group.good * others.requests - others.good * group.requests) / whole
    alone += varyAlone(group, others)
  }
  if (seen < FEWEST) return { p: null, expected }
  if (alone <= 0) return { p: 1, expected }
  const { variance, df, isFew } = varyByClusters(compared)
  if (isFew || df < LEAST_DF) return { p: null, expected }
  const t = Math.abs(excess) / Math.sqrt(Math.max(variance, alone))
  return { p: Math.min(1, Math.max(2 * tCdf(-t, df), byCounts(compared, excess))), expected }
}

interface Tally {
  requests: number
  good: number
  observed: number
}

interface Stratum {
  group: Tally
  others: Tally
  /** The same of each cluster. */
  clusters: Map<string, { group: Tally; others: Tally }>
}

function layOut(inside: readonly ClusterCount[], all: readonly ClusterCount[]): Stratum[] {
  const strata = new Map<number, Stratum>()
  const add = (row: ClusterCount, { isGroup }: { isGroup: boolean }) => {
    const stratum = getOrMake(strata, row.stratum ?? 0, () => ({ ...nobody(), clusters: new Map() }))
    for (const { group, others } of [stratum, getOrMake(stratum.clusters, row.cluster, nobody)]) {
      addTo(others, row, isGroup ? -1 : 1)
      if (isGroup) addTo(group, row, 1)
    }
  }
  for (const row of all) add(row, { isGroup: false })
  for (const row of inside) add(row, { isGroup: true })
  for (const { others, clusters } of strata.values())
    for (const tally of [others, ...Array.from(clusters.values(), own => own.others)]) dropRest(tally)
  return [...strata.values()]
}

function nobody(): { group: Tally; others: Tally } {
  const none = () => ({ requests: 0, good: 0, observed: 0 })
  return { group: none(), others: none() }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

function addTo(tally: Tally, { requests, good, observed = requests }: ClusterCount, times: 1 | -1): void {
  tally.requests += times * requests
  tally.good += times * good
  tally.observed += times * observed
}

const ROUNDING = 1e-6

/** What is left where the group's rows were all there is. */
function dropRest(tally: Tally): void {
  if (tally.observed < ROUNDING || tally.requests <= 0)
    Object.assign(tally, { requests: 0, good: 0, observed: 0 })
  tally.good = Math.min(tally.requests, Math.max(0, tally.good))
}

/** Of O − E where requests are independent: a draw without replacement, in units of what rows stand for. */
function varyAlone(group: Tally, others: Tally): number {
  const requests = group.requests + others.requests
  const observed = group.observed + others.observed
  const share = Math.min(1, (group.good + others.good) / requests)
  const drawn = (group.observed * others.observed) / Math.max(1, observed - 1)
  return (requests / observed) ** 2 * drawn * share * (1 - share)
}

interface Part {
  /** How far the cluster is from what its requests would have, in units of O − E. */
  residual: number
  /** What it adds to the variance, if requests are independent. */
  known: number
}

/**
 * About the shares that each stratum would have at one ratio of the group to the others (Mantel and Haenszel's), which also strata with
 * hardly anything in them can be judged by. In a single stratum: the shares of the group and of the others.
 */
function varyByClusters(strata: readonly Stratum[]): { variance: number; df: number; isFew: boolean } {
  let [top, bottom] = [0, 0]
  for (const { group, others } of strata) {
    top += (group.good * others.requests) / (group.requests + others.requests)
    bottom += (others.good * group.requests) / (group.requests + others.requests)
  }
  const clusters = new Map<string, { group: Part; others: Part }>()
  for (const { group, others, clusters: own } of strata) {
    const whole = group.requests + others.requests
    const good = group.good + others.good
    const share = good / whole
    const each = good / (top * group.requests + bottom * others.requests)
    for (const [cluster, tally] of own) {
      const parts = getOrMake(clusters, cluster, () => ({
        group: { residual: 0, known: 0 },
        others: { residual: 0, known: 0 },
      }))
      for (const [side, fitted, weight] of [
        ['group', each * top, others.requests / whole],
        ['others', each * bottom, group.requests / whole],
      ] as const) {
        parts[side].residual += weight * (tally[side].good - fitted * tally[side].requests)
        parts[side].known += weight ** 2 * share * (1 - share) * tally[side].requests
      }
    }
  }
  const rows = [...clusters.values()]
  const shares = (['group', 'others'] as const).map(side => shareOut(rows.map(row => row[side].known)))
  const [own, rest] = shares as [number[], number[]]
  const raised = ({ residual }: Part, share: number) => (share >= 1 ? 0 : residual / Math.sqrt(1 - share))
  return {
    variance: rows.reduce(
      (sum, { group, others }, i) => sum + (raised(group, own[i]!) - raised(others, rest[i]!)) ** 2,
      0,
    ),
    df: Math.min(
      ...[own, rest, shareOut(rows.map(({ group, others }) => group.known + others.known))].map(clusterDf),
    ),
    isFew: shares.some(side => side.filter(share => share > 0).length < FEWEST_CLUSTERS),
  }
}

function shareOut(parts: readonly number[]): number[] {
  const whole = parts.reduce((sum, part) => sum + part, 0)
  return whole > 0 ? parts.map(part => part / whole) : [1]
}

/** Of all that is `good`, each is the group's with the chance of its part of the stratum. */
function byCounts(strata: readonly Stratum[], excess: number): number {
  let [trials, found, expected] = [0, 0, 0]
  for (const { group, others } of strata) {
    const observed = group.observed + others.observed
    const good = ((group.good + others.good) / (group.requests + others.requests)) * observed
    trials += good
    expected += (good * group.observed) / observed
    found += (group.good / group.requests) * group.observed
  }
  const [all, own] = [Math.round(trials), Math.round(found)]
  if (all === 0) return 1
  const chance = Math.min(1, expected / trials)
  if (excess < 0) return 2 * binomialCdf(own, all, chance)
  return own === 0 ? 1 : 2 * Math.max(0, 1 - binomialCdf(own - 1, all, chance))
}
