/** Where a series of values moved to another level, and stayed there. */
import { createRandom, type Random } from './random.js'

export interface WeightedValue {
  value: number
  /** How much it counts: 1, or what it was measured on. */
  weight: number
}

export interface LevelShift {
  /** The first value of the new level, as a position in the series. */
  at: number
  /** Chance of a step as large as this if the values were in random order, by permutations. */
  p: number
}

export interface ShiftOptions {
  seed: number
  /** False alarms where nothing changed; default 0.05. */
  level?: number
  permutations?: number
  /** How many neighbours may stay together; default 7, a week of days. */
  longestBlock?: number
}

/** A level lasts at least this many values, so that one that is off, or a few, are none. */
export const SHORTEST_SEGMENT = 5
/** Neighbours stay together for up to a sixth of the series, and no longer than `longestBlock`. */
const LEAST_BLOCKS = 6
const LONGEST_BLOCK = 7
const PERMUTATIONS = 1000

/**
 * Binary segmentation: the split that parts the values best is kept when it parts them better than the
 * best split does in nearly all random orders of the series; else the best stretch that differs from what is
 * before and after it is tried, since a level that came and went shows in no single split. What is kept
 * divides the series, and each part is searched in turn. All tests together raise at most 5% of false alarms:
 * a series spends half on each of its two tests, and each part gets an equal share of what its series had.
 * The order is shuffled in blocks, since neighbours resemble each other. Their lengths are random: blocks of
 * equal lengths have so few orders that a clear step between two of them is found in too many.
 *
 * Sees a slow drift as steps. Where nothing changed, 1% of series raise a false alarm, and 5% where values correlate
 * by 0.5 with the one before, be it ten values or sixty. A step of two and a half times the values' own spread is found in two of
 * three series of 28, one of five times in nearly all.
 * Sources: Scott and Knott (1974) for the split, Olshen et al. (2004) for the stretch, Matteson and James (2014)
 * for thresholds by permutation, Kirch (2007) for blocks, Politis and Romano (1994) for random lengths.
 */
export function findLevelShifts(series: readonly WeightedValue[], options: ShiftOptions): LevelShift[] {
  const { seed, level = 0.05, permutations = PERMUTATIONS, longestBlock = LONGEST_BLOCK } = options
  const drawn = { random: createRandom(seed), permutations, longestBlock }
  const search = (from: number, to: number, allowed: number): LevelShift[] => {
    const part = series.slice(from, to)
    const searches = part.length < 3 * SHORTEST_SEGMENT ? [findSplit] : [findSplit, findStretch]
    for (const find of searches) {
      const best = find(part)
      const p = permute(part, find, best.gain, { ...drawn, allowed: allowed / searches.length })
      if (p === null) continue
      const edges = best.edges.map(edge => from + edge)
      const ends = [from, ...edges, to]
      return ends
        .slice(1)
        .flatMap((end, i) => [
          ...search(ends[i]!, end, allowed / (edges.length + 1)),
          ...(end === to ? [] : [{ at: end, p }]),
        ])
    }
    return []
  }
  return search(0, series.length, level)
}

/** Each shift where it parts the values between its neighbours best: a split was chosen before the ones beside it were known. */
export function placeShifts<Shift extends LevelShift>(
  series: readonly WeightedValue[],
  shifts: readonly Shift[],
): Shift[] {
  const placed = [...shifts]
  for (const [i, shift] of placed.entries()) {
    const from = placed[i - 1]?.at ?? 0
    const [edge] = findSplit(series.slice(from, placed[i + 1]?.at ?? series.length)).edges
    if (edge !== undefined) placed[i] = { ...shift, at: from + edge }
  }
  return placed
}

interface Division {
  /** The weighted sum of squares between its sides; 0 where nothing is parted. */
  gain: number
  edges: number[]
}

const NO_DIVISION: Division = { gain: 0, edges: [] }

