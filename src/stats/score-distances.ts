/** How far apart scores are, which are totals over clusters that they share, times factors that somebody estimated. */
import type { Random } from './random.js'
import { NORMAL_95, normalCdf, tQuantile } from './special-functions.js'

export interface Standing {
  /** What it is compared by: more comes first. Where it has draws, on a log scale their mean. */
  score: number
  /** What each cluster adds to the score, to first order: clusters shared with others stand at the same place. Null where none does. */
  clusters: Float64Array | null
  /** Degrees of freedom of that total, of its own clusters; see `clusterDf`. */
  df: number
  /** Draws of the score as far as it is uncertain for other reasons (an estimate by a person), jointly with those of the others; null for none. */
  draws: Float64Array | null
  /** It can't be told apart from any other: its clusters are too few, or what it depends on has no scale. */
  isUntold: boolean
}

/** What a score would be if more was known: so many times as much (without a log scale, so much more). */
export interface Changed {
  by: number
  /** Its first draws with that known, on the scale of comparison; what it has in common with others stays in them. */
  draws: Float64Array
}

export interface Distances {
  /** A pair is told apart from this many standard errors on. */
  critical: number
  /** Standard errors by which the first is above the second, less than 0 if it is below; 0 where it can't be told whatever the scores. */
  distance(a: number, b: number, changed?: Changed): number
  /** 95%, of one score by itself; null where it can't be told. */
  interval(a: number): [low: number, high: number] | null
}

export interface DistanceOptions {
  random: Random
  /** Scores are compared by factors: they and their draws are over 0, or all 0. */
  isLog: boolean
  /** Chance that any pair of all is told apart wrongly. */
  level?: number
  /** Draws of the largest of all distances. */
  draws?: number
  /** Clusters from this place on are groups of many that were put together at random. */
  groupsFrom?: number
}

/**
 * The limit holds for all pairs at once (single-step max-|t|: Hothorn, Bretz and Westfall 2008), from joint draws of all scores.
 *
 * Clusters: the variance of a difference of totals is Σ(ψ_a − ψ_b)² over the clusters, about 0 and not about their mean: what decides is how
 * many clusters agree. Where two things are alike, each cluster is as likely to speak for one as for the other, and t is no larger than a
 * normal one, however unequal the clusters (Efron 1969). Where their clusters differ in kind it is larger, so the limit is widened to
 * Student's t with the lesser of the two scores' own degrees of freedom. Groups of clusters are taken about their mean.
 * The rest: on a log scale where all draws are positive, since estimates err by factors. Both parts are put together on the scale on which
 * the difference of two scores is that of their logs: the distance is 1/√(1/t₁² + 1/t₂²) for the distances t₁ and t₂ of each part alone.
 *
 * The error of clusters is that of the difference, or of the ratio if that is larger: where few clusters make most of the smaller score, that
 * score errs by a larger factor than the other.
 *
 * Assumes independent clusters, so it speaks of other customers on such days, not of other days. Misleads where one of two things hits
 * nearly all customers a little and the other a few of them very hard: as long as such a customer is missing, the other looks small, and
 * surer than it is. With equal totals, log-normal customers and every second thing hitting 3% to 30% of them so much harder, an order was
 * found in up to 11% of simulated backlogs of 20.
 */
