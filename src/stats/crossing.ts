/** How many of those who are counted get over a line that a change moves them towards. */
import { FEWEST_CLUSTERS } from './clusters.js'
import { type Interval, wilsonInterval } from './intervals.js'
import { binomialCdf } from './special-functions.js'

export interface Crosser {
  requests: number
  good: number
  goodAfter: number
  /** Where chance has a part: so many requests become good with this chance each, and `sure` are good whatever comes. */
  drawn?: { requests: number; chance: number; sure: number } | undefined
  /** How many rows `requests` stands for, when the log is sampled. */
  observed?: number | undefined
}

export interface Crossing {
  /** Expected number of those who are not over the line before, and are after. */
  cross: number
  /** 95%. Null for fewer than six. */
  interval: Interval | null
  of: number
  /** How many are over it. */
  before: number
  after: number
  /** For each, in the order they were given: that they cross. */
  chances: number[]
}

/** Sums of weights are no whole numbers. */
const ROUNDING = 1e-9

/**
 * Over the line is who has at least this share of their own requests good, however many those are. The interval is Wilson's, since each
 * counts once and they are independent of each other: for as many others like these.
 *
 * Misleads where many have one or two requests in the data: with one, a customer is over the line or not by a single answer.
 */
export function countCrossing(all: readonly Crosser[], line: number, level = 0.95): Crossing {
  let before = 0
  let after = 0
  const chances = all.map(one => {
    const isOver = one.good >= line * one.requests - ROUNDING
    const chance = chanceOver(one, line)
    before += isOver ? 1 : 0
    after += chance
    return isOver ? 0 : chance
  })
  const cross = chances.reduce((sum, chance) => sum + chance, 0)
  const of = all.length
  return { cross, interval: crossingInterval(cross, of, level), of, before, after, chances }
}

/** The same of counts that were added up. */
export function crossingInterval(cross: number, of: number, level = 0.95): Interval | null {
  if (of < FEWEST_CLUSTERS) return null
  const [low, high] = wilsonInterval(Math.min(cross, of), of, level)
  return [low * of, high * of]
}

function chanceOver({ requests, goodAfter, drawn, observed = requests }: Crosser, line: number): number {
  if (drawn === undefined || drawn.requests === 0) return goodAfter >= line * requests - ROUNDING ? 1 : 0
  const worth = requests / observed
  const trials = Math.max(1, Math.round(drawn.requests / worth))
  const needed = Math.ceil((line * requests - drawn.sure) / worth - ROUNDING)
  return 1 - binomialCdf(needed - 1, trials, Math.min(1, Math.max(0, drawn.chance)))
}
