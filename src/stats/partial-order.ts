/**
 * Which of several things certainly come before which: an order of some of the pairs. What can't be told apart is left open, and that is
 * not transitive: A and B, B and C may be open while A is above C.
 */
import type { Random } from './random.js'
import { type Changed, measureDistances, type Standing } from './score-distances.js'

export interface PartialOrder {
  /** Positions, each pair once: all of them, also those that follow from others. */
  above: { a: number; b: number }[]
  /** Positions of those that nothing is above. */
  front: number[]
  /** Pairs of which it can't be told which comes first. */
  open: number
  /** A pair is told apart from this many standard errors on. */
  critical: number
  /** Standard errors by which the first is above the second, less than 0 if it is below; 0 where it can't be told whatever the scores. */
  distance(a: number, b: number, changed?: Changed): number
  /** 95%, of one score by itself; null where it can't be told. */
  interval(a: number): [low: number, high: number] | null
}

export interface OrderOptions {
  random: Random
  /** Chance that any pair of all is ordered wrongly. */
  level?: number
  /** Draws of the largest of all distances. */
  draws?: number
  /** Clusters from this place on are groups of many that were put together at random. */
  groupsFrom?: number
}

/**
 * A is above B where the interval of their difference that holds for all pairs at once excludes 0; see `measureDistances`. What follows
 * from pairs that are told apart (A above B above C) holds with them.
 */
export function orderStandings(standings: readonly Standing[], options: OrderOptions): PartialOrder {
  const size = standings.length
  const { critical, distance, interval } = measureDistances(standings, options)
  const above = new Uint8Array(size * size)
  for (let a = 0; a < size; a += 1)
    for (let b = 0; b < size; b += 1) if (a !== b && distance(a, b) > critical) above[a * size + b] = 1
  closeTransitively(above, size)
  return { ...readOrder(above, size), critical, distance, interval }
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
