/**
 * Normal, Student's t, binomial, gamma and Kolmogorov's distributions, from the cephes library (Moshier, netlib.org/cephes) as
 * WebAssembly. Its ES module compiles asynchronously, so this module waits for it once, when it is loaded;
 * after that all calls are plain. cephes' own `stdtr` takes whole degrees of freedom only, hence Student's t
 * by the incomplete beta function.
 */
import { compiled, igami, incbet, incbi, kolmogorov, ndtr, ndtri, smirnov } from 'cephes'

await compiled

/** P(Z ≤ x) for a standard normal Z. */
export function normalCdf(x: number): number {
  return ndtr(x)
}

/** x with P(Z ≤ x) = p; ±Infinity at 0 and 1. */
export function normalQuantile(p: number): number {
  requireProbability(p)
  if (p === 0) return -Infinity
  if (p === 1) return Infinity
  return ndtri(p)
}

/** So many standard deviations around its mean hold 95% of a normal distribution. */
export const NORMAL_95 = ndtri(0.975)

/** Beyond this, Student's t and the normal distribution agree to 7 digits. */
const NORMAL_FROM_DF = 1e7

/** P(T ≤ t) for Student's t with `df` > 0 degrees of freedom, whole or not. */
export function tCdf(t: number, df: number): number {
  requireDegrees(df)
  if (df >= NORMAL_FROM_DF) return ndtr(t)
  const outer = Math.abs(t) === Infinity ? 0 : 0.5 * incbet(df / 2, 0.5, df / (df + t * t))
  return t > 0 ? 1 - outer : outer
}

/** t with P(T ≤ t) = p; ±Infinity at 0 and 1. */
export function tQuantile(p: number, df: number): number {
  requireProbability(p)
  requireDegrees(df)
  if (p === 0 || p === 1 || df >= NORMAL_FROM_DF) return normalQuantile(p)
  const sign = p < 0.5 ? -1 : 1
  if (p > 0.25 && p < 0.75) {
    const z = incbi(0.5, df / 2, Math.abs(1 - 2 * p))
    return sign * Math.sqrt((df * z) / (1 - z))
  }
  const z = incbi(df / 2, 0.5, 2 * Math.min(p, 1 - p))
  return sign * Math.sqrt(df / z - df)
}

/** P(B ≤ k) for B successes in n trials with probability p each. */
export function binomialCdf(k: number, n: number, p: number): number {
  requireProbability(p)
  if (k < 0) return 0
  if (k >= n) return 1
  const whole = Math.floor(k)
  return incbet(n - whole, whole + 1, 1 - p)
}

/** The smallest k with P(B ≤ k) ≥ probability. */
export function binomialQuantile(probability: number, n: number, p: number): number {
  requireProbability(probability)
  let below = -1
  let reached = n
  while (reached - below > 1) {
    const middle = Math.floor((below + reached) / 2)
    if (binomialCdf(middle, n, p) >= probability) reached = middle
    else below = middle
  }
  return reached
}

/**
 * x with P(G > x) = tail, for a gamma distribution with this shape > 0 and scale 1. cephes' inverse gives up with an underflow here and
 * there, mostly close to 0; Wilson and Hilferty's (1931) cube stands in there.
 */
export function gammaQuantileOfTail(tail: number, shape: number): number {
  requireProbability(tail)
  if (tail === 0) return Infinity
  if (tail === 1) return 0
  try {
    return igami(shape, tail)
  } catch {
    return shape * Math.max(0, 1 - 1 / (9 * shape) - ndtri(tail) / (3 * Math.sqrt(shape))) ** 3
  }
}

/** P(K > z) for Kolmogorov's limit distribution. */
export function kolmogorovTail(z: number): number {
  return z <= 0 ? 1 : kolmogorov(z)
}

/** P(D⁺ ≥ d), 0 ≤ d ≤ 1: how far n uniform numbers run ahead of their distribution on one side. */
export function smirnovTail(n: number, d: number): number {
  return smirnov(n, d)
}

function requireProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Expected a probability from 0 to 1, found ${p}.`)
}

function requireDegrees(df: number): void {
  if (!(df > 0)) throw new RangeError(`Expected more than 0 degrees of freedom, found ${df}.`)
}
