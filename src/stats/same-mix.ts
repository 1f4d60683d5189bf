/** Two arms at one mix: the same kinds of requests are compared, however many of each kind an arm had. */
import { type ClusterCount, countEffectiveClusters } from './clusters.js'

interface Sides<T> {
  before: T
  after: T
}

type Factors = ReadonlyMap<number, number>

export interface MixWeights {
  /** What a request of each stratum stands for; strata that only one side has are not in it. */
  factors: Sides<Factors>
  /** The share of each side's requests that the other side has none like; 0 without requests. */
  leftOut: Sides<number>
}

/** The standard W is the mix of both arms together: of an arm's N requests, one of stratum s stands for W_s·N/N_s. */
export function weighStrata({ before, after }: Sides<readonly ClusterCount[]>): MixWeights {
  return weigh({ before: tallyStrata(before), after: tallyStrata(after) })
}

/**
 * Each arm's counts as they would be at the mix of both arms together (direct standardisation, or
 * post-stratification), to be compared as other counts are. Their share is Σ W_s·p̂_s, and a cluster is as far
 * from it as its requests are from the shares of their strata: Σ_s W_s·N/N_s·(x_cs − p̂_s·n_cs). `good` may
 * therefore lie outside of 0 to `requests`. `observed` is what unequal weights leave of it: 1/Σ(W_s²/m_s), for
 * m_s rows (Kish 1965).
 *
 * In a stratum of few clusters each is near the stratum's share because it makes that share. So strata that
 * weigh as fewer than 10 equal clusters in an arm are centred together, which overstates how much they vary.
 *
 * Takes the mix W for fixed: the change is one at this mix. Misleads where what is judged changed the mix:
 * customers who left because it is slow. Sources: Holt and Smith (1979); Hansen, Hurwitz and Madow (1953) for
 * strata that are collapsed.
 */
export function holdMixEqual(rows: Sides<readonly ClusterCount[]>): Sides<ClusterCount[]> {
  const tallies = { before: tallyStrata(rows.before), after: tallyStrata(rows.after) }
  const { factors } = weigh(tallies)
  const arms = {
    before: { tallies: tallies.before, factors: factors.before },
    after: { tallies: tallies.after, factors: factors.after },
  }
  const groups = groupStrata([arms.before, arms.after])
  return {
    before: standardise(rows.before, arms.before, groups),
    after: standardise(rows.after, arms.after, groups),
  }
}

interface Tally {
  requests: number
  good: number
  observed: number
  clusters: Map<string, number>
}

type Tallies = ReadonlyMap<number, Tally>

interface Arm {
  tallies: Tallies
  factors: Factors
}

function tallyStrata(rows: readonly ClusterCount[]): Tallies {
  const tallies = new Map<number, Tally>()
  for (const { stratum = 0, cluster, requests, good, observed = requests } of rows) {
    if (requests === 0) continue
    let tally = tallies.get(stratum)
    if (tally === undefined) {
      tally = { requests: 0, good: 0, observed: 0, clusters: new Map() }
      tallies.set(stratum, tally)
    }
    tally.requests += requests
    tally.good += good
    tally.observed += observed
    tally.clusters.set(cluster, (tally.clusters.get(cluster) ?? 0) + requests)
  }
  return tallies
}

function weigh({ before, after }: Sides<Tallies>): MixWeights {
  const common = [...before.keys()].filter(stratum => after.has(stratum))
  const count = (arm: Tallies, strata: Iterable<number>) =>
    sumOf(strata, stratum => arm.get(stratum)!.requests)
  const both = count(before, common) + count(after, common)
  const weighArm = (arm: Tallies): Factors => {
    const all = count(arm, common)
    return new Map(
      common.map(stratum => {
        const part = (before.get(stratum)!.requests + after.get(stratum)!.requests) / both
        return [stratum, (part * all) / arm.get(stratum)!.requests]
      }),
    )
  }
  const leaveOut = (arm: Tallies, other: Tallies) => {
    const only = [...arm.keys()].filter(stratum => !other.has(stratum))
    return only.length === 0 ? 0 : count(arm, only) / count(arm, arm.keys())
  }
  return {
    factors: { before: weighArm(before), after: weighArm(after) },
    leftOut: { before: leaveOut(before, after), after: leaveOut(after, before) },
  }
}

function standardise(
  rows: readonly ClusterCount[],
  { tallies, factors }: Arm,
  groups: readonly number[][],
): ClusterCount[] {
  const sum = (strata: Iterable<number>, part: (tally: Tally, factor: number) => number) =>
    sumOf(strata, stratum => part(tallies.get(stratum)!, factors.get(stratum)!))
  const shareOf = (strata: readonly number[]) =>
    sum(strata, ({ good }, factor) => factor * good) / sum(strata, (tally, factor) => factor * tally.requests)
  const strata = [...factors.keys()]
  const share = shareOf(strata)
  const offsets = new Map(
    groups.flatMap(group => {
      const offset = shareOf(group) - share
      return group.map(stratum => [stratum, offset] as const)
    }),
  )
  const all = sum(strata, tally => tally.requests)
  const effective =
    1 / sum(strata, (tally, factor) => ((factor * tally.requests) / all) ** 2 / tally.observed)
  const perRow = effective / sum(strata, tally => tally.observed)
  const cells = new Map<string, ClusterCount & { observed: number }>()
  for (const { stratum = 0, cluster, day, requests, good, observed = requests } of rows) {
    const factor = factors.get(stratum)
    if (factor === undefined || requests === 0) continue
    const key = `${day ?? ''} ${cluster}`
    let cell = cells.get(key)
    if (cell === undefined) {
      cell = { cluster, requests: 0, good: 0, observed: 0, isStandardised: true }
      if (day !== undefined) cell.day = day
      cells.set(key, cell)
    }
    cell.requests += factor * requests
    cell.good += factor * (good - offsets.get(stratum)! * requests)
    cell.observed += perRow * observed
  }
  return [...cells.values()]
}

/** Under so many equal clusters, centring a stratum by itself hides how much they vary. */
const FEWEST_EQUAL_CLUSTERS = 10

/** Strata that are centred together: each by itself, but for those of few clusters, with as many of the next as make them enough. */
function groupStrata(arms: readonly Arm[]): number[][] {
  const weighed = [...arms[0]!.factors.keys()].map(stratum => ({
    stratum,
    weight: Math.min(...arms.map(({ tallies }) => weighClusters(tallies.get(stratum)!.clusters))),
  }))
  const few: number[] = []
  const others: number[][] = []
  const inGroup = arms.map(() => new Map<string, number>())
  for (const { stratum, weight } of weighed.sort((one, other) => one.weight - other.weight)) {
    const weights = [weight, ...(few.length === 0 ? [] : inGroup.map(weighClusters))]
    if (weights.every(one => one >= FEWEST_EQUAL_CLUSTERS)) {
      others.push([stratum])
      continue
    }
    few.push(stratum)
    for (const [i, { tallies, factors }] of arms.entries())
      for (const [cluster, requests] of tallies.get(stratum)!.clusters)
        inGroup[i]!.set(cluster, (inGroup[i]!.get(cluster) ?? 0) + requests * factors.get(stratum)!)
  }
  return few.length === 0 ? others : [...others, few]
}

function weighClusters(requests: ReadonlyMap<string, number>): number {
  const all = sumOf(requests.values(), own => own)
  return countEffectiveClusters(Array.from(requests.values(), own => own / all))
}

function sumOf<T>(items: Iterable<T>, value: (item: T) => number): number {
  let sum = 0
  for (const item of items) sum += value(item)
  return sum
}
