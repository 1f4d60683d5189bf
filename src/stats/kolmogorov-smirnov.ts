/**
 * The largest distance between two arms' shares under a threshold, over all thresholds, and how often chance alone makes it.
 *
 * Assumes independent numbers, as `rank-tests.ts` does, and is conservative with ties. It sees any difference of shape, but weighs the middle
 * most: the far tail moves it little.
 */
import type { Distribution } from './distribution.js'
import { kolmogorovTail, smirnovTail } from './special-functions.js'

export interface DistanceTest {
  /** 0 to 1. */
  d: number
  /** Two-sided, asymptotic; null without numbers in both arms. */
  p: number | null
}

/** Two-sample test of Smirnov (1939), with p from one sample of mn/(m + n) numbers, as scipy's asymptotic method takes it. */
export function kolmogorovSmirnov(before: Distribution, after: Distribution): DistanceTest {
  if (before.total === 0 || after.total === 0) return { d: 0, p: null }
  const d = largestDistance(before, after)
  const numbers = Math.max(1, Math.round((before.total * after.total) / (before.total + after.total)))
  return { d, p: chanceOfDistance(d, numbers) }
}

function largestDistance(before: Distribution, after: Distribution): number {
  let largest = 0
  let [ofBefore, ofAfter] = [0, 0]
  for (let i = 0, j = 0; i < before.values.length || j < after.values.length; ) {
    const value = Math.min(before.values[i] ?? Infinity, after.values[j] ?? Infinity)
    if (before.values[i] === value) ofBefore += before.counts[i++]!
    if (after.values[j] === value) ofAfter += after.counts[j++]!
    largest = Math.max(largest, Math.abs(ofBefore / before.total - ofAfter / after.total))
  }
  return Math.min(1, largest)
}

/** From this n·d² on, both sides can't be far out at once, so the two-sided chance is twice the one-sided one, to 13 digits. */
const ONE_SIDED_FROM = 4
/** The size of the matrix that the exact way still takes. */
const WIDEST_MATRIX = 121

/** P(D ≥ d) for one sample of n numbers. */
export function chanceOfDistance(d: number, n: number): number {
  const t = n * d
  if (d >= 1) return 0
  if (t <= 0.5) return 1
  if (d >= 0.5 || t * d >= ONE_SIDED_FROM) return Math.min(1, 2 * smirnovTail(n, d))
  if (2 * Math.ceil(t) - 1 <= WIDEST_MATRIX) return 1 - exactCdf(d, n)
  // Vrbik (2018): the limit distribution at a place that is moved by terms in n^(−1/2) and 1/n.
  const z = d * Math.sqrt(n)
  return kolmogorovTail(z + 1 / (6 * Math.sqrt(n)) + (z - 1) / (4 * n))
}

/**
 * Marsaglia, Tsang and Wang (2003), after Durbin (1973): P(D < d) is n!/nⁿ times the middle element of the n-th power of a matrix of 2k − 1
 * rows, d = (k − h)/n.
 */
function exactCdf(d: number, n: number): number {
  const k = Math.ceil(n * d)
  const h = k - n * d
  const size = 2 * k - 1
  const { matrix, exponent } = power(durbinMatrix(size, h), size, n)
  let middle = matrix[(k - 1) * size + k - 1]!
  let scale = exponent
  for (let i = 1; i <= n; i += 1) {
    middle *= i / n
    if (middle < TINY) {
      middle *= HUGE
      scale -= SCALE
    }
  }
  return Math.min(1, middle * 10 ** scale)
}

const SCALE = 140
const HUGE = 10 ** SCALE
const TINY = 1 / HUGE

function durbinMatrix(size: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= Math.min(i + 1, size - 1); j += 1) matrix[i * size + j] = 1
  for (let i = 0; i < size; i += 1) {
    matrix[i * size]! -= h ** (i + 1)
    matrix[(size - 1) * size + i]! -= h ** (size - i)
  }
  if (2 * h - 1 > 0) matrix[(size - 1) * size]! += (2 * h - 1) ** size
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= Math.min(i, size - 1); j += 1) matrix[i * size + j]! /= factorial(i - j + 1)
  return matrix
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1)
}

/** With its power of ten apart, so that it stays within what a number holds. */
function power(base: Float64Array, size: number, n: number): { matrix: Float64Array; exponent: number } {
  if (n === 1) return { matrix: base, exponent: 0 }
  const half = power(base, size, Math.floor(n / 2))
  let matrix = multiply(half.matrix, half.matrix, size)
  let exponent = 2 * half.exponent
  if (n % 2 === 1) matrix = multiply(base, matrix, size)
  const middle = Math.floor(size / 2) * (size + 1)
  if (matrix[middle]! > HUGE) {
    matrix = matrix.map(element => element * TINY)
    exponent += SCALE
  }
  return { matrix, exponent }
}

function multiply(one: Float64Array, other: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1)
    for (let k = 0; k < size; k += 1) {
      const factor = one[i * size + k]!
      if (factor === 0) continue
      for (let j = 0; j < size; j += 1) product[i * size + j]! += factor * other[k * size + j]!
    }
  return product
}
