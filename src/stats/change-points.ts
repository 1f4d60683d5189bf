/** Where a series of daily shares moved to another level, and stayed there. */
import { createRandom, type Random } from './random.js'

export interface DayShare {
  /** Requests that count; fractional when each stands for several. */
  requests: number
  good: number
}

export interface ChangePoint {
  /** The first day of the new level, as a position in the series. */
  at: number
  /** Chance of a step as large as this if the days were in random order, by permutations. */
  p: number
}

export interface ChangeOptions {
  seed: number
  /** False alarms where nothing changed; default 0.05. */
  level?: number
  permutations?: number
}

/** A level lasts at least this many days, so that a bad day or weekend is none. */
export const SHORTEST_SEGMENT = 5
/** Neighbours stay together for up to a sixth of the days, and no longer than a week. */
const LEAST_BLOCKS = 6
const LONGEST_BLOCK = 7
const PERMUTATIONS = 1000

/**
 * Binary segmentation: the split that parts the days' shares best is kept when it parts them better than the
 * best split does in nearly all random orders of the days; else the best stretch that differs from the days
 * before and after it is tried, since a level that came and went shows in no single split. What is kept
 * divides the series, and each part is searched in turn. All tests together raise at most 5% of false alarms:
 * a series spends half on each of its two tests, and each part gets an equal share of what its series had.
 * The order is shuffled in blocks, since neighbours resemble each other. Their lengths are random: blocks of
 * equal lengths have so few orders that a clear step between two of them is found in too many. A day weighs by its
 * requests, a busy one no more than the median day: what a day has of its own doesn't shrink with its requests.
 *
 * Sees a slow drift as steps. Where nothing changed, 1% of series raise a false alarm, and 5% where days correlate
 * by 0.5 with the day before, be it ten days or sixty. A step of two and a half times the days' own spread is found in two of
 * three series of four weeks, one of five times in nearly all.
 * Sources: Scott and Knott (1974) for the split, Olshen et al. (2004) for the stretch, Matteson and James (2014)
 * for thresholds by permutation, Kirch (2007) for blocks, Politis and Romano (1994) for random lengths.
 */
export function findChangePoints(days: readonly DayShare[], options: ChangeOptions): ChangePoint[] {
  const { seed, level = 0.05, permutations = PERMUTATIONS } = options
  const series = weighDays(days)
  const random = createRandom(seed)
  const search = (from: number, to: number, allowed: number): ChangePoint[] => {
    const part = series.slice(from, to)
    const searches = part.length < 3 * SHORTEST_SEGMENT ? [findSplit] : [findSplit, findStretch]
    for (const find of searches) {
      const best = find(part)
      const p = permute(part, find, best.gain, { random, permutations, allowed: allowed / searches.length })
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

interface Weighed {
  share: number
  weight: number
}

/** A busy day weighs no more than the median one. */
export function weighDays(days: readonly DayShare[]): Weighed[] {
  const usual = medianOf(days.map(day => day.requests))
  return days.map(({ requests, good }) => ({
    share: requests === 0 ? 0 : good / requests,
    weight: Math.min(requests, usual),
  }))
}

interface Division {
  /** The weighted sum of squares between its sides; 0 where nothing is parted. */
  gain: number
  edges: number[]
}

const NO_DIVISION: Division = { gain: 0, edges: [] }

/** The share of random orders that part as well, this one counted; null as soon as it is more than is allowed. */
function permute(
  days: readonly Weighed[],
  find: (days: readonly Weighed[]) => Division,
  gain: number,
  options: { random: Random; permutations: number; allowed: number },
): number | null {
  if (gain === 0) return null
  const { random, permutations, allowed } = options
  let asGood = 1
  for (let run = 0; run < permutations; run += 1) {
    if (find(shuffleBlocks(days, random)).gain >= gain * (1 - 1e-9)) asGood += 1
    if (asGood > allowed * (permutations + 1)) return null
  }
  return asGood / (permutations + 1)
}

function findSplit(days: readonly Weighed[]): Division {
  const sums = sumUp(days)
  let best = NO_DIVISION
  for (let at = SHORTEST_SEGMENT; at <= days.length - SHORTEST_SEGMENT; at += 1) {
    const gain = gainOf(sums, at, days.length)
    if (gain > best.gain) best = { gain, edges: [at] }
  }
  return best
}

/** The days from one edge to the next against those before and after it together. */
function findStretch(days: readonly Weighed[]): Division {
  const sums = sumUp(days)
  const last = days.length - SHORTEST_SEGMENT
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
  /** Of how far each day is from the mean. */
  away: Float64Array
}

/** Of the days before each position. */
function sumUp(days: readonly Weighed[]): Sums {
  const total = days.reduce((sum, { weight }) => sum + weight, 0)
  const mean = days.reduce((sum, { share, weight }) => sum + share * weight, 0) / total
  const weight = new Float64Array(days.length + 1)
  const away = new Float64Array(days.length + 1)
  days.forEach((day, i) => {
    weight[i + 1] = weight[i]! + day.weight
    away[i + 1] = away[i]! + (day.share - mean) * day.weight
  })
  return { weight, away }
}

function gainOf({ weight, away }: Sums, from: number, to: number): number {
  const total = weight[weight.length - 1]!
  const inside = weight[to]! - weight[from]!
  const outside = total - inside
  if (inside === 0 || outside === 0) return 0
  const gain = ((away[to]! - away[from]!) ** 2 * total) / (inside * outside)
  return gain < NOTHING * total ? 0 : gain
}

/** Equal shares, but for rounding. */
const NOTHING = 1e-18

/** The same days in blocks of one day to the longest, in random order. */
function shuffleBlocks(days: readonly Weighed[], random: Random): Weighed[] {
  const longest = Math.min(LONGEST_BLOCK, days.length / LEAST_BLOCKS)
  const blocks: { from: number; to: number }[] = []
  for (let from = 0; from < days.length; ) {
    const to = Math.min(days.length, from + 1 + Math.floor(random.next() * longest))
    blocks.push({ from, to })
    from = to
  }
  const shuffled: Weighed[] = []
  for (let left = blocks.length; left > 0; left -= 1) {
    const drawn = random.nextInteger(left)
    const { from, to } = blocks[drawn]!
    blocks[drawn] = blocks[left - 1]!
    for (let i = from; i < to; i += 1) shuffled.push(days[i]!)
  }
  return shuffled
}

function medianOf(values: readonly number[]): number {
  const sorted = values.filter(value => value > 0).sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
