/**
 * What the same client gains from step to step of latency: linear probability with a fixed effect for each client, and a line with bends at
 * the knots over the logarithm of latency, level outside of them. The steps are fitted together, so that none is charged with what another
 * does. Variances over customers with the leverage correction of CR2 (Bell and McCaffrey 2002).
 *
 * Misleads where the curve bends much between two knots.
 */
import { placeOnShape } from './fit-shelf.js'
import { countClients, type Visits } from './visits.js'
import { describeGain, type Gain } from './within-between.js'

export interface StepGains {
  /** Of a sum of steps: `parts` of each, the fastest first. Null where customers are too few. */
  gainOf(parts: readonly number[], level?: number): Gain | null
}

/** Both ends, and what parts the span into so many steps of the logarithm. */
export function divideSpan(from_ms: number, to_ms: number, steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => from_ms * (to_ms / from_ms) ** (i / steps))
}

/** `knots_ms` ascend, and steps lie between them. Null where a step has no visits of a client to compare with others. */
export function fitSteps(data: Visits, knots_ms: readonly number[]): StepGains | null {
  const ms = data.bins.map(bin => bin.ms)
  const places = knots_ms.slice(1).map((to_ms, step) => placeOnShape(ms, { from_ms: knots_ms[step]!, to_ms }))
  const steps = places.length
  const { squares, products } = sumClusters(data, places)
  const [all, right] = [sumOver(squares, steps * steps), sumOver(products, steps)]
  const slopes = solve(all, right)
  if (slopes === null) return null
  return {
    gainOf(parts, level) {
      const turned = solve(all, Float64Array.from(parts))
      if (turned === null) return null
      const whole = turned.reduce((sum, own, i) => sum + own * parts[i]!, 0)
      const [own, scores] = [new Float64Array(data.clusters), new Float64Array(data.clusters)]
      for (let cluster = 0; cluster < data.clusters; cluster += 1)
        for (let i = 0; i < steps; i += 1) {
          let fitted = 0
          for (let j = 0; j < steps; j += 1) {
            const square = squares[(cluster * steps + i) * steps + j]!
            fitted += square * slopes[j]!
            own[cluster]! += (turned[i]! * square * turned[j]!) / whole
          }
          scores[cluster]! += turned[i]! * (products[cluster * steps + i]! - fitted)
        }
      const slope = slopes.reduce((sum, each, i) => sum + each * parts[i]!, 0)
      return describeGain(slope, scores, own, level)
    },
  }
}

/** Of each cluster, about the clients' means: how steps vary together, and with going on. */
function sumClusters(
  data: Visits,
  places: readonly Float64Array[],
): { squares: Float64Array; products: Float64Array } {
  const { starts, bin, visits, wentOn, cluster, clusters } = data
  const steps = places.length
  const squares = new Float64Array(clusters * steps * steps)
  const products = new Float64Array(clusters * steps)
  const means = new Float64Array(steps)
  for (let client = 0; client < countClients(data); client += 1) {
    means.fill(0)
    let n = 0
    for (let row = starts[client]!; row < starts[client + 1]!; row += 1) {
      n += visits[row]!
      for (let i = 0; i < steps; i += 1) means[i]! += visits[row]! * places[i]![bin[row]!]!
    }
    const at = cluster[client]!
    for (let row = starts[client]!; row < starts[client + 1]!; row += 1)
      for (let i = 0; i < steps; i += 1) {
        const off = places[i]![bin[row]!]! - means[i]! / n
        products[at * steps + i]! += off * wentOn[row]!
        for (let j = 0; j < steps; j += 1)
          squares[(at * steps + i) * steps + j]! +=
            visits[row]! * off * (places[j]![bin[row]!]! - means[j]! / n)
      }
  }
  return { squares, products }
}

function sumOver(values: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(length)
  for (const [i, value] of values.entries()) sums[i % length]! += value
  return sums
}

/** Under this part of its own, what a step has alone is nothing. */
const LEAST_OWN = 1e-9

/** Symmetric and positive: elimination needs no pivots. Null where it is singular. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array | null {
  const size = right.length
  const [left, found] = [matrix.slice(), right.slice()]
  for (let i = 0; i < size; i += 1) {
    const own = left[i * size + i]!
    if (!(own > LEAST_OWN * matrix[i * size + i]!)) return null
    for (let row = i + 1; row < size; row += 1) {
      const times = left[row * size + i]! / own
      for (let j = i; j < size; j += 1) left[row * size + j]! -= times * left[i * size + j]!
      found[row]! -= times * found[i]!
    }
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let j = i + 1; j < size; j += 1) found[i]! -= left[i * size + j]! * found[j]!
    found[i]! /= left[i * size + i]!
  }
  return found
}
