/**
 * How uncertain a sum is that was collected over time, in one run or in several: milliseconds of a function, from a sampler.
 *
 * What is collected comes in bursts, so single pieces aren't independent; stretches of time are taken as the units instead, each run cut
 * into blocks of equal length (batch means, Schmeiser 1982). A bootstrap over blocks has the same variance, which for a sum is known in
 * closed form; so nothing is drawn, and nothing depends on a seed. Blocks that resemble their neighbours, as when a run warms up, make
 * blocks look more certain than they are: neighbours are merged, twice, and the largest variance of the three is taken.
 *
 * Misleads about what changes slower than a run: only several runs show that.
 */

/** Blocks of one run. Of 20, merged by twos and by fours, 10 and 5 are left. */
export const BLOCKS = 20
const MERGES = [1, 2, 4]

export interface Run {
  /** Sums over `BLOCKS` equal stretches, in the order of time; one entry where the order isn't known. */
  blocks: Float64Array
  /** What they are divided by to give a rate: requests, seconds, or another sum. One for each block. */
  exposures: Float64Array
}

export interface Side {
  runs: readonly Run[]
  /** The least that the sum can grow by at once: what one sample stands for. */
  unit: number
  /** The exposure is a count of events, and so by chance itself: its error is that of a Poisson count at least. */
  isCounted: boolean
}

export interface Spread {
  total: number
  exposure: number
  unit: number
  isCounted: boolean
  runs: number
  /** Σ of the runs' squared totals. */
  squares: number
  /** The variance of the total by blocks within runs; null where a run's order isn't known. */
  within: { variance: number; df: number } | null
  /** The same by runs; null for one. What blocks say is in it, too. */
  between: { variance: number; df: number } | null
}

export function spreadOf({ runs, unit, isCounted }: Side): Spread {
  const totals = runs.map(run => sumOf(run.blocks))
  const exposures = runs.map(run => sumOf(run.exposures))
  const total = sumOf(totals)
  const exposure = sumOf(exposures)
  const rate = exposure === 0 ? 0 : total / exposure
  return {
    total,
    exposure,
    unit,
    isCounted,
    runs: runs.length,
    squares: sumOf(totals.map(one => one * one)),
    within: runs.every(run => run.blocks.length > 1)
      ? {
          variance: sumOf(
            runs.map((run, i) => varyByBlocks(run, exposures[i] === 0 ? rate : totals[i]! / exposures[i]!)),
          ),
          df: sumOf(runs.map(run => run.blocks.length - 1)),
        }
      : null,
    between:
      runs.length > 1
        ? { variance: spreadOfSum(totals.map((one, i) => one - rate * exposures[i]!)), df: runs.length - 1 }
        : null,
  }
}

function varyByBlocks({ blocks, exposures }: Run, rate: number): number {
  const residuals = blocks.map((block, i) => block - rate * exposures[i]!)
  return Math.max(...MERGES.map(by => spreadOfSum(mergeBlocks(residuals, by))))
}

function mergeBlocks(blocks: Float64Array, by: number): Float64Array {
  if (by === 1) return blocks
  const merged = new Float64Array(blocks.length / by)
  for (const [index, block] of blocks.entries()) merged[Math.floor(index / by)]! += block
  return merged
}

/** The variance of the sum of residuals that add up to 0. */
function spreadOfSum(residuals: ArrayLike<number> & Iterable<number>): number {
  return (sumOf(Array.from(residuals, one => one * one)) * residuals.length) / (residuals.length - 1)
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}

/**
 * How far runs of the same thing differ beyond what their blocks explain: a variance relative to the squared total, the middle one of
 * many sums of the same runs. Null where no side has two runs.
 */
export function varyBetweenRuns(spreads: readonly Spread[]): number | null {
  const found = spreads.flatMap(({ between, within, runs, squares, total }) => {
    if (!between || total === 0) return []
    // The middle of a chi-square over its df (Wilson and Hilferty 1931): medians of few runs are too small.
    const middle = (1 - 2 / (9 * between.df)) ** 3
    return [(between.variance / middle - (within?.variance ?? 0)) / Math.max(squares, (total * total) / runs)]
  })
  if (found.length === 0) return null
  return Math.max(0, found.sort((one, other) => one - other)[found.length >> 1]!)
}
