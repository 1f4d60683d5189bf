/**
 * What latency does to the same client, and how clients that are slow anyway differ from fast ones. If latency alone is at work, both
 * see the same; where they don't, something that goes with a client (a slow device, a far country) is.
 *
 * Gains: how much less of the visits go on at 1 than at 0 of `place` (see `placeOnShape`), as a share of visits. Within: linear
 * probability with a fixed effect for each client, so that whatever is constant for a client is held. Between: of the clients' means,
 * weighted by visits. Variances over customers with the leverage correction of CR2 (Bell and McCaffrey 2002).
 *
 * Misleads where something changes from visit to visit with latency (hour, kind of visit), and slightly where going on changes how many
 * visits a client makes.
 */
import { clusterDf, LEAST_DF } from './clusters.js'
import type { Interval } from './intervals.js'
import { tCdf, tQuantile } from './special-functions.js'
import { countClients, type Visits } from './visits.js'

export interface Gain {
  gain: number
  /** 95%, unless another level was asked for. */
  interval: Interval
  se: number
  df: number
}

export interface WithinBetween {
  /** Null where too few customers have visits of several latencies. */
  within: Gain | null
  /** Null where clients are too few, or too alike. */
  between: Gain | null
  /** Of all visits together, whoever made them: both of the above, weighted by how much latency varies in each. */
  all: Gain | null
  /** Two-sided, of Mundlak's (1978) test that the two are the same, clustered by customer. Null without either. */
  p: number | null
  /** Clients with visits of several latencies. */
  repeating: number
}

/** Sums per client that all else is made of. */
interface Sums {
  /** Visits, and means of place and outcome. */
  visits: Float64Array
  place: Float64Array
  share: Float64Array
  /** Within: Σ n(z − z̄)² and Σ (z − z̄)·y. */
  squares: Float64Array
  products: Float64Array
}

export function compareWithinBetween(data: Visits, place: Float64Array): WithinBetween {
  const sums = sumClients(data, place)
  const repeating = sums.squares.reduce((count, squares) => count + (squares > 0 ? 1 : 0), 0)
  const within = estimateWithin(data, sums)
  const between = estimateBetween(data, sums, null)
  return {
    within: within && describe(within),
    between: between && describe(between),
    all: within && between && describe(poolOf(within, between)),
    p: within && between && testSame(within, between),
    repeating,
  }
}

/** The within gain alone, each cluster `weights` times; null where nothing varies. */
export function gainWithin(data: Visits, place: Float64Array, weights: ArrayLike<number>): number | null {
  let [squares, products] = [0, 0]
  const { starts, bin, visits, wentOn, cluster } = data
  for (let client = 0; client < starts.length - 1; client += 1) {
    const weight = weights[cluster[client]!]!
    if (weight === 0) continue
    let [n, good, z, zz, zy] = [0, 0, 0, 0, 0]
    for (let row = starts[client]!; row < starts[client + 1]!; row += 1) {
      const at = place[bin[row]!]!
      n += visits[row]!
      good += wentOn[row]!
      z += visits[row]! * at
      zz += visits[row]! * at * at
      zy += wentOn[row]! * at
    }
    squares += weight * Math.max(0, zz - (z * z) / n)
    products += weight * (zy - (z * good) / n)
  }
  return squares > 0 ? -products / squares : null
}

/** The between gain among clients alike in a trait (a number a client): what of it isn't the trait's. Null where nothing is left to compare. */
export function gainBetweenAlike(data: Visits, place: Float64Array, trait: Int32Array): number | null {
  return estimateBetween(data, sumClients(data, place), trait)?.gain ?? null
}

function sumClients(data: Visits, place: Float64Array): Sums {
  const clients = countClients(data)
  const empty = () => new Float64Array(clients)
  const sums: Sums = { visits: empty(), place: empty(), share: empty(), squares: empty(), products: empty() }
  for (let client = 0; client < clients; client += 1) {
    let [n, good, z, zz, zy] = [0, 0, 0, 0, 0]
    for (let row = data.starts[client]!; row < data.starts[client + 1]!; row += 1) {
      const at = place[data.bin[row]!]!
      n += data.visits[row]!
      good += data.wentOn[row]!
      z += data.visits[row]! * at
      zz += data.visits[row]! * at * at
      zy += data.wentOn[row]! * at
    }
    sums.visits[client] = n
    sums.place[client] = z / n
    sums.share[client] = good / n
    const squares = zz - (z * z) / n
    sums.squares[client] = squares > 1e-9 * n ? squares : 0
    sums.products[client] = squares > 1e-9 * n ? zy - (z * good) / n : 0
  }
  return sums
}

