/** A registered hypothesis against the data: arms counted, compared, judged, and filed in the story. */
import { judgePrediction } from '../experiments/compare-arms.js'
import { addResult, findHypothesis } from '../stories/hypotheses.js'
import { readStory } from '../stories/read-story.js'
import type { StoryFrontMatter, StoryHypothesis, StoryResult } from '../stories/schema.js'
import { isoSeconds } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import type { Store } from '../store/open-store.js'
import { parseTime, type Slice } from '../store/slice.js'
import type { Workbook } from '../workbook/workbook.js'
import { compareSlices, type SlicesComparison } from './compare-slices.js'

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
  request: { story: string; hypothesis?: string | undefined; slice: Slice; now: Date },
): Promise<HypothesisTest> {
  const story = await readStory(workbook, request.story)
  const hypothesis = findHypothesis(story.frontMatter, request.hypothesis)
  const arms = sliceArms(story.frontMatter, hypothesis, request.slice)
  const comparison = await compareSlices(workbook, store, {
    ...arms,
    design: hypothesis.design,
    under: { hypothesis: hypothesis.under, story: story.frontMatter.under, route: story.frontMatter.route },
    smallest: hypothesis.smallest,
  })
  const predicted = { direction: hypothesis.direction, smallest: comparison.change.smallest }
  const judged = judgePrediction(comparison, predicted)
  const result = asResult(comparison, request.now, `whyslow hypothesis test ${story.id} --hypothesis ${hypothesis.id}`)
  await updateStory(story, frontMatter => addResult(frontMatter, hypothesis.id, { ...result, judged }))
  const late = registeredLate(hypothesis, store)
  if (late) comparison.warnings.push(late)
  return {
    story: story.id,
    hypothesis: hypothesis.id,
    claim: hypothesis.claim,
    judged,
    registered: hypothesis.registered,
    ...comparison,
  }
}

/** The story's scope, narrowed to each arm. A story's own window is where it was found, and doesn't bind its arms. */
export function sliceArms(
  story: StoryFrontMatter,
  arms: Pick<StoryHypothesis, 'before' | 'after'>,
  slice: Slice,
): { before: Slice; after: Slice } {
  const narrow = (arm: StoryHypothesis['before']): Slice => {
    const wheres = [story.scope.where, arm.where].filter(where => where !== null)
    return {
      where: wheres.length === 0 ? null : wheres.map(where => (wheres.length > 1 ? `(${where})` : where)).join(' AND '),
      from: arm.from === null ? null : parseTime(arm.from),
      to: arm.to === null ? null : parseTime(arm.to),
      cohort: slice.cohort,
    }
  }
  return { before: narrow(arms.before), after: narrow(arms.after) }
}

export function asResult(comparison: SlicesComparison, now: Date, command: string): Omit<StoryResult, 'judged'> {
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
function registeredLate(hypothesis: StoryHypothesis, store: Store): SlicesComparison['warnings'][number] | null {
  const newest = store.sources
    .filter(source => source.kind === 'requests' && source.to !== null)
    .map(source => source.to!)
    .sort()
    .at(-1)
  const end = hypothesis.after.to ?? newest
  if (!end || Date.parse(end) >= Date.parse(hypothesis.registered)) return null
  return {
    code: 'registered-late',
    message: `All of this data is older than the hypothesis (${hypothesis.registered}): it may have been seen before it was predicted.`,
    next: 'Test it on data that comes after it',
  }
}
