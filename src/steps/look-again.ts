/** One look of a watch: both arms counted again, and judged by the interval that holds over all looks. */
import { findNewestDay } from '../evidence/newest-day.js'
import { lookAgain } from '../stats/confidence-sequence.js'
import type { Interval } from '../stats/intervals.js'
import { judgeHypothesis } from '../stats/judge-hypothesis.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import type { StoryWatch } from '../stories/schema.js'
import type { Workbook } from '../workbook/workbook.js'
import type { SlicesComparison } from './compare-slices.js'
import { examineHypothesis, type Registered, sinceRegistered, sliceArms } from './examine-hypothesis.js'
import type { HypothesisTest } from './test-hypothesis.js'

export interface WatchResult extends HypothesisTest {
  /** Looks at new data, those of earlier watches of the same hypothesis included. */
  looks: number
  sequence: {
    /** The variance at the first look that counts; null before it. */
    v1: number | null
    /** Of the change, over all looks; `change.interval` is the same one. */
    interval: Interval | null
    asymptotic: true
  }
}

export interface Look {
  result: WatchResult
  watch: StoryWatch
  /** False where the sides are apart in time and this day of data was looked at before. */
  counts: boolean
}

export const UNWATCHED: StoryWatch = { v1: null, looks: 0, day: null, under: null }

export async function lookAtArms(
  workbook: Workbook,
  store: Store,
  registered: Registered,
  before: StoryWatch,
  cohort: Slice['cohort'],
): Promise<Look> {
  const { story, hypothesis } = registered
  const under = hypothesis.under ?? before.under
  const { comparison, exploratory, slowTime } = await examineHypothesis(
    workbook,
    store,
    { ...registered, hypothesis: { ...hypothesis, under } },
    { cohort, sinceRegistered: true },
  )
  const isFrozen = hypothesis.under === null && before.under !== null
  const isApart = comparison.design === 'before-after'
  const { after } = await sliceArms(store, story, sinceRegistered(hypothesis), cohort)
  const day = isApart ? await findNewestDay(store, after, workbook.config.timezone) : null
  const counts = day === null || day !== before.day
  const seen = lookAgain(comparison, before, comparison.unit)
  const watch: StoryWatch = {
    v1: seen.state.v1,
    looks: before.looks + (counts && comparison.change.value !== null ? 1 : 0),
    day,
    under: under ?? (comparison.underSetBy === 'p90 before' ? `${comparison.under_ms}ms` : null),
  }
  const judgedBy: SlicesComparison = {
    ...comparison,
    ...(isFrozen ? { underSetBy: 'p90 before' as const } : {}),
    change: { ...comparison.change, interval: seen.interval },
    verdict: counts ? seen.verdict : 'cannot tell yet',
    reason: counts ? explain(seen.reason, comparison, hypothesis) : ONCE_A_DAY,
    needs: seen.needs,
  }
  const { direction } = hypothesis
  const judged = counts
    ? judgeHypothesis(judgedBy, { direction, smallest: comparison.change.smallest })
    : 'cannot tell yet'
  const result: WatchResult = {
    story: story.id,
    hypothesis: hypothesis.id,
    claim: hypothesis.claim,
    judged: exploratory && judged === 'confirmed' ? 'cannot tell yet' : judged,
    registered: hypothesis.registered,
    exploratory,
    slowTime,
    ...judgedBy,
    looks: watch.looks,
    sequence: { v1: watch.v1, interval: seen.interval, asymptotic: true },
  }
  return { result, watch, counts }
}

const ONCE_A_DAY =
  'Sides that are apart in time are looked at once a day of data, and this day was looked at before.'

function explain(
  reason: string | null,
  { arms }: SlicesComparison,
  { design, registered }: Registered['hypothesis'],
): string | null {
  const isEmpty = arms.after.requests === 0 || (design !== 'before-after' && arms.before.requests === 0)
  return isEmpty && reason !== null
    ? `${reason} Only those that are newer than the hypothesis (${registered}) count.`
    : reason
}
