/** Counts by cluster and day, added up so that the change at any day of a series costs one pass over the clusters. */
import type { ClusterCount } from './clusters.js'
import { layOutDays } from './day-grid.js'

export interface DaySums {
  days: readonly string[]
  clusters: number
  /** Of days before each day, one row of all clusters after the other. */
  requests: Float64Array
  good: Float64Array
  /** Of days before each day. */
  totals: Record<'requests' | 'good' | 'days', Float64Array> & { byDay: Squares; byCell: Squares }
}

interface Squares {
  requests: Float64Array
  good: Float64Array
  product: Float64Array
}

export interface DaysChange {
  /** After − before; NaN where a side is empty. */
  value: number
  variance: number
  df: number
  /** Of the side with fewer. */
  clusters: number
}

export function sumUpDays(rows: Iterable<ClusterCount>): DaySums {
  const { days, cells } = layOutDays(rows)
  const places = new Map<string, number>()
  for (const { cluster } of cells) if (!places.has(cluster)) places.set(cluster, places.size)
  const clusters = places.size
  const positions = days.length + 1
  const make = () => new Float64Array(positions)
  const squares = (): Squares => ({ requests: make(), good: make(), product: make() })
  const requests = new Float64Array(positions * clusters)
  const good = new Float64Array(positions * clusters)
  const totals = { requests: make(), good: make(), days: make(), byDay: squares(), byCell: squares() }
  for (const cell of cells) {
    const at = (cell.day + 1) * clusters + places.get(cell.cluster)!
    requests[at]! += cell.requests
    good[at]! += cell.good
    totals.requests[cell.day + 1]! += cell.requests
    totals.good[cell.day + 1]! += cell.good
    addSquares(totals.byCell, cell.day + 1, cell.requests, cell.good)
  }
  for (let day = 1; day < positions; day += 1) {
    if (totals.requests[day]! > 0) totals.days[day] = 1
    addSquares(totals.byDay, day, totals.requests[day]!, totals.good[day]!)
  }
  for (let i = clusters; i < requests.length; i += 1) {
    requests[i]! += requests[i - clusters]!
    good[i]! += good[i - clusters]!
  }
  const { byDay, byCell } = totals
  const ofAll = [totals.requests, totals.good, totals.days, ...Object.values(byDay), ...Object.values(byCell)]
  for (const sums of ofAll) for (let day = 1; day < positions; day += 1) sums[day]! += sums[day - 1]!
  return { days, clusters, requests, good, totals }
}

function addSquares(squares: Squares, at: number, requests: number, good: number): void {
  squares.requests[at]! += requests * requests
  squares.good[at]! += good * good
  squares.product[at]! += requests * good
}

/** The share of good requests of days `from` to before `to`; NaN without requests. */
export function shareOfDays({ totals }: DaySums, from: number, to: number): number {
  return (totals.good[to]! - totals.good[from]!) / (totals.requests[to]! - totals.requests[from]!)
}

/**
 * Days `at` to before `end` against those before `at`: value, variance and df of `varyByClustersAndDays`, without blocks of days. Needs
 * two days a side.
 */
export function changeAt(sums: DaySums, at: number, end: number): DaysChange {
  const { clusters, requests, good, totals } = sums
  const before = totals.requests[at]!
  const after = totals.requests[end]! - before
  const [shareBefore, shareAfter] = [shareOfDays(sums, 0, at), shareOfDays(sums, at, end)]
  let [byClusters, inBefore, inAfter] = [0, 0, 0]
  const [whole, ofBefore, ofAfter] = [new Leverage(), new Leverage(), new Leverage()]
  for (let c = 0; c < clusters; c += 1) {
    const n = requests[at * clusters + c]!
    const x = good[at * clusters + c]!
    const m = requests[end * clusters + c]! - n
    const y = good[end * clusters + c]! - x
    if (n > 0) inBefore += 1
    if (m > 0) inAfter += 1
    byClusters += (residual(y, m, shareAfter, after) - residual(x, n, shareBefore, before)) ** 2
    whole.add((m / after ** 2 + n / before ** 2) / (1 / after + 1 / before))
    ofBefore.add(n / before)
    ofAfter.add(m / after)
  }
  const daysBefore = totals.days[at]! - 1
  const daysAfter = totals.days[end]! - totals.days[at]! - 1
  const squaresOf = (squares: Squares, from: number, to: number, share: number, all: number) =>
    squaredResiduals(squares, { from, to, share }) / all ** 2
  const days = [
    (squaresOf(totals.byDay, 0, at, shareBefore, before) * (daysBefore + 1)) / daysBefore,
    (squaresOf(totals.byDay, at, end, shareAfter, after) * (daysAfter + 1)) / daysAfter,
  ] as const
  const single =
    squaresOf(totals.byCell, 0, at, shareBefore, before) +
    squaresOf(totals.byCell, at, end, shareAfter, after)
  const byDays = days[0] + days[1]
  const welch =
    byDays === 0
      ? daysBefore + daysAfter
      : byDays ** 2 / (days[0] ** 2 / daysBefore + days[1] ** 2 / daysAfter)
  return {
    value: shareAfter - shareBefore,
    variance: Math.max(byClusters, byDays, byClusters + byDays - single),
    df: Math.min(whole.df(), ofBefore.df(), ofAfter.df(), welch),
    clusters: Math.min(inBefore, inAfter),
  }
}

/** As `clusterResidual`. */
function residual(good: number, requests: number, share: number, all: number): number {
  if (requests === 0 || requests >= all) return 0
  return (good - share * requests) / (all * Math.sqrt(1 - requests / all))
}

function squaredResiduals(
  { requests, good, product }: Squares,
  { from, to, share }: { from: number; to: number; share: number },
): number {
  const sum = (of: Float64Array) => of[to]! - of[from]!
  return Math.max(0, sum(good) - 2 * share * sum(product) + share ** 2 * sum(requests))
}

/** As `clusterDf`, a weight at a time. */
class Leverage {
  #squares = 0
  #pulls = 0
  #squaredPulls = 0

  add(weight: number): void {
    const pull = weight >= 1 ? Infinity : weight ** 2 / (1 - weight)
    this.#squares += weight ** 2
    this.#pulls += pull
    this.#squaredPulls += pull ** 2
  }

  df(): number {
    if (this.#pulls === Infinity || this.#squares === 0) return 0
    return 1 / (this.#squares + this.#pulls ** 2 - this.#squaredPulls)
  }
}
