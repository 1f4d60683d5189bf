/** The newest runs against what the runs before them did: what is too new to be a change. Pure. */
import { SHORTEST_SEGMENT, type WeightedValue } from '../../stats/level-shifts.js'
import { estimateLevel } from '../../stats/levels.js'
import { tQuantile } from '../../stats/special-functions.js'
import type { NewestRun, RunValue } from './history.js'

/** Of the interval for one further run: one in twenty is outside by chance. */
const LEVEL = 0.95
/** That many are too few for a level of their own. */
const NEWEST = SHORTEST_SEGMENT - 1

/**
 * `level`: the runs of the last level, `values` those of all. Where there are runs enough, those that are too new for a level of their
 * own are left out of what is expected of them. Null with fewer than five runs before them.
 */
export function judgeNewest(values: readonly RunValue[], level: readonly WeightedValue[]): NewestRun | null {
  const newest = level.length - NEWEST >= SHORTEST_SEGMENT ? NEWEST : 1
  const base = level.slice(0, -newest)
  const last = values.at(-1)
  if (base.length < SHORTEST_SEGMENT || last === undefined) return null
  const { value, se, df } = estimateLevel(base)
  // The spread of one run is that of the mean, times the root of their number.
  const half = tQuantile((1 + LEVEL) / 2, df) * se * Math.sqrt(df + 2)
  const expected: NewestRun['expected'] = [value - half, value + half]
  const sideOf = (one: number) => (one < expected[0] ? 'below' : one > expected[1] ? 'above' : 'inside')
  const sides = level.slice(-newest).map(one => sideOf(one.value))
  const side = sides.at(-1)!
  const before = sides.findLastIndex(one => one !== side)
  const inARow = side === 'inside' ? 0 : sides.length - 1 - before
  return { run: last.run, value: last.value, runs: base.length, expected, side, inARow }
}