export function measureDistances(standings: readonly Standing[], options: DistanceOptions): Distances {
  const { random, isLog, level = 0.05, draws = 2000, groupsFrom } = options
  const size = standings.length
  const products = crossProducts(
    standings.map(one => one.clusters),
    groupsFrom,
  )
  const personal = standings.map(standing => transformDraws(standing, isLog))
  const untold = standings.map(({ isUntold }) => isUntold)
  const shared = new Float64Array(size * size)
  for (let a = 0; a < size; a += 1)
    for (let b = a; b < size; b += 1) {
      shared[a * size + b] = covariance(personal[a]!, personal[b]!)
      shared[b * size + a] = shared[a * size + b]!
    }

  const gapOf = (a: number, b: number, changed?: Changed) => {
    if (untold[a] || untold[b]) return { gap: 0, unit: 0, spread: 0, own: 0, ratio: 0 }
    const times = isLog ? (changed?.by ?? 1) : 1
    const one = isLog ? standings[a]!.score * times : standings[a]!.score + (changed?.by ?? 0)
    const other = standings[b]!.score
    const hasZero = one === 0 || other === 0
    const isPlain = !isLog || hasZero
    const unit = isPlain ? 1 : oneOverLogMean(one, other)
    const spreadBy = (first: number, second: number) =>
      Math.max(
        0,
        first * first * products[a * size + a]! -
          2 * first * second * products[a * size + b]! +
          second * second * products[b * size + b]!,
      )
    // Beside a score of 0 no factor of the other matters.
    const own =
      isLog && hasZero
        ? 0
        : changed === undefined
          ? shared[a * size + a]! + shared[b * size + b]! - 2 * shared[a * size + b]!
          : varianceBetween(changed.draws, personal[b]!.centred)
    return {
      gap: isPlain ? one - other : Math.log(one / other),
      unit,
      spread: spreadBy(times * unit, unit),
      own: Math.max(0, own),
      ratio: isPlain ? 0 : spreadBy(times / one, 1 / other),
    }
  }
  const scale = { unit: new Float64Array(size * size), error: new Float64Array(size * size) }
  for (let a = 0; a < size; a += 1)
    for (let b = 0; b < a; b += 1) {
      const { unit, spread, own } = gapOf(a, b)
      scale.unit[a * size + b] = unit
      scale.error[a * size + b] = Math.sqrt(spread + own)
    }
  const critical = drawCritical(scale, products, personal, { random, level, draws, size })
  const widened = standings.map(({ clusters, df }, i) =>
    clusters === null || untold[i] ? 1 : widenTo(critical, df),
  )
  return {
    critical,
    distance(a, b, changed) {
      const { gap, spread, own, ratio } = gapOf(a, b, changed)
      const widen = Math.max(widened[a]!, widened[b]!)
      return gap === 0 ? 0 : gap / Math.sqrt(Math.max(spread, ratio) * widen ** 2 + own)
    },
    interval(a) {
      const { score, clusters, df } = standings[a]!
      if (untold[a]) return null
      const reach = clusters === null ? 0 : tQuantile(0.975, df) ** 2 * products[a * size + a]!
      const own = NORMAL_95 ** 2 * personal[a]!.variance
      if (!isLog || score === 0) return [score - Math.sqrt(reach + own), score + Math.sqrt(reach + own)]
      const factor = Math.exp(Math.sqrt(reach / score ** 2 + own))
      return [score / factor, score * factor]
    },
  }
}

/** How many times as far as with a normal distribution, at the same level. */
function widenTo(critical: number, df: number): number {
  return critical > 0 ? -tQuantile(normalCdf(-critical), df) / critical : 1
}

/** Σ ψ_a ψ_b over the clusters, for all pairs; of groups about their mean, as they are many alike. */
function crossProducts(
  clusters: readonly (Float64Array | null)[],
  groupsFrom = Number.POSITIVE_INFINITY,
): Float64Array {
  const size = clusters.length
  const products = new Float64Array(size * size)
  const means = clusters.map(own => meanFrom(own, groupsFrom))
  for (let a = 0; a < size; a += 1) {
    const one = clusters[a]
    if (!one) continue
    const groups = Math.max(0, one.length - groupsFrom)
    for (let b = a; b < size; b += 1) {
      const other = clusters[b]
      if (!other) continue
      let product = 0
      for (let c = 0; c < one.length; c += 1) product += one[c]! * other[c]!
      if (groups > 1) product -= groups * means[a]! * means[b]!
      products[a * size + b] = product
      products[b * size + a] = product
    }
  }
  return products
}

