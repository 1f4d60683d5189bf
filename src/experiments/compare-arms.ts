/** Two arms as they were counted → the verdict, with everything that a reader must know to trust it. Pure. */
import type { CountedSlice, Unit } from '../evidence/count-clusters.js'
import { NO_DURATIONS } from '../evidence/slice-warnings.js'
import { compareShares, type ShareComparison } from '../stats/compare-shares.js'
import { formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'

export interface ArmsComparison {
  verdict: ShareComparison['verdict']
  /** Why it can't be told; null when it can. */
  reason: string | null
  metric: 'under'
  under_ms: number
  unit: Unit
  arms: ShareComparison['arms']
  change: ShareComparison['change']
  /** The change when each customer counts the same. */
  weightedEqually: number | null
  effectiveClusters: number
  largestCustomer: ShareComparison['largestCustomer']
  unfinished: { before: number; after: number }
  needs: ShareComparison['needs']
  warnings: Warning[]
}

export interface ArmsQuestion {
  before: CountedSlice
  after: CountedSlice
  under_ms: number
  unit: Unit
  smallest: number
  /** Before and after a moment, so that what one day has in common counts; else side by side. */
  apartInTime: boolean
}

/** From here on, the unfinished requests may change the picture. */
const MANY_UNFINISHED = 0.005

export function compareArms(question: ArmsQuestion): ArmsComparison {
  const { before, after, under_ms, unit } = question
  const comparison = compareShares({
    before: before.clusters,
    after: after.clusters,
    apartInTime: question.apartInTime,
    smallest: question.smallest,
    noun: unit,
  })
  return {
    verdict: comparison.verdict,
    reason: comparison.reason,
    metric: 'under',
    under_ms,
    unit,
    arms: comparison.arms,
    change: comparison.change,
    weightedEqually: comparison.weightedEqually,
    effectiveClusters: comparison.effectiveClusters,
    largestCustomer: comparison.largestCustomer,
    unfinished: { before: before.unfinishedShare, after: after.unfinishedShare },
    needs: comparison.needs,
    warnings: warnOf(question, comparison),
  }
}

function warnOf({ before, after, under_ms }: ArmsQuestion, comparison: ShareComparison): Warning[] {
  const warnings: Warning[] = comparison.notes.map(note => ({ code: note.code, message: note.message }))
  if (before.unmeasured || after.unmeasured) warnings.push(NO_DURATIONS)
  if (before.requests > 0 && before.errorShare === 0 && after.errorShare > 0) {
    warnings.push({
      code: 'new-errors',
      message: `There were no errors and timeouts before; now ${formatShare(after.errorShare)} of requests end in one.`,
      next: "Look at them first: whyslow requests --where \"outcome IN ('server_error', 'timeout')\"",
    })
  }
  if (Math.max(before.unfinishedShare, after.unfinishedShare) > MANY_UNFINISHED) {
    warnings.push({
      code: 'unfinished',
      message: `Requests that never finished: ${formatShare(before.unfinishedShare)} before, ${formatShare(after.unfinishedShare)} after. Timeouts count as not good; aborted ones only if they were watched for ${formatDuration(under_ms)}.`,
    })
  }
  const largest = comparison.largestCustomer
  const isNamed = largest !== null && comparison.reason?.startsWith(largest.cluster)
  if (largest && !isNamed && largest.verdictWithout !== comparison.verdict) {
    warnings.push({
      code: 'largest-customer',
      message: `Without the largest one (${largest.cluster}, ${formatShare(largest.share)} of requests) the verdict would be: ${largest.verdictWithout}.`,
    })
  }
  return warnings
}
