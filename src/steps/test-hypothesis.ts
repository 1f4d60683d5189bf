/** A registered hypothesis against the data: arms counted, compared, judged, and filed in the story. */
import { WhyslowError } from '../errors.js'
import { countClusters } from '../evidence/count-clusters.js'
import { judgeHypothesis } from '../stats/judge-hypothesis.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import { addResult, findHypothesis } from '../stories/hypotheses.js'
import { readStory, type Story } from '../stories/read-story.js'
import type { StoryHypothesis, StoryResult } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import { formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { compareSlices, type SlicesComparison } from './compare-slices.js'
import { joinCheckedWheres } from './resolve-subject.js'
import { checkStoryWhere } from './story-where.js'

export interface HypothesisTest extends SlicesComparison {
  story: string
  hypothesis: string
  claim: string
  judged: StoryResult['judged']
  registered: string
}

export async function testHypothesis(
  workbook: Workbook,
  store: Store,
  request: { story: string; hypothesis?: string | undefined; cohort: Slice['cohort']; now: Date },
): Promise<HypothesisTest> {
  const story = await readStory(workbook, request.story)
  const hypothesis = findHypothesis(story.frontMatter, request.hypothesis)
  if (hypothesis.metric !== 'under') {
    throw new WhyslowError(
      `Hypothesis ${hypothesis.id} is about “${hypothesis.metric}”; only “under”, the share of good requests, can be tested.`,
      { place: { file: story.shown } },
    )
  }
  const arms = await sliceArms(store, story, hypothesis, request.cohort)
  const comparison = await compareSlices(workbook, store, {
    ...arms,
    design: hypothesis.design,
    under: { hypothesis: hypothesis.under, story: story.frontMatter.under, route: story.frontMatter.route },
    smallest: hypothesis.smallest,
  })
  const { direction } = hypothesis
  const judged = judgeHypothesis(comparison, { direction, smallest: comparison.change.smallest })
  const everything = workbook.config.cohort && request.cohort === null ? ' --all-traffic' : ''
  const command = `whyslow hypothesis test ${story.id} --hypothesis ${hypothesis.id}${everything}`
  const result = asResult(comparison, request.now, command)
  await updateStory(story, frontMatter =>
    addResult(frontMatter, hypothesis.id, { ...result, judged, exploratory: null, looks: null }),
  )
  comparison.warnings.push(...(await warnLate(store, arms.after, hypothesis)))
  return {
    story: story.id,
    hypothesis: hypothesis.id,
    claim: hypothesis.claim,
    judged,
    registered: hypothesis.registered,
    ...comparison,
  }
}

/** The story's requests, narrowed to each arm. A story's own window is where it was found, and doesn't bind its arms. */
export async function sliceArms(
  store: Store,
  story: Story,
  arms: Pick<StoryHypothesis, 'before' | 'after'>,
  cohort: Slice['cohort'],
): Promise<{ before: Slice; after: Slice }> {
  const where = await checkStoryWhere(store, story)
  const narrow = async (arm: StoryHypothesis['before']): Promise<Slice> => ({
    where: await joinCheckedWheres(store, [where, arm.where]),
    from: arm.from === null ? null : parseTime(arm.from),
    to: arm.to === null ? null : parseTime(arm.to),
    cohort,
  })
  return { before: await narrow(arms.before), after: await narrow(arms.after) }
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

/** A prediction that was made when its data was there already is worth less, and the reader must know. */
async function warnLate(store: Store, after: Slice, { registered }: StoryHypothesis): Promise<Warning[]> {
  const options = { under_ms: 0, timezone: 'UTC', perDay: false }
  const { requests } = await countClusters(store, after, options)
  const since = parseTime(registered)
  const to = after.to !== null && after.to < since ? after.to : since
  const early =
    after.from !== null && after.from >= to
      ? 0
      : (await countClusters(store, { ...after, to }, options)).requests
  if (early === 0) return []
  const part = early >= requests ? 'All requests' : `${formatShare(early / requests)} of the requests`
  return [
    {
      code: 'registered-late',
      message: `${part} of the side after are older than the hypothesis (${registered}): they may have been seen before it was predicted.`,
      next: 'Test it on data that comes after it',
    },
  ]
}