/** The share of random orders that part as well, this one counted; null as soon as it is more than is allowed. */
function permute(
  series: readonly WeightedValue[],
  find: (series: readonly WeightedValue[]) => Division,
  gain: number,
  options: { random: Random; permutations: number; longestBlock: number; allowed: number },
): number | null {
  if (gain === 0) return null
  const { random, permutations, longestBlock, allowed } = options
  let asGood = 1
  for (let run = 0; run < permutations; run += 1) {
    if (find(shuffleBlocks(series, longestBlock, random)).gain >= gain * (1 - 1e-9)) asGood += 1
    if (asGood > allowed * (permutations + 1)) return null
  }
  return asGood / (permutations + 1)
}

function findSplit(series: readonly WeightedValue[]): Division {
  const sums = sumUp(series)
  let best = NO_DIVISION
  for (let at = SHORTEST_SEGMENT; at <= series.length - SHORTEST_SEGMENT; at += 1) {
    const gain = gainOf(sums, at, series.length)
    if (gain > best.gain) best = { gain, edges: [at] }
  }
  return best
}

/** The values from one edge to the next against those before and after it together. */
function findStretch(series: readonly WeightedValue[]): Division {
  const sums = sumUp(series)
  const last = series.length - SHORTEST_SEGMENT
  let best = 0
  let edges: number[] = []
  for (let from = SHORTEST_SEGMENT; from <= last - SHORTEST_SEGMENT; from += 1) {
    for (let to = from + SHORTEST_SEGMENT; to <= last; to += 1) {
      const gain = gainOf(sums, from, to)
      if (gain <= best) continue
      best = gain
      edges = [from, to]
    }
  }
  return { gain: best, edges }
}

interface Sums {
  weight: Float64Array
  /** Of how far each value is from the mean. */
  away: Float64Array
  /** The largest gain a unit of weight that rounding makes of equal values. */
  nothing: number
}

/** Of the values before each position. */
function sumUp(series: readonly WeightedValue[]): Sums {
  const total = series.reduce((sum, { weight }) => sum + weight, 0)
  const mean = series.reduce((sum, { value, weight }) => sum + value * weight, 0) / total
  const weight = new Float64Array(series.length + 1)
  const away = new Float64Array(series.length + 1)
  let largest = 0
  series.forEach((one, i) => {
    largest = Math.max(largest, Math.abs(one.value))
    weight[i + 1] = weight[i]! + one.weight
    away[i + 1] = away[i]! + (one.value - mean) * one.weight
  })
  return { weight, away, nothing: ROUNDING * largest ** 2 }
}

function gainOf({ weight, away, nothing }: Sums, from: number, to: number): number {
  const total = weight[weight.length - 1]!
  const inside = weight[to]! - weight[from]!
  const outside = total - inside
  if (inside === 0 || outside === 0) return 0
  const gain = ((away[to]! - away[from]!) ** 2 * total) / (inside * outside)
  return gain < nothing * total ? 0 : gain
}

const ROUNDING = 1e-18

/** The same values in blocks of one to the longest, in random order. */
function shuffleBlocks(
  series: readonly WeightedValue[],
  longestBlock: number,
  random: Random,
): WeightedValue[] {
  const longest = Math.min(longestBlock, series.length / LEAST_BLOCKS)
  const blocks: { from: number; to: number }[] = []
  for (let from = 0; from < series.length; ) {
    const to = Math.min(series.length, from + 1 + Math.floor(random.next() * longest))
    blocks.push({ from, to })
    from = to
  }
  const shuffled: WeightedValue[] = []
  for (let left = blocks.length; left > 0; left -= 1) {
    const drawn = random.nextInteger(left)
    const { from, to } = blocks[drawn]!
    blocks[drawn] = blocks[left - 1]!
    for (let i = from; i < to; i += 1) shuffled.push(series[i]!)
  }
  return shuffled
}
