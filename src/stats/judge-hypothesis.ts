import type { ShareComparison } from './compare-shares.js'
import { judgeChange } from './verdicts.js'

/** `cannot tell yet` also where the hypothesis is neither met nor ruled out. */
export type HypothesisVerdict = 'confirmed' | 'disproved' | 'cannot tell yet'

/** Where the prediction says that the metric goes. */
export type Direction = 'up' | 'down'

/**
 * A registered prediction against what came: confirmed when the verdict is in its direction and the estimate
 * reaches the smallest change that it named; disproved when the interval lies wholly short of that. Where the
 * comparison itself can't be told (too few customers, or one that decides alone), neither.
 *
 * Assumes that direction and smallest were written down before the data were looked at. With a smallest of 0
 * a change the other way, and only that, disproves.
 */
export function judgeHypothesis(
  comparison: Pick<ShareComparison, 'change' | 'verdict'>,
  predicted: { direction: Direction; smallest: number },
): HypothesisVerdict {
  const { value, interval } = comparison.change
  if (value === null || interval === null) return 'cannot tell yet'
  const decidedByOne = comparison.verdict !== judgeChange(interval, comparison.change.smallest)
  if (decidedByOne) return 'cannot tell yet'
  const sign = predicted.direction === 'up' ? 1 : -1
  const furthest = predicted.direction === 'up' ? interval[1] : -interval[0]
  const wanted = predicted.direction === 'up' ? 'better' : 'worse'
  if (comparison.verdict === wanted && value * sign >= predicted.smallest) return 'confirmed'
  return furthest < predicted.smallest ? 'disproved' : 'cannot tell yet'
}