interface Estimate {
  gain: number
  /** Per cluster: how far it alone moves the gain. */
  influence: Float64Array
  df: number
  /** How much latency varies here: Σ n(z − z̄)². */
  squares: number
}

function estimateWithin(data: Visits, { squares, products }: Sums): Estimate | null {
  const all = squares.reduce((sum, own) => sum + own, 0)
  if (!(all > 0)) return null
  const slope = products.reduce((sum, own) => sum + own, 0) / all
  const [own, scores] = [new Float64Array(data.clusters), new Float64Array(data.clusters)]
  for (let client = 0; client < squares.length; client += 1) {
    own[data.cluster[client]!]! += squares[client]! / all
    scores[data.cluster[client]!]! += (products[client]! - slope * squares[client]!) / all
  }
  return finish(slope, scores, { own, leverage: own, squares: all })
}

function estimateBetween(
  data: Visits,
  { visits, place, share }: Sums,
  trait: Int32Array | null,
): Estimate | null {
  const means = meansOf({ visits, place, share }, trait)
  let [all, total, products] = [0, 0, 0]
  for (let client = 0; client < visits.length; client += 1) {
    const mean = means[trait?.[client] ?? 0]!
    const off = place[client]! - mean.place
    all += visits[client]! * off ** 2
    products += visits[client]! * off * (share[client]! - mean.share)
    total += visits[client]!
  }
  if (!(all > 1e-9 * total)) return null
  const slope = products / all
  const [own, scores, leverage] = [0, 0, 0].map(() => new Float64Array(data.clusters)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (let client = 0; client < visits.length; client += 1) {
    const mean = means[trait?.[client] ?? 0]!
    const off = place[client]! - mean.place
    const at = data.cluster[client]!
    own[at]! += (visits[client]! * off ** 2) / all
    leverage[at]! += (visits[client]! * off ** 2) / all + visits[client]! / mean.visits
    scores[at]! += (visits[client]! * off * (share[client]! - mean.share - slope * off)) / all
  }
  return finish(slope, scores, { own, leverage, squares: all })
}

interface Mean {
  visits: number
  place: number
  share: number
}

function meansOf(
  { visits, place, share }: Pick<Sums, 'visits' | 'place' | 'share'>,
  trait: Int32Array | null,
): Mean[] {
  const means: Mean[] = []
  for (let client = 0; client < visits.length; client += 1) {
    const at = trait?.[client] ?? 0
    means[at] ??= { visits: 0, place: 0, share: 0 }
    const mean = means[at]
    mean.visits += visits[client]!
    mean.place += visits[client]! * place[client]!
    mean.share += visits[client]! * share[client]!
  }
  return means.map(mean => ({
    visits: mean.visits,
    place: mean.place / mean.visits,
    share: mean.share / mean.visits,
  }))
}

function finish(
  slope: number,
  scores: Float64Array,
  { own, leverage, squares }: { own: Float64Array; leverage: Float64Array; squares: number },
): Estimate | null {
  const df = clusterDf(Array.from(own).filter(part => part > 0))
  if (df < LEAST_DF) return null
  const influence = scores.map((score, i) => -score / Math.sqrt(Math.max(0.05, 1 - leverage[i]!)))
  return { gain: -slope, influence, df, squares }
}

/** From a slope, what each cluster alone moves it by, and what part of it each cluster has. Null where a few clusters are most of it. */
export function describeGain(
  slope: number,
  scores: Float64Array,
  own: Float64Array,
  level?: number,
): Gain | null {
  const found = finish(slope, scores, { own, leverage: own, squares: 1 })
  return found && describe(found, level)
}

function describe({ gain, influence, df }: Estimate, level = 0.95): Gain {
  const se = Math.sqrt(influence.reduce((sum, part) => sum + part * part, 0))
  const half = tQuantile((1 + level) / 2, df) * se
  return { gain, interval: [gain - half, gain + half], se, df }
}

function poolOf(within: Estimate, between: Estimate): Estimate {
  const squares = within.squares + between.squares
  const part = within.squares / squares
  return {
    gain: part * within.gain + (1 - part) * between.gain,
    influence: within.influence.map((own, i) => part * own + (1 - part) * between.influence[i]!),
    df: Math.min(within.df, between.df),
    squares,
  }
}

function testSame(within: Estimate, between: Estimate): number | null {
  const variance = within.influence.reduce((sum, part, i) => sum + (part - between.influence[i]!) ** 2, 0)
  if (!(variance > 0)) return null
  const t = Math.abs(within.gain - between.gain) / Math.sqrt(variance)
  return 2 * tCdf(-t, Math.min(within.df, between.df))
}
