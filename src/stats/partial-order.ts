/**
 * Which of several things certainly come before which: an order of some of the pairs. What can't be told apart is left open, and that is
 * not transitive: A and B, B and C may be open while A is above C.
 */
import { type DistanceOptions, type Distances, measureDistances, type Standing } from './score-distances.js'

export interface PartialOrder extends Distances {
  /** Positions, each pair once: all of them, also those that follow from others. */
  above: { a: number; b: number }[]
  /** Positions of those that nothing is above. */
  front: number[]
  /** Pairs of which it can't be told which comes first. */
  open: number
}

/**
 * A is above B where the interval of their difference that holds for all pairs at once excludes 0; see `measureDistances`. What follows
 * from pairs that are told apart (A above B above C) holds with them.
 */
export function orderStandings(standings: readonly Standing[], options: DistanceOptions): PartialOrder {
  const size = standings.length
  const distances = measureDistances(standings, options)
  const { critical, distance } = distances
  const above = new Uint8Array(size * size)
  for (let a = 0; a < size; a += 1)
    for (let b = 0; b < size; b += 1) if (a !== b && distance(a, b) > critical) above[a * size + b] = 1
  closeTransitively(above, size)
  return { ...readOrder(above, size), ...distances }
}

function readOrder(above: Uint8Array, size: number): Pick<PartialOrder, 'above' | 'front' | 'open'> {
  const pairs: PartialOrder['above'] = []
  const isBelow = new Uint8Array(size)
  for (let a = 0; a < size; a += 1)
    for (let b = 0; b < size; b += 1)
      if (above[a * size + b]) {
        pairs.push({ a, b })
        isBelow[b] = 1
      }
  const front = Array.from(isBelow.keys()).filter(position => !isBelow[position])
  return { above: pairs, front, open: (size * (size - 1)) / 2 - pairs.length }
}

function closeTransitively(above: Uint8Array, size: number): void {
  for (let via = 0; via < size; via += 1)
    for (let a = 0; a < size; a += 1)
      if (above[a * size + via])
        for (let b = 0; b < size; b += 1) if (above[via * size + b]) above[a * size + b] = 1
}

/** Of an order with all its pairs, those that don't follow from others: what is drawn. */
export function reduceTransitively<T>(above: readonly { a: T; b: T }[]): { a: T; b: T }[] {
  const below = new Map(
    [...Map.groupBy(above, pair => pair.a)].map(([a, pairs]) => [a, new Set(pairs.map(({ b }) => b))]),
  )
  return above.filter(({ a, b }) => ![...below.get(a)!].some(via => below.get(via)?.has(b)))
}
