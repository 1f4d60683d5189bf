/** Ratios that were measured one by one (how much of a promise came) → what to expect on average. */
import type { Interval } from './intervals.js'
import { normalCdf, normalQuantile } from './special-functions.js'

export interface MeasuredRatio {
  value: number
  /** 95%. */
  interval: Interval
}

export interface PooledRatio {
  value: number
  /** 95%, of the mean, not of the next single one. Null for a single ratio. */
  interval: Interval | null
}

/**
 * The mean of each group, by random effects: true ratios differ from one to the next by a standard deviation τ, in all groups alike,
 * beside what each was measured with. Two or three ratios hardly say how large τ is: intervals of the t distribution then span
 * everything, and those that take the estimate as known are far too narrow. So τ is averaged over, weighed by how well it explains
 * all groups together and by a half-normal prior of scale 0.5 (Friede, Röver, Wandel and Neuenschwander 2017): a promise may well
 * miss by half of it. Means have no prior, so nothing pulls them anywhere.
 *
 * Assumes ratios that were measured apart, with intervals about as wide to both sides. Misleads where all promises are unsure: a ratio
 * that came out small has the narrower interval, and with forty that don't differ the mean is then a few percent too low. Misleads,
 * too, when only the promises that came true were measured.
 */
export function poolRatios(groups: readonly (readonly MeasuredRatio[])[]): (PooledRatio | null)[] {
  const weighed = groups.map(group =>
    group.map(({ value, interval }) => ({ value, variance: varianceOf(interval) })),
  )
  const logs = SPREADS.map((spread, i) => {
    const prior = Math.log(WIDTHS[i]!) - 0.5 * (spread / PRIOR_SCALE) ** 2
    return weighed.reduce((sum, group) => sum + logLikelihood(group, spread), prior)
  })
  const likeliest = Math.max(...logs)
  const likely = logs.flatMap((log, i) =>
    log > likeliest - LEAST_LOG ? [{ spread: SPREADS[i]!, part: Math.exp(log - likeliest) }] : [],
  )
  const whole = likely.reduce((sum, { part }) => sum + part, 0)
  return weighed.map(group => {
    if (group.length === 0) return null
    const means = likely.map(({ spread, part }) => {
      const { mean, weight } = average(group, spread)
      return { part: part / whole, mean, error: 1 / Math.sqrt(weight) }
    })
    const value = means.reduce((sum, { part, mean }) => sum + part * mean, 0)
    return { value, interval: group.length === 1 ? null : [quantile(means, 0.025), quantile(means, 0.975)] }
  })
}

const PRIOR_SCALE = 0.5
const MOST_SPREAD = 4
const POINTS = 64
/** Values of τ to average over, closer to each other where they are small, and what each stands for. */
const SPREADS = Array.from({ length: POINTS }, (_, i) => MOST_SPREAD * ((i + 0.5) / POINTS) ** 2)
const WIDTHS = SPREADS.map((_, i) => MOST_SPREAD * (((i + 1) / POINTS) ** 2 - (i / POINTS) ** 2))
/** A τ that is e^12 times less likely than the likeliest changes nothing. */
const LEAST_LOG = 12

interface Weighed {
  value: number
  variance: number
}

/** Far under what any log can tell: a ratio that was measured without any spread was still measured. */
const LEAST_VARIANCE = 1e-6

function varianceOf([low, high]: Interval): number {
  return Math.max(LEAST_VARIANCE, ((high - low) / (2 * normalQuantile(0.975))) ** 2)
}

function average(group: readonly Weighed[], spread: number): { mean: number; weight: number } {
  let weight = 0
  let sum = 0
  for (const { value, variance } of group) {
    const own = 1 / (variance + spread * spread)
    weight += own
    sum += own * value
  }
  return { mean: sum / weight, weight }
}

/** Of τ, whatever the mean is. */
function logLikelihood(group: readonly Weighed[], spread: number): number {
  if (group.length === 0) return 0
  const { mean, weight } = average(group, spread)
  let log = -0.5 * Math.log(weight)
  for (const { value, variance } of group) {
    const own = variance + spread * spread
    log -= 0.5 * (Math.log(own) + (value - mean) ** 2 / own)
  }
  return log
}

/** Of a mixture of normal distributions, by halving. */
function quantile(means: readonly { part: number; mean: number; error: number }[], p: number): number {
  const reach = 8
  let low = Math.min(...means.map(({ mean, error }) => mean - reach * error))
  let high = Math.max(...means.map(({ mean, error }) => mean + reach * error))
  while (high - low > 1e-5) {
    const middle = (low + high) / 2
    const below = means.reduce(
      (sum, { part, mean, error }) => sum + part * normalCdf((middle - mean) / error),
      0,
    )
    if (below < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
