/** A registered hypothesis against the data: arms counted, compared, judged, and filed in the story. */
import type { SlowTime } from '../evidence/slow-time.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { addResult } from '../stories/hypotheses.js'
import type { StoryResult } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import type { Workbook } from '../workbook/workbook.js'
import type { SlicesComparison } from './compare-slices.js'
import { examineHypothesis, judgePrediction, readRegistered } from './examine-hypothesis.js'

export interface HypothesisTest extends SlicesComparison {
  story: string
  hypothesis: string
  claim: string
  judged: StoryResult['judged']
  registered: string
  /** Some of its data is older than the hypothesis: that can disprove it, and never confirms it. */
  exploratory: boolean
  /** Of requests with a condition: how much of the slow time is theirs; null for other designs. */
  slowTime: SlowTime | null
}

export interface TestRequest {
  story: string
  hypothesis?: string | undefined
  cohort: Slice['cohort']
  /** Count only requests that came after the hypothesis. */
  sinceRegistered?: boolean
  now: Date
}

export async function testHypothesis(
  workbook: Workbook,
  store: Store,
  request: TestRequest,
): Promise<HypothesisTest> {
  const { cohort, sinceRegistered = false, now } = request
  const registered = await readRegistered(workbook, request)
  const { story, hypothesis } = registered
  const examination = await examineHypothesis(workbook, store, registered, { cohort, sinceRegistered })
  const { comparison, exploratory, slowTime } = examination
  const { judged, reason } = judgePrediction(examination, hypothesis)
  const everything = workbook.config.cohort && cohort === null ? ' --all-traffic' : ''
  const newer = sinceRegistered ? ' --since-registered' : ''
  const command = `whyslow hypothesis test ${story.id} --hypothesis ${hypothesis.id}${newer}${everything}`
  const result = asResult(comparison, now, command)
  await updateStory(story, frontMatter =>
    addResult(frontMatter, hypothesis.id, {
      ...result,
      judged,
      exploratory: exploratory || null,
      looks: null,
    }),
  )
  return {
    story: story.id,
    hypothesis: hypothesis.id,
    claim: hypothesis.claim,
    judged,
    registered: hypothesis.registered,
    exploratory,
    slowTime,
    ...comparison,
    reason,
  }
}

export function asResult(
  comparison: SlicesComparison,
  now: Date,
  command: string,
): Omit<StoryResult, 'judged' | 'exploratory' | 'looks'> {
  const arm = (side: SlicesComparison['arms']['before']): StoryResult['before'] => ({
    requests: Math.round(side.requests),
    clusters: side.clusters,
    share: side.share,
    interval: side.interval === null ? null : [side.interval[0], side.interval[1]],
  })
  const { change } = comparison
  return {
    at: isoSeconds(now),
    verdict: comparison.verdict,
    before: arm(comparison.arms.before),
    after: arm(comparison.arms.after),
    change: change.value,
    interval: change.interval === null ? null : [change.interval[0], change.interval[1]],
    command,
  }
}
