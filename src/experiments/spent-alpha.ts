/** The error budget of a workbook: how many of its confirmed hypotheses would be expected to be false by luck alone. Pure. */
import type { StoryHypothesis } from '../stories/schema.js'

export interface SpentAlpha {
  /** Tests that could have confirmed something. */
  tests: number
  /** Of each of them. */
  level: number
  /** tests · level: confirmations by luck, if none of the claims were true. */
  expectedFalse: number
}

const LEVEL = 0.05

/**
 * One test each: a result of `hypothesis test` with an interval, and a whole watch, however many looks it took, since its interval holds
 * over all of them. Exploratory results can't confirm, so they spend nothing, nor do tests that had too little data for an interval.
 * Testing the same hypothesis again spends again: that is what peeking costs.
 *
 * An upper bound: it takes every claim for false, and counts both sides of the intervals though only one confirms. Misleads where
 * stories were deleted: their tests are gone with them.
 */
export function sumSpentAlpha(hypotheses: readonly Pick<StoryHypothesis, 'results' | 'watch'>[]): SpentAlpha {
  const tests = hypotheses.reduce((sum, hypothesis) => sum + countTests(hypothesis), 0)
  return { tests, level: LEVEL, expectedFalse: tests * LEVEL }
}

/** How often a hypothesis has been put to data that could have confirmed it. */
export function countTests({ results, watch }: Pick<StoryHypothesis, 'results' | 'watch'>): number {
  const couldConfirm = results.filter(
    ({ exploratory, interval }) => exploratory === null && interval !== null,
  )
  const single = couldConfirm.filter(({ looks }) => looks === null).length
  const isWatched = (watch !== null && watch.v1 !== null) || couldConfirm.length > single
  return single + (isWatched ? 1 : 0)
}