function meanFrom(values: Float64Array | null, from: number): number {
  if (values === null || from >= values.length) return 0
  let sum = 0
  for (let i = from; i < values.length; i += 1) sum += values[i]!
  return sum / (values.length - from)
}

/** Draws about 0 on the scale on which they are compared, and their variance. */
interface Personal {
  centred: Float64Array | null
  variance: number
}

function transformDraws({ score, draws }: Standing, isLog: boolean): Personal {
  if (draws === null || (isLog && score === 0)) return { centred: null, variance: 0 }
  const centred = Float64Array.from(draws, one => (isLog ? Math.log(one) : one))
  let mean = 0
  for (const one of centred) mean += one / centred.length
  for (let i = 0; i < centred.length; i += 1) centred[i]! -= mean
  const personal = { centred, variance: 0 }
  return { centred, variance: covariance(personal, personal) }
}

function covariance(one: Personal, other: Personal): number {
  if (one.centred === null || other.centred === null) return 0
  let products = 0
  for (let i = 0; i < one.centred.length; i += 1) products += one.centred[i]! * other.centred[i]!
  return products / Math.max(1, one.centred.length - 1)
}

/** Of the difference between draws and as many of the other's. */
function varianceBetween(draws: Float64Array, other: Float64Array | null): number {
  let [sum, squares] = [0, 0]
  for (let i = 0; i < draws.length; i += 1) {
    const apart = draws[i]! - (other === null ? 0 : other[i % other.length]!)
    sum += apart
    squares += apart * apart
  }
  return Math.max(0, squares - (sum * sum) / draws.length) / Math.max(1, draws.length - 1)
}

function oneOverLogMean(one: number, other: number): number {
  const ratio = Math.log(one / other)
  return Math.abs(ratio) < 1e-9 ? 1 / one : ratio / (one - other)
}

/** What the largest of all distances exceeds with the chance of `level`, if there were no difference anywhere. */
function drawCritical(
  { unit, error }: { unit: Float64Array; error: Float64Array },
  products: Float64Array,
  personal: readonly Personal[],
  { random, level, draws, size }: { random: Random; level: number; draws: number; size: number },
): number {
  const root = choleskyOf(products, size)
  const largest = new Float64Array(draws)
  const normals = new Float64Array(size)
  const totals = new Float64Array(size)
  const others = new Float64Array(size)
  for (let draw = 0; draw < draws; draw += 1) {
    for (let i = 0; i < size; i += 1) normals[i] = random.nextNormal()
    for (let i = 0; i < size; i += 1) {
      let total = 0
      for (let j = 0; j <= i; j += 1) total += root[i * size + j]! * normals[j]!
      totals[i] = total
      const own = personal[i]!.centred
      others[i] = own === null ? 0 : own[draw % own.length]!
    }
    let most = 0
    for (let a = 0; a < size; a += 1)
      for (let b = 0; b < a; b += 1) {
        const at = a * size + b
        if (error[at] === 0) continue
        const far = ((totals[a]! - totals[b]!) * unit[at]! + others[a]! - others[b]!) / error[at]!
        if (far > most) most = far
        else if (-far > most) most = -far
      }
    largest[draw] = most
  }
  return largest.sort()[Math.min(draws - 1, Math.ceil((1 - level) * (draws + 1)) - 1)] ?? 0
}

/** A root of a matrix that is positive semidefinite: what is 0 stays 0. */
function choleskyOf(matrix: Float64Array, size: number): Float64Array {
  const root = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let rest = matrix[i * size + j]!
      for (let k = 0; k < j; k += 1) rest -= root[i * size + k]! * root[j * size + k]!
      if (i === j) root[i * size + i] = rest > 1e-12 * matrix[i * size + i]! ? Math.sqrt(rest) : 0
      else root[i * size + j] = root[j * size + j]! === 0 ? 0 : rest / root[j * size + j]!
    }
  return root
}
